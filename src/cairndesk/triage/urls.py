"""The doors of triage."""

from django.urls import path

from cairndesk.triage import views

app_name = "triage"
urlpatterns = [
    path("", views.first, name="first"),
    path("queue/<slug:key>/", views.queue, name="queue"),
    path("cases/<uuid:case_id>/priority/", views.set_priority, name="set-priority"),
]

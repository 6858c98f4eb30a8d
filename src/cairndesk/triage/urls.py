"""The doors of triage."""

from django.urls import path

from cairndesk.triage import views

app_name = "triage"
urlpatterns = [
    path("", views.first, name="first"),
    path("queue/<slug:key>/", views.queue, name="queue"),
]

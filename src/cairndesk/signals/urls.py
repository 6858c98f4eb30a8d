"""The doors of the signals room."""

from django.urls import path

from cairndesk.signals import views

app_name = "signals"
urlpatterns = [
    path("lists/", views.lists, name="lists"),
    path("lists/switch/<uuid:list_id>/", views.switch, name="switch"),
    path("glossaries/switch/<uuid:glossary_id>/", views.switch_glossary, name="switch_glossary"),
]

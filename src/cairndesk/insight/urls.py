"""The doors of the insight room."""

from django.urls import path

from cairndesk.insight import views

app_name = "insight"
urlpatterns = [
    path("numbers/", views.numbers, name="numbers"),
    path("numbers/fairness/", views.fairness, name="fairness"),
    path("numbers/<slug:table>.csv", views.export, name="export"),
]

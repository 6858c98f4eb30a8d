"""The doors of the exchange room."""

from django.urls import path

from cairndesk.exchange import views

app_name = "exchange"
urlpatterns = [
    path("handovers/", views.handovers, name="handovers"),
    path("agreements/", views.agreements, name="agreements"),
    path("agreements/<uuid:agreement_id>/agree/", views.agree, name="agree"),
    path("agreements/<uuid:agreement_id>/end/", views.end_agreement, name="end-agreement"),
    path("handovers/<uuid:handover_id>/accept/", views.accept, name="accept"),
    path("handovers/<uuid:handover_id>/refuse/", views.refuse, name="refuse"),
    path("handovers/<uuid:handover_id>/withdraw/", views.withdraw, name="withdraw"),
    path("cases/<uuid:case_id>/hand-over/", views.offer, name="offer"),
]

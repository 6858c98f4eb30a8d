"""The doors of the retention room."""

from django.urls import path

from cairndesk.retention.views import holds, plan, requests

app_name = "retention"
urlpatterns = [
    path("retention/", plan.plan, name="plan"),
    path("retention/requests/", requests.requests, name="requests"),
    path("retention/requests/<uuid:request_id>/", requests.one, name="request"),
    path("retention/requests/<uuid:request_id>/words/", requests.words, name="request-words"),
    path("retention/requests/<uuid:request_id>/check/", requests.check, name="request-check"),
    path("retention/requests/<uuid:request_id>/decider/", requests.name_decider, name="request-decider"),
    path("retention/requests/<uuid:request_id>/decide/", requests.decide, name="request-decide"),
    path("retention/requests/<uuid:request_id>/give/", requests.give, name="request-give"),
    path("retention/requests/<uuid:request_id>/object/", requests.object_to, name="request-object"),
    path("retention/requests/<uuid:request_id>/tell/", requests.tell, name="request-tell"),
    path("retention/requests/<uuid:request_id>/tell/take-back/", requests.untell, name="request-untell"),
    path("cases/<uuid:case_id>/holds/", holds.holds, name="holds"),
    path("cases/<uuid:case_id>/holds/<uuid:hold_id>/", holds.act, name="hold"),
]

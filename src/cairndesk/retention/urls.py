"""The doors of the retention room."""

from django.urls import path

from cairndesk.retention.views import holds, plan

app_name = "retention"
urlpatterns = [
    path("retention/", plan.plan, name="plan"),
    path("cases/<uuid:case_id>/holds/", holds.holds, name="holds"),
    path("cases/<uuid:case_id>/holds/<uuid:hold_id>/", holds.act, name="hold"),
    path("cases/<uuid:case_id>/holds/<uuid:hold_id>/lift/", holds.lift, name="lift"),
]

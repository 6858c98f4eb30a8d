"""The doors of triage."""

from django.urls import path

from cairndesk.triage import views

app_name = "triage"
urlpatterns = [
    path("", views.first, name="first"),
    path("burning/", views.burning, name="burning"),
    path("queue/<slug:key>/", views.queue, name="queue"),
    path("shift/", views.shift, name="shift"),
    path("priority-rules/", views.rules, name="rules"),
    path("priority-rules/write/", views.write_rules, name="write-rules"),
    path("priority-rules/<int:version>/", views.rule_set, name="rule-set"),
    path("priority-rules/<int:version>/switch/", views.switch_rules, name="switch-rules"),
    path("cases/<uuid:case_id>/give/", views.give, name="give"),
    path("cases/<uuid:case_id>/viral/", views.viral, name="viral"),
    path("cases/<uuid:case_id>/priority/", views.set_priority, name="set-priority"),
]

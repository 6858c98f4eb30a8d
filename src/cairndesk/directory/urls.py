"""The doors of the directory."""

from django.urls import path

from cairndesk.directory import views

app_name = "directory"
urlpatterns = [
    path("directory/", views.entries, name="entries"),
    path("directory/rules/", views.rule_sets, name="rule-sets"),
    path("directory/gaps/", views.gaps, name="gaps"),
    path("directory/rules/load/", views.load, name="rules"),
    path("directory/schedules/", views.schedules, name="schedules"),
    path("directory/schedules/load/", views.load_schedule, name="schedule-load"),
    path("directory/schedules/<uuid:schedule_id>/confirm/", views.confirm_schedule, name="schedule-confirm"),
    path("directory/checklists/", views.checklists_page, name="checklists"),
    path("directory/checklists/load/", views.load_checklist, name="checklist-load"),
    path("directory/sharing/", views.sharing_page, name="sharing"),
    path("directory/sharing/change/", views.change_sharing, name="sharing-change"),
    path("directory/portal/", views.portal, name="portal"),
    path("directory/portal/change/", views.change_portal, name="portal-change"),
    path("directory/<slug:kind>/", views.entries, name="kind"),
    path("directory/<slug:kind>/add/", views.add, name="add"),
    path("directory/<slug:kind>/<uuid:entry_id>/", views.entry, name="entry"),
    path("directory/<slug:kind>/<uuid:entry_id>/change/", views.change, name="change"),
    path("directory/<slug:kind>/<uuid:entry_id>/check/", views.check, name="check"),
    path("directory/<slug:kind>/<uuid:entry_id>/retire/", views.retire, name="retire"),
]

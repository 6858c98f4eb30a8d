"""The doors of review."""

from django.urls import path

from cairndesk.review import views

app_name = "review"
urlpatterns = [
    path("review/next/", views.take_next, name="next"),
    path("second-look/", views.looks, name="looks"),
    path("cases/<uuid:case_id>/", views.case, name="case"),
    path("cases/<uuid:case_id>/claim/", views.claim, name="claim"),
    path("cases/<uuid:case_id>/advise/", views.advise, name="advise"),
    path("cases/<uuid:case_id>/reopen/", views.reopen, name="reopen"),
    path("cases/<uuid:case_id>/put-back/", views.put_back, name="put-back"),
    path("cases/<uuid:case_id>/account/<uuid:report_id>/", views.account, name="account"),
    path("cases/<uuid:case_id>/items/<uuid:item_id>/", views.item, name="item"),
    path("cases/<uuid:case_id>/notes/<uuid:note_id>/", views.note, name="note"),
    path("cases/<uuid:case_id>/matches/<uuid:match_id>/", views.match, name="match"),
    path("cases/<uuid:case_id>/media/", views.media, name="media"),
    path("cases/<uuid:case_id>/link/<uuid:other_id>/", views.link, name="link"),
    path("cases/<uuid:case_id>/classify/", views.classify, name="classify"),
    path("cases/<uuid:case_id>/second-look/", views.second_look, name="second-look"),
    path("cases/<uuid:case_id>/invite/", views.invite, name="invite"),
]

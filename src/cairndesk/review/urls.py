"""The doors of review."""

from django.urls import path

from cairndesk.review.views import access, alike, cases, choices, known, looking, originals, parts, publishing, sealed

app_name = "review"
urlpatterns = [
    path("review/next/", cases.take_next, name="next"),
    path("second-look/", cases.looks, name="looks"),
    path("cases/<uuid:case_id>/", cases.case, name="case"),
    path("cases/<uuid:case_id>/claim/", cases.claim, name="claim"),
    path("cases/<uuid:case_id>/advise/", cases.advise, name="advise"),
    path("cases/<uuid:case_id>/reopen/", cases.reopen, name="reopen"),
    path("cases/<uuid:case_id>/put-back/", cases.put_back, name="put-back"),
    path("cases/<uuid:case_id>/account/<uuid:report_id>/", cases.account, name="account"),
    path("cases/<uuid:case_id>/items/<uuid:item_id>/", cases.item, name="item"),
    path("cases/<uuid:case_id>/items/<uuid:item_id>/people/", parts.parts, name="parts"),
    path("cases/<uuid:case_id>/items/<uuid:item_id>/people/<uuid:part_id>/take-back/", parts.take_back, name="take-back-part"),
    path("cases/<uuid:case_id>/items/<uuid:item_id>/publish/", publishing.publish, name="publish"),
    path("cases/<uuid:case_id>/notes/<uuid:note_id>/", cases.note, name="note"),
    path("cases/<uuid:case_id>/matches/<uuid:match_id>/", cases.match, name="match"),
    path("cases/<uuid:case_id>/media/", cases.media, name="media"),
    path("cases/<uuid:case_id>/media/<uuid:original_id>/destroy/", originals.destroy, name="destroy"),
    path("cases/<uuid:case_id>/media/<uuid:original_id>/look/", looking.look_at, name="look-at"),
    path("cases/<uuid:case_id>/known/", known.facts, name="known"),
    path("cases/<uuid:case_id>/known/<slug:kind>/", known.record, name="record"),
    path("cases/<uuid:case_id>/known/<slug:kind>/<uuid:about_id>/", known.record, name="record"),
    path("cases/<uuid:case_id>/known/<slug:kind>/<uuid:fact_id>/words/", sealed.words, name="words"),
    path("cases/<uuid:case_id>/known/<slug:kind>/<uuid:fact_id>/take-back/", known.take_back, name="take-back"),
    path("cases/<uuid:case_id>/people/<uuid:person_id>/identity/", sealed.identity, name="identity"),
    path("cases/<uuid:case_id>/people/<uuid:person_id>/identity/open/", sealed.open_identity, name="open-identity"),
    path("cases/<uuid:case_id>/people/<uuid:person_id>/sensitive/open/", sealed.open_sensitive, name="open-sensitive"),
    path("access/", access.overview, name="accesses"),
    path("access/people/<uuid:person_id>/", access.confirm_roles, name="confirm-roles"),
    path("cases/<uuid:case_id>/choices/", choices.choices, name="choices"),
    path("cases/<uuid:case_id>/choices/<int:aside_id>/", choices.look, name="look-at-aside"),
    path("cases/<uuid:case_id>/access/", access.access, name="access"),
    path("cases/<uuid:case_id>/access/take-off/", access.take_off, name="take-off"),
    path("cases/<uuid:case_id>/access/emergency/", access.break_glass, name="break-glass"),
    path("cases/<uuid:case_id>/access/emergency/<uuid:glass_id>/", access.look_at_glass, name="look-at-glass"),
    path("cases/<uuid:case_id>/alike/", alike.alike, name="alike"),
    path("cases/<uuid:case_id>/link/<uuid:other_id>/", cases.link, name="link"),
    path("cases/<uuid:case_id>/classify/", cases.classify, name="classify"),
    path("cases/<uuid:case_id>/second-look/", cases.second_look, name="second-look"),
    path("cases/<uuid:case_id>/invite/", cases.invite, name="invite"),
    path("cases/<uuid:case_id>/invite/<uuid:grant_id>/withdraw/", cases.withdraw_invitation, name="withdraw-invitation"),
]

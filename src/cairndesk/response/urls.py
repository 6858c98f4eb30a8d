"""The doors of this room."""

from django.urls import path

from cairndesk.response.views import crossings, erasing, notices, packages, plan, referrals

app_name = "response"
urlpatterns = [
    path("cases/<uuid:case_id>/plan/", plan.plan, name="plan"),
    path("cases/<uuid:case_id>/plan/preserve/", plan.preserve, name="preserve"),
    path("cases/<uuid:case_id>/plan/renew/", plan.renew, name="renew"),
    path("cases/<uuid:case_id>/plan/call-back/", plan.call_back, name="call-back"),
    path("cases/<uuid:case_id>/plan/told-before/", plan.complaint, name="complaint"),
    path("cases/<uuid:case_id>/close/", plan.close, name="close"),
    path("cases/<uuid:case_id>/erase/", erasing.erasure, name="erasure"),
    path("waiting/", plan.waiting, name="waiting"),
    path("cases/<uuid:case_id>/desk/", crossings.crossing, name="crossing"),
    path("desks/", crossings.desks, name="desks"),
    path("desks/letters/", crossings.take_in, name="letter-in"),
    path("desks/letters/<uuid:letter_id>/", crossings.take_out, name="letter-out"),
    path("desks/letters/<uuid:letter_id>/again/", crossings.again, name="letter-again"),
    path("desks/offers/<uuid:crossing_id>/", crossings.decide, name="crossing-decide"),
    path("desks/offers/<uuid:crossing_id>/read/", crossings.read, name="crossing-read"),
    path("desks/partners/", crossings.partners, name="partners"),
    path("desks/partners/<uuid:desk_id>/", crossings.decide_partner, name="partner-decide"),
    path("steps/<uuid:step_id>/approve/", plan.approve, name="approve"),
    path("steps/<uuid:step_id>/decide/", plan.decide, name="decide"),
    path("steps/<uuid:step_id>/look/", plan.look, name="look"),
    path("steps/<uuid:step_id>/notices/", notices.draft, name="draft"),
    path("steps/<uuid:step_id>/package/", packages.build, name="build"),
    path("steps/<uuid:step_id>/refer/", referrals.draft, name="refer"),
    path("notices/<uuid:notice_id>/", notices.notice, name="notice"),
    path("notices/<uuid:notice_id>/send/", notices.send, name="send"),
    path("notices/<uuid:notice_id>/follow/", notices.follow, name="follow"),
    path("notices/<uuid:notice_id>/write-again/", notices.write_again, name="write-again"),
    path("notices/<uuid:notice_id>/try-again/", notices.try_again, name="try-again"),
    path("notices/<uuid:notice_id>/objection/", notices.decide_objection, name="objection"),
    path("packages/<uuid:package_id>/", packages.package, name="package"),
    path("packages/<uuid:package_id>/take/<slug:part>/", packages.take, name="take"),
    path("packages/<uuid:package_id>/release/", packages.release, name="package-release"),
    path("packages/<uuid:package_id>/follow/", packages.follow, name="package-follow"),
    path("referrals/<uuid:referral_id>/", referrals.referral, name="referral"),
    path("referrals/<uuid:referral_id>/decide/", referrals.decide, name="referral-decide"),
    path("referrals/<uuid:referral_id>/override/", referrals.override, name="referral-override"),
    path("referrals/<uuid:referral_id>/follow/", referrals.follow, name="referral-follow"),
    path("referrals/<uuid:referral_id>/summary/", referrals.summary, name="referral-summary"),
    path("referrals/<uuid:referral_id>/look/", referrals.look, name="referral-look"),
]

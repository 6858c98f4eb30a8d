"""The doors of the room."""

from django.urls import path

from cairndesk.accounts.views import enrol, log, manual, organisations, people, requests, sharing, sign_in

app_name = "accounts"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/passkey/", sign_in.by_passkey, name="sign-in-passkey"),
    path("sign-in/demo/", sign_in.by_demo, name="sign-in-demo"),
    path("sign-in/password/", sign_in.by_password, name="sign-in-password"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("sign-out/everywhere/", sign_in.sign_out_everywhere, name="sign-out-everywhere"),
    path("ceremonies/", sign_in.ceremony, name="ceremony"),
    path("enrol/", enrol.by_link, name="enrol"),
    path("enrol/now/", enrol.now_page, name="enrol-now"),
    path("enrol/passkey/", enrol.passkey, name="enrol-passkey"),
    path("enrol/password/", enrol.password, name="enrol-password"),
    path("handbook/", manual.handbook, name="handbook"),
    path("automatic/", manual.automatic, name="automatic"),
    path("me/", enrol.me, name="me"),
    path("me/passkeys/", enrol.add, name="passkey-add"),
    path("me/passkeys/<uuid:key>/remove/", enrol.remove, name="passkey-remove"),
    path("people/", people.people, name="people"),
    path("people/add/", people.add, name="person-add"),
    path("people/lost/", people.replacements, name="replacements"),
    path("people/lost/<uuid:replacement>/", people.agree, name="replacement-agree"),
    path("people/<uuid:person>/", people.person, name="person"),
    path("people/<uuid:person>/roles/", people.roles, name="person-roles"),
    path("people/<uuid:person>/credential/", people.credential, name="person-credential"),
    path("people/<uuid:person>/activity/", people.activity, name="person-activity"),
    path("people/<uuid:person>/link/", people.link, name="person-link"),
    path("people/<uuid:person>/lost/", people.lost, name="person-lost"),
    path("organisations/", organisations.organisations, name="organisations"),
    path("organisations/media/", organisations.media, name="media"),
    path("organisations/<uuid:organisation>/people/", organisations.first_person, name="organisation-person"),
    path("machines/", organisations.api_keys, name="api-keys"),
    path("machines/<uuid:key>/lists/", organisations.open_lists, name="api-key-lists"),
    path("machines/<uuid:key>/revoke/", organisations.revoke, name="api-key-revoke"),
    path("requests/", requests.requests, name="requests"),
    path("requests/<uuid:request_id>/", requests.request, name="request"),
    path("requests/<uuid:request_id>/decide/", requests.decide, name="request-decide"),
    path("requests/<uuid:request_id>/approver/", requests.name_approver, name="request-approver"),
    path("sharing/", sharing.sharing, name="sharing"),
    path("sharing/<uuid:rule>/end/", sharing.end, name="sharing-end"),
    path("log/", log.log, name="log"),
]

"""The desk's doors of intake."""

from django.urls import path

from cairndesk.intake import poster_page, views, views_mandates

app_name = "intake"
urlpatterns = [
    path("call/", views.take_call, name="call"),
    path("find/", views_mandates.find, name="find"),
    path("mandates/", views_mandates.mandates, name="mandates"),
    path("mandates/<uuid:mandate_id>/end/", views_mandates.end, name="mandate-end"),
    path("poster/", poster_page.choosing, name="poster"),
    path("poster/sheet/", poster_page.drawing, name="poster-sheet"),
    path("poster/texts/", poster_page.plain, name="short-texts"),
    path("cases/<uuid:case_id>/messages/", views.conversation, name="conversation"),
    path("cases/<uuid:case_id>/messages/send/", views.send, name="send"),
    path("cases/<uuid:case_id>/messages/<int:message_id>/take-back/", views.take_back, name="take-back"),
]

"""The doors of the signals room."""

from django.urls import path

from cairndesk.signals import views, views_tools

app_name = "signals"
urlpatterns = [
    path("tools/", views_tools.tools, name="tools"),
    path("tools/<str:tool>/assess/", views_tools.assess, name="assess"),
    path("lists/", views.lists, name="lists"),
    path("lists/own/", views.make_own, name="make_own"),
    path("lists/<uuid:list_id>/", views.one, name="list"),
    path("lists/<uuid:list_id>/decide/", views.decide, name="decide"),
    path("lists/<uuid:list_id>/write-out/", views.write_out, name="write_out"),
    path("glossaries/<uuid:glossary_id>/write-out/", views.write_out_terms, name="write_out_terms"),
    path("lists/<uuid:list_id>/renew/", views.renew, name="renew"),
    path("lists/<uuid:list_id>/limit/", views.limit, name="limit"),
    path("lists/<uuid:list_id>/dispute/", views.dispute, name="dispute"),
    path("lists/disputes/<uuid:feedback_id>/answer/", views.answer, name="answer"),
    path("lists/switch/<uuid:list_id>/", views.switch, name="switch"),
    path("lists/false-matches/<uuid:suppression_id>/take-back/", views.take_back, name="take_back"),
    path("glossaries/<uuid:glossary_id>/read/", views.read_terms, name="read_terms"),
    path("glossaries/switch/<uuid:glossary_id>/", views.switch_glossary, name="switch_glossary"),
]

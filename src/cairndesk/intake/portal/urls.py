"""The doors of the portal: each at the first organisation, at every other one, in every language and in every voice."""

from django.urls import include, path, register_converter

from cairndesk.intake.portal import back, first_aid, helped, near, picture, plain, privacy, tell
from cairndesk.intake.portal.first_aid_words import AIDS
from cairndesk.intake.portal.voices import VOICES
from cairndesk.intake.rules import EXPLAINING, TELLING


class LanguageConverter:
    """The code of a language, at the start of an address; `pages.place_of` knows which there are."""

    regex = "[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class VoiceConverter(LanguageConverter):
    """The sign of a voice, after the language."""

    regex = "|".join(one.sign for one in VOICES if one.sign)


register_converter(LanguageConverter, "language")
register_converter(VoiceConverter, "voice")

_doors = [
    path("", tell.welcome),
    path("next", tell.following),
    path("back", back.back),
    path("help", first_aid.first_aid),
    path("help/call", first_aid.to_call),
    path("quiet", first_aid.quiet),
    *(path(f"help/{number}", first_aid.one_aid(number)) for number in AIDS),
    path("numbers", plain.numbers),
    path("privacy", privacy.privacy),
    path("law", near.law),
    path("partners", near.partners),
    path("widget", near.widget),
    path("picture", picture.picture),
    *(path(f"{page}/{sign}", helped.pressed(page, sign)) for page in (*EXPLAINING, TELLING) for sign in helped.SIGNS),
    path("go", plain.leave),
]
_desks = [path("", include(_doors)), path("o/<slug:slug>/", include(_doors))]
_voices = [*_desks, path("<voice:voice>/", include(_desks))]
urlpatterns = [
    path("blank", plain.blank),
    path("taxonomy.json", plain.codes),
    path("taxonomy.schema.json", plain.codes_schema),
    *_voices,
    path("<language:language>/", include(_voices)),
]

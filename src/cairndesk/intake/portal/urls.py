"""The doors of the portal: each at the first organisation, at every other one, and in every language."""

from django.urls import include, path, register_converter

from cairndesk.intake.portal import back, picture, plain, privacy, tell
from cairndesk.intake.portal.languages import SOURCE, all_languages


class LanguageConverter:
    """The code of a language other than the source, at the start of an address."""

    regex = "|".join(one.code for one in all_languages() if one.code != SOURCE)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(LanguageConverter, "language")

_doors = [
    path("", tell.welcome),
    path("next", tell.following),
    path("back", back.back),
    path("numbers", plain.numbers),
    path("privacy", privacy.privacy),
    path("picture", picture.picture),
    path("go", plain.leave),
]
_desks = [path("", include(_doors)), path("o/<slug:slug>/", include(_doors))]
urlpatterns = [
    path("blank", plain.blank),
    path("taxonomy.json", plain.codes),
    path("taxonomy.schema.json", plain.codes_schema),
    *_desks,
    path("<language:language>/", include(_desks)),
]

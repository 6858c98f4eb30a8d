"""The page of the desk for posters and short texts: which site, which languages, for whom, which paper; and both, as the commands write them."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.queries import organisations
from cairndesk.accounts.rules import Actor, Verb, may_somewhere
from cairndesk.intake.portal.languages import Language
from cairndesk.intake.portal.pages import source_of
from cairndesk.intake.portal.voices import VOICES, Voice
from cairndesk.intake.poster import SIZES, Site, poster, site_of
from cairndesk.intake.short_texts import Short, as_file, short_texts

_PAPERS = {"a4": "A4, for a wall", "a6": "A6, for a pocket"}
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class PosterForm(forms.Form):
    """What one may choose of a poster of `site`."""

    languages = forms.MultipleChoiceField(label="Languages, one sheet each", widget=forms.CheckboxSelectMultiple)
    voice = forms.ChoiceField(
        label="For readers of these ages", choices=[(one.sign, one.name) for one in VOICES], required=False, widget=forms.RadioSelect
    )
    size = forms.ChoiceField(label="Paper", choices=[(size, _PAPERS[size]) for size in SIZES], widget=forms.RadioSelect)

    def __init__(self, site: Site, data: Any = None) -> None:
        """`data`: what was chosen; the first language and the middle voice stand there before."""
        super().__init__(data, initial={"languages": list(site.languages)[:1], "voice": VOICES[1].sign, "size": "a4"})
        self.site = site
        self.fields["languages"].choices = [(code, _named(one)) for code, one in site.languages.items()]  # type: ignore[attr-defined]

    def drawn(self) -> str:
        """The poster that was chosen."""
        languages, voice = self._chosen()
        return poster(self.site, languages=languages, size=self.cleaned_data["size"], voice=voice)

    def texts(self) -> list[Short]:
        """The short texts in the languages that were chosen."""
        return list(short_texts(self.site, *self._chosen()))

    def texts_as_file(self) -> str:
        """The same as one plain text."""
        return as_file(self.site, *self._chosen())

    def _chosen(self) -> tuple[list[Language], Voice]:
        [voice] = [one for one in VOICES if one.sign == self.cleaned_data["voice"]]
        return [self.site.languages[code] for code in self.cleaned_data["languages"]], voice


@requires(Verb.RULES_LOAD)
@require_safe
def choosing(request: HttpRequest) -> HttpResponse:
    """The form for a poster of one site, and below it the short texts once it was filled in."""
    desks, desk = _desks(request)
    form = PosterForm(site_of(desk, settings.CAIRNDESK), request.GET if "languages" in request.GET else None)
    if form.is_bound and not form.is_valid():
        return _page(request, desks, desk, form, status=422)
    return _page(request, desks, desk, form, texts=form.texts() if form.is_bound else ())


@requires(Verb.RULES_LOAD)
@require_safe
def plain(request: HttpRequest) -> HttpResponse:
    """The short texts as a file: the bytes that `cairndesk short-texts` writes."""
    desks, desk = _desks(request)
    form = PosterForm(site_of(desk, settings.CAIRNDESK), request.GET)
    if not form.is_valid():
        return _page(request, desks, desk, form, status=422)
    headers = {"Content-Disposition": f'attachment; filename="texts-{desk.slug}.txt"'}
    return HttpResponse(form.texts_as_file(), content_type="text/plain; charset=utf-8", headers=headers)


@requires(Verb.RULES_LOAD)
@require_safe
def drawing(request: HttpRequest) -> HttpResponse:
    """The poster itself, to be looked at and printed: the bytes that `cairndesk poster` writes. It may run and fetch nothing."""
    desks, desk = _desks(request)
    form = PosterForm(site_of(desk, settings.CAIRNDESK), request.GET)
    if not form.is_valid():
        return _page(request, desks, desk, form, status=422)
    page = form.drawn()
    [style] = _STYLE.findall(page)
    sources = f"default-src 'none'; style-src {source_of(style)}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    return HttpResponse(page, headers={"Content-Security-Policy": sources})


def _desks(request: HttpRequest) -> tuple[Sequence[Organisation], Organisation]:
    """The organisations whose poster this person may draw, and the one that is asked for, or their own."""
    by = doer(request)
    desks = _of(by)
    own = next(one for one in desks if one.pk == by.home)
    return desks, next((one for one in desks if one.slug == request.GET.get("organisation")), own)


def _of(by: Actor) -> Sequence[Organisation]:
    """Administrators look after all organisations of the installation; everybody else knows their own."""
    return list(organisations(by=by) if may_somewhere(by, Verb.ORGANISATION_MANAGE) else Organisation.objects.filter(pk=by.home))


def _named(one: Language) -> str:
    own = "" if one.name == one.english else f", {one.name}"
    return f"{one.english}{own}{'' if one.is_reviewed else ' (not reviewed yet)'}"


def _page(
    request: HttpRequest, desks: Sequence[Organisation], desk: Organisation, form: PosterForm, *, texts: Sequence[Short] = (), status: int = 200
) -> HttpResponse:
    return render(request, "intake/poster_page.html", {"desks": desks, "desk": desk, "form": form, "texts": texts}, status=status)

"""How a day is written on every page of the portal: as the reader's language writes it."""

from datetime import date

from django import template

from cairndesk.intake.portal.languages import Language

register = template.Library()


@register.filter(expects_localtime=True)
def day_in(day: date, language: Language) -> str:
    """`{{ hour|day_in:place.language }}`: a day, or the day of a moment."""
    return language.day(day)

"""What an analyst sees of a case before anything sealed is opened, and who may look at it next."""

from cairndesk.review.queries.access import GlassLine, access_to, glass_line, glass_standing
from cairndesk.review.queries.alike import Alike, looks_alike
from cairndesk.review.queries.card import READ_AT_ONCE, Card, card
from cairndesk.review.queries.coding import agreement_table, codings_of, field_words, to_settle
from cairndesk.review.queries.comfort import Standing, bounds_history, bounds_of, desk_comfort, standing, stricter_days, widest
from cairndesk.review.queries.exposure import FEW, entries_of, mine, people_at_cap, prompts, team, weight
from cairndesk.review.queries.hints import HintShown, hints
from cairndesk.review.queries.keeping import came_in, kept_until
from cairndesk.review.queries.looking import ToLookAt, are_looked_at, has_looked, is_looked_at_home, looks_left, to_look_at
from cairndesk.review.queries.looks import (
    View,
    answers,
    grades_in_words,
    latest,
    next_in_line,
    open_disagreement,
    other_looks,
    others_who_may_look,
    partners_who_may_look,
    second_looks,
    verdicts_of,
    view_of,
    views_of,
    waiting_for_look,
)
from cairndesk.review.queries.publishing import (
    PUBLISHABLE,
    Offer,
    addresses,
    file_of,
    kinds_in_words,
    offers,
    publication_of,
    publications_of,
    publishable,
)
from cairndesk.review.queries.releases import access_report, readers, releases
from cairndesk.review.queries.story import files, item_of, original_of, story
from cairndesk.review.queries.support import support_that_fits
from cairndesk.review.queries.videos import listed_videos

__all__ = [
    "FEW",
    "PUBLISHABLE",
    "READ_AT_ONCE",
    "Alike",
    "Card",
    "GlassLine",
    "HintShown",
    "Offer",
    "Standing",
    "ToLookAt",
    "View",
    "access_report",
    "access_to",
    "addresses",
    "agreement_table",
    "answers",
    "are_looked_at",
    "bounds_history",
    "bounds_of",
    "came_in",
    "card",
    "codings_of",
    "desk_comfort",
    "entries_of",
    "field_words",
    "file_of",
    "files",
    "glass_line",
    "glass_standing",
    "grades_in_words",
    "has_looked",
    "hints",
    "is_looked_at_home",
    "item_of",
    "kept_until",
    "kinds_in_words",
    "latest",
    "listed_videos",
    "looks_alike",
    "looks_left",
    "mine",
    "next_in_line",
    "offers",
    "open_disagreement",
    "original_of",
    "other_looks",
    "others_who_may_look",
    "partners_who_may_look",
    "people_at_cap",
    "prompts",
    "publication_of",
    "publications_of",
    "publishable",
    "readers",
    "releases",
    "second_looks",
    "standing",
    "story",
    "stricter_days",
    "support_that_fits",
    "team",
    "to_look_at",
    "to_settle",
    "verdicts_of",
    "view_of",
    "views_of",
    "waiting_for_look",
    "weight",
    "widest",
]

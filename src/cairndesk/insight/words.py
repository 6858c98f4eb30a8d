"""Tables in words: titles, units, caveats and the names of categories, for the desk in English and for the public page in its languages.

What `_` marks is a text of the catalogues `numbers.po`, as are the labels of FAMILIES: terms of the field, apart from the plain words for children.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

from django.conf.locale import LANG_INFO
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from cairndesk.cases import taxonomy
from cairndesk.directory.checklists import FACTS, Fact
from cairndesk.insight import rules
from cairndesk.insight.queries import MATERIAL, Numbers
from cairndesk.insight.queries.dimensions import NONE_YET, NOT_KNOWN, OTHER_PATTERNS, OTHER_TIMES, SEVERAL
from cairndesk.insight.queries.fairness import OTHERS
from cairndesk.insight.queries.patterns import JOINT, TACTIC, TECHNIQUE
from cairndesk.insight.rules import FLOOR, Split, Table
from cairndesk.insight.speech import apart, said
from cairndesk.intake.portal.first_aid_words import AIDS
from cairndesk.lib.unknowns import Unknown
from cairndesk.review.scheme import in_force

UNITS = {
    "addresses": _("web addresses"),
    "pages": _("web pages"),
    "files": _("files"),
    "answers": _("answers"),
    "page_answers": _("answers about our pages"),
    "missing_facts": "missing facts",
    "identifications": "victims/survivors",
}
_COUNTED = {"reports": _("reports"), "cases": _("cases"), "notices": _("notices"), "complaints": _("times")}
FAMILIES = ("harm", "report_source", "gender", "realism", "authenticity", "novelty")
"""Of these families of the taxonomy every label can stand on the public page."""
TITLES = {
    "reports_by_source": _("Reports by who told us"),
    "reports_by_channel": _("Reports by the way they came"),
    "reports_by_state": _("Reports sent and left unfinished"),
    "reports_by_year": _("Reports by year"),
    "cases_by_harm": _("Cases by the harm that leads, and by the gender of the child"),
    "cases_by_harm_over_years": _("Cases by the harm that leads, year by year"),
    "cases_by_severity": _("Cases by severity, by the scheme “%(scheme)s”, version %(version)s"),
    "cases_by_priority": _("Cases by priority, 1 is most urgent"),
    "cases_by_outcome": _("Cases by outcome"),
    "cases_by_year": _("Cases by year"),
    "cases_by_tactics": "Cases by the tactics that were recorded together, year by year",
    "cases_by_time_to_first_action": _("Time until a person took the case"),
    "notices_by_outcome": _("Notices by what became of them; a withdrawn one was reversed after an objection"),
    "notices_by_time_to_removal": _("Time from notice to removal"),
    "closings_by_file": "Closings by whether the file held what it must hold, or somebody said why not",
    "missing_facts_by_fact": "Facts that files did not hold when their case was closed",
    "addresses_by_authenticity": _("Web addresses by whether the material is real, and by how real it looks"),
    "addresses_by_novelty": _("Web addresses by whether the material was seen before"),
    "pages_by_authenticity": _("Web pages by whether the material is real, and by how real it looks"),
    "pages_by_novelty": _("Web pages by whether the material was seen before"),
    "files_by_authenticity": _("Files by whether the material is real, and by how real it looks"),
    "files_by_novelty": _("Files by whether the material was seen before"),
    "addresses_by_ai_source": "Web addresses by what software made the material from, and whether from a known victim",
    "addresses_by_ai_technique": "Web addresses by the techniques of software that were recorded together",
    "pages_by_ai_source": "Web pages by what software made the material from, and whether from a known victim",
    "pages_by_ai_technique": "Web pages by the techniques of software that were recorded together",
    "files_by_ai_source": "Files by what software made the material from, and whether from a known victim",
    "files_by_ai_technique": "Files by the techniques of software that were recorded together",
}
ANSWERS = {
    "answers_by_felt": _("How those who told us say that they feel since then"),
    "page_answers_by_page": _("Whether our pages helped those who read them, the least helpful first"),
    "page_answers_by_language": "Whether our pages helped, by language",
    "page_answers_by_voice": "Whether our pages helped, by the age in whose words they speak",
}
"""Tables of what people say of the desk: no material stands behind them, and they are there once somebody answered."""
COMPLAINTS = {
    "complaints_by_answer": _("Times that a provider was told before us and did not act, by what it answered, year by year"),
    "complaints_by_provider": "Times that a provider was told before us and did not act, by provider",
    "complaints_by_time_since_told": _("Time from when a provider was told and did not act until we were told"),
}
"""Tables of what people say of providers; they are there once somebody did."""
IDENTIFICATIONS = {"identifications_by_status": "Victims/survivors with a track of identification, by how it stands"}
"""A table that is there once a track was opened."""
FAIRNESS = {
    "triage_by_language": "By the language of the first report",
    "triage_by_channel": "By the way it came",
    "triage_by_source": "By who told us",
    "triage_by_country": "By the country of the child",
    "triage_by_gender": "By the gender of the child",
    "triage_by_relation": "By what the person of concern is to the child: a parent, a peer, somebody else",
    "triage_by_authenticity": "By whether the material is real",
}
"""Tables that compare how triage treats groups; they are for whoever answers for the desk and are not laid out in public."""
# What such a comparison can tell and what it cannot; printed above every one of them and in every file.
LIMITS = (
    "This can show that cases of one group are looked at later than was promised, or set lower by hand, than those of others.",
    "It cannot show why. What was told may differ between groups, and a case is as urgent as what was told of it.",
    "It says nothing about those who never reached this desk. Fewer reports in a language may mean that nobody can report in it.",
    "Groups of few cases are withheld or counted together. That a few were treated unfairly is seen only by reading their cases.",
    "Disability, origin, faith and other sensitive answers are sealed and never counted; so none of them can be compared.",
    "Devices and addresses of visitors are not kept, and cannot be compared either.",
    "Language is what was written, the country and the gender are what was told of the child. None of them says who somebody is.",
    "No difference is no proof that everybody is treated alike, and a difference is no proof of the contrary: it says where to look.",
)
MEDIANS = {"time_to_first_action": "Median time until a person took the case", "time_to_removal": "Median time from notice to removal"}
MEDIAN_LOOK = "Median time until the first look, of those looked at"
# Fixed sentences: one under every figure, and one for each way in which a table is divided.
CAVEATS = {
    FLOOR: _("This counts what was reported to this desk. It does not tell how much there is."),
    "self_generated": taxonomy.CAVEAT,
    "gender": _("Gender is as it was told. Where it was not asked or not said it is not known, and nothing is assumed."),
    "realism": _(
        "Altered and synthetic material weighs no less. Material is counted as fully synthetic where nothing shows a real child as its base."
    ),
    "derived": "A source is recorded only where software made or altered the material. A child whose earlier abuse it was made from is harmed anew. "
    "Not known is no no.",
    "level": "1 is most urgent. The rules are given nothing about who somebody is.",
    "first_look": "In time is before the time that was promised for that case. Late are those as well whose time is over and that nobody has "
    "looked at; whoever still waits within their time is neither.",
    "by_hand": "By hand is the last time that a person set the priority, against what the rules said then.",
    "helped": _("Of the twelve months that are over. Anybody may press, and more than once: an answer is no person."),
    "years": _("A year counts from when a case came in. Figures change when cases are judged anew."),
}
WITHHELD = _("Small counts are withheld, and with them others that would give them away.")
SHARES = _("A percentage is given only of %(least)s or more.")
STAFF_ONLY = frozenset(
    {
        "cases_by_tactics",
        *(f"{unit}_by_{what}" for unit in MATERIAL for what in ("ai_source", "ai_technique")),
        "complaints_by_provider",
        "closings_by_file",
        "missing_facts_by_fact",
        "identifications_by_status",
        "page_answers_by_language",
        "page_answers_by_voice",
    }
)
"""Tables that are not laid out in public: which ways of working succeed is no lesson to give; how files are kept, and which words need another
writer, is for the desk to mend; how far identifying goes, is no lesson to give either; what is said of a provider is for those who can ask it."""
# The framework knows no Filipino.
_LANGUAGES = LANG_INFO | {"fil": {"name": "Filipino"}}
_NAMES = {
    NONE_YET: _("None yet"),
    NOT_KNOWN: _("Not known"),
    Unknown.UNKNOWN: _("Not known"),
    Unknown.NOT_ASKED: _("Not asked"),
    Unknown.DECLINED: _("Rather not said"),
    Unknown.NOT_APPLICABLE: _("Does not apply"),
    SEVERAL: "Several",
    OTHER_TIMES: _("At other times"),
    OTHERS: "Others, each of few cases",
    OTHER_PATTERNS: "Other patterns, each of few cases",
    "better": _("Better"),
    "same": _("The same"),
    "worse": _("Worse"),
    "within_1_h": _("Within 1 hour"),
    "within_24_h": _("Within 24 hours"),
    "within_7_days": _("Within 7 days"),
    "longer": _("Longer"),
    "portal": _("Public page"),
    "phone": _("Phone"),
    "walk_in": _("In person"),
    "api": _("By machine"),
    "desk": _("The desk's own observation"),
    "done": _("Sent"),
    "unfinished": _("Left unfinished"),
    # What became of a case, and of a notice.
    "removed": _("Removed"),
    "partly_removed": _("Partly removed"),
    "passed_on": _("Passed on"),
    "help_arranged": _("Help arranged"),
    "advice_given": _("Advice given"),
    "nothing_found": _("Nothing found"),
    "could_not": _("Could not"),
    "queued": _("Waiting to be sent"),
    "sent": _("Sent"),
    "acknowledged": _("Acknowledged"),
    "refused": _("Refused"),
    # What a provider answered to whoever told it first.
    "no_answer": _("No answer"),
    "partly": _("Acted in part"),
    "reappeared": _("Reappeared"),
    "escalated": _("Escalated"),
    "countered": _("Countered"),
    "withdrawn": _("Withdrawn"),
    "undelivered": _("Not delivered"),
}
# Pages by what their headings say: texts of the portal's own catalogue.
_PAGES = {
    "help": "What helps now",
    "help/call": "Numbers to call",
    "privacy": "What we keep, and who sees it",
    "law": "What the law says here",
    "partners": "Who works with us",
    "numbers": "What we count",
}
_TELLING = _("Telling, up to the six words")
_VOICES = {"young": "Under 10", "middle": "10 to 13", "older": "14 or older, and grown-ups"}
_COLUMNS = {
    "helped": {"no": _("Did not help"), "yes": _("Helped")},
    "self_generated": {
        "self_generated": _("Self-generated, in whole or part"),
        "not_self_generated": _("Not self-generated"),
        NOT_KNOWN: _("Self-generated not known"),
    },
    "realism": {NOT_KNOWN: _("Realism not known")},
    "derived": {"yes": "Made from a known victim", "no": "Not made from one", NOT_KNOWN: "Whether from a known victim not known"},
    "level": {str(level): f"Priority {level}" for level in range(1, 6)},
    "first_look": {"in_time": "First look in time", "late": "First look late", "not_yet": "First look not yet due"},
    "by_hand": {"lowered": "Set lower by hand", "raised": "Set higher by hand", "not_changed": "Not changed by hand"},
    "gender": {SEVERAL: _("Children of several genders"), NOT_KNOWN: _("Gender not known")},
}


def title_of(table: Table) -> str:
    """What the table shows; with severity goes the scheme whose levels it counts."""
    text = (TITLES | ANSWERS | COMPLAINTS | IDENTIFICATIONS | FAIRNESS)[table.id]
    if table.id != "cases_by_severity":
        return said(text)
    return said(text, scheme=apart(said(in_force().title)), version=apart(in_force().version))


def unit_of(table: Table) -> str:
    """What is counted, in words."""
    return said((UNITS | _COUNTED).get(table.unit, table.unit))


def name_of(table: str, code: str, family: str = "") -> str:
    """The category in words; the taxonomy's own label where the category is one of its codes."""
    if table in _OWN_NAMES and code not in _NAMES:
        return _OWN_NAMES[table](code)
    if family and code not in _NAMES:
        return _label(family, code)
    return said(_NAMES.get(code) or _plain(code))


def column_of(split: Split, code: str) -> str:
    """A column of a table that is divided once more, in words."""
    if split.id == "years":
        return said(_NAMES.get(code, code))
    text = _COLUMNS[split.id].get(code)
    return said(text) if text else _label(split.id, code)


def medians(numbers: Numbers) -> list[tuple[str, str]]:
    """The medians as a title and hours; a withheld one says so."""
    return [(MEDIANS[name], "withheld" if hours is None else f"{hours:g} h") for name, hours in numbers.medians.items()]


def caveats(table: Table, *, on: date) -> list[str]:
    """Every sentence that must stand under `table`."""
    return [*(said(CAVEATS[code]) for code in table.caveats), *_breaks(table, on), said(WITHHELD), said(SHARES, least=str(rules.RATE_BASE))]


def _plain(code: str) -> str:
    return code.replace("_", " ").capitalize()


def _pattern(family: str, code: str) -> str:
    return " + ".join(taxonomy.label(family, one) for one in code.split(JOINT))


def _language(code: str) -> str:
    known = _LANGUAGES.get(code.lower())
    return str(known.get("name", code)) if known else _plain(code)


def _page(code: str) -> str:
    """A page of the portal as its heading says it."""
    if code == "next":
        return said(_TELLING)
    return gettext(_PAGES[code]) if code in _PAGES else str(AIDS[int(code.removeprefix("help/"))].asked)


def _label(family: str, code: str) -> str:
    """What the taxonomy calls a code, with the caveat that goes wherever its term goes."""
    whole = taxonomy.label(family, code)
    term = whole.removesuffix(f". {taxonomy.CAVEAT}")
    return said(term) if term == whole else f"{said(term)}. {said(taxonomy.CAVEAT)}"


def _grade(code: str) -> str:
    """A level of the scheme in force, which the title names, or one of another scheme or version with its name: they are never one category."""
    scheme, _sep, level = code.partition("/")
    name, _sep, version = scheme.partition("@")
    held = in_force()
    known = held.level(level) if (held.name, held.version) == (name, version) else None
    if known:
        return apart(said(known.label))
    return said(_("%(level)s (%(scheme)s, version %(version)s)"), level=apart(level), scheme=apart(name), version=apart(version))


def _breaks(table: Table, on: date) -> list[str]:
    """Where a series of this table breaks, in words."""
    families = {table.family: {cell.code for cell in table.cells}, **{split.id: set(split.columns) for split in table.splits}}
    held = [(name, one, codes) for name, codes in families.items() if name in taxonomy.load().families for one in taxonomy.breaks(name, on)]
    return [_break(name, one) for name, one, codes in held if codes & {one.old, one.new}]


def _break(name: str, one: taxonomy.Break) -> str:
    old, new = (_label(name, code) if code else "" for code in (one.old, one.new))
    day = apart(one.on.isoformat())
    if old and new:
        return said(_("The series breaks on %(day)s: “%(new)s” was called “%(old)s” before."), day=day, old=old, new=new)
    if new:
        return said(_("The series breaks on %(day)s: “%(new)s” is counted only from that day on."), day=day, new=new)
    return said(_("The series breaks on %(day)s: “%(old)s” is not counted any more."), day=day, old=old)


# Tables whose categories are no codes of a family; in words by the table they stand in.
_OWN_NAMES: Mapping[str, Callable[[str], str]] = {
    # A provider is called what it calls itself.
    "complaints_by_provider": str,
    "cases_by_severity": _grade,
    "cases_by_tactics": partial(_pattern, TACTIC),
    **{f"{unit}_by_ai_technique": partial(_pattern, TECHNIQUE) for unit in MATERIAL},
    "triage_by_language": _language,
    "missing_facts_by_fact": lambda code: FACTS[Fact(code)],
    "page_answers_by_page": _page,
    "page_answers_by_language": _language,
    "page_answers_by_voice": _VOICES.__getitem__,
}

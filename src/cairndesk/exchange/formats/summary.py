"""The page that a person reads first: who, when, what for and what was done, in the glossary's terms and without any graphic detail."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape

from cairndesk.exchange.formats import identification
from cairndesk.exchange.formats.casefile import CHECKLIST, CLUE, DISCLOSURE, GRADES, IDENTIFICATION, MANDATE, PAYMENT, CaseFile, Value
from cairndesk.exchange.formats.identification import File
from cairndesk.lib.text import defang
from cairndesk.lib.unknowns import Unknown

_UNKNOWN = {
    Unknown.NOT_ASKED: "not asked",
    Unknown.DECLINED: "not said, by choice",
    Unknown.UNKNOWN: "not known",
    Unknown.NOT_APPLICABLE: "does not apply",
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1e2a2e;background:#fbf9f5}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:start;vertical-align:top;padding:.25rem .75rem .25rem 0;"
    "border-bottom:1px solid #c9c2b6}code{overflow-wrap:anywhere}"
)


def write(case: CaseFile, files: Sequence[File] = ()) -> bytes:
    """One HTML page without script, without links and without the words of any account; every address is defanged."""
    parts = [
        f"<h1>Case {_t(case.case)}</h1>",
        "<p>This page names no image and repeats no account. What people told stands, once, in <code>case.json</code>.</p>",
        _table("About this package", ["", ""], _about(case)),
        _table(
            "Kinds of harm",
            ["Code", "Term", "Meaning", "Since version"],
            ([_t(h.code), _t(h.label), _t(h.definition), _t(h.since)] for h in case.harms),
        ),
        _table("People, by role", ["", "Role", "Child", "Age band", "Relation", "Country"], _people(case)),
        _table("What was reported", ["", "Kind", "Address or value", "Seen"], _items(case)),
        *([_table("By which mandate it was searched for", ["What", "When", "Details"], law)] if (law := _dated(case, MANDATE)) else []),
        *([_table("Payments and financial disclosures", ["What", "When", "Details"], money)] if (money := _dated(case, PAYMENT, DISCLOSURE)) else []),
        *([_table("Victim identification, in words", ["What", "When", "Details"], clues)] if (clues := _dated(case, IDENTIFICATION, CLUE)) else []),
        _table("Files by their hashes, for whoever identifies victims", ["", "Seen before", "Known by", "Apparent ages"], _files(files)),
        _table("What dated rules said (not legal advice)", ["Jurisdiction", "Verdict", "Source", "On"], _findings(case)),
        *([_table("How people graded it, by scheme", ["Scheme", "Value"], _said(case, GRADES))] if any(_said(case, GRADES)) else []),
        *(
            [_table("Evidence checklist of the recipient's place", ["Asked", "Answer"], _said(case, CHECKLIST))]
            if any(_said(case, CHECKLIST))
            else []
        ),
        _table("What happened, in order", ["When", "What"], ([_time(step.at), _t(step.event)] for step in case.timeline)),
        "<h2>Limits</h2><ul>" + "".join(f"<li>{_t(line)}</li>" for line in [*case.caveats, *identification.limits(files)]) + "</ul>",
    ]
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>Case {_t(case.case)}</title><style>{_STYLE}</style>"
    return (head + "".join(parts) + "</html>\n").encode()


def _about(case: CaseFile) -> Iterable[list[str]]:
    yield ["Package", _t(str(case.package))]
    yield ["From", _t(case.organisation)]
    yield ["For", _t(case.recipient)]
    yield ["Made", _time(case.made_at)]
    yield ["Legal basis, as recorded", _t(case.legal_basis)]
    yield ["Purpose", _t(case.purpose)]
    yield ["Case opened", _time(case.opened_at)]
    yield ["Why it is urgent", _t("; ".join(case.urgency) or "no reason recorded")]


def _people(case: CaseFile) -> Iterable[list[str]]:
    return ([_t(p.ref), _t(p.role), _v(p.is_child), _v(p.age_band), _v(p.relation), _v(p.country)] for p in case.people)


def _items(case: CaseFile) -> Iterable[list[str]]:
    for item in case.items:
        seen = "; ".join(f"{_t(defang(s.address))}, {_time(s.seen_at)}" for s in item.sightings)
        yield [_t(item.ref), _t(item.kind), f"<code><bdi>{_t(defang(item.value))}</bdi></code>", seen]


def _said(case: CaseFile, kind: str) -> list[list[str]]:
    return [[_t(asks), _v(answer)] for one in case.details if one.kind == kind for asks, answer in one.facts.items()]


def _dated(case: CaseFile, *kinds: str) -> list[list[str]]:
    held = [one for one in case.details if one.kind in kinds]
    return [
        [_t(one.kind), _time(one.at) if one.at else "not known", "; ".join(f"{_t(name)}: {_v(value)}" for name, value in one.facts.items())]
        for one in held
    ]


def _files(files: Sequence[File]) -> Iterable[list[str]]:
    for one in files:
        yield [_t(one.ref), _v(one.seen_before), _t("; ".join(one.known_by)), "; ".join(map(_v, one.apparent_ages))]


def _findings(case: CaseFile) -> Iterable[list[str]]:
    return ([_t(f.jurisdiction), _t(f.verdict), _t(f.source), _t(f.on)] for f in case.findings)


def _table(title: str, heads: list[str], rows: Iterable[list[str]]) -> str:
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    head = "".join(f"<th scope=col>{_t(one)}</th>" for one in heads)
    return f"<h2>{_t(title)}</h2>" + (f"<table><tr>{head}</tr>{body}</table>" if body else "<p>Nothing was recorded.</p>")


def _t(text: str) -> str:
    return escape(text)


def _v(value: Value) -> str:
    return _UNKNOWN[value] if isinstance(value, Unknown) else _t(value)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")

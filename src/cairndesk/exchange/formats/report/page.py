"""The custody report as one HTML page: no script, no link, no words of any account, every address defanged.

The order is that of a record of custody in ISO/IEC 27037: what it is, who, when, where, why, in and out, and the changes with the person
responsible for each. Every line is read from an entry of the log that opened to what it commits to (`acts.read`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from xml.sax.saxutils import quoteattr

from cairndesk.custody.ledger.note import Head
from cairndesk.exchange.formats import events
from cairndesk.exchange.formats.acts import Act, doers
from cairndesk.exchange.formats.casefile import CHECKLIST, CaseFile, Item
from cairndesk.exchange.formats.report.moves import move
from cairndesk.lib.text import defang

Cells = Sequence[str]
_HEADS = ("Entry", "Who", "When", "Where", "What, and why", "In or out")
_WIDTHS = {"Entry": "entry", "Who": "who", "Responsible": "who", "When": "when", "Where": "where", "In or out": "move", "Of": "move"}
_MOVES = {"in": "in", "out": "out", "change": "changed", "": "–"}
_PROOFS = {"passkey": "by passkey", "password": "by password and code", "demo": "in a demonstration", "api": "by its key", "system": "by itself"}
_LIMITS = (
    "The log says who acted by a pseudonym and by which proof that person showed who they are. Only the desk can say the name.",
    "What follows by itself from an act of somebody who reports is kept to the hour, so that its moment does not give that person away.",
    "Reasons that people wrote in words are sealed at the desk; the log holds codes and numbers only.",
    "The log shows what was done in this desk. What happened to a thing before it came in, and after it was handed over, it cannot show.",
    "Nobody can take an entry out of this package, or change one, unseen.",
    "An entry that the desk itself left out before it signed would not show here; the whole log, which lies at the desk, shows it.",
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Who else vouches for the log: a witness that cosigned, or an authority that stamped the time; `at` is by their clock, not ours."""

    kind: str
    name: str
    size: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """What the report is made of; `head` is that of the checkpoint to which every entry leads. `withheld`: entries told by hash alone."""

    case: CaseFile
    acts: Sequence[Act]
    head: Head
    anchors: Sequence[Anchor] = ()
    withheld: int = 0


def write(story: Story) -> bytes:
    """The page as UTF-8; the same story gives the same bytes."""
    title = f"Custody report: case {story.case.case}"
    body = "".join([*_head(story, title), *_checks(story), *_people(story), *_things(story), *_changes(story), *_log(story), *_limits(story)])
    start = '<!doctype html><html lang="en" dir="ltr"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    return f"{start}<title>{_t(title)}</title><style>{_style()}</style>{body}</html>\n".encode()


def _head(story: Story, title: str) -> Iterable[str]:
    case = story.case
    yield f"<h1>{_t(title)}</h1>"
    yield (
        f"<p>Made from {len(story.acts)} entries of the custody log of this desk. Each was opened and met what the log committed to when it was"
        " written; <code>VERIFY.txt</code> says how anybody checks the same without our programme."
        " No image and no word of any account stands here.</p>"
    )
    if story.withheld:
        counted = "1 further entry is given by its" if story.withheld == 1 else f"{story.withheld} further entries are given by their"
        yield (
            f"<p><b>{counted} hash alone.</b> What is in there is not for this recipient; that it stands in the log, and where, can be"
            " checked like that of any other. The desk can open it to a court.</p>"
        )
    facts = {
        "Package": f'<span class="id">{case.package}</span>',
        "From": _own(case.organisation),
        "For": _own(case.recipient),
        "Legal basis, as recorded": _own(case.legal_basis),
        "Purpose": _own(case.purpose),
        "Made": _to_second(case.made_at),
    }
    yield _facts(facts)


def _checks(story: Story) -> Iterable[str]:
    """What the place of the recipient asks of evidence, as a person of the desk answered it; nothing where it asks nothing."""
    checked = [one for one in story.case.details if one.kind == CHECKLIST]
    rows = [[_own(asks), _t(answer.replace("_", " "))] for one in checked for asks, answer in one.facts.items()]
    if rows:
        yield "<h2>What the place of the recipient asks of evidence</h2>"
        yield _table(("Asked", "Answer of the desk"), rows, "")


def _people(story: Story) -> Iterable[str]:
    yield "<h2>Who acted</h2>"
    yield "<p>The desk can say who stands behind a pseudonym, and the log then proves that nobody else was put in their place.</p>"
    kinds = {act.doer: act.by for act in story.acts}
    rows = ([_who(who, kinds[who], number), f'<span class="id">{_t(who)}</span>'] for who, number in doers(story.acts).items())
    yield _table(("Called here", "Pseudonym in the log"), rows, "Nobody in person acted.")


def _things(story: Story) -> Iterable[str]:
    yield "<h2>Custody, thing by thing</h2>"
    yield "<p>Within this desk a thing lies sealed in its vault or its records; <i>out</i> says that a person saw it or that it left.</p>"
    items = {item.ref: item for item in story.case.items}
    numbers = doers(story.acts)
    for about in dict.fromkeys(["case", *items, *(act.about for act in story.acts)]):
        yield f"<h3>{_t(about)}</h3>" + _facts(_what(story, items[about]) if about in items else _whole(story, about))
        rows = (_row(story, act, numbers) for act in story.acts if act.about == about)
        yield _table(_HEADS, rows, "No entry is about this thing alone; see the case.")


def _whole(story: Story, about: str) -> Mapping[str, str]:
    subjects = sorted({str(act.subject) for act in story.acts if act.about == about})
    number = {"Unique id": f'<span class="id">{_t(story.case.case)}</span>'} if about == "case" else {}
    return number | {"Record in the desk": " ".join(f'<span class="id">{one}</span>' for one in subjects)}


def _what(story: Story, item: Item) -> Mapping[str, str]:
    subjects = sorted({str(act.subject) for act in story.acts if act.about == item.ref})
    return {
        "Unique id": f'<span class="id">{_t(story.case.case)} / {_t(item.ref)}</span>',
        "Kind": _t(item.kind),
        "Address or value": f'<span class="id">{_own(defang(item.value))}</span>',
        **{kind.upper(): f'<span class="id">{_t(value)}</span>' for kind, value in sorted(item.digests.items()) if value != item.value},
        **({"Record in the desk": " ".join(f'<span class="id">{one}</span>' for one in subjects)} if subjects else {}),
    }


def _row(story: Story, act: Act, numbers: Mapping[str, int]) -> Cells:
    return (
        f'<span class="id">{act.index}</span>',
        _who(act.doer, act.by, numbers.get(act.doer or "", 0)),
        _hour(act.at) if act.to_hour else _to_second(act.at),
        _own(story.case.organisation),
        _why(act),
        _MOVES[move(act.event)],
    )


def _changes(story: Story) -> Iterable[str]:
    yield "<h2>Changes, and who is responsible for each</h2>"
    yield "<p>Originals lie sealed as they came and are never written to; what is shown to a person is a copy. Records were changed as follows.</p>"
    numbers = doers(story.acts)
    changed = [act for act in story.acts if move(act.event) == "change"]
    rows = (
        [
            f'<span class="id">{act.index}</span>',
            _t(act.about),
            _why(act),
            _who(act.doer, act.by, numbers.get(act.doer or "", 0)),
            _hour(act.at) if act.to_hour else _to_second(act.at),
        ]
        for act in changed
    )
    yield _table(("Entry", "Of", "What, and why", "Responsible", "When"), rows, "No entry records a change.")


def _log(story: Story) -> Iterable[str]:
    yield "<h2>What holds the log</h2>"
    yield _facts(
        {
            "Log": f'<span class="id">{_t(story.head.origin)}</span>',
            "Entries when this was made": str(story.head.size),
            "Root": f'<span class="id">{story.head.root.hex()}</span>',
        }
    )
    rows = ([_t(one.kind), _own(one.name), str(one.size), _to_second(one.at)] for one in story.anchors)
    nobody = "No witness has cosigned this log and no authority has stamped its time: that nothing was changed rests on the key of the desk."
    yield _table(("Kind", "By", "Entries covered", "When, by their clock"), rows, nobody)


def _limits(story: Story) -> Iterable[str]:
    yield "<h2>Limits</h2><ul>" + "".join(f"<li>{_t(line)}</li>" for line in [*_LIMITS, *story.case.caveats]) + "</ul>"


def _why(act: Act) -> str:
    codes = "; ".join(f"{key.replace('_', ' ')}: {value}" for key, value in sorted(act.detail.items()))
    words = events.meaning(act.event)
    # A name of several parts may go on in the next line behind any of them.
    name = _t(act.event).replace(".", ".<wbr>")
    return f"{_t(words)}<br><code>{name}</code>" + (f" ({_t(codes)})" if codes else "")


def _who(doer: str | None, by: str, number: int) -> str:
    name = "The desk" if doer is None else f"Machine {number}" if by == "api" else f"Person {number}"
    return f"{name}, {_PROOFS.get(by, _t(by))}"


def _table(heads: Cells, rows: Iterable[Cells], empty: str) -> str:
    cells = (zip(heads, row, strict=True) for row in rows)
    body = "".join(f"<tr>{''.join(f'<td data-head={quoteattr(head)}>{cell}</td>' for head, cell in row)}</tr>" for row in cells)
    head = "".join(f'<th scope="col"{_width(one)}>{_t(one)}</th>' for one in heads)
    kind = ' class="acts"' if "Entry" in heads else ""
    return f"<table{kind}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if body else f"<p>{_t(empty)}</p>"


def _width(head: str) -> str:
    return f' class="{_WIDTHS[head]}"' if head in _WIDTHS else ""


def _facts(facts: Mapping[str, str]) -> str:
    return "<dl>" + "".join(f"<dt>{_t(name)}</dt><dd>{value}</dd>" for name, value in facts.items()) + "</dl>"


def _own(text: str) -> str:
    """What somebody wrote, in whichever direction its script runs."""
    return f'<bdi dir="auto">{_t(text)}</bdi>'


def _t(text: str) -> str:
    return escape(text)


def _to_second(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _hour(moment: datetime) -> str:
    start = moment.astimezone(UTC)
    return f"{start:%Y-%m-%d}, within the hour from {start:%H}:00 UTC"


def _style() -> str:
    return files("cairndesk.exchange.formats.report").joinpath("style.css").read_text("utf-8")

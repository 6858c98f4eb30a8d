"""`cairndesk signals lists check`: how much of somebody's own list, of a data set or of a model's sources, is on the lists that are on.

Counts only: which values are known is not said, so that nobody can find out what is on a list by asking it.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from cairndesk.lib import clock
from cairndesk.lib.files import replace_durably
from cairndesk.lib.progress import bar
from cairndesk.signals.cli.common import AsJson, Desk, err, organisation_of, out, print_json, set_up

_MANY, _LONGEST = 1000, 4096
_KNOWN = ("known", "near", "related")
_WORDS = {
    "known": "the very value is listed",
    "near": "a picture that looks the same is listed",
    "related": "its domain, or a place above it, is listed",
    "none": "on none of the lists that were asked, which does not mean harmless",
    "malformed": "cannot be read",
}


def check(
    *,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="One hash, link or domain a line; empty lines are passed over.")],
    organisation: Desk = "",
    ticket: Annotated[Path | None, typer.Option(help="Write what has to be done, for whoever looks after the data set.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count how many values of a file are on the lists that are on. Counts only; the file is not kept, and the log gets no entry.

    While a list is read in for the first time it does not begin, and ends with 6.
    For those who make data sets and models: screen the sources before use. Example: `cairndesk signals lists check urls.txt --ticket ticket.md`
    """
    set_up()
    from cairndesk.signals import check as checking  # noqa: PLC0415 - Django has only now been set up
    from cairndesk.signals import queries  # noqa: PLC0415 - the same

    now = clock.now()
    lists = queries.lists_now(organisation=organisation_of(organisation), now=now).read_or_refuse()
    counts: Counter[str] = Counter()
    with file.open("rb") as stream, bar("checking", hidden=as_json) as progress:
        values = _values(stream)
        while batch := list(islice(values, _MANY)):
            counts.update(one.verdict.value for one in checking.check_texts(lists, [("", value) for value in batch]))
            progress("checking", stream.tell(), file.stat().st_size)
    told = {name: counts[name] for name in _WORDS}
    asked = [f"{listed.name} of {listed.owner}, version {lists.version_of(listed)}" for listed in lists.asked]
    if ticket is not None:
        replace_durably(ticket.absolute(), [_ticket(told, asked, now.date()).encode()], mode=0o600)
    if as_json:
        print_json({"values": sum(told.values()), **told, "lists": asked})
        return
    if not asked:
        err.print("No list is on: nothing can be known.")
    for name, count in told.items():
        out.print(f"{name} {count:,}: {_WORDS[name]}", highlight=False)


def _values(stream: BinaryIO) -> Iterator[str]:
    # A line without an end must not fill the memory; its beginning is too long to be read as anything.
    while line := stream.readline(_LONGEST + 2):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(_LONGEST)
        if text := line.decode("utf-8", "replace").strip():
            yield text


def _ticket(told: dict[str, int], asked: list[str], day: date) -> str:
    found = sum(told[name] for name in _KNOWN)
    lines = [
        f"# Screening of {day.isoformat()}",
        f"{found:,} of {sum(told.values()):,} values meet lists of known child sexual abuse material. Which ones is not said here.",
        *(f"- {name}: {count:,} ({_WORDS[name]})" for name, count in told.items()),
        "Lists that were asked:",
        *(f"- {name}" for name in asked or ["none"]),
    ]
    if found:
        lines += [
            "To do:",
            "- [ ] Stop the use and the distribution of the data set, and of what was made from it.",
            "- [ ] Open, copy or look at nothing of it to find out more: in many places that is an offence.",
            "- [ ] Report to the hotline or the authority of your country, with the place of the data set, and do as they say about keeping it.",
            "- [ ] Take out what they name, at the source of the values as well, and publish a version without it.",
            "- [ ] Screen the new version, and say in its papers that and when it was screened.",
        ]
    return "\n".join(lines) + "\n"

"""Read list files row by row; a row that cannot be read is reported with its number and reason and harms no other."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from cairndesk.lib.text import clean
from cairndesk.signals.engine.identifiers import Identifier, Kind, account, normalise, recognise
from cairndesk.signals.errors import ListRefused, NotAnIdentifier

MAX_LINE = 65_536

_Content = tuple[tuple[Identifier, ...], str, bool]
_Reader = Callable[[str], _Content]


class Format(StrEnum):
    """The list files that can be read."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    SIGNAL_LINES = "signals"


@dataclass(frozen=True, slots=True)
class Row:
    """One usable row: its line number (from 1), what it lists, the owner's label, and whether it takes back."""

    line: int
    identifiers: tuple[Identifier, ...]
    label: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that was left out: its line number (from 1) and why. The row's text is never repeated."""

    line: int
    reason: str


# Names used by the `threatexchange` library (signal types) and by the ThreatExchange API (indicator types).
SIGNAL_TYPES = {
    "pdq": Kind.PDQ, "hash_pdq": Kind.PDQ, "pdq_ocr": Kind.PDQ, "hash_pdq_ocr": Kind.PDQ, "imagepdq": Kind.PDQ,
    "md5": Kind.MD5, "hash_md5": Kind.MD5, "video_md5": Kind.MD5, "hash_video_md5": Kind.MD5, "videomd5": Kind.MD5,
    "sha1": Kind.SHA1, "hash_sha1": Kind.SHA1,
    "sha256": Kind.SHA256, "hash_sha256": Kind.SHA256, "video_sha256": Kind.SHA256, "hash_video_sha256": Kind.SHA256,
    "url": Kind.URL, "uri": Kind.URL, "raw_uri": Kind.URL, "unclickable_url": Kind.URL,
    "domain": Kind.DOMAIN, "email": Kind.EMAIL, "email_address": Kind.EMAIL, "phone": Kind.PHONE, "account": Kind.ACCOUNT,
    "wallet": Kind.WALLET, "url_prefix": Kind.URL_PREFIX,
}  # fmt: skip
# The owner says that these are *not* what the list is about: taking them in would accuse the innocent.
_HARMLESS = {"non_malicious", "negative_class"}
_EXTRA_COLUMNS = {"value", "kind", "label", "platform", "handle", "status"}
# What `threatexchange dataset --print-signals --csv` writes.
EXCHANGE_COLUMNS = {"kind": "signal_type", "value": "signal_str", "status": "category", "label": "tags"}


def parse(stream: BinaryIO, form: Format, columns: Mapping[str, str] | None = None) -> Iterator[Row | BadRow]:
    """The rows of a list file in order. Raises ListRefused when the columns that the map names are not there."""
    if form is Format.CSV:
        return parse_csv(stream, columns or EXCHANGE_COLUMNS)
    return parse_jsonlines_of(stream) if form is Format.JSON_LINES else parse_signallines_of(stream)


def column_map(text: str) -> dict[str, str]:
    """A map written as `pdq=Hash,label=Category`: what it is = the column's name. Raises ListRefused."""
    columns: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        ours, mark, theirs = (word.strip() for word in part.partition("="))
        if not mark or not theirs or ours not in {*Kind, *_EXTRA_COLUMNS}:
            raise ListRefused(f"'{part}' is not a column map; write what it is = the column's name.")
        columns[ours] = theirs
    if not columns.keys() & {*Kind, "value", "handle"}:
        raise ListRefused("The column map names no column that holds something to match.")
    return columns


def parse_csv(stream: BinaryIO, columns: Mapping[str, str]) -> Iterator[Row | BadRow]:
    """Rows of a CSV file with a heading line. Each physical line is a row, so that an open quote spoils one row only."""
    lines = lines_of(stream)
    heading = next(((number, line) for number, line in lines if line), (1, ""))[1]
    names = [name.strip() for name in cells(heading.removeprefix("\ufeff"))] if heading else []
    if missing := [name for name in columns.values() if name not in names]:
        raise ListRefused(f"The file has no column {', '.join(missing)}; it has {', '.join(names) or 'none'}.")
    where = {ours: names.index(theirs) for ours, theirs in columns.items()}
    return (_guarded(number, line, lambda text: _csv_row(text, where, len(names))) for number, line in lines if line != "")


def parse_jsonlines_of(stream: BinaryIO) -> Iterator[Row | BadRow]:
    """One object a line; `should_delete` takes an entry back.

    Its names are those of a ThreatExchange update (type, indicator) or of `threatexchange` (signal_type, signal_str).
    """
    return (_guarded(number, line, _json_row) for number, line in lines_of(stream) if line != "")


def parse_signallines_of(stream: BinaryIO) -> Iterator[Row | BadRow]:
    """One `type signal` a line: the shape that the file exchange of `threatexchange` reads and writes."""
    return (_guarded(number, line, _signal_row) for number, line in lines_of(stream) if line != "")


def lines_of(stream: BinaryIO) -> Iterator[tuple[int, str | None]]:
    """(number, text) of each line without its end; None stands for a line that is too long or not UTF-8."""
    number = 0
    while raw := stream.readline(MAX_LINE + 1):
        number += 1
        too_long = len(raw) > MAX_LINE and not raw.endswith(b"\n")
        while too_long and raw and not raw.endswith(b"\n"):
            raw = stream.readline(MAX_LINE)
        try:
            yield number, None if too_long else raw.decode().strip("\r\n")
        except UnicodeDecodeError:
            yield number, None


def _guarded(number: int, line: str | None, read: _Reader) -> Row | BadRow:
    if line is None:
        return BadRow(number, f"longer than {MAX_LINE} bytes or not UTF-8")
    try:
        identifiers, label, withdrawn = read(line)
    except NotAnIdentifier as problem:
        return BadRow(number, problem.detail)
    except (ValueError, csv.Error, RecursionError) as problem:
        return BadRow(number, f"cannot be read ({type(problem).__name__})")
    # Whatever an owner writes there, it may not spoil the rows around it.
    return Row(number, identifiers, clean(label)[:64], withdrawn)


def cells(line: str) -> list[str]:
    """The cells of one line of CSV; raises csv.Error for an open quote."""
    return next(csv.reader([line], strict=True), [])


def _csv_row(line: str, where: Mapping[str, int], width: int) -> _Content:
    held = [cell.strip() for cell in cells(line)]
    if len(held) != width:
        raise NotAnIdentifier(f"{len(held)} cells where the heading has {width}")
    row = {ours: held[index] for ours, index in where.items()}
    _refuse_harmless(row.get("status", ""))
    found = [normalise(Kind(ours), cell) for ours, cell in row.items() if ours in set(Kind) and cell]
    if row.get("value"):
        found.extend(_typed(row.get("kind", ""), row["value"]))
    if row.get("handle"):
        found.append(account(row.get("platform", ""), row["handle"]))
    if not found:
        raise NotAnIdentifier("nothing to match in this row")
    return tuple(found), row.get("label", ""), False


def _json_row(line: str) -> _Content:
    row = json.loads(line)
    if not isinstance(row, dict):
        raise NotAnIdentifier("not a JSON object")
    value = row.get("indicator", row.get("signal_str"))
    kind = row.get("type", row.get("signal_type"))
    if not isinstance(value, str) or not isinstance(kind, str):
        raise NotAnIdentifier("no pair of type and indicator, or of signal_type and signal_str")
    withdrawn = row.get("should_delete", False)
    if not isinstance(withdrawn, bool):
        raise NotAnIdentifier("should_delete is neither true nor false")
    if not withdrawn:
        _refuse_harmless(str(row.get("status", row.get("category", ""))))
    return _typed(kind, value), _tags(row.get("tags")), withdrawn


def _signal_row(line: str) -> _Content:
    kind, mark, value = line.strip().partition(" ")
    if not mark:
        raise NotAnIdentifier("no signal after the signal type")
    return _typed(kind, value.strip()), "", False


def _typed(kind: str, value: str) -> tuple[Identifier, ...]:
    if not kind:
        return recognise(value)
    known = SIGNAL_TYPES.get(kind.strip().lower().replace("-", "_"))
    if known is None:
        raise NotAnIdentifier("a type of signal that cannot be matched here")
    return (normalise(known, value),)


def _refuse_harmless(status: str) -> None:
    if status.strip().lower() in _HARMLESS:
        raise NotAnIdentifier("marked by its owner as not belonging to the list")


def _tags(tags: object) -> str:
    return " ".join(str(tag) for tag in tags) if isinstance(tags, list) else str(tags or "")

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.engine.lists import MAX_LINE, BadRow, Format, Row, column_map, parse
from cairndesk.signals.errors import ListRefused

MD5, SHA1, PDQ = "ab" * 16, "cd" * 20, "0f" * 32


def rows(text: str | bytes, form: Format, columns: str = "") -> list[Row | BadRow]:
    data = text.encode() if isinstance(text, str) else text
    return list(parse(io.BytesIO(data), form, column_map(columns) if columns else None))


def good(found: list[Row | BadRow]) -> list[tuple[int, list[str], str]]:
    return [(row.line, [f"{one.kind}:{one.value}" for one in row.identifiers], row.label) for row in found if isinstance(row, Row)]


def bad(found: list[Row | BadRow]) -> dict[int, str]:
    return {row.line: row.reason for row in found if isinstance(row, BadRow)}


def test_a_csv_file_is_read_by_its_column_map() -> None:
    text = f"\ufeffId,Hash MD5,Hash SHA1,Category\n1,{MD5.upper()},{SHA1},A1\n2,,{SHA1},B2\n"
    found = rows(text, Format.CSV, "md5=Hash MD5, sha1=Hash SHA1, label=Category")
    assert good(found) == [(2, [f"md5:{MD5}", f"sha1:{SHA1}"], "A1"), (3, [f"sha1:{SHA1}"], "B2")]


def test_a_malformed_row_is_named_by_line_and_reason_and_harms_no_other() -> None:
    text = f'md5,label\n{MD5},a\nnot a hash,b\n"{MD5},c\n{MD5}\n,d\n\n{MD5[:-1]},e\n{MD5},f\n'.encode()
    found = rows(text + b"\xff\xfe,g\n" + b"x" * (MAX_LINE * 3) + b"\n" + f"{SHA1[:32]},h".encode(), Format.CSV, "md5=md5,label=label")
    assert [line for line, *_ in good(found)] == [2, 9, 12]
    assert bad(found) == {
        3: "A md5 hash is written with the digits 0-9 and a-f only.",
        4: "cannot be read (Error)",
        5: "1 cells where the heading has 2",
        6: "nothing to match in this row",
        8: "A md5 hash has 32 digits, this text has 31.",
        10: f"longer than {MAX_LINE} bytes or not UTF-8",
        11: f"longer than {MAX_LINE} bytes or not UTF-8",
    }


def test_a_reason_never_repeats_the_row() -> None:
    found = rows("v\nprivate words here\n", Format.CSV, "value=v")
    assert "private" not in bad(found)[2]


def test_what_the_threatexchange_library_prints_as_csv_needs_no_map() -> None:
    text = f"collab,signal_type,signal_str,category,tags\nours,pdq,{PDQ},POSITIVE_CLASS,a b\nours,pdq,{PDQ},NEGATIVE_CLASS,\n"
    found = rows(text, Format.CSV)
    assert good(found) == [(2, [f"pdq:{PDQ}"], "a b")]
    assert bad(found) == {3: "marked by its owner as not belonging to the list"}


def test_what_is_no_text_spoils_no_row_beside_it() -> None:
    told = [
        {"type": "HASH_MD5", "indicator": MD5, "tags": ["a\ud800b\0c"]},
        *({"type": kind, "indicator": value} for kind in ("account", "email", "url") for value in ("x/\ud800", "x/\0", "x\0@mail.example")),
    ]
    found = rows("\n".join(map(json.dumps, told)), Format.JSON_LINES)
    assert good(found)[0] == (1, [f"md5:{MD5}"], "abc")
    assert all(one.value.encode() and "\0" not in one.value for row in found if isinstance(row, Row) for one in row.identifiers)
    assert {2, 3, 4, 7} <= bad(found).keys()


@pytest.mark.parametrize(
    ("row", "listed"),
    [
        ({"type": "HASH_PDQ", "indicator": PDQ, "status": "MALICIOUS", "tags": ["x", "y"]}, f"pdq:{PDQ}"),
        ({"type": "HASH_VIDEO_MD5", "indicator": MD5}, f"md5:{MD5}"),
        ({"signal_type": "url", "signal_str": "https://pics.example/A"}, "url:https://pics.example/A"),
        ({"signal_type": "video_md5", "signal_str": MD5}, f"md5:{MD5}"),
        ({"type": "HASH_SHA256", "indicator": PDQ}, f"sha256:{PDQ}"),
    ],
)
def test_a_json_line_is_read_in_either_naming(row: dict[str, object], listed: str) -> None:
    (found,) = rows(json.dumps(row), Format.JSON_LINES)
    assert isinstance(found, Row)
    assert [f"{one.kind}:{one.value}" for one in found.identifiers] == [listed]
    assert not found.withdrawn


def test_a_deleted_json_line_takes_back() -> None:
    (found,) = rows(json.dumps({"type": "HASH_PDQ", "indicator": PDQ, "should_delete": True}), Format.JSON_LINES)
    assert isinstance(found, Row)
    assert found.withdrawn


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "cannot be read"),
        ("[1]", "not a JSON object"),
        ('{"type": "HASH_PDQ"}', "no pair"),
        ('{"type": 4, "indicator": "x"}', "no pair"),
        ('{"type": "HASH_TMK", "indicator": "x"}', "cannot be matched here"),
        (json.dumps({"type": "HASH_PDQ", "indicator": PDQ, "status": "NON_MALICIOUS"}), "not belonging"),
        (json.dumps({"type": "HASH_PDQ", "indicator": PDQ, "should_delete": "no"}), "neither true nor false"),
        ("[" * 60_000, "cannot be read"),
    ],
)
def test_a_broken_json_line_is_reported(line: str, reason: str) -> None:
    (first, second) = rows(f"{line}\n" + json.dumps({"type": "HASH_MD5", "indicator": MD5}), Format.JSON_LINES)
    assert isinstance(first, BadRow)
    assert reason in first.reason
    assert isinstance(second, Row)


def test_the_file_exchange_of_threatexchange_is_read() -> None:
    found = rows(f"pdq {PDQ}\nvideo_md5 {MD5}\nurl https://pics.example/\npdq\nraw_text some words\n", Format.SIGNAL_LINES)
    assert [line for line, *_ in good(found)] == [1, 2, 3]
    assert set(bad(found)) == {4, 5}


@pytest.mark.parametrize("text", ["", "md5", "md5=", "what=ever", "label=x"])
def test_a_column_map_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(ListRefused):
        column_map(text)


def test_a_missing_column_is_named_beside_those_that_are_there() -> None:
    with pytest.raises(ListRefused, match="no column Hash; it has a, b"):
        rows("a,b\n", Format.CSV, "md5=Hash")


@given(
    st.sampled_from(Format), st.lists(st.one_of(st.text(max_size=60), st.just(f"md5 {MD5}"), st.just(json.dumps({"type": "md5", "indicator": MD5}))))
)
def test_no_file_stops_the_reader(form: Format, lines: list[str]) -> None:
    text = "\n".join(["value", *lines]).encode(errors="surrogatepass")
    for row in parse(io.BytesIO(text), form, {"value": "value"}):
        assert row.line >= 1


def test_an_account_needs_its_platform() -> None:
    found = rows("where,who\nchat,@Some\n,other\n", Format.CSV, "platform=where,handle=who")
    assert good(found) == [(2, [f"{Kind.ACCOUNT}:chat/Some"], "")]
    assert "platform first" in bad(found)[3]

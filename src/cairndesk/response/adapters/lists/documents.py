"""Reading XML and JSON that somebody else wrote, without what a hostile writer could put there."""

import hashlib
import json
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers import expat

from cairndesk.response.errors import AnswerUnreadable

_DEEPEST = 32
# What fits into the table as it is; longer names, and those that are no text, of records stand for themselves by their digest.
_LONGEST_KEY = 80


def key_of(kind: str, value: str) -> str:
    """The name of a record that a source knows by its kind and value alone."""
    name = f"{kind}:{value}"
    return name if len(name) <= _LONGEST_KEY and name.isprintable() else hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def read_xml(content: bytes) -> ET.Element:
    """The root of a document, its names without their namespaces. Raises AnswerUnreadable, also for a document type, which could hold a bomb."""
    _look_through(content)
    try:
        root = ET.fromstring(content)  # noqa: S314 - a document type, and every entity with it, was refused before
    except ET.ParseError as error:
        raise AnswerUnreadable(f"the answer is no whole XML document (line {error.position[0]})") from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def read_json(content: bytes) -> dict[str, Any]:
    """The object that `content` is. Raises AnswerUnreadable."""
    try:
        held = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise AnswerUnreadable("the answer is no whole JSON document") from error
    if not isinstance(held, dict):
        raise AnswerUnreadable("the answer is no JSON object")
    return held


def _look_through(content: bytes) -> None:
    parser, depth = expat.ParserCreate(), 0

    def refuse(*_: object) -> None:
        raise AnswerUnreadable("the answer declares a document type, which no such source does")

    def deeper(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise AnswerUnreadable("the answer is nested too deeply")

    def higher(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = deeper, higher
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise AnswerUnreadable(f"the answer is no whole XML document (line {error.lineno})") from error

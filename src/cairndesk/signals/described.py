"""The look-up door in the interface description: it stands beside the framework that writes the rest, so it is described here."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter

from cairndesk.signals.check import MOST_ITEMS, Checked
from cairndesk.signals.rules import TERMS_OF_LOOK_UP


class ItemAsked(BaseModel):
    """One thing to look up."""

    value: str = Field(max_length=4096, description="a hash, link, domain, account, e-mail address or number; defanged links are read")
    kind: str = Field(default="", description="its kind; recognised where it is left out (64 hex digits are read as SHA-256 and as PDQ)")


class Asked(BaseModel):
    """Many things at once."""

    items: list[ItemAsked] = Field(min_length=1, max_length=MOST_ITEMS)


class ListAsked(BaseModel):
    """A list and its newest version. `is_behind`: that one is still being read in, and an older one was asked, `answered_from`; 0: none."""

    name: str
    version: int
    is_behind: bool
    answered_from: int


class Answered(BaseModel):
    """One result for each thing, in order, and the lists that were asked."""

    results: list[Checked]
    lists: list[ListAsked]
    terms_of_use: str = Field(description=TERMS_OF_LOOK_UP)


_REFERENCE = "#/components/schemas/{model}"
_WHY = {401: "no key, or a revoked one", 403: "a key that only reports, or a desk that takes no files", 422: "a body that cannot be read",
        429: "too many at once; see `ratelimit`", 503: "all lists are being read in for the first time"}  # fmt: skip


def add_to(schema: dict[str, Any]) -> None:
    """Afterwards `schema`, an OpenAPI document, has the door and its shapes."""
    shapes: dict[str, Any] = {}
    for name, shape in (("Asked", Asked), ("Answered", Answered)):
        made = TypeAdapter(shape).json_schema(ref_template=_REFERENCE)
        shapes |= made.pop("$defs", {})
        shapes[name] = made
    schema.setdefault("components", {}).setdefault("schemas", {}).update(shapes)
    schema["paths"]["/api/v1/check"] = {"post": _post()}


def _post() -> Mapping[str, object]:
    def shape(name: str) -> Mapping[str, object]:
        return {"schema": {"$ref": _REFERENCE.format(model=name)}}

    body = {"application/json": shape("Asked"), "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    answers = {str(status): {"description": why} for status, why in _WHY.items()}
    return {
        "operationId": "signals_check",
        "tags": ["signals"],
        "summary": "Ask whether something is known",
        "description": f"{TERMS_OF_LOOK_UP} "
        "Advice from the lists that machines may see: `none` never means harmless. "
        "`incomplete`: on none of the lists that could be asked, and at least one could not be asked yet; ask again. "
        "A file is hashed behind walls and dropped.",
        "requestBody": {"required": True, "content": body},
        "responses": {"200": {"description": "OK", "content": {"application/json": shape("Answered")}}, **answers},
    }

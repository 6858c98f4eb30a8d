"""The case as a CASE/UCO graph (CASE 1.5, JSON-LD): what was reported, and every act of custody on it, for tools of digital forensics.

Source: the ontologies at ontology.caseontology.org and ontology.unifiedcyberontology.org. People and accounts stand in `case.json` alone:
what a child told is not copied into a second file. The same case gives the same bytes; identifiers follow from the package's.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid5

from cairndesk import __version__
from cairndesk.exchange.formats import events
from cairndesk.exchange.formats.acts import Act, doers
from cairndesk.exchange.formats.casefile import CaseFile, Item

Node = dict[str, Any]
_MODULES = ("action", "core", "identity", "observable", "tool", "types")
CONTEXT = {
    "kb": "urn:cairndesk:package:",
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    **{f"uco-{one}": f"https://ontology.unifiedcyberontology.org/uco/{one}/" for one in _MODULES},
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# Kind of item → class, facet, and the facet's property that holds the value. What has no class of its own is named in words.
_SHAPES = {
    **dict.fromkeys(("url", "web_page", "search_result", "listing", "advert"), ("URL", "URLFacet", "fullValue")),
    "domain": ("DomainName", "DomainNameFacet", "value"),
    **dict.fromkeys(("account", "payment_account"), ("DigitalAccount", "AccountFacet", "accountIdentifier")),
    "phone": ("PhoneAccount", "PhoneAccountFacet", "phoneNumber"),
    "email": ("EmailAddress", "EmailAddressFacet", "addressValue"),
    "app": ("Application", "ApplicationFacet", "applicationIdentifier"),
}
# The names that UCO's vocabulary of hash methods has; a perceptual hash is not among them.
_METHODS = {"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256", "sha512": "SHA512"}


@dataclass(frozen=True, slots=True)
class Told:
    """What the graph is made of; `kinds` gives the code of each item's kind by its name in the case."""

    case: CaseFile
    acts: Sequence[Act]
    kinds: Mapping[str, str]


def write(told: Told) -> bytes:
    """The graph as UTF-8 JSON-LD that validates against CASE 1.5 and UCO."""
    nodes = _Graph(told).nodes()
    bundle = _node(told, "Bundle", "uco-core:Bundle", "bundle")
    bundle["uco-core:name"] = f"Case {told.case.case}"
    bundle["uco-core:object"] = [{"@id": node["@id"]} for node in nodes]
    return json.dumps({"@context": CONTEXT, "@graph": [bundle, *nodes]}, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


class _Graph:
    """The nodes of one case, and how each names the others."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.desk = _named(told, "Organization", "uco-identity:Organization", "desk", told.case.organisation)
        self.tool = _named(told, "Tool", "uco-tool:Tool", "tool", "Cairndesk") | {"uco-tool:version": __version__}
        self.people = {who: self._person(who, number) for who, number in doers(told.acts).items()}
        self.items = {item.ref: _item(told, item) for item in told.case.items}
        self.authorization = self._authorization()
        self.case = self._investigation()

    def nodes(self) -> list[Node]:
        recipient = _named(self.told, "Organization", "uco-identity:Organization", "recipient", self.told.case.recipient)
        acts = {act.index: self._act(act) for act in self.told.acts}
        heads = [self.desk, recipient, self.tool, self.authorization, self.case]
        seen = [one for item in self.told.case.items for one in self._observations(item)]
        return [*heads, *self.people.values(), *self.items.values(), *seen, *acts.values(), *self._records(acts)]

    def _person(self, who: str, number: int) -> Node:
        person = _named(self.told, "Person", "uco-identity:Person", f"person {who}", f"person {number} of the desk")
        return person | {"uco-core:description": f"Pseudonym {who}; the desk can say who this is."}

    def _authorization(self) -> Node:
        node = _named(self.told, "Authorization", "case-investigation:Authorization", "authorization", self.told.case.legal_basis)
        return node | {
            "case-investigation:authorizationType": "legal basis, as recorded by the desk",
            "case-investigation:authorizationIdentifier": self.told.case.legal_basis,
        }

    def _investigation(self) -> Node:
        node = _named(self.told, "Investigation", "case-investigation:Investigation", "case", f"Case {self.told.case.case}")
        objects = [_to(item) for item in self.items.values()]
        return node | {
            "uco-core:description": self.told.case.purpose,
            "uco-core:startTime": _time(self.told.case.opened_at),
            "case-investigation:relevantAuthorization": _to(self.authorization),
            **_some("case-investigation:focus", [harm.label for harm in self.told.case.harms]),
            **_some("uco-core:object", objects),
        }

    def _act(self, act: Act) -> Node:
        node = _node(self.told, "InvestigativeAction", "case-investigation:InvestigativeAction", f"act {act.index}")
        words = [f"Entry {act.index} of the log.", events.meaning(act.event)]
        words += ["The time is known to the hour."] if act.to_hour else []
        return node | {
            "uco-core:name": act.event,
            "uco-core:description": " ".join(filter(None, words)),
            "uco-action:startTime": _time(act.at),
            "uco-action:performer": _to(self.people[act.doer] if act.doer else self.desk),
            "uco-action:instrument": [_to(self.tool)],
            "uco-action:object": [_to(self.items.get(act.about, self.case))],
        }

    def _observations(self, item: Item) -> Iterable[Node]:
        for number, sighting in enumerate(item.sightings, start=1):
            node = _node(self.told, "Observation", "uco-observable:Observation", f"{item.ref} seen {number}")
            node |= {"uco-core:name": "observe", "uco-core:description": f"{item.ref} was seen", "uco-action:startTime": _time(sighting.seen_at)}
            yield node | {"uco-action:object": [_to(self.items[item.ref])]}

    def _records(self, acts: Mapping[int, Node]) -> Iterable[Node]:
        whole = {self.told.case.case: [self.case], **{ref: [item] for ref, item in self.items.items()}}
        for exhibit, (first, *_) in whole.items():
            about = [acts[act.index] for act in self.told.acts if self.items.get(act.about, self.case) is first]
            node = _node(self.told, "ProvenanceRecord", "case-investigation:ProvenanceRecord", f"record {exhibit}")
            yield node | {
                "uco-core:description": f"Custody of {exhibit}",
                "case-investigation:exhibitNumber": exhibit,
                "uco-core:object": [_to(one) for one in [first, *about]],
            }


def _item(told: Told, item: Item) -> Node:
    kind = told.kinds.get(item.ref, "")
    if kind == "media":
        return _file(told, item)
    shape = _SHAPES.get(kind)
    if shape is None:
        return _named(told, "ObservableObject", "uco-observable:ObservableObject", item.ref, item.ref) | {
            "uco-core:description": f"{item.kind}: {item.value}",
        }
    name, facet, field = shape
    held = _node(told, facet, f"uco-observable:{facet}", f"{item.ref} facet") | {f"uco-observable:{field}": item.value}
    extra = {"uco-core:description": item.kind, "uco-core:hasFacet": [held]}
    return _named(told, name, f"uco-observable:{name}", item.ref, item.ref) | extra


def _file(told: Told, item: Item) -> Node:
    hashes = [
        _node(told, "Hash", "uco-types:Hash", f"{item.ref} {kind}")
        | {"uco-types:hashMethod": _METHODS[kind], "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": value.upper()}}
        for kind, value in sorted(item.digests.items())
        if kind in _METHODS
    ]
    facet = _node(told, "ContentDataFacet", "uco-observable:ContentDataFacet", f"{item.ref} facet") | _some("uco-observable:hash", hashes)
    others = [f"{kind} {value}" for kind, value in sorted(item.digests.items()) if kind not in _METHODS]
    words = f"{item.kind}; the file itself is not part of this package." + "".join(f" {one}." for one in others)
    return _named(told, "File", "uco-observable:File", item.ref, item.ref) | {"uco-core:description": words, "uco-core:hasFacet": [facet]}


def _node(told: Told, name: str, kind: str, key: str) -> Node:
    return {"@id": f"kb:{name}-{uuid5(told.case.package, key)}", "@type": kind}


def _named(told: Told, name: str, kind: str, key: str, title: str) -> Node:
    return {**_node(told, name, kind, key), "uco-core:name": title}


def _some(key: str, values: Sequence[Any]) -> Node:
    return {key: list(values)} if values else {}


def _to(node: Mapping[str, Any]) -> Node:
    return {"@id": node["@id"]}


def _time(moment: datetime) -> Node:
    return {"@type": "xsd:dateTime", "@value": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}

"""Reads from the source what is used of cryptography, and writes the page docs/cryptography.md about it and about who can open what."""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
SOURCE = DOCS.parent / "src" / "cairndesk"
# Every library of ours that hashes, signs, encrypts, or draws random numbers.
LIBRARIES = (
    "cryptography", "hashlib", "hmac", "secrets", "random", "ssl", "pyrage", "shamir_mnemonic", "rfc3161_client", "webauthn",
    "django.core.signing", "django.contrib.auth.hashers", "django.utils.crypto", "numpy.random", "uuid.uuid1",
)  # fmt: skip
# Calls that take a hash by its name.
_BY_NAME = {"hmac.digest", "hmac.new", "hashlib.new", "hashlib.file_digest", "hashlib.pbkdf2_hmac"}
_INTRO = """Everything here is an algorithm of a published standard, from a library that others keep well; what is our own stands in a list of
its own. A house test reads the source and fails on any use that is not in these tables, and on any place that seals, opens or signs and is not
named. The table is kept in `docs/cryptography.toml`.

There is no back door: no key of the makers, no master password, no account and no setting opens what is sealed. What opens each thing stands
below, and a test takes each key away in turn, and tries with all the others.
"""
_AUDIT = """## Looking at what we stand on

    make audit                        # without a network
    make audit ADVISORIES=all.zip     # with the known weaknesses, from a file

The first looks at the lock files (every package with its version and SHA-256, none from an address or a repository), at what is installed
(the versions of the lock, and every file as its wheel said it is), and at the licences. It needs no network. It cannot know which weaknesses
were published since: for that somebody with a network fetches, once a week and before each release,

    curl -O https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip

(the open collection [osv.dev](https://osv.dev), which takes in the advisories of the Python Packaging Authority and of GitHub), carries it
over, and gives it to the second. A file whose newest entry is older than eight days is refused, because it would calm nobody rightly.
`pip-audit -r requirements.lock` on a machine with a network asks the same collection.

What is compiled into wheels (OpenSSL in `cryptography`, decoders in `pillow`, SQLite in `pysqlite3`) and what the system brings (Python,
Pango) has advisories of its own: watch those of your distribution as well.
"""


def described() -> dict[str, Any]:
    """The tables of docs/cryptography.toml."""
    return tomllib.loads((DOCS / "cryptography.toml").read_text("utf-8"))


def names(tree: ast.AST) -> set[str]:
    """What `tree` uses of LIBRARIES, in full; a hash that a call takes by its name as `call:name`, made at run time as `call:?`."""
    held = dict(_imported(tree))
    found, bases = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in held:
            full = held[node.value.id]
            # Of a module each thing counts, of an enumeration each member, of a class only the class.
            if full in LIBRARIES or node.attr[:1].isupper():
                found.add(f"{full}.{node.attr}")
                bases.add(node.value.id)
                continue
    found |= {full for name, full in held.items() if name not in bases}
    found |= {f"{call}:{said}" for call, said in _by_name(tree, held)}
    return {name if not name.startswith("django.core.signing.") else "django.core.signing" for name in found}


def used() -> dict[str, set[str]]:
    """Each name that the source uses, with the files that do."""
    found: dict[str, set[str]] = defaultdict(set)
    roots = {library.rpartition(".")[2] for library in LIBRARIES}
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text("utf-8")
        for name in names(ast.parse(text)) if any(root in text for root in roots) else ():
            found[name].add(path.relative_to(SOURCE).as_posix())
    return found


def page() -> str:
    """docs/cryptography.md."""
    about, found = described(), used()
    lines = ["# Cryptography", "", "*This page is written by `make docs` from the source and `docs/cryptography.toml`.*", "", _INTRO]
    lines += ["## What is used", "", "| algorithm | standard | library | what for | where |", "|---|---|---|---|---|"]
    lines += [_row(one, found) for one in about["algorithm"]]
    lines += ["", "## Our own code", "", "| file | what it is, and what it is held against |", "|---|---|"]
    lines += [f"| `{path}` | {said} |" for path, said in about["own_code"].items()]
    lines += ["", "## Who can open what", "", "| what is sealed | opened by, all of it and nothing else |", "|---|---|"]
    lines += [f"| {one['what']} | {'; and '.join(one['needs'])} |" for one in about["sealed"]]
    return "\n".join([*lines, "", _AUDIT])


def _row(one: Mapping[str, Any], found: Mapping[str, set[str]]) -> str:
    places = sorted({path for name in one["names"] for path in found.get(name, ())})
    shown = ", ".join(f"`{path}`" for path in places) if len(places) <= 8 else f"{len(places)} files"
    return f"| {one['name']} | {one['standard']} | {one['library']} | {one['what_for']} | {shown} |"


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each name under which something of LIBRARIES is at hand, with what it is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname or alias.name, alias.name) for alias in node.names if _is_ours(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            full = {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            yield from ((name, one) for name, one in full.items() if _is_ours(one))


def _is_ours(name: str) -> bool:
    return any(name == library or name.startswith(f"{library}.") for library in LIBRARIES)


def _by_name(tree: ast.AST, held: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)):
            continue
        call = f"{held.get(node.func.value.id, '')}.{node.func.attr}"
        given = [*node.args, *(word.value for word in node.keywords if word.arg in {"digest", "digestmod", "name"})]
        if call in _BY_NAME and given:
            which = given[0] if call == "hashlib.new" else given[-1]
            if isinstance(which, ast.Constant):
                yield call, str(which.value)
            elif not isinstance(which, ast.Attribute):
                yield call, "?"

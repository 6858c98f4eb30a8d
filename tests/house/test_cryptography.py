"""Only named algorithms of published standards, only in named places, and nobody else who could open anything."""

import ast
import sys
from collections.abc import Iterator

import pytest
from tests.house.tree import ROOT, SOURCE, imports, page_writer, parsed, shown, sources

pytestmark = pytest.mark.req("PRI-08")
algorithms = page_writer("algorithms")
# Libraries from which nothing that hashes, signs or encrypts is taken.
HARMLESS = {
    "PIL", "ada_url", "ahocorasick", "asgiref", "av", "cairndesk", "distributed", "django", "h11", "matplotlib", "ninja", "numpy", "obstore",
    "phonenumbers", "psycopg", "publicsuffixlist", "pyarrow", "pydantic", "pysqlite3", "re2", "requests", "rich", "segno", "structlog", "typer",
    "uvicorn", "weasyprint", "whitenoise", "xarf",
}  # fmt: skip


def strays(found: dict[str, set[str]]) -> list[str]:
    """Each use that docs/cryptography.toml does not name, or not there."""
    about = algorithms.described()
    places = {name: set(one["where"]) if "where" in one else None for one in about["algorithm"] for name in one["names"]}
    places |= dict.fromkeys(about["plumbing"]["names"])
    told = [f"{name} in {path}" for name, paths in found.items() for path in paths if name not in places]
    return told + [f"{name} in {path}" for name, paths in found.items() if places.get(name) is not None for path in paths - places[name]]


def test_whatever_is_used_is_named_and_whatever_is_named_is_used() -> None:
    found = algorithms.used()
    assert strays(found) == []
    about = algorithms.described()
    named = {name for one in [*about["algorithm"], about["plumbing"]] for name in one["names"]}
    assert named - set(found) == set()
    for one in about["algorithm"]:
        places = {path for name in one["names"] for path in found[name]}
        assert places == set(one.get("where", places)), one["name"]


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("import hashlib\nhashlib.md5(b'')", "hashlib.md5"),
        ("import hashlib as h\nh.new('md4')", "hashlib.new:md4"),
        ("import hmac\nhmac.new(b'', b'', 'sha1')", "hmac.new:sha1"),
        ("import hmac\nhmac.digest(b'', b'', which)", "hmac.digest:?"),
        ("from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes\nCipher(algorithms.AES(k), modes.ECB())", "modes.ECB"),
        ("from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4", "ARC4"),
        ("from cryptography.fernet import Fernet", "Fernet"),
        ("from cryptography.hazmat.primitives.ciphers.aead import AESGCM\nAESGCM(k)", "AESGCM in response/new.py"),
        ("import pyrage\npyrage.encrypt(b'', [mine])", "pyrage.encrypt in response/new.py"),
        ("import pyrage\npyrage.passphrase.encrypt(b'', 'x')", "pyrage.passphrase"),
        ("import random\nkey = random.randbytes(32)", "random.randbytes"),
        ("import ssl\nssl._create_unverified_context()", "_create_unverified_context"),
        ("import ssl\ncontext.verify_mode = ssl.CERT_NONE", "ssl.CERT_NONE"),
        ("from django.core import signing\nsigning.dumps({})", "django.core.signing in response/new.py"),
    ],
)
def test_what_nobody_named_is_found_however_it_is_written(written: str, what: str) -> None:
    told = strays({name: {"response/new.py"} for name in algorithms.names(ast.parse(written))})
    assert any(what in one for one in told), told


def test_no_library_that_nobody_looked_at_is_imported() -> None:
    roots = {name.partition(".")[0] for path in sources() for name in imports(path)}
    ours = {library.partition(".")[0] for library in algorithms.LIBRARIES}
    others = {root for root in roots if root not in sys.stdlib_module_names}
    assert (others - HARMLESS - ours, HARMLESS - others) == (set(), set())


def test_no_certificate_goes_unchecked_and_no_hash_that_is_broken_protects_anything() -> None:
    assert [line for path in sources() for line in _unchecked(path.relative_to(SOURCE).as_posix(), parsed(path))] == []
    digests = parsed(SOURCE / "signals" / "engine" / "digests.py")
    broken = [node for node in ast.walk(digests) if isinstance(node, ast.Call) and ast.unparse(node.func) in {"hashlib.md5", "hashlib.sha1"}]
    assert broken
    assert all("usedforsecurity=False" in ast.unparse(node) for node in broken)


def test_what_is_our_own_code_is_there() -> None:
    assert all((SOURCE / path).exists() for path in algorithms.described()["own_code"])
    assert shown(ROOT / "docs" / "cryptography.toml") in (ROOT / "docs" / "cryptography.md").read_text("utf-8")


def _unchecked(path: str, tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and target.attr in {"check_hostname", "verify_mode"}:
                    yield f"{path}:{node.lineno}"
        # Three numbers to `pow` is how a cipher of one's own begins.
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "pow" and len(node.args) > 2:
            yield f"{path}:{node.lineno}"

"""`VERIFY.txt`: how a stranger checks one package with public tools, in commands that a test runs as they stand."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

_NO_WITNESS = "This package holds no signature of a witness: nobody but us vouches that the log was not rewritten."
_WITNESSED = """Witnesses put lines of their own under a checkpoint (c2sp.org/tlog-cosignature): each has seen this log and no other of that name, at
the time that its line says. Ask each witness for its key and compare it with keys.txt. Each of them has signed at least one proof.
$ cosigned() {
>   by "$1" "$2" | tail -c 72 > line.tmp && [ "$(wc -c < line.tmp)" = 72 ] && tail -c 64 line.tmp > signature.tmp &&
>   { printf 'cosignature/v1\\ntime %s\\n' "$(head -c 8 line.tmp | od -An -tu8 --endian=big | tr -d ' ')"; note "$1" | sed -n '1,3p'; } > body.tmp &&
>   openssl pkeyutl -verify -pubin -inkey "$3" -rawin -in body.tmp -sigfile signature.tmp > /dev/null
> }"""
_WITNESS = """$ who={name}; pem {place} > witness.pem
$ ( seen=0; for proof in $(grep -lF -e "— $who " $name/data/proofs/*.tlog-proof); do
>     cosigned "$proof" "$who" witness.pem || exit 1; seen=1
>   done; [ $seen = 1 ] )"""
_NO_STAMP = "This package holds no time stamp of an authority (RFC 3161): its times are those of our clock."
_STAMPED = """A time-stamping authority (RFC 3161) has stamped a checkpoint: it existed before the time in the reply. Get the certificate of
the authority from the authority itself; the .pem beside the reply is what we used."""
_STAMP = """$ openssl ts -verify -data $name/data/tsa/{size}.checkpoint -in $name/data/tsa/{size}.tsr -CAfile $name/data/tsa/{size}.pem
$ signed $name/data/tsa/{size}.checkpoint"""
_WITH_PDF = "data/custody-report.html and .pdf the record of custody."
_WITHOUT_PDF = """data/custody-report.html the record of custody.
There is no PDF of it: the library that writes one was not on this desk, or it would be too long."""


@dataclass(frozen=True, slots=True)
class Told:
    """What differs between packages: who cosigned (names in the order of keys.txt), which sizes were stamped, and whether there is a PDF."""

    name: str
    has_pdf: bool
    witnesses: Sequence[str] = ()
    stamped: Sequence[int] = ()


def write(told: Told) -> bytes:
    """The text for this package."""
    text = files("cairndesk.exchange.formats").joinpath("VERIFY.txt").read_text("utf-8")
    # Behind the key of the packages and that of the log.
    keys = [_WITNESS.format(place=place, name=shlex.quote(name)) for place, name in enumerate(told.witnesses, start=3)]
    stamps = [_STAMP.format(size=size) for size in told.stamped]
    parts = {
        "$witnesses": "\n".join([_WITNESSED, *keys]) if keys else _NO_WITNESS,
        "$stamps": "\n".join([_STAMPED, *stamps]) if stamps else _NO_STAMP,
        "$report": _WITH_PDF if told.has_pdf else _WITHOUT_PDF,
    }
    for mark, part in parts.items():
        text = text.replace(mark, part)
    return text.replace("$name", told.name).encode()

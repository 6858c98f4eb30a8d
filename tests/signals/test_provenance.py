"""What a file says of how it was made is read behind walls, bounded, as values of a closed list, and shown as a hint."""

import io
import struct
from collections.abc import Callable

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL.PngImagePlugin import PngInfo
from tests.synthetic import pictures

from cairndesk.review.rules.media import MADE, says_of_itself
from cairndesk.signals.engine import provenance, sandbox, walls
from cairndesk.signals.engine.answer import Why
from cairndesk.signals.engine.provenance import LENGTH, Made, Provenance, decode, encode, read

IPTC, C2PA = "http://cv.iptc.org/newscodes/digitalsourcetype/", "http://c2pa.org/digitalsourcetype/"
SCENE = pictures.scene(64, 48)
MANIFESTS = bytes.fromhex("63327061 0011 0010 8000 00aa00389b71")


def packet(value: str) -> bytes:
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        f'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType="{value}"/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def superbox(uuid: bytes, label: bytes, *inside: bytes) -> bytes:
    return box(b"jumb", box(b"jumd", uuid + b"\3" + label + b"\0") + b"".join(inside))


def store(*values: str, padding: int = 0) -> bytes:
    """A manifest store as C2PA describes it, its assertions in CBOR by a library that is not ours."""
    made = {"actions": [{"action": "c2pa.created", "digitalSourceType": value, "when": "k" * padding} for value in values]}
    assertion = superbox(b"cbor" + bytes(12), b"c2pa.actions", box(b"cbor", cbor2.dumps(made)))
    manifest = superbox(b"c2ma" + bytes(12), b"urn:uuid:1", superbox(b"c2as" + bytes(12), b"c2pa.assertions", assertion))
    return superbox(MANIFESTS, b"c2pa", manifest)


def saved(kind: str, **more: object) -> bytes:
    file = io.BytesIO()
    SCENE.save(file, kind, **more)
    return file.getvalue()


def in_jpeg(boxes: bytes, *, piece: int = 60_000) -> bytes:
    """The boxes in APP11 segments, each further one with length and kind of the box again."""
    plain, found = saved("JPEG"), b""
    for number, at in enumerate(range(0, len(boxes), piece), 1):
        body = b"JP" + b"\0\1" + struct.pack(">I", number) + (b"" if number == 1 else boxes[:8]) + boxes[at : at + piece]
        found += b"\xff\xeb" + struct.pack(">H", 2 + len(body)) + body
    return plain[:2] + found + plain[2:]


def in_png(boxes: bytes) -> bytes:
    plain = saved("PNG")
    # After the signature and the header; nobody reads the checksum here.
    return plain[:33] + struct.pack(">I", len(boxes)) + b"caBX" + boxes + bytes(4) + plain[33:]


def with_xmp(text: bytes) -> dict[str, bytes]:
    notes = PngInfo()
    notes.add_itxt("XML:com.adobe.xmp", text.decode())
    tags = {"tiffinfo": {700: text}}
    return {"JPEG": saved("JPEG", xmp=text), "PNG": saved("PNG", pnginfo=notes), "WEBP": saved("WEBP", xmp=text), "TIFF": saved("TIFF", **tags)}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_source_type_is_read_from_the_packet_that_another_library_wrote(kind: str) -> None:
    told = read(with_xmp(packet(f"{IPTC}trainedAlgorithmicMedia"))[kind])
    assert (told.in_xmp, told.has_manifest) == ({Made.TRAINED}, False)
    assert read(with_xmp(packet("nothing of the kind"))[kind]).as_row() == {}


@pytest.mark.parametrize("wrap", [in_jpeg, in_png, lambda boxes: saved("WEBP") + boxes])
def test_a_manifest_is_found_with_the_values_in_it(wrap: Callable[[bytes], bytes]) -> None:
    told = read(wrap(store(f"{IPTC}compositeWithTrainedAlgorithmicMedia", f"{C2PA}empty", padding=11)))
    assert told.as_row() == {"manifest": ["compositeWithTrainedAlgorithmicMedia", "empty"]}
    assert read(wrap(store())).as_row() == {"manifest": []}


def test_a_value_that_lies_across_two_segments_of_a_jpeg_is_read() -> None:
    boxes = store(f"{IPTC}algorithmicMedia", padding=300)
    assert all(read(in_jpeg(boxes, piece=piece)).in_manifest == {Made.ALGORITHMIC} for piece in range(40, 260, 7))


def test_what_follows_a_value_in_cbor_is_no_part_of_it() -> None:
    # A key of ten letters begins with the byte of the letter j, one of eleven with k.
    for padding in range(20):
        assert read(in_png(store(f"{IPTC}print", padding=padding))).in_manifest == {Made.PRINT}


def test_a_value_that_is_not_on_the_list_is_another_and_no_word_of_it_is_kept() -> None:
    assert read(packet(f"{IPTC}somethingOfTomorrow")).as_row() == {"xmp": ["another"]}
    assert read(packet("https://elsewhere.example/digitalsourcetype/trainedAlgorithmicMedia")).as_row() == {}


@pytest.mark.slow
@given(data=st.binary(max_size=2000), at=st.integers(0, 2000), cut=st.integers(0, 3000))
def test_no_bytes_do_more_than_to_say_little(data: bytes, at: int, cut: int) -> None:
    for good in (in_jpeg(store(f"{IPTC}print")), in_png(store(f"{IPTC}print")), packet(f"{IPTC}print")):
        for hostile in (data, good[:at] + data + good[at:], good[:cut], b"\xff\xd8\xff" + data, good[:at] + bytes(8) + good[at + 8 :]):
            told = read(hostile)
            assert decode(encode(told)) == told


@pytest.mark.parametrize(
    "hostile",
    [
        b"\xff\xd8" + b"\xff\xe0\0\0" * 1_000_000,
        b"\xff\xd8" + b"\xff" * 4_000_000,
        b"<x:xmpmeta" * 500_000,
        (b"<x:xmpmeta" + IPTC.encode() + b"print</x:xmpmeta>") * 60_000,
        in_jpeg(store(f"{IPTC}print"))[:-2].replace(struct.pack(">I", len(store(f"{IPTC}print"))), b"\xff\xff\xff\xff"),
        b"\0\0\0\0jumb\0\0\0\0" + b"jumd" + MANIFESTS + b"a" * 12_000_000,
        b"jumd" + MANIFESTS,
    ],
    ids=["segments", "fill", "packets", "many", "length", "long", "short"],
)
def test_what_is_made_to_take_long_does_not(hostile: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    found = provenance._said
    monkeypatch.setattr(provenance, "_said", lambda text: looked.append(len(text)) or found(text))
    told = read(hostile)
    assert sum(looked) <= provenance.MOST_XMP + provenance.MOST_STORE
    assert decode(encode(told)) == told


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"CDO1",
        bytes(LENGTH),
        b"CDO1\0\0\2" + bytes(8),
        b"CDO1\0\0\0\xff\xff\xff\xff" + bytes(4),
        b"CDO1\0\0\0" + bytes(7) + b"\1",
        b"CDO1\x63" + bytes(10),
    ],
)
def test_a_child_that_says_anything_else_says_nothing(raw: bytes) -> None:
    assert decode(raw) is None


@pytest.mark.slow
def test_the_file_is_read_behind_walls_and_a_failure_is_no_statement() -> None:
    told = sandbox.tell_provenance(in_jpeg(store(f"{IPTC}trainedAlgorithmicMedia")))
    assert told.level >= walls.Level.MINIMAL
    assert told.as_row() == {"manifest": ["trainedAlgorithmicMedia"]}
    assert sandbox.tell_provenance(b"", seconds=0.0).why is Why.TOO_SLOW
    assert Provenance(Why.TOO_SLOW).as_row() == {}


def test_every_value_has_words_which_say_that_it_is_the_file_that_speaks() -> None:
    assert set(MADE) == set(Made)
    assert says_of_itself({}) == []
    xmp, manifest = says_of_itself({"xmp": ["trainedAlgorithmicMedia"], "manifest": []})
    assert xmp == "says of itself, in its XMP: generated by a trained model (trainedAlgorithmicMedia)."
    assert "whose signature was not checked" in manifest

"""By which bytes a file of moving pictures begins. This compares a few bytes and may be done anywhere; it parses nothing."""

from cairndesk.signals.engine.video.answer import Container

LOOKED_AT = 400
_BEGINNINGS = {
    b"\x1a\x45\xdf\xa3": Container.MATROSKA,
    b"FLV\x01": Container.FLV,
    b"\x00\x00\x01\xba": Container.MPEG,
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": Container.ASF,
}
_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"})
# The same boxes around a still picture (HEIF, AVIF), which is no video.
_STILL = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif"})
# A transport stream has no beginning but a byte (G) before every packet of 188 bytes, or of 192 with a clock before it.
_SYNC = ((0, 188), (4, 192))


def kind_of(beginning: bytes) -> Container:
    """The container whose files begin like this; NONE for everything else."""
    if beginning[4:8] in _BOXES:
        return Container.NONE if beginning[8:12] in _STILL else Container.MOV
    if beginning.startswith(b"RIFF"):
        return Container.AVI if beginning[8:12] == b"AVI " else Container.NONE
    if any(beginning[start:LOOKED_AT:step][:3] == b"GGG" for start, step in _SYNC):
        return Container.MPEGTS
    return next((kind for start, kind in _BEGINNINGS.items() if beginning.startswith(start)), Container.NONE)

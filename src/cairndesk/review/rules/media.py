"""What staff are told of a file that was handed over: how large it is, in steps, and what became of it."""

_KIB = 1024
_MIB = 1024 * _KIB
_STEPS = (64 * _KIB, 256 * _KIB, _MIB, 4 * _MIB, 16 * _MIB)


def size_class(length: int) -> str:
    """The step that a sealed object of `length` bytes falls into; the exact size of a known file would name it."""
    # What sealing adds: the frame, a tag for each chunk, and filling up to the next of few sizes, together an eighth.
    most = next((step for step in _STEPS if length <= step * 9 // 8 + _KIB), None)
    if most is None:
        return "over 16 MiB"
    return f"up to {most // _MIB} MiB" if most >= _MIB else f"up to {most // _KIB} KiB"


def fate(*, is_kept: bool, is_destroyed: bool) -> str:
    """What became of the file itself; its hashes stay in any case."""
    if is_destroyed:
        return "original destroyed"
    return "kept sealed" if is_kept else "hashed, not kept"

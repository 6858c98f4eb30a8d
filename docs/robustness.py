"""Writes docs/robustness.md and its plot: which changed copies of a picture are still met, ours beside `threatexchange`.

The pictures are the photographs and scans that come with scikit-image and scikit-learn. The same pictures, packages and seeds give the same page.
"""

import io
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "src"))

from cairndesk.signals.engine import child, pdq  # noqa: E402 - from the tree that this file stands in
from cairndesk.signals.engine.answer import State  # noqa: E402
from cairndesk.signals.engine.near.layout import HASH_BYTES  # noqa: E402
from cairndesk.signals.engine.near.reach import MAX_DISTANCE  # noqa: E402

SAMPLES = (
    *("astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "color.png", "grass.png", "gravel.png"),
    *("hubble_deep_field.jpg", "ihc.png", "moon.png", "motorcycle_left.png", "page.png", "retina.jpg", "rocket.jpg", "text.png"),
)
TURNS = {"quarter turn": Image.Transpose.ROTATE_90, "half turn": Image.Transpose.ROTATE_180, "mirrored": Image.Transpose.FLIP_LEFT_RIGHT}
_Picture = Image.Image


@dataclass(frozen=True)
class Line:
    """One kind of change: the share of copies that each finds (percent), and the distance in bits from the listed picture, the middle one of all."""

    change: str
    ours: float
    theirs: float
    our_distance: float
    their_distance: float


def samples() -> Mapping[str, bytes]:
    """Files by name."""
    found = {name: (_package("skimage") / "data" / name).read_bytes() for name in SAMPLES}
    more = _package("sklearn") / "datasets" / "images"
    return found | {name: (more / name).read_bytes() for name in ("china.jpg", "flower.jpg")}


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name)
    return Path(spec.origin).parent


def _file(picture: _Picture, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _jpeg(picture: _Picture, quality: int) -> bytes:
    return _file(picture, "JPEG", quality=quality)


def _resized(picture: _Picture, percent: int) -> bytes:
    return _jpeg(picture.resize([max(16, side * percent // 100) for side in picture.size]), 90)


def _cropped(picture: _Picture, percent: int) -> bytes:
    """`percent` of the width and of the height are cut off, half of it at each side."""
    width, height = picture.size
    across, down = width * percent // 200, height * percent // 200
    return _jpeg(picture.crop((across, down, width - across, height - down)), 90)


def _bordered(picture: _Picture, percent: int) -> bytes:
    return _jpeg(ImageOps.expand(picture, max(picture.size) * percent // 100, "black"), 90)


def _written_on(picture: _Picture, percent: int) -> bytes:
    """Letters of that part of the height, in a line across the lower half."""
    copy = picture.copy()
    size = max(8, copy.height * percent // 100)
    pen = ImageDraw.Draw(copy)
    pen.text(
        (copy.width // 20, copy.height * 2 // 3), "copied and passed on", fill="white", font_size=size, stroke_width=size // 12, stroke_fill="black"
    )
    return _jpeg(copy, 90)


def _blurred(picture: _Picture, radius: int) -> bytes:
    return _jpeg(picture.filter(ImageFilter.GaussianBlur(radius)), 90)


def _gamma(picture: _Picture, gamma: float) -> bytes:
    return _jpeg(picture.point([round(255 * (value / 255) ** gamma) for value in range(256)] * 3), 90)


def _tilted(picture: _Picture, degrees: int) -> bytes:
    return _jpeg(picture.rotate(degrees, Image.Resampling.BICUBIC), 90)


def _as_16_bit(picture: _Picture) -> bytes:
    return _file(Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257))


def _through(picture: _Picture) -> bytes:
    """With a soft edge that lets the page behind it through."""
    veil = Image.new("L", picture.size, 0)
    ImageDraw.Draw(veil).rounded_rectangle((2, 2, picture.width - 3, picture.height - 3), radius=min(picture.size) // 12, fill=255)
    copy = picture.copy()
    copy.putalpha(veil)
    return _file(copy)


CHANGES: Mapping[str, Callable[[_Picture], bytes]] = {
    **{f"JPEG, quality {quality}": partial(_jpeg, quality=quality) for quality in (90, 50, 20, 10)},
    **{f"resized to {percent} %": partial(_resized, percent=percent) for percent in (200, 50, 25)},
    **{f"cropped by {percent} %": partial(_cropped, percent=percent) for percent in (2, 5, 10)},
    **{f"border of {percent} %": partial(_bordered, percent=percent) for percent in (1, 3, 8)},
    **{f"letters of {percent} % height": partial(_written_on, percent=percent) for percent in (5, 10)},
    **{f"blurred by {radius} pixels": partial(_blurred, radius=radius) for radius in (2, 5, 10)},
    **{f"gamma {gamma}": partial(_gamma, gamma=gamma) for gamma in (0.6, 1.6)},
    "grey": lambda picture: _jpeg(picture.convert("L"), 90),
    "CMYK": lambda picture: _jpeg(picture.convert("CMYK"), 90),
    "palette of 256": lambda picture: _file(picture.quantize(256)),
    "palette of 16": lambda picture: _file(picture.quantize(16)),
    "GIF": lambda picture: _file(picture, "GIF"),
    "WebP, quality 80": lambda picture: _file(picture, "WEBP", quality=80),
    "see-through corners": _through,
    "16 bits, grey": _as_16_bit,
    **{name: lambda picture, turn=turn: _jpeg(picture.transpose(turn), 90) for name, turn in TURNS.items()},
    **{f"tilted by {degrees}°": partial(_tilted, degrees=degrees) for degrees in (1, 3)},
}


def _apart(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def _our_distance(listed: bytes, copy: bytes) -> int | None:
    """The distance of the nearest of the copy's eight forms; None where it is too plain."""
    answer = child.look(copy)
    if answer.state is not State.HASHED:
        return None
    return min(_apart(listed, answer.hashes[at : at + HASH_BYTES]) for at in range(0, len(answer.hashes), HASH_BYTES))


def pdq_from_bytes(data: bytes) -> tuple[str, int]:
    """The peer's hash in hex digits and its quality."""
    from threatexchange.signal_type.pdq import pdq_hasher  # noqa: PLC0415 - slow to load, and not wanted by the tests

    return pdq_hasher.pdq_from_bytes(data)


def _their_distance(listed: bytes, copy: bytes) -> int | None:
    try:
        digits, quality = pdq_from_bytes(copy)
    except Exception:  # noqa: BLE001 - whatever the peer raises: it has no hash
        return None
    return _apart(listed, bytes.fromhex(digits)) if digits and quality >= pdq.PLAIN_BELOW else None


def lines() -> list[Line]:
    """Every change, tried on every sample."""
    listed = [(ours, bytes.fromhex(pdq_from_bytes(data)[0]), picture) for data, (ours, picture) in zip(samples().values(), _ours(), strict=True)]
    return [_line(change, [(ours, theirs, make(picture)) for ours, theirs, picture in listed]) for change, make in CHANGES.items()]


@cache
def our_distances(change: str) -> list[int | None]:
    """How far the changed copy of each sample is from the listed picture; None where it is too plain."""
    return [_our_distance(listed, CHANGES[change](picture)) for listed, picture in _ours()]


@cache
def _ours() -> list[tuple[bytes, _Picture]]:
    """The hash by which each sample is listed here, and its picture."""
    found = []
    for data in samples().values():
        answer = child.look(data)
        if answer.state is not State.HASHED:
            raise ValueError("a sample is too plain to be listed")
        with Image.open(io.BytesIO(data)) as image:
            found.append((answer.hashes[:HASH_BYTES], image.convert("RGB")))
    return found


def _line(change: str, copies: list[tuple[bytes, bytes, bytes]]) -> Line:
    mine = [_our_distance(ours, copy) for ours, _, copy in copies]
    other = [_their_distance(theirs, copy) for _, theirs, copy in copies]
    return Line(change, met(mine), met(other), middle(mine), middle(other))


def met(distances: list[int | None]) -> float:
    """The percentage of copies that are found."""
    return 100 * sum(one is not None and one <= MAX_DISTANCE for one in distances) / len(distances)


def middle(distances: list[int | None]) -> float:
    """The middle distance in bits; a copy without a hash is as far away as can be."""
    return median(256 if one is None else one for one in distances)


def missed() -> list[tuple[str, str, int]]:
    """Which samples a JPEG of low quality loses here: the change, the file, and the bits between."""
    changes = [change for change in CHANGES if change.startswith("JPEG")]
    each = [(change, name, bits) for change in changes for name, bits in zip(samples(), our_distances(change), strict=True)]
    return [(change, name, 256 if bits is None else bits) for change, name, bits in each if bits is None or bits > MAX_DISTANCE]


def page(found: list[Line]) -> str:
    """The page that shows `found`."""
    head = f"""# Which copies are still met

*This page is written by `make docs`; change the code, not the page.*

{len(samples())} photographs and scans that come with scikit-image and scikit-learn are listed; of each a changed copy is asked for.
*Met* means within {MAX_DISTANCE} of 256 bits and with enough detail (quality {pdq.PLAIN_BELOW}). Ours asks in all eight forms, as the desk does;
the peer is the hasher of `threatexchange`, as it is used there: one form, channels as they come. *Bits* is the distance of the
copy from the listed picture, the middle one of all; unrelated pictures are about 128 apart.

![Share of copies that are met, ours beside the peer's](pictures/robustness.svg)

| change | ours, met | peer, met | ours, bits | peer, bits |
|---|---|---|---|---|
"""
    rows = [f"| {one.change} | {one.ours:.0f} % | {one.theirs:.0f} % | {one.our_distance:g} | {one.their_distance:g} |" for one in found]
    tail = """
What this does not show: PDQ is made for copies, not for other pictures of the same scene. A crop, border or tilt of more than a
few percent is often missed, by ours as by the peer's: **a miss says nothing about what a file shows**. Four of the samples are
nothing but texture or print (brick, grass, gravel, page); they are most of what a turn, a blur or a smaller size loses. Nothing
here says how often unrelated pictures meet; pictures with little detail are not looked up at all.

A JPEG that was pressed hard (quality 36 and less) is decoded to colours like the peer's, others by their stored luminance alone, which is
faster: pressed so hard, the strongest colours change their luminance, as those of the chart `color.png` do. Still missed of all JPEGs:

"""
    tail += "".join(f"- {change}: `{name}`, {bits} bits away\n" for change, name, bits in missed())
    return head + "\n".join(rows) + "\n" + tail


def plot(found: list[Line], path: Path) -> None:
    """The same as a drawing."""
    import matplotlib as mpl  # noqa: PLC0415 - slow to load, and only wanted here

    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "cairndesk", "svg.fonttype": "none", "font.size": 9}
    from matplotlib import pyplot as plt  # noqa: PLC0415 - the same

    figure, axes = plt.subplots(figsize=(8, 0.28 * len(found) + 1), layout="constrained")
    places = np.arange(len(found))[::-1]
    for shift, name, colour in ((0.2, "ours", "#1d5c63"), (-0.2, "theirs", "#c58b4a")):
        label = {"ours": "Cairndesk", "theirs": "threatexchange"}[name]
        axes.barh(places + shift, [getattr(one, name) for one in found], 0.38, color=colour, label=label)
    axes.set_yticks(places, [one.change for one in found])
    axes.set(xlabel="copies met, percent", xlim=(0, 100), ylim=(-0.6, len(found) - 0.4))
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def main() -> None:
    """Write the page and the plot anew."""
    found = lines()
    (DOCS / "robustness.md").write_text(page(found), "utf-8")
    plot(found, DOCS / "pictures" / "robustness.svg")


if __name__ == "__main__":
    main()

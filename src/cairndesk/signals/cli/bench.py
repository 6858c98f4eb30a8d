"""`cairndesk signals bench`: how fast this machine hashes and looks up."""

from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cairndesk.lib.progress import bar, counted
from cairndesk.signals.cli.common import AsJson, err, out, print_json

if TYPE_CHECKING:
    from cairndesk.signals.engine.speed import Speed


def bench(
    *,
    size: Annotated[int, typer.Option(min=1000, max=50_000_000, help="Hashes on the longest list that is tried.")] = 1_000_000,
    plot: Annotated[Path | None, typer.Option(help="Draw the times into this file, .svg or .png; needs the extra `plots`.")] = None,
    as_json: AsJson = False,
) -> None:
    """How fast this machine hashes a picture and looks one up, on random lists of growing size. Nothing of the desk is read.

    Example: `cairndesk signals bench --size 10000000 --plot speed.svg`
    """
    if plot is not None:
        _can_plot(plot)
    from cairndesk.signals.engine import speed  # noqa: PLC0415 - loads the arrays, which no other command here needs
    from cairndesk.signals.engine.near import kernels  # noqa: PLC0415 - the same

    half = "compiled" if kernels.is_compiled() else "NumPy"
    hashing = speed.hashing_ms()
    if not as_json:
        out.print(f"Engine: {half}. Twelve megapixels to a hash in all eight forms: {hashing:.1f} ms.")
    sizes = speed.sizes(size)
    with bar("lists", hidden=as_json) as progress:
        found = list(counted("lists", speed.looking_up(sizes), len(sizes), progress))
    if as_json:
        print_json({"engine": half, "hashing_ms": hashing, "looking_up": [asdict(one) for one in found]})
    else:
        out.print(_table(found))
    if plot is not None:
        _draw(found, plot)
        err.print(f"Drawn into {plot}.", highlight=False)


def _table(found: "Sequence[Speed]") -> Table:
    table = Table("hashes", "look-up, middle", "slowest of 100", "built in", "bytes a hash")
    for one in found:
        table.add_row(f"{one.size:,}", f"{one.middle_ms:.3f} ms", f"{one.late_ms:.3f} ms", f"{one.build_s:.2f} s", f"{one.hash_bytes:.0f}")
    return table


def _can_plot(path: Path) -> None:
    if find_spec("matplotlib") is None:
        raise typer.BadParameter("drawing needs matplotlib, the extra `plots`", param_hint="--plot")
    if path.suffix not in {".svg", ".png"} or not path.resolve().parent.is_dir():
        raise typer.BadParameter("a file that ends in .svg or .png, in a folder that exists", param_hint="--plot")


def _draw(found: "Sequence[Speed]", path: Path) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra that most desks do without

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    across = [one.size for one in found]
    axes.plot(across, [one.middle_ms for one in found], "o-", color="#1d5c63", label="the middle look-up")
    axes.plot(across, [one.late_ms for one in found], "s--", color="#c58b4a", label="the slowest of a hundred")
    axes.set(xscale="log", ylim=(0, None), xlabel="hashes on the list", ylabel="milliseconds", title="One look-up, all hashes within 31 bits")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(path)

"""A package of analysers, made into a wheel and installed by pip, as whoever runs a desk would do it."""

import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

_SOURCE = Path(__file__).with_name("plain_area")


def install(folder: Path, points: Mapping[str, str]) -> Path:
    """Afterwards the package lies in a folder of its own below `folder`, which is returned, with these entry points."""
    wheel, info = folder / "plain_area-1.2-py3-none-any.whl", "plain_area-1.2.dist-info"
    names = "".join(f"{name} = {place}\n" for name, place in points.items())
    with zipfile.ZipFile(wheel, "w") as packed:
        for module in sorted(_SOURCE.glob("*.py")):
            packed.write(module, module.name)
        packed.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: plain-area\nVersion: 1.2\n")
        packed.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{info}/entry_points.txt", f"[cairndesk.analysers]\n{names}")
        packed.writestr(f"{info}/RECORD", "")
    place = folder / "installed"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target", str(place), str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    return place

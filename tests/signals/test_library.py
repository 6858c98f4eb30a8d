"""The engine is a library of its own: the examples of its page run with NumPy alone, by either half."""

import os
import re
import subprocess
import sys

import pytest
from tests.house.tree import ROOT

from cairndesk.signals.engine.compiled import SWITCH

PAGE = (ROOT / "docs" / "engine.md").read_text("utf-8")
EXAMPLES = "\n".join(re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
# Whatever does not belong to Python, to NumPy or to ourselves is not there.
ALONE = """
import sys

class Alone:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names | {"numpy", "cairndesk"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Alone())
"""


@pytest.mark.slow
@pytest.mark.parametrize("half", ["", "plain"])
def test_the_examples_of_the_page_run_with_numpy_alone(half: str) -> None:
    environment = os.environ | {SWITCH: half, "PYTHONPATH": str(ROOT / "src")}
    ran = subprocess.run([sys.executable, "-c", ALONE + EXAMPLES], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == ["8 32 flipped", *ran.stdout.splitlines()[1:2], "partner list"]
    assert re.fullmatch(r"partner list 7 \d+ mirrored", ran.stdout.splitlines()[1])

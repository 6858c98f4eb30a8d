"""Real witness processes, each with a folder of its own, on free ports of this machine."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass
class RunningWitness:
    """`python -m cairndesk.custody.witness serve`, from `with` to its end; it watches the logs with the keys in `trusts`."""

    folder: Path
    name: str
    trusts: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        self.key = self.run("create", self.name)
        for key in self.trusts:
            self.run("trust", key)
        self._process = subprocess.Popen(self._command("serve", "--port", "0"), stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = f"http://{self._process.stdout.readline().removeprefix('listening on ').strip()}"
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)

    def run(self, *arguments: str) -> str:
        return subprocess.run(self._command(*arguments), capture_output=True, text=True, check=True).stdout.strip()

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "cairndesk.custody.witness", "--store", str(self.folder), *arguments]

"""The decoder of pictures on a machine whose kernel refuses one system call, so that a wall cannot be put up."""

import sys
from dataclasses import dataclass

from cairndesk.signals.engine.answer import Answer
from cairndesk.signals.engine.children import SOURCE, Program

# Without namespaces, without Landlock, without a filter; on (x86-64, AArch64).
UNSHARE, RULES, PRCTL = (272, 97), (444, 444), (157, 167)


@dataclass(frozen=True)
class Lacks(Program[Answer]):
    """A program that is refused `call` from its start."""

    call: tuple[int, int] = (0, 0)

    def command(self, door: str, *arguments: str) -> list[str]:
        refused = f"from cairndesk.lib import seccomp; seccomp.CALLS['lacking'] = {self.call}; seccomp.refuse(['lacking'])"
        start = f"import sys; sys.path.insert(0, sys.argv[1]); {refused}; from {self.module} import {door}; {door}(*sys.argv[2:])"
        return [sys.executable, "-I", "-c", start, str(SOURCE), *arguments]


def without(call: tuple[int, int], program: Program[Answer]) -> Lacks:
    return Lacks(program.module, program.most, program.read, program.failed, call=call)

"""The compiled half of the engine: plain C through ctypes, which needs no headers of Python and releases the GIL."""

import ctypes
import os
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SWITCH = "CAIRNDESK_SIGNALS_KERNEL"
"""Set to `plain` in the environment to do without the compiled half."""

VERSION = 5
"""That of the calls, here and in `means.c`: one more whenever any of them changes what it takes or gives."""


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL | None:
    """The compiled kernel, or None where none was built, it does not load, or the environment says `plain`."""
    if os.environ.get(SWITCH) == "plain" or np.little_endian is False:
        return None
    for path in sorted(Path(__file__).parent.glob("_kernel*.so")):
        try:
            loaded = ctypes.CDLL(str(path))
            for name, result in (
                ("near", ctypes.c_int64),
                ("scan", ctypes.c_int64),
                ("lay", None),
                ("means", None),
                ("forms", None),
                ("steps", ctypes.c_double),
                ("light", ctypes.c_double),
            ):
                getattr(loaded, f"cairn_{name}").restype = result
            if loaded.cairn_version() == VERSION:
                return loaded
        except (OSError, AttributeError):
            # For another machine, or of another version of this code.
            continue
    return None


def at(array: NDArray[np.generic]) -> ctypes.c_void_p:
    """Where `array`, which has to stay alive meanwhile, begins in memory."""
    return ctypes.c_void_p(array.ctypes.data)

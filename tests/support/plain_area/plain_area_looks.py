"""What runs behind the walls."""

import io

import numpy as np
from PIL import Image


def load() -> None:
    Image.preinit()


def look(data: bytes) -> float:
    with Image.open(io.BytesIO(data)) as image:
        tones = np.asarray(image.convert("L")).ravel()
    print("what it prints is no answer")  # noqa: T201 - it is what is tested
    return float(np.bincount(tones).max() / len(tones))

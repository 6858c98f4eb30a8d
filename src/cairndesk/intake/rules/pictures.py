"""The hashes of pictures that stay on the phone of whoever tells: the lines that the script of the portal writes, and what they say.

One line a picture: `width:.. height:.. size:.. quality:.. md5:.. sha1:.. sha256:..` and then `pdq:..` eight times, in the order of the
engine's FORMS; hashes are lower-case hex. A picture that is too small for PDQ has none of the last.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FORMS = 8
# More than one person chooses one by one; every further line stays in the sealed account and is not looked up.
_MOST = 20
_LINE = re.compile(
    r"width:(?P<width>[0-9]{1,5}) height:(?P<height>[0-9]{1,5}) size:(?P<size>[0-9]{1,12}) quality:(?P<quality>100|[0-9]{1,2})"
    r" md5:(?P<md5>[0-9a-f]{32}) sha1:(?P<sha1>[0-9a-f]{40}) sha256:(?P<sha256>[0-9a-f]{64})(?P<pdq>(?: pdq:[0-9a-f]{64}){8}|)"
)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: sides in pixels, bytes, PDQ's quality, the digests as hex, and its forms as 8 times 32 bytes, or none."""

    width: int
    height: int
    size: int
    quality: int
    md5: str
    sha1: str
    sha256: str
    forms: tuple[bytes, ...]


def pictures_in(answers: Mapping[str, Any]) -> tuple[Picture, ...]:
    """The pictures in `answers`, each once; a line that no script of ours wrote is none."""
    said = answers.get("picture")
    found = [_LINE.fullmatch(line.strip()) for line in dict.fromkeys(said.splitlines()[:_MOST])] if isinstance(said, str) else []
    return tuple(_picture(one.groupdict()) for one in found if one)


def with_pictures(answers: Mapping[str, Any], said: str) -> str:
    """The lines in `answers` and those of `said`, each once."""
    held = answers.get("picture")
    return "\n".join(dict.fromkeys([*(held if isinstance(held, str) else "").splitlines(), *said.split("\n")])).strip()


def _picture(part: Mapping[str, str]) -> Picture:
    numbers = {name: int(part[name]) for name in ("width", "height", "size", "quality")}
    forms = tuple(bytes.fromhex(one.removeprefix("pdq:")) for one in part["pdq"].split())
    return Picture(md5=part["md5"], sha1=part["sha1"], sha256=part["sha256"], forms=forms, **numbers)

"""Files are decoded behind the walls that the operator's policy asks for (`desk.media_walls`), or not at all."""

from functools import cache

from django.conf import settings

from cairndesk.config import Config
from cairndesk.signals.engine import sandbox
from cairndesk.signals.engine.derivative import Derivative, Manner
from cairndesk.signals.engine.provenance import Provenance
from cairndesk.signals.engine.sandbox import FileHashes
from cairndesk.signals.engine.walls import Level
from cairndesk.signals.errors import SandboxTooWeak


def least(config: Config) -> Level:
    """Below this level nothing is decoded."""
    return Level[config.desk.media_walls.upper()]


def hash_media(data: bytes) -> FileHashes:
    """The hashes of a file. Raises MediaRefused, or SandboxTooWeak: then nothing was parsed."""
    return sandbox.hash_media(data, minimum=least(settings.CAIRNDESK))


def draw(data: bytes, manner: Manner) -> Derivative:
    """What of a picture or a video may be shown. Raises SandboxTooWeak: then nothing was parsed."""
    return sandbox.draw(data, manner, minimum=least(settings.CAIRNDESK))


def tell_provenance(data: bytes) -> Provenance:
    """What a file says of how it was made: a hint. Behind walls that are too weak it says nothing."""
    return sandbox.tell_provenance(data, minimum=least(settings.CAIRNDESK))


def require_walls() -> None:
    """Return where a file would be decoded; raises SandboxTooWeak, before anybody opens one for it."""
    if not is_strong_enough():
        raise SandboxTooWeak


def is_strong_enough() -> bool:
    """Whether a file would be decoded at all; it is known before anybody hands one over."""
    return _level() >= least(settings.CAIRNDESK)


@cache
def _level() -> Level:
    # A child has to be started to know, and walls do not change while a process runs.
    return sandbox.level()[0]

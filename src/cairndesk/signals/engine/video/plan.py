"""Which packets of a video have to be decoded for the frames that are wanted, decided from the packets before any is decoded.

A key frame can be decoded by itself, every other frame needs what came before it since its key frame. So of each group
(a key frame and what follows it until the next) the packets up to the last wanted one are decoded and the rest is left
out. Where key frames are about as near as the wanted frames that is nearly all; where they are far it is nothing, and
the same plan decodes everything in one go.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SLACK = 0.002
"""Clocks of containers tick coarsely: a frame this much before its second (in seconds) still belongs to it."""

_Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Plan:
    """Of each packet in the order of the file: whether it is decoded at all, and whether its frame is wanted."""

    fed: _Flags
    wanted: _Flags


def each_second(times: NDArray[np.float64], key: _Flags, *, jump: float, longest: float) -> Plan | None:
    """The first frame of each second is wanted, counted from the first frame.

    `times` are when frames are shown, in seconds; one that is never shown has no number. None where the clock is set back
    by more than `jump` seconds on the way or runs for more than `longest`: then it tells nothing.
    """
    shown = np.flatnonzero(np.isfinite(times))
    if not len(shown):
        return None
    at = times[shown]
    if np.ptp(at) > longest or (np.maximum.accumulate(at) - at).max() > jump:
        return None
    order = np.argsort(at, kind="stable")
    seconds = np.arange(int(np.ptp(at) + SLACK) + 1) + at.min() - SLACK
    wanted = np.zeros(len(times), bool)
    wanted[shown[order[np.searchsorted(at[order], seconds)]]] = True
    return Plan(_fed(times, key, wanted), wanted)


def key_frames(key: _Flags) -> Plan:
    """Only frames that stand by themselves are decoded."""
    return Plan(key, key)


def _fed(times: NDArray[np.float64], key: _Flags, wanted: _Flags) -> _Flags:
    group = np.cumsum(key)
    if not len(group) or group[-1] == 0:
        return np.ones(len(key), bool)
    last = np.full(group[-1] + 1, -1)
    places = np.flatnonzero(wanted)
    np.maximum.at(last, group[places], places)
    # What is shown before its key frame leans on the group before as well.
    starts = np.concatenate(([np.nanmin(times)], times[key]))
    leaning = places[(times[places] < starts[group[places]]) & (group[places] > 0)]
    ends = np.searchsorted(group, np.arange(group[-1] + 1), "right") - 1
    before = group[leaning] - 1
    last[before] = ends[before]
    fed: _Flags = np.arange(len(key)) <= last[group]
    return fed

"""What must come to its end before anything that was told may be erased."""

from collections.abc import Mapping
from enum import StrEnum


class Hindrance(StrEnum):
    """What hinders it; `HINDERS` says each in a sentence."""

    SAFEGUARDING = "safeguarding"
    AUTHORITY = "authority"
    OFFERED = "offered"
    ON_ITS_WAY = "on_its_way"
    HELD = "held"
    LAW = "law"


HINDERS: Mapping[Hindrance, str] = {
    Hindrance.SAFEGUARDING: "A child may be in danger now, and safeguarding is not finished. First finish that step, or skip it and say why.",
    Hindrance.AUTHORITY: "An authority is to act or has its package, and has not said what came of it. First record its answer, or skip the step.",
    Hindrance.OFFERED: "The case is offered to another organisation. First let it be taken, or take the offer back.",
    Hindrance.ON_ITS_WAY: "A letter is on its way. First let it arrive, or drop it.",
    Hindrance.HELD: "A hold stands on this case. First two people lift it.",
    Hindrance.LAW: "The retention schedule keeps records of this case for longer; its days stand in the directory, under Retention.",
}

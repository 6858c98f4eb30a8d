"""The four ways in which something can be not known; each is kept apart from the others."""

from enum import StrEnum


class Unknown(StrEnum):
    """Why a value is missing. They are counted apart: a refusal to say is not the same as never having been asked."""

    NOT_ASKED = "not_asked"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"

"""What the features of a case suggest in each scheme beside the severity; a person decides."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cairndesk.review.errors import NotThisFeature
from cairndesk.review.rules.mapping import Grade
from cairndesk.review.rules.severity import Clause, Level, Scheme, Section


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The value that a table gives for the features, and which of them it goes by."""

    level: Level
    because: tuple[tuple[str, str], ...]


def suggest(scheme: Scheme, section: Section, features: Mapping[str, str]) -> Suggestion | None:
    """The most severe value of a section whose clause holds; None where the features do not say."""
    for level in scheme.of(section):
        for clause in level.when:
            if _holds(clause, features):
                return Suggestion(level, tuple((name, features[name]) for name, _ in clause))
    return None


def suggested(scheme: Scheme, features: Mapping[str, str]) -> tuple[str, ...]:
    """The codes that are suggested, over all sections."""
    found = (suggest(scheme, section, features) for section in scheme.sections)
    return tuple(one.level.code for one in found if one is not None)


def check_grades(grades: Iterable[Grade], used: Iterable[Scheme], features: Mapping[str, str]) -> tuple[Grade, ...]:
    """A grade in each scheme that is used, with what was suggested beside it; without codes where no value fits. Raises NotThisFeature."""
    schemes = {scheme.key: scheme for scheme in used}
    found = dict[str, Grade]()
    for grade in grades:
        scheme = schemes.get(grade.key)
        if scheme is None:
            raise NotThisFeature(f"{grade.key} is not used here")
        if any(scheme.level(code) is None for code in grade.codes):
            raise NotThisFeature(f"{', '.join(grade.codes)} is no value of {grade.key}")
        for section in scheme.sections:
            chosen = [level for level in scheme.of(section) if level.code in grade.codes]
            if len(chosen) > 1 and not section.is_many:
                raise NotThisFeature(f"{grade.key}: only one value of {section.title or scheme.title} holds")
        found[grade.key] = replace(grade, suggested=suggested(scheme, features))
    for key, scheme in schemes.items():
        found.setdefault(key, Grade(scheme.name, scheme.version, (), suggested(scheme, features)))
    return tuple(found.values())


def _holds(clause: Clause, features: Mapping[str, str]) -> bool:
    return all(features.get(name) in codes for name, codes in clause)

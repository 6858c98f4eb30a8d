"""The features that are recorded once, and from which everything else is derived; no feature is a verdict."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cairndesk.cases import taxonomy
from cairndesk.lib.unknowns import Unknown
from cairndesk.review.errors import NotThisFeature
from cairndesk.review.rules.grades import check_grades
from cairndesk.review.rules.mapping import Grade
from cairndesk.review.rules.severity import Scheme


@dataclass(frozen=True, slots=True)
class Feature:
    """One question to the analyst; its answers are the codes of `family` and the four kinds of unknown."""

    name: str
    family: str
    asks: str
    group: str


_CONTENT, _MADE, _PEOPLE, _DANGER = "What it is", "If software made or altered it", "Who is concerned", "Danger"
FEATURES = (
    Feature("shows_abuse", "yes_no", "Does it show or describe the abuse or exploitation of a child?", _CONTENT),
    Feature("authenticity", "authenticity", "Is a real child shown? Undetermined is handled as real.", _CONTENT),
    Feature("realism", "realism", "How lifelike is it?", _CONTENT),
    Feature("novelty", "novelty", "Was it seen before?", _CONTENT),
    Feature("depicted_act", "depicted_act", "Which is the gravest act that it shows? What was only told, leave.", _CONTENT),
    Feature("media_type", "media_type", "What kind of media is it?", _CONTENT),
    Feature("self_generated", "self_generated", f"Did a child make it? {taxonomy.CAVEAT}", _CONTENT),
    Feature("self_generated_context", "self_generated_context", "If so, how did it come about?", _CONTENT),
    Feature("ai_technique", "ai_technique", "By which technique? Of several the one that tells most; the page of the item takes all.", _MADE),
    Feature("ai_source", "ai_source", "From what was it made?", _MADE),
    Feature(
        "derived_from_known", "yes_no", "Does it show a child whose abuse is on record, or come from such material? It harms that person anew.", _MADE
    ),
    Feature("age_band", "age_band", "How old does the youngest child seem?", _PEOPLE),
    Feature("actor_age", "actor_age", "Is the person of concern a child? Then care and diversion come first.", _PEOPLE),
    Feature("relation", "relation", "What is the person of concern to the child?", _PEOPLE),
    Feature("setting", "setting", "Where does it happen? Both weigh the same.", _PEOPLE),
    Feature("abuse_now", "yes_no", "Is the child being abused now?", _DANGER),
    Feature("meeting_planned", "yes_no", "Is a meeting in person planned?", _DANGER),
    Feature("self_harm", "yes_no", "Are there signs of self-harm or thoughts of suicide?", _DANGER),
    Feature("continuing_access", "yes_no", "Can the person of concern go on reaching the child?", _DANGER),
    Feature("active_contact", "yes_no", "Are they in contact at this time?", _DANGER),
    Feature("location_known", "yes_no", "Does the person of concern know where the child is?", _DANGER),
)
BY_NAME = {feature.name: feature for feature in FEATURES}


@dataclass(frozen=True, slots=True)
class Look:
    """What one person saw: a code for every feature, the harms, a severity level of a named scheme, and values of other schemes."""

    features: Mapping[str, str] = field(default_factory=dict)
    harms: tuple[str, ...] = ()
    severity: str = ""
    is_uncertain: bool = False
    grades: tuple[Grade, ...] = ()

    def known(self, *names: str) -> dict[str, str]:
        """Those of the named features that hold a code and not a kind of unknown."""
        return {name: self.features[name] for name in names if self.features.get(name, Unknown.NOT_ASKED) not in set(Unknown)}


def check_look(look: Look, scheme: Scheme, used: Iterable[Scheme] = ()) -> Look:
    """The look with every feature filled (not asked where nothing was said), and beside each grade what was suggested. Raises NotThisFeature."""
    if unknown := set(look.features) - set(BY_NAME):
        raise NotThisFeature(", ".join(sorted(unknown)))
    if scheme.level(look.severity) is None:
        raise NotThisFeature(f"{look.severity or 'no level'} is not a level of {scheme.name}")
    features = {feature.name: _accept(feature.family, look.features.get(feature.name, Unknown.NOT_ASKED.value)) for feature in FEATURES}
    harms = tuple(_accept("harm", harm, unknowns=False) for harm in dict.fromkeys(look.harms))
    return replace(look, features=features, harms=harms, grades=check_grades(look.grades, used, features))


def _accept(family: str, value: str, *, unknowns: bool = True) -> str:
    is_code = value in taxonomy.family(family).codes
    if not is_code and not (unknowns and value in set(Unknown)):
        raise NotThisFeature(f"{family}: {value!r}")
    return value

"""The words of questions and answers; each is a text of the catalogue, in short plain sentences without blame."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cairndesk.intake.rules import Path

Text = str | Promise
_OWN = {Path.CHILD, Path.SURVIVOR}


@dataclass(frozen=True)
class Wording:
    """A question as it is asked, a line below it, and its answers by code."""

    asked: Text
    hint: Text = ""
    choices: Mapping[str, Text] | None = None


PATHS: Mapping[Path, tuple[Text, Text]] = {
    Path.CHILD: (_("Something is happening to me"), _("I am under 18.")),
    Path.FRIEND: (_("I am worried about a friend"), _("You can help without saying who you are.")),
    Path.CARER: (_("I look after a child"), _("You are a parent, a carer or a relative.")),
    Path.PROFESSIONAL: (_("I work with children"), _("You teach, coach, treat or support them.")),
    Path.SURVIVOR: (_("It happened to me when I was a child"), _("It is never too late to tell.")),
    Path.ADVICE: (_("I only want advice"), _("You can ask without making a report.")),
}

_DANGER_OWN = Wording(
    asked=_("Is somebody in danger right now?"),
    hint=_("Tick all that fit."),
    choices={
        "happening_now": _("Yes, it is happening now"),
        "self_harm": _("I think about hurting myself, or about not living"),
        "meeting_soon": _("Somebody wants to meet me soon"),
        "can_reach": _("That person can still get to me"),
        "deadline": _("Somebody wants something from me by a set time"),
        "not_now": _("No, not right now"),
    },
)
_DANGER_OTHER = Wording(
    asked=_("Is somebody in danger right now?"),
    hint=_("Tick all that fit."),
    choices={
        "happening_now": _("Yes, it is happening now"),
        "self_harm": _("The child talks about self-harm, or about not living"),
        "meeting_soon": _("Somebody wants to meet the child soon"),
        "can_reach": _("That person can still get to the child"),
        "deadline": _("Somebody wants something from the child by a set time"),
        "not_now": _("No, not right now"),
    },
)
_WHAT_OWN = Wording(
    asked=_("What is happening?"),
    hint=_("Tick all that fit. Or just give a link below."),
    choices={
        "asked_pictures": _("Somebody asks me for private pictures"),
        "threatens": _("Somebody says they will share my pictures, or wants money"),
        "shared_pictures": _("Somebody showed my private pictures to others"),
        "fake_pictures": _("Somebody made fake private pictures of me"),
        "on_camera": _("Somebody wants me to do things on camera"),
        "touched": _("Somebody touches me in a way that feels wrong"),
        "secrets": _("Somebody I met online wants me to keep secrets"),
        "gifts": _("Somebody gives me gifts or money to do things"),
        "sent_pictures": _("Somebody sends me pictures that feel wrong"),
        "found": _("I saw pictures or videos of a child being hurt"),
        "no_action": _("I told the app or site, and it did not help"),
        "not_sure": _("I am not sure, but it feels wrong"),
    },
)
_WHAT_OTHER = Wording(
    asked=_("What is happening?"),
    hint=_("Tick all that fit. A link is enough, if you have one."),
    choices={
        "asked_pictures": _("Somebody asks a child for private pictures"),
        "threatens": _("Somebody says they will share a child's pictures, or wants money"),
        "shared_pictures": _("Somebody showed a child's private pictures to others"),
        "fake_pictures": _("Somebody made fake private pictures of a child"),
        "on_camera": _("Somebody wants a child to do things on camera"),
        "touched": _("Somebody touches a child in a way that feels wrong"),
        "secrets": _("Somebody online wants a child to keep secrets"),
        "gifts": _("Somebody gives a child gifts or money to do things"),
        "sent_pictures": _("Somebody sends a child pictures that feel wrong"),
        "found": _("I saw pictures or videos of a child being hurt"),
        "no_action": _("I told the app or site, and it did not help"),
        "not_sure": _("I am not sure, but it feels wrong"),
    },
)
_WHAT_THEN = Wording(
    asked=_("What happened?"),
    hint=_("Tick all that fit. A link is enough, if you have one."),
    choices={
        "asked_pictures": _("Somebody asked me for private pictures"),
        "threatens": _("Somebody said they would share my pictures, or wanted money"),
        "shared_pictures": _("Somebody showed my private pictures to others"),
        "fake_pictures": _("Somebody made fake private pictures of me"),
        "on_camera": _("Somebody made me do things on camera"),
        "touched": _("Somebody touched me in a way that was wrong"),
        "secrets": _("Somebody made me keep secrets"),
        "gifts": _("Somebody gave me gifts or money to do things"),
        "sent_pictures": _("Somebody showed me pictures that felt wrong"),
        "found": _("I saw pictures or videos of a child being hurt"),
        "no_action": _("I told somebody, and it did not help"),
        "not_sure": _("I am not sure, but it felt wrong"),
    },
)
_LINK = Wording(asked=_("Is there a link? Put it here."), hint=_("One link on each line. The words of a link are enough. We need no picture."))
_SETTING = Wording(
    asked=_("Where does it happen?"),
    choices={"online": _("Online, or on a phone"), "in_person": _("In real life"), "both": _("Both")},
)
_SERVICE = Wording(asked=_("Which app, game or site is it?"))
_HANDLE = Wording(asked=_("What name or number does that person use?"), hint=_("If you know it. A guess is fine."))
_MORE = Wording(asked=_("Is there more you want us to know?"), hint=_("Use your own words. You can leave this empty."))
_ASK = Wording(asked=_("What do you want to ask?"), hint=_("Use your own words. Nobody needs your name."))
_BANDS: Mapping[str, Text] = {
    "under_10": _("Under 10"),
    "10_12": _("10 to 12"),
    "13_15": _("13 to 15"),
    "16_17": _("16 or 17"),
    "18_over": _("18 or over"),
}
_AGE = {
    Path.CHILD: _("How old are you, if you like to say?"),
    Path.FRIEND: _("How old is your friend, if you know?"),
    Path.SURVIVOR: _("How old were you then, if you like to say?"),
}
SAFE_CONTACT = Wording(
    asked=_("Is it safe for you to read an answer here?"),
    choices={"yes": _("Yes"), "sometimes": _("Only sometimes"), "no": _("No, please do not write to me")},
)

_TELL = Wording(
    asked=_("Is there anybody we should not tell?"),
    hint=_("Tick all that fit. If a life is in danger, or a law says so, we may have to. Then you read it here."),
    choices={
        "no_family": _("Please do not tell my family"),
        "no_school": _("Please do not tell my school"),
        "no_police": _("Please do not tell the police"),
    },
)
_WISH = Wording(
    asked=_("What do you want us to do?"),
    choices={
        "all": _("All that you can"),
        "help_only": _("Only find help for me. Do not write to any site."),
        "removal_only": _("Only have it taken down. Do not tell helpers about me."),
    },
)
_AGAIN = Wording(
    asked=_("Shall we tell you if it shows up again?"),
    hint=_("You then read it here. We do not call you."),
    choices={"yes": _("Yes, tell me here"), "no": _("No, I do not want to know")},
)
ASKED_NOT_TO: Mapping[str, Text] = {
    "no_messages": _("You asked us not to write to you."),
    "no_family": _("You asked us not to tell your family."),
    "no_school": _("You asked us not to tell your school."),
    "no_police": _("You asked us not to tell the police."),
    "help_only": _("You asked us not to write to any site."),
    "removal_only": _("You asked us not to tell helpers about you."),
}
ALL_THE_SAME: Mapping[str, Text] = {
    "danger": _("We have to do it all the same. Somebody may get badly hurt."),
    "law": _("We have to do it all the same. A law says so."),
}

MILESTONES: Mapping[str, Text] = {
    "received": _("We have your report"),
    "seen": _("A person has read it"),
    "acting": _("We are doing something about it"),
    "answered": _("There is an answer for you"),
    "closed": _("We have finished"),
    "removal_asked": _("We asked the site to take it down"),
    "removed": _("It was taken down"),
    "passed_on": _("We told people who protect children"),
    "help_offered": _("We found somebody who can help"),
    "looking_again": _("Another person looks at it again"),
    "looked_again": _("Another person has looked at it again"),
    "seen_again": _("It showed up again. We are on it."),
    "handed_over": _("Another team has your report now"),
}
OUTCOMES: Mapping[str, Text] = {
    "removed": _("The pictures or pages were taken down. If they come back, tell us here."),
    "partly_removed": _("Some of the pages were taken down. We go on with the others."),
    "passed_on": _("People whose job is to protect children now know about it."),
    "help_arranged": _("Somebody is ready to help. Read our message below."),
    "advice_given": _("We wrote you an answer. Read our message below."),
    "nothing_found": _("We could not find the page. You did right to tell us."),
    "could_not": _("We could not stop it this time. You did right to tell us. Please write to us again."),
}


PROMISES: Mapping[str, Text] = {
    "seen": _("A person reads what you told us by this day:"),
    "read": _("A person reads your message by this day:"),
    "looked_again": _("Another person looks at it again by this day:"),
}
LATE: Mapping[str, Text] = {
    "seen": _("We said that a person reads what you told us by this day:"),
    "read": _("We said that a person reads your message by this day:"),
    "looked_again": _("We said that another person looks at it again by this day:"),
}
FELT: Mapping[str, Text] = {"better": _("Better"), "same": _("The same"), "worse": _("Worse")}


def wording(name: str, path: Path) -> Wording:
    """How the question `name` is asked on `path`."""
    own = path in _OWN
    # Whoever asks for advice may be the child.
    found: Mapping[str, Wording] = {
        "danger": _DANGER_OWN if own or path is Path.ADVICE else _DANGER_OTHER,
        "what": _WHAT_THEN if path is Path.SURVIVOR else _WHAT_OWN if own else _WHAT_OTHER,
        "link": _LINK,
        "setting": _SETTING,
        "service": _SERVICE,
        "handle": _HANDLE,
        "more": _ASK if path is Path.ADVICE else _MORE,
        "age": Wording(asked=_AGE.get(path, _("How old is the child, if you know?")), choices=_BANDS),
        "safe_contact": SAFE_CONTACT,
        "tell": _TELL,
        "wish": _WISH,
        "again": _AGAIN,
    }
    return found[name]

"""What the desk does by itself, why that was chosen, what stays with people, and which role answers for it.

A lane of `work`, a technical tool and a door for machines each stand here before they run; a house test holds the table against all three.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cairndesk.accounts.rules.people import Role


@dataclass(frozen=True, slots=True)
class Automatic:
    """One step: what it does, what a person decides instead or how one stops it, and the role that is accountable."""

    title: str
    does: str
    people: str
    role: Role


@dataclass(frozen=True, slots=True)
class Chapter:
    """Steps of one kind, by their code, and why they are left to a machine."""

    title: str
    why: str
    steps: Mapping[str, Automatic]


_SUP, _LIA, _ADM = Role.SUPERVISOR, Role.LIAISON, Role.ADMINISTRATOR

_TELLING = Chapter(
    "Taking in and telling back",
    "A report must be safe before anybody is awake to read it, and who told must not wait for our working hours to see what happened.",
    {
        "intake.drain": Automatic(
            "Take in what was told",
            "Opens each sealed file, makes a case of it, and rings the alarm where danger is now.",
            "Nothing told is refused or dropped by a rule. A person takes the case and ends the alarm.",
            _SUP,
        ),
        "intake.take_up": Automatic(
            "Try again what did not open",
            "Puts a file that was set aside back into the queue once a key for it is there.",
            "The health page counts what is set aside; a person finds out why.",
            _ADM,
        ),
        "intake.finish": Automatic(
            "Take an unfinished telling",
            "Makes a report of a draft that was left alone for a day.",
            "A person reads it as unfinished and decides what follows.",
            _SUP,
        ),
        "intake.publish": Automatic(
            "Show what the reporter may know",
            "Lays out milestones, messages and promised days behind the receipt. Where a day is over, the page says so by itself.",
            "What is told is written by people; a promise that is late is theirs to keep or to explain.",
            _SUP,
        ),
        "intake.keys": Automatic(
            "Make intake keys", "Makes the key to which reports of the coming week are sealed.", "An administrator unlocks the desk.", _ADM
        ),
        "intake.old_keys": Automatic(
            "Destroy old intake keys",
            "Destroys a key once nothing is sealed to it any more, so that an old copy opens less.",
            "None is destroyed while a file needs it; the log names each.",
            _ADM,
        ),
        "intake.forget": Automatic("Forget names of files", "Forgets which files were taken in long ago.", "It touches nothing that was told.", _ADM),
    },
)

_WEIGHING = Chapter(
    "Understanding and ordering",
    "A machine compares a thousand lines in a second and tires of none. It orders and points; it decides nothing about anybody.",
    {
        "triage.assess": Automatic(
            "Priority by the rules",
            "Turns what was told and recorded into signs, a priority with its reasons, and a time for the first look.",
            "The rules can be read, each reason is shown, and a person sets another priority; both stay visible.",
            _SUP,
        ),
        "triage.rules": Automatic(
            "Judge anew what waits",
            "Turns signs into priorities by the rules that a supervisor went over to.",
            "Nobody who was promised a look waits longer, and going back is one press.",
            _SUP,
        ),
        "triage.remember": Automatic(
            "Make older cases known to the look-back", "Weighs cases that came in before there was a look-back.", "As for the priority.", _SUP
        ),
        "triage.stacks": Automatic(
            "Put under another case what has lost its leading one",
            "Where a case that others wait under is erased, or is compared no more, puts those under the earliest that is left.",
            "It decides nothing, opens nothing, and takes no case out of the queue.",
            _SUP,
        ),
        "exact_matching": Automatic(
            "Exact matching",
            "Compares reported links, accounts, numbers and digests with the lists that are held.",
            "A match is a lead until a person confirms it, and can be rejected for good.",
            _SUP,
        ),
        "near_matching": Automatic(
            "Near matching",
            "Compares how pictures look with the lists that are held.",
            "A match is a lead here too, with the distance beside it.",
            _SUP,
        ),
        "glossary_hints": Automatic(
            "Hints", "Marks places of what was told that meet a restricted term.", "A hint decides nothing; two people answer for the terms.", _SUP
        ),
        "reading_words": Automatic(
            "Reading identifiers", "Finds links, accounts and numbers in what was told.", "A person can say that it is another thing.", _SUP
        ),
        "file_hashing": Automatic(
            "Hashing of files",
            "Takes the digests of a file that was handed over.",
            "People hand a file over, and only where the law lets the desk hold it.",
            _SUP,
        ),
        "local_analysers": Automatic(
            "Local analysers",
            "Say what a file may show, beside their error rates.",
            "Off unless the operator names one; what it says is a hint.",
            _SUP,
        ),
        "signals.lookback": Automatic(
            "Look-back", "Compares what is new on a list with everything that came in before.", "The case comes up again; a person looks at it.", _SUP
        ),
        "review.stacks": Automatic(
            "Carry out a decision about a stack",
            "Does what a person decided for many cases that are alike, once they cannot take it back, and leaves out what changed or may not wait.",
            "A person decides, takes ticks off, and can take all of it back before it begins. Every case says that it was decided so, and why.",
            _SUP,
        ),
        "signals.alike": Automatic(
            "Pictures that look alike",
            "Compares each new picture with those of all other cases, and suggests a link.",
            "A person makes the link or leaves it.",
            _SUP,
        ),
    },
)

_ACTING = Chapter(
    "Acting",
    "What people have decided must go out, come in and be asked after again, also on a day on which nobody thinks of it.",
    {
        "response.propose": Automatic(
            "Propose a plan", "Lays down the steps that the rules propose.", "A person approves, changes or drops each step.", _SUP
        ),
        "response.deliver": Automatic(
            "Deliver letters",
            "Sends what a person has approved once they cannot take it back, and tries again.",
            "Nothing goes out that nobody approved; before it goes, the choices are asked again.",
            _LIA,
        ),
        "response.holds": Automatic(
            "Call about holds that ran out",
            "Tells the supervisors, and whoever is on duty, that a hold on notices has run out.",
            "A supervisor lifts or renews it; until then nothing leaves that it holds back.",
            _SUP,
        ),
        "response.letters": Automatic(
            "Carry letters to partner desks",
            "Sends a letter that people let go to the desk it is closed to, and tries again.",
            "Two people let a case go, and two people entered the partner; whoever works on it can take an offer back.",
            _LIA,
        ),
        "response.remind": Automatic("Count reminders", "Marks what waits too long for somebody outside.", "A person writes the reminder.", _LIA),
        "response.supervisors": Automatic(
            "Tell of emergency access", "Tells the supervisors by mail, without a word of the case.", "Another person looks at the access.", _SUP
        ),
        "response.page": Automatic(
            "Page whoever is on duty",
            "Sends an alarm that nobody has answered to the addresses on the roster, and later to the supervisors too, without a word of the case.",
            "A person enters the roster, and taking the case ends the alarm.",
            _SUP,
        ),
        "review.left": Automatic(
            "Take up again what burns",
            "Puts a case in danger back into the queue when whoever took it took no further step in time, and rings an alarm.",
            "A person takes it. Whoever had it may take it again.",
            _SUP,
        ),
        "response.lists": Automatic(
            "Fetch lists", "Brings a list up to date from its source.", "A change that is too large waits for a supervisor.", _SUP
        ),
    },
)

_LISTS = Chapter(
    "Lists and doors for machines",
    "Platforms ask a thousand times a second; people say beforehand which list may answer whom, and with what.",
    {
        "signals.expire": Automatic("End lists", "Switches a list off on the day on which its agreement ends.", "A person renews the papers.", _SUP),
        "signals.tools": Automatic(
            "End tools", "Switches a tool off that nobody assessed in time.", "A person assesses it, and it is on again.", _SUP
        ),
        "signals.bases": Automatic(
            "Make the index of the lists", "Writes the lists into the index from which look-ups answer.", "It changes no entry.", _ADM
        ),
        "signals.check": Automatic("Check the index", "Reads the index through and makes a damaged one anew.", "It changes no entry.", _ADM),
        "signals.seen": Automatic("Pack what was asked", "Packs the sealed memory of the look-back.", "It changes no case.", _ADM),
        "look_up_door": Automatic(
            "Answer look-ups",
            "Tells a platform with a key whether something is on a list.",
            "People give and end each key, and say which lists machines are told of.",
            _SUP,
        ),
        "giving_lists": Automatic(
            "Give lists to partners",
            "Lets a partner with a key fetch the lists whose papers allow it.",
            "Two people set what is shared with whom.",
            _SUP,
        ),
        "referrals": Automatic(
            "Letters of partner desks",
            "Takes in a signed letter in its turn: an offer waits for a person; a case they accepted is answered, one that comes back is queued.",
            "A person there accepts, refuses or hands back, and a person here does. Two people entered the partner.",
            _LIA,
        ),
        "reports": Automatic(
            "Take reports of machines",
            "Takes in what a platform or partner with a key hands over.",
            "It is a report as any other; a person looks first.",
            _SUP,
        ),
    },
)

_KEEPING = Chapter(
    "Keeping and ending",
    "What is kept must be whole, and what is over must be gone, without anybody having to remember a day.",
    {
        "retention.destroy": Automatic(
            "Destroy what is over",
            "Destroys by the schedule what no hold and no minimum keeps, after it was announced.",
            "Two people put the schedule in force; anybody on the case places a hold, and nothing goes while the clock is in doubt.",
            _SUP,
        ),
        "retention.hear": Automatic(
            "Write down objections", "Makes a request of what a reporter objects to.", "Somebody who decided nothing there hears it.", _SUP
        ),
        "retention.forget": Automatic(
            "Forget what is lesser",
            "Lets go of old requests and notes of shifts, of sign-ins that open nothing, and of what a partner desk offered and nobody took.",
            "As the schedule says.",
            _ADM,
        ),
        "cases.lapse": Automatic("End leave to open", "Ends each grant when its time is over.", "A supervisor ends one earlier.", _SUP),
        "insight.publish": Automatic(
            "Publish figures",
            "Lays out how soon somebody looks, and the public tables, without figures that could give a child away.",
            "People define each figure, and answer for its caveat.",
            _SUP,
        ),
        "custody.sign": Automatic(
            "Sign the log", "Signs everything done and lays it out to be checked.", "On doubt nothing is written until a person has decided.", _ADM
        ),
        "response.witnesses": Automatic(
            "Have the log witnessed", "Asks those outside whom the operator named to sign the log.", "People choose them.", _ADM
        ),
        "custody.reserve": Automatic("Keep a reserve of the disk", "Gives a full disk back what lets reports come in.", "A person makes room.", _ADM),
        "custody.sweep": Automatic("Overwrite what was erased", "Overwrites the places of what two people erased.", "Only what was erased.", _ADM),
        "custody.vault": Automatic("Sweep the vault", "Takes away old files that no record knows.", "Nothing that a record knows.", _ADM),
        "custody.carry": Automatic("Carry originals", "Carries sealed originals to the store that the operator named.", "Sealed, as they are.", _ADM),
        "custody.parts": Automatic(
            "Tend the shred store", "Lets go of halves of keys that never got a record.", "Nothing that a record knows.", _ADM
        ),
        "custody.rewrap": Automatic("Seal keys anew", "Seals older keys to the key of their organisation.", "It opens nothing to anybody.", _ADM),
        "custody.canaries": Automatic(
            "Lay canaries", "Lays invented words that show in a drill whether anything leaks.", "A person holds the drill.", _ADM
        ),
        "custody.count": Automatic(
            "Count the rows", "Tells the database how many rows its tables hold, so that pages come soon.", "It reads nothing out to anybody.", _ADM
        ),
    },
)

CHAPTERS = (_TELLING, _WEIGHING, _ACTING, _LISTS, _KEEPING)
AUTOMATIC: Mapping[str, Automatic] = {code: step for chapter in CHAPTERS for code, step in chapter.steps.items()}
"""Every step by the name of its lane, the code of its tool, or the name of its door."""

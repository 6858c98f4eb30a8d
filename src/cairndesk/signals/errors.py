"""What can go wrong in the signals room.

DeskError
├── NotAnIdentifier      the text is none of the kinds that can be matched
├── NotATerm             a row of a glossary lacks something, or is overdue for review
├── IndexDamaged         an index file that is foreign, cut short, or not as it was written
├── IndexBehind          a list is being read in, and without it there is no answer
├── CheckRefused         a look-up that cannot be read
├── LookupRefused        a look-up in the manner of HMA that cannot be read
├── NothingFetched       the desk is to fetch something
├── NoSuchBank           no list of that name, or no such entry of it
├── PeopleChangeLists    a machine wants to change a list
├── KeyOnlyReports       a look-up by a key that may not look up
├── TooManyChecks        more look-ups than a key may make
├── ListRefused          a list file or its papers cannot be taken
│   └── ListHeld         a change of the list waits for a person
├── ReasonMissing        a match is called wrong, and nobody says why
├── ListNotShared        a list that partners may not have, or none at all
├── NotLetGo             a list that shall be written out, and two people did not let it go as it is now
├── NotOnTheList         a value that the list does not have, or a dispute that is settled
├── NotExact             what shall be blocked is not one exact address
├── NotBlocked           an address that nobody is asked to block
├── AlreadyDisputed      an entry that is in dispute already
├── NothingHeld          no change of this list waits for a person
├── SourceTaken          another worker fetches this list
├── ScanRefused          an archive cannot be looked at as it was asked
├── AnalyserRefused      an analyser that does not say all that it has to of itself
├── MediaRefused         this organisation may not handle media, or the file is over the size limit
└── SandboxTooWeak       this machine cannot lock a decoder well enough
"""

from collections.abc import Iterable
from typing import Self

from cairndesk.lib.errors import DeskError


class NotAnIdentifier(DeskError):
    """The text is no hash, link, domain, account, address, number or wallet that can be matched."""

    code = "signals.not_an_identifier"
    status = 422
    remedy = "Give a hash, a link, a domain, an account, an e-mail address, a phone number with its country code, or a wallet address."


class NotATerm(DeskError):
    """A row of a glossary lacks a meaning, a confidence, a day of review in the future, or has a pattern that cannot be read."""

    code = "signals.not_a_term"
    status = 422
    remedy = "Give a term or a pattern with its language, meaning, platform, confidence and the day of the next review."


class IndexDamaged(DeskError):
    """An index file is foreign, cut short, of another version, or not as it was written; it is not used."""

    code = "signals.index_damaged"
    status = 503
    remedy = "Remove the file and build it anew from the lists it was made of; nothing else is lost."


class IndexBehind(DeskError):
    """A list is being read in for the first time: as long as it cannot be asked, meeting nothing says nothing."""

    code = "signals.index_behind"
    status = 503
    remedy = "Ask again in a minute; `cairndesk doctor` says whether the belt runs."
    retryable = True

    @classmethod
    def of(cls, names: Iterable[str]) -> Self:
        """The error that names the lists."""
        return cls(f"Not read in yet: {', '.join(names)}. Ask again in a minute.")


class CheckRefused(DeskError):
    """This look-up cannot be answered as it was asked."""

    code = "signals.check_refused"
    status = 422
    remedy = "See the interface description under /api/v1/openapi.json."


class LookupRefused(DeskError):
    """This look-up cannot be answered as it was asked."""

    code = "signals.lookup_refused"
    status = 400
    remedy = "Ask as the clients of Hasher-Matcher-Actioner do."


class NothingFetched(DeskError):
    """This desk fetches nothing from an address that somebody names."""

    code = "signals.nothing_fetched"
    status = 403
    remedy = "Send the file in a form (POST), or its hash."


class NoSuchBank(DeskError):
    """There is no list of that name that machines may see, or no such entry of it."""

    code = "signals.no_such_bank"
    status = 404
    remedy = "Ask which there are at /c/banks."


class PeopleChangeLists(DeskError):
    """A machine wanted to change a list."""

    code = "signals.people_change_lists"
    status = 403
    remedy = "Nothing was changed. On this desk people change lists, two of them for what is confirmed here."


class KeyOnlyReports(DeskError):
    """This key hands over reports and looks nothing up."""

    code = "signals.key_only_reports"
    status = 403
    remedy = "An administrator can make a key that may look things up."


class TooManyChecks(DeskError):
    """This key asks more than it may."""

    code = "signals.too_many_checks"
    status = 429
    remedy = "Wait a second, or ask about many things in one request."
    retryable = True


class ListRefused(DeskError):
    """The list has no owner, no terms, no expiry, no usable row, or columns that are not there."""

    code = "signals.list_refused"
    status = 422
    remedy = "Check the column map and state the owner, the terms and the day on which the list expires."


class ListHeld(ListRefused):
    """A change of this list waits for a person, and no other can come before it is decided."""

    code = "signals.list_held"
    status = 409
    remedy = "A supervisor accepts or refuses it on the page of the list, or with `cairndesk signals lists accept` or `refuse`."


class NotOnTheList(DeskError):
    """The list does not have this value, or the dispute about it is settled."""

    code = "signals.not_on_the_list"
    status = 409
    remedy = "Give the value as the list has it, and look at the page of the list again."


class NotExact(DeskError):
    """What shall be blocked is not one exact address: a site, a folder, a word or a list of results takes away what nobody judged."""

    code = "signals.not_exact"
    status = 422
    remedy = "Name the exact address of the page or file; for a whole site ask its host, for results the search engine."


class NotBlocked(DeskError):
    """Nobody is asked to block this address, or it was delisted meanwhile, or the new day is none that it can have."""

    code = "signals.not_blocked"
    status = 404
    remedy = "`cairndesk signals blocklist` shows what is to be blocked, and until when."


class AlreadyDisputed(DeskError):
    """This entry is in dispute already."""

    code = "signals.already_disputed"
    status = 409
    remedy = "Settle that dispute first; it stands on the page of the list."


class NothingHeld(DeskError):
    """No change of this list waits for a person; somebody may have decided it already."""

    code = "signals.nothing_held"
    status = 409
    remedy = "Look at the page of the list again."


class ReasonMissing(DeskError):
    """A match was called wrong without a reason that the desk knows."""

    code = "signals.reason_missing"
    status = 422
    remedy = "Choose why: the decision can keep others from seeing the match, and the list's owner may be told."


class ListNotShared(DeskError):
    """There is no such list, it is off, or its papers do not allow that partners have it."""

    code = "signals.list_not_shared"
    status = 404
    remedy = "Ask which lists your key may fetch at /api/v1/lists."


class NotLetGo(DeskError):
    """Nobody may write this out: two people have not let it go, or not as it is now, or that was more than a day ago."""

    code = "signals.not_let_go"
    status = 409
    remedy = "Ask on the page of the known lists that it may leave. Another person lets it go; then write it out within a day."


class SourceTaken(DeskError):
    """The list is being fetched by somebody else, or its source was changed meanwhile."""

    code = "signals.source_taken"
    status = 409
    remedy = "Let the other one finish; `cairndesk signals lists` says how far it is."
    retryable = True


class ScanRefused(DeskError):
    """The files of an archive cannot be looked at as it was asked; nothing was changed."""

    code = "signals.scan_refused"
    status = 422
    remedy = "See `cairndesk signals scan --help`; docs/scan.md describes manifests and results."


class AnalyserRefused(DeskError):
    """An analyser does not say what it is, or how often it is wrong; it is not run."""

    code = "signals.analyser_refused"
    status = 500
    remedy = "Ask whoever makes it for a whole card with error rates, or take it out of `analysers.on`."


class MediaRefused(DeskError):
    """The organisation's media mode does not allow this file to be handled, or it is too large."""

    code = "signals.media_refused"
    status = 403
    remedy = "Send the hashes instead of the file, or ask an administrator which media mode the law allows here."


class ToolOff(DeskError):
    """Nobody has assessed this tool in time, so it is switched off; nothing was done."""

    code = "signals.tool_off"
    status = 503
    remedy = "A supervisor assesses the tool and writes that down on the page Tools; then it is on at once."
    retryable = True


class AssessmentRefused(DeskError):
    """This cannot stand as the assessment of a tool."""

    code = "signals.assessment_refused"
    status = 422
    remedy = "Name purpose, lawful basis, the day of the assessment, and when the next is due, within two years."


class SandboxTooWeak(DeskError):
    """The walls around a decoder are missing on this machine; nothing was parsed."""

    code = "signals.sandbox_too_weak"
    status = 503
    remedy = "Run on a Linux kernel with Landlock and seccomp (`cairndesk doctor` says which is missing), or ask for less in `desk.media_walls`."

"""Failures of the directory room.

DirectoryError
├── NotAUsableEntry
├── CheckLiesAhead
├── NoSuchEntry
├── NotOursToChange
├── RulesUnreadable
├── SheetUnreadable
├── TableUnreadable
├── ChecklistStands
└── ScheduleStands
    └── ConfirmedByAnother
"""

from cairndesk.lib.errors import DeskError


class DirectoryError(DeskError):
    """A failure about a contact, a provider or a rule."""

    code = "directory.failed"
    status = 422


class NotAUsableEntry(DirectoryError):
    """An entry that nobody could use: no way to reach it, or a field in a form that nobody can read."""

    code = "directory.not_a_usable_entry"
    remedy = "Correct the field that the detail names."


class CheckLiesAhead(DirectoryError):
    """A contact cannot have been checked on a day that has not come yet."""

    code = "directory.check_lies_ahead"
    remedy = "Enter the day on which somebody reached the contact."


class NoSuchEntry(DirectoryError):
    """The entry does not exist or has been retired."""

    code = "directory.no_such_entry"
    status = 404
    remedy = "Look for it in the list; a retired entry is not used any more."


class NotOursToChange(DirectoryError):
    """An emergency number of the country of another organisation, whose public site opens by it."""

    code = "directory.not_ours_to_change"
    status = 403
    remedy = "Ask the people of that organisation, or an administrator of the first one."


class RulesUnreadable(DirectoryError):
    """A rule set whose file does not say what is needed: jurisdiction, source, dates, verdicts."""

    code = "directory.rules_unreadable"
    remedy = "Compare the file with the sample set; every set needs a source and a first day."


class SheetUnreadable(DirectoryError):
    """A sheet of a public site that does not say what it should, or says it in a form that could not be shown."""

    code = "directory.sheet_unreadable"
    remedy = "Correct what the detail names, or start again from the template."


class TableUnreadable(DirectoryError):
    """A table of sharing that cannot be used; the one in force stays."""

    code = "directory.table_unreadable"
    remedy = "Mend what the detail names and try again; the table in force stays as it is."


class ScheduleStands(DirectoryError):
    """A schedule that two people have put in force is never changed: what was destroyed by it must stay explainable."""

    code = "directory.schedule_stands"
    status = 409
    remedy = "Give the new version a code and a first day of its own, and load that."


class ChecklistStands(DirectoryError):
    """A checklist that was loaded is never changed: cases were closed by it."""

    code = "directory.checklist_stands"
    status = 409
    remedy = "Give the new version a code and a first day of its own, and load that."


class ConfirmedByAnother(ScheduleStands):
    """Whoever loaded a schedule does not put it in force."""

    code = "directory.confirmed_by_another"
    remedy = "Ask another person, who reads it and confirms it."

"""The closed vocabulary of the log and the vault."""

import base64
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from cairndesk.custody.ledger.entry import Vocabulary

PADDING = 64
"""Checkpoints that others see are over a multiple of so many entries: their sizes must not tell how many reports came."""

POLICY_VERSION = 1
"""The version of the permission table under which an act was allowed; goes into every entry."""


class Event(StrEnum):
    """Everything that the log can say, as `room.subject.verb_past`. A line is never renamed: old logs carry it."""

    CUSTODY_KEYRING_CREATED = "custody.keyring.created"  # a desk got its keys
    CUSTODY_KEY_ADDED = "custody.key.added"  # an organisation got a key of its own
    CUSTODY_INTAKE_KEY_MADE = "custody.intake_key.made"  # an organisation got the intake key of one more week; its number says the detail
    CUSTODY_INTAKE_KEY_DESTROYED = "custody.intake_key.destroyed"  # nothing was sealed to an old intake key any more, and it is gone for good
    CUSTODY_KEYS_REWRAPPED = "custody.keys.rewrapped"  # keys of items were sealed to the organisation's own key; the items were not opened
    CUSTODY_RECOVERY_SET = "custody.recovery.set"  # LOUD: from now on recovery sheets open the keyring; how many of how many says the detail
    CUSTODY_KEYRING_RECOVERED = "custody.keyring.recovered"  # LOUD: the keyring was opened by recovery sheets and got a new lock
    CUSTODY_ITEM_OPENED = "custody.item.opened"  # a person opened a sealed item
    CUSTODY_OBJECT_SEALED = "custody.object.sealed"  # an original was put into the vault
    CUSTODY_OBJECT_OPENED = "custody.object.opened"  # a person is about to open an original; stands before the key is released
    CUSTODY_OBJECT_DESTROYED = "custody.object.destroyed"  # key and object of an original were destroyed, for a reason
    CUSTODY_VAULT_SWEPT = "custody.vault.swept"  # objects that no record knows, left by a crash, were deleted
    CUSTODY_VAULT_REPAIRED = "custody.vault.repaired"  # damaged or missing originals were put back from a copy; how many says the detail
    CUSTODY_LOG_ACCEPTED = "custody.log.accepted"  # LOUD: an operator goes on although a longer log was signed; how long it was says the detail
    CUSTODY_LOG_PADDED = "custody.log.padded"  # filled up, so that the size of the log does not tell how many reports came
    CUSTODY_BACKUP_MADE = "custody.backup.made"  # a sealed copy of the desk was written
    CUSTODY_DRILL_DONE = "custody.drill.done"  # a copy was laid down and tried; whether it would bring the desk back says the detail
    CUSTODY_BACKUP_VERIFIED = "custody.backup.verified"  # a sealed copy was opened again and found whole
    ACCOUNTS_ORGANISATION_CREATED = "accounts.organisation.created"  # a desk joined the installation
    ACCOUNTS_KIND_SET = "accounts.kind.set"  # whether an authority, a company or civil society runs a desk was said anew
    ACCOUNTS_MEDIA_SWITCHED = "accounts.media.switched"  # how a desk may handle media was changed
    ACCOUNTS_PERSON_ADDED = "accounts.person.added"  # somebody joined a desk
    ACCOUNTS_PERSON_DEACTIVATED = "accounts.person.deactivated"  # somebody may not sign in any more
    ACCOUNTS_PERSON_REACTIVATED = "accounts.person.reactivated"  # somebody may sign in again
    ACCOUNTS_DUTY_ENTERED = "accounts.duty.entered"  # somebody is on duty; from when until when says the detail
    ACCOUNTS_DUTY_ENDED = "accounts.duty.ended"  # a turn of duty was taken off the roster, or ended before its time
    ACCOUNTS_ROLES_CHANGED = "accounts.roles.changed"  # a person got or lost roles
    ACCOUNTS_ROLES_CONFIRMED = "accounts.roles.confirmed"  # another person found that somebody still needs their roles
    ACCOUNTS_CREDENTIAL_RECORDED = "accounts.credential.recorded"  # until when a person's training holds
    ACCOUNTS_LINK_MADE = "accounts.link.made"  # an enrolment link was handed out
    ACCOUNTS_LINK_USED = "accounts.link.used"  # it was used
    ACCOUNTS_PASSKEY_ADDED = "accounts.passkey.added"  # a person got a passkey
    ACCOUNTS_PASSKEY_REMOVED = "accounts.passkey.removed"  # a person gave one up
    ACCOUNTS_PASSKEY_SHUT = "accounts.passkey.shut"  # its counter went back: there may be two of it
    ACCOUNTS_PASSWORD_SET = "accounts.password.set"  # noqa: S105 - a person chose a password and a code generator
    ACCOUNTS_SIGN_IN_MADE = "accounts.sign_in.made"  # somebody signed in; by what, says the proof
    ACCOUNTS_CLOCK_SET_BACK = "accounts.clock.set_back"  # LOUD: the clock went back; every sign-in, grant and open request ended
    ACCOUNTS_SESSIONS_ENDED = "accounts.sessions.ended"  # every sign-in of a person was ended
    ACCOUNTS_REPLACEMENT_ASKED = "accounts.replacement.asked"  # LOUD: a lost passkey shall be replaced
    ACCOUNTS_REPLACEMENT_AGREED = "accounts.replacement.agreed"  # LOUD: a second person agreed; the old passkeys are gone
    ACCOUNTS_GUEST_INVITED = "accounts.guest.invited"  # a person of a partner may look at one case
    ACCOUNTS_GUEST_WITHDRAWN = "accounts.guest.withdrawn"  # and may not any more
    ACCOUNTS_APPROVER_NAMED = "accounts.approver.named"  # a person of a partner may answer one request
    ACCOUNTS_REQUEST_ASKED = "accounts.request.asked"  # somebody asked for an act that takes two people
    ACCOUNTS_REQUEST_TAKEN_BACK = "accounts.request.taken_back"  # and does not any more
    ACCOUNTS_REQUEST_APPROVED = "accounts.request.approved"  # another person confirmed exactly this; what was done stands behind it
    ACCOUNTS_REQUEST_REFUSED = "accounts.request.refused"  # another person decided that it is not done
    ACCOUNTS_SHARING_RULE_ADDED = "accounts.sharing_rule.added"  # LOUD: what may be given to whom is another from a day on
    ACCOUNTS_SHARING_RULE_ENDED = "accounts.sharing_rule.ended"  # LOUD: and a rule ends
    ACCOUNTS_API_KEY_CREATED = "accounts.api_key.created"  # a machine may hand over reports
    ACCOUNTS_API_KEY_REVOKED = "accounts.api_key.revoked"  # and may not any more
    CASES_CASE_OPENED = "cases.case.opened"  # a case was opened from a report
    CASES_REPORT_ADDED = "cases.report.added"  # a report, or more of one, came to a case
    CASES_STAGE_CHANGED = "cases.stage.changed"  # a case moved from one stage to another
    CASES_INCIDENT_DESCRIBED = "cases.incident.described"  # what happened was described, or described anew
    CASES_INCIDENT_MARKED = "cases.incident.marked"  # several-choice codes of an incident were set
    CASES_CORROBORATION_ASKED = "cases.corroboration.asked"  # a line of the corroboration checklist was answered
    CASES_PERSON_ADDED = "cases.person.added"  # a person came into a case in a role
    CASES_PERSON_AMENDED = "cases.person.amended"  # codes or roles of a person changed
    CASES_IDENTITY_SEALED = "cases.identity.sealed"  # who a person is was put into its own sealed record
    CASES_IDENTITY_READ = "cases.identity.read"  # a person opened an identity, for a reason
    CASES_SENSITIVE_RECORDED = "cases.sensitive.recorded"  # an optional sensitive attribute was recorded
    CASES_SENSITIVE_READ = "cases.sensitive.read"  # a person opened the sensitive attributes of somebody, for a reason
    CASES_SUPPORT_RECORDED = "cases.support.recorded"  # impact or needs were put into the support record
    CASES_ITEM_ADDED = "cases.item.added"  # an item came into a case
    CASES_ITEM_AMENDED = "cases.item.amended"  # codes of an item changed
    CASES_ITEM_OPENED = "cases.item.opened"  # a person opened a sealed identifier
    CASES_SIGHTING_RECORDED = "cases.sighting.recorded"  # an item was seen somewhere
    CASES_EVIDENCE_ADDED = "cases.evidence.added"  # facts that can serve as evidence were sealed
    CASES_CONTACT_ADDED = "cases.contact.added"  # a step of the contact path was recorded
    CASES_CONTACT_ORDERED = "cases.contact.ordered"  # the steps of the contact path were put in order
    CASES_PAYMENT_RECORDED = "cases.payment.recorded"  # a payment was recorded
    CASES_DISCLOSURE_RECORDED = "cases.disclosure.recorded"  # a disclosure of doubtful payments was recorded; nothing was sent
    CASES_IDENTIFICATION_RECORDED = "cases.identification.recorded"  # how identifying a victim/survivor stands was recorded; nothing was sent
    CASES_CLUE_RECORDED = "cases.clue.recorded"  # a clue to who a victim/survivor is was sealed; of which kind, says the detail
    CASES_THREAT_RECORDED = "cases.threat.recorded"  # a threat was recorded
    CASES_PLACE_RECORDED = "cases.place.recorded"  # a place was recorded
    CASES_FACT_OPENED = "cases.fact.opened"  # a person opened the sealed words of a threat, a place, a sighting, a clue or evidence
    CASES_FACT_WITHDRAWN = "cases.fact.withdrawn"  # a person, a role, an item or another recorded fact was taken back
    CASES_HARM_CODED = "cases.harm.coded"  # a harm was coded
    CASES_HARM_LEAD_SET = "cases.harm.lead_set"  # one harm now leads
    CASES_HARM_WITHDRAWN = "cases.harm.withdrawn"  # a harm code was taken back
    CASES_DEPICTION_RECORDED = "cases.depiction.recorded"  # a child is shown in an item
    CASES_DEPICTION_WITHDRAWN = "cases.depiction.withdrawn"  # that was taken back
    CASES_ITEM_ROLE_RECORDED = "cases.item_role.recorded"  # a person of concern did something with an item
    CASES_ITEM_ROLE_WITHDRAWN = "cases.item_role.withdrawn"  # that was taken back
    CASES_HOLD_PLACED = "cases.hold.placed"  # nothing of a case, or of one original, may be destroyed
    CASES_HOLD_REVIEWED = "cases.hold.reviewed"  # a person looked at a hold and let it stand
    CASES_HOLD_LIFT_ASKED = "cases.hold.lift_asked"  # LOUD: a person asked that a hold be lifted
    CASES_HOLD_LIFT_WITHDRAWN = "cases.hold.lift_withdrawn"  # the asking was taken back
    CASES_HOLD_LIFTED = "cases.hold.lifted"  # LOUD: another person lifted a hold; what is due may be destroyed
    CASES_TOLD_ERASED = "cases.told.erased"  # LOUD: everything that was told in a case was erased; its codes stay
    CASES_GRANT_GIVEN = "cases.grant.given"  # a person got a grant: what for, and for how many minutes; openings name it by this entry's index
    CASES_GRANT_WITHDRAWN = "cases.grant.withdrawn"  # a supervisor took a person off a case
    CASES_GRANT_GIVEN_BACK = "cases.grant.given_back"  # and let them on again
    CASES_TEAM_SEATED = "cases.team.seated"  # a supervisor gave a person a function in the team of a case; which, says the detail
    CASES_TEAM_UNSEATED = "cases.team.unseated"  # and took them off it: they see nothing of the case any more
    CASES_CODING_DRAWN = "cases.coding.drawn"  # a case was drawn for a blind second coding
    CASES_CODING_TAKEN = "cases.coding.taken"  # a person is about to code it without knowing the first coding
    CASES_CODING_SEEN = "cases.coding.seen"  # a person chose to see its coding, and cannot code it blind any more
    CASES_CODING_GIVEN_UP = "cases.coding.given_up"  # nobody codes it blind any more: other cases took its coding over, and show it
    CASES_GLASS_BROKEN = "cases.glass.broken"  # LOUD: a person took emergency access to a case that they are not on
    CASES_GLASS_REVIEWED = "cases.glass.reviewed"  # LOUD: another person looked at that, and said whether it was right
    CASES_CHOICE_STATED = "cases.choice.stated"  # the person who told chose, or changed, what the desk may do; the question says the detail
    CASES_CHOICE_SET_ASIDE = "cases.choice.set_aside"  # LOUD: a person lets the desk act against such a choice, for danger or by law; they are told
    CASES_CHOICE_REVIEWED = "cases.choice.reviewed"  # LOUD: another person looked at that, and said whether it had to be
    CASES_MANDATE_ENTERED = "cases.mandate.entered"  # LOUD: a supervisor entered a legal mandate to search; finds can be taken in
    CASES_MANDATE_ENDED = "cases.mandate.ended"  # LOUD: a supervisor ended it; finds are refused
    CASES_CASES_LINKED = "cases.cases.linked"  # a person confirmed that two cases belong together
    CASES_CASES_UNLINKED = "cases.cases.unlinked"  # a person took that back
    CASES_CASES_KEPT_APART = "cases.cases.kept_apart"  # a person said that two cases do not belong together
    CASES_GROUPING_MADE = "cases.grouping.made"  # a person made a record that holds several cases together
    CASES_GROUPING_CHANGED = "cases.grouping.changed"  # a person said of what kind it is, how it stands, or when it was seen
    CASES_GROUPING_DESCRIBED = "cases.grouping.described"  # a person described it; the words are sealed
    CASES_GROUPING_OPENED = "cases.grouping.opened"  # a person who is on one of its cases opened the description
    CASES_CASE_GROUPED = "cases.case.grouped"  # a person put a case into such a record, for a reason
    CASES_CASE_UNGROUPED = "cases.case.ungrouped"  # a case was taken out of one, for a reason
    EXCHANGE_CASE_OFFERED = "exchange.case.offered"  # a case was offered to another organisation
    EXCHANGE_CASE_ACCEPTED = "exchange.case.accepted"  # the other organisation took the case
    EXCHANGE_CASE_REFUSED = "exchange.case.refused"  # the other organisation did not take the case
    EXCHANGE_AGREEMENT_PROPOSED = "exchange.agreement.proposed"  # an organisation proposed that cases may go between it and another
    EXCHANGE_AGREEMENT_MADE = "exchange.agreement.made"  # the other organisation agreed to it
    EXCHANGE_AGREEMENT_ENDED = "exchange.agreement.ended"  # one of the two ended it, or did not agree
    EXCHANGE_OFFER_WITHDRAWN = "exchange.offer.withdrawn"  # an offer was taken back before it was decided
    EXCHANGE_OFFER_RECEIVED = "exchange.offer.received"  # a desk of another installation offers a case
    EXCHANGE_CASE_HANDED_BACK = "exchange.case.handed_back"  # a case that came from another desk is handed back to it
    EXCHANGE_CASE_TAKEN_BACK = "exchange.case.taken_back"  # a case that went to another desk is ours again, on both desks
    EXCHANGE_OUTCOME_HEARD = "exchange.outcome.heard"  # the desk that has a case of ours says what came of it; the code says the detail
    EXCHANGE_LETTER_TAKEN = "exchange.letter.taken"  # a person took a closed letter to carry it to another desk; which says the detail
    EXCHANGE_LETTER_ARRIVED = "exchange.letter.arrived"  # another desk says that it has our letter; which says the detail
    EXCHANGE_PARTNER_ENTERED = "exchange.partner.entered"  # a desk of another installation was entered with its keys; it waits for another person
    EXCHANGE_PARTNER_CONFIRMED = "exchange.partner.confirmed"  # LOUD: another person confirmed it; cases may go there while the agreement runs
    EXCHANGE_PARTNER_ENDED = "exchange.partner.ended"  # a person ended it; no case goes there any more
    INTAKE_ALARM_RAISED = "intake.alarm.raised"  # somebody said that it is happening now
    INTAKE_ALARM_ANSWERED = "intake.alarm.answered"  # a person took the case behind an alarm
    INTAKE_MESSAGE_RECEIVED = "intake.message.received"  # the reporter wrote
    INTAKE_MESSAGE_SENT = "intake.message.sent"  # the desk wrote to the reporter
    INTAKE_MESSAGE_TAKEN_BACK = "intake.message.taken_back"  # whoever wrote it took it back before the reporter could find it
    INTAKE_MESSAGES_READ = "intake.messages.read"  # a person read the conversation
    INTAKE_MILESTONE_TOLD = "intake.milestone.told"  # the reporter may now see that something happened
    INTAKE_RECEIPT_MADE = "intake.receipt.made"  # a caller was given six words
    TRIAGE_CASE_ASSESSED = "triage.case.assessed"  # the rules gave a case its priority
    TRIAGE_CASE_GIVEN = "triage.case.given"  # somebody said who should take a waiting case
    TRIAGE_CASE_WOKEN = "triage.case.woken"  # what a finished case is about may be back, and its reporter asked to hear of it
    TRIAGE_CASE_SETTLED = "triage.case.settled"  # a person said whether it is
    TRIAGE_RULES_SWITCHED = "triage.rules.switched"  # LOUD: other priority rules decide from now on; whether they were tried first says the detail
    TRIAGE_SHIFT_NOTE_READ = "triage.shift_note.read"  # somebody took over what a shift before them left in words
    TRIAGE_SHIFT_NOTE_WRITTEN = "triage.shift_note.written"  # somebody handed their shift on in words
    TRIAGE_RULES_WRITTEN = "triage.rules.written"  # an organisation kept a version of its own; nothing goes by it yet
    TRIAGE_VIRAL_FLAGGED = "triage.viral.flagged"  # a person said that material is known to be shared widely
    TRIAGE_VIRAL_TAKEN_BACK = "triage.viral.taken_back"  # and that it is not
    TRIAGE_PRIORITY_SET = "triage.priority.set"  # a person set it otherwise and said why
    REVIEW_CASE_CLAIMED = "review.case.claimed"  # a person took a case to review it
    REVIEW_CASE_PUT_BACK = "review.case.put_back"  # and put it back into the queue
    REVIEW_ADVICE_GIVEN = "review.advice.given"  # a person answered somebody who wanted advice only
    REVIEW_CASE_REOPENED = "review.case.reopened"  # a supervisor opened a finished case again
    REVIEW_ACCOUNT_OPENED = "review.account.opened"  # a person opened what was told
    REVIEW_SEARCH_MADE = "review.search.made"  # a person searched: how many cases were found by what, and nothing of what was asked
    REVIEW_NOTE_OPENED = "review.note.opened"  # a person opened what a colleague wrote
    REVIEW_ORIGINAL_LOOKED_AT = "review.original.looked_at"  # a person is about to see a small copy of an original, and why; one entry a look
    REVIEW_ORIGINAL_SEEN_CLEARLY = "review.original.seen_clearly"  # a person is about to see an original clearly for seconds, and why
    REVIEW_BOUNDS_SET = "review.bounds.set"  # a supervisor said how, and for how long, their organisation shows anybody anything; from what to what
    REVIEW_CASE_CLASSIFIED = "review.case.classified"  # features were recorded and verdicts derived
    REVIEW_STACK_DECIDED = "review.stack.decided"  # a person decided for the cases that wait under this one; it is carried out a while later
    REVIEW_STACK_WITHDRAWN = "review.stack.withdrawn"  # they took that back in time, and nothing was carried out
    REVIEW_STACK_FOLLOWED = "review.stack.followed"  # the decision was carried out for this case; the detail says which, never why it was there
    REVIEW_STACK_LEFT = "review.stack.left"  # it was not, and the case waits on; the detail says why
    REVIEW_CLASSIFICATION_TAKEN_BACK = "review.classification.taken_back"  # whoever classified took it back in time
    REVIEW_SECOND_LOOK_ASKED = "review.second_look.asked"  # another person shall look
    REVIEW_SECOND_LOOK_GIVEN = "review.second_look.given"  # another person looked
    REVIEW_DISAGREEMENT_DECIDED = "review.disagreement.decided"  # a supervisor chose between two views
    REVIEW_CODING_GIVEN = "review.coding.given"  # a second person coded a case blind; whether it differs says the detail
    REVIEW_CODING_SETTLED = "review.coding.settled"  # a third person settled how a case is coded
    REVIEW_CALIBRATION_WRITTEN = "review.calibration.written"  # other invented cases, or another bar, are trained and measured with from now on
    REVIEW_TRAINING_ASKED = "review.training.asked"  # a person reached the bar on invented cases and asked to be signed off
    REVIEW_TRAINING_SENT_BACK = "review.training.sent_back"  # a supervisor asked them to go through it once more
    REVIEW_DESTRUCTION_ASKED = "review.destruction.asked"  # LOUD: a person asked that an original be destroyed
    REVIEW_PUBLICATION_ASKED = "review.publication.asked"  # a person confirmed a file and asked that its hashes go on the desk's own list
    REVIEW_PUBLICATION_WITHDRAWN = "review.publication.withdrawn"  # the asking was taken back
    REVIEW_HASHES_PUBLISHED = "review.hashes.published"  # LOUD: another person put them there; every later report meets them
    REVIEW_HASHES_TAKEN_BACK = "review.hashes.taken_back"  # one of the two who published them took them back before they left the desk
    REVIEW_DESTRUCTION_WITHDRAWN = "review.destruction.withdrawn"  # the asking was taken back
    DIRECTORY_ENTRY_ADDED = "directory.entry.added"  # a contact or a provider was entered
    DIRECTORY_ENTRY_CHANGED = "directory.entry.changed"  # it was changed, and its check taken back
    DIRECTORY_ENTRY_CHECKED = "directory.entry.checked"  # a person reached it
    DIRECTORY_ENTRY_RETIRED = "directory.entry.retired"  # it is not used any more
    DIRECTORY_RULES_LOADED = "directory.rules.loaded"  # a dated rule set was loaded
    DIRECTORY_SCHEDULE_LOADED = "directory.schedule.loaded"  # a retention schedule was loaded; it waits for another person
    DIRECTORY_SCHEDULE_CONFIRMED = "directory.schedule.confirmed"  # LOUD: another person put it in force; records are destroyed by it
    DIRECTORY_CHECKLIST_LOADED = "directory.checklist.loaded"  # what the file of a case must hold was loaded; cases are closed by it
    DIRECTORY_SHARING_TABLE_SET = "directory.sharing_table.set"  # LOUD: another person put it in force; by it is given what of a case goes to whom
    DIRECTORY_PORTAL_CHANGED = "directory.portal.changed"  # what an organisation says of itself on its public site was entered
    RESPONSE_ALARM_PAGED = "response.alarm.paged"  # an alarm was sent to somebody on duty, or to a supervisor; in which turn says the detail
    RESPONSE_PLAN_PROPOSED = "response.plan.proposed"  # the desk proposed steps
    RESPONSE_STEP_APPROVED = "response.step.approved"  # a person approved one step
    RESPONSE_STEP_SKIPPED = "response.step.skipped"  # a person skipped one step and said why
    RESPONSE_STEP_SIGNED_OFF = "response.step.signed_off"  # a supervisor agreed to a step or lifted its hold
    RESPONSE_STEP_REVIEWED = "response.step.reviewed"  # another person looked at a step that could not wait
    RESPONSE_STEP_DONE = "response.step.done"  # a step came to its end
    RESPONSE_PRESERVATION_CHOSEN = "response.preservation.chosen"  # a person chose how evidence is preserved
    RESPONSE_PRESERVATION_RENEWED = "response.preservation.renewed"  # the provider goes on keeping records
    RESPONSE_NOTICE_DRAFTED = "response.notice.drafted"  # a notice was written, not sent
    RESPONSE_NOTICE_QUEUED = "response.notice.queued"  # a person sent a notice on its way
    RESPONSE_NOTICE_TAKEN_BACK = "response.notice.taken_back"  # whoever let a letter go took it back before it left
    RESPONSE_NOTICE_SENT = "response.notice.sent"  # the mail server took a notice
    RESPONSE_NOTICE_ANSWERED = "response.notice.answered"  # a provider answered
    RESPONSE_NOTICE_REMINDED = "response.notice.reminded"  # a reminder was due and was drafted
    RESPONSE_NOTICE_ESCALATED = "response.notice.escalated"  # a person took a notice one step up
    RESPONSE_NOTICE_COUNTERED = "response.notice.countered"  # somebody objected to a notice
    RESPONSE_NOTICE_REVERSED = "response.notice.reversed"  # a notice was withdrawn after review
    RESPONSE_NOTICE_UPHELD = "response.notice.upheld"  # a notice stood after review
    RESPONSE_PACKAGE_BUILT = "response.package.built"  # an authority package was closed
    RESPONSE_PACKAGE_RELEASED = "response.package.released"  # LOUD: a second person let the closed package leave the desk
    RESPONSE_PACKAGE_TAKEN = "response.package.taken"  # a person took the closed package to hand it over
    RESPONSE_PACKAGE_HANDED_OVER = "response.package.handed_over"  # the authority got it
    RESPONSE_PACKAGE_ACKNOWLEDGED = "response.package.acknowledged"  # the authority said so
    RESPONSE_REFERRAL_DRAFTED = "response.referral.drafted"  # a referral was begun
    RESPONSE_REFERRAL_DECIDED = "response.referral.decided"  # consent, refusal or override was recorded
    RESPONSE_REFERRAL_MADE = "response.referral.made"  # the service got it
    RESPONSE_REFERRAL_ANSWERED = "response.referral.answered"  # the service answered
    RESPONSE_OVERRIDE_SIGNED_OFF = "response.override.signed_off"  # a second person looked at an override
    RESPONSE_ERASURE_ASKED = "response.erasure.asked"  # LOUD: a person asked that what was told be erased
    RESPONSE_ERASURE_WITHDRAWN = "response.erasure.withdrawn"  # the asking was taken back
    RESPONSE_COMPLAINT_RECORDED = "response.complaint.recorded"  # somebody says that a service was told and did not act
    RESPONSE_CALL_BACK_RECORDED = "response.call_back.recorded"  # a person called back what went out before they chose that it should not
    RESPONSE_HOLD_ASKED = "response.hold.asked"  # an authority asked that nobody be warned; for how many days says the detail
    RESPONSE_HOLD_RENEWED = "response.hold.renewed"  # a supervisor renewed a hold on notices
    RESPONSE_HOLD_LIFTED = "response.hold.lifted"  # LOUD: a supervisor lifted a hold on notices; they may go
    RESPONSE_HOLD_PAGED = "response.hold.paged"  # somebody was told that a hold on notices ran out
    RESPONSE_CASE_CLOSED = "response.case.closed"  # a person closed the case with a best-interests note
    RESPONSE_FACT_LEFT_OUT = "response.fact.left_out"  # a case was closed without a fact that its file must hold; which says the detail
    RESPONSE_DELIVERY_GIVEN_UP = "response.delivery.given_up"  # a delivery could not be made

    RETENTION_CLOCK_JUMPED = "retention.clock.jumped"  # LOUD: the clock is not what the desk counted; nothing is destroyed by the schedule
    RETENTION_CLOCK_AGREED = "retention.clock.agreed"  # clock and counting agree again
    RETENTION_TIME_TOLD = "retention.time.told"  # LOUD: a person read the day off another clock, and the desk believes its own again
    RETENTION_REQUEST_RECORDED = "retention.request.recorded"  # a person asked for what is theirs, and it was written down
    RETENTION_REQUEST_CHECKED = "retention.request.checked"  # how the desk knows who asks, and about whom
    RETENTION_REQUEST_OPENED = "retention.request.opened"  # a person read what was asked
    RETENTION_REQUEST_DECIDED = "retention.request.decided"  # a supervisor decided, with reasons
    RETENTION_REQUEST_CORRECTED = "retention.request.corrected"  # LOUD: an objection was right; what was decided is undone where it went
    RETENTION_REQUEST_TOLD = "retention.request.told"  # the person was told what came of it
    RETENTION_REQUEST_GIVEN = "retention.request.given"  # LOUD: everything of a person was opened to be given to them
    RETENTION_REQUEST_FORGOTTEN = "retention.request.forgotten"  # the words of a request that was decided long ago are gone
    RETENTION_DESTRUCTION_INTENDED = "retention.destruction.intended"  # the schedule ends records of one class of a case
    RETENTION_DESTRUCTION_DONE = "retention.destruction.done"  # and they are destroyed
    RETENTION_DESTRUCTION_DROPPED = "retention.destruction.dropped"  # and stay after all: something keeps them that came meanwhile
    SIGNALS_LIST_IMPORTED = "signals.list.imported"  # a list got a new version
    SIGNALS_LIST_EXPIRED = "signals.list.expired"  # a list went dark on its day
    SIGNALS_LIST_SWITCHED_OFF = "signals.list.switched_off"  # a person switched a list off
    SIGNALS_LIST_SWITCHED_ON = "signals.list.switched_on"  # a person switched a list on
    SIGNALS_LIST_RENEWED = "signals.list.renewed"  # a person wrote down until when a list is good now
    SIGNALS_LIST_GIVEN = "signals.list.given"  # a partner's machine fetched entries of a list that may be shared
    SIGNALS_OWN_LIST_MADE = "signals.own_list.made"  # a person made the desk's own list
    SIGNALS_LIST_HELD = "signals.list.held"  # LOUD: a change of a list is so large that it waits for a person
    SIGNALS_HELD_ACCEPTED = "signals.held.accepted"  # a person let a change that was held back count
    SIGNALS_HELD_REFUSED = "signals.held.refused"  # a person threw it away
    SIGNALS_LIST_LIMITED = "signals.list.limited"  # a person said how much of a list may change by itself
    SIGNALS_SOURCE_SET = "signals.source.set"  # a person said where a list is fetched from
    SIGNALS_SOURCE_REMOVED = "signals.source.removed"  # a person ended the fetching of a list
    SIGNALS_SOURCE_FAILED = "signals.source.failed"  # a list could not be fetched, for a reason that is new
    SIGNALS_SOURCE_RECOVERED = "signals.source.recovered"  # a list could be fetched again
    SIGNALS_ENTRY_DISPUTED = "signals.entry.disputed"  # a person disputes an entry with the owner of its list, and may hold it
    SIGNALS_DISPUTE_SETTLED = "signals.dispute.settled"  # the owner answered, or the dispute was taken back
    SIGNALS_OPINION_RECEIVED = "signals.opinion.received"  # a partner's machine said that an entry is right, or wrong
    SIGNALS_FEEDBACK_EXPORTED = "signals.feedback.exported"  # feedback was written out for the owner of a list
    SIGNALS_ADDRESS_BLOCKED = "signals.address.blocked"  # LOUD: two people confirmed an exact address, and access providers are asked to block it
    SIGNALS_ADDRESS_RENEWED = "signals.address.renewed"  # a person looked at it again; it is to be blocked until the day in the detail
    SIGNALS_ADDRESS_DELISTED = "signals.address.delisted"  # a person took it off, for the reason in the detail
    SIGNALS_BLOCKS_EXPORTED = "signals.blocks.exported"  # a person wrote out what is to be blocked
    SIGNALS_TOOL_ASSESSED = "signals.tool.assessed"  # a person assessed a technical tool; it is on until the day in the detail
    SIGNALS_TOOL_OVERDUE = "signals.tool.overdue"  # LOUD: nobody assessed a technical tool in time, so it is off
    SIGNALS_GLOSSARY_IMPORTED = "signals.glossary.imported"  # a glossary got a new version
    SIGNALS_GLOSSARY_EXPORTED = "signals.glossary.exported"  # terms of a glossary were written out for a platform that has a key of the desk
    SIGNALS_GLOSSARY_READ = "signals.glossary.read"  # a person read the restricted terms of a glossary
    SIGNALS_TERMS_MET = "signals.terms.met"  # what was told in a case met terms of a glossary: a hint, not a finding
    SIGNALS_ARCHIVE_SCANNED = "signals.archive.scanned"  # LOUD: an archive is met with the lists; for which purpose says the detail
    SIGNALS_MEDIA_HASHED = "signals.media.hashed"  # a file was hashed behind walls; whether it was kept, says the detail
    SIGNALS_ITEM_MATCHED = "signals.item.matched"  # an item met entries of a list
    SIGNALS_LIST_LOOKED_BACK = "signals.list.looked_back"  # what is new on a list was matched against what came in before
    SIGNALS_MATCH_DECIDED = "signals.match.decided"  # a person confirmed or rejected a match
    SIGNALS_SUPPRESSION_MADE = "signals.suppression.made"  # what a person called a false match is met no more
    SIGNALS_SUPPRESSION_ENDED = "signals.suppression.ended"  # it is met again


class Purpose(StrEnum):
    """What a sealed item is; bound into its encryption, so that one cannot be passed off as another."""

    FRAGMENT = "fragment"  # the answers of one page of a draft
    TOLD = "told"  # the answers of a whole report
    NARRATIVE = "narrative"  # what happened, in somebody's words
    IDENTITY = "identity"  # who a person is
    CONTACT = "contact"  # how to reach a person
    IDENTIFIER = "identifier"  # a URL, an account, a phone number, a wallet
    PLACE = "place"  # where something is or was
    MESSAGE = "message"  # one message between a reporter and the desk
    NOTE = "note"  # what staff wrote for staff
    REASON = "reason"  # why a person decided as they did
    RECEIPT = "receipt"  # the key of a reporter's mailbox
    SECOND_FACTOR = "second_factor"  # the secret of a person's code generator
    EVIDENCE = "evidence"  # facts that can serve as evidence; never content
    MEDIA_HASHES = "media_hashes"  # the hashes of a file that was handed over
    ORIGINAL = "original"  # a file that was handed over, as it came; it lies in the vault
    SEEN = "seen"  # what was seen of many cases, for a look-back; never content
    GLOSSARY = "glossary"  # the terms of an operator's glossary
    CANARY = "canary"  # known words of our own, by which a drill sees that what is sealed opens
    DOCUMENT = "document"  # a notice, a package summary, a letter


class Proof(StrEnum):
    """By what the doer of an act proved who they are."""

    PASSKEY = "passkey"
    PASSWORD = "password"  # noqa: S105 - the name of a kind of proof, not a secret
    DEMO = "demo"
    API = "api"
    SYSTEM = "system"


class Doer(Protocol):
    """As much of an actor as the log takes."""

    @property
    def pseudonym(self) -> str:
        """A name that only the desk can resolve."""

    @property
    def proof(self) -> str:
        """One of `Proof`."""


class Subject(Protocol):
    """Anything with an id that entries are about."""

    @property
    def id(self) -> UUID:
        """The id."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """The desk itself, where nobody in person starts an act."""

    pseudonym: str = "00000000-0000-0000-0000-000000000000"
    proof: str = Proof.SYSTEM


DESK: Doer = _Desk()
VOCABULARY = Vocabulary(types=frozenset(Event), proofs=frozenset(Proof))


def these(items: Collection[UUID]) -> dict[str, str | int]:
    """The detail of one entry about several things: how many, and which. Whoever has their ids can work the code out again, nobody else can."""
    digest = hashlib.sha256(b"".join(sorted(item.bytes for item in items))).digest()
    return {"items": len(items), "set": base64.urlsafe_b64encode(digest[:18]).decode()}

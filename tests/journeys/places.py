"""Every page of the desk: who looks, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support import acted_on

from cairndesk.accounts.models import Request
from cairndesk.signals.models import HashList

if TYPE_CHECKING:
    from tests.journeys.test_the_desk_is_for_everybody import Desk

MISSING = "/no-such-door/"
Places = dict[str, tuple[str, str]]
"""Name → who looks, and where."""


def places(desk: Desk) -> Places:
    """All of them."""
    return cases(desk) | known(desk) | listed(desk) | around(desk) | acts(desk) | keeping(desk)


def cases(desk: Desk) -> Places:
    """Queues and cases."""
    return {
        "first": ("Ana", "/"),
        "search": ("Ana", "/search/"),
        "queue": ("Ana", "/queue/waiting/"),
        "empty": ("Sam", "/queue/mine/"),
        "narrowed": ("Ana", "/queue/open/?level=2&late=on"),
        "shift": ("Ana", "/shift/"),
        "priority_rules": ("Ana", "/priority-rules/"),
        "priority_rules_write": ("Sam", "/priority-rules/write/"),
        "rule_set": ("Sam", "/priority-rules/1/"),
        "burning": ("Ana", f"/cases/{desk.burning.pk}/"),
        "held": ("Ana", f"/cases/{desk.held.pk}/"),
        "classify": ("Ana", f"/cases/{desk.held.pk}/classify/"),
        "disputed": ("Sam", f"/cases/{desk.disputed.pk}/"),
        "done": ("Ana", f"/cases/{desk.done.pk}/"),
        "graph": ("Ana", f"/cases/{desk.waiting[2].pk}/graph/"),
        "shared": ("Ana", "/shared/"),
        "money": ("Ana", f"/cases/{desk.much.pk}/money/"),
        "groups": ("Ana", "/groups/"),
        "groups_of_a_case": ("Sam", f"/groups/?case={desk.waiting[0].pk}"),
        "group": ("Sam", f"/groups/{desk.grouping.pk}/"),
        "group_read": ("Lia", f"/groups/{desk.grouping.pk}/"),
        "stacks": ("Ana", "/stacks/"),
        "stack": ("Ana", f"/cases/{desk.waiting[2].pk}/stack/"),
        "looks": ("Sam", "/second-look/"),
        "second_look": ("Sam", f"/cases/{desk.severe.pk}/second-look/"),
        "codings": ("Sam", "/double-coding/"),
        "code_choice": ("Sam", f"/cases/{desk.coded.waiting.pk}/coding/"),
        "code": ("Sam", f"/cases/{desk.coded.taken.pk}/coding/"),
        "settle": ("Sam", f"/cases/{desk.coded.differing.pk}/coding/settle/"),
        "training": ("Ana", "/training/"),
        "invented_case": ("Ana", f"/training/cases/{desk.trained.unanswered}/"),
        "invented_case_answered": ("Ana", f"/training/cases/{desk.trained.answered}/"),
        "training_read": ("Ana", f"/training/of/{desk.trained.mine.pk}/"),
        "trainings": ("Sam", "/training/all/"),
        "training_to_sign": ("Sam", f"/training/of/{desk.trained.to_sign.pk}/"),
        "training_not_begun": ("Sam", "/training/"),
        "invented_cases_write": ("Sam", "/training/set/write/"),
        "media": ("Ana", f"/cases/{desk.held.pk}/media/"),
        "priority": ("Ana", f"/cases/{desk.held.pk}/priority/"),
        "glass": ("Ana", f"/cases/{desk.others[0].pk}/"),
        "choices": ("Sam", f"/cases/{desk.held.pk}/choices/"),
        "access": ("Sam", f"/cases/{desk.others[0].pk}/access/"),
        "break_glass": ("Ana", f"/cases/{desk.others[1].pk}/access/emergency/"),
        "accesses": ("Sam", "/access/"),
        "back_again": ("Sam", f"/cases/{desk.back.pk}/"),
        "messages_of_who_came_back": ("Sam", f"/cases/{desk.back.pk}/messages/"),
        "missing": ("Ana", MISSING),
    }


def known(desk: Desk) -> Places:
    """What is known of a case, and how it is recorded."""
    return {
        "known": ("Sam", f"/cases/{desk.held.pk}/known/"),
        "much": ("Sam", f"/cases/{desk.much.pk}/known/"),
        "person": ("Ana", f"/cases/{desk.much.pk}/known/person/{desk.child.pk}/"),
        "role": ("Ana", f"/cases/{desk.much.pk}/known/role/{desk.child.pk}/"),
        "support": ("Ana", f"/cases/{desk.much.pk}/known/support/{desk.child.pk}/"),
        "sensitive": ("Ana", f"/cases/{desk.much.pk}/known/sensitive/{desk.child.pk}/"),
        "item": ("Ana", f"/cases/{desk.much.pk}/known/item/{desk.account.pk}/"),
        "circumstances": ("Ana", f"/cases/{desk.much.pk}/known/circumstances/"),
        "told": ("Ana", f"/cases/{desk.much.pk}/known/told/"),
        "corroboration": ("Ana", f"/cases/{desk.much.pk}/known/corroboration/"),
        "traces": ("Ana", f"/cases/{desk.much.pk}/known/evidence/"),
        "chat": ("Ana", f"/cases/{desk.much.pk}/known/evidence/?of=chat"),
        "lead": ("Ana", f"/cases/{desk.much.pk}/known/lead/"),
        "order": ("Ana", f"/cases/{desk.much.pk}/known/order/"),
        "payment": ("Ana", f"/cases/{desk.much.pk}/known/payment/"),
        "disclosure": ("Ana", f"/cases/{desk.much.pk}/known/disclosure/"),
        "identification": ("Ana", f"/cases/{desk.much.pk}/identification/"),
        "identification_empty": ("Sam", f"/cases/{desk.held.pk}/identification/"),
        "how_it_stands": ("Ana", f"/cases/{desk.much.pk}/known/identification/"),
        "clue": ("Ana", f"/cases/{desk.much.pk}/known/clue/"),
        "danger": ("Ana", f"/cases/{desk.held.pk}/known/danger/"),
        "items": ("Ana", f"/cases/{desk.held.pk}/known/items/"),
        "threat": ("Ana", f"/cases/{desk.held.pk}/known/threat/"),
        "identity": ("Ana", f"/cases/{desk.held.pk}/people/{desk.person.pk}/identity/"),
        "parts": ("Ana", f"/cases/{desk.held.pk}/items/{desk.item.pk}/people/"),
    }


def listed(desk: Desk) -> Places:
    """Lists, what met them, and what waits for a second person."""
    asked = Request.objects.get(kind="publish", done_at=None).pk
    return {
        "met": ("Ana", f"/cases/{desk.met.pk}/"),
        "lists": ("Ana", "/lists/"),
        "list": ("Sam", f"/lists/{desk.list.pk}/"),
        "tools": ("Sam", "/tools/"),
        "passed_over": ("Ana", f"/cases/{desk.passed_over.pk}/"),
        "list_read": ("Ana", f"/lists/{desk.list.pk}/"),
        "fetched": ("Sam", f"/lists/{desk.fetched.list_id}/"),
        "own": ("Sam", f"/lists/{HashList.objects.get(is_own=True).pk}/"),
        "decided": ("Ana", f"/cases/{desk.decided.pk}/"),
        "publish": ("Ana", f"/cases/{desk.held.pk}/items/{desk.files[0].pk}/publish/"),
        "published": ("Ana", f"/cases/{desk.done.pk}/items/{desk.files[2].pk}/publish/"),
        "publish_waits": ("Ana", f"/cases/{desk.done.pk}/items/{desk.files[1].pk}/publish/"),
        "publish_does": ("Sam", f"/cases/{desk.done.pk}/items/{desk.files[1].pk}/publish/"),
        "requests": ("Sam", "/requests/"),
        "request_does": ("Sam", f"/requests/{asked}/"),
        "request_waits": ("Ana", f"/requests/{asked}/"),
        "handovers": ("Sam", "/handovers/"),
        "agreements": ("Sam", "/agreements/"),
        "partner_desks": ("Sam", "/desks/"),
        "partners": ("Sam", "/desks/partners/"),
    }


def around(desk: Desk) -> Places:
    """People, machines, the directory, the log and the figures."""
    ana, service = desk.people["Ana"].pk, desk.acted.service.pk
    return {
        "handbook": ("Ana", "/handbook/"),
        "terms": ("Ana", "/terms/"),
        "glossary": ("Ana", "/glossary/"),
        "duty": ("Sam", "/duty/"),
        "yourself": ("Ana", "/yourself/"),
        "all_of_us": ("Sam", "/yourself/"),
        "bounds": ("Sam", "/yourself/organisation/"),
        "automatic": ("Ana", "/automatic/"),
        "me": ("Ana", "/me/"),
        "people": ("Ada", "/people/"),
        "people_add": ("Ada", "/people/add/"),
        "people_one": ("Ada", f"/people/{ana}/"),
        "people_lost": ("Ada", "/people/lost/"),
        "organisations": ("Ada", "/organisations/"),
        "organisation_person": ("Ada", f"/organisations/{desk.two.pk}/people/"),
        "machines": ("Ada", "/machines/"),
        "log": ("Aud", "/log/"),
        "numbers": ("Aud", "/numbers/"),
        "fairness": ("Aud", "/numbers/fairness/"),
        "directory": ("Lia", "/directory/"),
        "directory_kind": ("Lia", "/directory/service/"),
        "directory_add": ("Lia", "/directory/service/add/"),
        "directory_one": ("Lia", f"/directory/service/{service}/"),
        "directory_change": ("Lia", f"/directory/service/{service}/change/"),
        "directory_gaps": ("Lia", "/directory/gaps/"),
        "rules": ("Sam", "/directory/rules/"),
        "checklists": ("Lia", "/directory/checklists/"),
        "who_gets_what": ("Lia", "/directory/sharing/"),
        "who_gets_what_change": ("Sam", "/directory/sharing/change/"),
        "portal": ("Lia", "/directory/portal/"),
        "portal_change": ("Sam", "/directory/portal/change/"),
        "poster": ("Ada", "/poster/"),
        "short_texts": ("Ada", "/poster/?languages=en&languages=ar&size=a4"),
        "poster_sheet": ("Sam", "/poster/sheet/?languages=en&size=a4"),
        "checklist_load": ("Sam", "/directory/checklists/load/"),
        "rules_load": ("Sam", "/directory/rules/load/"),
        "call": ("Ana", "/call/"),
        "team": ("Sam", f"/cases/{desk.held.pk}/team/"),
        "teams": ("Psy", "/teams/"),
        "part": ("Psy", f"/cases/{desk.held.pk}/part/"),
        "part_of_the_charge": ("Pro", f"/cases/{desk.held.pk}/part/"),
        "find": ("Ana", "/find/"),
        "mandates": ("Sam", "/mandates/"),
    }


def acts(desk: Desk) -> Places:
    """What is done about a case."""
    acted = desk.acted
    step = {kind: one.pk for kind, one in acted.steps.items()}
    return {
        "plan": ("Ana", f"/cases/{acted.case.pk}/plan/"),
        "preserve": ("Ana", f"/cases/{acted.case.pk}/plan/preserve/"),
        "advise": ("Ana", f"/cases/{desk.advice.pk}/advise/"),
        "waiting": ("Sam", "/waiting/"),
        "notice_draft": ("Ana", f"/steps/{step['remove']}/notices/"),
        "notice": ("Ana", f"/notices/{acted.notice.pk}/"),
        "notice_approve": ("Ana", f"/steps/{step['remove']}/approve/"),
        "package_build": ("Ana", f"/steps/{step['authority']}/package/"),
        "package": ("Ana", f"/packages/{acted.package.pk}/"),
        "package_release": ("Sam", f"/packages/{acted.package.pk}/"),
        "referral_draft": ("Ana", f"/steps/{step['support']}/refer/"),
        "referral": ("Ana", f"/referrals/{acted.referral.pk}/"),
        "messages": ("Ana", f"/cases/{desk.held.pk}/messages/"),
        "hand_over": ("Sam", f"/cases/{desk.held.pk}/hand-over/"),
        "other_desks": ("Sam", f"/cases/{desk.waiting[0].pk}/desk/"),
        "came_from": ("Sam", f"/cases/{desk.taken.case_id}/desk/"),
        "came_back": ("Sam", f"/cases/{desk.returned.case_id}/desk/"),
        "close": ("Ana", f"/cases/{desk.answered.pk}/close/"),
        "alike": ("Ana", f"/cases/{desk.held.pk}/alike/"),
        "block": ("Ana", f"/cases/{desk.done.pk}/items/{desk.address.pk}/publish/"),
    }


def keeping(desk: Desk) -> Places:
    """How long things are kept, and what people ask of their own."""
    new, known, granted = (one.pk for one in desk.wishes)
    return {
        "retention": ("Aud", "/retention/"),
        "schedules": ("Ada", "/directory/schedules/"),
        "schedule_load": ("Sam", "/directory/schedules/load/"),
        "holds": ("Ana", f"/cases/{desk.done.pk}/holds/"),
        "holds_lift": ("Sam", f"/cases/{desk.done.pk}/holds/"),
        "lift": ("Sam", f"/requests/{acted_on.lifting(desk.holds[1]).pk}/"),
        "subjects": ("Sam", "/retention/requests/"),
        "sharing": ("Sam", "/sharing/"),
        "subject_new": ("Ana", f"/retention/requests/{new}/"),
        "subject_known": ("Sam", f"/retention/requests/{known}/"),
        "subject_granted": ("Sam", f"/retention/requests/{granted}/"),
        "destroy": ("Ana", f"/cases/{desk.held.pk}/media/{desk.original}/destroy/"),
        "look_at": ("Ana", f"/cases/{desk.held.pk}/media/{desk.original}/look/"),
        "erase": ("Ana", f"/cases/{desk.done.pk}/erase/"),
    }

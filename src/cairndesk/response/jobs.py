"""What `work` does for response: propose plans for classified cases, put out what people have sent, fetch lists, and have the log witnessed."""

import secrets
from datetime import datetime, timedelta
from threading import main_thread
from urllib.parse import urlsplit

import structlog
from django.conf import settings

from cairndesk.accounts.rules import SYSTEM
from cairndesk.cases.models import Case
from cairndesk.cases.queries import glass_untold
from cairndesk.config import Config, Log, Mail
from cairndesk.custody import beside
from cairndesk.custody.actions import lay_out_log, make_checkpoint
from cairndesk.custody.errors import LogRolledBack
from cairndesk.custody.models import Checkpoint
from cairndesk.custody.queries import entries_after, newest_checkpoint
from cairndesk.lib import clock
from cairndesk.lib.belt import Lane
from cairndesk.lib.errors import DeskError
from cairndesk.lib.progress import Progress, unwatched
from cairndesk.response import actions, queries
from cairndesk.response.actions import Ways, Witness
from cairndesk.response.adapters.egress import Egress
from cairndesk.response.adapters.lists import Reach
from cairndesk.response.adapters.smtp import Server
from cairndesk.response.adapters.timestamps import Authority, read_roots
from cairndesk.response.adapters.web import Web, origin
from cairndesk.response.adapters.witness import WitnessDoor
from cairndesk.response.models import AlarmPage
from cairndesk.response.queries.paging import hold_goes_to, pages_due, ringing_anywhere
from cairndesk.signals import sources
from cairndesk.signals.models import ListSource

log = structlog.get_logger()
_FETCHER, _VOUCHER = "response.lists", "response.witnesses"
# How often the log is filled up for others to see: each time takes up to 63 entries that say nothing.
_EVERY = timedelta(hours=1)
# Those that this process has compared our log with; the others are asked even if they have signed before.
_compared: set[str] = set()
# One turn must end soon, so that a full lane, or a mail server that does not answer, leaves room for the others.
LETTERS_A_TURN = 1
CASES_A_TURN = 50


def propose() -> int:
    """Lay what is missing of the plan of every classified case, and what cannot wait of those in danger; returns for how many.

    What was learned since a plan was laid holds its proposals back. Nothing in it goes out by itself.
    """
    laid = 0
    for due in (queries.without_a_plan, queries.learned_since):
        for case in due()[:CASES_A_TURN]:
            laid += _propose(case)
    return laid


def _propose(case: Case) -> bool:
    try:
        return bool(actions.propose_plan(case=case, facts=queries.facts_of(case), by=SYSTEM, now=clock.now()))
    except DeskError as failure:
        # One case that cannot be planned never holds up the others; it stays at its stage, where people see it.
        log.warning("case_not_planned", case=str(case.pk), code=failure.code)
        return False


def deliver() -> int:
    """Try the letter that is due first; returns how many arrived, and after one the belt comes back at once.

    Without a mail server they wait, and the health page says so.
    """
    mail: Mail = settings.CAIRNDESK.mail
    if not mail.host or not mail.sender:
        return 0
    server, egress, worker = server_of(mail), Egress([(mail.host, mail.port)]), f"work-{secrets.token_hex(8)}"
    due = queries.deliveries_due(clock.now())[:LETTERS_A_TURN]
    return sum(
        actions.deliver(delivery=one, server=server, egress=egress, sender=mail.sender, worker=worker, by=SYSTEM, now=clock.now()) for one in due
    )


def tell_supervisors() -> int:
    """Tell the supervisors of one emergency access by mail, the oldest first; returns how many were told of."""
    mail: Mail = settings.CAIRNDESK.mail
    now = clock.now()
    untold = glass_untold(due=now).select_related("grant__case__organisation") if mail.host and mail.sender else ()
    told = ((glass, mail.supervisors_of(glass.grant.case.organisation.slug)) for glass in untold)
    glass, recipients = next((one for one in told if one[1]), (None, []))
    if glass is None:
        return 0
    server, egress = server_of(mail), Egress([(mail.host, mail.port)])
    failure = actions.tell_of_glass(glass=glass, server=server, egress=egress, sender=mail.sender, recipients=recipients, now=now)
    if failure is not None:
        log.warning("supervisors_not_told", code=failure.code)
    return int(failure is None)


def page() -> int:
    """Send every alarm that nobody has answered to whoever is on duty and to the supervisors whose turn it is; returns how many pages arrived."""
    mail, now, ways = settings.CAIRNDESK.mail, clock.now(), _ways()
    done = 0
    for alarm in ringing_anywhere():
        for due in pages_due(alarm, supervisors=mail.supervisors_of(alarm.organisation.slug), now=now):
            code = _page(due, ways, now)
            if code:
                log.error("alarm_not_paged", organisation=str(alarm.organisation_id), code=code, turn=due.turn)
            done += not code
    return done


def page_holds() -> int:
    """Tell supervisors, and whoever is on duty, of every hold on notices that ran out; returns of how many somebody was told."""
    mail, now, ways = settings.CAIRNDESK.mail, clock.now(), _ways()
    done = 0
    for hold in queries.holds_to_page(now):
        to = hold_goes_to(hold, supervisors=mail.supervisors_of(hold.case.organisation.slug), now=now)
        failure = actions.page_hold(hold=hold, to=to, ways=ways, now=now)
        if failure is not None:
            log.warning("hold_not_paged", organisation=str(hold.case.organisation_id), code=failure.code)
        done += bool(to) and failure is None
    return done


def _ways() -> Ways:
    config: Config = settings.CAIRNDESK
    mail = config.mail
    way = (server_of(mail), Egress([(mail.host, mail.port)]), mail.sender) if mail.host and mail.sender else None
    return Ways(way, config.paging.places(), config.desk.origin)


def _page(due: AlarmPage, ways: Ways, now: datetime) -> str:
    """What was in the way of one page; empty where it arrived."""
    try:
        failure = actions.page(due=due, ways=ways, now=now)
    except Exception as fault:  # noqa: BLE001 - whatever becomes of one page, the next child's is sent
        return type(fault).__name__
    return failure.code if failure else ""


def send_letters() -> int:
    """Send the letter to a partner desk that is due first; returns how many arrived, and after one the belt comes back at once."""
    done, egress = 0, Egress(settings.CAIRNDESK.partners.places())
    for letter in queries.letters_due(clock.now())[:LETTERS_A_TURN]:
        web = Web(base=letter.crossing.partner.address, egress=egress, seconds=60.0, limit=64 * 1024)
        sent = actions.send_letter(letter=letter, web=web, worker=f"work-{secrets.token_hex(8)}", now=clock.now())
        if not sent:
            log.warning("letter_not_sent", letter=str(letter.pk), partner=str(letter.crossing.partner_id))
        done += sent
    return done


def remind() -> int:
    """Count a reminder for everything that waits too long for somebody outside; returns how many. A person sends the letter."""
    return actions.remind(now=clock.now())


def fetch_lists() -> int:
    """Fetch every list whose turn it is, until this process is to end; returns how many were brought up to date."""
    done = 0
    for source in sources.due(clock.now()):
        if not main_thread().is_alive():
            break
        done += fetch_one(source) is None
    return done


def fetch_one(source: ListSource, progress: Progress = unwatched) -> DeskError | None:
    """Fetch one list now, and say so in the log of the processes where that went wrong; returns what went wrong."""
    failure = actions.fetch_list(
        source=source,
        worker=f"work-{secrets.token_hex(8)}",
        reach=reach_of(settings.CAIRNDESK),
        by=SYSTEM,
        clock=clock.now,
        should_stop=lambda: not main_thread().is_alive(),
        progress=progress,
    )
    if failure is not None:
        log.warning("list_not_fetched", list=str(source.list_id), code=failure.code)
    return failure


def fetch_lists_beside() -> int:
    """The same in a thread: a list may be hours on its way, and reports must be taken in meanwhile. Returns how many were begun."""
    if beside.is_at_work(_FETCHER) or not (due := sources.due(clock.now())):
        return 0
    beside.begin(_FETCHER, fetch_lists, "lists_not_fetched")
    return len(due)


def vouch() -> int:
    """Have every witness sign the newest checkpoint that others may see, and each of them compare once after a start; returns how many signed.

    One that does not answer or does not sign holds up no other, and is asked again.
    """
    witnesses = witnesses_of(settings.CAIRNDESK)
    newest = _for_others(clock.now()) if witnesses else None
    if newest is None:
        return 0
    signed = 0
    for witness in witnesses:
        if witness.name in _compared and newest.cosignatures.filter(witness=witness.name).exists():
            continue
        try:
            actions.ask_witness(witness=witness, checkpoint=newest)
        except LogRolledBack as failure:
            log.error("desk_only_reads", witness=witness.name, code=failure.code)  # noqa: TRY400 - no trace: nothing went wrong in here
            return signed
        except DeskError as failure:
            log.warning("witness_did_not_sign", witness=witness.name, code=failure.code)
        else:
            _compared.add(witness.name)
            signed += 1
    if signed:
        lay_out_log(newest_checkpoint() or newest)
    return signed


def _for_others(now: datetime) -> Checkpoint | None:
    """The newest checkpoint that others may see. Once an hour, if anything was written, a new one is made; None before the first entry."""
    newest = newest_checkpoint(padded=True)
    if newest is not None and now - newest.made_at < _EVERY:
        return newest
    return make_checkpoint(now=now, padded=True) if entries_after(newest.size if newest else 0) else newest


def stamp() -> int:
    """Have the authority that the configuration names stamp one checkpoint a day; returns how many it stamped now."""
    own: Log = settings.CAIRNDESK.log
    if not own.authority or own.authority_roots is None or (newest := _for_others(clock.now())) is None:
        return 0
    try:
        authority = Authority(_web(own.authority), read_roots(own.authority_roots))
        return actions.stamp_log(authority=authority, checkpoint=newest, now=clock.now()) is not None
    except DeskError as failure:
        log.warning("log_not_stamped", code=failure.code)
        return 0


def vouch_beside() -> int:
    """Both in a thread, because whoever is asked may be slow to answer."""
    if settings.CAIRNDESK.log.witnesses or settings.CAIRNDESK.log.authority:
        beside.begin(_VOUCHER, lambda: vouch() + stamp(), "log_not_witnessed")
    return 0


def reach_of(config: Config) -> Reach:
    """What the sources of lists may be reached with, by the configuration."""
    own = config.lists
    return Reach(hosts=own.places(), credentials=own.credentials, folder=own.folder, scratch=config.data.absolute() / "signals")


def witnesses_of(config: Config) -> list[Witness]:
    """The witnesses that the configuration names, each reached at its own address and nowhere else; raises LogBroken for a key that is none."""
    return [Witness(key, WitnessDoor(_web(address))) for key, address in config.log.known()]


def _web(address: str) -> Web:
    _, host, port = origin(urlsplit(address))
    return Web(base=address, egress=Egress([(host, port)]), seconds=30.0, limit=64 * 1024)


def server_of(mail: Mail) -> Server:
    """The operator's mail server, with its password read from the file that the configuration names."""
    password = mail.password_file.read_text("utf-8").strip() if mail.password_file else ""
    return Server(mail.host, mail.port, mail.tls, mail.username, password)


LANES = (
    Lane(name="response.propose", turn=propose),
    Lane(name="response.deliver", turn=deliver),
    Lane(name="response.supervisors", turn=tell_supervisors, every=30.0),
    Lane(name="response.page", turn=page, every=2.0),
    Lane(name="response.holds", turn=page_holds, every=60.0),
    Lane(name="response.letters", turn=send_letters),
    Lane(name="response.remind", turn=remind, every=300.0),
    Lane(name="response.lists", turn=fetch_lists_beside, every=30.0),
    Lane(name="response.witnesses", turn=vouch_beside, every=60.0),
)

"""The shell around the core: one inbox, one thread that takes events out, effects to devices.

`Runtime.turn(now)` is a function; the thread only calls it in a loop, so that days can be
simulated in seconds.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from kiosk.core import flow, jobs, night
from kiosk.core.books import Query
from kiosk.core.capabilities import Machine
from kiosk.core.clock import Now
from kiosk.core.errors import LedgerCorrupt, Refused, StorageFailed
from kiosk.core.guest.help import HelpAlone
from kiosk.core.ids import DeviceId, JobId, note_device
from kiosk.core.journey import Step, offered, paper_effects
from kiosk.core.ledger import Entry
from kiosk.core.maintenance import GetVolume
from kiosk.core.messages import (
    AcceptCoins,
    AcceptNotes,
    AcceptorChanged,
    AcknowledgeCoin,
    AcknowledgeNote,
    AcknowledgePayOut,
    CancelPayment,
    DispenseCoins,
    Effect,
    EnrolCards,
    Event,
    HoursChanged,
    Light,
    LookUpPayment,
    LookUpPayOut,
    PretendNote,
    PrintFiscalX,
    PrintSlip,
    RecallCoins,
    RecallNote,
    RefuseCoins,
    RefuseNotes,
    RequestPayment,
    ResetAcceptor,
    ReturnNote,
    ReversePayment,
    Role,
    RulesChanged,
    Sound,
    SpaceChanged,
    Speak,
    StackNote,
    StartErrand,
    StopEnrolling,
    TimePassed,
    Touched,
    TurnVolume,
    VenueChanged,
)
from kiosk.core.shifts import CloseOverdueShift, CurrentShift
from kiosk.core.situation import Situation, Welcome
from kiosk.core.slips import SlipDocument
from kiosk.core.tasks import GetRules
from kiosk.core.terminal_payments import GetTerminalPayment
from kiosk.core.venue import Venue

T = TypeVar("T")
log = logging.getLogger(__name__)

SPACE_CHECK_S = 5.0
IDLE_S = 20.0
"""So long must nobody have been there before the store may tidy up."""

DESK = ("staff", "cli")
"""Actors whose paper the kiosk prints; a till prints its own, a guest's journey the guest's."""

ENDING = "the kiosk is ending; nothing was done"

JOBS_PER_TURN_MAX = 8
"""So many steps with fiscal device and terminal at most; the rest in the next turn."""

EVENTS_PER_TURN_MAX = 100
"""So many events at most before the screen is told."""


class Doer(Protocol):
    """What takes the effects of one device: its worker."""

    def do(self, effect: Effect) -> None:
        """Queue an effect; never waits."""


def _nobody_goes(errand: StartErrand) -> None:
    log.error("nobody goes on errands here: %s", errand)


@dataclass(frozen=True)
class Told:
    """What a turn of the core changed: new entries, the machine's devices.

    `failed`: the books cannot be written any more (S-01); then there are no entries.
    """

    entries: tuple[Entry, ...]
    machine: Machine
    machine_changed: bool
    failed: bool = False


Listener = Callable[[Told], None]
"""Takes what changed, in the core thread; must not wait, must not raise."""


@dataclass(frozen=True)
class Request:
    """Something to be done in the core thread for another thread, which waits for the answer."""

    work: Callable[[Runtime, Now], Any]
    answer: Future[Any]


class InboxFull(ConnectionError):
    """The core does not keep up; try again in a moment."""


class Inbox:
    """The one bounded queue of everything that happens.

    Devices wait when it is full; touches are dropped and counted; requests are refused.
    """

    def __init__(self, events_max: int) -> None:
        self._events_max = events_max
        self._items: deque[Event | Request] = deque()
        self._changed = threading.Condition()
        self._open = True
        self.dropped = 0
        """Touches that did not fit."""

    def put(self, event: Event) -> None:
        """Add what a device says; waits while the inbox is full."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._items) < self._events_max or not self._open)
            if self._open:
                self._items.append(event)
                self._changed.notify_all()

    def touch(self, button: str, page: int) -> bool:
        """Add a touch; false when there is no room for it."""
        with self._changed:
            if len(self._items) >= self._events_max:
                self.dropped += 1
                return False
            self._items.append(Touched(button, page))
            self._changed.notify_all()
            return True

    def ask(self, work: Callable[[Runtime, Now], T], timeout_s: float = 10.0) -> T:
        """Have `work` done in the core thread, between two events, and wait for its answer.

        Raises:
            InboxFull: there is no room.
            ConnectionError: the kiosk is ending.
            TimeoutError: no answer in time; the work may still be done.
            Exception: whatever the work raised.
        """
        request = self.request(work)
        try:
            answer: T = request.result(timeout_s)
        except TimeoutError:
            if request.done():
                raise
            told = f"no answer in {timeout_s:g} s; what was asked for may still be done"
            raise TimeoutError(told) from None
        return answer

    def request(self, work: Callable[[Runtime, Now], T]) -> Future[T]:
        """As `ask`, for who waits for the answer in a way of its own.

        Raises:
            InboxFull: there is no room.
            ConnectionError: the kiosk is ending.
        """
        request = Request(work, Future())
        with self._changed:
            if not self._open:
                raise ConnectionError(ENDING)
            if len(self._items) >= self._events_max:
                raise InboxFull("the kiosk is busy; try again in a moment")
            self._items.append(request)
            self._changed.notify_all()
        return request.answer

    @property
    def waiting(self) -> int:
        """How much waits for the core; for any thread."""
        return len(self._items)

    def take(self, limit: int) -> list[Event | Request]:
        """Up to `limit` items, oldest first, without waiting."""
        with self._changed:
            taken = [self._items.popleft() for _ in range(min(limit, len(self._items)))]
            if taken:
                self._changed.notify_all()
            return taken

    def wait(self, timeout_s: float) -> None:
        """Wait until something is there, `timeout_s` at most."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._items) or not self._open, timeout_s)

    def close(self) -> None:
        """Let nobody wait any more: whoever asked is told that nothing was done."""
        with self._changed:
            self._open = False
            left = [item for item in self._items if isinstance(item, Request)]
            self._items.clear()
            self._changed.notify_all()
        for request in left:
            if request.answer.set_running_or_notify_cancel():
                request.answer.set_exception(ConnectionError(ENDING))
        if self.dropped:
            log.warning("%d touches did not fit into the inbox", self.dropped)


class Runtime:
    """The core thread's state: venue, situation, and where effects go.

    Args:
        inbox: where everything comes in.
        venue: the books.
        situation: where the journey begins.
        devices: what takes each device's effects.
        roles: the role of each device.
        show: told of each new situation, in the core thread; must not wait.
        min_free_bytes: below it no note is taken.
        errands: who goes on an errand, and tells of it through the inbox; must not wait.
    """

    def __init__(
        self,
        inbox: Inbox,
        venue: Venue,
        situation: Situation,
        *,
        devices: Mapping[DeviceId, Doer],
        roles: Mapping[DeviceId, Role],
        show: Callable[[Situation, Now], None],
        min_free_bytes: int,
        errands: Callable[[StartErrand], None] = _nobody_goes,
    ) -> None:
        self.inbox = inbox
        self.venue = venue
        self.situation = situation
        self.listeners: list[Listener] = []
        """Told after each turn that changed something; see `Told`."""
        self.jobs = jobs.Jobs()
        """What fiscal device and terminal were asked."""
        self.failure: Exception | None = None
        """Why the books cannot be written any more; the process has to end (exit code 75)."""
        self._devices = devices
        self._roles = roles
        self._show = show
        self._errands = errands
        self._min_free_bytes = min_free_bytes
        self._told_seq = venue.ledger.seq
        self._told_failed = False
        self._space_at_s = 0.0
        self._tidied_at_s = 0.0
        self._guest_at_s = 0.0
        self._hours_at = datetime.min.replace(tzinfo=UTC)

    def begin(self, now: Now) -> None:
        """Show the first situation and its light."""
        volume = self.venue.ask(GetVolume(), now)
        self._effects((TurnVolume(volume), Light(flow.lights(self.situation))))
        self._show(self.situation, now)

    def turn(self, now: Now) -> None:
        """Take out what is there, in order; tell the screen; do what is due."""
        before = self.situation
        for item in self.inbox.take(EVENTS_PER_TURN_MAX):
            if isinstance(item, Request):
                self._answer(item, now)
            else:
                self._step(item, now)
                if isinstance(item, jobs.Heard) and self.failure is None:
                    self._work(jobs.heard(self.jobs, item, self.venue, now), now)
        due = flow.due(self.situation)
        if due is not None and now.mono_s >= due:
            self._step(TimePassed(), now)
        if not self.situation.house.trial:
            # Else it would be done twice: in a copy of the books now, and then in the books.
            self._look_at_the_hours(now)
            self._end_sessions(now)
            self._ask_devices(now)
            self._look_at_the_disk(now)
        if self.situation is not before:
            self._show(self.situation, now)
        self._tell(before.machine)

    def _tell(self, machine: Machine) -> None:
        first, last = self._told_seq + 1, self.venue.ledger.seq
        changed = self.situation.machine != machine
        failed = self.failure is not None
        self._told_seq = last
        if not self.listeners or not (changed or first <= last or failed != self._told_failed):
            return
        self._told_failed = failed
        # What was written before a disk failed may not be readable any more.
        entries = () if failed else tuple(self.venue.ledger.between(first, last))
        for listener in self.listeners:
            listener(Told(entries, self.situation.machine, changed, failed))

    def wait_s(self, now: Now) -> float:
        """How long until a turn has something to do, if nothing comes in."""
        due = flow.due(self.situation)
        wait_s = 1.0 if due is None else min(1.0, due - now.mono_s)
        idle = self.failure is not None or self.situation.house.trial
        ends = None if idle else self.venue.due_in_s(now)
        return max(0.0, wait_s if ends is None else min(wait_s, ends))

    def idle_s(self, now: Now) -> float:
        """For so long nobody has been at the screen; 0: somebody is."""
        if not isinstance(self.situation.scene, (Welcome, HelpAlone)):
            return 0.0
        return now.mono_s - self._guest_at_s

    def command(self, command: object, *, actor: str, key: str, now: Now) -> Entry | Refused:
        """Carry out a command that comes from outside the journey; the screen follows it.

        Raises:
            StorageFailed: as `Venue.do`; or the books failed earlier, and nothing was written.
        """
        if self.failure is not None:
            raise StorageFailed(f"the kiosk is out of service: {self.failure}")
        seq = self.venue.ledger.seq
        done = self.venue.do(command, actor=actor, key=key, now=now)
        if self.venue.ledger.seq != seq:
            self._step(VenueChanged(self.venue.ledger.seq), now)
            if isinstance(done, Entry) and actor.partition(":")[0] in DESK:
                self._print_paper(done, now)
        return done

    def _print_paper(self, entry: Entry, now: Now) -> None:
        self._effects(paper_effects(Step(self.situation, self.venue, now), entry))

    def ask(self, query: Query[T], *, actor: str, now: Now) -> T:
        """Ask the venue for somebody outside; raises what `Venue.ask` does."""
        return self.venue.ask(query, now, actor)

    def print_slip(self, job: JobId, now: Now) -> None:
        """Print a slip again for staff, marked COPY.

        Raises:
            Refused: there is no such slip, or nothing can be printed now.
        """
        if offered(self.situation).receipts != "":
            raise Refused("err.printer")
        self._effects((PrintSlip(job, self.venue.ask(SlipDocument(job), now)),))

    def print_fiscal_x(self) -> None:
        """Print the X of the fiscal device's own shift.

        Raises:
            Refused: there is no such device, or it does not answer.
        """
        found = self.situation.machine.of("fiscal")
        if not found or not found[0][1].up:
            raise Refused("why.fiscal_off" if found else "why.no_fiscal_device")
        self._effects((PrintFiscalX(),))

    def _answer(self, request: Request, now: Now) -> None:
        if not request.answer.set_running_or_notify_cancel():
            return  # Who asked has given up before anything was done: nothing is.
        try:
            answer = request.work(self, now)
        except Exception as error:  # the one who asked gets it; our own mistakes show there
            if isinstance(error, (StorageFailed, LedgerCorrupt)) and self.failure is None:
                self._fail(error)
            request.answer.set_exception(error)
        else:
            request.answer.set_result(answer)

    def _step(self, event: Event, now: Now) -> None:
        if isinstance(event, AcceptorChanged) and event.detail:
            # Such as a bill table in another currency: the screen only says that cash is closed.
            log.warning("%s is %s: %s", event.device, event.state, event.detail)
        if self.failure is not None:
            return
        try:
            self.situation, effects = flow.step(self.situation, event, self.venue, now)
        except (StorageFailed, LedgerCorrupt) as error:
            self._fail(error)
            return
        self._effects(effects)
        self.jobs = jobs.told_to_stop(self.jobs, effects, now)

    def _fail(self, error: Exception) -> None:
        """S-01: take nothing more, say so. The acceptor returns a note in escrow by itself."""
        log.critical("the books cannot be written: %s", error)
        self.failure = error
        self.situation = flow.close(self.situation)
        acceptors = [d for d, role in self._roles.items() if role == "acceptor"]
        self._effects(tuple(RefuseNotes(d) for d in acceptors))
        coins = [d for d, role in self._roles.items() if role == "coins"]
        self._effects(tuple(RefuseCoins(d) for d in coins))
        # A card that is made genuine now could not be put on record.
        self._effects(tuple(StopEnrolling(d) for d in self.situation.house.checks))
        self._effects((Light(flow.lights(self.situation)),))

    def _effects(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            if isinstance(effect, StartErrand):
                self._errands(effect)
                continue
            for device in self._takers(effect):
                self._devices[device].do(effect)

    def _takers(self, effect: Effect) -> list[DeviceId]:
        match effect:
            case AcceptNotes(device) | RefuseNotes(device) | ResetAcceptor(device):
                return [device]
            case PretendNote(device) | EnrolCards(device) | StopEnrolling(device):
                return [device]
            case AcceptCoins(device) | RefuseCoins(device) | RecallCoins(device):
                return [device]
            case RecallNote(device):
                return [device]
            case DispenseCoins(device) | LookUpPayOut(device):
                return [device]
            case AcknowledgePayOut():
                return [d for d, role in self._roles.items() if role == "hopper"]
            case AcknowledgeCoin(coin):
                return [note_device(coin)]
            case StackNote(note) | ReturnNote(note) | AcknowledgeNote(note):
                return [note_device(note)]
            case PrintSlip():
                return [d for d, role in self._roles.items() if role == "printer"][:1]
            case Light() | Sound() | TurnVolume():
                return [d for d, role in self._roles.items() if role == "lights"]
            case Speak():
                return [d for d, role in self._roles.items() if role == "speech"][:1]
            case RequestPayment() | LookUpPayment() | CancelPayment() | ReversePayment():
                return [d for d, role in self._roles.items() if role == "payment"][:1]
            case _:
                return [d for d, role in self._roles.items() if role == "fiscal"][:1]

    def _end_sessions(self, now: Now) -> None:
        """End the sessions whose time is over, to the second, whoever stands before the screen."""
        if self.failure is not None:
            return
        try:
            for command, key in self.venue.due(now):
                done = self.command(command, actor="kiosk", key=key, now=now)
                if isinstance(done, Refused):
                    # The next start asks again; until then nothing else would be done.
                    log.error("session %s cannot be ended: %s", command.session, done)
                    self.venue.give_up(command.session)
        except (StorageFailed, LedgerCorrupt) as error:
            if self.failure is None:
                self._fail(error)

    def _ask_devices(self, now: Now) -> None:
        """Ask fiscal device and terminal for what is due, each step on the disk before it."""
        for _ in range(JOBS_PER_TURN_MAX):
            if self.failure is not None:
                return
            work = jobs.due(self.jobs, self.situation.machine, self.venue, now)
            if work is None:
                return
            self._work(work, now)

    def _work(self, work: jobs.Work, now: Now) -> None:
        self.jobs = work.after
        try:
            if work.command is not None:
                seq = self.venue.ledger.seq
                done = self.command(work.command, actor="kiosk", key=work.key, now=now)
                if isinstance(done, Refused):
                    log.error("%s is refused: %s", work.key, done)
                    return
                if self.venue.ledger.seq != seq and not self._of_a_guest(done, now):
                    # Of a payment that ended in time: whoever asked for it still stands there.
                    self._print_paper(done, now)
        except (StorageFailed, LedgerCorrupt) as error:
            if self.failure is None:
                self._fail(error)
            return
        self._effects(work.effects)

    def _look_at_the_hours(self, now: Now) -> None:
        """The venue opens and closes by the clock, as far as it can be trusted."""
        known = self.situation
        due = known.opening.until is not None and now.wall >= known.opening.until
        set_back, self._hours_at = now.wall < self._hours_at, now.wall
        dark = night.falls(known.house.night, known.venue.time_zone, now)
        if due or set_back or now.synced != known.clock_synced or dark != known.dark:
            self._step(HoursChanged(), now)

    def _of_a_guest(self, entry: Entry, now: Now) -> bool:
        """Whether a guest began the payment that this is about: his journey prints his paper."""
        payment = self.venue.ask(GetTerminalPayment(entry.refs.get("payment", "")), now)
        return payment is not None and payment.actor == "guest"

    def _look_at_the_disk(self, now: Now) -> None:
        if not isinstance(self.situation.scene, (Welcome, HelpAlone)):
            self._guest_at_s = now.mono_s
        if self.failure is None:
            try:
                self._tidy(now)
            except (StorageFailed, LedgerCorrupt) as error:
                self._fail(error)

    def _tidy(self, now: Now) -> None:
        if now.mono_s - self._space_at_s >= SPACE_CHECK_S:
            self._space_at_s = now.mono_s
            low = self.venue.store.free_bytes() < self._min_free_bytes
            if low != self.situation.machine.space_low:
                self._step(SpaceChanged(low), now)
            self._look_at_the_rules(now)
        quiet = now.mono_s - self._guest_at_s >= IDLE_S
        if quiet and now.mono_s - self._tidied_at_s >= IDLE_S:
            self._tidied_at_s = now.mono_s
            self._close_overdue(now)
            self.venue.idle()

    def _look_at_the_rules(self, now: Now) -> None:
        """A shift may be missing, or too long, and the venue may have become fiscal (E82)."""
        house, machine = self.situation.house, self.situation.machine
        fiscal = bool(machine.of("fiscal"))
        rules = self.venue.ask(GetRules(house.needs_shift, house.needs_receipt, fiscal), now)
        if rules != RulesChanged(machine.shift, machine.receipt):
            self._step(rules, now)

    def _close_overdue(self, now: Now) -> None:
        """Close a shift that is open for too long; what hinders it is over at another time."""
        shift = self.venue.ask(CurrentShift(), now)
        if shift is not None and shift.overdue:
            key = f"overdue:{shift.id}"
            close = CloseOverdueShift(shift.id, self.situation.house.language)
            done = self.command(close, actor="kiosk", key=key, now=now)
            if isinstance(done, Entry):
                self._print_paper(done, now)
            log.warning("shift %d is open for too long: %s", shift.number, _told(done))


def _told(done: Entry | Refused) -> str:
    return f"not closed: {done}" if isinstance(done, Refused) else "closed without a count"

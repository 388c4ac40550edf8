"""A9. The devices: how each is, what to do about a fault, and a test of each.

What a device says stands in the situation's `machine`; a page only keeps what somebody does with
it. A note that is tried goes back; a coin cannot, and is a claim of whoever tries it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, get_args

from kiosk.core import device_faults
from kiosk.core.capabilities import fault_of
from kiosk.core.cards import masked
from kiosk.core.desk import device_ports, doctor, genuine, hopper, machine, updates
from kiosk.core.desk.frame import At, Section
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.desk_paper import IssueTestPage
from kiosk.core.errands import LookAtMachine, MachineLook
from kiosk.core.errors import Refused
from kiosk.core.fault_signs import FaultWord
from kiosk.core.ids import DeviceId, JobId
from kiosk.core.journey import offered
from kiosk.core.ledger import Entry
from kiosk.core.maintenance import RecordMaintenance
from kiosk.core.messages import (
    AcceptNotes,
    AskFiscalStatus,
    CardPresented,
    CardRefused,
    ErrandTold,
    Event,
    LightPattern,
    NoteEscrowed,
    NoteRejected,
    NoteReturned,
    ResetAcceptor,
    ReturnNote,
    Role,
    Signal,
    SlipFailed,
    SlipPrinted,
    Sound,
    Tone,
)
from kiosk.core.money import Money

SEEN_MAX = 8
"""So many cards or notes of a test are listed."""

PATTERNS: tuple[LightPattern, ...] = get_args(LightPattern)

Printing = Literal["", "printing", "printed", "failed"]


@dataclass(frozen=True)
class Sheet:
    """A test page: its job, how it came out, and the printer's word for why it did not."""

    job: JobId | Literal[""] = ""
    state: Printing = ""
    reason: str = ""


@dataclass(frozen=True)
class Devices(Page):
    """Every device in a tile; the books and the machine itself beside them.

    `look` is what the machine last said of itself, `errand` the question; `entries` counts those
    of the books, `free_bytes` what the disk has.
    """

    section: ClassVar[SectionName] = "devices"

    errand: str
    entries: int
    free_bytes: int
    look: MachineLook | None = None


@dataclass(frozen=True)
class DevicePage(Page):
    """One device: how it is, what was wrong, what can be tested; `sheet` is a printer's test."""

    section: ClassVar[SectionName] = "devices"

    device: DeviceId
    sheet: Sheet = Sheet()


@dataclass(frozen=True)
class Mending(Page):
    """What to do about a fault, step by step; after the last one, what the device says then."""

    section: ClassVar[SectionName] = "devices"

    device: DeviceId
    fault: FaultWord
    step: int = 1

    @property
    def remedy(self) -> device_faults.Remedy:
        """What helps."""
        return device_faults.REMEDIES[self.fault]

    @property
    def over(self) -> bool:
        """All steps are done."""
        return self.step > self.remedy.steps


@dataclass(frozen=True)
class LampTest(Page):
    """Every pattern of the lights, one after another; the lights show it (`flow.lights`)."""

    section: ClassVar[SectionName] = "devices"

    device: DeviceId
    at: int = 0

    @property
    def pattern(self) -> LightPattern:
        """What the lights show now."""
        return PATTERNS[self.at]


@dataclass(frozen=True)
class NoteSeen:
    """A note of a test: its value, and whether it is back in somebody's hand."""

    note: str
    value: Money
    back: bool = False


@dataclass(frozen=True)
class NoteTest(Page):
    """Notes go in and come back; while this page stands the acceptor takes them (`flow`).

    `rejected` are the acceptor's words for those that it did not take in.
    """

    section: ClassVar[SectionName] = "devices"

    device: DeviceId
    seen: tuple[NoteSeen, ...] = ()
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True)
class CoinTest(Page):
    """Coins are let in (`coin_top_up`). One stays in the box, and whoever tries it gets a ticket.

    `rejected` are the acceptor's words for those that fell through.
    """

    section: ClassVar[SectionName] = "devices"

    device: DeviceId
    seen: tuple[Money, ...] = ()
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True)
class CardSeen:
    """A card of a test: which reader, how, the number as people may see it, or why it has none."""

    device: DeviceId
    signal: Signal
    masked: str = ""
    problem: str = ""


@dataclass(frozen=True)
class CardTest(Page):
    """Cards are held to a reader or pulled through it; nothing comes of it."""

    section: ClassVar[SectionName] = "devices"

    device: DeviceId
    seen: tuple[CardSeen, ...] = ()


@dataclass(frozen=True)
class Checked(Page):
    """Everything was tested that needs no hand; the rest is listed."""

    section: ClassVar[SectionName] = "devices"

    sheet: Sheet = Sheet()


def role_of(at: At, device: DeviceId) -> Role:
    """What a device is for.

    Raises:
        Refused: ``err.no_such_device``: it is not declared.
    """
    state = at.situation.machine.devices.get(device)
    if state is None:
        raise Refused("err.no_such_device")
    return state.role


def _open(at: At) -> Page:
    return Devices(at.errand(LookAtMachine()), *_books(at))


def _books(at: At) -> tuple[int, int]:
    return at.step.venue.ledger.seq, at.step.venue.store.free_bytes()


# --- touches -----------------------------------------------------------------------------------


def _touched(at: At, page: Page, name: str, argument: str) -> Page:
    if isinstance(page, machine.MachinePage) and name == "updates":
        return updates.opened(at, page.look)
    if isinstance(page, machine.PAGES):
        return machine.touched(at, page, name, argument) or _open(at)
    if isinstance(page, updates.UpdatesPage):
        return updates.touched(at, page, name, argument) or machine.opened(at, page.machine)
    if isinstance(page, device_ports.PortChoice):
        return device_ports.touched(at, page, name, argument) or DevicePage(page.device)
    if isinstance(page, hopper.HopperPage):
        return hopper.touched(at, page, name, argument) or _open(at)
    if isinstance(page, doctor.CheckUpPage):
        return doctor.touched(at, page, name) or _open(at)
    match page, name:
        case Devices(), "device":
            device = DeviceId(argument)
            role_of(at, device)
            return DevicePage(device)
        case Devices(look=look), "machine":
            return machine.opened(at, look)
        case Devices(), "doctor":
            return doctor.opened(at)
        case Devices(), "test_all":
            return _test_all(at)
        case Devices(), _:
            return page
        case DevicePage() | Checked(), "try_note" | "try_coin" | "try_card" | "try_lamps":
            return _by_hand(at, name, DeviceId(argument))
        case DevicePage(device), "hopper" if role_of(at, device) == "hopper":
            return at.turn(hopper.opened(at, device))
        case DevicePage(device), "make_genuine":
            return at.turn(genuine.opened(at, device))
        case DevicePage(), _:
            return _touched_device(at, page, name)
        case genuine.MakingGenuine(device), "back":
            return DevicePage(device)
        case Mending(), _:
            return _touched_mending(at, page, name)
        case LampTest(device, n), "pattern" if argument in ("next", "before"):
            return LampTest(device, (n + (1 if argument == "next" else -1)) % len(PATTERNS))
        case LampTest(), "tone":
            return _tone(at, page, argument)
        case LampTest(device) | NoteTest(device) | CoinTest(device) | CardTest(device), "back":
            return DevicePage(device)
        case Checked(), "back":
            return _open(at)
        case Checked(), "test_all":
            return _test_all(at)
        case _:
            return page


def _touched_device(at: At, page: DevicePage, name: str) -> Page:
    device = page.device
    fault = fault_of(at.situation.machine.devices[device])
    match name:
        case "back":
            return _open(at)
        case "mend" if fault is not None:
            return Mending(device, fault)
        case "test_page" if role_of(at, device) == "printer":
            return replace(page, sheet=_print(at))
        case "new_roll" if at.situation.machine.devices[device].roll_mm:
            if isinstance(at.do(RecordMaintenance("new_roll", device), "roll"), Entry):
                at.say("desk.devices.new_roll")
            return page
        case "start_over" if role_of(at, device) == "acceptor":
            _start_over(at, device)
            return page
        case "port":
            return device_ports.opened(at, device)
        case _:
            return page


def _by_hand(at: At, name: str, device: DeviceId) -> Page:
    """A test that somebody has to help with."""
    match role_of(at, device), name:
        case "acceptor", "try_note" if at.may("RecordMaintenance"):
            return NoteTest(device)
        case "coins", "try_coin" if at.may("RecordMaintenance"):
            return CoinTest(device)
        case "reader", "try_card":
            return CardTest(device)
        case "lights", "try_lamps":
            return LampTest(device)
        case _:
            raise Refused("err.not_allowed")


def _tone(at: At, page: LampTest, argument: str) -> Page:
    tone: Tone = "attention" if argument == "attention" else "ok"
    at.send(Sound(tone))
    return page


def _touched_mending(at: At, page: Mending, name: str) -> Page:
    match name:
        case "done" if not page.over:
            made = replace(page, step=page.step + 1)
            if made.over and page.remedy.starts_over and at.may("RecordMaintenance"):
                _start_over(at, page.device)
            return at.turn(made)
        case "back" if page.step > 1 and not page.over:
            return at.turn(replace(page, step=page.step - 1))
        case "again":
            fault = fault_of(at.situation.machine.devices[page.device])
            return at.turn(Mending(page.device, fault or page.fault))
        case "back" | "device":
            return DevicePage(page.device)
        case "test_page" if page.over and role_of(at, page.device) == "printer":
            return DevicePage(page.device, _print(at))
        case "try_note" | "try_coin" | "try_card" | "try_lamps" if page.over:
            return _by_hand(at, name, page.device)
        case _:
            return page


def _start_over(at: At, device: DeviceId) -> None:
    done = at.do(RecordMaintenance("acceptor_reset", device), "reset")
    if isinstance(done, Entry):
        at.send(ResetAcceptor(device))
        at.say("desk.devices.starts_over")


def _print(at: At) -> Sheet:
    off = offered(at.situation).receipts
    done = at.do(IssueTestPage(at.language), "page")
    if isinstance(done, Refused):
        return Sheet()
    job = JobId(str(done.refs["slip"]))
    if off:
        return Sheet(job, "failed", off)
    return Sheet(job, "printing")


def _test_all(at: At) -> Page:
    printers = at.situation.machine.of("printer")
    sheet = _print(at) if printers and at.may("IssueTestPage") else Sheet()
    at.send(Sound("ok"))
    if at.situation.machine.of("fiscal"):
        at.send(AskFiscalStatus())
    return at.turn(Checked(sheet))


# --- what else happens -------------------------------------------------------------------------


def _heard(at: At, page: Page, event: Event) -> Page | None:
    match page, event:
        case Devices(errand), ErrandTold(errand=told) if told == errand:
            look = event.result
            return replace(page, look=look if isinstance(look, MachineLook) else None)
        case ((DevicePage() | Checked()), (SlipPrinted() | SlipFailed())):
            if page.sheet.job != event.job:
                return None
            return replace(page, sheet=_ended(page.sheet, event))
        case NoteTest(device), NoteEscrowed(device=told) if told == device:
            at.send(ReturnNote(event.note))
            seen = (NoteSeen(event.note, event.value), *page.seen)
            return replace(page, seen=seen[:SEEN_MAX])
        case NoteTest(device), NoteReturned(device=told) if told == device:
            if all(s.back or s.note != event.note for s in page.seen):
                return None
            seen = tuple(replace(s, back=s.back or s.note == event.note) for s in page.seen)
            return replace(page, seen=seen)
        case NoteTest(device), NoteRejected(device=told) if told == device:
            return replace(page, rejected=(event.reason, *page.rejected)[:SEEN_MAX])
        case CardTest(device), (CardPresented(device=told) | CardRefused(device=told)):
            return page if told != device else _card(at, page, event)
        case genuine.MakingGenuine(), _:
            return genuine.heard(at, page, event)
        case device_ports.PortChoice(), ErrandTold():
            return device_ports.heard(at, page, event)
        case doctor.CheckUpPage(), ErrandTold():
            return doctor.heard(at, page, event)
        case _ if isinstance(page, machine.PAGES):
            return machine.heard(at, page, event)
        case _ if isinstance(page, updates.UpdatesPage):
            return updates.heard(at, page, event)
        case _:
            return None


def _ended(sheet: Sheet, event: SlipPrinted | SlipFailed) -> Sheet:
    if isinstance(event, SlipPrinted):
        return replace(sheet, state="printed", reason="")
    return replace(sheet, state="failed", reason=event.reason)


def _card(at: At, page: CardTest, event: CardPresented | CardRefused) -> CardTest:
    """A card was read: its number as people may see it, whatever it would be good for."""
    if isinstance(event, CardRefused):
        told = CardSeen(event.device, event.signal, problem=event.reason)
    else:
        told = _read(at, event)
    return replace(page, seen=(told, *page.seen)[:SEEN_MAX])


def _read(at: At, event: CardPresented) -> CardSeen:
    try:
        read = at.recognised(event)
    except Refused:
        return CardSeen(event.device, event.signal, problem="no_rule")
    return CardSeen(event.device, event.signal, masked(read.number))


def _fresh(at: At, page: Page) -> Page:
    match page:
        case Devices():
            entries, free_bytes = _books(at)
            return replace(page, entries=entries, free_bytes=free_bytes)
        case hopper.HopperPage():
            return hopper.fresh(at, page)
        case NoteTest(device):
            state = at.situation.machine.devices[device]
            if state.up and state.acceptor == "disabled":
                # It started over meanwhile, and has forgotten that it may take notes.
                at.send(AcceptNotes(device, at.venue.faces))
            return page
        case _:
            return page


SECTION = Section("devices", frozenset(), _open, _touched, _heard, _fresh)

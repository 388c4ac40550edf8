"""What the kiosk can offer now, given what works.

Two questions with one source. `of` is what the welcome screen tells: which devices answer.
`offers` is the whole table: for each thing that a guest may want, why it is not there, or "".
docs/capabilities.md prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, get_args

from kiosk.core import fault_signs
from kiosk.core.errors import Cause
from kiosk.core.fault_signs import FaultWord
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcceptorChanged,
    AcceptorState,
    CareChanged,
    CareWord,
    Contact,
    ContactsChanged,
    DeviceDown,
    DeviceUp,
    FiscalStatus,
    HopperChanged,
    HopperStands,
    HopperState,
    PrinterChanged,
    Role,
    RollTold,
    RulesChanged,
    SpaceChanged,
)
from kiosk.core.money import Money

AT_REST: tuple[AcceptorState, ...] = ("ready", "disabled")
"""In these an acceptor has nothing in it, and has told all that it will tell of what was."""


@dataclass(frozen=True)
class DeviceState:
    """What a device last said. `up` is None until it was tried for the first time."""

    role: Role
    up: bool | None = None
    detail: str = ""
    acceptor: AcceptorState = "disabled"
    paper: Literal["ok", "low", "out"] = "ok"
    cover_open: bool = False
    error: str = ""
    fiscal_shift: Literal["", "closed", "open", "expired"] = ""
    """Of a fiscal device; empty until it has told."""
    caught_up: bool = False
    """An acceptor that was at rest since it came: what it tells now happens now, not before."""
    recalled: bool = False
    """A coin acceptor was given back the mark that is on the books, and tells of coins since; a
    hopper was asked what became of the pay-out that is on the books."""
    hopper: HopperState = "ready"
    """Of a hopper."""
    coin: Money | None = None
    """What one coin of a hopper is worth; None until it has told."""
    stands: str = ""
    """Where a hopper's counters stand: the mark that the next pay-out is put on record with."""
    roll_mm: int = 0
    """The paper of a full roll, of a printer that does not feel its end coming; else 0."""
    roll_used_mm: int = field(default=0, compare=False)
    roll_low: bool = False
    """By what was printed since the last new roll, and not by a sensor."""
    roll_ends: bool = False
    """It had little paper or none, with its cover shut: what is in after that is a new roll."""
    cause: Cause | Literal[""] = ""
    """Why it does not answer; empty while it does."""
    amiss: tuple[Contact, ...] = ()
    """What contacts of the cabinet say."""
    model: str = field(default="", compare=False)
    """What it said of itself when it came; decides nothing."""


@dataclass(frozen=True)
class Fault:
    """What was wrong with a device, since when, and until when; `until` None: it still is.

    `detail` is the driver's word for it, `cause` why a device does not answer.
    """

    device: DeviceId
    word: FaultWord
    detail: str
    since: datetime
    until: datetime | None = None
    cause: Cause | Literal[""] = ""


@dataclass(frozen=True)
class Reads:
    """What a reader read since the start: cards, bad reads, and when last.

    Of a coin acceptor: the coins that it took, and those that it did not.
    """

    cards: int = 0
    bad: int = 0
    last: datetime | None = None


FAULTS_MAX = 20
"""So many faults of the past are kept, of all devices together."""


@dataclass(frozen=True)
class Machine:
    """Every declared device, the disk, and what must be there before money is taken.

    `care` is what somebody has to see to; it decides nothing.

    `shift` and `receipt` are those of `Works`. What was wrong since the start (`faults`, the
    newest last) and what was read are told to the attendant and decide nothing.
    """

    devices: Mapping[DeviceId, DeviceState] = field(default_factory=dict)
    space_low: bool = False
    shift: str | None = None
    receipt: Literal["", "paper", "fiscal"] = ""
    care: tuple[CareWord, ...] = ()
    faults: tuple[Fault, ...] = field(default=(), compare=False)
    reads: Mapping[DeviceId, Reads] = field(default_factory=dict, compare=False)

    @property
    def spoken(self) -> Literal["", "off"] | None:
        """Whether prompts can be spoken: "" where they can; None: this kiosk never speaks."""
        found = self.of("speech")
        return ("" if found[0][1].up else "off") if found else None

    @property
    def power_fails(self) -> bool:
        """Whether a contact says that the mains are gone: nothing more is taken."""
        return any(state.up and "power_fails" in state.amiss for state in self.devices.values())

    def of(self, role: Role) -> tuple[tuple[DeviceId, DeviceState], ...]:
        """The devices of one role."""
        return tuple((d, s) for d, s in self.devices.items() if s.role == role)


MachineEvent = (
    DeviceUp
    | DeviceDown
    | AcceptorChanged
    | HopperStands
    | HopperChanged
    | PrinterChanged
    | RollTold
    | FiscalStatus
    | ContactsChanged
    | SpaceChanged
    | CareChanged
    | RulesChanged
)


def told(machine: Machine, event: MachineEvent) -> Machine:
    """The machine after a device spoke of itself."""
    match event:
        case SpaceChanged(low):
            return replace(machine, space_low=low)
        case CareChanged(words):
            return replace(machine, care=words)
        case RulesChanged(shift, receipt):
            return replace(machine, shift=shift, receipt=receipt)
        case DeviceUp(device, role, detail):
            return _with(machine, device, DeviceState(role, True, detail, model=detail))
        case DeviceDown(device, role, reason, cause):
            return _with(machine, device, DeviceState(role, False, reason, cause=cause))
        case AcceptorChanged(device, state, detail):
            known = machine.devices.get(device, DeviceState("acceptor"))
            # Of coins each state is told behind what fell in before, a fault as well.
            rests = state in AT_REST or (known.role == "coins" and state != "busy")
            caught_up = known.caught_up or rests
            changed = replace(known, acceptor=state, detail=detail, caught_up=caught_up)
            return _with(machine, device, changed)
        case HopperStands(device, mark, value):
            known = machine.devices.get(device, DeviceState("hopper", True))
            return _with(machine, device, replace(known, stands=mark, coin=value))
        case HopperChanged(device, hopper, detail):
            known = machine.devices.get(device, DeviceState("hopper", True))
            return _with(machine, device, replace(known, hopper=hopper, detail=detail))
        case FiscalStatus(device, shift, _, trouble):
            known = machine.devices.get(device, DeviceState("fiscal", True))
            return _with(machine, device, replace(known, fiscal_shift=shift, error=trouble))
        case ContactsChanged(device, amiss):
            known = machine.devices.get(device, DeviceState("contacts", True))
            return _with(machine, device, replace(known, amiss=amiss))
        case PrinterChanged(device, paper, cover_open, error):
            known = machine.devices.get(device, DeviceState("printer"))
            changed = replace(known, paper=paper, cover_open=cover_open, error=error)
            if not cover_open:
                changed = replace(changed, roll_ends=paper != "ok")
            return _with(machine, device, changed)
        case RollTold(device, length_mm):
            known = machine.devices.get(device, DeviceState("printer", True))
            return _with(machine, device, replace(known, roll_mm=length_mm))


LOW_PERCENT = 90
"""Of a roll; with as much used it runs low. Tens of receipts are left then."""


def rolled(machine: Machine, device: DeviceId, used_mm: int) -> Machine:
    """The machine with so much used of the roll of a printer."""
    known = machine.devices[device]
    low = 0 < known.roll_mm * LOW_PERCENT <= used_mm * 100
    if (known.roll_used_mm, known.roll_low) == (used_mm, low):
        return machine
    return _with(machine, device, replace(known, roll_used_mm=used_mm, roll_low=low))


def fault_of(state: DeviceState) -> FaultWord | None:
    """What is wrong with a device, the weightiest first; None: nothing, or it was not tried yet."""
    if state.up is None:
        return None
    if not state.up:
        return fault_signs.gone(state.role, state.detail, state.cause)
    faults = fault_signs.COINS if state.role == "coins" else fault_signs.ACCEPTOR
    if state.acceptor in faults:
        return fault_signs.exact(faults[state.acceptor], state.detail)
    if state.hopper in fault_signs.HOPPER:
        return fault_signs.exact(fault_signs.HOPPER[state.hopper], state.detail)
    if state.amiss:
        return state.amiss[0]
    if state.paper == "out":
        return "paper_out"
    if state.cover_open:
        return "cover_open"
    if state.error:
        told: FaultWord = "fiscal_trouble" if state.role == "fiscal" else "error"
        return fault_signs.exact(told, state.error)
    if state.fiscal_shift == "expired":
        return "fiscal_shift_expired"
    return "paper_low" if state.paper == "low" or state.roll_low else None


def noted(before: Machine, machine: Machine, at: datetime) -> Machine:
    """The machine with the faults that began and ended with what was just told, at this moment."""
    kept = machine.faults
    for device, state in machine.devices.items():
        was = fault_of(before.devices[device]) if device in before.devices else None
        word, detail = fault_of(state), state.error or state.detail
        if word == "paper_low" and state.paper == "ok":
            detail = "predicted"
        if word == was:
            continue
        kept = tuple(
            replace(f, until=at) if f.device == device and f.until is None else f for f in kept
        )
        if word is not None:
            kept = (*kept, Fault(device, word, detail, at, cause=state.cause))
    return replace(machine, faults=kept[-FAULTS_MAX:])


def since(machine: Machine, device: DeviceId) -> datetime | None:
    """Since when a device has what is wrong with it now; None: nothing is."""
    kept = reversed(machine.faults)
    return next((f.since for f in kept if f.device == device and f.until is None), None)


def read(machine: Machine, device: DeviceId, at: datetime, *, well: bool) -> Machine:
    """The machine after a reader saw a card, and read it `well` or not."""
    known = machine.reads.get(device, Reads())
    made = replace(known, cards=known.cards + well, bad=known.bad + (not well), last=at)
    return replace(machine, reads={**machine.reads, device: made})


def _with(machine: Machine, device: DeviceId, state: DeviceState) -> Machine:
    return replace(machine, devices={**machine.devices, device: state})


_NO_CASH: Mapping[str, str] = {
    "cassette_full": "full",
    "cassette_out": "closed",
    "jammed_validator": "jammed",
    "jammed_cassette": "jammed",
    "cheated": "closed",
    "failed": "closed",
    "wrong_currency": "closed",
}


@dataclass(frozen=True)
class Capabilities:
    """What works. A reason is "" where it works, else a word: see `of`.

    `notes`, `coins`, and `cash`, which is either of them: ``off`` (the device does not answer),
    ``full``, ``jammed``, ``closed``, ``space``, ``power``,
    ``blocked`` (E82); `receipts`: ``off``, ``paper_out``, ``cover_open``, ``error``; `reading`:
    ``off``. A kiosk without such a device at all has None.
    """

    cash: str | None
    receipts: str | None
    reading: str | None
    contactless: bool
    stripe: bool
    barcode: bool = False
    notes: str | None = None
    coins: str | None = None


def of(
    machine: Machine,
    contactless: frozenset[DeviceId],
    scanners: frozenset[DeviceId] = frozenset(),
    *,
    takes_coins: bool = False,
) -> Capabilities:
    """What is offered; `contactless` names the readers to which a card is held.

    `scanners` are those that read its bar code; `takes_coins`: the venue says which coins are
    taken.
    """
    reading = {device for device, state in machine.of("reader") if state.up}
    closed = bool(blocked(works(machine)))
    notes, coins = (
        "blocked" if closed and word == "" else word
        for word in (_taking(machine, "acceptor"), _coins(machine, takes_coins=takes_coins))
    )
    return Capabilities(
        cash=_either(notes, coins),
        notes=notes,
        coins=coins,
        receipts=_receipts(machine),
        reading=_reading(machine),
        contactless=bool(reading & contactless),
        stripe=bool(reading - contactless - scanners),
        barcode=bool(reading & scanners),
    )


def _reading(machine: Machine) -> str | None:
    readers = machine.of("reader")
    return None if not readers else "" if any(state.up for _, state in readers) else "off"


def _cash(machine: Machine, *, takes_coins: bool) -> str | None:
    return _either(_taking(machine, "acceptor"), _coins(machine, takes_coins=takes_coins))


def _by_itself(machine: Machine) -> Machine:
    """The machine as its devices say alone: what stops all of it has a place of its own."""
    steady = {d: replace(state, amiss=()) for d, state in machine.devices.items()}
    return replace(machine, space_low=False, devices=steady)


def _either(notes: str | None, coins: str | None) -> str | None:
    """Cash is taken while notes or coins are; else the word of the notes, where there are any."""
    if coins is None or notes == "":
        return notes
    return coins if notes is None or coins == "" else notes


def _coins(machine: Machine, *, takes_coins: bool) -> str | None:
    return _taking(machine, "coins") if takes_coins else None


def _taking(machine: Machine, role: Role) -> str | None:
    found = machine.of(role)
    if not found:
        return None
    state = found[0][1]
    if machine.power_fails:
        # An acceptor that is out of the same socket is off, too: this is what a guest understands.
        return "power"
    if not state.up:
        return "off"
    if machine.space_low:
        return "space"
    return _NO_CASH.get(state.acceptor, "")


def _receipts(machine: Machine) -> str | None:
    printers = machine.of("printer")
    if not printers:
        return None
    state = printers[0][1]
    if not state.up:
        return "off"
    if state.paper == "out":
        return "paper_out"
    if state.cover_open:
        return "cover_open"
    return "error" if state.error else ""


def _up(machine: Machine, role: Role) -> str | None:
    found = machine.of(role)
    if not found:
        return None
    return "" if found[0][1].up else "off"


def _fiscal(machine: Machine) -> str | None:
    up = _up(machine, "fiscal")
    if up == "" and machine.of("fiscal")[0][1].fiscal_shift == "expired":
        return "shift_too_long"
    return up


# --- the table of offers -------------------------------------------------------------------------

Offer = Literal[
    "identify",
    "register",
    "top_up_cash",
    "top_up_bank_card",
    "visit_open",
    "visit_pay",
    "visit_pay_cash",
    "visit_pay_bank_card",
    "buy_minutes",
    "session",
    "lost_card",
    "receipt_paper",
    "receipt_screen",
    "help",
]
"""What a guest may want. `visit_pay` is settling with what is on the card or the visit already."""

OFFERS: tuple[Offer, ...] = get_args(Offer)
TAKES_MONEY: tuple[Offer, ...] = (
    "top_up_cash",
    "top_up_bank_card",
    "visit_pay_cash",
    "visit_pay_bank_card",
)


@dataclass(frozen=True)
class Works:
    """What works, as far as offers depend on it. "" is well, another word says what is not.

    Attributes:
        reader: ``off``; None: this kiosk has no reader.
        acceptor: what takes cash, notes or coins: ``off``, ``full``, ``jammed``, ``closed``; ""
            while one of them does; None: it has none.
        printer: ``paper_low``, ``paper_out``, ``cover_open``, ``error``, ``off``; None: none.
        terminal: the payment terminal: ``off``; None: it has none.
        fiscal: the fiscal device: ``off``, ``shift_too_long``; None: it has none.
        shift: ``none`` (none is open), ``too_long``; None: this kiosk needs no shift.
        network: ``down``.
        clock: ``free``: it was never synchronised since the machine started.
        space: ``low``: the disk is nearly full.
        power: ``fails``: the mains are gone, the machine goes on for a moment only.
        hours: ``closed``: outside the opening hours.
        books: ``failed``: the store cannot be written.
        receipt: what the law wants wherever money is taken: nothing, ``paper`` or ``fiscal``.
    """

    reader: str | None = ""
    acceptor: str | None = ""
    printer: str | None = ""
    terminal: str | None = None
    fiscal: str | None = None
    shift: str | None = None
    network: str = ""
    clock: str = ""
    space: str = ""
    power: str = ""
    hours: str = ""
    books: str = ""
    receipt: Literal["", "paper", "fiscal"] = ""


REASONS: Mapping[str, Mapping[str | None, str]] = {
    "books": {"failed": "out_of_service"},
    "reader": {"off": "reader_off", None: "no_reader"},
    "hours": {"closed": "closed"},
    "shift": {"none": "no_shift", "too_long": "shift_too_long"},
    "space": {"low": "no_space"},
    "power": {"fails": "power_fails"},
    "acceptor": {
        "off": "cash_off",
        "full": "cash_full",
        "jammed": "cash_jammed",
        "closed": "cash_closed",
        None: "no_cash",
    },
    "terminal": {"off": "terminal_off", None: "no_terminal"},
    "network": {"down": "network_down"},
    "clock": {"free": "clock_unset"},
    "printer": {
        "paper_out": "paper_out",
        "cover_open": "printer_open",
        "error": "printer_error",
        "off": "printer_off",
        None: "no_printer",
    },
}
"""Why something is not offered, by what does not work: ``why.<word>`` is its sentence."""

_LAW: Mapping[str, Mapping[str | None, str]] = {
    "": {},
    # With little paper left the next receipt may end in the middle; the law wants all of it.
    "paper": {**REASONS["printer"], "paper_low": "paper_low"},
    "fiscal": {
        "off": "fiscal_off",
        "shift_too_long": "fiscal_shift_too_long",
        None: "no_fiscal_device",
    },
}
"""What stops the taking of money where the law wants a receipt; see `Works.receipt`."""

NEEDS: Mapping[Offer, tuple[str, ...]] = {
    "identify": ("books", "reader"),
    "register": ("books", "power", "reader", "hours", "space"),
    "top_up_cash": ("books", "power", "hours", "law", "shift", "acceptor", "space"),
    "top_up_bank_card": ("books", "power", "hours", "law", "shift", "terminal", "network", "space"),
    "visit_open": ("books", "power", "hours", "space"),
    "visit_pay": ("books", "law"),
    "visit_pay_cash": ("books", "power", "law", "shift", "acceptor", "space"),
    "visit_pay_bank_card": ("books", "power", "law", "shift", "terminal", "network", "space"),
    "buy_minutes": ("books", "power", "hours", "law", "space"),
    "session": ("books", "power", "hours", "clock", "space"),
    "lost_card": ("books",),
    "receipt_paper": ("books", "printer"),
    "receipt_screen": ("books",),
    "help": (),
}
"""What each offer needs, the weightiest first: that is the reason that a guest is told.

Of one who stands here and is known: `identify` is an offer of its own, so a reader that fails in
the middle of a top-up does not end it. What stays open after closing: to be known, to see, to
settle a visit; nothing new begins. Blocking a lost card and calling for help are always there. A
session needs the true time, by which it ends and its tariff changes. With little room on the disk,
or while the power fails, nothing begins, and what is open can still be settled without notes.
"""


def offers(works: Works) -> dict[Offer, str]:
    """For each offer "", or the word for the first reason why it is not there."""
    reasons = {field_: told.get(getattr(works, field_), "") for field_, told in REASONS.items()}
    reasons["law"] = _law(works)
    return {
        offer: next((reasons[need] for need in needs if reasons[need]), "")
        for offer, needs in NEEDS.items()
    }


def blocked(works: Works) -> tuple[str, ...]:
    """Every reason for which this kiosk takes no money at all; none: it is not blocked (E82).

    It is told anew from what works at each moment, so a kiosk that is blocked opens by itself when
    the last reason has gone, and not before. Little paper, or none, blocks where the law wants a
    receipt on paper; elsewhere the money is safe without it and the kiosk goes on.
    """
    told = (
        REASONS["books"].get(works.books, ""),
        REASONS["power"].get(works.power, ""),
        REASONS["shift"].get(works.shift, ""),
        _law(works),
    )
    return tuple(reason for reason in told if reason)


def _law(works: Works) -> str:
    place = works.fiscal if works.receipt == "fiscal" else works.printer
    return _LAW[works.receipt].get(place, "")


def works(
    machine: Machine,
    *,
    shift: str | None = None,
    network: str = "",
    clock_synced: bool = True,
    open_now: bool = True,
    books_failed: bool = False,
    receipt: Literal["", "paper", "fiscal"] = "",
    takes_coins: bool = False,
) -> Works:
    """What works: the machine's devices, and what else is told; see `Works`.

    What is not told of `shift` and `receipt` is what the machine knows of them.
    """
    printing, printers = _receipts(machine), machine.of("printer")
    low = printing == "" and bool(printers) and printers[0][1].paper == "low"
    return Works(
        reader=_reading(machine),
        acceptor=_cash(_by_itself(machine), takes_coins=takes_coins),
        printer="paper_low" if low else printing,
        terminal=_up(machine, "payment"),
        fiscal=_fiscal(machine),
        shift=machine.shift if shift is None else shift,
        network=network,
        clock="" if clock_synced else "free",
        space="low" if machine.space_low else "",
        power="fails" if machine.power_fails else "",
        hours="" if open_now else "closed",
        books="failed" if books_failed else "",
        receipt=receipt or machine.receipt,
    )

"""What the kiosk can offer now, given what works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcceptorChanged,
    AcceptorState,
    DeviceDown,
    DeviceUp,
    PrinterChanged,
    Role,
    SpaceChanged,
)

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
    caught_up: bool = False
    """An acceptor that was at rest since it came: what it tells now happens now, not before."""


@dataclass(frozen=True)
class Machine:
    """Every declared device, and the disk."""

    devices: Mapping[DeviceId, DeviceState] = field(default_factory=dict)
    space_low: bool = False

    def of(self, role: Role) -> tuple[tuple[DeviceId, DeviceState], ...]:
        """The devices of one role."""
        return tuple((d, s) for d, s in self.devices.items() if s.role == role)


MachineEvent = DeviceUp | DeviceDown | AcceptorChanged | PrinterChanged | SpaceChanged


def told(machine: Machine, event: MachineEvent) -> Machine:
    """The machine after a device spoke of itself."""
    match event:
        case SpaceChanged(low):
            return replace(machine, space_low=low)
        case DeviceUp(device, role, detail):
            return _with(machine, device, DeviceState(role, True, detail))
        case DeviceDown(device, role, reason):
            return _with(machine, device, DeviceState(role, False, reason))
        case AcceptorChanged(device, state, detail):
            known = machine.devices.get(device, DeviceState("acceptor"))
            caught_up = known.caught_up or state in AT_REST
            changed = replace(known, acceptor=state, detail=detail, caught_up=caught_up)
            return _with(machine, device, changed)
        case PrinterChanged(device, paper, cover_open, error):
            known = machine.devices.get(device, DeviceState("printer"))
            changed = replace(known, paper=paper, cover_open=cover_open, error=error)
            return _with(machine, device, changed)


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

    `cash`: ``off`` (the device does not answer), ``full``, ``jammed``, ``closed``, ``space``;
    `receipts`: ``off``, ``paper_out``, ``cover_open``, ``error``; `reading`: ``off``. A kiosk
    without such a device at all has None.
    """

    cash: str | None
    receipts: str | None
    reading: str | None
    contactless: bool
    stripe: bool


def of(machine: Machine, contactless: frozenset[DeviceId]) -> Capabilities:
    """What is offered; `contactless` names the readers to which a card is held."""
    readers = machine.of("reader")
    works = {device for device, state in readers if state.up}
    return Capabilities(
        cash=_cash(machine),
        receipts=_receipts(machine),
        reading=None if not readers else "" if works else "off",
        contactless=bool(works & contactless),
        stripe=bool(works - contactless),
    )


def _cash(machine: Machine) -> str | None:
    acceptors = machine.of("acceptor")
    if not acceptors:
        return None
    state = acceptors[0][1]
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

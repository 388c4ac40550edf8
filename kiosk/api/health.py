"""Whether the kiosk works, and what a till has to know of the venue."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request

from kiosk import __version__
from kiosk.api.callers import At, Caller, House, Reader, known_or_nobody
from kiosk.api.forms import Told, all_told
from kiosk.core.capabilities import fault_of, since
from kiosk.core.menu import Menu
from kiosk.core.settings import GetVenue
from kiosk.core.shifts import CurrentShift

router = APIRouter(prefix="/v1", tags=["venue"])

State = Literal["ok", "out of service"]


class DeviceTold(Told):
    """A device of the kiosk; ``up`` is null until it was tried.

    ``fault``: what is wrong with it, ``cause``: why it does not answer, each null where nothing is;
    ``since``: when that began.
    """

    name: str
    role: str
    up: bool | None
    acceptor: str
    paper: str
    cover_open: bool
    fault: str | None
    cause: str | None
    since: str | None


class ShiftTold(Told):
    """The shift that is open now."""

    number: int
    opened_at: str
    overdue: bool


class HealthTold(Told):
    """Whether the kiosk takes commands; the rest is for tills only."""

    state: State
    version: str | None = None
    kiosk: str | None = None
    simulated: bool | None = None
    devices: list[DeviceTold] | None = None
    shift: ShiftTold | None = None


class VenueTold(Told):
    """The venue; ``digits``: how many of an amount stand behind the point."""

    name: str
    kiosk: str
    currency: str
    digits: int
    time_zone: str
    languages: list[str]


class ItemTold(Told):
    """A position of the menu."""

    id: str
    name: str
    price: int
    bonus: bool


class MenuTold(Told):
    """What is sold now, by name."""

    items: list[ItemTold]
    currency: str


@router.get("/health")
async def health(
    request: Request, caller: Annotated[Caller | None, Depends(known_or_nobody)]
) -> HealthTold:
    """Whether the kiosk works. Without a token: only that."""
    house: House = request.app.state.house
    if caller is None:
        return HealthTold(state=_state(house))

    def work(at: At) -> HealthTold:
        runtime = at.runtime
        machine = runtime.situation.machine
        shift = runtime.ask(CurrentShift(), actor="kiosk", now=at.now)
        return HealthTold(
            state=_state(house),
            version=__version__,
            kiosk=runtime.venue.ledger.kiosk,
            simulated=bool(runtime.venue.store.facts["simulated"]),
            devices=[
                DeviceTold(
                    name=name,
                    role=device.role,
                    up=device.up,
                    acceptor=device.acceptor,
                    paper=device.paper,
                    cover_open=device.cover_open,
                    fault=fault_of(device),
                    cause=device.cause or None,
                    since=began.isoformat() if (began := since(machine, name)) else None,
                )
                for name, device in machine.devices.items()
            ],
            shift=ShiftTold(number=shift.number, opened_at=shift.opened_at, overdue=shift.overdue)
            if shift
            else None,
        )

    return await caller.ask(work)


@router.get("/venue")
async def venue(caller: Reader) -> VenueTold:
    """What a till has to know of the venue, above all its currency."""

    def work(at: At) -> VenueTold:
        found = at.ask(GetVenue())
        return VenueTold(
            name=found.name,
            kiosk=at.runtime.venue.ledger.kiosk,
            currency=found.currency.code,
            digits=found.currency.exponent,
            time_zone=found.time_zone,
            languages=list(caller.house.chosen.kiosk.languages),
        )

    return await caller.ask(work)


@router.get("/menu")
async def menu(caller: Reader) -> MenuTold:
    """What is sold now."""
    return await caller.ask(
        lambda at: MenuTold(items=all_told(ItemTold, at.ask(Menu())), currency=at.currency)
    )


def _state(house: House) -> State:
    return "ok" if house.runtime.failure is None else "out of service"

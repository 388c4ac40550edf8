"""A9. A hopper: what is in it, filled, counted and tried; a doubtful pay-out decided on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from kiosk.core.desk import forms
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.ledger import Entry
from kiosk.core.messages import DispenseCoins
from kiosk.core.money import Money
from kiosk.core.pay_outs import (
    BeginPayOut,
    CanPay,
    CountHopper,
    FillHopper,
    HopperHolds,
    OpenPayOuts,
    PayOut,
    SettlePayOut,
    TryHopper,
)

REASON = Field("reason", Said("desk.field.reason"), "text", most=80)
NUMBER = Field("number", Said("desk.hopper.number"), "number", most=7)


@dataclass(frozen=True)
class HopperPage(Page):
    """One hopper: how many coins the books say are in it, and its pay-out that is not over.

    `coin` is None, and `holds` 0, until the hopper has told what its coins are.
    """

    section: ClassVar[SectionName] = "devices"

    device: DeviceId
    coin: Money | None
    holds: int
    going: PayOut | None
    form: Form


def opened(at: At, device: DeviceId) -> HopperPage:
    """The page of a hopper."""
    return fresh(at, HopperPage(device, None, 0, None, forms.form(NUMBER, REASON, at="")))


def fresh(at: At, page: HopperPage) -> HopperPage:
    """The page as the books and the hopper have it now."""
    state = at.situation.machine.devices.get(page.device)
    going = at.ask(OpenPayOuts(page.device)) if at.may("OpenPayOuts") else ()
    coin = state.coin if state else None
    coin = coin or (going[0].face if going else None)
    holds = at.ask(HopperHolds(page.device, coin)) if coin and at.may("HopperHolds") else 0
    return replace(page, coin=coin, holds=holds, going=going[0] if going else None)


def touched(at: At, page: HopperPage, name: str, argument: str) -> Page | None:
    """The page after a button; None: back to the device."""
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    if name == "back":
        return None
    if name == "try":
        return _try(at, page)
    if name not in ("fill", "count", "settle") or page.coin is None:
        return page
    if not page.form["number"]:
        return _wrong(at, page, Refused("err.count_nothing"), "number")
    number, reason = int(page.form["number"]), page.form["reason"]
    match name:
        case "fill":
            done = at.do(FillHopper(page.device, page.coin, number, reason), name)
        case "count":
            done = at.do(CountHopper(page.device, page.coin, number, reason), name)
        case _ if page.going is None:
            return page
        case _:
            done = at.do(SettlePayOut(page.going.id, number, reason), name)
    if isinstance(done, Refused):
        return _wrong(at, page, done, "reason" if done.key == "err.reason_missing" else "number")
    at.say(f"desk.hopper.done_{name}")
    return opened(at, page.device)


def _wrong(at: At, page: HopperPage, refused: Refused, field: str) -> HopperPage:
    at.refuse(refused)
    return replace(page, form=forms.refused(page.form, refused, field))


def _try(at: At, page: HopperPage) -> HopperPage:
    state = at.situation.machine.devices.get(page.device)
    if page.coin is None or state is None or not state.up:
        return page
    done = at.do(TryHopper(page.device, page.coin, state.stands), "try")
    if isinstance(done, Refused):
        return page
    _order(at, done, state.stands)
    return fresh(at, page)


def _order(at: At, done: Entry, mark: str) -> None:
    """Order what the entry put on record; never before it is there."""
    refs = done.refs
    device = DeviceId(str(refs["device"]))
    at.send(DispenseCoins(device, str(refs["payout"]), int(refs["count"]), mark))


# --- a claim in coins ---------------------------------------------------------------------------


def able(at: At, value: Money) -> DeviceId | None:
    """The hopper that can pay an amount now, to the last unit; None: none can."""
    if not at.may("BeginPayOut"):
        return None
    for device, state in at.situation.machine.of("hopper"):
        ready = state.up and state.stands and state.hopper in ("ready", "low")
        if ready and state.coin and at.ask(CanPay(device, state.coin, value)):
            return device
    return None


def pay(at: At, told: str, value: Money, reason: str) -> Refused | None:
    """Pay a claim in coins: it goes on record, then the hopper is told; or why not."""
    device = able(at, value)
    state = at.situation.machine.devices.get(device) if device else None
    if device is None or state is None or state.coin is None:
        return Refused("err.hopper_short", device="")
    command = BeginPayOut(told, device, state.coin, state.stands, at.language, reason)
    done = at.do(command, "pay_out")
    if isinstance(done, Refused):
        return done
    _order(at, done, state.stands)
    return None

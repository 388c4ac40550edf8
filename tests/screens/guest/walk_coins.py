"""Coins fall in: beside notes, alone, one that nobody paid in, and those that were lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kiosk.core.messages import (
    AcceptorChanged,
    CoinRejected,
    CoinsLost,
    DeviceUp,
)
from tests.core.centre import PLAIN
from tests.core.coin_acceptor import COINS, taken
from tests.core.guest import ACCEPTOR, LIMITS
from tests.screens.guest.hands import Visitor, visitor
from tests.screens.guest.visiting import ENTRANCE_1000, centre, opened, swipe

COINED = PLAIN.replace("faces = [", "coins = [1, 2, 5, 10]\nfaces = [")


@contextmanager
def saver(**house: Any) -> Iterator[Visitor]:
    """Somebody who begins a top-up before a kiosk with a coin acceptor, ready."""
    with visitor(**house) as guest:
        guest.tell(DeviceUp(COINS, "coins"), AcceptorChanged(COINS, "disabled"))
        guest.top_up()
        guest.tell(AcceptorChanged(ACCEPTOR, "ready"), AcceptorChanged(COINS, "ready"))
        yield guest


def drop(guest: Visitor, *values: int, first: int = 1) -> None:
    """Coins of so many roubles, one after another."""
    start = guest.situation.house.start
    for n, value in enumerate(values, first):
        guest.tell(taken(n, value * 100, f"7/{n}", start))


def beside_notes() -> Iterator[tuple[str, Visitor]]:
    with saver() as guest:
        yield "coins-none-yet", guest
        guest.insert(500)
        drop(guest, 10, 5, 5, 2)
        yield "coins-taken", guest
        guest.tell(CoinRejected(COINS, "unknown"))
        yield "coins-back", guest
        guest.tell(CoinsLost(COINS, "7/5", 1))
        yield "coins-lost", guest
        guest.press("done")
        yield "coins-printing", guest
        guest.print_out()
        guest.press("leave")
        guest.wait(60)
        drop(guest, 10, first=6)
        yield "coins-N-06", guest


def visit() -> Iterator[tuple[str, Visitor]]:
    with centre(COINED) as guest:
        guest.tell(DeviceUp(COINS, "coins"), AcceptorChanged(COINS, "disabled"))
        opened(guest, ENTRANCE_1000, 1000)
        swipe(guest, ENTRANCE_1000)
        guest.press("add_money")
        guest.tell(AcceptorChanged(ACCEPTOR, "ready"), AcceptorChanged(COINS, "ready"))
        drop(guest, 10, 2)
        yield "coins-visit", guest


def alone() -> Iterator[tuple[str, Visitor]]:
    """The kiosk has no acceptor of notes."""
    with visitor() as guest:
        machine = guest.situation.machine
        others = {d: s for d, s in machine.devices.items() if d != ACCEPTOR}
        guest.situation = replace(guest.situation, machine=replace(machine, devices=others))
        guest.tell(DeviceUp(COINS, "coins"), AcceptorChanged(COINS, "disabled"))
        guest.top_up()
        yield "coins-alone-wait", guest
        guest.tell(AcceptorChanged(COINS, "ready"))
        yield "coins-alone", guest


def limits() -> Iterator[tuple[str, Visitor]]:
    kept = (
        ("coins-limit-amount", {"top_up_max_minor": 1_000}),
        ("coins-limit-balance", {"balance_max_minor": 1_000}),
    )
    for name, limit in kept:
        with saver(limits=replace(LIMITS, **limit)) as guest:
            drop(guest, 10)
            yield name, guest
    with saver() as guest:
        drop(guest, *[1] * 200)
        yield "coins-limit-many", guest


WALKS = (beside_notes, visit, alone, limits)

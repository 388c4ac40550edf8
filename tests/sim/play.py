"""Guests who buy minutes and play: packages, and sessions at the stations of the venue."""

from __future__ import annotations

from typing import Any

from kiosk.core.errors import Refused
from kiosk.core.package_sales import SellPackage, UndoPackage
from kiosk.core.sessions import PaySession, StartSession, StopSession
from tests.sim.bills import TILL
from tests.sim.desk import ADMINISTRATOR, CASHIER, Cashier
from tests.sim.hands import Job, Say
from tests.sim.sessions import Session

PACKAGES = {
    "game-60": ("game", 60, 15000),
    "game-300": ("game", 300, 60000),
    "net-120": ("internet", 120, 12000),
}
"""What the venue sells: kind, minutes, price in minor units."""
STATIONS = {"pc-1": ("game", "internet"), "pc-2": ("game", "internet"), "ps-1": ("game",)}
SERVICES = "=4020"


class Play:
    """What the cashier does for those who play."""

    def __init__(self, cashier: Cashier) -> None:
        self._cashier = cashier
        self._world = cashier.world
        self._dice = cashier.dice
        self._watch = cashier.world.auditor.watch

    def buys(self, number: str) -> Job:
        """A guest buys a package, in cash or from his wallet; now and then it was the wrong one."""
        client = self._cashier.client(number)
        if client is None:
            return
        dice = self._dice
        name = dice.choice(list(PACKAGES))
        kind, count, price = PACKAGES[name]
        tender: Any = "cash" if dice.random() < 0.6 else "wallet"
        account = {"cash": (TILL, price), "wallet": (number, -price)}[tender]
        moves = {account[0]: account[1], SERVICES: -price, f"%{kind}/{number}": count}
        done = yield Say(SellPackage(client, name, tender), CASHIER, moves)
        if isinstance(done, Refused):
            return
        self._world.story.counts["packages"] += 1
        if tender == "cash":
            self._cashier.takes(self._cashier.paid(price))
        if dice.random() < 0.8:
            return
        found = self._cashier.drawer.find(price)
        if found is None:
            return
        back = {name: -moved for name, moved in moves.items()}
        undo = UndoPackage(str(done.refs["sale"]), reason="the wrong one")
        done = yield Say(undo, ADMINISTRATOR, back)
        if not isinstance(done, Refused) and tender == "cash":
            self._cashier.gives(found)

    def begins(self, number: str) -> Job:
        """A guest sits down at a station, for his minutes or for his money."""
        world, dice, watch = self._world, self._dice, self._watch
        client = self._cashier.client(number)
        taken = {session.station for session in watch.running}
        busy = {session.card for session in watch.running}
        if client is None or number in busy or any(n in busy for n in world.auditor.shares(number)):
            return
        wanted = [
            (station, kind)
            for station, kinds in STATIONS.items()
            for kind in kinds
            if station not in taken
        ]
        if not wanted:
            return
        # Most guests who have minutes of a kind play that.
        ready = [w for w in wanted if world.auditor.on_the_books(f"%{w[1]}/{number}") > 0]
        station, kind = dice.choice(ready or wanted)
        held = world.auditor.on_the_books(f"%{kind}/{number}")
        mode, planned = "timer", 0
        if held > 0:
            mode = dice.choice(("balance_timer", "balance_timer", "balance_min", "timer"))
            planned = dice.randint(1, min(held, 90)) if mode == "balance_min" else 0
        made = Session(number, station, kind, mode, planned, world.offset_s)
        watch.asks(made)
        command = StartSession(client, station, kind, mode, planned)
        done = yield Say(command, CASHIER, tried=lambda: made.begun_s.append(world.now_s))
        if isinstance(done, Refused):
            watch.refused(made)
            return
        world.story.counts["sessions"] += 1
        if dice.random() < 0.6:
            name = str(done.refs["session"])
            later_s = dice.choice((dice.uniform(30, 600), dice.uniform(600, 9000)))
            world.after(later_s, lambda: self._cashier.do(self.stops(name)))

    def stops(self, name: str) -> Job:
        """A guest gets up."""
        session = self._watch.known.get(name)
        if session is None or session.over:
            return
        world = self._world
        yield Say(StopSession(name), CASHIER, tried=lambda: session.stops_s.append(world.now_s))

    def pays_debts(self) -> Job:
        """Whoever owes for a session pays it at the desk, in cash."""
        owing = yield from self._cashier.unpaid_sessions()
        for name, minor in owing:
            done = yield Say(PaySession(name, "cash"), CASHIER, {TILL: minor, "=1200": -minor})
            if not isinstance(done, Refused):
                self._cashier.takes(self._cashier.paid(minor))

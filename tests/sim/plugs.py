"""Cables pulled and put back all day, at every device of a kiosk, while guests are served.

The real runtime, venue, store, workers and drivers; the simulated devices keep the truth of what is
in a box, on paper, charged, paid out. A cable is pulled between two polls, or in the middle of one.

Not here: PC/SC, whose daemon lives in real time (`tests/hardware/test_replugged.py`). A coin
acceptor with pulses has no memory: its pins go only while no train is on its way (docs/devices.md).
"""

from __future__ import annotations

import random
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any
from unittest.mock import patch

from kiosk.core import flow, tickets
from kiosk.core.audit import audit
from kiosk.core.bills import OrderLine
from kiosk.core.capabilities import DeviceState, Machine
from kiosk.core.cash import UNDECIDED, LastStart, RecordStart
from kiosk.core.checkout import CalculateVisit
from kiosk.core.claims import IssueClaim
from kiosk.core.clients import RegisterCard
from kiosk.core.clock import Now
from kiosk.core.coins import CreditCoin
from kiosk.core.errors import Refused
from kiosk.core.fiscal import NextFiscal
from kiosk.core.ids import DeviceId, VisitId, note_device, note_id
from kiosk.core.ledger import Entry
from kiosk.core.messages import CardPresented, DispenseCoins, Event, Touched
from kiosk.core.orders import SaveOrder
from kiosk.core.pay_outs import BeginPayOut, FillHopper
from kiosk.core.recognition import Recognised, recognise
from kiosk.core.shifts import OpenShift
from kiosk.core.situation import Situation, TopUp, Welcome
from kiosk.core.terminal_payments import BeginTerminalPayment, PaymentOnTheWay
from kiosk.core.venue import Venue
from kiosk.core.visits import CreateVisit
from kiosk.hardware import driver
from kiosk.hardware.device import Device
from kiosk.hardware.peers.atol import FiscalServer
from kiosk.hardware.peers.cctalk_coins import CoinAcceptor
from kiosk.hardware.peers.cctalk_hopper import Hopper
from kiosk.hardware.peers.magstripe import StripeReader
from kiosk.hardware.peers.nexo import Terminal
from kiosk.hardware.peers.pulse import PulseAcceptor
from kiosk.hardware.peers.scanner import Scanner
from kiosk.runtime import Inbox, Runtime
from kiosk.screens.present import present
from kiosk.screens.view import Button
from tests.core.guest import DEMO, NOW, _inside, make_venue, rub, situation
from tests.hardware.contract.acceptors import Model
from tests.hardware.contract.coin_rigs import Wires
from tests.sim.cables import Station
from tests.sim.peers import Printer

ACCEPTOR, COINS, HOPPER = DeviceId("acceptor"), DeviceId("coins"), DeviceId("hopper")
STRIPE, SCANNER = DeviceId("stripe"), DeviceId("scanner")
PRINTER, LIGHTS = DeviceId("printer"), DeviceId("lights")
TERMINAL, FISCAL = DeviceId("terminal"), DeviceId("fiscal")
DESK, OWNER = "staff:101", "staff:106"

VENUE = DEMO.replace('"do_not_account"', '"receipt_later_summary"').replace(
    "[[card_types]]",
    """[[money_reasons]]
id = "advance"
name = "Prepayment of a visit"
uses = ["prepayment"]
prepayment = true
markup = "deposits"

[[card_types]]
id = "group"
name = "Group card"
personal = false
prepay_amount = 1000
prepay_reason = "advance"
limit = 500

[[card_types]]""",
    1,
) + (
    """
[[rules]]
name = "Code on a telephone"
algorithm = "prefix"
signals = ["barcode"]
pattern = "78"
scope = "interface"
object = "PDS"

[[rules]]
name = "Group card"
algorithm = "prefix"
signals = ["magnetic"]
track = 2
pattern = "56"
lengths = [6]
scope = "entrance_card"
object = "group"
"""
)
STRIPES, CODES = (";7700001?", ";7700002?", ";7700003?"), ("7800001", "7800002")
TICK_S, REST_S, REST_MAX_S = 0.1, 20.0, 900.0
PRESSED = {"top_up": 30, "pay:notes": 30, "pay:bank_card": 2, "done": 3, "continue": 5}
PRESSED |= {"leave": 1, "back": 1, "more_time": 1}
"""What guests press, and how gladly; nothing else: they want to pay in, and not to wander."""
FACES, VALUES = (50, 100, 500), (100, 200, 500, 1000)
OUT_MAX = 3
"""So many cables are out at once at most: who is served by nobody finds nothing out."""
OUT_S = (0.05, 0.4, 1.5, 4.0, 11.0)
SPENT = "settled", "suspense"
_HEAD, _PROOF = re.compile(r"Kiosk K1 · (.*)"), re.compile(r"Proof (\S+)")


def shipped(name: str, **own: Any) -> dict[str, Any]:
    """The options of a driver as they ship, and these."""
    text = resources.files("kiosk").joinpath("default.toml").read_text("utf-8")
    return {**tomllib.loads(text)["driver"][name], "currency": "RUB", **own}


class Kiosk:
    """A kiosk with one device of every role, guests before it and somebody at the desk.

    Args:
        model: the note acceptor, and its driver.
        pulses: coins come by pulses, not by ccTalk.
        seed: what happens.
        folder: where the store may be.
    """

    def __init__(self, model: Model, *, pulses: bool, seed: int, folder: Path) -> None:
        self.random = random.Random(f"{model} {pulses} {seed}")
        self.now_s = 1000.0
        self.venue = make_venue(folder, VENUE)
        self.start = self.venue.ask(LastStart(), self.now) + 1
        self.did(RecordStart(self.start), "kiosk")
        self.inbox = Inbox(1000)
        self.presented: list[tuple[float, str, int]] = []
        self.touches = 0
        self.taps = 0
        self.counts: Counter[str] = Counter()
        self.notes = model.peer()
        self.coins: Any = None
        self.hopper, self.terminal, self.fiscal = Hopper(coins=200), Terminal(), FiscalServer()
        self.stripe, self.scanner = StripeReader(), Scanner()
        self.printer = Printer(lambda slip: None)
        self.stations = self._stations(model, pulses=pulses)
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._next_guest_s = self._next_desk_s = self._next_pull_s = self.now_s + 5
        self._last: DeviceId = ACCEPTOR
        self._shown: tuple[str, ...] = ()
        self._prepare()
        roles = {name: station.role for name, station in self.stations.items()}
        first = situation(self.venue, self.start, self.now, contactless=frozenset())
        first = replace(
            first,
            house=replace(first.house, scanners=frozenset({SCANNER})),
            machine=Machine({name: DeviceState(role) for name, role in roles.items()}),
        )
        self.runtime = Runtime(
            self.inbox,
            self.venue,
            first,
            devices={name: station.worker for name, station in self.stations.items()},
            roles=roles,
            show=lambda situation, now: None,
            min_free_bytes=0,
        )
        self.runtime.begin(self.now)

    # --- what is there ------------------------------------------------------------------------

    @property
    def now(self) -> Now:
        return self.at(self.now_s)

    def at(self, now_s: float) -> Now:
        return NOW.later(now_s - 1000.0)

    def _stations(self, model: Model, *, pulses: bool) -> dict[DeviceId, Station]:
        made: dict[DeviceId, Station] = {}

        def add(name: DeviceId, peer: Any, of: str, *, timed: str = "", **own: Any) -> None:
            def make(station: Station) -> Device:
                more = {timed: lambda: station.local_s} if timed else {}
                options = {**shipped(of, **own), "port": f"/dev/{name}"}
                return driver(of)(name, options, start=self.start, connect=station.connect, **more)

            pins = of in ("gpio", "pulse")
            made[name] = Station(self, name, peer, make, partial(self._post, name), pins=pins)

        add(STRIPE, self.stripe, "magstripe")
        add(SCANNER, self.scanner, "scanner")
        add(ACCEPTOR, self.notes, model.driver, **model.options)
        add(HOPPER, self.hopper, "cctalk_hopper", coin="1.00")
        add(PRINTER, self.printer, "escpos", timed="monotonic")
        add(TERMINAL, self.terminal, "nexo", timed="monotonic")
        add(FISCAL, self.fiscal, "atol", timed="monotonic")
        add(LIGHTS, None, "gpio", pins="mock")
        if pulses:
            options = shipped("pulse", pins="mock")
            wires = Wires(options)
            self.coins = PulseAcceptor(wires, pulses={v: v // 100 for v in VALUES})
            add(COINS, None, "pulse", timed="clock", pins="mock")
            of_pins: Any = made[COINS].driver
            wires.driver = of_pins
        else:
            self.coins = CoinAcceptor()
            add(COINS, self.coins, "cctalk_coins")
        return made

    def _prepare(self) -> None:
        rules = situation(self.venue, self.start, self.now).venue.rules
        today = self.now.wall.date()
        for signal, raws in (("magnetic", STRIPES), ("barcode", CODES)):
            for raw in raws:
                device = STRIPE if signal == "magnetic" else SCANNER
                read = recognise(raw, signal, device, rules, today)  # type: ignore[arg-type]
                self.did(RegisterCard(read, "guest", "en", "2026-11", "", ""), "guest")
        self.did(OpenShift(rub(50_000), "change"), DESK)
        self.did(FillHopper(HOPPER, rub(1), self.hopper.inside, "filled"), OWNER)

    # --- time ---------------------------------------------------------------------------------

    def run(self, pulls: int) -> None:
        """So many cables are pulled, and put back; then everything comes to rest."""
        with patch.object(flow, "step", self._step):
            self._run(pulls)

    def _step(
        self, before: Situation, event: Event, venue: Venue, now: Now, plain: Any = flow.step
    ) -> Any:
        """A step of the journey; which cards are told, and which of them count."""
        made = plain(before, event, venue, now)
        self.touches += isinstance(event, Touched)
        if isinstance(event, CardPresented):
            self.presented.append((now.mono_s, event.raw, self.touches))
            self.taps += made[0].tap is not before.tap
        return made

    def _run(self, pulls: int) -> None:
        while sum(station.pulls for station in self.stations.values()) < pulls:
            self._cables()
            self._people()
            self._turn()
        end_s = self.now_s + REST_MAX_S
        quiet_s = 0.0
        while quiet_s < REST_S:
            assert self.now_s < end_s, f"no rest: {self.runtime.situation.scene}"
            self._turn()
            quiet_s = quiet_s + TICK_S if self._rests() else 0.0

    def _turn(self) -> None:
        due = [what for at_s, what in self._later if at_s <= self.now_s]
        self._later = [(at_s, what) for at_s, what in self._later if at_s > self.now_s]
        for what in due:
            what()
        if isinstance(self.coins, PulseAcceptor):
            self.coins.tick(self.now_s)
        self.fiscal.tick(self.now_s)
        for station in self.stations.values():
            station.step()
        self.runtime.turn(self.now)
        assert self.runtime.failure is None
        self.now_s += TICK_S

    def _rests(self) -> bool:
        waits = self.venue.ask(NextFiscal(), self.now) or self.venue.ask(
            PaymentOnTheWay(), self.now
        )
        there = all(station.up for station in self.stations.values())
        nobody = isinstance(self.runtime.situation.scene, Welcome)
        return there and nobody and waits is None

    def _post(self, name: DeviceId, event: Event) -> None:
        self._last = name
        self.inbox.put(event)

    # --- cables -------------------------------------------------------------------------------

    def _cables(self) -> None:
        if self.now_s < self._next_pull_s:
            return
        self._next_pull_s = self.now_s + self.random.uniform(0.1, 6.0)
        names = [n for n, station in self.stations.items() if station.plugged and not station.fuse]
        if len(names) < len(self.stations) - OUT_MAX:
            return
        # Half of them where something goes on: nothing can be lost where nothing happens.
        busy = self._last if self._last in names and self.random.random() < 0.5 else None
        station = self.stations[busy or self.random.choice(names)]
        if station.name == COINS and station.pins and self.coins.owed:
            return
        if station.pins or self.random.random() < 0.5:
            station.pull()
            self._put_back(station)
        else:
            self._light(station)

    def _light(self, station: Station) -> None:
        """The cable is pulled in the middle of what the driver says next."""
        if station.plugged and not station.fuse and not station.pins:
            station.fuse = self.random.randint(1, 12)
            self._later.append((self.now_s + 3.0, partial(self._burnt, station)))

    def _burnt(self, station: Station) -> None:
        """The cable was pulled in the middle of something, or is now."""
        if station.fuse:
            station.pull()
        self._put_back(station)

    def _put_back(self, station: Station) -> None:
        kick = self.random.random() < 0.5
        at_s = self.now_s + self.random.choice(OUT_S)
        self._later.append((at_s, partial(station.push, kick=kick)))

    # --- people -------------------------------------------------------------------------------

    def _people(self) -> None:
        if self.now_s >= self._next_guest_s:
            self._next_guest_s = self.now_s + self.random.uniform(0.3, 2.0)
            self._guest()
        if self.now_s >= self._next_desk_s:
            self._next_desk_s = self.now_s + self.random.uniform(4.0, 15.0)
            self.random.choice((self._visit, self._payment, self._pay_out))()

    def _guest(self) -> None:
        scene = self.runtime.situation.scene
        if isinstance(scene, Welcome):
            self._show()
        elif isinstance(scene, TopUp) and self.random.random() < 0.7:
            if self.random.random() < 0.6:
                told = self.notes.insert(self.random.choice(FACES), self._device_s(ACCEPTOR))
                self._went("notes", ACCEPTOR, went="went in" in told)
            elif self.stations[COINS].plugged or not self.stations[COINS].pins:
                # Without pins its gate is shut, and the driver has not found out yet.
                told = self.coins.insert(self.random.choice(VALUES), self._device_s(COINS))
                self._went("coins", COINS, went="went in" in told or "is in the box" in told)
        else:
            shown = present(self.runtime.situation, self.now)
            buttons = [b.id for b in _inside(shown, Button) if b.enabled and b.id in PRESSED]
            if buttons:
                weights = [PRESSED[button] for button in buttons]
                (button,) = self.random.choices(buttons, weights)
                self.inbox.touch(button, self.runtime.situation.page)

    def _went(self, what: str, name: DeviceId, *, went: bool) -> None:
        """Money went in, and is on its way: now and then while the cable is pulled."""
        self.counts[what] += went
        if went and self.random.random() < 0.2:
            self._light(self.stations[name])

    def _show(self) -> None:
        """A card or a code, now and then twice: once more than it is one tap."""
        show: Callable[[], None]
        if self.random.random() < 0.5:
            show = partial(self._draw, STRIPE, self.random.choice(STRIPES))
        else:
            show = partial(self._draw, SCANNER, self.random.choice(CODES))
        show()
        if self.random.random() < 0.4:
            self._later.append((self.now_s + self.random.uniform(0.3, 1.5), show))

    def _draw(self, name: DeviceId, text: str) -> None:
        if self.stations[name].up and self.stations[name].plugged:  # else it is dark
            self.stripe.swipe(text) if name == STRIPE else self.scanner.scan(text)
            self.counts["cards"] += 1

    def _device_s(self, name: DeviceId) -> float:
        return max(self.now_s, self.stations[name].local_s)

    def did(self, command: object, actor: str) -> Entry:
        done = self.do(command, actor)
        assert isinstance(done, Entry), f"{command} was refused: {done}"
        return done

    def do(self, command: object, actor: str) -> Entry | Refused:
        key = f"{type(command).__name__}:{self.venue.ledger.seq}"
        if hasattr(self, "runtime"):
            return self.runtime.command(command, actor=actor, key=key, now=self.now)
        return self.venue.do(command, actor=actor, key=key, now=self.now)

    def _visit(self) -> None:
        """A prepaid visit, from its creation to its end: three fiscal documents."""
        self.counts["visits"] += 1
        number = f"56{self.counts['visits']:04}"
        read = Recognised("Group card", "entrance_card", "group", f"group/{number}")
        visit = VisitId(str(self.did(CreateVisit(read=read, guests=2), DESK).refs["visit"]))
        lines = (OrderLine("Item", 1, rub(700)),)
        self.did(SaveOrder(f"o{number}", "", "Bar", lines, visit=visit), DESK)
        self._later.append((self.now_s + self.random.uniform(1, 5), lambda: self._leaves(visit)))

    def _leaves(self, visit: VisitId) -> None:
        if isinstance(self.do(CalculateVisit(visit), DESK), Refused):
            # The first receipt is not out yet.
            self._later.append((self.now_s + 5.0, lambda: self._leaves(visit)))

    def _payment(self) -> None:
        client = self.random.choice(self.venue.store.table("clients").all())["id"]
        pay = BeginTerminalPayment(
            "top_up", rub(self.random.randint(100, 900)), "en", client=client
        )
        self.counts["payments"] += isinstance(self.do(pay, "guest"), Entry)

    def _pay_out(self) -> None:
        """Change from the hopper for a claim of so many coins."""
        state = self.runtime.situation.machine.devices[HOPPER]
        if not (state.up and state.recalled):
            return
        self.counts["claims"] += 1
        coin = note_id(DeviceId("tray"), 1, self.counts["claims"])
        self.did(CreditCoin(coin, rub(self.random.randint(1, 6)), ""), "kiosk")
        slip = self.did(IssueClaim(coin, "en"), "kiosk").refs["slip"]
        books = self.venue.books(self.now)
        told = tickets.text(books, books.get("slips", str(slip)) or {})
        begin = BeginPayOut(told, HOPPER, rub(1), state.stands, "en", "change")
        begun = self.do(begin, OWNER)
        if isinstance(begun, Entry):
            self.counts["pay-outs"] += 1
            made = self.venue.store.get("payouts", str(begun.refs["payout"])) or {}
            order = DispenseCoins(HOPPER, made["id"], made["count"], made["mark"])
            self.stations[HOPPER].worker.do(order)

    # --- what must be true --------------------------------------------------------------------

    def wrong(self) -> list[str]:
        """What is wrong, in words: the books and what was told, against what the devices did."""
        found = [told for station in self.stations.values() for told in station.late]
        found += self.venue.ledger.verify() + audit(self.venue.books(self.now))
        for what, (ours, theirs) in self.figures().items():
            if ours != theirs:
                found.append(f"{what}: {ours}, but the devices say {theirs}")
        return found

    def figures(self) -> dict[str, tuple[Any, Any]]:
        """What the books say, and what the devices did."""
        store, ledger = self.venue.store, self.venue.ledger
        found: dict[str, tuple[Any, Any]] = {
            "notes": (self._booked(ACCEPTOR), sorted(f * 100 for f in self.notes.cassette)),
            "undecided notes": (self._booked(ACCEPTOR, UNDECIDED), []),
        }
        if isinstance(self.coins, PulseAcceptor):
            found["pulses"] = len(self._booked(COINS)), self.coins.given
            found["pulses on their way"] = 0, self.coins.owed
        else:
            found["coins"] = self._booked(COINS), sorted(self.coins.box)
        charged = self.terminal.charged
        found["payments"] = ledger.balance("1110:terminal", "RUB"), sum(m for _, m in charged)
        found["names of payments"] = len({name for name, _ in charged}), len(charged)
        ended = store.table("payouts").all()
        found["coins paid out"] = sum(int(one["paid"]) for one in ended), self.hopper.paid_out
        found["states of pay-outs"] = {one["state"] for one in ended} | {"ended"}, {"ended"}
        documents = store.table("fiscal").all()
        states = {one["state"] for one in documents} | {"confirmed"}
        found["fiscal documents"] = states, {"confirmed"}
        numbers = sorted(str(one["device_number"]) for one in documents)
        found["fiscal numbers"] = numbers, sorted(str(p.number) for p in self.fiscal.printed)
        paper, copies = self._on_paper()
        found["slips on paper twice"] = [], [slip for slip, times in paper.items() if times > 1]
        slips = store.table("slips").all()
        printed = sum(slip["state"] == "printed" for slip in slips)
        doubtful = sum(slip["state"] in ("partial", "unknown") for slip in slips)
        whole = len(paper.keys() | copies)
        found["slips on paper"] = min(max(whole, printed), printed + doubtful), whole
        for name in (STRIPE, SCANNER):
            station = self.stations[name]
            found[f"cards of {name}"] = station.presented, station.texts
        found["cards heard"] = (
            len(self.presented),
            sum(self.stations[name].texts for name in (STRIPE, SCANNER)),
        )
        found["taps"] = self.taps, _taps(self.presented)
        return found

    def _on_paper(self) -> tuple[Counter[tuple[str, str]], set[tuple[str, str]]]:
        """Each whole slip by its head and its proof: how often it came out, and what is a copy."""
        found: Counter[tuple[str, str]] = Counter()
        copies: set[tuple[str, str]] = set()
        for slip in self.printer.receipts:
            head, proof = _HEAD.findall(slip.text), _PROOF.findall(slip.text)
            if slip.cut and head and proof:
                name = head[-1].replace("COPY", "").strip(" ·"), proof[-1]
                copies.add(name) if "COPY" in slip.text else found.update([name])
        return found, copies

    def _booked(self, device: DeviceId, states: tuple[str, ...] = SPENT) -> list[int]:
        notes = self.venue.store.table("notes").all()
        mine = [n for n in notes if note_device(n["id"]) == device]
        return sorted(n["minor"] for n in mine if n["state"] in states)


def _taps(presented: list[tuple[float, str, int]]) -> int:
    """How many taps these are: the same card within a second of one that counted is the same.

    Unless something was pressed in between.
    """
    counted: list[tuple[float, str, int]] = []
    for at_s, raw, touches in presented:
        if not counted or counted[-1][1:] != (raw, touches) or at_s - counted[-1][0] >= 1.0:
            counted.append((at_s, raw, touches))
    return len(counted)

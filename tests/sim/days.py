"""A seed, a number of days, and what came of them.

See `faults.py` for the fault model, `auditor.py` for what is checked.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from kiosk.core.venue import Venue
from tests.sim import books
from tests.sim.auditor import COINS
from tests.sim.desk import Cashier, Collector
from tests.sim.facts import Violation
from tests.sim.faults import FAULTS, STRUCK
from tests.sim.guests import FORBIDDEN, FORGED, TAKEN, Person, Visit, Wish, letters, people
from tests.sim.play import Play
from tests.sim.staff import Attendant, Till
from tests.sim.story import BEGIN, DAY_S
from tests.sim.tables import Tables, table_cards
from tests.sim.world import World, virtual_lights

Say = Callable[[str], None]
OPEN_S, CLOSE_S = 3600.0, 13.5 * 3600.0
"""The venue is open from ten until half past ten; a simulated day begins at nine."""

BUSY_S = (7 * 3600.0, 11 * 3600.0)
"""From four to eight in the afternoon people come in waves."""

LAST_LINES = 60
PEOPLE_MAX = 500
"""So many ever come; then the venue has its regulars."""


@dataclass
class Outcome:
    """What came of a seed."""

    seed: int
    days: int
    violation: str = ""
    story: list[str] = field(default_factory=list)
    strikes: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    cashbox: dict[int, int] = field(default_factory=dict)
    owed: dict[str, int] = field(default_factory=dict)


class Days:
    """A venue's days with one kiosk."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.world = World(seed, folder)
        self.dice = self.world.random
        self.attendant = Attendant(self.world)
        self.world.attendant_call = self.attendant.call
        self.world.moments = self._try
        self.till = Till(self.world)
        self.cashier, self.collector = Cashier(self.world), Collector(self.world)
        self.attendant.pay_ticket = lambda text, minor: self.cashier.do(
            self.cashier.pays_ticket(text, minor)
        )
        self.queue: deque[tuple[Person, Wish]] = deque()
        self._plans: list[str] = []
        self.world.coming = people(self.dice, PEOPLE_MAX)
        for person in self.world.coming:
            self.world.auditor.card(person.number, person.who)
        self.tables, self.play = Tables(self.cashier), Play(self.cashier)
        self.tables.cards = table_cards(self.dice, self.world.coming)
        for card in self.tables.cards:
            self.world.auditor.card(card, f"whoever has table card {card}")

    # --- a day ------------------------------------------------------------------------------------

    def day(self, number: int) -> None:
        """One day, from nine to nine; the first is 1."""
        world, dice = self.world, self.dice
        begun_s = (number - 1) * DAY_S
        for _ in range(dice.randint(2, 5) if world.people else 8):
            self._new_person()
        for _ in range(dice.randint(8, 16)):
            self._at(begun_s + self._hour(), self._guest_comes)
        for _ in range(2):
            wave_s = begun_s + dice.uniform(*BUSY_S)
            for _ in range(dice.randint(3, 6)):
                self._at(wave_s + dice.uniform(0, 300), self._guest_comes)
        for _ in range(dice.randint(2, 5)):
            self._at(begun_s + dice.uniform(OPEN_S, CLOSE_S), self._order)
        for at_s in (OPEN_S + 60, 6 * 3600.0, CLOSE_S - 600):
            self._at(begun_s + at_s + dice.uniform(0, 500), self.attendant.come)
        self._desk(begun_s)
        if dice.random() < 0.4:
            self._at(begun_s + dice.uniform(OPEN_S, CLOSE_S), self._card_lost)
        if dice.random() < 0.15:
            self._at(begun_s + dice.uniform(OPEN_S, CLOSE_S), self._forget)
        for kind, (rate, _) in FAULTS.items():
            for _ in range(_times(dice.random(), rate)):
                self._at(begun_s + self._hour(), lambda kind=kind: self._plan(kind))
        self._at(begun_s + CLOSE_S, self._close)
        world.run(begun_s + CLOSE_S + 1800.0)
        self._evening()
        world.run(begun_s + DAY_S)

    def _desk(self, begun_s: float) -> None:
        """What comes to the desk: the shift, guests with cash, and the collector."""
        dice, cashier = self.dice, self.cashier
        self._at(begun_s + OPEN_S - 600, lambda: cashier.do(cashier.opens()))
        for _ in range(dice.randint(3, 7)):
            self._at(begun_s + self._hour(), self._at_the_desk)
        for _ in range(dice.randint(1, 4)):
            self._at(begun_s + self._hour(), self._group_comes)
        for _ in range(dice.randint(1, 3)):
            self._at(begun_s + self._hour(), self._guest_pays)
        for _ in range(dice.randint(2, 5)):
            self._at(begun_s + self._hour(), self._guest_plays)
        if dice.random() < 0.6:
            at_s = begun_s + dice.uniform(OPEN_S, CLOSE_S)
            self._at(at_s, lambda: self.collector.do(self.collector.collects()))

    def _at_the_desk(self) -> None:
        cashier, number = self.cashier, self.dice.choice(self.world.people).number
        what = self.dice.random()
        if what < 0.6:
            cashier.do(cashier.tops_up(number))
        elif what < 0.75:
            cashier.do(cashier.refunds(number))
        elif what < 0.85:
            cashier.do(cashier.takes_back())
        else:
            cashier.do(cashier.moves_cash())

    def _group_comes(self) -> None:
        """A group sits down for an hour or two, orders, and pays."""
        dice, cashier, tables = self.dice, self.cashier, self.tables
        free = tables.free
        if not free:
            return
        card = dice.choice(free)
        cashier.do(tables.seats(card))
        stay_s = dice.uniform(1200, 7200)
        for _ in range(dice.randint(0, 3)):
            self.world.after(dice.uniform(60, stay_s), lambda: self._order_at(card))
        for rate, what in ((0.3, tables.adds), (0.3, tables.pays_one), (0.2, tables.takes_off)):
            if dice.random() < rate:
                later_s = dice.uniform(600, stay_s)
                self.world.after(later_s, lambda what=what: cashier.do(what(card)))
        self.world.after(stay_s, lambda: cashier.do(tables.leaves(card)))

    def _order_at(self, card: str) -> None:
        if card in self.tables.taken:
            self.till.order(card)

    def _guest_pays(self) -> None:
        """A guest with a card of his own pays for what he had."""
        bills = self.world.auditor.bills
        own = [p.number for p in self.world.people if p.number in bills]
        if own:
            self.cashier.do(self.tables.leaves(self.dice.choice(own)))

    def _guest_plays(self) -> None:
        """A guest buys minutes, and plays, for them or for money."""
        cashier, play, card = self.cashier, self.play, self.dice.choice(self.world.people).number
        if self.dice.random() < 0.6:
            cashier.do(play.buys(card))
        if self.dice.random() < 0.2:
            cashier.do(play.pays_debts())
        cashier.do(play.begins(card))

    def _at(self, at_s: float, what: Callable[[], None]) -> None:
        self.world.after(max(0.0, at_s - self.world.now_s), what)

    def _hour(self) -> float:
        if self.dice.random() < 0.6:
            return self.dice.uniform(*BUSY_S)
        return self.dice.uniform(OPEN_S, CLOSE_S)

    def _plan(self, kind: str) -> None:
        self._plans.append(kind)

    def _try(self) -> None:
        """Whatever waits for its moment looks whether it has come."""
        for kind in list(self._plans):
            if FAULTS[kind][1](self.world):
                self._plans.remove(kind)

    def _close(self) -> None:
        self._plans.clear()
        if self.world.blow is not None and not self.world.blow.struck:
            self.world.blow = None

    # --- people -----------------------------------------------------------------------------------

    def _new_person(self) -> None:
        dice, world = self.dice, self.world
        if not world.coming:
            return
        person = world.coming.pop(0)
        index = len(world.people) + 1
        if dice.random() < 0.15:
            person.phone = f"9{index:09}"
            person.pin = dice.choice(("7391", "2846", "9057"))
            if dice.random() < 0.3 and world.people:
                known = [p for p in world.people if p.phone]
                if known:
                    other = dice.choice(known)
                    person.phone = other.phone  # a phone of the family: another's PIN, or no PIN
                    person.pin = "1357"
        if dice.random() < 0.3:
            person.name = letters(index)
        world.people.append(person)

    def _guest_comes(self) -> None:
        dice, world = self.dice, self.world
        person = dice.choice(world.people)
        count = dice.choice((0, 1, 1, 2, 3, 5)) if dice.random() < 0.95 else 14
        notes = [dice.choice(TAKEN if count < 10 else (500, 1000)) for _ in range(count)]
        if notes and dice.random() < 0.08:
            notes.append(dice.choice(FORBIDDEN))
        if notes and dice.random() < 0.06:
            notes.append(FORGED)
        wish = Wish(notes, looks=dice.randint(0, 1), patience_s=dice.uniform(120, 400))
        if world.coin_dice.random() < 0.4:
            count = world.coin_dice.choice((1, 2, 3, 4, 9))
            wish.coins = [world.coin_dice.choice(COINS) for _ in range(count)]
        self.queue.append((person, wish))
        world.story.counts["guests"] += 1
        self._next()

    def _next(self) -> None:
        if self.world.occupied or not self.queue:
            return
        person, wish = self.queue.popleft()
        self.world.occupied = True
        self.world.tell(f"{person.who} (card {person.number[-4:]}) steps up with {wish.notes}")
        visit = Visit(self.world, person, wish, self._left)
        self.world.after(self.dice.uniform(0.5, 3), visit.step)

    def _left(self) -> None:
        self.world.occupied = False
        self.world.after(self.dice.uniform(1, 12), self._next)

    def _order(self) -> None:
        card = self.dice.choice(self.world.people).number
        bill = self.world.auditor.bills.get(card)
        if bill is None or not bill.leaving:
            self.till.order(card)

    def _card_lost(self) -> None:
        number = self.dice.choice(self.world.people).number
        self.attendant.block(number, "block")
        self.world.after(
            self.dice.uniform(600, 20000), lambda: self.attendant.block(number, "unblock")
        )

    def _forget(self) -> None:
        self.attendant.forget(self.dice.choice(self.world.people).number)

    # --- the end of a day -------------------------------------------------------------------------

    def _evening(self) -> None:
        """The venue is closed: all is mended, and everything is counted."""
        world = self.world
        self.cashier.do(self.cashier.closes())
        for _ in range(20):
            world.make_room()
            world.acceptor_on()
            world.coins_on()
            self.attendant.come()
            world.run(world.now_s + 400.0)
            hands = self.cashier.idle and self.collector.idle
            if world.quiet() and hands and not world.auditor.still_open():
                break
        else:
            open_ = "\n  ".join(map(str, world.auditor.still_open()))
            raise Violation(f"at the end of the day the kiosk does not come to rest: {open_}")
        assert world.process is not None
        venue = world.process.venue
        told = books.balances(venue)
        world.auditor.check(told)
        world.auditor.check_orders(books.orders(venue))
        world.auditor.check_visits(books.visitors(venue))
        # As `kiosk show` does while the kiosk runs: a second reader sees the same.
        second = Venue.open(world.folder / "kiosk.db", world.folder / "secrets.db", write=False)
        try:
            if books.balances(second) != told:
                raise Violation("a second reader of the store sees other books")
        finally:
            second.close()

    def verify(self) -> None:
        """`kiosk verify` of the whole books, and of the code on each slip that came out."""
        assert self.world.process is not None
        world = self.world
        found = books.findings(world.process.venue, world.now(), world.auditor.proofs)
        if found:
            raise Violation(f"kiosk verify: {found[:3]}")


def _times(dice: float, rate: float) -> int:
    return int(rate) + (dice < rate % 1)


def run(seed: int, days: int, say: Say, *, folder: Path | None = None) -> Outcome:
    """Simulate `days` days from `seed`; nothing of the clock or the machine decides anything.

    Args:
        seed: of all randomness.
        days: how many.
        say: told a line a day.
        folder: where the store is made; in memory unless given.
    """
    memory = Path("/dev/shm")
    place = Path(tempfile.mkdtemp(dir=folder or (memory if memory.is_dir() else None)))
    outcome = Outcome(seed, days)
    simulated = None
    try:
        simulated = Days(seed, place)
        with virtual_lights(), _silence(), simulated.world.disk:
            try:
                simulated.world.open_store()
                _days(simulated, days, say)
            finally:
                # While the disk is still there: what SQLite has open ends in it.
                simulated.world.shut_down()
    except Violation as violation:
        outcome.violation = str(violation)
    finally:
        if simulated is not None:
            world = simulated.world
            outcome.story = world.story.lines
            outcome.strikes, outcome.counts = world.story.strikes, world.story.counts
            outcome.cashbox = world.auditor.cashbox()
            outcome.owed = world.auditor.balance()
            outcome.counts["checks"] = world.auditor.checks
        shutil.rmtree(place, ignore_errors=True)
    return outcome


@contextmanager
def _silence() -> Iterator[None]:
    """The kiosk's log is not the story."""
    log = logging.getLogger("kiosk")
    kept, log.propagate = log.propagate, False
    nowhere = logging.NullHandler()
    log.addHandler(nowhere)
    try:
        yield
    finally:
        log.removeHandler(nowhere)
        log.propagate = kept


def _days(simulated: Days, days: int, say: Say) -> None:
    story = simulated.world.story
    for number in range(1, days + 1):
        before, struck = story.counts.copy(), story.strikes.total()
        simulated.day(number)
        if number % 5 == 0 or number == days:
            simulated.verify()
        now = story.counts - before
        told = ", ".join(f"{now[w]} {w}" for w in ("guests", "notes", "coins", "slips", "starts"))
        date = BEGIN + timedelta(days=number - 1)
        say(f"{date:%d %B}: {told}, {story.strikes.total() - struck} faults")


def table(strikes: Counter[str]) -> list[str]:
    """How often each fault struck, a line each; every kind is there, also one that never did."""
    kinds = sorted({*STRUCK, *strikes})
    width = max(map(len, kinds))
    return [f"{kind:<{width}}  {strikes[kind]:>6}" for kind in kinds]


def told(outcome: Outcome) -> list[str]:
    """The story of a violation, in plain words, with how to see it again."""
    return [
        f"seed {outcome.seed}: a violation",
        *outcome.story[-LAST_LINES:],
        outcome.violation,
        f"again: make sim SEED={outcome.seed} DAYS={outcome.days}",
    ]

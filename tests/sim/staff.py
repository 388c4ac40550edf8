"""The attendant who comes by, and the till of the bar. They use the real commands.

The attendant mends what he sees, and decides about notes whose place is unknown: he looks into
the cassette, counts it by denomination, asks the guests, and tells the kiosk what he found.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from kiosk import verbs
from kiosk.core.bills import OrderLine
from kiosk.core.books import Query
from kiosk.core.clock import Now
from kiosk.core.errors import Refused, StorageFailed
from kiosk.core.ids import JobId
from kiosk.core.ledger import Entry
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.orders import SaveOrder
from kiosk.hardware.peers.ccnet_frames import State
from kiosk.runtime import Request, Runtime
from tests.sim import books
from tests.sim.facts import Act, Violation
from tests.sim.process import ACCEPTOR, PRINTER, Cut

if TYPE_CHECKING:
    from tests.sim.world import World

T = TypeVar("T")
RUB = CURRENCIES["RUB"]


class Desk:
    """A way to a running kiosk like that of the control socket, see `verbs.Keeper`.

    Raises:
        ConnectionError: the kiosk does not run.
        StorageFailed: it ended over this.
        Cut: it died over this.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def ask(self, work: Callable[[Runtime, Now], T]) -> T:
        process = self._world.process
        if process is None or process.runtime.failure is not None:
            raise ConnectionError("the kiosk does not answer")
        request = Request(work, Future())
        process.inbox._items.append(request)
        process.turn()
        answer: T = request.answer.result(0)
        return answer

    def query(self, query: Query[T]) -> T:
        return self.ask(lambda r, now: r.venue.ask(query, now))

    def command(self, command: object, actor: str, key: str) -> Entry:
        done = self.ask(lambda r, now: r.command(command, actor=actor, key=key, now=now))
        if isinstance(done, Refused):
            raise done
        return done


class Attendant:
    """He comes on his rounds, and when he is called."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.desk = Desk(world)
        self._called = False
        self.pay_ticket: Callable[[str, int], None] = lambda text, minor: None
        """Takes a ticket and what it is worth to the cashier, who pays it in cash."""

    def call(self, in_s: float) -> None:
        """Somebody told him of trouble."""
        if not self._called:
            self._called = True
            self.world.after(in_s, self._come)

    def _come(self) -> None:
        self._called = False
        self.come()

    def come(self) -> None:
        """One round; what needs another look brings him back."""
        world = self.world
        world.story.counts["rounds"] += 1
        world.tell("the attendant comes")
        self._mend_printer()
        self._mend_acceptor()
        world.after(45.0, self._decide)

    def _mend_printer(self) -> None:
        world, printer = self.world, self.world.printer
        for name, station in world.stations.items():
            if not station.plugged:
                world.tell(f"the attendant plugs the {name} in again")
                station.push()
        if not printer.powered:
            world.printer_on()
        if printer.blocked or printer._paper_state != "ok" or printer._ends_at is not None:
            world.tell("the attendant puts paper in and closes the printer")
            world.hands_on_printer = True
            printer.mend()
            printer.cover(False)
            printer.paper("ok")
            if world.process is None:
                # With nobody at the line it prints what it holds all the same, now.
                printer.tick(world.device_s(PRINTER))
            world.stations[PRINTER].stir(5.0)
            world.after(20.0, self._hands_off)

    def _hands_off(self) -> None:
        self.world.hands_on_printer = False

    def _mend_acceptor(self) -> None:
        world, peer = self.world, self.world.acceptor
        at_s = world.device_s(ACCEPTOR)
        if not peer.powered:
            world.acceptor_on()
        if peer.frozen:
            peer.thaw(at_s)
        if peer.state in (State.VALIDATOR_JAMMED, State.CASSETTE_JAMMED, State.PAUSED) or (
            peer.state is State.FAILED
        ):
            self._clear(at_s)
        elif world.collecting:
            return
        elif peer.state is State.CASSETTE_OUT:
            peer.put_back(at_s)
        elif peer.state is State.CASSETTE_FULL or world.random.random() < 0.15:
            if peer.inside or peer.untold:
                return
            world.tell(f"the attendant takes the cassette out: {sorted(peer.cassette)}")
            peer.remove_cassette(at_s)
            world.after(20.0, self._put_back)
        world.stations[ACCEPTOR].stir(3.0)
        world.touched()

    def _put_back(self) -> None:
        if not self.world.collecting:
            self.world.acceptor.put_back(self.world.device_s(ACCEPTOR))

    def _clear(self, at_s: float) -> None:
        world, peer = self.world, self.world.acceptor
        stacked = False
        if peer.inside:
            if world.process is None:
                self.call(300.0)  # what the kiosk knows of the note decides where it goes
                return
            stacked = self._into_cassette()
        peer.clear_jam(at_s, stacked=stacked)
        world.tell("the attendant clears the acceptor")

    def _into_cassette(self) -> bool:
        """Where the note goes that sticks: to the guest, unless the kiosk counts on it."""
        world = self.world
        note = world.auditor.inside
        assert note is not None and world.process is not None
        told = books.notes(world.process.venue)
        credited = told.count((note.card, note.minor, "settled"))
        there = sum(
            (n.card, n.minor, n.place) == (note.card, note.minor, "cassette")
            for n in world.auditor.notes
            if n.settled != "suspense"
        )
        if credited > there:
            return True
        held = any(told.count((note.card, note.minor, s)) for s in ("held", "doubtful"))
        return held and world.random.random() < 0.5

    def _decide(self) -> None:
        """The notes that wait for a decision, as the kiosk lists them."""
        world = self.world
        try:
            if not world.quiet() or world.collecting:
                raise ConnectionError
            listed = verbs.STAFF["note"](self.desk, ["list"], {})
            asked = self.desk.ask(lambda r, now: books.balances(r.venue))
            world.auditor.check(asked)
            if asked["undecided"]:
                world.tell(f"the kiosk lists: {listed}")
            for client, minor, name in asked["undecided"]:
                in_box = world.auditor.in_box[client, minor] > 0
                self._tell_kiosk(client, minor, name, in_box)
                world.auditor.in_box[client, minor] -= in_box
        except (ConnectionError, StorageFailed, Cut) as gone:
            self.call(600.0)
            if isinstance(gone, Cut):
                raise
        world.touched()
        world.after(20.0, self._pay)

    def _pay(self) -> None:
        """Money that is nobody's: credit it, give it a ticket, redeem the tickets brought."""
        try:
            if not self.world.quiet():
                raise ConnectionError
            self._suspense()
            self._tickets()
        except (ConnectionError, StorageFailed, Cut) as gone:
            self.call(600.0)
            if isinstance(gone, Cut):
                raise
        self.world.touched()

    def _suspense(self) -> None:
        world, dice = self.world, self.world.random
        for name, minor in self.desk.ask(lambda r, now: books.in_suspense(r.venue)):
            whose = [card for card in world.auditor.in_suspense(minor) if card]
            if whose and dice.random() < 0.6:
                card = dice.choice(whose)
                words = ["credit", name, card]
                act = world.auditor.says("credit", {"suspense": -minor, card: minor})
                self._command(act, "note", words)
                world.strike("claims: a note in suspense is credited")
            else:
                told = verbs.STAFF["claim"](self.desk, ["issue", name], {})
                world.tell(f"the attendant issues a claim: {told}")
        for number, minor in self.desk.ask(lambda r, now: books.open_claims(r.venue)):
            known = [text for text, worth in world.auditor.tickets if worth == minor]
            if not any(f":{number:06}:" in text for text in known):
                self._print_ticket(number)

    def _print_ticket(self, number: int) -> None:
        """A ticket that never came out is printed into his own hands."""
        world = self.world
        try:
            self.desk.ask(lambda r, now: r.print_slip(JobId(f"claim_ticket:{number}"), now))
            world.tell(f"the attendant prints the ticket {number} again")
        except Refused as refused:
            world.tell(f"the ticket {number} is not printed: {refused}")

    def _tickets(self) -> None:
        """Guests bring their tickets to the desk; some bring one again, or a false one."""
        world, dice = self.world, self.world.random
        for text, minor in list(world.auditor.tickets):
            if dice.random() < 0.4:
                continue
            if dice.random() < 0.7:
                false = _other(text, dice)
                self._refused(false, "claims: a false ticket is brought")
            cards = [p.number for p in world.people if p.registered]
            if not cards or dice.random() < 0.5:
                self.pay_ticket(text, minor)
                continue
            card = dice.choice(cards)
            act = world.auditor.says("redeem", {"suspense": -minor, card: minor})
            world.auditor.brought(text)
            if self._command(act, "claim", ["redeem", text, card]):
                world.strike("claims: a ticket is redeemed")
                if dice.random() < 0.5:
                    self._refused(text, "claims: a ticket is brought twice")

    def _refused(self, text: str, kind: str) -> None:
        self.world.strike(kind)
        try:
            told = verbs.STAFF["claim"](self.desk, ["redeem", text, "cash"], {"reason": "again"})
        except Refused:
            return
        raise Violation(f"{kind}, and is paid: {told}")

    def _command(self, act: Act, verb: str, words: list[str], *, again: bool = False) -> bool:
        """Say it until it is answered; whether it is done, now or by a former try."""
        world = self.world
        try:
            told = verbs.STAFF[verb](self.desk, words, {"reason": "the guest says so"})
            world.tell(f"the attendant: {told}")
        except (ConnectionError, StorageFailed, Cut):
            world.after(200.0, lambda: self._again(act, verb, words))
            raise
        except Refused as refused:
            world.tell(f"the attendant cannot {' '.join(words)[:60]}: {refused.key}")
            done = refused.key in ("err.claim_redeemed", "err.not_in_suspense")
            if done and not again:
                raise Violation(f"refused at the first try: {refused.key}") from refused
            (world.auditor.done if done else world.auditor.not_done)(act)
            return done
        except ValueError as wrong:
            world.tell(f"the attendant cannot {' '.join(words)[:60]}: {wrong}")
            world.auditor.not_done(act)
            return False
        world.auditor.done(act)
        return True

    def _again(self, act: Act, verb: str, words: list[str]) -> None:
        with suppress(ConnectionError, StorageFailed):
            self._command(act, verb, words, again=True)
        self.world.touched()

    def forget(self, number: str) -> None:
        """A guest wants to be forgotten."""
        try:
            told = verbs.STAFF["client"](self.desk, ["erase", number], {"reason": "asked for it"})
            self.world.tell(f"the attendant: {told}")
            self.world.auditor.erased(number)
            self.world.story.counts["erased"] += 1
        except (ConnectionError, StorageFailed, Cut) as gone:
            self.world.after(600.0, lambda: self.forget(number))
            if isinstance(gone, Cut):
                raise
        except (Refused, ValueError) as refused:
            self.world.tell(f"the attendant cannot erase {number[-4:]}: {refused}")

    def _tell_kiosk(self, client: str, minor: int, name: str, in_box: bool) -> None:
        verb, found = ("settle", "in the cassette") if in_box else ("void", "with the guest")
        told = verbs.STAFF["note"](self.desk, [verb, name], {"reason": f"found {found}"})
        self.world.tell(f"the attendant found it {found}: {told}")
        self.world.story.counts["decided"] += 1
        self.world.auditor.staff_decided(client, minor, settled=in_box)
        if self.world.random.random() < 0.3:
            # He is not sure that he did it, or thinks better of it: decided is decided.
            other = "void" if in_box else "settle"
            self.world.strike("staff: decides the other way round afterwards")
            with suppress(Refused):
                told = verbs.STAFF["note"](self.desk, [other, name], {"reason": "or not"})
                raise Violation(f"a decided note was decided again: {told}")

    def block(self, number: str, verb: str) -> None:
        """A guest says that the card is lost, or found."""
        try:
            told = verbs.STAFF["card"](self.desk, [verb, number], {"reason": "says the guest"})
            self.world.tell(f"the attendant: {told.partition(':')[2].strip()}")
        except (ConnectionError, StorageFailed, Cut) as gone:
            self.world.after(600.0, lambda: self.block(number, verb))
            if isinstance(gone, Cut):
                raise
        except (Refused, ValueError) as refused:
            self.world.tell(f"the attendant cannot {verb} {number[-4:]}: {refused}")


def _other(text: str, dice: Random) -> str:
    """A ticket with one character changed, as somebody would who wants more."""
    at = dice.randrange(len("FOYER:CLAIM:K1:"), len(text))
    other = dice.choice([c for c in "0123456789ABCDEF" if c != text[at]])
    return text[:at] + other + text[at + 1 :]


class Till:
    """It saves orders, and says everything again until it is told that it was heard."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.desk = Desk(world)
        self._count = 0

    def order(self, number: str) -> None:
        """Somebody orders something on a card."""
        world, dice = self.world, self.world.random
        self._count += 1
        name = f"{self._count}"
        prices = [dice.choice((60, 90, 120, 180, 240)) for _ in range(dice.randint(1, 3))]
        world.auditor.order_sent(f"till:bar/{name}", sum(prices) * 100, number)
        self._send(name, number, prices)

    def _send(self, name: str, number: str, prices: list[int]) -> None:
        world = self.world
        lines = tuple(OrderLine(f"Item {p}", 1, Money.face(p, RUB)) for p in prices)
        known = f"till:bar/{name}"
        try:
            card = books.card_id(world.process.venue, number) if world.process else ""
            if card is None:
                world.auditor.order_ended(known, "refused")
                return
            command: Any = SaveOrder(name, card, "Bar", lines)
            for again in range(2 if world.random.random() < 0.2 else 1):
                if again:
                    world.strike("messages: a till says it twice")
                done = self.desk.command(command, "till:bar", f"order:{name}")
                world.auditor.order_ended(known, "acknowledged")
                assert done.kind == "order_saved"
            world.story.counts["orders"] += 1
        except Refused as refused:
            world.auditor.order_ended(known, "refused")
            world.tell(f"order {name} on {number[-4:]} is refused: {refused.key}")
        except (ConnectionError, StorageFailed, Cut) as gone:
            world.strike("messages: a till hears no answer and says it again")
            world.after(60.0, lambda: self._send(name, number, prices))
            if isinstance(gone, Cut):
                raise

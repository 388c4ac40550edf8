"""The cashier with her drawer, and the collector with his bag. They use the real commands.

Notes and coins change hands when the kiosk has answered; sometimes a wrong one does, or one that
nobody meant to. Rules of who may what are the demonstration venue's: 101 is a cashier, 102 an
administrator, 103 a collector, 105 a manager.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kiosk.core.balances import ChangeBalance
from kiosk.core.cashbox import CollectCashbox, Collections, CountCollection, GetBoxState
from kiosk.core.claims import RedeemClaim
from kiosk.core.desk_top_ups import ReverseTopUp, TopUpAtDesk
from kiosk.core.drawer import CollectDrawer, FloatIn, WithdrawCash
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId, JobId
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.session_list import UnpaidSessions
from kiosk.core.shifts import CloseShift, CurrentShift, OpenShift
from kiosk.core.tenders import FaceCount
from kiosk.hardware.peers.ccnet_frames import State
from tests.sim import books
from tests.sim.drawer import Drawer, Pieces, pieces, worth
from tests.sim.facts import Violation
from tests.sim.hands import Ask, Hands, Job, Print, Say
from tests.sim.process import ACCEPTOR
from tests.sim.till import TILL, VAULT, Till, bag_counted, collected

if TYPE_CHECKING:
    from tests.sim.world import World

RUB = CURRENCIES["RUB"]
CASHIER, ADMINISTRATOR, COLLECTOR, MANAGER = "staff:101", "staff:102", "staff:103", "staff:105"
WARNINGS: Any = ("open_visits", "doubtful_notes", "unfiscalised", "desk_paper")
WRONG = 0.04
"""How often hands do something wrong with cash."""

MISSING, TOO_MUCH = "desk: a note is missing in the drawer", "desk: a note too much in the drawer"


def money(minor: int) -> Money:
    return Money(minor, RUB)


def by_face(held: Pieces) -> tuple[FaceCount, ...]:
    """Notes and coins as they are counted."""
    return tuple(FaceCount(money(face), number) for face, number in sorted(held.items()) if number)


class Cashier(Hands):
    """The desk: a shift a day, and everything in it that cash is needed for."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "desk")
        self.drawer = Drawer()
        self.till = Till()
        self._receipts: list[tuple[str, str, int]] = []
        """Of top-ups in cash in this shift: job, card and minor units."""

    # --- cash in hands ----------------------------------------------------------------------------

    def takes(self, given: Pieces) -> None:
        """A guest's money goes into the drawer, most often all of it."""
        self.drawer.put(given)
        self.till.hands(worth(given))
        self._slips()

    def gives(self, given: Pieces) -> None:
        """Money goes out of the drawer."""
        self.drawer.take(given)
        self.till.hands(-worth(given))
        self._slips()

    def _slips(self) -> None:
        """Now and then a note more goes out than should, or comes in."""
        if self.dice.random() >= WRONG:
            return
        face = self.dice.choice((5000, 10000, 50000))
        if self.dice.random() < 0.5 and self.drawer.inside[face]:
            self.drawer.take(Pieces({face: 1}))
            self.till.hands(-face, wrong=True)
            self.world.strike(MISSING, f"{face // 100}")
        else:
            self.drawer.put(Pieces({face: 1}))
            self.till.hands(face, wrong=True)
            self.world.strike(TOO_MUCH, f"{face // 100}")

    def paid(self, minor: int) -> Pieces:
        """What lies in the drawer less what lay there, when a guest pays with what he has."""
        rounded = -(-minor // 50000) * 50000
        change = self.drawer.find(rounded - minor)
        if change is None or self.dice.random() < 0.5:
            return pieces(minor, 100000)
        self.drawer.take(change)
        self.till.hands(-worth(change))
        return pieces(rounded, 100000)

    # --- the shift --------------------------------------------------------------------------------

    def opens(self) -> Job:
        """In the morning: a float from the vault, and the shift."""
        put_in = pieces(self.dice.choice((150000, 300000, 500000)), 50000)
        put_in += Pieces({10000: 8, 5000: 6, 1000: 20})
        put_in += Pieces({500: 4, 100: 10} if self.dice.random() < 0.5 else {})
        minor = worth(put_in)
        command = OpenShift(by_face(put_in), reason="change", comment="the morning's float")
        if isinstance((yield Say(command, CASHIER, _from_vault(minor))), Refused):
            return
        self.drawer.put(put_in)
        self.till.hands(minor)
        self._receipts.clear()

    def moves_cash(self) -> Job:
        """A float more, or money out of the drawer that is too full."""
        dice = self.dice
        if dice.random() < 0.4:
            put_in = pieces(dice.choice((50000, 120000)), 10000)
            command: Any = FloatIn(by_face(put_in), "change")
            if not isinstance((yield Say(command, CASHIER, _from_vault(worth(put_in)))), Refused):
                self.takes(put_in)
            return
        found = self.drawer.find(dice.choice((50000, 100000, 250000)))
        if found is None:
            return
        minor = worth(found)
        if dice.random() < 0.5:
            command = WithdrawCash(by_face(found), "bank", employee="105")
        else:
            command = CollectDrawer("too much in the drawer", part=money(minor))
        if not isinstance((yield Say(command, CASHIER, _from_vault(-minor))), Refused):
            self.gives(found)

    def closes(self) -> Job:
        """In the evening: what is in the drawer is counted, and the Z is made."""
        for _ in range(6):
            shift = yield Ask(CurrentShift(), CASHIER)
            if shift is None:
                return
            for job in books.slips_due(self.world.process):
                yield Print(job)
                yield 15.0
            auditor, counted = self.world.auditor, self.drawer.inside
            expected = auditor.on_the_books(TILL)
            moves = self.till.counted(worth(counted), expected)
            command = CloseShift(by_face(counted), confirmed=WARNINGS, comment="the day's end")
            done = yield Say(command, CASHIER, moves)
            if not isinstance(done, Refused):
                self.till.accepted()
                self.world.story.counts["shifts"] += 1
                return
            yield 60.0

    # --- guests at the desk -----------------------------------------------------------------------

    def tops_up(self, number: str) -> Job:
        """A guest puts money on his card at the desk."""
        client = self.client(number)
        if client is None:
            return
        minor = 10000 * self.dice.randint(1, 12)
        by_card = self.dice.random() < 0.2
        account = "=1110" if by_card else TILL
        command = TopUpAtDesk(client, money(minor), "bank_card" if by_card else "cash")
        done = yield Say(command, CASHIER, {account: minor, number: minor})
        if isinstance(done, Refused):
            return
        job = str(done.refs["slip"])
        if not by_card:
            self.takes(self.paid(minor))
            self._receipts.append((job, number, minor))
        yield Print(job)

    def refunds(self, number: str) -> Job:
        """A guest wants some of it back, in cash."""
        client = self.client(number)
        found = self.drawer.find(5000 * self.dice.randint(1, 30))
        if client is None or found is None:
            return
        minor = worth(found)
        command = ChangeBalance(client, "game", -minor, "refund", comment="leaves town")
        done = yield Say(command, ADMINISTRATOR, {TILL: -minor, number: -minor})
        if not isinstance(done, Refused):
            self.gives(found)

    def takes_back(self) -> Job:
        """The cashier was mistaken: the last top-up in cash is undone."""
        if not self._receipts:
            return
        job, number, minor = self._receipts.pop()
        found = self.drawer.find(minor)
        if found is None:
            return
        command = ReverseTopUp(JobId(job), comment="the wrong card")
        done = yield Say(command, ADMINISTRATOR, {TILL: -minor, number: -minor})
        if not isinstance(done, Refused):
            self.gives(found)

    def pays_ticket(self, text: str, minor: int) -> Job:
        """A ticket is redeemed in cash, if the drawer has it."""
        found = self.drawer.find(minor)
        if found is None or not self.world.auditor.brings(text):
            return
        command = RedeemClaim(text, ClientId(""), "the guest brings it")
        done = yield Say(command, ADMINISTRATOR, {"suspense": -minor, TILL: -minor})
        if isinstance(done, Refused):
            if done.key not in ("err.no_shift", "err.shift_too_long", "err.till_short"):
                raise Violation(f"a ticket of {minor} is refused: {done.key}")
            self.world.auditor.brings_later(text, minor)
            return
        self.gives(found)
        self.world.strike("claims: a ticket is redeemed in cash")

    def unpaid_sessions(self) -> Any:
        """Sessions that somebody still owes for: names, and minor units."""
        found = yield Ask(UnpaidSessions(), CASHIER)
        return [] if isinstance(found, Refused) else [(s.id, s.owed.minor) for s in found]

    def client(self, number: str) -> ClientId | None:
        """Who holds a card, as the desk finds him; None where the kiosk is off, or nobody."""
        process = self.world.process
        known = books.cards(process.venue).get(number) if process is not None else None
        return ClientId(known[0]) if known else None


def _from_vault(minor: int) -> dict[str, int]:
    return {TILL: minor, VAULT: -minor}


class Collector(Hands):
    """He empties the box of the acceptor; somebody counts what was in it."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "collector")
        self._bags = 0

    def collects(self) -> Job:
        """Take the box out, empty it, and put it back; the bag is counted now or later."""
        world = self.world
        if not (yield from self._may_take_it()):
            return
        world.collecting = True
        try:
            yield from self._with_the_box()
        finally:
            world.collecting = False
            if world.acceptor.state is State.CASSETTE_OUT:
                world.acceptor.put_back(world.device_s(ACCEPTOR))
            world.stations[ACCEPTOR].stir(3.0)
            world.touched()

    def _may_take_it(self) -> Any:
        """Wait until nothing moves, and everybody knows what is in the box."""
        world, peer = self.world, self.world.acceptor
        for _ in range(20):
            if world.quiet() and not world.collecting and peer.powered:
                assert world.process is not None
                world.auditor.check(books.balances(world.process.venue))
                still = peer.state in (State.DISABLED, State.IDLING, State.CASSETTE_FULL)
                if world.auditor.sure() and still and not (peer.inside or peer.untold):
                    return bool(peer.cassette)
            yield self.dice.uniform(20, 90)
        return False

    def _with_the_box(self) -> Any:
        world, peer, dice = self.world, self.world.acceptor, self.dice
        auditor = world.auditor
        expected = auditor.faces()
        found = Pieces(peer.cassette)
        world.tell(f"the collector takes the box out: {dict(sorted(found.items()))}")
        peer.remove_cassette(world.device_s(ACCEPTOR))
        world.stations[ACCEPTOR].stir(3.0)
        if found != auditor.emptied():
            raise Violation(f"in the box are {found}: not the notes that went in")
        peer.emptied += peer.cassette
        peer.cassette.clear()
        taken = dice.random() < 0.4
        if taken:
            # Another box goes in at once, and guests go on; what comes into that one stays.
            while True:
                box = yield Ask(GetBoxState(ACCEPTOR), COLLECTOR)
                if box.out:
                    break
                yield 5.0
            peer.replace_cassette(world.device_s(ACCEPTOR))
            world.stations[ACCEPTOR].stir(3.0)
            world.touched()
        yield dice.uniform(5, 60)
        counted = dict(found)
        faces = by_face(Pieces({face * 100: number for face, number in counted.items()}))
        now = dice.random() < 0.5
        self._bags += 1
        command = CollectCashbox(
            ACCEPTOR, faces if now else None, seal="" if now else f"S-{self._bags}", taken=taken
        )
        moves = dict(collected(expected))
        for account, minor in bag_counted(expected, counted).items() if now else ():
            moves[account] = moves.get(account, 0) + minor
        done = yield Say(command, COLLECTOR, moves)
        if isinstance(done, Refused):
            raise Violation(f"the box cannot be collected: {done.key}")
        name = str(done.refs["collection"])
        world.strike("staff: the box is collected" + (", another one is in" if taken else ""))
        if not now:
            yield dice.uniform(60, 600)
            count = CountCollection(name, faces)
            done = yield Say(count, MANAGER, bag_counted(expected, counted))
            if isinstance(done, Refused):
                raise Violation(f"the bag cannot be counted: {done.key}")
        yield from self._as_told(name, expected, counted)

    def _as_told(self, name: str, expected: dict[int, int], counted: dict[int, int]) -> Any:
        """The collection on file says face by face what hands found."""
        listed = yield Ask(Collections(), COLLECTOR)
        told = next(c for c in listed if c.id == name)
        faces = {f.face.minor // 100: (f.expected, f.counted) for f in told.faces or ()}
        both = {f: (expected.get(f, 0), counted.get(f, 0)) for f in {*expected, *counted}}
        if faces != both:
            raise Violation(f"collection {name} has {faces}, hands found {both}")

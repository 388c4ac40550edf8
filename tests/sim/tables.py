"""Groups with a table card at the desk, and guests who pay for what they had."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from kiosk.core.checkout import CalculateVisit, VoidVisit
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, VisitId
from kiosk.core.orders import PayOrder, VoidOrder
from kiosk.core.payments import Payment
from kiosk.core.prepayments import Deposit
from kiosk.core.recognition import Recognised
from kiosk.core.visits import CreateVisit, OpenVisit
from tests.sim import books
from tests.sim.bills import DEPOSITS, TILL, Bill, as_claim, type_of
from tests.sim.desk import ADMINISTRATOR, CASHIER, Cashier, money
from tests.sim.facts import Violation
from tests.sim.hands import Ask, Job, Print, Say

if TYPE_CHECKING:
    from tests.sim.guests import Person

CLAIM, NO_CHANGE = "desk: change is a claim", "desk: no change in the drawer"
CARDS = 12


def table_cards(dice: Random, people: list[Person]) -> list[str]:
    """The cards that lie at the desk, of which none ends like a guest's."""
    lasts = {person.number[-4:] for person in people}
    made: list[str] = []
    while len(made) < CARDS:
        last = f"{dice.randrange(10000):04}"
        if last not in lasts:
            lasts.add(last)
            made.append(("55" if len(made) % 2 else "56") + last)
    return made


class Tables:
    """What the cashier does about visits."""

    def __init__(self, cashier: Cashier) -> None:
        self._cashier = cashier
        self._world = cashier.world
        self._dice = cashier.dice
        self.cards: list[str] = []

    @property
    def free(self) -> list[str]:
        """The table cards that nobody has."""
        return [card for card in self.cards if card not in self._world.auditor.bills]

    @property
    def taken(self) -> list[str]:
        """Those at tables where more may be ordered."""
        bills = self._world.auditor.bills
        return [card for card in self.cards if card in bills and not bills[card].leaving]

    def seats(self, card: str) -> Job:
        """A group gets a table card, and pays what its type wants before."""
        auditor, kind = self._world.auditor, type_of(card)
        if card in auditor.bills:
            return
        name = "group" if kind.prepaid else "table"
        read = Recognised("A card of the desk", "entrance_card", name, card)
        command = CreateVisit(read=read, guests=self._dice.randint(0, 6), tender="cash")
        moves = {TILL: kind.prepaid, DEPOSITS: -kind.prepaid}
        if isinstance((yield Say(command, CASHIER, moves)), Refused):
            return
        if kind.prepaid:
            self._cashier.takes(self._cashier.paid(kind.prepaid))
        auditor.bills[card] = Bill(card, kind.prepaid)
        self._world.story.counts["visits"] += 1

    def adds(self, card: str) -> Job:
        """A group puts more money on its visit."""
        bill = self._world.auditor.bills.get(card)
        visit = yield from self._open_visit(card)
        if bill is None or visit is None:
            return
        minor = 10000 * self._dice.randint(1, 9)
        command = Deposit(VisitId(visit.id), money(minor), "cash", "deposit", "en")
        done = yield Say(command, CASHIER, {TILL: minor, DEPOSITS: -minor})
        if not isinstance(done, Refused):
            bill.deposits += minor
            self._cashier.takes(self._cashier.paid(minor))

    def pays_one(self, card: str) -> Job:
        """One order is paid at once, in cash."""
        bill = self._world.auditor.bills.get(card)
        if bill is None or not bill.saved:
            return
        name = self._dice.choice(list(bill.saved))
        total = bill.saved[name]
        minor = bill.cost(total)
        command = PayOrder(name, (Payment("cash", money(minor)),))
        done = yield Say(command, CASHIER, bill.sold({name: total}, minor))
        if isinstance(done, Refused):
            return
        bill.paid[name] = bill.saved.pop(name)
        self._cashier.takes(self._cashier.paid(minor))

    def takes_off(self, card: str) -> Job:
        """An order was a mistake: it is void, and what was paid for it goes back."""
        bill = self._world.auditor.bills.get(card)
        if bill is None or not (bill.saved or bill.paid):
            return
        name = self._dice.choice([*bill.saved, *bill.paid])
        yield from self._void(bill, name)

    def _void(self, bill: Bill, name: str) -> Any:
        """Whether it is void now."""
        command = VoidOrder(name, "nobody ordered it")
        if name in bill.saved:
            done = yield Say(command, ADMINISTRATOR)
            if not isinstance(done, Refused):
                del bill.saved[name]
            return not isinstance(done, Refused)
        total = bill.paid[name]
        minor = bill.cost(total)
        found = self._cashier.drawer.find(minor)
        if found is None:
            return False
        back = {account: -moved for account, moved in bill.sold({name: total}, minor).items()}
        done = yield Say(command, ADMINISTRATOR, back)
        if isinstance(done, Refused):
            return False
        del bill.paid[name]
        self._cashier.gives(found)
        return True

    def leaves(self, card: str) -> Job:
        """The guests pay and go; now and then the visit was a mistake."""
        auditor = self._world.auditor
        bill = auditor.bills.get(card)
        if bill is None or bill.leaving:
            return
        bill.leaving = True
        for _ in range(30):
            if not auditor.orders_sent(card):
                break
            yield 60.0
        else:
            bill.leaving = False
            return
        if type_of(card).limit is not None and self._dice.random() < 0.12:
            yield from self._was_a_mistake(bill)
        else:
            yield from self._pays(bill)
        bill.leaving = False

    def _pays(self, bill: Bill) -> Any:
        visit = yield from self._open_visit(bill.card)
        if visit is None:
            raise Violation(f"card {bill.card} has no visit on the books, and {bill}")
        # What is due depends on a wallet that others may move meanwhile.
        wallet = visit.balance.minor + visit.unpaid.minor if visit.personal else 0
        due, change = bill.figures(bill.deposits + wallet)
        told = (visit.grand_total.minor, visit.to_pay.minor, visit.markup.minor)
        if told != (bill.total, due, bill.markup):
            raise Violation(f"the visit of {bill.card} is {told}, for the auditor {bill} {due}")
        if visit.change.minor != (0 if visit.personal else change):
            raise Violation(f"of the visit of {bill.card} {visit.change} come back, not {change}")
        if visit.personal:
            self._world.auditor.wallet_is(bill.card, wallet)
        command = CalculateVisit(
            VisitId(visit.id),
            (Payment("cash", money(due)),) if due else (),
            total=money(bill.total),
            change="claim" if self._lacks(change) else "cash",
        )
        back = 0 if visit.personal else change
        yield from self._ends(bill, command, CASHIER, bill.ended(wallet), due, back)

    def _was_a_mistake(self, bill: Bill) -> Any:
        for name in list(bill.paid):
            if not (yield from self._void(bill, name)):
                return
        visit = yield from self._open_visit(bill.card)
        if visit is None:
            return
        change: Any = "claim" if self._lacks(bill.deposits) else "cash"
        command = VoidVisit(VisitId(visit.id), change, reason="nobody came")
        moves = {DEPOSITS: bill.deposits, TILL: -bill.deposits}
        yield from self._ends(bill, command, ADMINISTRATOR, moves, 0, bill.deposits)

    def _ends(
        self, bill: Bill, command: Any, actor: str, moves: dict[str, int], due: int, change: int
    ) -> Any:
        owed = as_claim(moves, change)
        found = self._cashier.drawer.find(change)
        if command.change == "claim":
            done = yield Say(command, actor, owed)
        else:
            # With no shift any more it is a claim after all.
            done = yield Say(command, actor, moves, or_else=owed if change else {})
        if isinstance(done, Refused):
            return
        del self._world.auditor.bills[bill.card]
        self._world.story.counts["visits ended"] += 1
        if due:
            self._cashier.takes(self._cashier.paid(due))
        if change and "claim" in done.refs:
            self._world.strike(CLAIM if found else NO_CHANGE)
            yield Print(str(done.refs["slip"]))
        elif change:
            assert found is not None
            self._cashier.gives(found)

    def _lacks(self, minor: int) -> bool:
        """Whether the drawer has no such change, or the guest wants a ticket."""
        return self._cashier.drawer.find(minor) is None or self._dice.random() < 0.15

    def _open_visit(self, card: str) -> Any:
        while self._world.process is None:
            yield 20.0
        name = books.card_id(self._world.process.venue, card)
        if name is None:
            return None
        found = yield Ask(OpenVisit(CardId(name)), CASHIER)
        return None if isinstance(found, Refused) else found

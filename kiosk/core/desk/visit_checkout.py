"""A4. What is paid: a visit at its end, an order at once, or what a visit left owed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from kiosk.core.bills import Order, Visit
from kiosk.core.calculation import SeatShare
from kiosk.core.cards import FindCard
from kiosk.core.checkout import CalculateVisit, VisitBill
from kiosk.core.clients import GetClient
from kiosk.core.debts import Debt, OwedBy, PayDebt, UnpaidVisits
from kiosk.core.desk import forms
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.desk.visit_list import listed, masked, seen
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry
from kiosk.core.messages import CardPresented, Event
from kiosk.core.money import Money
from kiosk.core.order_dues import Due, OrderDue
from kiosk.core.orders import PayOrder, UnpaidOrders
from kiosk.core.payments import Payment
from kiosk.core.staff import PIN_DIGITS, Approval
from kiosk.core.tenders import Tender
from kiosk.core.terminal_payments import BeginTerminalPayment, GetTerminalPayment, TerminalPayment
from kiosk.core.visits import GetVisitRules

ROWS_MAX = 50
GIVEN_MAX = 20
"""So many parts of one payment: nobody pays in more."""


@dataclass(frozen=True)
class Given:
    """A part that was given: of cash `taken` may be more, and the rest goes back at once."""

    tender: Tender
    amount: Money
    taken: Money
    card: str = ""
    masked: str = ""

    @property
    def back(self) -> Money:
        """What of the cash goes back."""
        return Money(self.taken.minor - self.amount.minor, self.amount.currency)


@dataclass(frozen=True)
class WalletShown:
    """A card that was shown here: its balance can pay, and its points where there is play time."""

    card: str
    masked: str
    holds: Money
    points: int


@dataclass(frozen=True)
class Checkout(Page):
    """A payment that is being put together; nothing is booked before it is complete.

    Attributes:
        visit: which one is paid, or whose order, or whose debt.
        card: its card, masked; empty for none.
        what: a whole ``visit`` at its end, an ``order`` at once, a ``debt``.
        order: the order that is paid at once.
        cost: what that costs.
        owed: of a debt, what is still owed.
        form: the amount that is given; how change goes back; whether each seat pays its own.
        given: the parts so far.
        shares: what each seat pays.
        wallet: a card that was shown here.
        points: of bonus, that pay play time.
        sign: why, and who lets it pass, where somebody has to.
        asks: what for: ``unpaid`` (the rest stays owed), ``seats`` (E48); empty for nothing.
        shift: whether the desk may take money.
        terminal: whether there is a terminal.
        payment: what it was asked for.
        held: orders are paid at once here, and nobody leaves before (E7).
    """

    section: ClassVar[SectionName] = "visits"

    visit: Visit
    card: str
    what: Literal["visit", "order", "debt"]
    form: Form
    shift: bool
    terminal: bool
    order: Order | None = None
    cost: Due | None = None
    owed: Money | None = None
    given: tuple[Given, ...] = ()
    shares: tuple[SeatShare, ...] = ()
    wallet: WalletShown | None = None
    points: int = 0
    sign: Form | None = None
    asks: Literal["unpaid", "seats", ""] = ""
    payment: TerminalPayment | None = None
    held: bool = False

    @property
    def by_seats(self) -> bool:
        """Whether each seat pays its own."""
        return any(f.id == "seats" and f.value == "on" for f in self.form.fields)

    @property
    def due(self) -> Money:
        """What has to be paid now."""
        if self.what == "debt":
            assert self.owed is not None, "a debt has a sum"
            return self.owed
        if self.cost is not None:
            return self.cost.due
        if self.by_seats:
            return Money(sum(s.due for s in self.shares), self.visit.to_pay.currency)
        return self.visit.to_pay

    @property
    def missing(self) -> Money:
        """What of that nobody has given yet."""
        left = self.due.minor - sum(g.amount.minor for g in self.given)
        return Money(left, self.due.currency)

    @property
    def change(self) -> Money:
        """What goes back of the deposits."""
        if self.what != "visit":
            return Money(0, self.due.currency)
        if self.by_seats:
            return Money(sum(s.change for s in self.shares), self.due.currency)
        return self.visit.change or Money(0, self.due.currency)

    @property
    def back(self) -> Money:
        """What goes back of the cash that was given."""
        return Money(sum(g.back.minor for g in self.given), self.due.currency)


@dataclass(frozen=True)
class Ended(Page):
    """What was paid, and what the guest gets back now: of his cash, and of his deposits.

    `opens` is the visit that stands beside the list when it goes on; 0 for none.
    """

    section: ClassVar[SectionName] = "visits"

    what: Literal["visit", "order", "debt"]
    number: int
    order: str
    paid: Money
    back: Money
    change: Money
    change_by: str
    owed: Money
    opens: int = 0


@dataclass(frozen=True)
class Debts(Page):
    """The visits that left something owed, the latest first."""

    section: ClassVar[SectionName] = "visits"

    debts: tuple[Debt, ...]
    of: int


# --- opening ----------------------------------------------------------------------------------

_AMOUNT = Field("amount", Said("desk.visits.field.given"), "money", most=10)


def of_visit(at: At, visit: Visit) -> Checkout:
    """The page on which a visit ends."""
    ways = ("cash", "claim")
    options = tuple((way, Said(f"desk.visits.change.{way}")) for way in ways)
    change = Field("change", Said("desk.visits.field.change"), "choice", "cash", options=options)
    seats = Field(
        "seats", Said("desk.visits.field.by_seats"), "switch", says=Said("desk.visits.seats")
    )
    changes = (change,) if visit.change else ()
    seated = (seats,) if any(line.seat for o in visit.orders for line in o.lines) else ()
    made = _page(at, visit, "visit", forms.form(_AMOUNT, *changes, *seated))
    return replace(made, shares=at.ask(VisitBill(visit.number)).seats) if seated else made


def of_order(at: At, visit: Visit, order: Order) -> Checkout:
    """The page on which an order is paid at once."""
    made = replace(_page(at, visit, "order", forms.form(_AMOUNT)), order=order)
    held = not at.ask(GetVisitRules()).pay_on_exit
    return replace(made, cost=at.ask(OrderDue(order.id)), held=held)


def of_debt(at: At, debt: Debt) -> Checkout:
    """The page on which a visit's debt is paid."""
    return replace(_page(at, debt.visit, "debt", forms.form(_AMOUNT)), owed=debt.owed)


def _page(at: At, visit: Visit, what: Any, form: Form) -> Checkout:
    there = what == "visit" and _terminal(at) and not visit.personal
    return Checkout(visit, masked(at, visit.card), what, form, at.shift() is not None, there)


def _terminal(at: At) -> bool:
    return any(state.up for _, state in at.situation.machine.of("payment"))


def debts(at: At) -> Debts:
    """The list of what is owed."""
    found = at.ask(UnpaidVisits(ROWS_MAX))
    return Debts(found.latest, found.of)


# --- giving -----------------------------------------------------------------------------------


def touched(at: At, page: Checkout, name: str, argument: str) -> Page:
    """A button of the page that takes a payment."""
    if page.sign is not None:
        return _sign_touched(at, page, page.sign, name, argument)
    if name == "switch" and page.given:
        # What was given so far was counted against another sum.
        raise Refused("err.given_first")
    typed = forms.touched(page.form, name, argument, ())
    if typed is not None:
        return replace(page, form=typed)
    match name:
        case "take" if argument in ("cash", "bank_card", "qr", "wallet"):
            return _take(page, at, argument)
        case "drop" if argument.isdecimal():
            number = int(argument)
            # A new page, here and in `_take`: a finger that bounces would take out the next part.
            return at.turn(replace(page, given=page.given[:number] + page.given[number + 1 :]))
        case "points":
            return _points(at, page)
        case "terminal" if page.terminal:
            return _ask_terminal(at, page)
        case "unpaid" if page.what == "visit" and page.missing.minor:
            return replace(page, sign=_signature(at), asks="unpaid")
        case "finish":
            return _finish(at, page)
        case "back":
            return _away(at, page)
    return page


def may_leave(at: At, visit: Visit, order: str) -> None:
    """Let nobody leave an order that has to be paid at once (E7).

    Raises:
        Refused: ``err.pay_first``.
    """
    found = next((o for o in at.ask(UnpaidOrders(visit.id)) if o.id == order), None)
    if found is not None:
        raise Refused("err.pay_first", order=found.order)


def back_to(at: At, visit: Visit, order: str) -> Page:
    """Back from a page of an order: to its payment where that comes first (E7), or to its visit."""
    found = next((o for o in at.ask(UnpaidOrders(visit.id)) if o.id == order), None)
    return of_order(at, visit, found) if found else listed(at, visit.number)


def _away(at: At, page: Checkout) -> Page:
    if page.order:
        may_leave(at, page.visit, page.order.id)
    return debts(at) if page.what == "debt" else listed(at, page.visit.number)


def _take(page: Checkout, at: At, tender: str) -> Page:
    """Take a part of what is missing, or all of it where no amount was typed."""
    form = page.form
    if not page.missing.minor or len(page.given) >= GIVEN_MAX:
        raise Refused("err.nothing_missing")
    try:
        taken = forms.money(form, "amount", at.currency) if form["amount"] else page.missing
        if taken.minor <= 0:
            raise Refused("err.amount_small", least=str(Money(1, at.currency)))
        if tender != "cash" and taken.minor > page.missing.minor:
            raise Refused("err.more_than_missing", amount=str(page.missing))
        amount = Money(min(taken.minor, page.missing.minor), at.currency)
        made = _given(page, tender, amount, taken)
    except Refused as refused:
        return replace(page, form=forms.refused(form, refused, "amount"))
    emptied = forms.put(form, "amount", "")
    return at.turn(replace(page, given=(*page.given, made), form=emptied))


def _given(page: Checkout, tender: Any, amount: Money, taken: Money) -> Given:
    if tender != "wallet":
        return Given(tender, amount, taken)
    if page.wallet is None:
        raise Refused("err.show_wallet")
    held = page.wallet.holds.minor
    held -= sum(g.amount.minor for g in page.given if g.card == page.wallet.card)
    if held < amount.minor:
        short = Money(amount.minor - held, amount.currency)
        raise Refused("err.wallet_short", amount=str(short))
    return Given("wallet", amount, taken, page.wallet.card, page.wallet.masked)


def _points(at: At, page: Checkout) -> Page:
    """Pay play time with the points of the visit's card (C23); typed as whole points."""
    if page.order is None:
        return page
    try:
        points = forms.number(page.form, "amount")
        made = replace(page, points=points, cost=at.ask(OrderDue(page.order.id, points)))
        if page.cost and points * 10**at.currency.exponent > page.cost.play.minor:
            raise Refused("err.points_play", amount=str(page.cost.play))
    except Refused as refused:
        return replace(page, form=forms.refused(page.form, refused, "amount"))
    return replace(made, given=(), form=forms.put(page.form, "amount", ""))


def heard(at: At, page: Checkout, event: Event) -> Page | None:
    """A card was shown: its balance may pay."""
    if not isinstance(event, CardPresented):
        return None
    read = at.recognised(event)
    if read.scope == "employee":
        return None
    card = at.ask(FindCard(read))
    if card is None:
        raise Refused("err.unknown_card")
    if card.state != "active":
        raise Refused("err.card_blocked")
    client = at.step.ask(GetClient(card.client))
    assert client is not None, "every card has a client"
    at.say("desk.visits.wallet", card=card.masked, amount=client.wallet)
    shown = WalletShown(card.id, card.masked, client.wallet, client.bonus)
    return replace(page, wallet=shown)


def _ask_terminal(at: At, page: Checkout) -> Page:
    """Have what is missing paid at the terminal: it comes onto the visit, which then owes less."""
    if page.given:
        raise Refused("err.terminal_first")
    try:
        typed = page.form["amount"]
        amount = forms.money(page.form, "amount", at.currency) if typed else page.missing
    except Refused as refused:
        return replace(page, form=forms.refused(page.form, refused, "amount"))
    command = BeginTerminalPayment("due", amount, at.language, visit=page.visit.id)
    begun = at.do(command, "terminal")
    if isinstance(begun, Refused):
        return replace(page, form=forms.refused(page.form, begun, "amount"))
    payment = at.ask(GetTerminalPayment(begun.refs["payment"]))
    return replace(page, payment=payment, form=forms.put(page.form, "amount", ""))


# --- what somebody has to let pass ------------------------------------------------------------


def _signature(at: At) -> Form:
    """Why, and the number and PIN of who may let it pass, where the attendant may not himself."""
    why = Field("why", Said("desk.visits.field.why"), "text", most=100)
    # The right `override` is that of a strike that is let pass.
    if at.may("ClearStrike"):
        return forms.form(why)
    number = Field("number", Said("desk.visits.field.manager"), "digits", most=6)
    pin = Field("pin", Said("desk.field.pin"), "pin", most=PIN_DIGITS)
    return forms.form(why, number, pin)


def _sign_touched(at: At, page: Checkout, sign: Form, name: str, argument: str) -> Page:
    typed = forms.touched(sign, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, sign=typed)
    if name == "back":
        return replace(page, sign=None, asks="")
    if name != "accept":
        return page
    if not sign["why"]:
        return replace(page, sign=forms.refused(sign, Refused("err.reason_missing"), "why"))
    override = None
    if any(f.id == "pin" for f in sign.fields):
        override = Approval(sign["number"], sign["pin"])
    done = _calculate(at, page, override, sign["why"])
    if isinstance(done, Refused):
        wrong = "number" if override and done.key.startswith("err.approval") else ""
        wrong = "pin" if override and "pin" in done.key else wrong
        if not wrong:
            return replace(page, sign=None, asks="")
        blank = forms.put(sign, "pin", "")
        return at.turn(replace(page, sign=forms.refused(blank, done, wrong)))
    return _ended(at, page, done)


# --- the end ----------------------------------------------------------------------------------


def _finish(at: At, page: Checkout) -> Page:
    if page.missing.minor and page.what != "debt":
        raise Refused("err.still_missing", amount=str(page.missing))
    if not page.given and page.what == "debt":
        raise Refused("err.still_missing", amount=str(page.missing))
    if page.by_seats and page.visit.deposits.minor:
        # The first guest would get it all (E48): somebody has to say so.
        return replace(page, sign=_signature(at), asks="seats")
    payments = tuple(Payment(g.tender, g.amount, g.card) for g in page.given)
    match page.what:
        case "visit":
            done = _calculate(at, page, None, "")
        case "order":
            assert page.order is not None, "an order is paid"
            done = at.do(PayOrder(page.order.id, payments, page.points, at.language))
        case "debt":
            done = at.do(PayDebt(page.visit.id, payments, at.language))
    return page if isinstance(done, Refused) else _ended(at, page, done)


def _calculate(at: At, page: Checkout, override: Approval | None, why: str) -> Entry | Refused:
    how: Any = page.form["change"] if any(f.id == "change" for f in page.form.fields) else "cash"
    command = CalculateVisit(
        page.visit.id,
        tuple(Payment(g.tender, g.amount, g.card) for g in page.given),
        page.visit.grand_total,
        page.missing if page.asks == "unpaid" else None,
        page.by_seats,
        how,
        at.language,
        override=override,
        reason=why,
    )
    return at.do(command)


def _ended(at: At, page: Checkout, done: Entry) -> Page:
    kept = [c.document for c in done.changes if c.table == "visits" and c.document]
    told = (kept[0].get("back") if kept else None) or {"minor": 0, "how": ""}
    paid = Money(page.due.minor - page.missing.minor, page.due.currency)
    owed = page.missing if page.asks == "unpaid" or page.what == "debt" else Money(0, at.currency)
    change = Money(told["minor"], paid.currency)
    order = page.order.order if page.order else ""
    number = page.visit.number
    still = number if page.what == "order" and not kept else 0
    return at.turn(
        Ended(page.what, number, order, paid, page.back, change, told["how"], owed, still)
    )


def fresh(at: At, page: Checkout) -> Page:
    """The page as the books have it now: an order more, a terminal that charged."""
    page = replace(page, shift=at.shift() is not None)
    if page.what == "debt":
        left = at.ask(OwedBy(page.visit.id))
        return _anew(page, owed=left) if left.minor else debts(at)
    now = seen(at, page.visit.number)
    if now is None:
        return listed(at)
    if page.order is not None:
        order = next((o for o in now.visit.orders if o.id == page.order.id), None)
        if order is None or order.paid:
            return listed(at, page.visit.number)
        cost = at.ask(OrderDue(order.id, page.points))
        return _anew(page, visit=now.visit, order=order, cost=cost)
    payment = at.ask(GetTerminalPayment(page.payment.id)) if page.payment else None
    shares = at.ask(VisitBill(page.visit.number)).seats if page.shares else ()
    return _anew(page, visit=now.visit, payment=payment, shares=shares)


def _anew(page: Checkout, **changes: Any) -> Checkout:
    """The page with other sums; what was given against former ones is given back first."""
    made = replace(page, **changes)
    return made if made.due == page.due else replace(made, given=(), sign=None, asks="")

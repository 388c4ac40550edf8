"""Visits in words: the question (G5), the bill (G6), what it comes to (G7)."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core.bills import Order, Visit
from kiosk.core.guest.visit_scenes import Calculation, GuestCount, VisitOffer
from kiosk.core.guest.visits import GUESTS_DIGITS, why_not_open, why_not_paid
from kiosk.core.journey import why_not
from kiosk.core.money import Money
from kiosk.core.situation import Bill
from kiosk.screens.present.words import Scenes, Words
from kiosk.screens.view import (
    Button,
    DealView,
    Frame,
    KeypadView,
    QuestionView,
    Row,
    View,
    VisitView,
)

# --- opening -------------------------------------------------------------------------------------


def offer(words: Words, scene: VisitOffer) -> View:
    """G5: the sum of the prepayment first, where there is one."""
    say, kind = words.say, scene.kind
    word = why_not_open(words.situation, scene)
    why = say(f"why.{word}") if word else ""
    yes = Button("yes", say("button.yes"), "check", "primary", enabled=not why, why=why)
    no = Button("no", say("button.no"), "close")
    frame = words.frame(say("visit_open.title"), words.masked(scene.number), words.leaving())
    if kind.prepayment:
        return DealView(
            frame=frame,
            name=say("visit_open.prepayment"),
            figure=words.figure(kind.prepayment),
            sums=tuple(_terms(words, scene)),
            note=say("visit_open.prepaid_note"),
            yes=yes,
            no=no,
        )
    told = tuple(f"{name}: {value}" for name, value in _terms(words, scene))
    return QuestionView(
        frame=frame,
        icon="visit",
        tone="info",
        headline=say("visit_open.headline"),
        body=(say("visit_open.body_card" if kind.personal else "visit_open.body"), *told),
        buttons=(yes, no),
    )


def _terms(words: Words, scene: VisitOffer) -> list[tuple[str, str]]:
    """What a visit on this card is like: what may be spent, and its minimum."""
    kind, money = scene.kind, words.texts.money
    made = []
    if kind.spend and not kind.personal:
        made.append((words.say("visit_open.spend"), money(kind.spend)))
    if kind.minimum:
        made.append((words.say("visit_open.minimum"), money(kind.minimum)))
    return made


def guests(words: Words, scene: GuestCount) -> View:
    """How many guests there are; nobody is asked to say it where that is left to them."""
    say, told = words.say, scene.digits
    optional = scene.offer.guests == "optional"
    go_on = say("button.skip" if optional and not told else "button.next")
    return KeypadView(
        frame=words.frame(
            say("visit_open.title"), words.masked(scene.offer.number), words.leaving()
        ),
        headline=say("visit_open.guests"),
        body=say("visit_open.guests_optional" if optional else "visit_open.guests_body"),
        shown=told,
        missing="" if told else "0",
        keys_enabled=len(told) < GUESTS_DIGITS,
        next=Button("next", go_on, "", "primary", enabled=bool(told) or optional),
        back=words.back(),
    )


# --- the bill ------------------------------------------------------------------------------------


def bill(words: Words, scene: Bill) -> View:
    """G6: the orders, what they leave to spend and what is to pay (E89)."""
    say, visit = words.say, scene.visit
    short = visit.balance is not None and visit.balance.minor < 0
    to_pay = "visit.to_pay" if visit.to_pay else "visit.to_pay_nothing"
    pays = visit.to_pay
    if visit.personal and visit.unpaid and not visit.to_pay:
        to_pay, pays = "visit.to_pay_card", visit.unpaid
    if visit.balance is None:
        name, balance = say("visit.no_limit"), words.figure(visit.unpaid)
    else:
        name = say("visit.short" if short else "visit.may_spend")
        balance = words.figure(visit.balance)
    add, settle = _add_money(words, scene), _settle_button(words)
    primary = add if short and add is not None else settle
    others = [replace(b, kind="secondary") for b in (settle, add) if b and b is not primary]
    problem = _problem(words, scene, short=short)
    return VisitView(
        frame=_bill_frame(words, scene),
        rows=tuple(_order_row(words, order) for order in visit.orders),
        sums=_bill_sums(words, visit, due=bool(problem)),
        balance_name=name,
        balance=balance,
        short=short,
        to_pay="" if problem else say(to_pay, amount=words.texts.money(pays)),
        minimum=_minimum(words, visit),
        primary=replace(primary, kind="primary"),
        buttons=(*others, *_papers(words, scene)),
        back=words.back() if visit.personal else None,
        problem=problem,
        reached=bool(visit.orders) and not visit.markup,
        empty=say("visit.no_orders"),
    )


def _bill_frame(words: Words, scene: Bill) -> Frame:
    say, visit = words.say, scene.visit
    since = say("visit.since", time=words.texts.time(words.moment(visit.since)))
    many = words.texts.plural("visit.guests", visit.guests) if visit.guests else ""
    subtitle = " · ".join(part for part in (since, many) if part)
    return words.frame(say("visit.title"), subtitle, words.leaving())


def _bill_sums(words: Words, visit: Visit, *, due: bool) -> tuple[tuple[str, str], ...]:
    """How the orders become what is to pay; `due`: that is the last line (E89)."""
    say, number = words.say, words.texts.number
    sums = [(say("visit.total"), number(visit.total))]
    if visit.unpaid != visit.total:
        sums.append((say("visit.unpaid"), number(visit.unpaid)))
    own = visit.unpaid - visit.to_pay if visit.personal else visit.deposits
    if own:
        word = "visit.on_card" if visit.personal else "visit.paid_in_advance"
        sums.append((say(word), number(-own)))
    if due:
        sums.append((say("visit.to_pay_name"), words.texts.money(visit.to_pay)))
    return tuple(sums)


def _minimum(words: Words, visit: Visit) -> str:
    """Whether the visit comes to its minimum, and what is added where it does not (E90)."""
    if not visit.minimum:
        return ""
    args = {"minimum": words.texts.money(visit.minimum)}
    if visit.markup:
        return words.say("visit.minimum_added", markup=words.texts.money(visit.markup), **args)
    return words.say("visit.minimum_reached" if visit.orders else "visit.minimum_is", **args)


def _problem(words: Words, scene: Bill, *, short: bool) -> str:
    """What to know first: it is short (V-02, E104), was there before (K-05), a note is checked."""
    visit = scene.visit
    if short and visit.balance is not None:
        key = "err.visit_over_desk" if scene.refusal == "err.floating_off" else "err.visit_over"
        return words.say(key, amount=words.texts.money(-visit.balance))
    if scene.undecided:
        amount = words.texts.money(scene.undecided[0].value)
        return words.say("visit.note_checked", amount=amount)
    return words.say(scene.notice, **words.args(scene.notice_args)) if scene.notice else ""


def _add_money(words: Words, scene: Bill) -> Button | None:
    """Absent where this visit takes no money (E30, E104) or this kiosk takes none."""
    if scene.visit.personal:
        return words.top_up_button()
    word = why_not_paid(words.situation)
    if scene.refusal or word == "no_cash" or (word and scene.undecided):
        # Of a machine that has a note in it, that note is all there is to say.
        return None
    why = words.say(f"why.{word}") if word else ""
    return Button("add_money", words.say("button.add_money"), "top_up", enabled=not why, why=why)


def _settle_button(words: Words) -> Button:
    why = words.why("visit_pay")
    text = words.say("button.settle_visit")
    return Button("settle", text, "check_circle", enabled=not why, why=why)


def _papers(words: Words, scene: Bill) -> tuple[Button, ...]:
    """What can be printed; nothing on a kiosk without a printer."""
    if words.able.receipts is None:
        return ()
    why = words.why("receipt_paper")
    # What the paper owes the guest comes first; then the bill can be had.
    name, word = ("print_bill", "print_bill")
    if scene.unprinted:
        name, word = ("receipt", "print_receipt")
    if scene.undecided:
        name, word = ("print_check_slip", "print_check_slip")
    return (Button(name, words.say(f"button.{word}"), "printer", enabled=not why, why=why),)


def _order_row(words: Words, order: Order) -> Row:
    def line(text: str, quantity: int) -> str:
        if quantity == 1:
            return text
        return words.say("visit.items", n=quantity, item=text)

    items = ", ".join(line(li.text, li.quantity) for li in order.lines)
    return Row(
        when=words.day(order.at),
        text=order.place or words.say("visit.order", number=order.order),
        note=items,
        amount=words.texts.number(order.total),
        state=words.say("visit.paid") if order.paid else "",
        state_tone="good" if order.paid else "neutral",
    )


# --- what it comes to ------------------------------------------------------------------------


def calculation(words: Words, scene: Calculation) -> View:
    """G7: what is due or comes back first, and how that came about."""
    say, visit = words.say, scene.visit
    zero = Money(0, words.situation.venue.currency)
    change = visit.change or zero
    word = "due" if visit.to_pay else "change" if change else "even"
    figure = visit.to_pay or change or visit.grand_total or zero
    note = {"due": _how_to_pay(words, scene), "change": say("calculation.change_note")}
    refused = scene.refused
    since = say("visit.since", time=words.texts.time(words.moment(visit.since)))
    return DealView(
        frame=words.frame(say("calculation.title"), since, words.leaving()),
        name=say(f"calculation.{word}"),
        figure=words.figure(figure),
        sums=_calculated(words, visit, zero),
        note=note.get(word, ""),
        yes=_confirm(words, scene),
        no=words.back(),
        problem=say(refused.key, **words.args(refused.args_by_name)) if refused else "",
    )


def _calculated(words: Words, visit: Visit, zero: Money) -> tuple[tuple[str, str], ...]:
    """The total, its parts, and what of it is there already; the total stands out, at the end."""
    say, number = words.say, words.texts.number
    discount, markup = visit.discount or zero, visit.markup or zero
    total = visit.grand_total or zero
    sums = []
    if discount or markup:
        sums.append((say("calculation.orders"), number(visit.total + discount)))
    if discount:
        sums.append((say("calculation.discount"), number(-discount)))
    if markup:
        least = words.texts.money(visit.minimum or zero)
        sums.append((say("calculation.minimum", minimum=least), f"+{number(markup)}"))
    paid = visit.total - visit.unpaid
    if paid:
        sums.append((say("calculation.paid"), number(paid)))
    own = total - paid - visit.to_pay if visit.personal else visit.deposits
    if own:
        word = "visit.on_card" if visit.personal else "visit.paid_in_advance"
        sums.append((say(word), number(own)))
    return (*sums, (say("calculation.total"), words.texts.money(total)))


def _how_to_pay(words: Words, scene: Calculation) -> str:
    if scene.visit.personal:
        return words.say("calculation.due_card")
    if scene.refusal:
        return words.say("calculation.due_desk")
    return words.say("calculation.due_note")


def _confirm(words: Words, scene: Calculation) -> Button:
    """Pay what is due, or end the visit; why not, where that cannot be done here."""
    say, visit = words.say, scene.visit
    if not visit.to_pay:
        why = words.why("visit_pay")
        key = "button.take_change" if visit.change else "button.end_visit"
        return Button("settle", say(key), "check", "primary", enabled=not why, why=why)
    word = why_not_paid(words.situation)
    why = say(f"why.{word}") if word else ""
    if scene.refusal == "err.floating_off" and why_not(words.situation, "visit_pay_bank_card"):
        # Notes would be money added to the visit; a bank card pays exactly what is due.
        why = say("calculation.due_desk")
    text = say("button.pay_amount", amount=words.texts.money(visit.to_pay))
    return Button("pay", text, "cash", "primary", enabled=not why, why=why)


SCENES: Scenes = {
    VisitOffer: offer,
    GuestCount: guests,
    Bill: bill,
    Calculation: calculation,
}

"""The paper of a visit: its creation, its prepayment, its bills and its receipt."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.core.documents import Gap, Kind, Pair, Part, Rule, Words
from kiosk.core.guest_documents import paid
from kiosk.core.paper import Facts, Layout, Paper


def _creation(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """What the guest may do in his visit, and that he needs this slip to leave (E42)."""
    guests = (Pair(paper.say("doc.guests"), str(facts["guests"])),) if facts["guests"] else ()
    kind = (Pair(paper.say("doc.card_type"), facts["type"]),) if facts["type"] else ()
    # A slip of an earlier program says what its card's type lets a visit have, and no more.
    limit = facts["limit"]
    spend = facts.get("spend", None if limit is None else facts["prepayment"] + limit)
    return (
        Rule(),
        Pair(paper.say("doc.visit_no"), str(facts["visit"]), "title"),
        *kind,
        *guests,
        Rule(),
        *_sum("doc.prepayment", facts["prepayment"], paper),
        *_sum("doc.spend", spend or 0, paper, strong=True),
        *_sum("doc.minimum_amount", facts["minimum"], paper),
        Rule(),
        Words(paper.say("doc.keep"), "strong", "centre"),
        Gap(),
    )


def _sum(key: str, minor: int, paper: Paper, *, strong: bool = False) -> Iterator[Part]:
    """An amount with its label; nothing for 0."""
    if minor:
        yield Pair(paper.say(key), paper.amount(minor), "strong" if strong else "normal")


def _prepaid(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """The receipt of money put on a visit (E43): an advance, and what the fiscal device has."""
    reason = (Words(facts["reason"]),) if facts["reason"] else ()
    return (
        Rule(),
        Words(paper.say("doc.visit", number=facts["visit"])),
        *reason,
        *paid([(facts["tender"], facts["amount"])], facts, paper),
        Pair(paper.say("doc.total"), paper.amount(facts["amount"]), "title"),
        Rule(),
        Words(paper.say("doc.advance"), align="centre"),
        *_fiscal(facts, paper),
    )


def _fiscal(facts: Facts, paper: Paper) -> Iterator[Part]:
    """The fiscal documents of a receipt: what the device calls each, once it has printed it."""
    for name in facts.get("fiscal", ()):
        document = paper.books.get("fiscal", name)
        assert document is not None, "the entry that issued the slip made it"
        if document["device_number"]:
            yield Words(paper.say("doc.fiscal", number=document["device_number"]))
        else:
            yield Words(paper.say("doc.fiscal_waits", number=f"{document['number']:06}"))


def _prepayment(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """What lies on the visit now, and what becomes of what is not spent (E43)."""
    return (
        Rule(),
        Words(paper.say("doc.visit", number=facts["visit"])),
        Pair(paper.say("doc.prepaid_now"), paper.amount(facts["amount"])),
        Pair(paper.say("doc.on_visit"), paper.amount(facts["after"]), "strong"),
        Rule(),
        Words(paper.say("doc.change_rule")),
        *_sum("doc.minimum_amount", facts.get("minimum", 0), paper),
        Gap(),
    )


# --- bills -------------------------------------------------------------------------------------


def _order_bill(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """One order, to be paid with its visit (E50)."""
    rule = "doc.order_paid" if facts["paid"] else "doc.with_visit"
    return (
        Rule(),
        Words(paper.say("doc.visit", number=facts["visit"])),
        *_orders(facts, paper),
        Rule(),
        *_sums(facts, paper),
        Pair(paper.say("doc.total"), paper.amount(facts["total"]), "title"),
        Rule(),
        Words(paper.say(rule), align="centre"),
        Words(paper.say("doc.no_receipt"), "strong", "centre"),
        Gap(),
    )


def _visit_bill(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """A whole visit: its orders, what it comes to, and what is missing or comes back."""
    ended: tuple[Part, ...] = (Words(paper.say("doc.no_receipt"), "strong", "centre"),)
    if facts["closed"]:
        ended = (Words(paper.say("doc.visit_paid"), "strong", "centre"),)
    return (
        Rule(),
        *_heading(facts, paper),
        *_orders(facts, paper),
        Rule(),
        *_sums(facts, paper),
        Pair(paper.say("doc.total"), paper.amount(facts["total"]), "title"),
        Rule(),
        *_sum("doc.paid_before", facts["paid"], paper),
        *_sum("doc.wallet_left" if facts["personal"] else "doc.deposits", facts["held"], paper),
        *_sum("doc.change", facts["change"], paper, strong=True),
        *([] if facts["closed"] else [_due(facts["due"], paper)]),
        *_limit_used(facts, paper),
        Rule(),
        *ended,
        Gap(),
    )


def _due(minor: int, paper: Paper) -> Part:
    return Pair(paper.say("doc.to_pay"), paper.amount(minor), "title")


def _limit_used(facts: Facts, paper: Paper) -> Iterator[Part]:
    if facts["limit"]:
        used, limit = paper.figure(facts["limit_used"]), paper.amount(facts["limit"])
        yield Pair(paper.say("doc.limit_used"), paper.say("doc.of", part=used, whole=limit))


def _heading(facts: Facts, paper: Paper) -> Iterator[Part]:
    yield Words(paper.say("doc.visit", number=facts["visit"]), "strong")
    yield Pair(paper.say("doc.since"), paper.moment(facts["since"]))
    if facts["guests"]:
        yield Pair(paper.say("doc.guests"), str(facts["guests"]))


def _orders(facts: Facts, paper: Paper) -> Iterator[Part]:
    """The orders, each with its time, its place and its lines."""
    for order in facts["orders"]:
        yield Gap()
        told = f"{paper.time(order['at'])} · {order['place']}"
        yield Words(f"{told} · {paper.say('doc.order', name=order['order'])}", "strong")
        for text, quantity, minor in order["lines"]:
            yield Pair(text if quantity == 1 else f"{quantity} × {text}", paper.figure(minor))
        if order["state"] == "paid":
            yield Words(paper.say("doc.order_paid"), align="right")


def _sums(facts: Facts, paper: Paper) -> Iterator[Part]:
    """How the lines become the total: the discount of the card (E63), then the minimum (E32)."""
    if facts["discount"] or facts["markup"]:
        yield Pair(paper.say("doc.subtotal"), paper.figure(facts["subtotal"]))
    if facts["discount"]:
        percent = facts["percent"]
        of = paper.say("doc.discount_percent", n=percent) if percent else paper.say("doc.discount")
        yield Pair(of, paper.figure(-facts["discount"]))
    if facts["markup"]:
        label = paper.say("doc.minimum", amount=paper.amount(facts["minimum"]))
        yield Pair(label, f"+{paper.figure(facts['markup'])}")


# --- the receipt -------------------------------------------------------------------------------


def _final(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """What was paid, how, which prepayments ended with it, and what came back.

    VAT is not split: no venue of ours has rates.
    """
    return (
        Rule(),
        *_heading(facts, paper),
        *_orders(facts, paper),
        Rule(),
        *_sums(facts, paper),
        Pair(paper.say("doc.total"), paper.amount(facts["total"]), "title"),
        Rule(),
        *_before(facts["paid"], paper),
        *paid(facts["tenders"], facts, paper),
        *_seats(facts, paper),
        *_change(facts, paper),
        *_ended(facts, paper),
        *_fiscal(facts, paper),
    )


def _before(minor: int, paper: Paper) -> Iterator[Part]:
    if minor:
        yield Pair(paper.say("doc.paid_before"), paper.figure(minor))


def _seats(facts: Facts, paper: Paper) -> Iterator[Part]:
    """What each guest paid, where a visit was calculated by seats (E48); it adds nothing."""
    if facts.get("seats"):
        yield Rule()
    for seat, _, _, due, _ in facts.get("seats", ()):
        yield Pair(paper.say("doc.seat", n=seat), paper.figure(due))


def _change(facts: Facts, paper: Paper) -> Iterator[Part]:
    if facts["change"]:
        yield Rule()
        yield Pair(paper.say(f"doc.change_{facts['how']}"), paper.amount(facts["change"]), "strong")


def _ended(facts: Facts, paper: Paper) -> Iterator[Part]:
    """The receipts of the prepayments that this one takes the place of (E54)."""
    if facts["prepayments"]:
        yield Rule()
        yield Words(paper.say("doc.prepayments_ended"))
    for number, minor in facts["prepayments"]:
        yield Pair(paper.say("doc.prepayment_number", number=f"{number:06}"), paper.figure(minor))


LAYOUTS: dict[Kind, Layout] = {
    "visit_creation": _creation,
    "prepayment_receipt": _prepaid,
    "prepayment_document": _prepayment,
    "order_bill": _order_bill,
    "visit_bill": _visit_bill,
    "final_receipt": _final,
}

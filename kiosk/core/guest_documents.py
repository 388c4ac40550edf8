"""The guest's paper: of his card and his balances, and of money that is on nobody's card."""

from __future__ import annotations

from kiosk.core import tickets
from kiosk.core.clients import recovery_token
from kiosk.core.documents import Gap, Kind, Pair, Part, QrCode, Rule, Words
from kiosk.core.ids import ClientId
from kiosk.core.paper import Facts, Layout, Paper


def _top_up(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """The notes, the total, the balance before and after (U2)."""
    return (
        Rule(),
        *(_notes(minor, count, paper) for minor, count in facts["notes"]),
        Pair(paper.say("doc.total"), paper.amount(facts["total"]), "title"),
        Rule(),
        Pair(paper.say("doc.before"), paper.amount(facts["before"])),
        Pair(paper.say("doc.after"), paper.amount(facts["after"]), "strong"),
        Rule(),
        Words(paper.say("doc.refund"), align="centre"),
        QrCode(f"FOYER:{paper.books.kiosk}:TOP_UP:{facts['number']:06}"),
    )


def _notes(minor: int, count: int, paper: Paper) -> Pair:
    amount = paper.texts.whole(paper.money(minor))
    label = (
        paper.say("doc.note", amount=amount)
        if count == 1
        else paper.say("doc.notes", n=count, amount=amount)
    )
    return Pair(label, paper.figure(minor * count))


def _registration(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """The slip of a new card, with the recovery code that its owner must keep secret."""
    client = paper.slip["client"]
    owner = paper.books.get("clients", client) or {}
    recovery: tuple[Part, ...] = ()
    # Of a client who was erased there is nothing to recover.
    if owner.get("state") != "erased":
        recovery = (
            Words(paper.say("doc.recovery_caption"), "strong", "centre"),
            QrCode(recovery_token(paper.books, ClientId(client))),
            Words(paper.say("doc.recovery"), "strong", "centre"),
            Rule(),
        )
    return (
        Rule(),
        Pair(paper.say("doc.balance"), paper.amount(facts["balance"]), "strong"),
        Rule(),
        *recovery,
        Words(paper.say("doc.terms", version=facts["terms"]), align="centre"),
        Words(paper.say("doc.erase"), align="centre"),
        Gap(),
    )


def _check(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """The slip for a note whose place is unknown (N-04): worth its amount only after checking."""
    return (
        Rule(),
        Words(paper.say("doc.check_worth"), align="centre"),
        Words(paper.amount(facts["amount"]), "title", "centre"),
        Rule(),
        Words(paper.say("doc.check_why"), align="centre"),
        Gap(),
        Words(paper.say("doc.check_rule"), "strong", "centre"),
        QrCode(tickets.text(paper.books, paper.slip)),
    )


def _claim(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """The ticket of a claim: money of nobody known, paid out once."""
    ticket = tickets.text(paper.books, paper.slip)
    return (
        Rule(),
        Words(paper.say("doc.claim_worth"), align="centre"),
        Words(paper.amount(facts["amount"]), "title", "centre"),
        Rule(),
        Words(paper.say("doc.claim_why"), align="centre"),
        Gap(),
        Words(paper.say("doc.claim_rule"), "strong", "centre"),
        QrCode(ticket, tickets.code(ticket)),
    )


LAYOUTS: dict[Kind, Layout] = {
    "top_up_receipt": _top_up,
    "registration_slip": _registration,
    "check_slip": _check,
    "claim_ticket": _claim,
}

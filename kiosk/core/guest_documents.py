"""The guest's paper: of his card and his balances, and of money that is on nobody's card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kiosk.core import recovery_codes, tickets
from kiosk.core.clients import masked_phone, opened, recovery_token
from kiosk.core.documents import Gap, Kind, Pair, Part, QrCode, Rule, Words
from kiosk.core.ids import ClientId
from kiosk.core.paper import Facts, Layout, Paper


def _top_up(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """What was put in, the total, what it earned, the balance before and after (U2, C34)."""
    return (
        Rule(),
        *_put_in(facts, paper),
        *([] if facts["notes"] else paid([(facts["tender"], facts["total"])], facts, paper)),
        Pair(paper.say("doc.total"), paper.amount(facts["total"]), "title"),
        *_points("doc.bonus_granted", facts.get("bonus", 0), paper),
        Rule(),
        *_balances(facts, paper),
        Rule(),
        Words(paper.say("doc.refund"), align="centre"),
    )


def paid(
    tenders: Iterable[Sequence[Any]], facts: Facts, paper: Paper, word: str = "doc.tender"
) -> Iterator[Part]:
    """How something was paid: ``(tender, minor)``, and which bank card at which terminal.

    The bank card stands in the facts as the terminal told it: its last digits, its brand, and the
    reference that the terminal gave.
    """
    for tender, minor in tenders:
        yield Pair(paper.say(f"{word}_{tender}"), paper.figure(minor))
    card = {"masked": "", "brand": "", "reference": ""} | facts.get("bank_card", {})
    if card["masked"]:
        told = f"{card['brand']} •••• {card['masked'][-4:]}".strip()
        yield Words(paper.say("doc.bank_card", card=told))
    if card["reference"]:
        yield Words(paper.say("doc.terminal", reference=card["reference"]))


def _points(key: str, number: int, paper: Paper) -> Iterator[Part]:
    if number:
        yield Pair(paper.say(key), paper.texts.plural("doc.points", number))


def _balances(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    return (
        Pair(paper.say("doc.before"), paper.amount(facts["before"])),
        Pair(paper.say("doc.after"), paper.amount(facts["after"]), "strong"),
    )


def _put_in(facts: Facts, paper: Paper) -> Iterator[Part]:
    """Each kind of notes that was put in, and all coins in one line."""
    coins: dict[int, int] = dict(facts.get("coins", ()))
    for minor, count in facts["notes"]:
        if count > coins.get(minor, 0):
            yield _notes(minor, count - coins.get(minor, 0), paper)
    if coins:
        total = sum(minor * count for minor, count in coins.items())
        yield Pair(paper.say("doc.coins"), paper.figure(total))


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
        token = recovery_token(paper.books, ClientId(client))
        recovery = (
            Words(paper.say("doc.recovery_caption"), "strong", "centre"),
            QrCode(token, recovery_codes.shown(token)),
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
    """The slip for a note whose place is unknown (N-04): worth its amount only after checking.

    Or for a payment of which the bank has not said whether it went through (B-02).
    """
    rule = "doc.check_payment_rule" if "payment" in facts else "doc.check_rule"
    return (
        Rule(),
        Words(paper.say("doc.check_worth"), align="centre"),
        Words(paper.amount(facts["amount"]), "title", "centre"),
        Rule(),
        Words(_why_checked(facts, paper), align="centre"),
        Gap(),
        Words(paper.say(rule), "strong", "centre"),
        QrCode(tickets.text(paper.books, paper.slip)),
    )


def _why_checked(facts: Facts, paper: Paper) -> str:
    payment = facts.get("payment")
    if payment is None:
        return paper.say("doc.check_why")
    return paper.say("doc.check_payment", number=f"{payment:06}")


def _claim(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """The ticket of a claim: money of nobody known, paid out once."""
    ticket = tickets.text(paper.books, paper.slip)
    return (
        Rule(),
        Words(paper.say("doc.claim_worth"), align="centre"),
        Words(paper.amount(facts["amount"]), "title", "centre"),
        Rule(),
        Words(paper.say(_WHY[facts.get("why", "")]), align="centre"),
        Gap(),
        Words(paper.say("doc.claim_rule"), "strong", "centre"),
        QrCode(ticket, tickets.code(ticket)),
    )


_WHY: Mapping[str, str] = {
    "": "doc.claim_why",
    "change": "doc.claim_change",
    "prepayment": "doc.claim_prepayment",
    "void": "doc.claim_void",
    "payment": "doc.claim_payment",
    "pay_out": "doc.claim_pay_out",
}
"""What became a claim; a note where nothing else is said."""


def _package(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """Minutes that were sold (M13, M28): of which kind, for how much, and how many there are."""
    kind, number, before, after = facts["minutes"]
    tenders = [(facts["tender"], facts["total"])] if facts["total"] else []
    return (
        Rule(),
        Words(paper.say(f"doc.minutes_{kind}"), "strong"),
        Pair(paper.say("doc.minutes"), paper.texts.plural("wallet.minutes", number)),
        *paid(tenders, facts, paper),
        Pair(paper.say("doc.total"), paper.amount(facts["total"]), "title"),
        Rule(),
        Pair(paper.say("doc.minutes_before"), paper.texts.count(before)),
        Pair(paper.say("doc.minutes_after"), paper.texts.count(after), "strong"),
        Rule(),
        Words(paper.say("doc.minutes_no_expiry"), align="centre"),
        Words(paper.say(_EXCHANGED[facts["convertible"]]), align="centre"),
    )


_EXCHANGED = {False: "doc.minutes_stay", True: "doc.minutes_no_money"}


def _session(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """Play time that was used: where, from when to when, what it took and what is left."""
    counted = paper.texts.count
    taken: tuple[Part, ...]
    if facts["mode"] == "timer":
        taken = (
            Pair(paper.say("doc.session_cost"), paper.amount(facts["charge"]), "strong"),
            *_points("doc.paid_points", facts["points"], paper),
            *paid(facts.get("tenders", ()), facts, paper),
        )
    else:
        taken = (Pair(paper.say("doc.minutes_left"), counted(facts["left"]), "strong"),)
    owed: tuple[Part, ...] = ()
    if facts["owed"]:
        owed = (Pair(paper.say("doc.owed"), paper.amount(facts["owed"]), "strong"),)
    return (
        Rule(),
        Pair(paper.say("doc.station"), facts["station"]),
        Words(paper.say(f"doc.minutes_{facts['kind']}")),
        Words(paper.say(f"doc.session_{facts['mode']}")),
        Rule(),
        Pair(paper.say("doc.session_from"), paper.moment(facts["started_at"])),
        Pair(paper.say("doc.session_to"), paper.moment(facts["ended_at"])),
        Pair(paper.say("doc.minutes_used"), counted(facts["used"]), "strong"),
        Rule(),
        *taken,
        *owed,
        Gap(),
    )


def _refund(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """Money that went back to a guest: why, out of what, how, and what went with it."""
    minutes: tuple[Part, ...] = ()
    if facts.get("minutes"):
        kind, number, _, after = facts["minutes"]
        minutes = (
            Words(paper.say(f"doc.minutes_{kind}")),
            Pair(paper.say("doc.minutes_taken_back"), paper.texts.count(number)),
            Pair(paper.say("doc.minutes_after"), paper.texts.count(after)),
        )
    visit = [Words(paper.say("doc.visit", number=facts["visit"]))] if facts.get("visit") else []
    around: tuple[Part, ...] = ()
    if "before" in facts:
        around = (Rule(), *_balances(facts, paper))
    return (
        Rule(),
        Words(paper.say(f"doc.refund_{facts['why']}")),
        *visit,
        *paid(facts["tenders"], facts, paper, "doc.back"),
        Pair(paper.say("doc.paid_back"), paper.amount(facts["amount"]), "title"),
        *_points("doc.bonus_taken_back", -facts.get("bonus", 0), paper),
        *minutes,
        *around,
        Gap(2),
        Rule(),
        Words(paper.say("doc.signature"), "small"),
    )


def _transfer(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """A card that took the place of another (G12): nothing else is on the new one."""
    return (
        Rule(),
        Pair(paper.say("doc.old_card"), facts["old"]),
        Pair(paper.say("doc.new_card"), facts["card_masked"], "strong"),
        Pair(paper.say("doc.blocked_at"), paper.moment(facts["blocked_at"])),
        Rule(),
        Pair(paper.say("doc.moved"), paper.amount(facts["amount"]), "strong"),
        *_points("doc.moved_points", facts["points"], paper),
        Rule(),
        Words(paper.say("doc.old_card_rule"), align="centre"),
        Gap(),
    )


def _data(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """What is kept about a guest (G14); who it is stands in no fact, and is gone once erased."""
    owner = paper.books.get("clients", paper.slip["client"]) or {"state": "erased"}
    none, name, phone = paper.say("doc.data_none"), "", ""
    if owner["state"] == "active":
        name, phone = opened(paper.books, owner, "name"), masked_phone(paper.books, owner)
    game, net = facts["minutes"]
    return (
        Rule(),
        Pair(paper.say("doc.data_name"), name or none, "strong"),
        Pair(paper.say("doc.data_phone"), phone or none),
        Pair(paper.say("doc.data_since"), paper.moment(facts["since"])),
        Pair(paper.say("doc.data_terms"), facts["terms"] or none),
        Rule(),
        Pair(paper.say("doc.balance"), paper.amount(facts["balance"]), "strong"),
        *_points("doc.moved_points", facts["points"], paper),
        *_minutes("doc.data_minutes_game", game, paper),
        *_minutes("doc.data_minutes_net", net, paper),
        Pair(paper.say("doc.data_visits"), paper.texts.count(facts["visits"])),
        Pair(paper.say("doc.data_movements"), paper.texts.count(facts["movements"])),
        Rule(),
        Words(paper.say("doc.data_rule"), align="centre"),
        Gap(),
    )


def _minutes(key: str, number: int, paper: Paper) -> Iterator[Part]:
    if number:
        yield Pair(paper.say(key), paper.texts.count(number))


LAYOUTS: dict[Kind, Layout] = {
    "top_up_receipt": _top_up,
    "registration_slip": _registration,
    "check_slip": _check,
    "claim_ticket": _claim,
    "package_receipt": _package,
    "session_slip": _session,
    "refund_slip": _refund,
    "transfer_slip": _transfer,
    "data_slip": _data,
}

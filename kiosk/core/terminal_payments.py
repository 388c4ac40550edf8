"""Payments at the bank's terminal: by a card or a QR code, for a wallet or for a visit.

That the terminal will be asked is on the books before it is (``begun``); money is booked when it
says that it was charged, and never before. One payment is on its way at a time. Of one whose end
nobody knows (``unknown``, B-02) nothing is booked: the terminal is asked for it by name, after a
power cut too, until it tells; where it knows of none (``absent``) staff decide, with a reason.
A payment that was charged after all is credited where it was meant to go, however late; where that
is not there any more it is a claim.

Of the card only brand and last four digits are here. Source: docs/ledger.md, "Bank cards".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Literal, get_args

from tinydb import where

from kiosk.core import bonus, claims, deposits, fiscal, tenders, tickets, trust
from kiosk.core.balances import not_over
from kiosk.core.bills import client_of, refs_of, visit_of
from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    Answer,
    Books,
    Handler,
    Query,
    added,
    legible,
    remark,
)
from kiosk.core.cash import NOT_OUT, last_start
from kiosk.core.clients import registered, today
from kiosk.core.errors import Refused
from kiosk.core.floating import may_add, on_visit, place
from kiosk.core.ids import ClientId, JobId, VisitId
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.slips import add_slip, begin_slip
from kiosk.core.store import TableSpec

TABLES = (TableSpec("terminal_payments", ("state",)),)

Purpose = Literal["top_up", "deposit", "due"]
"""A wallet's top-up; a deposit, or a prepayment that is pending; what a visit lacks at its end."""
TerminalTender = Literal["bank_card", "qr"]
PaymentState = Literal["begun", "unknown", "absent", "approved", "declined"]
Outcome = Literal["approved", "declined", "unknown", "absent"]

CLEARING: Mapping[str, str] = {"bank_card": "1110:terminal", "qr": "1120:terminal"}
ON_THE_WAY = ("begun", "unknown")
"""States of a payment of which the terminal has to tell more."""
OPEN = (*ON_THE_WAY, "absent")
WORD_CHARACTERS_MAX = 64
PATIENCE_MAX = 10
SLIPS_MAX = 20
"""So many of a client's latest slips are looked at for one that did not come out."""
SERVICE_CHARACTERS = 10
REFERENCES_MAX = 20
"""So many of the newest transactions are told apart from one that is looked for."""


@dataclass(frozen=True)
class BeginTerminalPayment:
    """Somebody is about to pay at the terminal; nothing is booked.

    `client` for a top-up, `visit` for the rest: an open one, or a prepayment that is pending.
    `patience`: so many times as long as usual the terminal may wait for a card.
    """

    purpose: Purpose
    amount: Money
    language: str
    client: str = ""
    visit: str = ""
    tender: TerminalTender = "bank_card"
    patience: int = added(1)


@dataclass(frozen=True)
class RecordTerminalPayment:
    """Put on record what became of a payment.

    ``approved``: `taken` was charged (None: what was asked for); ``declined``: nothing was;
    ``unknown``: nobody knows, the terminal will be asked; ``absent``: it was, and knows of none.
    `tender` is how it was paid, where the terminal says so.
    Of one that is ``absent`` staff say ``approved`` or ``declined``, with a reason, and name no
    other sum.
    """

    payment: str
    outcome: Outcome
    taken: Money | None = None
    masked: str = remark()
    reference: str = remark()
    brand: str = remark()
    reason: str = remark()
    tender: Literal["", "bank_card", "qr"] = added("")


@dataclass(frozen=True)
class IssuePaymentSlip:
    """A slip for whoever is told that a payment is being checked (B-02): nothing is booked."""

    payment: str
    language: str


@dataclass(frozen=True)
class TerminalPayment:
    """A payment at the terminal.

    Attributes:
        id: our id.
        number: in the series of all of them; it stands on slips.
        service: what the terminal knows it by.
        purpose: what for.
        client: whose wallet; empty for a visit.
        visit: which one; empty for a wallet.
        tender: by which way.
        value: what was asked for; once it was charged, what was.
        state: see the module.
        at: when it began.
        start: in which start of the process.
        actor: who began it.
        masked: the last four digits, or empty.
        reference: the terminal's own name of it, or empty.
        brand: of the card, or empty.
        to: where the money went: ``client``, ``visit`` or ``claim``; empty for nowhere.
        slip: the job of the receipt or ticket; of one that is being checked, of its slip.
        slips: the jobs of all that its charge issued, that one first.
        patience: so many times as long as usual there is for a card.
        said: why, of the last step.
        booked: of one that is on its way, the references of the newest others, newest first.
    """

    id: str
    number: int
    service: str
    purpose: Purpose
    client: ClientId
    visit: VisitId
    tender: TerminalTender
    value: Money
    state: PaymentState
    at: str
    start: int
    actor: str
    masked: str
    reference: str
    brand: str
    to: str
    slip: JobId
    said: str
    slips: tuple[JobId, ...] = ()
    patience: int = 1
    booked: tuple[str, ...] = ()


@dataclass(frozen=True)
class PaymentOnTheWay(Query["TerminalPayment | None"]):
    """The payment of which the terminal has to tell more; None while there is none."""


@dataclass(frozen=True)
class GetTerminalPayment(Query["TerminalPayment | None"]):
    """One payment, by its id."""

    payment: str


@dataclass(frozen=True)
class OpenTerminalPayments(Query["tuple[TerminalPayment, ...]"]):
    """Payments of which nobody knows the end, oldest first: a task for staff."""


@dataclass(frozen=True)
class LeftOpen:
    """What payments at the terminal still owe a client.

    `checked`: one whose end nobody knows. `receipt`: the newest receipt that is not known to have
    come out, empty for none, and the `total` on it.
    """

    checked: TerminalPayment | None
    receipt: JobId
    total: Money


@dataclass(frozen=True)
class PaymentsLeftOpen(Query[LeftOpen]):
    """See `LeftOpen`."""

    client: ClientId


def service_of(books: Books, payment: str) -> str:
    """What a terminal knows a payment by: ten characters, of this store's payments its alone."""
    named = f"{books.kiosk}/{books.ledger.store.facts['created_at']}/{payment}"
    return sha256(named.encode()).hexdigest()[:SERVICE_CHARACTERS].upper()


def _begin(books: Books, command: BeginTerminalPayment) -> Draft:
    if command.purpose not in get_args(Purpose) or command.tender not in CLEARING:
        raise Refused("err.tender_unknown", tender=str(command.tender))
    if on_the_way(books):
        raise Refused("err.payment_pending")
    minor = tenders.amount(books, command.amount)
    payment = books.new_id("y")
    draft = Draft("payment_begun", refs={"payment": payment})
    if command.purpose == "top_up":
        registered(books, command.client)
        not_over(books, books.wallet(command.client).minor + minor)
        draft.refs["client"] = command.client
        draft.refs |= trust.velocity(books, "top_up", command.client, minor)
    else:
        draft.refs |= _may_pay_in(books, command.visit, command.purpose, minor)
    draft.set(
        "terminal_payments",
        {
            "id": payment,
            "number": books.number(draft, "terminal_payment"),
            "service": service_of(books, payment),
            "purpose": command.purpose,
            "client": command.client if command.purpose == "top_up" else "",
            "visit": "" if command.purpose == "top_up" else command.visit,
            "tender": command.tender,
            "minor": minor,
            "language": command.language,
            "state": "begun",
            "at": books.at,
            "start": last_start(books),
            "actor": books.actor,
            "masked": "",
            "reference": "",
            "brand": "",
            "to": "",
            "slip": "",
            "said": "",
            **_patience(command),
        },
    )
    return draft


def _patience(command: BeginTerminalPayment) -> dict[str, int]:
    most = max(1, min(PATIENCE_MAX, command.patience))
    return {"patience": most} if most != 1 else {}


def on_the_way(books: Books) -> dict[str, Any] | None:
    """The document of the payment of which the terminal has to tell more; there is one at most."""
    found = books.search("terminal_payments", where("state").one_of(list(ON_THE_WAY)))
    return min(found, key=lambda p: int(p["number"]), default=None)


def _may_pay_in(books: Books, name: str, purpose: Purpose, minor: int) -> dict[str, str]:
    """Let a visit be paid at the terminal as notes could be; the refs of the entry."""
    there = on_visit(books, name)
    pending = books.get("prepayments", name)
    if pending and pending["state"] == "pending":
        if purpose != "deposit" or there + minor > pending["minor"]:
            raise Refused("err.prepayment_full")
        return {"visit": name}
    visit = books.get("visits", name)
    if visit is None or visit["state"] != "open":
        raise Refused("err.no_visit_to_pay")
    if purpose == "due":
        figures = visit_of(books, visit)
        if figures.personal:
            raise Refused("err.deposit_personal")
        if minor > figures.to_pay.minor:
            raise Refused("err.payment_more_than_due", amount=str(figures.to_pay))
    else:
        may_add(books, visit)
        most = books.settings().get("balance_max")
        if most is not None and there + minor > most:
            raise Refused("err.deposit_max", amount=str(books.money(most)))
    return refs_of(books, visit)


# --- how it ends -------------------------------------------------------------------------------

_FROM: Mapping[Outcome, tuple[str, ...]] = {
    # What the terminal says was charged was, whatever was believed before.
    "approved": (*OPEN, "declined"),
    "declined": OPEN,
    "unknown": ("begun",),
    "absent": ON_THE_WAY,
}


def _record(books: Books, command: RecordTerminalPayment) -> Draft:
    kept = books.get("terminal_payments", command.payment)
    if kept is None:
        raise Refused("err.no_payment", payment=command.payment)
    if books.actor != "kiosk":
        if kept["state"] != "absent" or command.outcome not in ("approved", "declined"):
            raise Refused("err.payment_runs", number=f"{kept['number']:06}")
        if not legible(command.reason, REASON_CHARACTERS_MAX):
            raise Refused("err.reason_missing")
        asked = books.money(kept["minor"])
        if command.taken not in (None, asked) or command.tender:
            # Only the terminal can say that it took another sum, or in another way; nobody makes a
            # wallet richer so.
            raise Refused("err.pay_exactly", amount=str(asked))
    if kept["state"] not in _FROM.get(command.outcome, ()):
        raise Refused("err.payment_over", number=f"{kept['number']:06}")
    draft = Draft(f"payment_{command.outcome}", reason=command.reason)
    draft.refs |= {name: kept[name] for name in ("client", "visit") if kept[name]}
    draft.refs["payment"] = kept["id"]
    after = kept | {"state": command.outcome, "said": command.reason}
    if command.outcome == "approved":
        _charged(books, draft, after, command)
        in_time = kept["state"] == "begun" and kept["start"] == last_start(books)
        _finish(draft, after, in_time=in_time)
    draft.set("terminal_payments", after)
    return draft


def _charged(
    books: Books, draft: Draft, payment: dict[str, Any], command: RecordTerminalPayment
) -> None:
    """Book what was charged where it was meant to go; else it is a claim of whoever paid."""
    if command.taken is not None:
        payment["minor"] = tenders.amount(books, command.taken)
    if command.tender:
        payment["tender"] = command.tender
    for name in ("masked", "reference", "brand"):
        word = str(getattr(command, name))
        payment[name] = word if legible(word, WORD_CHARACTERS_MAX) else ""
    if payment["purpose"] == "top_up":
        client = today(books, payment["client"])
        holder = books.get("clients", client) or {}
        if holder.get("state", "erased") not in ("erased", "walk_in"):
            _top_up(books, draft, payment, client)
            return
    elif _is_there(books, payment):
        _pay_in(books, draft, payment)
        return
    debit = CLEARING[payment["tender"]]
    owner = {name: payment[name] for name in ("client", "visit") if payment[name]}
    claims.add(books, draft, debit, payment["minor"], payment["language"], owner, "payment")
    payment |= {"to": "claim", "slip": draft.refs["slip"]}


def _is_there(books: Books, payment: Mapping[str, Any]) -> bool:
    if payment["purpose"] == "due":
        visit = books.get("visits", payment["visit"])
        return visit is not None and visit["state"] == "open"
    return place(books, payment["visit"]) != ""


def _top_up(books: Books, draft: Draft, payment: dict[str, Any], client: str) -> None:
    minor, before = payment["minor"], books.wallet(client).minor
    draft.refs |= {"client": client, "tender": payment["tender"]}
    draft.post(CLEARING[payment["tender"]], f"2010:{client}", books.unit, minor)
    earned = bonus.earned(books, minor)
    bonus.grant(books, draft, client, earned)
    slip = add_slip(books, draft, "top_up_receipt", {"client": client}, payment["language"])
    slip["facts"] |= {"notes": [], "total": minor, "before": before, "after": before + minor}
    slip["facts"] |= {"tender": payment["tender"], "bonus": earned}
    slip["facts"] |= {"clearing": CLEARING[payment["tender"]]}
    payment |= {"client": client, "to": "client", "slip": slip["id"]}


def _pay_in(books: Books, draft: Draft, payment: dict[str, Any]) -> None:
    visit, minor, tender = payment["visit"], payment["minor"], payment["tender"]
    before = on_visit(books, visit)
    draft.post(CLEARING[tender], f"2030:{visit}", books.unit, minor)
    draft.set(
        "deposits",
        made := {
            "id": books.new_id("d"),
            "visit": visit,
            "minor": minor,
            "tender": tender,
            "reason": books.settings().get("floating_reason", ""),
            "at": books.at,
            "shift": "",
            "receipt": "",
        },
    )
    payment["to"] = "visit"
    opened = books.get("visits", visit)
    if opened is None:
        return  # A prepayment: the entry that makes its visit makes the receipt and the slips.
    fiscal.prepaid(books, draft, visit, minor, tender)
    draft.refs |= {"client": of} if (of := client_of(books, opened)) else {}
    after, language = before + minor, payment["language"]
    job = deposits.slips(books, draft, opened, minor, tender, made["reason"], after, language)
    made["receipt"] = payment["slip"] = job


def _finish(draft: Draft, payment: dict[str, Any], *, in_time: bool) -> None:
    """Say on the receipt which card it was, and who prints the slips.

    The kiosk records the end; whoever began at a till prints there. Of one that was found later
    nothing is printed by itself: nobody knows who stands there by then.
    """
    slips = [c.document for c in draft.changes if c.table == "slips"]
    payment["slips"] = [slip["id"] for slip in slips if slip]
    for slip in (s for s in slips if isinstance(s, dict)):
        if slip is slips[0] and (payment["masked"] or payment["reference"]):
            card = {name: payment[name] for name in ("masked", "reference", "brand")}
            slip["facts"] |= {"bank_card": card}
        if payment["actor"].startswith("till:"):
            slip |= {"state": "handed", "till": payment["actor"]}
        elif not in_time:
            slip["state"] = "not_printed"


# --- the slip of one that is being checked, and questions ----------------------------------------


def _slip(books: Books, command: IssuePaymentSlip) -> Draft:
    kept = books.get("terminal_payments", command.payment)
    if kept is None or kept["state"] not in OPEN:
        raise Refused("err.nothing_to_print")
    owner = {"client": kept["client"]} if kept["client"] else {}
    draft, slip = begin_slip(books, "check_slip", owner, command.language)
    draft.refs["payment"] = kept["id"]
    tickets.publish(books, draft)
    slip["facts"] |= {"amount": kept["minor"], "payment": kept["number"]}
    draft.set("terminal_payments", kept | {"slip": slip["id"]})
    return draft


def _on_the_way(books: Books, query: PaymentOnTheWay) -> TerminalPayment | None:
    del query
    if (kept := on_the_way(books)) is None:
        return None
    found = books.ledger.store.latest("terminal_payments", "state", "approved", REFERENCES_MAX)
    booked = tuple(str(p["reference"]) for p in found if p["reference"])
    return replace(_payment(books, kept), booked=booked)


def _get(books: Books, query: GetTerminalPayment) -> TerminalPayment | None:
    kept = books.get("terminal_payments", query.payment)
    return _payment(books, kept) if kept else None


def _all_open(books: Books, query: OpenTerminalPayments) -> tuple[TerminalPayment, ...]:
    del query
    return open_payments(books)


def open_payments(books: Books) -> tuple[TerminalPayment, ...]:
    """See `OpenTerminalPayments`."""
    found = books.search("terminal_payments", where("state").one_of(list(OPEN)))
    # One that was begun in this start is the terminal's: it needs nobody.
    kept = (p for p in found if p["state"] != "begun" or p["start"] < last_start(books))
    return tuple(_payment(books, p) for p in sorted(kept, key=lambda p: int(p["number"])))


def _left_open(books: Books, query: PaymentsLeftOpen) -> LeftOpen:
    checked = (
        p for p in open_payments(books) if p.client and today(books, p.client) == query.client
    )
    found = books.ledger.store.latest("slips", "client", query.client, SLIPS_MAX)
    slip = next((s for s in found if _is_owed(books, s)), None)
    total = books.money(slip["facts"]["total"] if slip else 0)
    return LeftOpen(next(checked, None), JobId(slip["id"] if slip else ""), total)


def _is_owed(books: Books, slip: Mapping[str, Any]) -> bool:
    """Whether it is a receipt of the terminal's that nobody knows to have come out."""
    lost = slip["state"] == "due" and slip["start"] < last_start(books)
    return "clearing" in slip["facts"] and (lost or slip["state"] in NOT_OUT)


def _payment(books: Books, kept: Mapping[str, Any]) -> TerminalPayment:
    return TerminalPayment(
        id=kept["id"],
        number=kept["number"],
        service=kept["service"],
        purpose=kept["purpose"],
        client=ClientId(kept["client"]),
        visit=VisitId(kept["visit"]),
        tender=kept["tender"],
        value=books.money(kept["minor"]),
        state=kept["state"],
        at=kept["at"],
        start=kept["start"],
        actor=kept["actor"],
        masked=kept["masked"],
        reference=kept["reference"],
        brand=kept["brand"],
        to=kept["to"],
        slip=JobId(kept["slip"]),
        said=kept["said"],
        # Payments of before this was kept had one slip at the most.
        patience=kept.get("patience", 1),
        slips=tuple(kept.get("slips", [kept["slip"]] if kept["slip"] else [])),
    )


HANDLERS: dict[type, Handler] = {
    BeginTerminalPayment: _begin,
    RecordTerminalPayment: _record,
    IssuePaymentSlip: _slip,
}
ANSWERS: dict[type, Answer] = {
    PaymentOnTheWay: _on_the_way,
    GetTerminalPayment: _get,
    OpenTerminalPayments: _all_open,
    PaymentsLeftOpen: _left_open,
}
ALLOWED: dict[type, frozenset[str]] = {
    BeginTerminalPayment: frozenset({"guest", "kiosk", "till", "staff"}),
    RecordTerminalPayment: frozenset({"kiosk", "staff", "cli"}),
    IssuePaymentSlip: frozenset({"guest", "kiosk", "till", "staff"}),
}

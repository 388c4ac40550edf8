"""Fiscal documents: what the fiscal device must print for money that visits take and give.

They are a queue on the books. The entry that moves the money makes them, so that a power cut
leaves exactly those that are missing; the device gets them one by one, in their order. A venue is
fiscal where its `prepay_accounting` is ``receipt_later_summary``; elsewhere there are none.

Before the device is asked, that it will be asked is on the books (``sent``). Who finds a document
``sent`` at the start asks the device whether it has it, and does not print it twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from uuid import UUID, uuid5

from tinydb import where

from kiosk.core import fiscal_shifts
from kiosk.core.books import (
    ADDED,
    REASON_CHARACTERS_MAX,
    Answer,
    Books,
    Handler,
    Query,
    legible,
    remark,
)
from kiosk.core.errors import Refused
from kiosk.core.ids import VisitId
from kiosk.core.ledger import Draft
from kiosk.core.messages import FiscalSign
from kiosk.core.money import Money
from kiosk.core.store import TableSpec

TABLES = (TableSpec("fiscal", ("visit", "state")),)

Kind = Literal["receipt", "cancellation", "return"]
"""A receipt of the shift that is still open is cancelled; of one that is closed, returned (E94)."""
FiscalState = Literal["due", "sent", "confirmed", "needs_attention"]
Outcome = Literal["sent", "confirmed", "absent", "failed"]

WAITING = ("due", "sent", "needs_attention")
"""States of a document that the device has not confirmed."""
NUMBER_CHARACTERS_MAX = 64
LIST_MAX = 50
"""Of those that wait so many are told at once."""
KEYS = UUID("5b0c8a3e-6a55-5d0c-9c1e-6f2f5b9a7d41")
"""The name space of the keys under which devices know our documents."""
CREDIT = "credit"
"""The tender of what is left unpaid, with a manager's word."""


@dataclass(frozen=True)
class RecordFiscal:
    """Put on record how far a fiscal document is; `attempt` counts how often it was sent, from 1.

    ``sent``: the device is about to be asked; ``confirmed``: it has printed it, as its `number`;
    ``absent``: it has not, and does not know it: it is due again; ``failed``: nobody knows, or the
    device will not: staff look at it, and say ``confirmed`` or ``absent``, with a reason.
    """

    document: str
    attempt: int
    outcome: Outcome
    number: str = ""
    reason: str = remark()
    sign: FiscalSign | None = field(default=None, metadata=ADDED)
    """What the device gave for it; none where staff say that it is printed."""


@dataclass(frozen=True)
class FiscalDocument:
    """A fiscal document.

    Attributes:
        id: ``fiscal:`` and its number.
        number: in the series of all of them; the device is asked in this order.
        kind: a receipt, or what takes one back.
        of: the receipt that this one takes back; empty for a receipt.
        visit: whose money it is about.
        order: the order that was paid at once; empty for a prepayment and for the final receipt.
        value: always more than 0; a cancellation and a return take it back.
        tenders: how it was paid, minor units by tender; they add up to `value`.
        state: ``due``, ``sent``, ``confirmed`` or ``needs_attention``.
        attempts: how often it was sent.
        device_number: what the device calls it, once it has confirmed.
        advance: it is about money for what is not sold yet: a deposit.
        sign: what the device gave for it, once it has confirmed; staff give none.
    """

    id: str
    number: int
    kind: Kind
    of: str
    visit: VisitId
    order: str
    value: Money
    tenders: Mapping[str, int]
    state: FiscalState
    attempts: int
    device_number: str
    advance: bool
    sign: FiscalSign | None


@dataclass(frozen=True)
class FiscalStep:
    """What is to be done with the fiscal device next, and with which document.

    ``send``: record that attempt `attempts` + 1 is sent, then print; ``look_up``: ask whether it
    is printed; ``wait``: staff look at it, nothing is printed before. `key` is the name under which
    the device knows this attempt, or will: a UUID, never given to another one.
    """

    document: FiscalDocument
    does: Literal["send", "look_up", "wait"]
    key: str


@dataclass(frozen=True)
class NextFiscal(Query["FiscalStep | None"]):
    """What the fiscal device is to do next; None when it has everything."""


@dataclass(frozen=True)
class WaitingFiscalDocument:
    """A document that the device has not confirmed; `said` is the device's word for why."""

    document: FiscalDocument
    at: str
    said: str


@dataclass(frozen=True)
class WaitingFiscal(Query["tuple[WaitingFiscalDocument, ...]"]):
    """What the fiscal device has still to make, in its order; at most `LIST_MAX`."""


@dataclass(frozen=True)
class FiscalOf(Query["tuple[FiscalDocument, ...]"]):
    """The fiscal documents of a visit, oldest first."""

    visit: VisitId


@dataclass(frozen=True)
class FiscalTotals:
    """Fiscal documents added up: how many of each kind, and what they leave, by tender."""

    receipts: int
    cancellations: int
    returns: int
    tenders: Mapping[str, int]


def accounted(books: Books) -> bool:
    """Whether the venue is fiscal: all of it, or none of it (E18, E88)."""
    return books.settings().get("prepay_accounting") == "receipt_later_summary"


def prepaid(books: Books, draft: Draft, visit: str, minor: int, tender: str) -> None:
    """Money was deposited on a visit (E54): a receipt over `minor`, made by the entry of `draft`.

    Called once by whoever posts Cr ``2030:<visit>``; notes are ``cash``.
    """
    if accounted(books):
        _add(books, draft, "receipt", visit, {tender: minor}, advance=True)


def sold(books: Books, draft: Draft, visit: str, order: str, tenders: Mapping[str, int]) -> None:
    """An order was paid at once (E87): a receipt over what `tenders` paid, minor units by tender.

    What its visit's deposits paid of it is not in it: the prepayment's receipt has it until the
    visit is calculated, and the final one after that.
    """
    if accounted(books) and sum(tenders.values()) > 0:
        _add(books, draft, "receipt", visit, tenders, order=order)


def unsold(books: Books, draft: Draft, visit: str, order: str) -> None:
    """An order that was paid at once is void: its receipt is taken back."""
    for receipt in _standing(books, visit):
        if receipt["order"] == order:
            _take_back(books, draft, receipt)


def settle(
    books: Books,
    draft: Draft,
    visit: Mapping[str, Any],
    total_minor: int,
    paid: Mapping[str, int],
) -> None:
    """A visit is calculated: its prepayment receipts end, and a final one says the real total.

    Each prepayment receipt is taken back once, in its order; without a total there is no final
    receipt (E54, E94). The change leaves the cash first, as it does in the till.

    Args:
        books: the books.
        draft: the entry that calculates the visit.
        visit: the visit's document.
        total_minor: the visit's total, less what orders that were paid at once took from other
            tenders than the deposits: that has its receipts (see `sold`).
        paid: what is paid at the exit beyond the deposits, minor units by tender.
    """
    prepayments = [r for r in _standing(books, visit["id"]) if not r["order"]]
    if not prepayments and not accounted(books):
        return  # Receipts of before the venue stopped to be fiscal end as they began.
    for receipt in prepayments:
        _take_back(books, draft, receipt)
    # Not what the receipts say: deposits of before the venue became fiscal have none.
    tenders = _deposited(books, visit["id"])
    tenders.update(paid)
    if total_minor:
        _add(books, draft, "receipt", visit["id"], _over(tenders, total_minor))


def voided(books: Books, draft: Draft, visit: Mapping[str, Any]) -> None:
    """A visit is void and its deposits are given back: all its receipts are taken back (E105)."""
    for receipt in _standing(books, visit["id"]):
        _take_back(books, draft, receipt)


def totals(books: Books, first_seq: int, last_seq: int) -> FiscalTotals:
    """What the entries from `first_seq` to `last_seq`, both included, ask of the fiscal device.

    For X and Z: prepayment +1500, cancelled -1500, final +1000 leave 1000 of cash (E54).
    """
    kinds: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for entry in books.ledger.between(first_seq, last_seq):
        for change in entry.changes:
            # Later entries set a document again; it belongs to the one that made it.
            document = change.document if change.table == "fiscal" else None
            if document is None or document["entry"] != entry.seq:
                continue
            kinds[document["kind"]] += 1
            sign = 1 if document["kind"] == "receipt" else -1
            for tender, minor in document["tenders"].items():
                left[tender] += sign * minor
    return FiscalTotals(
        receipts=kinds["receipt"],
        cancellations=kinds["cancellation"],
        returns=kinds["return"],
        tenders={tender: minor for tender, minor in sorted(left.items()) if minor},
    )


def _standing(books: Books, visit: str) -> list[dict[str, Any]]:
    """The receipts of a visit that nothing has taken back, oldest first."""
    found = books.search("fiscal", where("visit") == visit)
    kept = (d for d in found if d["kind"] == "receipt" and not d["taken_back"])
    return sorted(kept, key=lambda d: int(d["number"]))


def _deposited(books: Books, visit: str) -> Counter[str]:
    """What was put on a visit and stayed there, minor units by tender."""
    made: Counter[str] = Counter(cash=0)
    for deposit in books.search("deposits", where("visit") == visit):
        made[deposit["tender"]] += deposit["minor"]
    for note in books.search("notes", where("visit") == visit):
        made["cash"] += note["minor"] if note["state"] == "settled" else 0
    # More than a prepayment in notes may have become a claim when the visit was created.
    begun = books.get("prepayments", visit) or {"claim": ""}
    surplus = books.get("claims", begun["claim"]) if begun["claim"] else None
    made["cash"] -= surplus["minor"] if surplus else 0
    return made


def _take_back(books: Books, draft: Draft, receipt: dict[str, Any]) -> None:
    last = books.ledger.store.latest("z_reports")
    closed = bool(last) and receipt["entry"] <= last[0]["seq"]
    kind: Kind = "return" if closed else "cancellation"
    made = _add(
        books,
        draft,
        kind,
        receipt["visit"],
        receipt["tenders"],
        order=receipt["order"],
        of=receipt["id"],
        advance=_advance(books, receipt),
    )
    draft.set("fiscal", receipt | {"taken_back": made})


def _over(tenders: Mapping[str, int], total: int) -> dict[str, int]:
    """What pays a total: `tenders` without the change, and on credit what they lack of it."""
    change = sum(tenders.values()) - total
    made = dict(tenders)
    for tender in sorted(tenders, key=lambda name: (name != "cash", name)):
        taken = min(made[tender], max(0, change))
        made[tender] -= taken
        change -= taken
    if change < 0:
        made[CREDIT] = -change
    return {tender: minor for tender, minor in made.items() if minor}


def _add(
    books: Books,
    draft: Draft,
    kind: Kind,
    visit: str,
    tenders: Mapping[str, int],
    *,
    order: str = "",
    of: str = "",
    advance: bool = False,
) -> str:
    number = books.number(draft, "fiscal")
    made = f"fiscal:{number}"
    draft.set(
        "fiscal",
        {
            "id": made,
            "number": number,
            "kind": kind,
            "of": of,
            "visit": visit,
            "order": order,
            "minor": sum(tenders.values()),
            "advance": advance,
            "tenders": {tender: minor for tender, minor in tenders.items() if minor},
            "at": books.at,
            "entry": books.ledger.seq + 1,
            "state": "due",
            "attempts": 0,
            "device_number": "",
            "said": "",
            "taken_back": "",
        },
    )
    return made


_NEXT: Mapping[str, Mapping[Outcome, FiscalState]] = {
    "due": {"sent": "sent"},
    "sent": {"confirmed": "confirmed", "absent": "due", "failed": "needs_attention"},
    "needs_attention": {"confirmed": "confirmed", "absent": "due"},
    "confirmed": {},
}


def _record(books: Books, command: RecordFiscal) -> Draft:
    kept = books.get("fiscal", command.document)
    if kept is None:
        raise Refused("err.no_fiscal", document=command.document)
    if books.actor != "kiosk":
        if kept["state"] != "needs_attention":
            raise Refused("err.fiscal_runs", number=str(kept["number"]))
        if not legible(command.reason, REASON_CHARACTERS_MAX):
            raise Refused("err.reason_missing")
    after = _NEXT[kept["state"]].get(command.outcome)
    attempts = kept["attempts"] + (command.outcome == "sent")
    if after is None or command.attempt != attempts:
        raise Refused("err.fiscal_over", number=str(kept["number"]))
    if command.outcome == "sent" and kept["number"] != _first_waiting(books)["number"]:
        raise Refused("err.fiscal_order", number=str(kept["number"]))
    if after == "confirmed" and not legible(command.number, NUMBER_CHARACTERS_MAX):
        raise Refused("err.fiscal_number")
    refs = {"fiscal": kept["id"], "visit": kept["visit"]}
    draft = Draft("fiscal_recorded", reason=command.reason, refs=refs)
    told = {"state": after, "attempts": attempts, "said": command.reason}
    if after == "confirmed":
        told["device_number"] = command.number
        if command.sign is not None:
            told["sign"] = asdict(command.sign)
            fiscal_shifts.count(books, draft, kept, command.sign)
    draft.set("fiscal", kept | told)
    return draft


def _first_waiting(books: Books) -> dict[str, Any]:
    found = books.search("fiscal", where("state").one_of(list(WAITING)))
    return min(found, key=lambda d: int(d["number"]), default={})


def _next(books: Books, query: NextFiscal) -> FiscalStep | None:
    del query
    kept = _first_waiting(books)
    if not kept:
        return None
    does: Mapping[str, Literal["send", "look_up", "wait"]] = {
        "due": "send",
        "sent": "look_up",
        "needs_attention": "wait",
    }
    attempt = kept["attempts"] + (kept["state"] == "due")
    return FiscalStep(_document(books, kept), does[kept["state"]], _key(books, kept, attempt))


def _waiting(books: Books, query: WaitingFiscal) -> tuple[WaitingFiscalDocument, ...]:
    del query
    found = books.search("fiscal", where("state").one_of(list(WAITING)))
    kept = sorted(found, key=lambda d: int(d["number"]))[:LIST_MAX]
    return tuple(WaitingFiscalDocument(_document(books, d), d["at"], d["said"]) for d in kept)


def _key(books: Books, kept: Mapping[str, Any], attempt: int) -> str:
    """The device's name of an attempt.

    By the entry that made the document: after a restore another one may have its number, and a
    device serves several stores. By the attempt: one that the device has refused it keeps.
    """
    maker = books.ledger.entry(kept["entry"])
    assert maker is not None, "an entry made the document"
    created = books.ledger.store.facts["created_at"]
    named = f"{books.kiosk}/{created}/{maker.epoch}-{maker.seq}/{kept['id']}/{attempt}"
    return str(uuid5(KEYS, named))


def _advance(books: Books, kept: Mapping[str, Any]) -> bool:
    if "advance" in kept:
        return bool(kept["advance"])
    # Made by an earlier program: a visit's only receipt that is no deposit's is the final one.
    maker = books.ledger.entry(kept["entry"])
    final = maker is not None and maker.kind in ("visit_calculated", "order_paid")
    return not kept["order"] and not final


def _of(books: Books, query: FiscalOf) -> tuple[FiscalDocument, ...]:
    found = books.search("fiscal", where("visit") == query.visit)
    return tuple(_document(books, d) for d in sorted(found, key=lambda d: int(d["number"])))


def _document(books: Books, kept: Mapping[str, Any]) -> FiscalDocument:
    return FiscalDocument(
        id=kept["id"],
        number=kept["number"],
        kind=kept["kind"],
        of=kept["of"],
        visit=VisitId(kept["visit"]),
        order=kept["order"],
        value=books.money(kept["minor"]),
        tenders=kept["tenders"],
        state=kept["state"],
        attempts=kept["attempts"],
        device_number=kept["device_number"],
        advance=_advance(books, kept),
        sign=FiscalSign(**kept["sign"]) if kept.get("sign") else None,
    )


HANDLERS: dict[type, Handler] = {RecordFiscal: _record}
ANSWERS: dict[type, Answer] = {NextFiscal: _next, WaitingFiscal: _waiting, FiscalOf: _of}
ALLOWED: dict[type, frozenset[str]] = {RecordFiscal: frozenset({"kiosk", "staff", "cli"})}

"""Prepayments in notes, before their visit is there, and deposits to a visit that is open.

At the kiosk the notes of a fixed prepayment go in one by one, and the visit opens only when they
are enough. Until then the prepayment is *pending*: its id is that of the visit that is to come, and
its money lies on that visit's account. It ends in one entry: with the visit, or, when the guest
goes, with a claim on what was put in (E86). At the desk a prepayment is a part of `CreateVisit`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tinydb import where

from kiosk.core import claims, deposits, fiscal, tenders
from kiosk.core.bills import type_of
from kiosk.core.books import Answer, Books, Handler, Query, added, remark
from kiosk.core.cards import Card, card_key, on_file, usable
from kiosk.core.cash import last_start
from kiosk.core.errors import Refused
from kiosk.core.floating import carried_by, may_add, on_visit, refusal
from kiosk.core.ids import CardId, ClientId, NoteId, VisitId
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.recognition import Recognised
from kiosk.core.store import TableSpec
from kiosk.core.tenders import Tender
from kiosk.core.visits import card_of, create, still_open

TABLES = (TableSpec("prepayments", ("state", "key")), *deposits.TABLES)

PrepaymentState = Literal["pending", "completed", "abandoned"]


@dataclass(frozen=True)
class BeginPrepayment:
    """A guest wants a visit on this card and is about to pay its prepayment in notes.

    Nothing is made but the pending prepayment; the rest is that of `CreateVisit`.
    """

    read: Recognised
    language: str
    guests: int = 0
    comment: str = ""


@dataclass(frozen=True)
class CompletePrepayment:
    """Enough was put in: create the visit, with all that lies on it.

    What is more than the prepayment is a floating deposit of the visit, or a claim where there are
    none (E86).
    """

    visit: VisitId


@dataclass(frozen=True)
class AbandonPrepayment:
    """The guest went, or gave up: no visit, and a claim on what was put in (E86).

    `but_held`: also with a note on its way of which nobody knows where it is (N-04): what is there
    becomes the claim now, the note a matter of its own.
    """

    visit: VisitId
    reason: str = remark()
    but_held: bool = added(False)


@dataclass(frozen=True)
class Deposit:
    """Put money on an open visit at the desk: a floating deposit of any amount (E26 to E29).

    `reason` is a money reason for ``deposit`` that carries an undistributed markup.
    """

    visit: VisitId
    amount: Money
    tender: Tender
    reason: str
    language: str
    employee: str = ""
    comment: str = remark()


@dataclass(frozen=True)
class IssueDepositReceipt:
    """The two slips of notes that a guest has put on an open visit (E43)."""

    notes: tuple[NoteId, ...]
    language: str


@dataclass(frozen=True)
class Prepayment:
    """A prepayment in notes.

    Attributes:
        visit: the visit that it is for, or was to be for.
        type: the card type.
        wanted: how much, as it was when it began.
        paid: how much of it lies on the visit's account now.
        state: how it ended, or ``pending``.
        on_the_way: a note of it is held: the acceptor has not told where that is.
        start: the start of the process in which it began.
        language: of the guest.
        claim: what an abandoned one became, or the surplus of another; empty for nothing.
        read: the card that it was begun with.
    """

    visit: VisitId
    type: str
    wanted: Money
    paid: Money
    state: PrepaymentState
    on_the_way: bool
    start: int
    language: str
    claim: str
    read: Recognised = field(repr=False)

    @property
    def enough(self) -> bool:
        """Whether the visit can be created."""
        return self.paid.minor >= self.wanted.minor and not self.on_the_way


@dataclass(frozen=True)
class GetPrepayment(Query["Prepayment | None"]):
    """The prepayment of the visit of this id."""

    visit: VisitId


@dataclass(frozen=True)
class PendingPrepayments(Query["tuple[Prepayment, ...]"]):
    """The prepayments that have not ended, oldest first: after a power cut, nobody's."""


@dataclass(frozen=True)
class DepositRefusal(Query[str]):
    """Why no money can be added to an open visit (E30, E93, E104): a sentence's key, or empty."""

    visit: VisitId


@dataclass(frozen=True)
class DepositMade:
    """Money that was put on a visit: how, when, how much, and why as far as that is asked for."""

    at: str
    value: Money
    tender: str
    reason: str


@dataclass(frozen=True)
class DepositsOf(Query["tuple[DepositMade, ...]"]):
    """What was put on a visit, oldest first; notes, whose entries tell when, come first."""

    visit: VisitId


def _begin(books: Books, command: BeginPrepayment) -> Draft:
    read = command.read
    card = _card(books, read)
    kind = type_of(books, card.type)
    if kind["personal"]:
        raise Refused("err.personal_prepaid", type=str(kind["id"]))
    if not kind["prepay_amount"]:
        raise Refused("err.not_prepaid", type=str(kind["id"]))
    deposits.prepay_reason(books, kind)
    # Whatever would refuse the visit must do so before the first note is taken.
    create(books, Draft(""), card, guests=command.guests, comment=command.comment)
    if _pending(books, "key", card.key):
        raise Refused("err.prepayment_pending")
    visit = VisitId(books.new_id("v"))
    draft = Draft("prepayment_begun", refs={"visit": visit})
    draft.set(
        "prepayments",
        {
            "id": visit,
            "key": card.key,
            "read": {
                "rule": read.rule,
                "scope": read.scope,
                "object": read.object,
                "number": read.number,
                "valid_until": read.valid_until,
            },
            "type": kind["id"],
            "minor": int(kind["prepay_amount"]),
            "guests": command.guests,
            "comment": command.comment,
            "language": command.language,
            "begun_at": books.at,
            "start": last_start(books),
            "state": "pending",
            "claim": "",
        },
    )
    return draft


def _card(books: Books, read: Recognised) -> Card:
    """The usable card that was read; one that is not on file yet has no id."""
    if read.scope == "employee":
        raise Refused("err.not_ours")
    key = card_key(read.object, read.number)
    found = on_file(books, key)
    if found:
        return usable(books, found.id)
    if read.scope == "interface":
        raise Refused("err.unknown_card")
    return Card(CardId(""), key, read.number, read.object, ClientId(""), "active")


def _complete(books: Books, command: CompletePrepayment) -> Draft:
    pending = _with_its_notes(books, command.visit)
    paid, wanted = on_visit(books, command.visit), int(pending["minor"])
    if paid < wanted:
        raise Refused("err.prepayment_short", amount=str(books.money(wanted - paid)))
    if type_of(books, pending["type"])["personal"]:
        # It became so meanwhile, and such a visit pays from a wallet: this money is a claim.
        raise Refused("err.personal_prepaid", type=str(pending["type"]))
    language = pending["language"]
    draft = Draft("prepayment_completed")
    card = card_of(books, draft, Recognised(**pending["read"]), language)
    guests, comment = pending["guests"], pending["comment"]
    visit = create(books, draft, card, visit=command.visit, guests=guests, comment=comment)
    deposits.created(books, draft, visit, language)
    reason = deposits.prepay_reason(books, type_of(books, visit["type"]))
    by_card = books.search("deposits", where("visit") == command.visit)
    for deposit in by_card:
        fiscal.prepaid(books, draft, command.visit, deposit["minor"], deposit["tender"])
    not_in_notes = sum(d["minor"] for d in by_card)
    if wanted > not_in_notes:
        fiscal.prepaid(books, draft, command.visit, wanted - not_in_notes, "cash")
    surplus, claim = paid - wanted, ""
    if surplus and refusal(books, visit):
        claim = _owe(books, draft, visit, surplus, language)
        paid = wanted
    elif surplus:
        fiscal.prepaid(books, draft, command.visit, surplus, "cash")
    tender = by_card[0]["tender"] if by_card and not_in_notes == paid else "cash"
    receipt = deposits.slips(books, draft, visit, paid, tender, reason, paid, language)
    for deposit in by_card:
        draft.set("deposits", deposit | {"receipt": receipt})
    for note in _settled(books, command.visit):
        draft.set("notes", note | {"receipt": receipt})
    draft.set("prepayments", pending | {"state": "completed", "claim": claim})
    return draft


def _abandon(books: Books, command: AbandonPrepayment) -> Draft:
    pending = _with_its_notes(books, command.visit, but_held=command.but_held)
    paid, claim = on_visit(books, command.visit), ""
    draft = Draft("prepayment_abandoned", reason=command.reason, refs={"visit": command.visit})
    if paid:
        claim = _owe(books, draft, {"id": command.visit}, paid, pending["language"])
    draft.set("prepayments", pending | {"state": "abandoned", "claim": claim})
    return draft


def _owe(books: Books, draft: Draft, visit: Mapping[str, Any], minor: int, language: str) -> str:
    """Turn money of a visit into a claim, with its ticket."""
    of = {name: str(visit[name]) for name in ("client", "card") if visit.get(name)}
    from_ = f"2030:{visit['id']}"
    owner = of | {"visit": str(visit["id"])}
    return claims.add(books, draft, from_, minor, language, owner, why="prepayment")


def _with_its_notes(books: Books, visit: str, *, but_held: bool = False) -> dict[str, Any]:
    """A pending prepayment of which every note has told where it is, or staff decide about it."""
    kept = books.get("prepayments", visit)
    if kept is None or kept["state"] != "pending":
        raise Refused("err.prepayment_over")
    for note in books.search("notes", where("visit") == visit):
        if note["state"] == "held" and not but_held:
            raise Refused("err.note_undecided", device=str(note["device"]))
    return kept


def _settled(books: Books, visit: str) -> list[dict[str, Any]]:
    found = books.search("notes", where("visit") == visit)
    kept = (n for n in found if n["state"] == "settled")
    return sorted(kept, key=lambda n: (n["start"], n["counter"]))


def _pending(books: Books, path: str, value: str) -> list[dict[str, Any]]:
    found = books.search("prepayments", where(path) == value)
    return [p for p in found if p["state"] == "pending"]


def _deposit(books: Books, command: Deposit) -> Draft:
    visit = still_open(books, command.visit)
    may_add(books, visit)
    minor = tenders.amount(books, command.amount)
    most = books.settings().get("balance_max")
    if most is not None and on_visit(books, visit["id"]) + minor > most:
        raise Refused("err.deposit_over", amount=str(books.money(most)))
    reason = tenders.money_reason(books, command.reason, "deposit", command.employee)
    carried_by(books, reason)
    refs = {name: visit[name] for name in ("card", "client") if visit[name]}
    refs |= {"visit": visit["id"], "money_reason": command.reason}
    if command.employee:
        refs["employee"] = command.employee
    draft = Draft("deposit_made", reason=command.comment, refs=refs)
    deposits.put(books, draft, visit, minor, command.tender, command.reason, command.language)
    return draft


def _receipt(books: Books, command: IssueDepositReceipt) -> Draft:
    notes = [books.get("notes", note) or {} for note in command.notes]
    of = {str(n.get("visit", "")) for n in notes}
    visit = books.get("visits", of.pop()) if len(of) == 1 else None
    due = [n for n in notes if n.get("state") == "settled" and not n["receipt"]]
    if visit is None or not len(due) == len(command.notes) == len(set(command.notes)):
        raise Refused("err.nothing_to_print")
    refs = {name: visit[name] for name in ("card", "client") if visit[name]}
    draft = Draft("slip_issued", refs=refs | {"visit": visit["id"]})
    minor, after = sum(n["minor"] for n in due), on_visit(books, visit["id"])
    reason = books.settings().get("floating_reason", "")
    job = deposits.slips(books, draft, visit, minor, "cash", reason, after, command.language)
    for note in due:
        draft.set("notes", note | {"receipt": job})
    return draft


def _get(books: Books, query: GetPrepayment) -> Prepayment | None:
    kept = books.get("prepayments", query.visit)
    return _prepayment(books, kept) if kept else None


def _all_pending(books: Books, query: PendingPrepayments) -> tuple[Prepayment, ...]:
    del query
    found = _pending(books, "state", "pending")
    return tuple(_prepayment(books, p) for p in sorted(found, key=lambda p: str(p["begun_at"])))


def _prepayment(books: Books, kept: Mapping[str, Any]) -> Prepayment:
    pending = kept["state"] == "pending"
    notes = books.search("notes", where("visit") == kept["id"]) if pending else []
    return Prepayment(
        visit=VisitId(kept["id"]),
        type=kept["type"],
        wanted=books.money(kept["minor"]),
        paid=books.money(on_visit(books, kept["id"])),
        state=kept["state"],
        on_the_way=any(n["state"] == "held" for n in notes),
        start=kept["start"],
        language=kept["language"],
        claim=kept["claim"],
        read=Recognised(**kept["read"]),
    )


def _why_not(books: Books, query: DepositRefusal) -> str:
    return refusal(books, still_open(books, query.visit))


def _made(books: Books, query: DepositsOf) -> tuple[DepositMade, ...]:
    notes = [
        DepositMade("", books.money(n["minor"]), "cash", "") for n in _settled(books, query.visit)
    ]
    kept = books.search("deposits", where("visit") == query.visit)
    others = [
        DepositMade(d["at"], books.money(d["minor"]), d["tender"], d["reason"])
        for d in sorted(kept, key=lambda d: str(d["at"]))
    ]
    return (*notes, *others)


HANDLERS: dict[type, Handler] = {
    BeginPrepayment: _begin,
    CompletePrepayment: _complete,
    AbandonPrepayment: _abandon,
    Deposit: _deposit,
    IssueDepositReceipt: _receipt,
}
ANSWERS: dict[type, Answer] = {
    GetPrepayment: _get,
    PendingPrepayments: _all_pending,
    DepositRefusal: _why_not,
    DepositsOf: _made,
}
ALLOWED: dict[type, frozenset[str]] = {
    BeginPrepayment: frozenset({"guest", "kiosk"}),
    CompletePrepayment: frozenset({"guest", "kiosk"}),
    AbandonPrepayment: frozenset({"guest", "kiosk", "staff", "cli"}),
    Deposit: frozenset({"till", "staff"}),
    IssueDepositReceipt: frozenset({"guest", "kiosk"}),
}

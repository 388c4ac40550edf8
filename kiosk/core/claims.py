"""Money in the machine that belongs to nobody identified, and the claims on it.

A stacked note that has no owner is in suspense (`cash.SuspendNote`). From there it goes one way
only, once: onto a claim, a signed ticket that whoever holds it redeems at the desk, or, by staff
who know whose it is, onto a wallet. See docs/ledger.md, "Suspense and claims".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Literal

from tinydb import where

from kiosk.core import tenders, tickets
from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    Answer,
    Books,
    Handler,
    Query,
    legible,
    remark,
)
from kiosk.core.clients import with_balances
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId, JobId, NoteId
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.slips import add_slip
from kiosk.core.store import TableSpec

TABLES = (TableSpec("claims", ("number", "note", "state")),)

ClaimState = Literal["open", "redeemed"]

PAYING = ("ordered", "doubtful")
"""States of a pay-out (`pay_outs`) that is not over: nothing else pays its claim meanwhile."""


@dataclass(frozen=True)
class IssueClaim:
    """Turn a note in suspense into a claim, with its ticket."""

    note: NoteId
    language: str


@dataclass(frozen=True)
class RedeemClaim:
    """Give what a claim is worth, once: onto a client's wallet, or in cash from the desk's till.

    `told` is the text of the ticket's QR code, or the code below it; `client` is empty for cash.
    """

    told: str
    client: ClientId
    reason: str = remark()


@dataclass(frozen=True)
class CreditFromSuspense:
    """Credit a client with a note in suspense: staff know that it is theirs ("technical error")."""

    note: NoteId
    client: ClientId
    reason: str = remark()


@dataclass(frozen=True)
class Claim:
    """A claim: the number and job of its ticket, what it is worth, and its state.

    `note` is what became it; where that was no note, `why` is a word for it (``change``,
    ``prepayment``, ``void``) and `visit` whose money it was.
    """

    id: str
    number: int
    value: Money
    note: NoteId
    state: ClaimState
    slip: JobId
    issued_at: str
    redeemed_at: str
    why: str = ""
    visit: str = ""


@dataclass(frozen=True)
class OpenClaims(Query["tuple[Claim, ...]"]):
    """The claims that nobody redeemed yet, oldest first."""


@dataclass(frozen=True)
class ClaimOfNote(Query["Claim | None"]):
    """The claim that a note became."""

    note: NoteId


@dataclass(frozen=True)
class CheckTicket(Query["CheckedTicket"]):
    """What a ticket is worth now; `told` as in `RedeemClaim`, or the code of a check slip.

    Refused where it is not genuine, or not in these books.
    """

    told: str


@dataclass(frozen=True)
class CheckedTicket:
    """A genuine ticket: what it is, and the state of its claim, or of the note that it is about."""

    kind: tickets.TicketKind
    number: int
    value: Money
    state: str


def add(
    books: Books,
    draft: Draft,
    debit: str,
    minor: int,
    language: str,
    owner: Mapping[str, str] | None = None,
    why: str = "",
    note: str = "",
) -> str:
    """Owe money to whoever brings the ticket: a claim and its ticket, in any entry.

    Args:
        books: the books.
        draft: gets Dr `debit` / Cr ``2910:<claim>``, the claim and its ticket; one claim an entry.
        debit: the account that the money leaves.
        minor: how much, in minor units; more than 0.
        language: of the ticket.
        owner: whose money it is, as far as that is known: ``client``, ``card`` and ``visit``.
        why: a word for what became a claim (``change``, ``prepayment``); empty for a note.
        note: the note that becomes the claim, where it is one.

    Returns:
        The claim's id. `draft` has it as its ref ``claim``.

    Raises:
        Refused: ``err.no_such_card``; of the entry, ``err.overdrawn``: `debit` lacks the money.

    Source: docs/ledger.md, "Suspense and claims".
    """
    assert "claim" not in draft.refs, "an entry issues one claim: its id is made of the entry's"
    of = owner or {}
    slip = add_slip(books, draft, "claim_ticket", of, language)
    tickets.publish(books, draft)
    claim = books.new_id("q")
    draft.refs["claim"] = claim
    draft.post(debit, f"2910:{claim}", books.unit, minor)
    slip["facts"] |= {"amount": minor, "why": why}
    told = {"why": why, "visit": of.get("visit", "")} if why else {}
    draft.set(
        "claims",
        {
            "id": claim,
            "number": slip["number"],
            "minor": minor,
            "note": note,
            "state": "open",
            "slip": slip["id"],
            "issued_at": books.at,
            "redeemed_at": "",
            "client": "",
            **told,
        },
    )
    return claim


def _issue(books: Books, command: IssueClaim) -> Draft:
    note = _suspended(books, command.note)
    draft = Draft("claim_issued", refs={"note": note["id"]})
    add(books, draft, f"2900:{books.kiosk}", note["minor"], command.language, note=note["id"])
    draft.set("notes", note | {"state": "claimed"})
    return draft


def _redeem(books: Books, command: RedeemClaim) -> Draft:
    _with_reason(command.reason)
    claim = payable(books, command.told)
    refs = {"claim": claim["id"], "slip": claim["slip"], "note": claim["note"]}
    draft = Draft("claim_redeemed", reason=command.reason, refs=refs)
    worth, account = claim["minor"], f"2910:{claim['id']}"
    if command.client:
        draft.post(account, f"2010:{_client(books, command.client)}", books.unit, worth)
        draft.refs["client"] = command.client
    elif books.actor == "cli":
        # Whoever is at the machine itself pays out, also where no shift is open.
        draft.post(account, "1030", books.unit, worth)
    else:
        tenders.pay_out(books, draft, worth, account)
    ended = {"state": "redeemed", "redeemed_at": books.at, "client": command.client}
    draft.set("claims", claim | ended)
    return draft


def _credit(books: Books, command: CreditFromSuspense) -> Draft:
    _with_reason(command.reason)
    note = _suspended(books, command.note)
    client = _client(books, command.client)
    refs = {"note": note["id"], "client": client}
    draft = Draft("note_credited", reason=command.reason, refs=refs)
    draft.post(f"2900:{books.kiosk}", f"2010:{client}", books.unit, note["minor"])
    draft.set("notes", note | {"state": "credited", "client": client})
    return draft


def _with_reason(reason: str) -> None:
    if not legible(reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")


def _client(books: Books, client: str) -> str:
    with_balances(books, client)
    return client


def _suspended(books: Books, note: str) -> dict[str, Any]:
    found = books.get("notes", note)
    if not found or found["state"] != "suspense":
        raise Refused("err.not_in_suspense", note=note)
    return found


def payable(books: Books, told: str) -> dict[str, Any]:
    """The claim of a ticket's text or code, which may be paid now.

    Raises:
        Refused: the ticket is false, or not of these books; ``err.claim_redeemed``;
            ``err.claim_paying``: a hopper pays it.
    """
    claim = _told(books, told)
    if claim["state"] != "open":
        raise Refused("err.claim_redeemed", number=f"{claim['number']:06}")
    going = books.search("payouts", where("claim") == claim["id"])
    if any(one["state"] in PAYING for one in going):
        raise Refused("err.claim_paying", number=f"{claim['number']:06}")
    return claim


def _told(books: Books, told: str) -> dict[str, Any]:
    """The claim of a ticket's text or code; refuses what is false, or not of these books."""
    kind, slip = _slip_of(books, told)
    found = books.search("claims", where("number") == slip["number"])
    if kind != "claim_ticket" or not found:
        raise Refused("err.no_claim")
    return found[0]


def _slip_of(books: Books, told: str) -> tuple[tickets.TicketKind, dict[str, Any]]:
    """The slip on the books that a ticket's text, or a claim's code, was printed on."""
    if ":" not in told:
        number, code = tickets.typed(told)
        slip = books.get("slips", f"claim_ticket:{number}")
        if slip and not tickets.signs_now(books, slip):
            raise Refused("err.ticket_code")
        if slip and compare_digest(code, tickets.code(tickets.text(books, slip))):
            return "claim_ticket", slip
        raise Refused("err.ticket_false")
    ticket = tickets.read(books, told)
    slip = books.get("slips", f"{ticket.kind}:{ticket.number}")
    if slip is None or tickets.said(books, slip) != ticket.said:
        # Signed here, and not in these books: it was issued after the copy that they were
        # restored from, and its number may be another's now.
        raise Refused("err.ticket_unknown", number=f"{ticket.number:06}")
    return ticket.kind, slip


def _check(books: Books, query: CheckTicket) -> CheckedTicket:
    kind, slip = _slip_of(books, query.told)
    if kind == "claim_ticket":
        state = str(_told(books, query.told)["state"])
    else:
        issued = books.ledger.entry(slip["facts"]["entry"])
        assert issued is not None, "an entry issued the slip"
        # By its entry: the note may be another client's by now.
        about = next(c for c in issued.changes if c.table in ("notes", "terminal_payments"))
        state = str((books.get(about.table, about.id) or {})["state"])
    return CheckedTicket(kind, slip["number"], books.money(slip["facts"]["amount"]), state)


def _open(books: Books, query: OpenClaims) -> tuple[Claim, ...]:
    del query
    found = books.search("claims", where("state") == "open")
    return tuple(_claim(books, c) for c in sorted(found, key=lambda c: int(c["number"])))


def _of_note(books: Books, query: ClaimOfNote) -> Claim | None:
    found = books.search("claims", where("note") == query.note)
    return _claim(books, found[0]) if found else None


def _claim(books: Books, document: dict[str, Any]) -> Claim:
    return Claim(
        document["id"],
        document["number"],
        books.money(document["minor"]),
        NoteId(document["note"]),
        document["state"],
        JobId(document["slip"]),
        document["issued_at"],
        document["redeemed_at"],
        document.get("why", ""),
        document.get("visit", ""),
    )


HANDLERS: dict[type, Handler] = {
    IssueClaim: _issue,
    RedeemClaim: _redeem,
    CreditFromSuspense: _credit,
}
ANSWERS: dict[type, Answer] = {
    OpenClaims: _open,
    ClaimOfNote: _of_note,
    CheckTicket: _check,
}
ALLOWED: dict[type, frozenset[str]] = {
    IssueClaim: frozenset({"kiosk", "staff", "cli"}),
    RedeemClaim: frozenset({"staff", "cli"}),
    CreditFromSuspense: frozenset({"staff", "cli"}),
}

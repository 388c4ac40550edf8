"""Top-ups at the desk, and undoing them: at once by staff, or later by the bank.

A top-up is named by its receipt, and so is what undoes it. The document of an undoing stands in
the table `changes`, beside every other change of a balance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tinydb import where

from kiosk.core import bonus, tenders, trust
from kiosk.core.balances import (
    CLEARING,
    begun,
    commented,
    move_money,
    names_of,
    not_over,
    paid_back,
    receipts_of,
    returned_before,
)
from kiosk.core.books import Answer, Books, Handler, Query, remark
from kiosk.core.cards import cards_of
from kiosk.core.clients import registered, today
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId, JobId
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.slips import add_slip
from kiosk.core.staff import Approval
from kiosk.core.store import TableSpec
from kiosk.core.tenders import Tender

TABLES: tuple[TableSpec, ...] = ()


@dataclass(frozen=True)
class TopUpAtDesk:
    """Put money on a client's game balance at the desk, with the bonus that it earns (C34, C41).

    `override` and `reason` let a top-up pass that comes too often.
    """

    client: ClientId
    amount: Money
    tender: Tender
    override: Approval | None = None
    reason: str = remark()


@dataclass(frozen=True)
class ReverseTopUp:
    """Undo a top-up of the desk, whole: the money goes back the way it came, its bonus with it.

    `receipt` is the job of its receipt. Refused where the balance holds less; a guest who wants
    back what is left gets a refund.
    """

    receipt: JobId
    comment: str = remark()


@dataclass(frozen=True)
class RecordChargeback:
    """Put on record that the bank took back a top-up by bank card or QR.

    The money is gone whatever the balance holds. The balance gives what it has and never goes
    below zero; the rest is our loss (5060), not a debt of a visit (1200): nobody can be made
    to pay it at the desk.
    """

    receipt: JobId
    comment: str = remark()


@dataclass(frozen=True)
class DeskTopUp:
    """A top-up of the desk, by its receipt; `at` ISO 8601, UTC.

    `state`: ``paid``; ``returned``: a refund gave back some of it; ``undone``: it was taken back,
    by staff or by the bank. `in_shift`: its receipt is one of the open shift, and can be made void.
    """

    receipt: JobId
    number: int
    at: str
    amount: Money
    tender: Tender
    state: Literal["paid", "returned", "undone"]
    in_shift: bool


@dataclass(frozen=True)
class DeskTopUps(Query["tuple[DeskTopUp, ...]"]):
    """The latest top-ups of a client at the desk, newest first; `TOP_UPS_MAX` at most."""

    client: ClientId


TOP_UPS_MAX = 20


def _top_up(books: Books, command: TopUpAtDesk) -> Draft:
    client = registered(books, command.client)
    minor = tenders.amount(books, command.amount)
    if command.tender == "wallet":
        raise Refused("err.tender_unknown", tender=command.tender)
    before = books.wallet(command.client).minor
    not_over(books, before + minor)
    draft = Draft("topped_up", reason=command.reason, refs={"client": command.client})
    draft.refs["tender"] = command.tender
    tenders.receive(books, draft, command.tender, minor, f"2010:{command.client}")
    draft.refs |= trust.velocity(
        books, "top_up", command.client, minor, command.override, command.reason
    )
    earned = bonus.earned(books, minor)
    bonus.grant(books, draft, command.client, earned)
    shown = next((c.id for c in cards_of(books, command.client) if c.state == "active"), "")
    owner = {"client": command.client, "card": shown}
    slip = add_slip(books, draft, "top_up_receipt", owner, client["language"])
    slip["facts"] |= {"notes": [], "total": minor, "before": before, "after": before + minor}
    slip["facts"] |= {"tender": command.tender, "bonus": earned}
    return draft


# --- undoing them ------------------------------------------------------------------------------


def _reverse_top_up(books: Books, command: ReverseTopUp) -> Draft:
    commented(command.comment)
    slip, gone = _receipt(books, command.receipt)
    if gone:
        raise Refused("err.reversed_already")
    facts = slip["facts"]
    draft, made = begun(books, slip["client"], "top_up_reversed", command.comment)
    draft.kind = "top_up_reversed"
    before = books.wallet(slip["client"]).minor
    move_money(books, draft, slip["client"], -facts["total"], _came_by(facts))
    made |= {"before": before, "after": before - facts["total"]}
    _undone(books, draft, made, slip, gone)
    paid_back(books, draft, made, "top_up", facts["tender"])
    return draft


def _charge_back(books: Books, command: RecordChargeback) -> Draft:
    commented(command.comment)
    slip, gone = _receipt(books, command.receipt)
    total, tender = slip["facts"]["total"], slip["facts"]["tender"]
    if tender == "cash":
        raise Refused("err.not_by_card")
    draft, made = begun(books, slip["client"], "charged_back", command.comment)
    draft.kind = "top_up_charged_back"
    before = books.wallet(slip["client"]).minor
    taken = min(before, total)
    for account, minor in ((f"2010:{slip['client']}", taken), ("5060", total - taken)):
        if minor:
            clearing = CLEARING.get(_came_by(slip["facts"]), _came_by(slip["facts"]))
            draft.post(account, clearing, books.unit, minor)
    made |= {"before": before, "after": before - taken}
    return _undone(books, draft, made, slip, gone)


def _came_by(facts: Mapping[str, Any]) -> str:
    """The way that a top-up came: at the kiosk's terminal its account, else the tender."""
    return str(facts.get("clearing", facts["tender"]))


def _undone(
    books: Books, draft: Draft, made: dict[str, Any], slip: Mapping[str, Any], gone: int
) -> Draft:
    """What every undoing of a top-up has: its bonus taken back, and a document that names it.

    `gone` is what refunds returned of it already, with their part of the bonus.
    """
    facts = slip["facts"]
    total, granted = facts["total"], facts["bonus"]
    left = granted - granted * gone // total
    taken = bonus.take_back(books, draft, slip["client"], left)
    made |= {"amount": made["after"] - made["before"], "points": -taken}
    made |= {"source": facts["tender"], "reverses": slip["id"]}
    made["returns"] = {slip["id"]: total - gone}
    draft.refs["slip"] = slip["id"]
    entry = books.ledger.entry(facts["entry"])
    assert entry is not None, "a slip names the entry that issued it"
    draft.refs["reverses"] = entry.id
    draft.set("changes", made)
    return draft


def _receipt(books: Books, job: str) -> tuple[dict[str, Any], int]:
    """The receipt of a top-up of the desk that nobody undid, and what refunds returned of it.

    Its `client` is who has today what was then that client's.
    """
    slip = books.get("slips", job)
    if not slip or slip["kind"] != "top_up_receipt" or "tender" not in slip["facts"]:
        raise Refused("err.no_such_top_up", receipt=job)
    client = today(books, slip["client"])
    for name in names_of(books, client):
        made = books.search("changes", where("client") == name)
        if any(change["reverses"] == job for change in made):
            raise Refused("err.reversed_already")
    return slip | {"client": client}, returned_before(books, client)[job]


def _list(books: Books, query: DeskTopUps) -> tuple[DeskTopUp, ...]:
    shift = tenders.current_shift(books)
    names = names_of(books, query.client)
    changes = [c for name in names for c in books.search("changes", where("client") == name)]
    undone = {change["reverses"] for change in changes}
    gone = returned_before(books, query.client)
    slips = [s for s in receipts_of(books, query.client) if "tender" in s["facts"]][:TOP_UPS_MAX]
    return tuple(
        DeskTopUp(
            receipt=JobId(slip["id"]),
            number=slip["number"],
            at=slip["facts"]["at"],
            amount=books.money(slip["facts"]["total"]),
            tender=slip["facts"]["tender"],
            state="undone" if slip["id"] in undone else "returned" if gone[slip["id"]] else "paid",
            in_shift=shift is not None and slip["facts"]["entry"] >= shift["first"],
        )
        for slip in slips
    )


HANDLERS: dict[type, Handler] = {
    TopUpAtDesk: _top_up,
    ReverseTopUp: _reverse_top_up,
    RecordChargeback: _charge_back,
}
ANSWERS: dict[type, Answer] = {DeskTopUps: _list}
ALLOWED: dict[type, frozenset[str]] = dict.fromkeys(HANDLERS, frozenset({"staff", "cli"}))

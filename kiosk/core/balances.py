"""What the desk does to a client's balances: refunds, corrections, rewards, and undoing them.

A change is a difference, never a target (C26), has a reason that fits the balance (C11), and never
leaves less than nothing. Each is an entry and a document of the table `changes` (C13); a mistake is
put right by another that names it (C27). Money that is found in the kiosk is credited from
suspense, see `claims.CreditFromSuspense`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tinydb import where

from kiosk.core import bonus, packages, staff, tenders, trust
from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    Answer,
    Books,
    Handler,
    Query,
    legible,
    remark,
)
from kiosk.core.clients import merged_into, with_balances
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Draft
from kiosk.core.permissions import Right, need
from kiosk.core.slips import add_slip, language_of
from kiosk.core.staff import Approval
from kiosk.core.store import LAST, TableSpec

TABLES = (TableSpec("changes", ("client", "shift")),)

Wallet = Literal["game", "bonus"]
Changed = Literal["game", "bonus", "game_minutes", "internet_minutes"]
Reason = Literal["refund", "technical_error", "bonus_accrual"]
Source = Literal["", "till", "goodwill"]

SIGNS: Mapping[tuple[str, str], tuple[int, ...]] = {
    ("refund", "game"): (-1,),
    ("technical_error", "game"): (1, -1),
    ("technical_error", "bonus"): (1, -1),
    ("bonus_accrual", "bonus"): (1,),
}
"""Which reason may change which balance, up (1) or down (-1); every other pair is refused (C11)."""

CLEARING = {"bank_card": tenders.BANK_CARD, "qr": tenders.QR}
"""Where money that came by another way than cash goes back to."""

AMOUNT_MAX = 10**12
"""Minor units, or points: more than a balance can hold."""
RECEIPTS_LOOK_MAX = 500
"""So many of a client's latest slips a refund looks through for the top-ups that it gives back."""
CHANGES_MAX = 50
"""So many changes in one page of the audit's list."""


@dataclass(frozen=True)
class ChangeBalance:
    """Change a balance by `amount`: minor units on the game balance, points on the bonus.

    A refund hands out cash from the till in the same entry, and takes back the bonus that came
    with the top-ups it returns, the latest first (C18, C33). A technical error on the game balance
    names its `source`: the till, where the money was found or is not after all (C45), or goodwill.
    `approval` is the second signature, where one is needed.
    """

    client: ClientId
    wallet: Wallet
    amount: int
    reason: Reason | Literal[""]
    comment: str = remark()
    source: Source = ""
    approval: Approval | None = None


@dataclass(frozen=True)
class ReverseChange:
    """Undo a change by its opposite; of points that were given, at most what is left is taken."""

    change: str
    comment: str = remark()


@dataclass(frozen=True)
class ChangeFigures:
    """What a change would do, for the step that confirms it (C12).

    `before` and `after` in units of the balance; `points_back` is the bonus that goes with a
    refund; `signature`: somebody else must sign it.
    """

    before: int
    after: int
    points_back: int
    signature: bool


@dataclass(frozen=True)
class CheckChange(Query[ChangeFigures]):
    """Work out a change without booking it; refused as the change itself would be."""

    change: ChangeBalance


@dataclass(frozen=True)
class ChangeOffered(Query[bool]):
    """Whether who asks may change balances: a role that may not does not see Change (C1, C43)."""


@dataclass(frozen=True)
class BalanceChange:
    """One change as the audit sees it (C13): who, when, whose, what, why.

    `amount`, `before` and `after` in units of the wallet, or minutes; `points` moved beside money,
    signed; `by` and `signed` are actors; `reverses` what it undoes, `reversed` the change that
    undid it.
    """

    id: str
    at: str
    by: str
    signed: str
    client: ClientId
    wallet: Changed
    amount: int
    points: int
    before: int
    after: int
    reason: str
    source: str
    comment: str = field(repr=False)
    shift: str
    reverses: str
    reversed: str


@dataclass(frozen=True)
class BalanceChanges(Query["tuple[BalanceChange, ...]"]):
    """The changes of all clients or of one, newest first, a page of `CHANGES_MAX`.

    `before` is the id of the last one of the page before, empty for the first page.
    """

    client: ClientId | Literal[""] = ""
    before: str = ""


# --- changes -----------------------------------------------------------------------------------


def _change(books: Books, command: ChangeBalance) -> Draft:
    draft, made = _prepared(books, command)
    if command.comment and not legible(command.comment, REASON_CHARACTERS_MAX):
        raise Refused("err.comment")
    made["signed"] = _signed(books, command)
    if command.reason == "refund":
        draft.refs |= trust.velocity(
            books, "refund", command.client, -command.amount, command.approval, command.comment
        )
        paid_back(books, draft, made, "refund", "cash")
    draft.set("changes", made)
    return draft


def paid_back(books: Books, draft: Draft, made: Mapping[str, Any], why: str, tender: str) -> None:
    """The slip of money that left a game balance: `made` is the document of the change."""
    client = made["client"]
    slip = add_slip(books, draft, "refund_slip", {"client": client}, language_of(books, client))
    amount = made["before"] - made["after"]
    slip["facts"] |= {
        "why": why,
        "amount": amount,
        "tenders": [[tender, amount]],
        "before": made["before"],
        "after": made["after"],
        "bonus": made["points"],
    }


def _prepared(books: Books, command: ChangeBalance) -> tuple[Draft, dict[str, Any]]:
    """The entry of a change and its document, before anybody signs it."""
    _check(books, command)
    draft, made = begun(books, command.client, command.reason, command.comment)
    made |= {"wallet": command.wallet, "amount": command.amount}
    if command.wallet == "bonus":
        before = bonus.points(books, command.client)
        _move_points(books, draft, command.client, command.amount)
    else:
        before = books.wallet(command.client).minor
        made["source"] = "till" if command.reason == "refund" else command.source
        move_money(books, draft, command.client, command.amount, made["source"])
        if command.reason == "refund":
            _not_playing(books, command.client)
            returns, granted = _returned(books, command.client, -command.amount)
            taken = bonus.take_back(books, draft, command.client, granted)
            made |= {"returns": returns, "points": -taken}
    return draft, made | {"before": before, "after": before + command.amount}


def _check(books: Books, command: ChangeBalance) -> None:
    if not command.reason:
        raise Refused("err.reason_missing")
    if (command.wallet, command.reason) == ("bonus", "refund"):
        raise Refused("err.bonus_no_money")
    signs = SIGNS.get((command.reason, command.wallet), ())
    if (command.amount > 0) - (command.amount < 0) not in signs or abs(command.amount) > AMOUNT_MAX:
        raise Refused("err.change_not_allowed")
    corrects_money = (command.reason, command.wallet) == ("technical_error", "game")
    if (command.source in ("till", "goodwill")) != corrects_money:
        raise Refused("err.change_source")


def _not_playing(books: Books, client: str) -> None:
    """Pay out no money that is being played away: a session for money takes it at its end."""
    for session in books.search("sessions", where("state") == "running"):
        if (session["client"], session["mode"]) == (client, "timer"):
            raise Refused("err.play_runs", station=session["station"])


def begun(books: Books, client: str, why: str, comment: str) -> tuple[Draft, dict[str, Any]]:
    """The entry of a change and its document, which the caller fills."""
    with_balances(books, client)
    shift = tenders.open_shift(books)["id"]
    made = {
        "id": books.new_id("b"),
        "at": books.at,
        "by": books.actor,
        "signed": "",
        "client": client,
        "wallet": "game",
        "amount": 0,
        "points": 0,
        "before": 0,
        "after": 0,
        "why": why,
        "source": "",
        "comment": comment,
        "shift": shift,
        "returns": {},
        "reverses": "",
        "reversed": "",
    }
    refs = {"client": client, "change": made["id"], "why": why, "shift": shift}
    return Draft("balance_changed", reason=comment, refs=refs), made


def _move_points(books: Books, draft: Draft, client: str, number: int) -> None:
    left = bonus.points(books, client)
    if left + number < 0:
        raise Refused("err.bonus_short", points=str(left))
    if number > 0:
        bonus.grant(books, draft, client, number)
    else:
        bonus.take_back(books, draft, client, -number)


def move_money(books: Books, draft: Draft, client: str, minor: int, source: str) -> None:
    """Post `minor`, signed, on a wallet against the till, a clearing account, or goodwill.

    `source` is a word for one of them, or the clearing account itself.
    """
    wallet = f"2010:{client}"
    left = books.wallet(client)
    if left.minor + minor < 0:
        raise Refused("err.balance_less", amount=str(left))
    if minor > 0:
        not_over(books, left.minor + minor)
    match source:
        case "till" | "cash" if minor > 0:
            tenders.receive(books, draft, "cash", minor, wallet)
        case "till" | "cash":
            tenders.pay_out(books, draft, -minor, wallet)
        case "goodwill" if minor > 0:
            draft.post("5050", wallet, books.unit, minor)
        case "goodwill":
            draft.post(wallet, "5050", books.unit, -minor)
        case _:
            draft.post(wallet, CLEARING.get(source, source), books.unit, -minor)


def not_over(books: Books, after: int) -> None:
    """Let a game balance grow to `after` minor units; ``err.balance_full`` where that is more."""
    most = books.settings()["balance_max"]
    if after > most:
        raise Refused("err.balance_full", limit=str(books.money(most)))


# --- who signs ---------------------------------------------------------------------------------


def _signed(books: Books, command: ChangeBalance) -> str:
    """Who signed beside the actor, or ""; refused where somebody must and nobody did."""
    signed = ""
    for right, refusal in _signatures(books, command):
        if command.approval is None:
            raise refusal
        if not command.comment:
            raise Refused("err.comment")
        signed = staff.approved(books, command.approval, right)
    return signed


def _signatures(books: Books, command: ChangeBalance) -> list[tuple[Right, Refused]]:
    """The rights that somebody must sign a change with, and what is told while nobody has."""
    if books.actor == "cli":
        return []
    needed: list[tuple[Right, Refused]] = []
    if command.source == "goodwill" and not _may(books, "goodwill"):
        needed.append(("goodwill", Refused("err.goodwill")))
    beyond = _beyond(books, _worth(books, command.wallet, command.amount))
    if beyond is not None:
        needed.append(("override", beyond))
    return needed


def minutes_changed(
    books: Books,
    client: str,
    kind: str,
    minutes: int,
    before: int,
    approval: Approval | None,
    comment: str,
) -> Draft:
    """The entry of a correction of minutes, a change like others, within the same limits.

    What they are worth is what the dearest tariff takes for them: see `packages.hour_worth`.

    Raises:
        Refused: ``err.no_shift``, those of a limit that nobody signed, and of `staff.approved`.
    """
    draft, made = begun(books, client, "minutes", comment)
    draft.kind = "minutes_adjusted"
    made |= {"wallet": f"{kind}_minutes", "amount": minutes}
    made |= {"before": before, "after": before + minutes}
    beyond = _beyond(books, _worth(books, made["wallet"], minutes))
    if beyond is not None and books.actor != "cli":
        if approval is None:
            raise beyond
        made["signed"] = staff.approved(books, approval, "override")
    draft.set("changes", made)
    return draft


def _beyond(books: Books, worth: int) -> Refused | None:
    """Which limit a change of this worth goes over: its role's, of one or of a shift, or two's."""
    settings = books.settings()
    person = books.get("staff", books.actor.partition(":")[2]) or {}
    one_max, shift_max = settings["changes"].get(person.get("role"), (None, None))
    both_from = settings["second_signature_from"]
    if one_max is not None and worth > one_max:
        return Refused("err.change_limit", limit=str(books.money(one_max)))
    if both_from is not None and worth >= both_from:
        return Refused("err.change_two", limit=str(books.money(both_from)))
    if shift_max is not None and worth + _in_shift(books) > shift_max:
        return Refused("err.change_limit_shift", limit=str(books.money(shift_max)))
    return None


def _in_shift(books: Books) -> int:
    """What the actor changed in this shift alone: what somebody signed is on both."""
    made = books.search("changes", where("shift") == tenders.open_shift(books)["id"])
    own = (c for c in made if c["by"] == books.actor and c["why"] in _REASONS and not c["signed"])
    return sum(_worth(books, c["wallet"], c["amount"]) for c in own)


_REASONS = frozenset({*(reason for reason, _ in SIGNS), "minutes"})


def _worth(books: Books, wallet: str, amount: int) -> int:
    match wallet:
        case "bonus":
            return bonus.worth(books, abs(amount))
        case "game":
            return abs(amount)
        case _:
            return -(-abs(amount) * packages.hour_worth(books) // 60)


def _may(books: Books, right: Right) -> bool:
    try:
        need(books, right)
    except Refused:
        return False
    return True


# --- what a refund gives back ------------------------------------------------------------------


def _returned(books: Books, client: str, minor: int) -> tuple[dict[str, int], int]:
    """The top-ups that a refund of `minor` returns, the latest first, and their points.

    What is spent is thought to come from the oldest money, so what is left is of the latest. Of a
    top-up that is returned in part its points go in proportion.
    """
    returns: dict[str, int] = {}
    points = 0
    before = returned_before(books, client)
    for slip in receipts_of(books, client):
        total, gone = slip["facts"]["total"], before[slip["id"]]
        back = min(minor - sum(returns.values()), total - gone)
        if back > 0:
            granted = slip["facts"].get("bonus", 0)
            points += granted * (gone + back) // total - granted * gone // total
            returns[slip["id"]] = back
    return returns, points


def returned_before(books: Books, client: str) -> Counter[str]:
    """How much of each receipt of a client was returned already, in minor units."""
    gone: Counter[str] = Counter()
    for name in names_of(books, client):
        for change in books.search("changes", where("client") == name):
            if not change["reversed"]:
                gone.update(change["returns"])
    return gone


def receipts_of(books: Books, client: str) -> list[dict[str, Any]]:
    """The latest receipts of a client's top-ups, newest first."""
    latest = books.ledger.store.latest
    slips = [
        slip
        for name in names_of(books, client)
        for slip in latest("slips", "client", name, RECEIPTS_LOOK_MAX)
        if slip["kind"] == "top_up_receipt"
    ]
    return sorted(slips, key=lambda slip: -slip["number"])


def names_of(books: Books, client: str) -> list[str]:
    """The client, and those who were merged into him: their papers have their names."""
    return [client, *(str(one["id"]) for one in merged_into(books, client))]


# --- reversals ---------------------------------------------------------------------------------


def _reverse_change(books: Books, command: ReverseChange) -> Draft:
    commented(command.comment)
    kept = books.get("changes", command.change)
    if kept is None:
        raise Refused("err.no_such_change", change=command.change)
    if kept["reversed"] or kept["reverses"]:
        raise Refused("err.reversed_already")
    if kept["why"] == "minutes":
        raise Refused("err.change_minutes")
    client = kept["client"]
    draft, made = begun(books, client, kept["why"], command.comment)
    draft.kind = "change_reversed"
    amount, points = -kept["amount"], -kept["points"]
    if kept["wallet"] == "bonus":
        before = bonus.points(books, client)
        # What was given and is spent is gone (C33); what was taken comes back whole.
        amount = max(amount, -before)
        if amount == 0:
            raise Refused("err.bonus_short", points="0")
        _move_points(books, draft, client, amount)
    else:
        before = books.wallet(client).minor
        move_money(books, draft, client, amount, kept["source"])
        bonus.grant(books, draft, client, points)
    made |= {"wallet": kept["wallet"], "amount": amount, "points": points}
    made |= {"before": before, "after": before + amount}
    made |= {"source": kept["source"], "reverses": kept["id"]}
    _names(books, draft, kept["id"])
    draft.set("changes", made)
    draft.set("changes", kept | {"reversed": made["id"]})
    return draft


def _names(books: Books, draft: Draft, change: str) -> None:
    """Let a reversal name the entry that it undoes: a change's id says which it was."""
    entry = books.ledger.entry(int(change.rsplit("-", 1)[1][:-1]))
    assert entry is not None, "a change is named by its entry"
    draft.refs["reverses"] = entry.id


def commented(comment: str) -> None:
    """Let only a decision go on that says why: ``err.reason_missing``."""
    if not legible(comment, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")


# --- questions ---------------------------------------------------------------------------------


def _ask_figures(books: Books, query: CheckChange) -> ChangeFigures:
    _, made = _prepared(books, query.change)
    signature = bool(_signatures(books, query.change))
    return ChangeFigures(made["before"], made["after"], -made["points"], signature)


def _ask_offered(books: Books, query: ChangeOffered) -> bool:
    del query
    return _may(books, "change_balance")


def _ask_changes(books: Books, query: BalanceChanges) -> tuple[BalanceChange, ...]:
    store, path = books.ledger.store, "client" if query.client else ""
    below = LAST
    if query.before:
        last = store.table("changes").search(where("id") == query.before)
        if not last:
            raise Refused("err.no_such_change", change=query.before)
        below = last[0].doc_id
    found = store.latest("changes", path, query.client, CHANGES_MAX, below)
    return tuple(_balance_change(c) for c in found)


def _balance_change(kept: Mapping[str, Any]) -> BalanceChange:
    return BalanceChange(
        id=kept["id"],
        at=kept["at"],
        by=kept["by"],
        signed=kept["signed"],
        client=ClientId(kept["client"]),
        wallet=kept["wallet"],
        amount=kept["amount"],
        points=kept["points"],
        before=kept["before"],
        after=kept["after"],
        reason=kept["why"],
        source=kept["source"],
        comment=kept["comment"],
        shift=kept["shift"],
        reverses=kept["reverses"],
        reversed=kept["reversed"],
    )


HANDLERS: dict[type, Handler] = {
    ChangeBalance: _change,
    ReverseChange: _reverse_change,
}
ANSWERS: dict[type, Answer] = {
    CheckChange: _ask_figures,
    ChangeOffered: _ask_offered,
    BalanceChanges: _ask_changes,
}
_DESK = frozenset({"staff", "cli"})
ALLOWED: dict[type, frozenset[str]] = dict.fromkeys(HANDLERS, _DESK)

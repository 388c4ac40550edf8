"""How the desk takes and gives money: the tenders, and the shift that answers for them.

What a guest puts into the kiosk's acceptor needs no shift (`cash`); what passes the desk's hands
does. One desk, one till: account 1030.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from tinydb import where

from kiosk.core.books import Books
from kiosk.core.errors import Refused
from kiosk.core.ledger import Draft
from kiosk.core.money import Money

Tender = Literal["cash", "bank_card", "qr", "wallet"]

TENDERS: tuple[str, ...] = get_args(Tender)
TILL, BANK_CARD, QR = "1030", "1110:desk", "1120:desk"
FACES_MAX, NUMBER_MAX = 50, 1_000_000
"""Of one count: kinds of notes and coins, and how many of each."""
HOURS_MAX = 24
"""Of a shift, where the venue has set nothing yet."""


@dataclass(frozen=True)
class FaceCount:
    """So many notes or coins of one face."""

    face: Money
    number: int


Cash = Money | tuple[FaceCount, ...]
"""Cash in somebody's hands: a sum, or counted by face."""


def open_shift(books: Books) -> dict[str, Any]:
    """The document of the open shift, for who takes or gives money at the desk.

    Raises:
        Refused: ``err.no_shift``; ``err.shift_too_long``: it has to be closed first (E80).
    """
    shift = current_shift(books)
    if shift is None:
        raise Refused("err.no_shift")
    if overdue(books, shift):
        raise Refused("err.shift_too_long", hours=str(hours_max(books)))
    return shift


def current_shift(books: Books) -> dict[str, Any] | None:
    """The open shift, however long it has been open; there is one at a time (C29)."""
    found = books.search("shifts", where("state") == "open")
    return found[0] if found else None


def hours_max(books: Books) -> int:
    """How long a shift may be open."""
    return int(books.settings().get("shifts", {}).get("hours_max", HOURS_MAX))


def overdue(books: Books, shift: dict[str, Any]) -> bool:
    """Whether a shift has been open for longer than it may."""
    opened = datetime.fromisoformat(shift["opened_at"])
    return (books.now.wall - opened).total_seconds() > hours_max(books) * 3600


def amount(books: Books, money: Money, least: int = 1) -> int:
    """The minor units of an amount from outside.

    Raises:
        Refused: ``err.other_currency``; ``err.amount_small``: less than `least` minor units.
    """
    if money.currency != books.currency:
        raise Refused("err.other_currency", kept=books.unit, given=money.currency.code)
    if money.minor < least:
        raise Refused("err.amount_small", least=str(books.money(least)))
    return money.minor


def cash(books: Books, told: Cash) -> tuple[int, list[list[int]]]:
    """Cash that somebody counted: its minor units, and ``[face, number]`` largest face first.

    Raises:
        Refused: those of `amount`; ``err.count_wrong``: a face twice, or a number below 0.
    """
    if isinstance(told, Money):
        return amount(books, told, least=0), []
    faces = {amount(books, count.face): count.number for count in told}
    sound = all(0 <= number <= NUMBER_MAX for number in faces.values())
    if not sound or not len(faces) == len(told) <= FACES_MAX:
        raise Refused("err.count_wrong")
    counted = [[face, number] for face, number in sorted(faces.items(), reverse=True) if number]
    return sum(face * number for face, number in counted), counted


def receive(
    books: Books, draft: Draft, tender: Tender, minor: int, to: str, client: str = ""
) -> None:
    """Post what is paid: Dr till, clearing or the wallet of `client` / Cr `to`; `minor` > 0.

    Raises:
        Refused: ``err.tender_unknown``; ``err.wallet_short``; for all but a wallet those of
            `open_shift`.
    """
    if tender not in TENDERS:
        raise Refused("err.tender_unknown", tender=str(tender))
    if tender == "wallet":
        from_ = f"2010:{client}"
        left = -_held(books, draft, from_)
        if left < minor:
            raise Refused("err.wallet_short", amount=str(books.money(minor - left)))
    else:
        draft.refs["shift"] = open_shift(books)["id"]
        from_ = {"cash": TILL, "bank_card": BANK_CARD, "qr": QR}[tender]
    draft.post(from_, to, books.unit, minor)


def pay_out(books: Books, draft: Draft, minor: int, from_: str) -> None:
    """Post what is given in cash at the desk: Dr `from_` / Cr till; `minor` > 0.

    Raises:
        Refused: that of `till_short`: the till holds less; those of `open_shift`.
    """
    draft.refs["shift"] = open_shift(books)["id"]
    held = _held(books, draft, TILL)
    if held < minor:
        raise till_short(books, held)
    draft.post(from_, TILL, books.unit, minor)


def till_short(books: Books, held: int) -> Refused:
    """That the till holds less; how much only where nobody has to count it unprompted."""
    if blind_count(books):
        return Refused("err.till_short_blind")
    return Refused("err.till_short", amount=str(books.money(max(0, held))))


def blind_count(books: Books) -> bool:
    """Whether cash is counted by people who were not told what is expected."""
    return bool(books.settings().get("shifts", {}).get("blind_count"))


def _held(books: Books, draft: Draft, account: str) -> int:
    """The balance of an account as the draft leaves it: one entry may take and give."""
    made = sum(p.amount for p in draft.postings if (p.account, p.unit) == (account, books.unit))
    return books.ledger.balance(account, books.unit) + made


def money_reason(books: Books, name: str, use: str, employee: str = "") -> dict[str, Any]:
    """The money reason `name`, checked: it serves for `use`, and names its employee (E81).

    Args:
        books: the books.
        name: id of the reason in the venue's directory.
        use: ``prepayment``, ``deposit``, ``float``, ``withdrawal``, ``top_up`` or ``refund``.
        employee: the number of the employee whom the money concerns, where there is one.

    Raises:
        Refused: ``err.money_reason_missing``, ``err.money_reason_use``,
            ``err.employee_missing``, ``err.no_such_employee``.
    """
    kept = books.get("money_reasons", name)
    if kept is None:
        raise Refused("err.money_reason_missing", reason=name)
    if use not in kept["uses"]:
        raise Refused("err.money_reason_use", reason=kept["name"])
    if kept["employee"] and not employee:
        raise Refused("err.employee_missing", reason=kept["name"])
    if employee and books.get("staff", employee) is None:
        raise Refused("err.no_such_employee", employee=employee)
    return kept

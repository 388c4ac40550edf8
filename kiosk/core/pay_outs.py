"""Pay-outs of a hopper: each on record before it is ordered, ended once, or doubtful for staff.

A claim is paid in coins of one hopper, or one coin is tried. Where the hopper's counters stood (its
mark) is on record before the order goes out, and nothing moves on the books until the hopper tells
what became of it. See docs/ledger.md, "Hoppers".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tinydb import where

from kiosk.core import claims
from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    Answer,
    Books,
    Handler,
    Query,
    legible,
    remark,
)
from kiosk.core.cash import face_word
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.store import TableSpec
from kiosk.core.tenders import NUMBER_MAX, amount

TABLES = (TableSpec("payouts", ("device", "claim", "state")),)

COINS_MAX = 255
"""So many coins are one pay-out."""
VAULT, DIFFERENCE = "1050", "5030"

PayOutState = Literal["ordered", "doubtful", "ended"]
UNSETTLED = claims.PAYING


@dataclass(frozen=True)
class BeginPayOut:
    """Put on record that a claim is paid in coins of this hopper; then it is ordered.

    `told` is the claim's ticket, as in `claims.RedeemClaim`; `face` what one coin of the hopper is
    worth, `mark` where its counters stand. `language` is of the ticket for what does not come out.
    """

    told: str
    device: DeviceId
    face: Money
    mark: str
    language: str
    reason: str = remark()


@dataclass(frozen=True)
class TryHopper:
    """Put on record that one coin is paid to try the hopper: it goes to the safe."""

    device: DeviceId
    face: Money
    mark: str


@dataclass(frozen=True)
class EndPayOut:
    """Put on record how a pay-out ended; coins that did not come out are owed on a new claim."""

    payout: str
    paid: int


@dataclass(frozen=True)
class DoubtPayOut:
    """Put on record that nobody can say how many coins came out: staff count them."""

    payout: str


@dataclass(frozen=True)
class SettlePayOut:
    """Decide on a doubtful pay-out: so many coins came out, as somebody counted."""

    payout: str
    paid: int
    reason: str = remark()


@dataclass(frozen=True)
class FillHopper:
    """So many coins are put into a hopper, out of the safe."""

    device: DeviceId
    face: Money
    number: int
    reason: str = remark()


@dataclass(frozen=True)
class CountHopper:
    """So many coins are in a hopper, as somebody counted; the books follow, over or short."""

    device: DeviceId
    face: Money
    number: int
    reason: str = remark()


@dataclass(frozen=True)
class PayOut:
    """A pay-out: what was ordered, and what is known of it; `claim` is empty of a coin tried."""

    id: str
    device: DeviceId
    face: Money
    count: int
    mark: str
    claim: str
    state: PayOutState
    paid: int
    at: str


@dataclass(frozen=True)
class GetPayOut(Query["PayOut | None"]):
    """A pay-out by its id."""

    payout: str


@dataclass(frozen=True)
class OpenPayOuts(Query["tuple[PayOut, ...]"]):
    """The pay-outs of a hopper that are not over, or doubtful; at most one but after a restore."""

    device: DeviceId


@dataclass(frozen=True)
class HopperHolds(Query[int]):
    """How many coins are in a hopper, as the books say."""

    device: DeviceId
    face: Money


@dataclass(frozen=True)
class CanPay(Query[bool]):
    """Whether a hopper with coins of this face can pay an amount to the last unit."""

    device: DeviceId
    face: Money
    value: Money


# --- what is put on record --------------------------------------------------------------------


def _account(books: Books, device: str, face: Money) -> str:
    """The account of one hopper: ``1020:<kiosk>:<hopper>:<face>``."""
    return f"1020:{books.kiosk}:{device}:{face_word(face)}"


def _holds(books: Books, device: str, face: Money) -> int:
    return books.ledger.balance(_account(books, device, face), books.unit) // face.minor


def _free(books: Books, device: str) -> None:
    if _unsettled(books, device):
        raise Refused("err.hopper_busy", device=device)


def _unsettled(books: Books, device: str) -> list[dict[str, Any]]:
    found = books.search("payouts", where("state").one_of(list(UNSETTLED)))
    return [one for one in found if one["device"] == device]


def _begin(books: Books, command: BeginPayOut) -> Draft:
    _with_reason(command.reason)
    claim = claims.payable(books, command.told)
    face = amount(books, command.face)
    count, rest = divmod(claim["minor"], face)
    if rest or not _enough(books, command.device, command.face, count):
        raise Refused("err.hopper_short", device=command.device)
    draft = Draft("payout_begun", reason=command.reason, refs={"claim": claim["id"]})
    return _ordered(books, draft, command, count, claim["id"], command.language)


def _try(books: Books, command: TryHopper) -> Draft:
    amount(books, command.face)
    if not _enough(books, command.device, command.face, 1):
        raise Refused("err.hopper_short", device=command.device)
    return _ordered(books, Draft("payout_begun"), command, 1, "", "")


def _enough(books: Books, device: str, face: Money, count: int) -> bool:
    return 0 < count <= min(COINS_MAX, _holds(books, device, face))


def _ordered(
    books: Books,
    draft: Draft,
    command: BeginPayOut | TryHopper,
    count: int,
    claim: str,
    language: str,
) -> Draft:
    _free(books, command.device)
    if not command.mark:
        raise Refused("err.hopper_silent", device=command.device)
    made: dict[str, Any] = {
        "id": books.new_id("w"),
        "device": command.device,
        "face": command.face.minor,
        "count": count,
        "mark": command.mark,
        "claim": claim,
        "language": language,
        "state": "ordered",
        "paid": 0,
        "at": books.at,
    }
    draft.refs |= {"payout": made["id"], "device": command.device, "count": count}
    draft.set("payouts", made)
    return draft


def _end(books: Books, command: EndPayOut) -> Draft:
    return _over(books, command.payout, command.paid, "payout_ended", ("ordered",))


def _settle(books: Books, command: SettlePayOut) -> Draft:
    _with_reason(command.reason)
    draft = _over(books, command.payout, command.paid, "payout_settled", ("doubtful",))
    draft.reason = command.reason
    return draft


def _over(books: Books, name: str, paid: int, kind: str, states: tuple[str, ...]) -> Draft:
    """What came out leaves the hopper; what did not is owed on a claim of its own."""
    one = _known(books, name, states)
    if not 0 <= paid <= one["count"]:
        raise Refused("err.count_wrong")
    face, claim = books.money(one["face"]), one["claim"]
    draft = Draft(kind, refs={"payout": name, "device": one["device"], "count": paid})
    came = paid * face.minor
    owed = one["count"] * face.minor - came
    if came:
        to = f"2910:{claim}" if claim else VAULT
        draft.post(to, _account(books, one["device"], face), books.unit, came)
    if came and claim:
        if owed:
            claims.add(books, draft, f"2910:{claim}", owed, one["language"], why="pay_out")
        kept = books.get("claims", claim)
        assert kept is not None, "a pay-out pays a claim of these books"
        draft.set("claims", kept | {"state": "redeemed", "redeemed_at": books.at})
    draft.set("payouts", one | {"state": "ended", "paid": paid})
    return draft


def _doubt(books: Books, command: DoubtPayOut) -> Draft:
    one = _known(books, command.payout, ("ordered",))
    refs = {"payout": one["id"], "device": one["device"]}
    draft = Draft("payout_doubtful", refs=refs)
    draft.set("payouts", one | {"state": "doubtful"})
    return draft


def _known(books: Books, name: str, states: tuple[str, ...]) -> dict[str, Any]:
    one = books.get("payouts", name)
    if one is None or one["state"] not in states:
        raise Refused("err.no_such_payout")
    return one


def _fill(books: Books, command: FillHopper) -> Draft:
    face, number = _some(books, command, 1)
    refs = {"device": command.device, "count": number}
    draft = Draft("hopper_filled", reason=command.reason, refs=refs)
    draft.post(_account(books, command.device, command.face), VAULT, books.unit, face * number)
    return draft


def _count(books: Books, command: CountHopper) -> Draft:
    face, number = _some(books, command, 0)
    _free(books, command.device)
    over = number - _holds(books, command.device, command.face)
    if not over:
        raise Refused("err.nothing_changed")
    refs = {"device": command.device, "count": number}
    draft = Draft("hopper_counted", reason=command.reason, refs=refs)
    account = _account(books, command.device, command.face)
    if over > 0:
        draft.post(account, DIFFERENCE, books.unit, face * over)
    else:
        draft.post(DIFFERENCE, account, books.unit, face * -over)
    return draft


def _some(books: Books, command: FillHopper | CountHopper, least: int) -> tuple[int, int]:
    _with_reason(command.reason)
    if not legible(command.device, 64) or ":" in command.device:
        raise Refused("err.no_such_device")
    face = amount(books, command.face)
    if not least <= command.number <= NUMBER_MAX:
        raise Refused("err.count_wrong")
    return face, command.number


def _with_reason(reason: str) -> None:
    if not legible(reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")


# --- what is asked ----------------------------------------------------------------------------


def doubtful(books: Books) -> Iterator[PayOut]:
    """Pay-outs that staff have to decide on."""
    for one in books.search("payouts", where("state") == "doubtful"):
        yield _told(books, one)


def _get(books: Books, query: GetPayOut) -> PayOut | None:
    one = books.get("payouts", query.payout)
    return _told(books, one) if one else None


def _open(books: Books, query: OpenPayOuts) -> tuple[PayOut, ...]:
    return tuple(_told(books, one) for one in _unsettled(books, query.device))


def _contents(books: Books, query: HopperHolds) -> int:
    return _holds(books, query.device, query.face)


def _can_pay(books: Books, query: CanPay) -> bool:
    count, rest = divmod(query.value.minor, query.face.minor)
    there = _enough(books, query.device, query.face, count)
    return not rest and there and not _unsettled(books, query.device)


def _told(books: Books, one: dict[str, Any]) -> PayOut:
    return PayOut(
        one["id"],
        DeviceId(one["device"]),
        books.money(one["face"]),
        one["count"],
        one["mark"],
        one["claim"],
        one["state"],
        one["paid"],
        one["at"],
    )


HANDLERS: dict[type, Handler] = {
    BeginPayOut: _begin,
    TryHopper: _try,
    EndPayOut: _end,
    DoubtPayOut: _doubt,
    SettlePayOut: _settle,
    FillHopper: _fill,
    CountHopper: _count,
}
ANSWERS: dict[type, Answer] = {
    GetPayOut: _get,
    OpenPayOuts: _open,
    HopperHolds: _contents,
    CanPay: _can_pay,
}
ALLOWED: dict[type, frozenset[str]] = {
    BeginPayOut: frozenset({"staff"}),
    TryHopper: frozenset({"staff"}),
    EndPayOut: frozenset({"kiosk"}),
    DoubtPayOut: frozenset({"kiosk"}),
    SettlePayOut: frozenset({"staff", "cli"}),
    FillHopper: frozenset({"staff", "cli"}),
    CountHopper: frozenset({"staff", "cli"}),
}

"""How a visit is paid, and how its money goes back: in the entry that settles it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from kiosk.core import claims, permissions, staff, statistics, tenders, trust
from kiosk.core.accounts import expenditure
from kiosk.core.bills import refs_of, type_of
from kiosk.core.books import REASON_CHARACTERS_MAX, Books, legible
from kiosk.core.cards import usable
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId
from kiosk.core.ledger import OF_CLIENTS, Draft
from kiosk.core.money import Money
from kiosk.core.tenders import Tender

MARKUP, DISCOUNT = "4040", "4060"


@dataclass(frozen=True)
class Payment:
    """Money that is paid: how, how much, and for ``wallet`` by which card ("": the visit's own)."""

    tender: Tender
    amount: Money
    card: CardId | str = ""


@dataclass(frozen=True)
class Source:
    """Where money for an order comes from: an account, or a tender and whose wallet it is."""

    minor: int
    account: str = ""
    tender: Tender | None = None
    client: str = ""


def sources(books: Books, payments: Sequence[Payment], card: str) -> list[Source]:
    """The payments as sources; a guest at the kiosk pays here from wallets only.

    Raises:
        Refused: ``err.not_allowed``, ``err.card_needed``, ``err.card_not_personal``,
            ``err.card_blocked``, and those of `tenders.amount`.
    """
    made = []
    for payment in payments:
        minor = tenders.amount(books, payment.amount)
        client = ""
        if payment.tender == "wallet":
            client = wallet_of(books, payment.card or card)
        elif books.actor in ("guest", "kiosk"):
            raise Refused("err.not_allowed")
        made.append(Source(minor, tender=payment.tender, client=client))
    return made


def wallet_of(books: Books, card: str) -> str:
    """The client whose wallet pays for a personal card (E61, E62)."""
    if not card:
        raise Refused("err.card_needed")
    if not type_of(books, usable(books, card).type)["personal"]:
        raise Refused("err.card_not_personal")
    return expenditure(books, card)


def shown(books: Books, visit: Mapping[str, Any], card: str) -> None:
    """Let a guest pay in a visit whose card he shows: what it holds is his who has that card.

    Raises:
        Refused: ``err.card_needed``, ``err.other_visit``, ``err.card_blocked``.
    """
    if books.actor != "guest":
        return
    if not card:
        raise Refused("err.card_needed")
    if usable(books, card).id != visit["card"]:
        raise Refused("err.other_visit", number=str(visit["number"]))


def wallets(payments: Sequence[Payment], card: str) -> list[tuple[str, int]]:
    """The cards whose wallets pay, and how much of each in minor units."""
    return [(p.card or card, p.amount.minor) for p in payments if p.tender == "wallet"]


def trusted(
    books: Books,
    draft: Draft,
    spent: Sequence[tuple[str, int]],
    pin: str,
    approval: staff.Approval | None,
    reason: str,
    points: Sequence[tuple[str, int]] = (),
) -> None:
    """Let a guest spend from wallets: card and minor units of each; what that leaves in the refs.

    `points` are the cards whose clients' points pay, and what those are worth: a copied card must
    not spend them either. What one client spends counts as one sum, however often he is named.

    Raises:
        Refused: those of `trust.may_spend`.
    """
    if books.actor != "guest":
        return
    # Of a card that points at another's wallet, that one's limit and PIN count.
    asked = [(replace(usable(books, n), client=expenditure(books, n)), minor) for n, minor in spent]
    asked += [(usable(books, name), worth) for name, worth in points]
    sums: Counter[str] = Counter()
    for card, minor in asked:
        sums[card.client] += minor
    for card in dict.fromkeys(card for card, _ in asked):
        draft.refs |= trust.may_spend(books, card, sums[card.client], pin, approval, reason)


def name_payer(draft: Draft, given: Sequence[Source]) -> None:
    """Let the entry be found under the client whose wallet pays, whoever's visit it is."""
    payer = next((source.client for source in given if source.client), "")
    if payer:
        draft.refs["client"] = payer


def take(
    books: Books, draft: Draft, given: Sequence[Source], revenue: Sequence[tuple[str, int]]
) -> None:
    """Post what is given against what it is for, each in its order; the sums are equal.

    Raises:
        Refused: ``err.payers``: the balances of more than two clients would pay; an entry is found
            under two. Those of `tenders.receive`.
    """
    wanted = [(account, minor) for account, minor in revenue if minor]
    for source in given:
        left = source.minor
        while left:
            account, minor = wanted[0]
            part = min(left, minor)
            if source.tender is None:
                draft.post(source.account, account, books.unit, part)
            else:
                tenders.receive(books, draft, source.tender, part, account, source.client)
            left -= part
            wanted[0] = (account, minor - part)
            if part == minor:
                wanted.pop(0)
    assert not wanted, f"nobody pays {wanted}"
    accounts = (p.account.partition(":") for p in draft.postings)
    payers = {client for code, _, client in accounts if code in OF_CLIENTS}
    if len(payers | {draft.refs.get("client", "")} - {""}) > 2:
        raise Refused("err.payers")


def by_tender(given: Sequence[Source]) -> dict[str, int]:
    """What is paid by each tender, in minor units."""
    made: dict[str, int] = {}
    for source in given:
        if source.tender is not None:
            made[source.tender] = made.get(source.tender, 0) + source.minor
    return made


def spent_by(given: Sequence[Source], client: str, total: int) -> dict[str, int]:
    """Whose real money it is (C36): that of wallets their clients', the rest that of `client`."""
    made: dict[str, int] = {}
    for source in given:
        if source.client:
            made[source.client] = made.get(source.client, 0) + source.minor
    made[client] = made.get(client, 0) + total - sum(made.values())
    return {name: minor for name, minor in made.items() if name and minor}


def record_spent(books: Books, draft: Draft, spent: Mapping[str, int], sign: int = 1) -> None:
    """Add what was spent to the figures of each client; with -1 it is undone."""
    for client, minor in spent.items():
        statistics.record(books, draft, client, spent_minor=sign * minor)


def take_off(books: Books, draft: Draft, discounts: Sequence[tuple[str, int]]) -> None:
    """Post discounts: Dr discounts / Cr the revenue that they are taken off."""
    for account, minor in discounts:
        if minor:
            draft.post(DISCOUNT, account, books.unit, minor)


def give_back(
    books: Books,
    draft: Draft,
    visit: Mapping[str, Any],
    minor: int,
    how: Literal["cash", "claim"],
    language: str,
    why: str,
) -> dict[str, Any]:
    """Give deposits of a visit back: in cash out of the till, else as a claim with its ticket.

    Also where cash was wanted, a claim is what the guest gets when there is no till, no open
    shift, or too little in it.

    Returns:
        What stands in the visit: ``how``, ``minor`` and the ``claim``; empty for nothing.
    """
    if not minor:
        return {}
    account = f"2030:{visit['id']}"
    if how == "cash" and books.actor.partition(":")[0] in ("staff", "till"):
        try:
            tenders.pay_out(books, draft, minor, account)
            return {"how": "cash", "minor": minor, "claim": ""}
        except Refused:
            pass  # A claim is as good as the money, and nobody has to wait for change.
    claim = claims.add(books, draft, account, minor, language, refs_of(books, visit), why)
    return {"how": "claim", "minor": minor, "claim": claim}


def may_override(books: Books) -> bool:
    """Whether the actor may let a limit be passed himself."""
    try:
        permissions.need(books, "override")
    except Refused:
        return False
    return True


def overridden(books: Books, approval: staff.Approval | None, reason: str) -> str:
    """Who lets a limit be passed: the approval's person, or the actor who may himself.

    Raises:
        Refused: ``err.reason_missing``; those of `staff.approved`.
    """
    if not legible(reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")
    if approval is None and may_override(books):
        return books.actor
    return staff.approved(books, approval, "override")

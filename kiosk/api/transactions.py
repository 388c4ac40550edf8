"""Transactions: what moved on the balances, found by filters, a page at a time.

Those of one client are for who may see clients, those of everybody for who may see reports.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, ConfigDict, Field

from kiosk.api.callers import At, Caller, reads
from kiosk.api.forms import MINOR_MAX, Form, Name, Told, all_told
from kiosk.core.ids import ClientId
from kiosk.core.transactions import ClientTransactions, Page, Transactions, Wanted

router = APIRouter(prefix="/v1", tags=["transactions"])

Auditor = Annotated[Caller, Depends(reads("reports"))]
Desk = Annotated[Caller, Depends(reads("people"))]

KINDS_MAX = 20


class Filters(Form):
    """All that is set must hold; moments have a time zone, amounts are whatever their sign.

    ``before`` is the ``next`` of the page before.
    """

    # An address has texts only.
    model_config = ConfigDict(strict=False)

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    entry: Name | None = None
    kind: list[Name] = Field(default=[], max_length=KINDS_MAX)
    why: Name | None = None
    least: Annotated[int, Field(ge=0, le=MINOR_MAX)] | None = None
    most: Annotated[int, Field(ge=0, le=MINOR_MAX)] | None = None
    actor: Name | None = None
    balance: Literal["game", "bonus", "minutes_game", "minutes_net"] | None = None
    before: Annotated[int, Field(ge=0, le=2**62)] = 0

    def wanted(self) -> Wanted:
        """As the core has them."""
        return Wanted(
            since=self.since,
            until=self.until,
            entry=self.entry or "",
            kinds=tuple(self.kind),
            why=self.why or "",
            least=self.least,
            most=self.most,
            actor=self.actor or "",
            balance=self.balance or "",
        )


class TransactionTold(Told):
    """One movement of one balance, signed as the client sees it, in whole units of ``unit``.

    ``before`` and ``after`` are the balance around it; null for money past the balances.
    """

    seq: int
    entry: str
    at: str
    kind: str
    actor: str
    client: str
    balance: str
    unit: str
    amount: int
    before: int | None
    after: int | None
    why: str
    comment: str
    about: dict[str, str]


class PageTold(Told):
    """Rows, the newest first; ``next``: the ``before`` of the page after it, 0 at the end."""

    rows: list[TransactionTold]
    next: int


def _told(page: Page) -> PageTold:
    return PageTold(rows=all_told(TransactionTold, page.rows), next=page.next)


@router.get("/clients/{client}/transactions")
async def of_client(client: Name, filters: Annotated[Filters, Query()], caller: Desk) -> PageTold:
    """What moved on one client's balances."""

    def work(at: At) -> PageTold:
        query = ClientTransactions(ClientId(client), filters.wanted(), filters.before)
        return _told(at.ask(query))

    return await caller.ask(work)


@router.get("/transactions")
async def of_all(filters: Annotated[Filters, Query()], caller: Auditor) -> PageTold:
    """What moved on all balances, and money past them."""
    return await caller.ask(
        lambda at: _told(at.ask(Transactions("", filters.wanted(), filters.before)))
    )

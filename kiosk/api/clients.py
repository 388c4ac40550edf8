"""Clients: found by digits or name, their page, what people do to their balances.

All of it is for a person who is signed in at the till and whose role may: a till by itself is told
nothing of who its guests are.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import Field, StringConstraints

from kiosk.api.callers import At, Caller, reads, writes
from kiosk.api.forms import (
    LEGIBLE,
    MINOR_MAX,
    Approval,
    Form,
    Name,
    Remark,
    Told,
    Written,
    all_told,
    told,
)
from kiosk.core.balances import ChangeBalance, CheckChange, ReverseChange
from kiosk.core.cards import CardsOf
from kiosk.core.client_list import FindClients, ListClients, masked_name
from kiosk.core.clients import GetClient
from kiosk.core.desk_top_ups import ReverseTopUp, TopUpAtDesk
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId, JobId
from kiosk.core.minutes import ADJUSTED_MAX, AdjustMinutes, MinutesOf
from kiosk.core.packages import Kind
from kiosk.core.statistics import ClientStatistics
from kiosk.core.tenders import Tender

router = APIRouter(prefix="/v1/clients", tags=["clients"])

Desk = Annotated[Caller, Depends(reads("people"))]
DeskWriter = Annotated[Caller, Depends(writes("people"))]
Typed = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=LEGIBLE)]


class Looking(Form):
    """The last digits of a phone, four or more, or the beginnings of a name: one of them."""

    digits: Typed | None = Field(default=None, repr=False)
    name: Typed | None = Field(default=None, repr=False)


class ClientRowTold(Told):
    """A client in a list; the name is a first word and letters, the phone masked."""

    client: str
    name: str = Field(repr=False)
    phone: str
    wallet: int
    since: str
    last_visit: str
    group: str


class FoundTold(Told):
    """Who was found, the newest first; ``more``: there are others, so type another digit."""

    clients: list[ClientRowTold]
    more: bool
    currency: str


class ClientCardTold(Told):
    """A card of the client."""

    id: str
    masked: str
    type: str
    state: str


class MinutesTold(Told):
    """Minutes by kind: all that are his, and those that no session holds now."""

    game: int
    internet: int
    game_free: int
    internet_free: int


class FiguresTold(Told):
    """What is known of how often a client came, and what he left here."""

    played_s: int
    spent: int
    last_visit: str
    visits: int


class ClientTold(Told):
    """A client's page: ``wallet`` and ``spent`` in minor units, ``bonus`` in points.

    Of one who was merged, ``into`` names the client who has all that was his.
    """

    id: str
    name: str = Field(repr=False)
    phone: str
    language: str
    state: Literal["active", "walk_in", "merged", "erased"]
    group: str
    into: str
    since: str
    wallet: int
    bonus: int
    minutes: MinutesTold
    cards: list[ClientCardTold]
    figures: FiguresTold
    currency: str


class Change(Form):
    """A change of a balance by a difference, with a reason that fits it.

    ``amount``: minor units on ``game``, points on ``bonus``; below 0 it is taken away. ``source``:
    where the money of a technical error is.
    """

    wallet: Literal["game", "bonus"]
    amount: Annotated[int, Field(ge=-MINOR_MAX, le=MINOR_MAX)]
    reason: Literal["refund", "technical_error", "bonus_accrual"]
    comment: Remark
    source: Literal["till", "goodwill"] | None = None
    approval: Approval | None = None


class ChangeTold(Told):
    """What a change would do; ``signature``: somebody else must sign it."""

    before: int
    after: int
    points_back: int
    signature: bool


class Reversing(Form):
    """Why a change is undone; ``refs.change`` of its entry is its id."""

    change: Name
    comment: Remark


class MinutesChange(Form):
    """Minutes that are given, or, below 0, taken."""

    kind: Kind
    minutes: Annotated[int, Field(ge=-ADJUSTED_MAX, le=ADJUSTED_MAX)]
    reason: Remark
    approval: Approval | None = None


class TopUp(Form):
    """Money that a client gives for his game balance."""

    amount: Annotated[int, Field(ge=1, le=MINOR_MAX, description="minor units of the currency")]
    tender: Tender
    approval: Approval | None = None
    reason: Remark | None = None


class TopUpUndoing(Form):
    """The receipt of a top-up (its ``job``), and why it is undone."""

    receipt: Name
    comment: Remark


@router.post("/find")
async def find(who: Looking, caller: Desk) -> FoundTold:
    """Find clients; a question, so it needs no key, and no digit of it stands in an address."""

    def work(at: At) -> FoundTold:
        if (who.digits is None) == (who.name is None):
            raise Refused("err.client_not_found")
        found = at.ask(FindClients(who.digits) if who.digits else ListClients(who.name or ""))
        return FoundTold(
            clients=all_told(ClientRowTold, found.rows), more=found.more, currency=at.currency
        )

    return await caller.ask(work)


@router.get("/{client}")
async def page(client: Name, caller: Desk) -> ClientTold:
    """A client's page."""

    def work(at: At) -> ClientTold:
        of = ClientId(client)
        found = at.ask(GetClient(of))
        if found is None:
            raise Refused("err.no_such_client", client=client)
        return told(
            ClientTold,
            found,
            name=masked_name(found.name),
            phone=found.phone_masked,
            minutes=told(MinutesTold, at.ask(MinutesOf(of))),
            cards=[
                ClientCardTold(id=c.id, masked=c.masked, type=c.type, state=c.state)
                for c in at.ask(CardsOf(of))
            ],
            figures=told(FiguresTold, at.ask(ClientStatistics(of))),
            currency=at.currency,
        )

    return await caller.ask(work)


def _change(client: str, at: At, what: Change) -> ChangeBalance:
    return ChangeBalance(
        ClientId(client),
        what.wallet,
        what.amount,
        what.reason,
        what.comment,
        what.source or "",
        at.approval(what.approval),
    )


@router.post("/{client}/change/check")
async def check(client: Name, what: Change, caller: Desk) -> ChangeTold:
    """What a change would do, before somebody confirms it; nothing is booked, no key is needed."""
    return await caller.ask(
        lambda at: told(ChangeTold, at.ask(CheckChange(_change(client, at, what))))
    )


@router.post("/{client}/change")
async def change(client: Name, what: Change, caller: DeskWriter) -> Written:
    """Change a balance: a refund, a technical error put right, a bonus given."""
    return await caller.write(lambda at: _change(client, at, what))


@router.post("/changes/reverse")
async def reverse(what: Reversing, caller: DeskWriter) -> Written:
    """Undo a change by its opposite."""
    return await caller.write(lambda at: ReverseChange(what.change, what.comment))


@router.post("/{client}/minutes")
async def minutes(client: Name, what: MinutesChange, caller: DeskWriter) -> Written:
    """Give a client minutes, or take free ones."""
    return await caller.write(
        lambda at: AdjustMinutes(
            client, what.kind, what.minutes, what.reason, at.approval(what.approval)
        )
    )


@router.post("/{client}/top-up")
async def top_up(client: Name, what: TopUp, caller: DeskWriter) -> Written:
    """Put money on a client's game balance, with the bonus that it earns."""
    return await caller.write(
        lambda at: TopUpAtDesk(
            ClientId(client),
            at.money(what.amount),
            what.tender,
            at.approval(what.approval),
            what.reason or "",
        )
    )


@router.post("/top-ups/reverse")
async def reverse_top_up(what: TopUpUndoing, caller: DeskWriter) -> Written:
    """Undo a top-up of the desk; the money goes back the way it came."""
    return await caller.write(lambda at: ReverseTopUp(JobId(what.receipt), what.comment))

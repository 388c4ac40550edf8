"""Deposits: money on an open visit, taken at the till."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from kiosk.api.callers import At, Reader, Server
from kiosk.api.forms import Form, Language, Name, Number, Remark, Told, Written, told
from kiosk.core.prepayments import Deposit, DepositRefusal, DepositsOf
from kiosk.core.tenders import Tender

router = APIRouter(prefix="/v1/visits/{number}/deposits", tags=["deposits"])


class NewDeposit(Form):
    """Money that a guest gives; ``reason`` is the id of one of the venue's money reasons."""

    amount: Annotated[int, Field(ge=1, le=10**12, description="minor units of the currency")]
    tender: Tender
    reason: Name
    employee: Name | None = None
    comment: Remark | None = None
    language: Language | None = None


class DepositTold(Told):
    """Money that was put on a visit."""

    at: str
    value: int
    tender: str
    reason: str


class DepositsTold(Told):
    """What was put on a visit; ``refusal``: the key of why no more can be, or empty."""

    deposits: list[DepositTold]
    refusal: str
    currency: str


@router.get("")
async def deposits(number: Number, caller: Reader) -> DepositsTold:
    """What was put on a visit, the oldest first."""

    def work(at: At) -> DepositsTold:
        visit = at.visit(number)
        refusal = at.ask(DepositRefusal(visit.id)) if visit.state == "open" else "err.visit_ended"
        made = [told(DepositTold, deposit) for deposit in at.ask(DepositsOf(visit.id))]
        return DepositsTold(deposits=made, refusal=refusal, currency=at.currency)

    return await caller.ask(work)


@router.post("")
async def deposit(number: Number, new: NewDeposit, caller: Server) -> Written:
    """Put money on an open visit."""
    return await caller.write(
        lambda at: Deposit(
            visit=at.visit(number).id,
            amount=at.money(new.amount),
            tender=new.tender,
            reason=new.reason,
            language=new.language or at.language,
            employee=new.employee or "",
            comment=new.comment or "",
        )
    )

"""The desk's shift: opened and closed at the till, by a person who is signed in and may."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from kiosk.api.callers import At, Caller, reads, writes
from kiosk.api.forms import Form, Language, Minor, Name, Remark, Told, Written, told
from kiosk.core.shifts import CloseShift, EndOfShift, OpenShift, Warning_

router = APIRouter(prefix="/v1/shift", tags=["shift"])

Desk = Annotated[Caller, Depends(reads("people"))]
DeskWriter = Annotated[Caller, Depends(writes("people"))]


class Opening(Form):
    """The change that is put into the till, with a money reason where it is above 0."""

    float_in: Minor = 0
    reason: Name | None = None
    employee: Name | None = None
    comment: Remark | None = None
    language: Language | None = None


class Closing(Form):
    """The cash that was counted in the till, and the warnings that the person has read."""

    counted: Minor
    confirmed: list[Warning_] = Field(default=[], max_length=10)
    comment: Remark | None = None
    language: Language | None = None


class EndTold(Told):
    """What stands in the way of a Z, and how many of what it would leave open.

    ``slips``, ``notes`` and ``prepayments`` end first; ``warnings`` are to be confirmed.
    """

    slips: list[str]
    notes: list[str]
    prepayments: list[str]
    warnings: dict[str, int]


@router.post("/open")
async def open_shift(how: Opening, caller: DeskWriter) -> Written:
    """Open the shift: from now on the desk takes money."""
    return await caller.write(
        lambda at: OpenShift(
            float_in=at.money(how.float_in),
            reason=how.reason or "",
            employee=how.employee or "",
            comment=how.comment or "",
            language=how.language or at.language,
        )
    )


@router.get("/end")
async def end(caller: Desk) -> EndTold:
    """Whether the shift could be closed now."""

    def work(at: At) -> EndTold:
        ending = at.ask(EndOfShift())
        return told(EndTold, ending, warnings=ending.warnings())

    return await caller.ask(work)


@router.post("/close")
async def close(how: Closing, caller: DeskWriter) -> Written:
    """Close the shift: its Z is made and printed at the kiosk."""
    return await caller.write(
        lambda at: CloseShift(
            counted=at.money(how.counted),
            confirmed=tuple(how.confirmed),
            comment=how.comment or "",
            language=how.language or at.language,
        )
    )

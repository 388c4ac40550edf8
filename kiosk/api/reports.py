"""Reports: made in a process of their own, looked after while they are, read when they are done.

Whoever begins one is signed in and may; its id, which nobody guesses, is then what it is asked for
by. Nothing personal stands in a report.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, Field

from kiosk.api.callers import Caller, reads
from kiosk.api.forms import Form, Language, Name, Number, Told
from kiosk.api.refusals import RefusalTold, refusal_told
from kiosk.core.periods import Period
from kiosk.core.reports import ReportNames

router = APIRouter(prefix="/v1/reports", tags=["reports"])

Auditor = Annotated[Caller, Depends(reads("reports"))]

MEDIA = {"json": "application/json", "csv": "text/csv", "text": "text/plain"}
_SHAPES: dict[str, dict[str, dict[str, str]]] = {
    "application/json": {"schema": {"type": "object"}},
    "text/csv": {"schema": {"type": "string"}},
    "text/plain": {"schema": {"type": "string"}},
}


class NamesTold(Told):
    """The reports that there are."""

    reports: list[str]


class ReportAsked(Form):
    """Which report, of which time: of moments with a zone, of a shift, or of everything."""

    report: Name
    since: Annotated[AwareDatetime | None, Field(strict=False)] = None
    until: Annotated[AwareDatetime | None, Field(strict=False)] = None
    shift: Number | None = None
    language: Language | None = None


class Begun(Told):
    """The id of a report that is being made."""

    report: str


class ReportTold(Told):
    """How far a report is: ``done`` of ``of`` entries; ``error`` says why there will be none."""

    state: Literal["running", "done", "failed"]
    done: int
    of: int
    error: RefusalTold | None


@router.get("")
async def names(caller: Auditor) -> NamesTold:
    """The reports that there are, for who may read them."""
    return await caller.ask(lambda at: NamesTold(reports=list(at.ask(ReportNames()))))


@router.post("")
async def begin(asked: ReportAsked, request: Request, caller: Auditor) -> Begun:
    """Begin a report; nothing is booked, so it needs no key."""
    await caller.ask(lambda at: at.ask(ReportNames()))
    period = Period(asked.since, asked.until, asked.shift or 0)
    language = asked.language or caller.house.language(request)
    reporting = caller.house.reporting
    return Begun(report=await asyncio.to_thread(reporting.start, asked.report, period, language))


@router.get("/{report}")
async def how_far(report: Name, request: Request, caller: Auditor) -> ReportTold:
    """How far a report is."""
    status = await asyncio.to_thread(caller.house.reporting.status, report)
    language = caller.house.language(request)
    error = refusal_told(status.error, language) if status.error else None
    return ReportTold(state=status.state, done=status.done, of=status.of, error=error)


@router.get("/{report}/result", response_class=Response, responses={200: {"content": _SHAPES}})
async def result(
    report: Name, caller: Auditor, form: Annotated[Literal["json", "csv", "text"], Query()] = "json"
) -> Response:
    """A report that is done: as data, for a spreadsheet, or to be read."""
    made = await asyncio.to_thread(caller.house.reporting.result, report, form)
    return Response(made, media_type=MEDIA[form])


@router.delete("/{report}", status_code=204)
async def throw_away(report: Name, caller: Auditor) -> Response:
    """Stop making a report, or throw it away."""
    await asyncio.to_thread(caller.house.reporting.cancel, report)
    return Response(status_code=204)

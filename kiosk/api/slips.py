"""Slips that the till prints itself: laid out for its paper, line by line."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from kiosk.api.callers import At, Reader, Server
from kiosk.api.forms import Name, Told, Written
from kiosk.core.documents import layout
from kiosk.core.ids import JobId
from kiosk.core.till_slips import RecordTillSlip, TillSlip

router = APIRouter(prefix="/v1/slips", tags=["slips"])


class LineOfSlip(Told):
    """A line: text in a style, or a QR code of ``qr``, centred.

    A ``title`` is of double size; ``small`` print has four characters where others have three.
    """

    text: str
    style: Literal["normal", "strong", "title", "small"]
    qr: str


class SlipTold(Told):
    """A slip laid out for a paper of ``columns`` characters."""

    job: str
    kind: str
    number: int
    language: str
    columns: int
    lines: list[LineOfSlip]


@router.get("/{job}")
async def slip(
    job: Name,
    caller: Reader,
    columns: Annotated[int, Query(ge=24, le=96, description="48 on 80 mm, 32 on 58 mm")] = 48,
) -> SlipTold:
    """The document of a slip that an operation of this till issued."""

    def work(at: At) -> SlipTold:
        # The paper is the till's, whoever is signed in there.
        query = TillSlip(JobId(job))
        document = at.runtime.ask(query, actor=f"till:{at.till}", now=at.now)
        lines = layout(document, columns, {})
        return SlipTold(
            job=job,
            kind=document.kind,
            number=document.number,
            language=document.language,
            columns=columns,
            lines=[LineOfSlip(text=line.text, style=line.style, qr=line.qr) for line in lines],
        )

    return await caller.ask(work)


@router.post("/{job}/printed")
async def printed(job: Name, caller: Server) -> Written:
    """The slip came out at the till: from now on it is marked COPY."""
    return await caller.alone.write(lambda at: RecordTillSlip(JobId(job)))

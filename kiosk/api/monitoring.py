"""How the kiosk is, for a monitoring server."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import PlainTextResponse

from kiosk import metrics
from kiosk.api.callers import Caller, reads
from kiosk.health import look

router = APIRouter(tags=["monitoring"])

Monitor = Annotated[Caller, Depends(reads("monitor"))]


@router.get("/metrics", response_class=PlainTextResponse)
async def told(caller: Monitor) -> PlainTextResponse:
    """How the kiosk and its machine are, in Prometheus' text format."""
    house = caller.house
    looked = await caller.alone.ask(lambda at: look(at.runtime, at.now))
    facts = house.health.facts(looked)
    return PlainTextResponse(metrics.text(facts, house.answered), media_type=metrics.CONTENT_TYPE)

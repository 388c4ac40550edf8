"""The stream of events: ``GET /v1/events``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response
from fastapi.responses import StreamingResponse

from kiosk.api.callers import Caller, reads
from kiosk.api.refusals import TurnedAway

router = APIRouter(prefix="/v1/events", tags=["events"])

Listener = Annotated[Caller, Depends(reads("events"))]


@router.get(
    "",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def events(
    caller: Listener,
    last: Annotated[str, Header(alias="Last-Event-ID", max_length=64)] = "",
) -> StreamingResponse:
    """What changes from now on, as server-sent events; docs/tills.md names them.

    With ``Last-Event-ID`` what was missed comes first; ``again`` says that it is not kept any more.
    """
    hub = caller.house.hub
    ends = hub.ends
    # The one look at the token that the core takes: from here on `Hub.end` is what cuts.
    await caller.ask(lambda at: None)
    if hub.full:
        raise TurnedAway(503, "err.door_full", retry_s=60)
    return StreamingResponse(
        hub.listen(last, ends), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )

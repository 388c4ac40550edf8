"""The application: its routes, and one form for everything that goes wrong."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kiosk import __version__
from kiosk.api import (
    cards,
    clients,
    deposits,
    desk,
    health,
    listening,
    monitoring,
    orders,
    packages,
    pages,
    people,
    reports,
    sessions,
    shifts,
    slips,
    tasks,
    transactions,
    visits,
)
from kiosk.api.callers import House
from kiosk.api.refusals import TurnedAway, answer
from kiosk.core.errors import Refused

ROUTERS = (
    health.router,
    people.router,
    cards.router,
    visits.router,
    orders.router,
    deposits.router,
    slips.router,
    packages.router,
    sessions.router,
    clients.router,
    transactions.router,
    reports.router,
    shifts.router,
    tasks.router,
    listening.router,
    monitoring.router,
)
"""A router a noun; a new one is put here."""

ABOUT = """\
What tills and stations ask of a Foyer kiosk, and have it do. `docs/tills.md` tells how to begin.

* Amounts are whole numbers of the minor unit; `currency` names it, `GET /v1/venue` has its digits.
* A write carries an `Idempotency-Key`. The same key with the same body is told the same entry.
* Whatever is refused has one form: a key, its arguments, and a sentence in the language of
  `Accept-Language`.
"""


def application(house: House) -> FastAPI:
    """The application of a door."""
    app = _with_routes()
    app.state.house = house
    app.state.description = description()
    app.include_router(pages.router)
    app.include_router(desk.router)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, (Refused, TurnedAway))
        return answer(error, house.language(request))

    async def unreadable(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return answer(form_refused(error.errors()), house.language(request))

    async def lost(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        made = answer(way_refused(error.status_code, request.method), house.language(request))
        made.headers.update(error.headers or {})
        return made

    async def mistaken(request: Request, error: Exception) -> Response:
        # It is raised again after this: the porter writes it into the log.
        del error
        return answer(TurnedAway(500, "err.door_mistake"), house.language(request))

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(TurnedAway, refused)
    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(HTTPException, lost)
    app.add_exception_handler(Exception, mistaken)
    return app


@cache
def description() -> str:
    """What the door says of itself: the same for every door."""
    return json.dumps(pages.described(_with_routes(), ROUTERS), ensure_ascii=False)


def _with_routes() -> FastAPI:
    app = FastAPI(
        title="Foyer: the door for tills",
        version=__version__,
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    for router in ROUTERS:
        app.include_router(router)
    return app


def form_refused(errors: Any) -> TurnedAway:
    """What is wrong with what was sent: the first field, never its value."""
    first = errors[0]
    place = [str(part) for part in first["loc"]]
    if first["type"] == "json_invalid":
        return TurnedAway(400, "err.door_json")
    if place == ["header", "Idempotency-Key"] and first["type"] == "missing":
        return TurnedAway(428, "err.door_key")
    field = ".".join(place[1:]) or place[0]
    return TurnedAway(422, "err.door_form", field=field[:100], told=str(first["msg"]))


def way_refused(status: int, method: str) -> TurnedAway:
    """An address that leads nowhere, a method that it does not know, a body that nobody reads."""
    if status == 405:
        return TurnedAway(405, "err.door_method", method=method[:20])
    if status == 404:
        return TurnedAway(404, "err.door_path")
    return TurnedAway(400, "err.door_json")

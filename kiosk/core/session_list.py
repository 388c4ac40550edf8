"""Sessions and stations as screens and the desk see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kiosk.core import charges
from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.ids import ClientId
from kiosk.core.money import Money
from kiosk.core.packages import Kind
from kiosk.core.sessions import Mode, in_state
from kiosk.core.stopwatch import SECOND_US

LATEST_MAX = 20


@dataclass(frozen=True)
class Session:
    """A session. `left_s` and `used` of a running one are as of now; money as of its end.

    `charge` is what it cost, of which points paid `bonus` (whole points) and `owed` is not paid.
    """

    id: str
    number: int
    client: ClientId
    card: str
    station: str
    kind: Kind
    mode: Mode
    started_at: str
    deadline: str
    planned: int
    state: Literal["running", "ended", "unpaid"]
    ended_at: str
    used: int
    left_s: int
    charge: Money
    bonus: int
    owed: Money


@dataclass(frozen=True)
class GetSession(Query["Session | None"]):
    """One session by its id."""

    session: str


@dataclass(frozen=True)
class RunningSessions(Query["tuple[Session, ...]"]):
    """The sessions that run, by station."""


@dataclass(frozen=True)
class UnpaidSessions(Query["tuple[Session, ...]"]):
    """The sessions that left something owed, oldest first."""


@dataclass(frozen=True)
class SessionsOf(Query["tuple[Session, ...]"]):
    """The latest sessions of a client, newest first; `LATEST_MAX` at most."""

    client: ClientId | str


@dataclass(frozen=True)
class Station:
    """A place where a session runs: its kind (``any`` fits both), its tariff, its session or ""."""

    id: str
    name: str
    kind: str
    tariff: str
    session: str


@dataclass(frozen=True)
class Stations(Query["tuple[Station, ...]"]):
    """The stations in use."""


def _session(books: Books, document: Mapping[str, Any]) -> Session:
    used, left_s = document["used"], 0
    if document["state"] == "running":
        age_us = charges.lived_us(books, document)
        used = charges.used(books, age_us)
        left_s = document["planned"] * 60 - age_us // SECOND_US
    return Session(
        id=document["id"],
        number=document["number"],
        client=ClientId(document["client"]),
        card=document["card"],
        station=document["station"],
        kind=document["kind"],
        mode=document["mode"],
        started_at=document["started_at"],
        deadline=document["deadline"],
        planned=document["planned"],
        state=document["state"],
        ended_at=document["ended_at"],
        used=used,
        left_s=left_s,
        charge=books.money(document["charge"]),
        bonus=document["bonus"],
        owed=books.money(document["owed"]),
    )


def _get(books: Books, query: GetSession) -> Session | None:
    found = books.get("sessions", query.session)
    return _session(books, found) if found else None


def _running_sessions(books: Books, query: RunningSessions) -> tuple[Session, ...]:
    del query
    found = sorted(in_state(books, "running"), key=lambda s: str(s["station"]))
    return tuple(_session(books, s) for s in found)


def _unpaid(books: Books, query: UnpaidSessions) -> tuple[Session, ...]:
    del query
    found = sorted(in_state(books, "unpaid"), key=lambda s: int(s["number"]))
    return tuple(_session(books, s) for s in found)


def _sessions_of(books: Books, query: SessionsOf) -> tuple[Session, ...]:
    latest = books.ledger.store.latest("sessions", "client", query.client, LATEST_MAX)
    return tuple(_session(books, s) for s in latest)


def _stations(books: Books, query: Stations) -> tuple[Station, ...]:
    del query
    busy = {s["station"]: s["id"] for s in in_state(books, "running")}
    kept = sorted(books.ledger.store.table("stations"), key=lambda s: str(s["id"]))
    return tuple(
        Station(s["id"], s["name"], s["kind"], s["tariff"], busy.get(s["id"], ""))
        for s in kept
        if s["in_use"]
    )


TABLES = ()
HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {
    GetSession: _get,
    RunningSessions: _running_sessions,
    UnpaidSessions: _unpaid,
    SessionsOf: _sessions_of,
    Stations: _stations,
}
ALLOWED: dict[type, frozenset[str]] = {}

"""Sessions: play at a station, begun and ended at the till, or at the station itself."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from kiosk.api.callers import At, Reader, Seller
from kiosk.api.forms import Approval, Form, Name, Pin, Remark, Told, Written, all_told, told
from kiosk.core.errors import Refused
from kiosk.core.packages import Kind
from kiosk.core.session_list import GetSession, RunningSessions, Stations, UnpaidSessions
from kiosk.core.sessions import Mode, PaySession, StartSession, StopSession, SwitchSession
from kiosk.core.tenders import Tender

router = APIRouter(prefix="/v1", tags=["sessions"])

Secret = Annotated[Pin | None, Field(repr=False)]


class StationTold(Told):
    """A place to play; ``kind`` is ``any`` where both may; ``session``: who plays, or empty."""

    id: str
    name: str
    kind: Literal["game", "internet", "any"]
    tariff: str
    session: str


class StationsTold(Told):
    """The stations in use."""

    stations: list[StationTold]


class SessionTold(Told):
    """A session; ``left_s`` and ``used`` (minutes) of a running one are as of now.

    ``charge`` is what it cost, of which ``bonus`` points paid a part and ``owed`` is not paid yet.
    """

    id: str
    number: int
    client: str
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
    charge: int
    bonus: int
    owed: int
    currency: str


class SessionsTold(Told):
    """Some sessions."""

    sessions: list[SessionTold]


class Starting(Form):
    """Who plays where, and on what.

    ``mode``: for money (``timer``), on all minutes (``balance_timer``), or on ``planned`` of them
    (``balance_min``). ``pin``: of the card, where the kiosk asks for it.
    """

    client: Name
    station: Name
    kind: Kind
    mode: Mode
    planned: Annotated[int, Field(ge=0, le=100_000, description="minutes")] = 0
    card: Name | None = None
    with_bonus: bool = True
    pin: Secret = None
    approval: Approval | None = None
    reason: Remark | None = None


class Stopping(Form):
    """``rest``: how what the balance lacks is paid; without it, it stays owed."""

    card: Name | None = None
    rest: Tender | None = None


class Switching(Form):
    """The kind of minutes to go on with, at another ``station`` or the same."""

    kind: Kind
    station: Name | None = None
    card: Name | None = None
    pin: Secret = None


class SessionPaying(Form):
    """How what a session left owed is paid."""

    tender: Tender


@router.get("/stations")
async def stations(caller: Reader) -> StationsTold:
    """Where somebody may play, and where somebody does."""
    return await caller.ask(
        lambda at: StationsTold(stations=all_told(StationTold, at.ask(Stations())))
    )


@router.get("/sessions")
async def running(caller: Reader) -> SessionsTold:
    """The sessions that run, by station."""
    return await caller.ask(
        lambda at: SessionsTold(
            sessions=[told(SessionTold, s, currency=at.currency) for s in at.ask(RunningSessions())]
        )
    )


@router.get("/sessions/unpaid")
async def unpaid(caller: Reader) -> SessionsTold:
    """The sessions that left something owed, the oldest first."""
    return await caller.ask(
        lambda at: SessionsTold(
            sessions=[told(SessionTold, s, currency=at.currency) for s in at.ask(UnpaidSessions())]
        )
    )


@router.get("/sessions/{session}")
async def session(session: Name, caller: Reader) -> SessionTold:
    """A session by its id."""

    def work(at: At) -> SessionTold:
        found = at.ask(GetSession(session))
        if found is None:
            raise Refused("err.no_such_session", session=session)
        return told(SessionTold, found, currency=at.currency)

    return await caller.ask(work)


@router.post("/sessions")
async def start(who: Starting, caller: Seller) -> Written:
    """Begin a session; ``refs.session`` of the entry is its id."""
    return await caller.write(
        lambda at: StartSession(
            client=who.client,
            station=who.station,
            kind=who.kind,
            mode=who.mode,
            planned=who.planned,
            card=who.card or "",
            with_bonus=who.with_bonus,
            override=at.approval(who.approval),
            pin=who.pin or "",
            reason=who.reason or "",
        )
    )


@router.post("/sessions/{session}/stop")
async def stop(session: Name, how: Stopping, caller: Seller) -> Written:
    """End a session now, and take what it cost."""
    return await caller.write(lambda at: StopSession(session, how.card or "", how.rest or ""))


@router.post("/sessions/{session}/switch")
async def switch(session: Name, how: Switching, caller: Seller) -> Written:
    """Go on with the other kind of minutes, where the venue allows it."""
    return await caller.write(
        lambda at: SwitchSession(
            session, how.kind, how.station or "", how.card or "", how.pin or ""
        )
    )


@router.post("/sessions/{session}/pay")
async def pay(session: Name, how: SessionPaying, caller: Seller) -> Written:
    """Pay what a session left owed."""
    return await caller.write(lambda at: PaySession(session, how.tender))

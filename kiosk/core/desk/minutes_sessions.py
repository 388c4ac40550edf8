"""A5. Sessions that run and what they left owed: start, add, switch, stop, pay."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, get_args

from kiosk.core.cards import GetCard
from kiosk.core.clients import GetClient
from kiosk.core.desk import forms
from kiosk.core.desk.forms import Field, Form, Label, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.minutes_clients import (
    Player,
    at_field,
    called,
    choose,
    client_of,
    kind_said,
    of_client,
    player,
)
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.extensions import ExtendSession
from kiosk.core.ids import ClientId
from kiosk.core.minutes import RESERVING, MinutesOf
from kiosk.core.packages import KINDS
from kiosk.core.session_list import (
    GetSession,
    RunningSessions,
    Session,
    Stations,
    UnpaidSessions,
)
from kiosk.core.sessions import (
    MODES,
    PaySession,
    StartSession,
    StopSession,
    SwitchSession,
)
from kiosk.core.tenders import Tender

ROWS_MAX = 50


@dataclass(frozen=True)
class Place:
    """A session at its station, with who plays; `asked_s` is when its `left_s` was so."""

    session: Session
    station: str
    who: Label = field(repr=False)
    asked_s: float


@dataclass(frozen=True)
class Playing(Page):
    """Who plays now, and who owes for having played.

    `more` run beside these; `free` stations are free; `chosen` is the session that is looked at.
    """

    section: ClassVar[SectionName] = "minutes"

    running: tuple[Place, ...]
    unpaid: tuple[Place, ...]
    more: int
    free: int
    chosen: str = ""

    @property
    def detail(self) -> Place | None:
        """The session that is looked at, while it is on the list."""
        there = (*self.running, *self.unpaid)
        return next((p for p in there if p.session.id == self.chosen), None)


@dataclass(frozen=True)
class Stopping(Page):
    """Whether a session is to end now."""

    section: ClassVar[SectionName] = "minutes"

    place: Place


@dataclass(frozen=True)
class Extending(Page):
    """How many of a client's free minutes a running session gets more."""

    section: ClassVar[SectionName] = "minutes"

    place: Place
    free: int
    form: Form


@dataclass(frozen=True)
class Starting(Page):
    """A session that is to begin: where, and how it is paid for."""

    section: ClassVar[SectionName] = "minutes"

    player: Player
    form: Form


# --- what runs ----------------------------------------------------------------------------------


def playing(at: At, chosen: str = "") -> Playing:
    """Who plays now."""
    stations = at.ask(Stations())
    names = {station.id: station.name for station in stations}
    running, unpaid = at.ask(RunningSessions()), at.ask(UnpaidSessions())
    return Playing(
        running=tuple(_place(at, s, names) for s in running[:ROWS_MAX]),
        unpaid=tuple(_place(at, s, names) for s in unpaid[:ROWS_MAX]),
        more=max(0, len(running) - ROWS_MAX),
        free=sum(not station.session for station in stations),
        chosen=chosen,
    )


def _place(at: At, session: Session, names: dict[str, str]) -> Place:
    found = at.ask(GetClient(session.client)) if at.may("GetClient") else None
    card = at.ask(GetCard(session.card)) if session.card and at.may("GetCard") else None
    who: Label = Said("desk.minutes.client", {"client": session.client})
    if found is not None:
        who = called(found, card)
    return Place(session, names.get(session.station, session.station), who, at.now.mono_s)


def touched(at: At, page: Playing, name: str, argument: str) -> Page:
    """A button of who plays now."""
    place = page.detail
    match name:
        case "session":
            return at.turn(replace(page, chosen=argument))
        case "refresh":
            return playing(at, page.chosen)
        case "start":
            return choose(at, "session")
        case "sell":
            return choose(at, "minutes")
    if place is None:
        return page
    match name:
        case "stop":
            return Stopping(place)
        case "extend":
            return _extending(at, place)
        case "minutes_of":
            return of_client(at, client_of(at, place.session.client))
        case "switch":
            return _switch(at, page, place)
        case "pay" if argument in get_args(Tender):
            return _pay(at, page, place, argument)
        case _:
            return page


def _switch(at: At, page: Playing, place: Place) -> Page:
    kind = next(k for k in KINDS if k != place.session.kind)
    done = at.do(SwitchSession(place.session.id, kind))
    if isinstance(done, Refused):
        return page
    at.say("desk.minutes.switched", station=place.station, kind=kind_said(kind))
    return playing(at, str(done.refs["session"]))


def _pay(at: At, page: Playing, place: Place, argument: str) -> Page:
    tender: Tender = next(t for t in get_args(Tender) if t == argument)
    if isinstance(at.do(PaySession(place.session.id, tender)), Refused):
        return page
    at.say("desk.minutes.paid", amount=place.session.owed)
    return playing(at)


# --- stopping, adding ---------------------------------------------------------------------------


def touched_stopping(at: At, page: Stopping, name: str, argument: str) -> Page:
    """Yes or No."""
    del argument
    session = page.place.session
    if name != "do":
        return page
    if isinstance(at.do(StopSession(session.id)), Refused):
        return page
    ended = at.ask(GetSession(session.id))
    assert ended is not None, "what was just stopped is there"
    _say_stopped(at, page.place, ended)
    return playing(at, ended.id if ended.state == "unpaid" else "")


def _say_stopped(at: At, place: Place, ended: Session) -> None:
    told = {"station": place.station, "used": ended.used}
    if ended.state == "unpaid":
        at.say("desk.minutes.stopped_owed", **told, charge=ended.charge, owed=ended.owed)
    elif ended.mode == "timer":
        at.say("desk.minutes.stopped_money", **told, charge=ended.charge)
    else:
        at.say("desk.minutes.stopped", **told)


def _extending(at: At, place: Place) -> Page:
    free = at.ask(MinutesOf(place.session.client))
    left = free.game_free if place.session.kind == "game" else free.internet_free
    number = Field(
        "minutes",
        Said("desk.minutes.field.minutes_more"),
        "number",
        most=6,
        unit=Said("desk.minutes.unit.minutes"),
    )
    return Extending(place, left, forms.form(number))


def touched_extending(at: At, page: Extending, name: str, argument: str) -> Page:
    """A button of a session that gets more minutes."""
    typed = forms.touched(page.form, name, argument, ())
    if typed is not None:
        return replace(page, form=typed)
    session = page.place.session
    if name != "do":
        return page
    try:
        minutes = forms.number(page.form, "minutes")
    except Refused as refused:
        return replace(page, form=forms.refused(page.form, refused, "minutes"))
    done = at.do(ExtendSession(session.id, minutes))
    if isinstance(done, Refused):
        return replace(page, form=at_field(at, page.form, done))
    at.say("desk.minutes.extended", station=page.place.station, minutes=minutes)
    return playing(at, session.id)


# --- starting -----------------------------------------------------------------------------------


def starting(at: At, of: Player) -> Page:
    """Ask where a client plays, and how it is paid for."""
    free = [s for s in at.ask(Stations()) if not s.session][:ROWS_MAX]
    modes = tuple((mode, Said(f"desk.minutes.mode.{mode}")) for mode in MODES)
    kinds = tuple((kind, kind_said(kind)) for kind in KINDS)
    fields = (
        Field(
            "station",
            Said("desk.minutes.field.station"),
            "choice",
            free[0].id if free else "",
            options=tuple((s.id, s.name) for s in free),
        ),
        Field("kind", Said("desk.minutes.field.kind"), "choice", "game", options=kinds),
        Field("mode", Said("desk.minutes.field.mode"), "choice", _likely(of), options=modes),
        Field(
            "minutes",
            Said("desk.minutes.field.minutes"),
            "number",
            most=6,
            unit=Said("desk.minutes.unit.minutes"),
        ),
        Field("with_bonus", Said("desk.minutes.field.with_bonus"), "switch", "on"),
    )
    return at.turn(Starting(of, _fitting(forms.form(*fields, at=""))))


def _likely(of: Player) -> str:
    """Who has minutes plays on them."""
    return "balance_timer" if of.free.game_free > 0 else "timer"


def _fitting(of: Form) -> Form:
    """The number of minutes has the keys only where it is asked for."""
    return replace(of, at="minutes" if of["mode"] == "balance_min" else "")


def touched_starting(at: At, page: Starting, name: str, argument: str) -> Page:
    """A button of a session that is to begin."""
    typed = forms.touched(page.form, name, argument, ())
    if typed is not None:
        return replace(page, form=_fitting(typed))
    if name != "do":
        return page
    of = page.form
    planned = 0
    try:
        planned = forms.number(of, "minutes") if of["mode"] == "balance_min" else 0
    except Refused as refused:
        return replace(page, form=forms.refused(of, refused, "minutes"))
    client, card = page.player.client.id, page.player.card
    done = at.do(
        StartSession(
            ClientId(client),
            of["station"],
            of["kind"],
            of["mode"],
            planned,
            card.id if card else "",
            of.on("with_bonus"),
        )
    )
    if isinstance(done, Refused):
        return replace(page, form=_where(at, of, done))
    at.say("desk.minutes.started", station=_named(page, of["station"]))
    return playing(at, str(done.refs["session"]))


def _where(at: At, of: Form, refused: Refused) -> Form:
    """The form with a refusal at its field."""
    if refused.key in ("err.station_busy", "err.station_kind", "err.no_such_station"):
        at.desk = replace(at.desk, problem=None)
        return forms.refused(of, refused, "station")
    return at_field(at, of, refused)


def _named(page: Starting, station: str) -> str:
    options = dict(page.form.field("station").options)
    return str(options.get(station, station))


def fresh_starting(at: At, page: Starting) -> Page:
    """The client as the books have him now; what was chosen is chosen still."""
    of = page.player
    return replace(page, player=player(at, client_of(at, of.client.id), of.card, of.came))


def switches(place: Place) -> bool:
    """Whether a session could go on with the other kind of minutes."""
    return place.session.mode in RESERVING


def extends(place: Place) -> bool:
    """Whether a session has a set number of minutes, which can be made greater."""
    return place.session.mode == "balance_min"

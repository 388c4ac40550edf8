"""A guest starts play at a station, with the card (M14-M19, M24, M33; C22).

First how: minutes until Stop, a number of minutes, or money; then where, then what it takes and
Yes or No. How it is stopped: `stopping`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from kiosk.core.cards import Card
from kiosk.core.clients import Client
from kiosk.core.errors import Refused
from kiosk.core.guest import pin
from kiosk.core.guest.frame import Journey, Result
from kiosk.core.guest.minutes import holder, told
from kiosk.core.guest.scenes import GuestScene, SceneWord, Wait
from kiosk.core.ids import CardId
from kiosk.core.journey import (
    Step,
    conclude,
    enter,
    home,
    jobs_due,
    open_card,
    why_not,
)
from kiosk.core.ledger import Entry
from kiosk.core.messages import Sound
from kiosk.core.minutes import FreeMinutes, MinutesOf
from kiosk.core.money import Money
from kiosk.core.packages import KINDS, MINUTES_MAX, Kind
from kiosk.core.session_list import GetSession, Session, SessionsOf, Station, Stations
from kiosk.core.sessions import MODES, Mode, StartSession
from kiosk.core.situation import Problem
from kiosk.core.tariffs import Quote
from kiosk.core.texts import Texts

PAGE = 12
"""So many stations stand on a screen; guest screens never scroll."""
HOUR = 60


@dataclass(frozen=True)
class Plan:
    """What the guest has said so far: how, and for `minutes` the number of them (``balance_min``).

    `free` are the minutes of the client that no session holds.
    """

    card: Card
    client: Client
    free: FreeMinutes
    kind: Kind = "game"
    mode: Mode = "timer"
    minutes: int = 0

    @property
    def of_kind(self) -> int:
        """The free minutes of the chosen kind."""
        return self.free.game_free if self.kind == "game" else self.free.internet_free


@dataclass(frozen=True)
class PlayChoice(GuestScene):
    """How to play. `kinds` are those that stations are for.

    `hours` is what an hour costs by kind, the least and the most; a kind that is not there cannot
    be played for money.
    """

    word: ClassVar[SceneWord] = "session"

    plan: Plan
    kinds: tuple[Kind, ...]
    hours: tuple[tuple[Kind, Money, Money], ...] = ()


@dataclass(frozen=True)
class PlayMinutes(GuestScene):
    """How many minutes: `digits` as typed, `refused` why those before were not right."""

    word: ClassVar[SceneWord] = "session"
    waits: ClassVar[Wait] = "form"

    plan: Plan
    digits: str = ""
    refused: Refused | None = None


@dataclass(frozen=True)
class StationChoice(GuestScene):
    """Where: the stations of the kind, those that are taken too; `first` is the first one shown."""

    word: ClassVar[SceneWord] = "session"

    plan: Plan
    stations: tuple[Station, ...]
    first: int = 0


@dataclass(frozen=True)
class PlayDeal(GuestScene):
    """Is it to begin? `cost` is what an hour costs, with money; `refused` why it is asked anew."""

    word: ClassVar[SceneWord] = "session"

    plan: Plan
    station: Station
    cost: Money | None
    refused: Refused | None = None


PlayScene = PlayChoice | PlayMinutes | StationChoice | PlayDeal


# --- starting ----------------------------------------------------------------------------------


def begin(at: Step, card: CardId) -> Result:
    """The guest wants to play; nothing happens where that is not offered."""
    stations = at.ask(Stations())
    if why_not(at.situation, "session") or not stations:
        return at.situation, ()
    found, client = holder(at, card)
    owed = next((s for s in at.ask(SessionsOf(client.id)) if s.state == "unpaid"), None)
    if owed is not None:
        back = home(at, card)
        return enter(at, Problem("err.session_unpaid", "nothing", {"amount": owed.owed}, back)), ()
    return enter(at, _how(at, found, client, stations)), ()


def _how(
    at: Step, card: Card, client: Client, stations: tuple[Station, ...], kind: Kind | None = None
) -> PlayChoice:
    kinds = tuple(k for k in KINDS if any(s.kind in (k, "any") for s in stations))
    free = at.ask(MinutesOf(client.id))
    # What the guest has minutes of is what he came for.
    only_net = not free.game_free and free.internet_free and "internet" in kinds
    chosen = kind if kind in kinds else "internet" if only_net else kinds[0]
    hours = tuple(_hours(at, k, client, stations) for k in kinds)
    plan = Plan(card, client, free, chosen)
    return PlayChoice(plan, kinds, tuple(h for h in hours if h is not None))


def _hours(
    at: Step, kind: Kind, client: Client, stations: tuple[Station, ...]
) -> tuple[Kind, Money, Money] | None:
    """What an hour from now on costs at stations of a kind: the least and the most."""
    # A tariff is asked about once, however many stations have it.
    by_tariff = {s.tariff: s.id for s in stations if s.kind in (kind, "any")}
    quotes = [_quoted(at, station, HOUR, client) for station in by_tariff.values()]
    known = [quote for quote in quotes if quote is not None]
    return (kind, min(known), max(known)) if known else None


def _quoted(at: Step, station: str, minutes: int, client: Client) -> Money | None:
    """What minutes cost at a station; None where nobody knows."""
    try:
        return at.ask(Quote(station, minutes, client.id))
    except Refused:
        return None


def _touched(at: Step, scene: PlayScene, name: str, argument: str) -> Result:
    match scene:
        case PlayChoice():
            return _touched_how(at, scene, name, argument)
        case PlayMinutes():
            return _touched_minutes(at, scene, name, argument)
        case StationChoice():
            return _touched_where(at, scene, name, argument)
        case PlayDeal():
            return _touched_deal(at, scene, name)


def _touched_how(at: Step, scene: PlayChoice, name: str, argument: str) -> Result:
    plan = scene.plan
    match name:
        case "back":
            return open_card(at, plan.card.id), ()
        case "kind":
            kind = next((k for k in scene.kinds if k == argument), plan.kind)
            return replace(at.situation, scene=replace(scene, plan=replace(plan, kind=kind))), ()
        case "mode":
            mode = next((m for m in MODES if m == argument), None)
            if mode is None or why_not(at.situation, "session") or lacks(scene, mode):
                return at.situation, ()
            chosen = replace(plan, mode=mode)
            if mode == "balance_min":
                return enter(at, PlayMinutes(chosen)), ()
            return _where(at, chosen)
        case _:
            return at.situation, ()


def lacks(scene: PlayChoice, mode: Mode) -> str:
    """Why a way to play is not there for this guest: ``minutes``, ``tariff``; "" where it is."""
    if mode == "timer":
        return "" if any(kind == scene.plan.kind for kind, _, _ in scene.hours) else "tariff"
    return "" if scene.plan.of_kind > 0 else "minutes"


def _touched_minutes(at: Step, scene: PlayMinutes, name: str, argument: str) -> Result:
    plan = scene.plan
    match name:
        case "back":
            return _again(at, plan)
        case "digit" if len(argument) == 1 and argument.isdecimal():
            digits = (scene.digits + argument).lstrip("0")[: len(str(MINUTES_MAX))]
            return replace(at.situation, scene=replace(scene, digits=digits, refused=None)), ()
        case "erase":
            shorter = replace(scene, digits=scene.digits[:-1], refused=None)
            return replace(at.situation, scene=shorter), ()
        case "all":
            return _where(at, replace(plan, minutes=plan.of_kind))
        case "next" if scene.digits:
            if int(scene.digits) > plan.of_kind:
                refused = Refused("err.minutes_free", free=str(plan.of_kind))
                return replace(at.situation, scene=replace(scene, refused=refused)), ()
            return _where(at, replace(plan, minutes=int(scene.digits)))
        case _:
            return at.situation, ()


def _again(at: Step, plan: Plan) -> Result:
    """Back to how to play, with the same kind."""
    stations = at.ask(Stations())
    if not stations:
        return open_card(at, plan.card.id), ()
    return enter(at, _how(at, plan.card, plan.client, stations, plan.kind)), ()


def _where(at: Step, plan: Plan) -> Result:
    return enter(at, StationChoice(plan, _stations(at, plan))), ()


def _stations(at: Step, plan: Plan) -> tuple[Station, ...]:
    """The stations of a kind: the free ones first, each of the two by its name."""
    fitting = [s for s in at.ask(Stations()) if s.kind in (plan.kind, "any")]
    return tuple(sorted(fitting, key=lambda s: (bool(s.session), _natural(s.name))))


def _natural(name: str) -> tuple[str, int]:
    """``PC 2`` before ``PC 10``."""
    head = name.rstrip("0123456789")
    return head, int(name[len(head) :] or 0)


def _touched_where(at: Step, scene: StationChoice, name: str, argument: str) -> Result:
    match name:
        case "back" if scene.plan.mode == "balance_min":
            return enter(at, PlayMinutes(scene.plan, str(scene.plan.minutes))), ()
        case "back":
            return _again(at, scene.plan)
        case "from" if argument.isdecimal() and int(argument) < len(scene.stations):
            return replace(at.situation, scene=replace(scene, first=int(argument))), ()
        case "station":
            chosen = next((s for s in scene.stations if s.id == argument and not s.session), None)
            if chosen is None:
                return at.situation, ()
            return enter(at, _deal(at, scene.plan, chosen)), ()
        case _:
            return at.situation, ()


def _deal(at: Step, plan: Plan, station: Station) -> PlayDeal:
    minutes = HOUR if plan.mode == "timer" else 0
    cost = _quoted(at, station.id, minutes, plan.client) if minutes else None
    return PlayDeal(plan, station, cost)


def _touched_deal(at: Step, scene: PlayDeal, name: str) -> Result:
    match name:
        case "yes" if not why_not(at.situation, "session"):
            return _start(at, scene)
        case "no" | "back":
            return _where(at, scene.plan)
        case _:
            return at.situation, ()


def _start(at: Step, scene: PlayDeal, digits: str = "") -> Result:
    situation, plan = at.situation, scene.plan
    now = _deal(at, plan, scene.station)
    if now.cost != scene.cost:
        # By the clock, or by the staff: nobody plays for a price that he has not seen.
        return enter(at, replace(now, refused=Refused("play.changed"))), (Sound("attention"),)
    command = StartSession(
        client=plan.client.id,
        station=scene.station.id,
        kind=plan.kind,
        mode=plan.mode,
        planned=plan.minutes if plan.mode == "balance_min" else 0,
        card=plan.card.id,
        pin=digits,
    )
    key = f"play:{situation.house.start}/{situation.session}/{situation.page}"
    entry = at.do(command, key, "guest")
    if isinstance(entry, Refused):
        return _not_started(at, scene, entry)
    return begun(at, plan.card.id, scene.station.name, entry)


def begun(at: Step, card: CardId, station: str, entry: Entry) -> Result:
    """Play began: the guest goes there. The time runs out at a time of the day."""
    session = at.ask(GetSession(entry.refs["session"]))
    assert session is not None, "the entry made it"
    args = {"station": station, "until": _time(at, session)}
    return conclude(at, "playing", card, jobs_due(entry), args=args)


def _time(at: Step, session: Session) -> str:
    """When a session ends by itself, as the clock on the wall tells it."""
    texts = Texts.of(at.situation.choice.language, at.situation.venue.time_zone)
    return texts.time(at.now.later(session.left_s).wall)


def _not_started(at: Step, scene: PlayDeal, refused: Refused) -> Result:
    asked = pin.ask(at, scene.plan.card, scene, refused)
    if asked is not None:
        return asked
    plan = scene.plan
    match refused.key:
        case "err.station_busy" | "err.no_such_station" | "err.station_kind":
            # Somebody was quicker; the others are shown as they are now.
            back: GuestScene = StationChoice(plan, _stations(at, plan))
        case "err.limited":
            # A number of minutes may still be small enough.
            after, effects = _again(at, plan)
            shown = Problem(refused.key, "nothing", told(at, refused), after.scene)
            return enter(at, shown), effects
        case "err.minutes_free" if plan.mode == "balance_min":
            now = replace(plan, free=at.ask(MinutesOf(plan.client.id)))
            args = {"free": str(now.of_kind)}
            again = PlayMinutes(now, str(plan.minutes), Refused(refused.key, **args))
            return enter(at, again), ()
        case _:
            return enter(
                at,
                Problem(refused.key, "nothing", _args(at, scene, refused), home(at, plan.card.id)),
            ), ()
    return enter(at, Problem(refused.key, "nothing", refused.args_by_name, back)), ()


def _args(at: Step, scene: PlayDeal, refused: Refused) -> dict[str, str | Money]:
    """What fills the refusal's sentence; a sum as money, so that it is told as people read it."""
    args = told(at, refused)
    if refused.key == "err.play_short":
        first = _quoted(at, scene.station.id, 1, scene.plan.client)
        args = {"price": first} if first is not None else args
    if refused.key == "err.session_runs":
        names = {s.id: s.name for s in at.ask(Stations())}
        args["station"] = names.get(str(args.get("station")), str(args.get("station")))
    return args


# --- what changes meanwhile --------------------------------------------------------------------


def _fresh(at: Step, scene: PlayScene) -> Result:
    """The card, the minutes and the stations as they are now."""
    plan = scene.plan
    card, client = holder(at, plan.card.id)
    if card.state != "active":
        return open_card(at, card.id), ()
    now = replace(plan, card=card, client=client, free=at.ask(MinutesOf(client.id)))
    match scene:
        case PlayChoice():
            stations = at.ask(Stations())
            if not stations:
                return open_card(at, card.id), ()
            shown: GuestScene = _how(at, card, client, stations, plan.kind)
        case PlayMinutes():
            shown = replace(scene, plan=now)
        case StationChoice():
            found = _stations(at, now)
            first = scene.first if scene.first < len(found) else 0
            shown = StationChoice(now, found, first)
        case PlayDeal():
            made = _deal(at, now, scene.station)
            if made.cost != scene.cost:
                return enter(at, replace(made, refused=Refused("play.changed"))), ()
            shown = replace(scene, plan=now)
    return replace(at.situation, scene=shown), ()


def _proved(at: Step, scene: PlayDeal, digits: str) -> Result:
    return _start(at, scene, digits)


JOURNEY = Journey(
    (PlayChoice, PlayMinutes, StationChoice, PlayDeal), _touched, fresh=_fresh, proved=_proved
)

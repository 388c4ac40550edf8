"""Minutes in words: who plays, a session's detail, how one begins, gets more and ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.minutes_sessions import (
    Extending,
    Place,
    Playing,
    Starting,
    Stopping,
    extends,
    switches,
)
from kiosk.core.desk.scenes import Page
from kiosk.screens.present.desk import minutes_clients, minutes_packages
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Button,
    Cell,
    Column,
    Fact,
    Facts,
    Line,
    Pane,
    Say,
    Stack,
    Table,
    Tone,
)

SOON_S = 600
"""From so little on the time left is told as a warning."""
TENDER_ICONS = {"cash": "cash", "bank_card": "bank_card", "qr": "qr", "wallet": "wallet"}


def left_s(words: DeskWords, place: Place) -> int:
    """The seconds that a session has left on this picture."""
    passed = words.now.mono_s - place.asked_s
    return max(0, place.session.left_s - int(passed))


def _left(words: DeskWords, place: Place) -> str:
    return words.texts.duration(-(-left_s(words, place) // 60))


def _playing(words: DeskWords, page: Playing) -> Body:
    body = [_table(words, page)]
    if page.unpaid:
        body.append(_owed(words, page))
    sell = words.act(
        "SellPackage", "sell", "desk.minutes.button.minutes_of", "clients", "secondary"
    )
    start = words.act("StartSession", "start", "desk.minutes.button.start", "play", "primary")
    panes = (Pane((*body,), foot=(*sell, *start)),)
    stacks = [Stack(panes, 1.5)]
    place = page.detail
    if place is not None:
        stacks.append(Stack((_detail(words, place),)))
    heads = (
        words.go("refresh", "desk.minutes.button.refresh", "refresh", "quiet"),
        *words.act("SetPackages", "packages", "desk.minutes.button.packages", "tags"),
    )
    return Body(
        words.say("desk.section.minutes"),
        tuple(stacks),
        subtitle=words.texts.plural("desk.minutes.free_stations", page.free),
        heads=heads,
        back=words.go("back", "button.back", "back") if place else None,
        front=1 if place else 0,
    )


def _table(words: DeskWords, page: Playing) -> Table:
    columns = (
        Column(words.say("desk.minutes.field.station"), share=1.0),
        Column(words.say("desk.minutes.who"), share=1.4),
        Column(words.say("desk.minutes.until"), "right"),
        Column(words.say("desk.minutes.left"), "right"),
    )
    foot = words.texts.plural("desk.minutes.more", page.more) if page.more else ""
    return Table(
        columns,
        tuple(_line(words, place, page) for place in page.running),
        empty=words.say("desk.minutes.nobody_plays"),
        foot=foot,
    )


def _line(words: DeskWords, place: Place, page: Playing) -> Line:
    session = place.session
    tone: Tone = "warning" if left_s(words, place) < SOON_S else "neutral"
    kind = words.say(f"desk.minutes.kind.{session.kind}")
    mode = words.say(f"desk.minutes.mode.{session.mode}")
    return Line(
        (
            Cell(place.station, kind, strong=True),
            Cell(words.words(place.who), mode),
            Cell(words.day(session.deadline), tone="muted"),
            Cell(_left(words, place), tone=tone, strong=True),
        ),
        id=f"session:{session.id}",
        selected=session.id == page.chosen,
    )


def _owed(words: DeskWords, page: Playing) -> Table:
    columns = (
        Column(words.say("desk.minutes.owed"), share=1.0),
        Column("", share=1.4),
        Column("", "right"),
    )
    lines = tuple(
        Line(
            (
                Cell(place.station, words.day(place.session.ended_at), strong=True),
                Cell(words.words(place.who)),
                Cell(words.texts.money(place.session.owed), tone="bad", strong=True),
            ),
            id=f"session:{place.session.id}",
            selected=place.session.id == page.chosen,
            tone="bad",
        )
        for place in page.unpaid
    )
    return Table(columns, lines)


def _detail(words: DeskWords, place: Place) -> Pane:
    session = place.session
    facts = [
        Fact(words.say("desk.minutes.who"), words.words(place.who)),
        Fact(words.say("desk.minutes.field.kind"), words.say(f"desk.minutes.kind.{session.kind}")),
        Fact(words.say("desk.minutes.field.mode"), words.say(f"desk.minutes.mode.{session.mode}")),
        Fact(words.say("desk.minutes.since"), words.day(session.started_at)),
    ]
    heading = Say(place.station, "heading")
    if session.state == "unpaid":
        owed = Fact(words.say("desk.minutes.owes"), words.texts.money(session.owed), "bad")
        cost = Fact(words.say("desk.minutes.cost"), words.texts.money(session.charge))
        return Pane((heading, Facts((*facts, cost, owed))), foot=pay_buttons(words))
    facts += [
        Fact(words.say("desk.minutes.until"), words.day(session.deadline)),
        Fact(words.say("desk.minutes.left"), _left(words, place)),
    ]
    return Pane((heading, Facts(tuple(facts))), foot=_deeds(words, place))


def pay_buttons(words: DeskWords) -> tuple[Button, ...]:
    """A button for each way to pay what a session left owed."""
    made: tuple[Button, ...] = ()
    for tender, icon in TENDER_ICONS.items():
        kind = "primary" if tender == "cash" else "secondary"
        made += words.act("PaySession", f"pay:{tender}", f"doc.tender_{tender}", icon, kind)
    return made


def _deeds(words: DeskWords, place: Place) -> tuple[Button, ...]:
    made: tuple[Button, ...] = ()
    if extends(place):
        made += words.act("ExtendSession", "extend", "desk.minutes.button.extend", "timer_plus")
    else:
        made += words.act(
            "SellPackage", "minutes_of", "desk.minutes.button.sell_minutes", "minutes"
        )
    if switches(place):
        why = "" if words.situation.venue.switching else words.say("desk.minutes.no_switching")
        made += words.act("SwitchSession", "switch", "desk.minutes.button.switch", "swap", why=why)
    return made + words.act("StopSession", "stop", "desk.minutes.button.stop", "stop", "primary")


def _stopping(words: DeskWords, page: Stopping) -> Body:
    place = page.place
    told = [
        Say(words.say("desk.minutes.stop_ask", station=place.station), "heading"),
        Say(words.words(place.who), "strong"),
        Say(words.say(f"desk.minutes.stop_{place.session.mode}")),
    ]
    yes = words.act("StopSession", "do", "desk.minutes.button.stop_yes", "stop", "primary")
    no = words.go("back", "desk.minutes.button.no", "close")
    return Body(place.station, (Stack((Pane(tuple(told), foot=(no, *yes)),)),))


def _extending(words: DeskWords, page: Extending) -> Body:
    place = page.place
    free = words.texts.plural("desk.minutes.free", page.free)
    until = words.say("desk.minutes.until_now", until=words.day(place.session.deadline))
    pane = Pane(
        (
            Say(words.words(place.who), "strong"),
            Say(f"{until} {free}", "body", "muted"),
            words.entries(page.form),
        ),
        foot=words.act(
            "ExtendSession", "do", "desk.minutes.button.extend", "timer_plus", "primary"
        ),
    )
    back = words.go("back", "button.back", "back")
    return Body(place.station, (Stack((pane,)),), back=back, keys=words.keys(page.form))


def _starting(words: DeskWords, page: Starting) -> Body:
    of = page.form
    names = ["station", "kind", "mode"]
    names += {"balance_min": ["minutes"], "timer": ["with_bonus"]}.get(of["mode"], [])
    why = "" if of["station"] else words.say("desk.minutes.no_station")
    pane = Pane(
        (
            Say(words.words(page.player.name), "heading"),
            Say(minutes_clients.holds(words, page.player), "body", "muted"),
            words.entries(of, *names),
        ),
        foot=words.act("StartSession", "do", "desk.minutes.button.start", "play", "primary", why),
    )
    back = words.go("back", "button.back", "back")
    title = words.say("desk.minutes.start_title")
    return Body(title, (Stack((pane,)),), back=back, keys=words.keys(of))


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    Playing: _playing,
    Stopping: _stopping,
    Extending: _extending,
    Starting: _starting,
    **minutes_clients.PAGES,
    **minutes_packages.PAGES,
}

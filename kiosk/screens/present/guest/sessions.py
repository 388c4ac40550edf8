"""Play at a station: how, how many minutes, where, and what it takes; and its end."""

from __future__ import annotations

from kiosk.core.guest.sessions import (
    PAGE,
    PlayChoice,
    PlayDeal,
    PlayMinutes,
    StationChoice,
    lacks,
)
from kiosk.core.guest.stopping import PlaysChoice, StopDeal
from kiosk.core.session_list import Station
from kiosk.core.sessions import Mode
from kiosk.screens.present.guest.minutes import pager
from kiosk.screens.present.words import Scenes, Words
from kiosk.screens.view import (
    Button,
    Countdown,
    DealView,
    Figure,
    KeypadView,
    Option,
    OptionsView,
    View,
)


def how(words: Words, scene: PlayChoice) -> View:
    """Minutes until Stop, a number of them, or money; what is not there says why."""
    plan, say = scene.plan, words.say
    tabs = tuple(Button(f"kind:{k}", say(f"button.{k}"), k) for k in scene.kinds)
    return OptionsView(
        frame=words.frame(say("play.title"), words.masked(plan.card.number), words.leaving()),
        says=say("play.how"),
        options=(
            _way(words, scene, "balance_timer", "play.timer", say("play.timer_note")),
            _way(words, scene, "balance_min", "play.fixed", say("play.fixed_note")),
            _way(words, scene, "timer", "play.money", _price(words, scene)),
        ),
        back=words.back(),
        tabs=tabs if len(tabs) > 1 else (),
        current=f"kind:{plan.kind}",
        listed=True,
    )


_SIGNS: dict[Mode, str] = {"balance_timer": "play", "balance_min": "hourglass", "timer": "cash"}


def _way(words: Words, scene: PlayChoice, mode: Mode, text: str, note: str) -> Option:
    why = words.why("session")
    if not why and (lack := lacks(scene, mode)):
        why = words.say(f"play.no_{lack}")
    figure = None
    if mode != "timer":
        held = words.texts.count(scene.plan.of_kind)
        figure = Figure(held, words.say("minutes.unit"))
    else:
        figure = words.figure(scene.plan.client.wallet)
    button = Button(f"mode:{mode}", words.say(text), _SIGNS[mode], enabled=not why, why=why)
    tone = "accent" if mode == "timer" else scene.plan.kind
    return Option(
        button, figure=figure if not why else None, note=note if not why else "", tone=tone
    )


def _price(words: Words, scene: PlayChoice) -> str:
    known = next(((a, b) for kind, a, b in scene.hours if kind == scene.plan.kind), None)
    if known is None:
        return ""
    least, most = (words.texts.money(amount) for amount in known)
    if least == most:
        return words.say("play.money_note", amount=least)
    return words.say("play.money_from", least=least, most=most)


def minutes(words: Words, scene: PlayMinutes) -> View:
    """A number of minutes, typed; or all that are free (M-01 where it is more)."""
    plan, say, refused = scene.plan, words.say, scene.refused
    problem = say(refused.key, **words.args(refused.args_by_name)) if refused else ""
    typed = scene.digits
    every = say("play.all", minutes=words.texts.count(plan.of_kind))
    return KeypadView(
        frame=words.frame(say("play.title"), words.masked(plan.card.number), words.leaving()),
        headline=say("play.minutes_title"),
        body=words.texts.plural(f"play.minutes_{plan.kind}", plan.of_kind),
        shown=typed,
        missing=say("minutes.unit") if typed else f"0 {say('minutes.unit')}",
        keys_enabled=len(typed) < 6,
        next=Button("next", say("button.next"), "", "primary", enabled=bool(typed)),
        back=words.back(),
        other=Button("all", every, "hourglass"),
        problem=problem,
    )


def where(words: Words, scene: StationChoice) -> View:
    """The stations of the kind, the free ones first."""
    plan, say = scene.plan, words.say
    shown = scene.stations[scene.first : scene.first + PAGE]
    return OptionsView(
        frame=words.frame(say("play.title"), words.masked(plan.card.number), words.leaving()),
        says=say("play.where"),
        options=tuple(_station(words, station) for station in shown),
        back=words.back(),
        pager=pager(words, scene.first, PAGE, len(scene.stations)),
        empty=say("play.where_none"),
    )


def _station(words: Words, station: Station) -> Option:
    why = words.say("play.busy") if station.session else ""
    button = Button(f"station:{station.id}", station.name, "station", enabled=not why, why=why)
    return Option(
        button, more="" if why else words.say("play.free"), tone="muted" if why else "good"
    )


def deal(words: Words, scene: PlayDeal) -> View:
    """What it will take: minutes, or so much an hour; Yes starts it."""
    plan, say, texts, refused = scene.plan, words.say, words.texts, scene.refused
    why = words.why("session")
    sums: list[tuple[str, str]] = [(say("play.kind"), say(f"button.{plan.kind}"))]
    if plan.mode == "timer":
        sums.append((say("play.balance"), texts.money(plan.client.wallet)))
        if plan.client.bonus:
            sums.append((say("play.points"), texts.count(plan.client.bonus)))
        figure = words.figure(scene.cost) if scene.cost is not None else None
        name, note = say("play.hour"), say("play.note_money")
    else:
        taken = plan.minutes if plan.mode == "balance_min" else plan.of_kind
        figure = Figure(texts.count(taken), say("minutes.unit"))
        sums.append((say("play.free_minutes"), texts.count(plan.of_kind)))
        if plan.mode == "balance_min":
            sums.append((say("play.free_after"), texts.count(plan.of_kind - taken)))
            name, note = say("play.takes"), say("play.note_fixed")
        else:
            name, note = say("play.lasts"), say("play.note_timer")
    return DealView(
        frame=words.frame(say("play.title"), words.masked(plan.card.number), words.leaving()),
        name=say("play.question", station=scene.station.name),
        figure=figure,
        figure_name=name,
        sums=tuple(sums),
        note=note,
        yes=Button("yes", say("button.yes_start"), "play", "primary", enabled=not why, why=why),
        no=words.button("no", "", "quiet"),
        problem=say(refused.key) if refused else "",
    )


def which(words: Words, scene: PlaysChoice) -> View:
    """The sessions that run, the one that ends first before the others."""
    say = words.say
    return OptionsView(
        frame=words.frame(say("stop.title"), words.masked(scene.card.number), words.leaving()),
        says=say("stop.which"),
        options=tuple(
            Option(
                Button(f"session:{p.session.id}", p.station, p.session.kind),
                note=_mode(words, p.session.mode, p.session.kind),
                tone=p.session.kind,
            )
            for p in scene.running
        ),
        back=words.back(),
        listed=True,
    )


def _mode(words: Words, mode: Mode, kind: str) -> str:
    return words.say("play.by_money" if mode == "timer" else f"play.by_{kind}")


def stop(words: Words, scene: StopDeal) -> View:
    """The time that is left, what was used; Yes ends it."""
    say, session, texts = words.say, scene.running.session, words.texts
    since = texts.time(words.moment(session.started_at))
    sums = [(say("stop.begun"), since), (say("stop.used"), texts.count(session.used))]
    money = session.mode == "timer"
    if money:
        sums.append((say("play.balance"), texts.money(scene.client.wallet)))
    refused = scene.refused
    switch = None
    if scene.switch is not None and words.situation.venue.switching:
        switch = Button("switch", say(f"button.switch_{scene.switch}"), scene.switch)
    return DealView(
        frame=words.frame(say("stop.title"), words.masked(scene.card.number), words.leaving()),
        name=say("stop.question", station=scene.running.station),
        figure=None,
        figure_name=say("stop.left"),
        sums=tuple(sums),
        note=say("stop.note_money" if money else "stop.note_minutes"),
        yes=Button("yes", say("button.yes_stop"), "stop", "primary"),
        no=Button("no", say("button.no_go_on"), "", "quiet"),
        problem=say(refused.key, **words.args(refused.args_by_name)) if refused else "",
        other=switch,
        countdown=Countdown(scene.running.ends_s),
    )


SCENES: Scenes = {
    PlayChoice: how,
    PlayMinutes: minutes,
    StationChoice: where,
    PlayDeal: deal,
    PlaysChoice: which,
    StopDeal: stop,
}

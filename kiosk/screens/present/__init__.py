"""From the situation to the View: words, figures, buttons. Pure; no kivy, no venue."""

from __future__ import annotations

from typing import assert_never

from kiosk.core.clock import Now
from kiosk.core.desk.scenes import AtWork, Desk, StaffSignIn
from kiosk.core.guest.scenes import GuestScene
from kiosk.core.money import Money
from kiosk.core.situation import (
    Access,
    CardHome,
    Closed,
    Done,
    History,
    Problem,
    Registering,
    Situation,
    TapToRegister,
    TopUp,
    Unknown,
    Updating,
    Welcome,
)
from kiosk.core.texts import Texts, code
from kiosk.screens.present import card, cash, registering
from kiosk.screens.present.desk import frame as desk
from kiosk.screens.present.guest import SCENES
from kiosk.screens.present.welcome import welcome
from kiosk.screens.present.words import Words
from kiosk.screens.view import AccessView, Button, ProblemView, View


def present(situation: Situation, now: Now) -> View:
    """The View of a situation; `now` only decides what "today" means."""
    words = Words(situation, now)
    scene = situation.scene
    match scene:
        case Welcome():
            return welcome(words)
        case Access():
            return _access(words)
        case TapToRegister():
            return registering.tap_to_register(words)
        case Unknown():
            return registering.unknown(words)
        case Registering():
            return registering.registering(words, scene)
        case CardHome():
            return card.home(words, scene)
        case History():
            return card.history(words, scene)
        case TopUp():
            return cash.top_up(words, scene)
        case Done():
            return cash.done(words, scene)
        case Problem():
            return _problem(words, scene)
        case Closed():
            return _closed(words, scene)
        case Updating():
            return _updating(words)
        case GuestScene():
            return SCENES[type(scene)](words, scene)
        case StaffSignIn():
            return desk.sign_in(situation, now, scene)
        case Desk():
            return desk.desk(situation, now, scene)
        case AtWork():
            return desk.at_work(situation, now, scene)
        case _:
            assert_never(scene)


def _access(words: Words) -> View:
    choice, say = words.situation.choice, words.say
    scene = words.situation.scene
    staff = isinstance(scene, Access) and isinstance(scene.back, (Welcome, Problem))
    languages = tuple(
        Button(f"language:{language}", Texts.of(language).say("language.name"))
        for language in words.situation.languages
    )
    spoken = words.situation.machine.spoken
    why = say("access.speech_off") if spoken else ""
    low = Button("low", say("access.low"), "down")
    speech = Button("speech", say("access.speech"), "volume", enabled=not why, why=why)
    switches = (
        (Button("large", say("access.larger"), "text_size"), choice.large),
        (Button("contrast", say("access.contrast"), "contrast"), choice.contrast),
        *(((low, choice.low),) if not words.situation.house.small_panel else ()),
        *(((speech, choice.speech),) if spoken is not None else ()),
        (Button("slower", say("access.slower"), "timer_plus"), choice.slower),
    )
    return AccessView(
        frame=words.frame(say("access.title")),
        headline=say("access.headline"),
        languages=languages,
        current_language=f"language:{choice.language}",
        switches=switches,
        back=words.back(),
        staff=Button("staff", say("desk.button.staff"), "account", "quiet") if staff else None,
    )


def _problem(words: Words, scene: Problem) -> View:
    key = scene.key
    if key == "err.cash_closed" and not words.why("top_up_bank_card"):
        key = "err.cash_closed_terminal"
    known = code(key)
    money = {
        "safe": "money.safe",
        # Of a card, nothing was charged; of a note, nothing was taken.
        "nothing": "money.nothing_taken" if known.startswith("N") else "money.nothing_charged",
        "recorded": "money.note_recorded",
    }[scene.money]
    if scene.key == "err.jam_empty":
        # A note that the machine had not told of yet may be stuck in it.
        money = "money.nothing_added"
    text = words.say(key, **words.args(scene.args))
    taken = scene.args.get("taken")
    more: tuple[str, ...] = ()
    if isinstance(taken, Money):
        where = {"claim": "err.jam_taken_claim", "visit": "err.jam_taken_visit"}
        key = where.get(str(scene.args.get("where", "")), "err.jam_taken")
        more = (words.say(key, amount=words.texts.money(taken)),)
    footer = words.say("welcome.help")
    if scene.code:
        more = () if scene.key in SAYS_SCAN else (words.say("receipt.scan"),)
        footer = words.say("receipt.or_number", **words.args(scene.args))
    leave = Button("leave", words.say("button.finish"), "finish", "primary")
    on = Button("continue", words.say("button.continue"), "", "primary")
    lost = (words.button("lost_card", "card_off"),) if key == "err.card_blocked" else ()
    registered = isinstance(scene.back, Done) and scene.back.task == "registered"
    headline = words.say("money.card_registered" if registered else money)
    return ProblemView(
        frame=words.frame(words.say("problem.title"), leave=words.leaving()),
        icon=_icon(known),
        tone="warning",
        headline=headline,
        body=(text, *more),
        code=known,
        footer=footer,
        buttons=((on,) if scene.back is not None else (leave,)) + lost,
        receipt=scene.code,
    )


def _closed(words: Words, scene: Closed) -> View:
    some = scene.held or scene.taken is not None
    key = "err.storage_note" if some else "err.storage"
    money = "money.nothing_taken"
    if some:
        money = "money.note_recorded" if scene.held else "money.safe"
    more: tuple[str, ...] = ()
    if scene.taken is not None:
        more = (words.say("err.jam_taken", amount=words.texts.money(scene.taken)),)
    return ProblemView(
        frame=words.frame(words.situation.venue.name),
        icon="out_of_service",
        tone="bad",
        headline=words.say(money),
        body=(words.say(key), *more),
        code=code(key),
        footer=words.say("welcome.help"),
        buttons=(),
    )


def _updating(words: Words) -> View:
    return ProblemView(
        frame=words.frame(words.situation.venue.name),
        icon="clock",
        tone="info",
        headline=words.say("updating.headline"),
        body=(words.say("updating.safe"),),
        code="",
        footer="",
        buttons=(),
    )


SAYS_SCAN = ("err.paper_out", "err.paper_out_middle", "err.printer_middle")
"""Sentences that say already what the code beside them is."""
_ICONS = {
    "R": "card_off",
    "K": "card_off",
    "P": "receipt",
    "N": "cash",
    "T": "cash",
    "X": "blocked",
}


def _icon(known: str) -> str:
    return _ICONS.get(known[:1], "alert")

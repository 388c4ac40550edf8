"""The frame around every page of the desk, the sign-in, and what guests see meanwhile."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core.clock import Now
from kiosk.core.desk.scenes import AtWork, Desk, StaffSignIn
from kiosk.core.desk.sections import offered_to
from kiosk.core.situation import Situation
from kiosk.screens.present.desk.pages import PAGES
from kiosk.screens.present.desk.words import DeskWords, said
from kiosk.screens.present.words import Words
from kiosk.screens.view import Button, DeskView, Frame, Keys, ProblemView, SignInView, View

ICONS = {
    "today": "dashboard",
    "clients": "clients",
    "visits": "visit",
    "minutes": "clock",
    "cards": "cards",
    "cash": "bank",
    "reports": "chart",
    "devices": "devices",
    "settings": "settings",
    "audit": "audit",
}


def desk(situation: Situation, now: Now, scene: Desk) -> View:
    """A page of the desk with everything around it."""
    words = DeskWords(situation, now, scene)
    body = PAGES[type(scene.page)](words, scene.page)
    rail = tuple(
        Button(f"section:{s.name}", words.say(f"desk.section.{s.name}"), ICONS[s.name])
        for s in offered_to(scene.person)
    )
    return DeskView(
        frame=_frame(words, scene),
        rail=rail,
        current=f"section:{scene.page.section}",
        person=scene.person.name or words.say("desk.number", number=scene.person.number),
        shift=_shift(words, scene),
        lock=words.go("lock", icon="lock"),
        title=body.title,
        subtitle=body.subtitle,
        stacks=body.stacks,
        heads=body.heads,
        back=body.back,
        keys=body.keys,
        front=body.front,
    )


def _frame(words: DeskWords, scene: Desk) -> Frame:
    working = _working(words, scene.person.since.timestamp())
    made = _own(words, words.frame("", working))
    if scene.problem is not None:
        told = words.refusal(scene.problem)
        return replace(made, notice=told, notice_tone="bad")
    if scene.notice is not None:
        told = said(words.texts, scene.notice)
        return replace(made, notice=told, notice_tone="good")
    return made


def _own(words: DeskWords, frame: Frame) -> Frame:
    """In the palette of the desk, whatever the guests have."""
    return replace(frame, palette=words.situation.venue.desk_palette)


def _shift(words: DeskWords, scene: Desk) -> str:
    if scene.shift is None:
        return words.say("desk.no_shift")
    since = words.day(scene.shift.since)
    return words.say("desk.shift", number=str(scene.shift.number), since=since)


def _working(words: Words, since: float) -> str:
    minutes = max(0, int(words.now.wall.timestamp() - since)) // 60
    return words.texts.plural("desk.working", minutes)


def sign_in(situation: Situation, now: Now, scene: StaffSignIn) -> View:
    """A0."""
    words = DeskWords(situation, now, None)
    keys = words.keys(scene.form) or Keys("digits")
    body = "desk.sign_in.body_card" if scene.read else "desk.sign_in.body"
    body = "desk.sign_in.body_lost" if scene.lost else body
    return SignInView(
        frame=_own(words, words.frame(words.say("desk.sign_in.title"))),
        headline=words.say("desk.sign_in.headline"),
        body=words.say(body),
        entries=words.entries(scene.form),
        keys=keys,
        next=words.go("next", "desk.button.sign_in", "key", "primary"),
        back=words.back(),
        other=None if scene.lost else words.go("lost", "desk.button.pin_lost", kind="quiet"),
    )


def at_work(situation: Situation, now: Now, scene: AtWork) -> View:
    """What guests see while somebody works at the kiosk."""
    words = Words(situation, now)
    made = words.frame(words.situation.venue.name)
    staff = Button("staff", words.say("desk.button.staff"), "account", "quiet")
    cleaning = scene.why == "cleaning"
    return ProblemView(
        frame=made if not cleaning else replace(made, access=None),
        icon="wrench",
        tone="info",
        headline=words.say("desk.at_work.headline"),
        body=(
            words.say(f"desk.at_work.{scene.why}"),
            _working(words, scene.since.timestamp()),
        ),
        code="",
        footer="",
        buttons=() if cleaning else (staff,),
    )

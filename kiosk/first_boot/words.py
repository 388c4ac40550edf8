"""The words of the assistant's pages, and what most of them are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kiosk.core.clock import Now
from kiosk.core.errors import Refused
from kiosk.core.texts import Texts
from kiosk.first_boot import scenes as at
from kiosk.first_boot.scenes import State
from kiosk.screens.view import (
    Button,
    Frame,
    Option,
    OptionsView,
    Pager,
    QuestionView,
    Tone,
    View,
)

_STEPS: Mapping[type[Any], int] = {
    at.KindChoice: 1,
    at.CurrencyChoice: 1,
    at.CityChoice: 1,
    at.CitiesFound: 1,
    at.NetworkShown: 2,
    at.SwipeNow: 3,
    at.DevicesShown: 3,
    at.OwnerCard: 4,
    at.OwnerPin: 4,
    at.ClockSetting: 5,
    at.Summary: 5,
}
_STEPS_OF_TEXTS: Mapping[at.Asked, int] = {
    "venue_name": 1,
    "city": 1,
    "wifi_name": 2,
    "wifi_password": 2,
    "printer_address": 3,
    "owner_name": 4,
}
STEPS = 5


class Words:
    """The words of one state."""

    def __init__(self, state: State, now: Now) -> None:
        self.state = state
        self.now = now
        self.texts = Texts.of(state.answers.language, state.answers.zone or "UTC")
        self.say = self.texts.say
        self.rows = state.around.rows

    def frame(self, title: str = "") -> Frame:
        """What stands around each page."""
        scene = self.state.scene
        step = _STEPS.get(type(scene), 0)
        if isinstance(scene, at.Typing):
            step = _STEPS_OF_TEXTS[scene.what]
        told = self.say("setup.step", step=step, steps=STEPS) if step else ""
        return Frame(
            page=self.state.page,
            title=title or self.say("setup.title"),
            subtitle=told,
            language=self.state.answers.language,
            mark=self.say("frame.simulated") if self.state.around.simulated else "",
        )

    def button(self, name: str, key: str, icon: str = "", *, primary: bool = False) -> Button:
        """A button with the sentence of a key."""
        return Button(name, self.say(key), icon, "primary" if primary else "secondary")

    def day(self, day: str) -> str:
        """A day as people write it; noon is the same day everywhere."""
        return self.texts.date(datetime.fromisoformat(f"{day}T12:00+00:00"))

    def next(self, key: str = "button.next", *, enabled: bool = True, why: str = "") -> Button:
        """The button that leads on."""
        return Button("next", self.say(key), "", "primary", enabled=enabled, why=why)

    @property
    def back(self) -> Button | None:
        """Nothing leads back from the first scene, and from what was made."""
        if not self.state.trail:
            return None
        return Button("back", self.say("button.back"), "back", "quiet")

    @property
    def must_back(self) -> Button:
        """The way back of a page that always has one."""
        back = self.back
        assert back is not None, f"nothing leads back from {self.state.scene}"
        return back

    def option(self, name: str, key: str, icon: str) -> Option:
        """One of a list: its name, and below it what it means."""
        return Option(self.button(name, key, icon), note=self.say(f"{key}.says"))

    def pager(self, first: int, shown: int, of: int, later: Button | None = None) -> Pager | None:
        """The arrows of a list; `later` is what follows its last page."""
        earlier = max(0, first - shown)
        more = first + shown < of
        if not more and not first and later is None:
            return None
        return Pager(
            Button(f"earlier:{earlier}", self.say("setup.earlier"), "up") if first else None,
            Button(f"later:{first + shown}", self.say("setup.later"), "down") if more else later,
            self.say("setup.place", first=first + 1, last=min(first + shown, of), of=of)
            if of > shown
            else "",
        )


def question(
    words: Words,
    icon: str,
    headline: str,
    body: Sequence[str],
    *buttons: Button,
    tone: Tone = "info",
) -> View:
    """A page that asks something or tells it."""
    return QuestionView(
        frame=words.frame(),
        icon=icon,
        tone=tone,
        headline=headline,
        body=tuple(line for line in body if line),
        buttons=buttons,
        back=words.back,
    )


def choices(
    words: Words,
    says: str,
    options: Sequence[Option],
    *,
    pager: Pager | None = None,
    tabs: tuple[Button, ...] = (),
    listed: bool = True,
    empty: str = "",
) -> View:
    """A page with a list to choose from."""
    return OptionsView(
        frame=words.frame(),
        says=says,
        options=tuple(options),
        back=words.must_back,
        tabs=tabs,
        pager=pager,
        listed=listed,
        empty=empty,
    )


def told(words: Words, refused: Refused) -> str:
    """Why something was refused."""
    return words.say(refused.key, **refused.args_by_name)


def city(zone: str) -> str:
    """The city that a time zone is named after."""
    return zone.rpartition("/")[2].replace("_", " ")

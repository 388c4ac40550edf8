"""From the situation to the View: right words, no dead ends, nothing that is not there."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from kiosk.core.sentences import SENTENCES
from kiosk.core.situation import Closed, Welcome
from kiosk.core.texts import Texts
from kiosk.screens.theme import ICONS
from kiosk.screens.view import (
    Button,
    CardHomeView,
    DoneView,
    ProblemView,
    Status,
    TopUpView,
    VisitView,
    WelcomeView,
)
from tests.screens.situations import RECEIPT, situations, views

every_language = pytest.mark.parametrize("language", ["en", "ru", "de"])


def parts(value: Any) -> list[Any]:
    """Every value inside a View."""
    if is_dataclass(value):
        return [value] + [p for f in fields(value) for p in parts(getattr(value, f.name))]
    if isinstance(value, tuple):
        return [p for item in value for p in parts(item)]
    return [value]


@every_language
def test_every_scene_has_words_without_braces_or_keys(language: str) -> None:
    for name, view in views(language, False, False).items():
        for text in (p for p in parts(view) if isinstance(p, str)):
            assert not re.search(r"[{}]", text), (name, text)
            assert text not in SENTENCES, f"{name} shows the key {text}"


def test_every_icon_is_one_that_the_theme_has() -> None:
    for name, view in views("en", False, False).items():
        for part in parts(view):
            icons = [part.icon] if isinstance(part, (Button, Status, ProblemView)) else []
            assert all(not icon or icon in ICONS for icon in icons), (name, icons)


@every_language
def test_no_scene_is_a_dead_end(language: str) -> None:
    shown = views(language, False, False)
    for name, situation in situations(language, False, False).items():
        if isinstance(situation.scene, (Welcome, Closed)):
            continue
        enabled = {b.id for b in parts(shown[name]) if isinstance(b, Button) and b.enabled}
        ways = enabled & {"leave", "back", "continue", "done", "home"}
        waiting = isinstance(shown[name], TopUpView) and situation.timer is not None
        assert ways or waiting, f"{name} has no way on: {enabled}"


@every_language
def test_a_button_that_cannot_be_used_says_why_or_waits_for_digits(language: str) -> None:
    for name, view in views(language, False, False).items():
        for button in (p for p in parts(view) if isinstance(p, Button) and not p.enabled):
            assert button.why or name.startswith("register-p"), (name, button)


@every_language
def test_a_problem_says_first_what_it_means_for_the_money(language: str) -> None:
    say = Texts.of(language).say
    first = {
        say(f"money.{word}")
        for word in (
            "safe",
            "nothing_added",
            "nothing_charged",
            "nothing_taken",
            "note_recorded",
            "card_registered",
        )
    }
    for name, view in views(language, False, False).items():
        if isinstance(view, ProblemView):
            assert view.headline in first, name
            assert view.body[0]
            code = name.split("problem-")[-1][:4]
            assert view.code == (code if re.fullmatch(r"[A-Z]-\d\d", code) else view.code), name


def test_E89_two_figures_what_may_be_spent_and_what_is_to_pay() -> None:
    fine, short = views("en", False, False)["visit"], views("en", False, False)["visit-short"]
    assert isinstance(fine, VisitView) and isinstance(short, VisitView)
    assert (fine.short, fine.balance_name, fine.balance.amount) == (
        False,
        "You may still spend",
        "3\u202f360.00",
    )
    assert fine.to_pay == "To pay: 1\u202f640.00\u00a0₽, from your balance"
    assert (short.short, short.balance_name, short.balance.amount) == (True, "Short", "−140.00")
    assert short.problem == "Your visit is 140.00\u00a0₽ short. Please add money."
    assert ("To pay at the exit", "140.00\u00a0₽") in short.sums


def test_U3_the_visit_is_one_tap_from_the_card() -> None:
    home = views("en", False, False)["home"]
    assert isinstance(home, CardHomeView) and home.visit is not None
    assert home.visit.button.id == "visit" and home.visit.button.enabled
    assert home.visit.total.amount == "2\u202f840.00"


def test_what_does_not_work_is_told_and_not_offered() -> None:
    shown = views("en", False, False)
    home, welcome, none = shown["home-no-cash"], shown["welcome-no-cash"], shown["welcome-R-01"]
    assert isinstance(home, CardHomeView) and home.primary is not None
    assert not home.primary.enabled and home.primary.why
    assert isinstance(welcome, WelcomeView) and "top up" not in welcome.body
    assert [s.tone for s in welcome.strip] == ["warning", "good"]
    assert isinstance(none, WelcomeView) and "R-01" in none.help_line
    assert {b.id for b in none.buttons} == {"lost_card", "help"}, "what works without a reader"


def test_a_message_never_names_a_way_out_that_is_not_there() -> None:
    for language in ("en", "ru", "de"):
        for name, view in views(language, False, False).items():
            words = " ".join(p for p in parts(view) if isinstance(p, str)).lower()
            for missing in ("qr code", "or qr", "your code", "send the", "qr-код"):
                assert missing not in words, (name, missing)


def test_the_recovery_code_stays_on_the_paper() -> None:
    done = views("en", False, False)["registered"]
    assert isinstance(done, DoneView)
    assert not [line for line in done.slip if line.style == "qr" or "SECRET" in line.text]
    receipt = views("en", False, False)["done"]
    assert isinstance(receipt, DoneView)
    assert [line.text for line in receipt.slip if line.style == "qr"] == [RECEIPT]


@every_language
def test_no_screen_tells_whether_a_phone_is_known(language: str) -> None:
    done = views(language, False, False)["registered"]
    assert isinstance(done, DoneView)
    assert Texts.of(language).say("register.done.phone") in done.body


def test_sums_are_those_of_the_books() -> None:
    view = views("en", False, False)["top-up-checking"]
    assert isinstance(view, TopUpView)
    assert view.inserted.amount == "700.00"
    assert [note.state for note in view.notes] == ["taken", "taken", "checking"]
    assert [figure for _name, figure, _strong in view.sums] == [
        "1\u202f250.00\u00a0₽",
        "1\u202f950.00\u00a0₽",
    ]
    assert view.done is not None and not view.done.enabled


@every_language
def test_with_a_silent_machine_the_note_comes_first(language: str) -> None:
    view = views(language, False, False)["top-up-stalled"]
    assert isinstance(view, TopUpView)
    assert view.headline == Texts.of(language).say("money.note_recorded")


@every_language
def test_N04_what_is_on_the_card_already_is_said_beside_what_is_not(language: str) -> None:
    shown = views(language, False, False)
    some, none = shown["problem-N-04-some"], shown["problem-N-04"]
    assert isinstance(some, ProblemView) and isinstance(none, ProblemView)
    assert "500" in some.body[0] and "700" in some.body[1]
    assert len(none.body) == 1

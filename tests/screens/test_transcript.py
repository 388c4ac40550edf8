"""What is said in the headset: everything that stands on a screen, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, get_args

import pytest

from kiosk.core.texts import Texts
from kiosk.screens.signs import read_out, time_left
from kiosk.screens.theme import ICONS
from kiosk.screens.transcript import button, named, news, spoken, warning
from kiosk.screens.view import Button, DeskView, Figure, KeypadView, NameView, SignInView, View
from tests.screens.guest import walks
from tests.screens.guest.hands import LANGUAGES
from tests.screens.samples import NOW_S, samples

EN = Texts.of("en")
WORDS = re.compile(r"[^\w\s.,:;!?'’()–-]|[_•●○₽€$×·→]")


def shown(language: str) -> dict[str, View]:
    """Every screen that there is: those that touches lead to, and those that stretch the words."""
    return samples(language, False, False) | walks.guest_views(language, False, False, NOW_S)


def _inside(value: Any, kind: type) -> Iterator[Any]:
    if isinstance(value, kind):
        yield value
    elif is_dataclass(value):
        for part in fields(value):
            yield from _inside(getattr(value, part.name), kind)
    elif isinstance(value, tuple):
        for item in value:
            yield from _inside(item, kind)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_and_every_figure_is_said_in_words_alone(language: str) -> None:
    texts = Texts.of(language)
    wrong: list[str] = []
    for name, view in shown(language).items():
        if isinstance(view, (DeskView, SignInView)):
            assert spoken(view) == ()
            continue
        # Words of the views that are made by hand may be of another language than the frame says.
        told = spoken(view, NOW_S)
        whole = "\n".join(told)
        for b in _inside(view, Button):
            said = named(view).get(b.id, "")
            if b.enabled and b.id != "more_time" and (not said or said not in told):
                wrong.append(f"{name}: {b.id} ({said}) is not said")
            if read_out(b.text, texts) not in said and b.id not in ("access", "more_time", "leave"):
                wrong.append(f"{name}: {b.id} is called {said} in place of {b.text}")
        for figure in _inside(view, Figure):
            digits = re.sub(r"\D", "", figure.amount)
            if re.sub(r"0+$", "", digits) not in re.sub(r"\D", "", whole):
                wrong.append(f"{name}: the figure {figure.amount} is not said")
        wrong += [f"{name}: {line!r} is not in words" for line in told if WORDS.search(line)]
        wrong += [f"{name}: the icon {line}" for line in told if line in ICONS and "_" in line]
        assert told, name
    assert not wrong, "\n".join(wrong)


def test_there_is_a_sample_of_every_view_of_the_guests() -> None:
    seen = {type(view) for view in shown("en").values()}
    missing = {kind.__name__ for kind in get_args(View)} - {kind.__name__ for kind in seen}
    assert missing <= {"DeskView", "SignInView"}


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("en", "1\u202f250.00\u00a0₽", "1250 roubles"),
        ("en", "\u2212250.50\u00a0₽", "minus 250 roubles 50 kopecks"),
        ("en", "1.00\u00a0$", "1 dollar"),
        ("en", "0.50\u00a0€", "50 cents"),
        ("en", "card •••• 4821", "card ending in 4 8 2 1"),
        ("en", "+7\u00a0•••\u00a0•••-45-67", "ending in 4 5 6 7"),
        ("en", "+7 912 345-67-89", "plus 7 9 1 2 3 4 5 6 7 8 9"),
        ("en", "Since 18:47", "Since 18:47"),
        ("en", "2 × 500\u00a0₽ · R-01", "2 times 500 roubles, R 0 1"),
        ("en", "1\u00a0h\u00a005", "1 hour 5 minutes"),
        ("en", "180\u00a0pts", "180 points"),
        ("en", "120\u202f000 minutes", "120000 minutes"),
        ("ru", "1\u202f251,00\u00a0₽", "1251 рубль"),
        ("ru", "1\u202f252,05\u00a0₽", "1252 рубля 5 копеек"),
        ("ru", "карта •••• 4821", "карта последние цифры 4 8 2 1"),
        ("ru", "5\u00a0ч\u00a002", "5 часов 2 минуты"),
        ("ru", "21\u00a0б.", "21 балл"),
        ("de", "1.250,00\u00a0€", "1250 Euro"),
        ("de", "1\u00a0Std.\u00a030", "1 Stunde 30 Minuten"),
        ("de", "am 22.11.2026", "am 22.11.2026"),
    ],
)
def test_signs_are_read_as_words(language: str, text: str, told: str) -> None:
    assert read_out(text, Texts.of(language)) == told


def test_a_sum_without_a_sign_is_told_in_the_currency_of_the_venue() -> None:
    assert read_out("+500.00", EN, "₽") == "plus 500 roubles"
    assert read_out("+500.00", EN) == "plus 500"
    assert read_out("6 tickets", EN, "₽") == "6 tickets"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 seconds"),
        (59.2, "1 minute"),
        (61, "1 minute 1 second"),
        (600, "10 minutes"),
        (3700, "1 hour 1 minute"),
    ],
)
def test_the_time_left_is_told_as_exactly_as_it_matters(seconds: float, told: str) -> None:
    assert time_left(seconds, EN) == told


def test_the_question_comes_first_then_the_figure_and_the_buttons_last() -> None:
    told = spoken(samples("en", False, False)["home"])
    at = {word: next(n for n, line in enumerate(told) if word in line) for word in ("Balance",)}
    buttons = next(n for n, line in enumerate(told) if line.endswith("buttons:"))
    assert at["Balance"] <= 2 and "roubles" in told[at["Balance"] + 1]
    assert buttons > at["Balance"] and told[-1] == "Finish"


def test_a_button_says_why_it_cannot_be_used_and_a_switch_how_it_stands() -> None:
    off = Button("top_up", "Top up", enabled=False, why="Cash is closed.")
    assert button(off, EN) == "Top up, not available: Cash is closed."
    assert button(replace(off, why=""), EN) == "Top up, not available"
    assert button(Button("large", "Larger text"), EN, on=True) == "Larger text, on"
    assert button(Button("erase", "", "backspace"), EN) == "Erase"
    assert button(Button("access", "Aa · EN"), EN).startswith("Language")


def keypad(shown: str) -> KeypadView:
    (sample,) = (v for n, v in samples("en", False, False).items() if n == "register-pin")
    assert isinstance(sample, KeypadView)
    return replace(sample, shown=shown, problem="")


def test_digits_are_echoed_one_by_one_and_those_of_a_pin_as_a_star() -> None:
    assert news(keypad("+7 91"), keypad("+7 916")) == (("6",), True)
    assert news(keypad("●"), keypad("●●")) == (("star",), True)
    assert news(keypad("●●"), keypad("●")) == (("erased",), True)
    assert news(keypad("●●"), keypad("●●")) == ((), False)


def test_of_a_pin_nothing_but_how_many_digits_there_are_is_ever_said() -> None:
    assert "2 digits typed" in "\n".join(spoken(keypad("●●")))


def test_what_went_wrong_is_said_in_place_of_the_digits_that_it_took_away() -> None:
    before = keypad("●●●●")
    told, typed = news(before, replace(before, shown="", problem="Wrong PIN. 2 tries left."))
    assert "Wrong PIN. 2 tries left." in told and not typed


def test_letters_are_echoed() -> None:
    (sample,) = (v for n, v in samples("en", False, False).items() if n == "register-name")
    assert isinstance(sample, NameView)
    two = replace(sample, shown="An")
    assert news(two, replace(two, shown="Ann"))[0] == ("n",)
    assert news(two, replace(two, shown="An "))[0] == ("Space",)
    assert news(two, replace(two, shown="A"))[0] == ("erased",)


def test_the_end_of_the_time_is_told_with_what_to_press() -> None:
    told = warning(samples("en", False, False)["home"])
    assert told[0] == "Your time here is nearly over." and len(told) == 3

"""Every walk in other languages than English, the language changed at every stop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kiosk.core.guest.sentences import SENTENCES as GUESTS
from kiosk.core.messages import Touched
from kiosk.core.sentences import SENTENCES
from kiosk.core.situation import Access, Closed
from kiosk.core.texts import Texts
from kiosk.screens.present import present
from tests.screens.guest.hands import LANGUAGES, Visitor, spoken
from tests.screens.guest.walks import WALKS, Walk, situations


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_every_walk_in_every_language_and_changed_at_every_stop(walk: Walk) -> None:
    """By touches on a kiosk that speaks nothing else; what is reached is the same in each.

    In Russian the language is changed at every stop: what was typed, put in and chosen stays.
    """
    gone: list[list[tuple[str, type]]] = []
    for language in ("de", "ru"):
        stops = []
        with spoken(language):
            for name, guest in walk():
                stops.append((name, type(guest.scene)))
                _in_words_of(guest, language)
                if language == "ru":
                    _changed(guest, name)
        gone.append(stops)
    assert gone[0] == gone[1]


def _in_words_of(guest: Visitor, language: str) -> None:
    assert guest.view.frame.language == language
    if "access" in guest.shown():
        assert Texts.of(language).say("language.short") in guest.buttons()["access"].text


def _changed(guest: Visitor, name: str) -> None:
    """To each language and back; then nothing is different, and a touch of before is stale."""
    before = guest.situation
    if "access" not in guest.shown():
        assert isinstance(before.scene, (Access, Closed)), f"{name} offers no language"
        return
    for language in (*(x for x in LANGUAGES if x != before.choice.language), "ru"):
        page = guest.situation.page
        guest.read_in(language)
        there = guest.situation
        assert there.scene == before.scene, f"{name} in {language}"
        assert there.choice == replace(before.choice, language=language)
        assert (there.session, there.machine) == (before.session, before.machine)
        assert there.page > page
        for button in guest.shown():
            assert guest.tell(Touched(button, page)) == [], f"{name}: a stale {button}"
            assert guest.situation == there, f"{name}: a stale touch of {button} did something"


OF_GUESTS = (
    *("welcome.", "access.", "register.", "home.", "visit."),
    *("topup.", "done.", "money.", "problem."),
)
ELSEWHERE = ("spoken.", "scene.", "doc.", "receipt.", "history.")
"""What is heard, what only staff are told, what is on paper, rows that only years of use fill."""

OTHERWISE = {
    "a machine of another kind": (
        "register.tap.headline_swipe strip.tap_off strip.swipe_off welcome.body_none "
        "welcome.closed_body_swipe lost.tap_swipe lost.new_swipe lost.another_swipe "
        "lost.which_note_none"
    ),
    "a venue of another kind": (
        "topup.pretend_headline home.play_money home.play_internet play.money_from "
        "play.no_tariff play.by_internet play.minutes_internet button.switch_game visit.no_limit "
        "calculation.discount visit.paid visit.unpaid visit.order"
    ),
    "another amount or day": (
        "home.latest_on calculation.paid done.slip_kept done.promo_bonus.title "
        "done.promo_bonus.headline done.promo_bonus.body done.promo_internet.title "
        "done.promo_internet.headline done.promo_internet.body done.stopped_points.title "
        "done.stopped_points.headline done.stopped_points.body paying.title paying.full "
        "ownpin.neither button.receipts"
    ),
}
"""Sentences of guests that no walk stops at, and why; tests of the journeys meet them."""


def test_every_sentence_of_a_guest_is_on_a_screen_of_some_walk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: set[str] = set()
    for name in ("say", "plural"):
        whole = getattr(Texts, name)

        def heard(self: Texts, key: str, *args: Any, _whole: Any = whole, **words: Any) -> str:
            said.add(key)
            told: str = _whole(self, key, *args, **words)
            return told

        monkeypatch.setattr(Texts, name, heard)
    # Gone anew: what is said between two stops is said when a walk is gone.
    for situation, now in situations.__wrapped__().values():
        present(situation, now)
    ours = {key for key in SENTENCES if key.startswith(OF_GUESTS)}
    ours |= {key for key in GUESTS if not key.startswith(("err.", "why.", *ELSEWHERE))}
    known = {key for keys in OTHERWISE.values() for key in keys.split()}
    assert sorted(ours - said - known) == [], "no walk stops where this is said"
    assert sorted(known & said) == [], "a walk stops there: it needs no excuse"

"""Every screen of the guest's journeys, as touches lead to it.

A walk is a guest who goes a journey and stops at each screen worth a picture: what was there then
is a situation, which `present` puts into words of any language. The gallery, the audits of the
layout and the transcript all look at these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

from kiosk.core.clock import Now
from kiosk.core.situation import Situation
from kiosk.screens.present import present
from kiosk.screens.view import CardHomeView, Countdown, DealView, PlayStrip, View
from tests.screens.guest import (
    walk_access,
    walk_cards,
    walk_coins,
    walk_home,
    walk_lost,
    walk_messages,
    walk_minutes,
    walk_notes,
    walk_paying,
    walk_pin,
    walk_power,
    walk_privacy,
    walk_receipts,
    walk_registration,
    walk_scanner,
    walk_visits,
    walk_welcome,
)
from tests.screens.guest.hands import LANGUAGES, Visitor, spoken

Walk = Callable[[], Iterator[tuple[str, Visitor]]]
"""Stops at screens: a name of its own (``visit-short``), and the guest who stands before it."""

WALKS: tuple[Walk, ...] = (
    *walk_access.WALKS,
    *walk_cards.WALKS,
    *walk_registration.WALKS,
    *walk_messages.WALKS,
    *walk_receipts.WALKS,
    *walk_welcome.WALKS,
    *walk_notes.WALKS,
    *walk_power.WALKS,
    *walk_coins.WALKS,
    *walk_minutes.WALKS,
    *walk_home.WALKS,
    *walk_lost.WALKS,
    *walk_scanner.WALKS,
    *walk_pin.WALKS,
    *walk_privacy.WALKS,
    *walk_paying.WALKS,
    *walk_visits.WALKS,
)


@cache
def situations(language: str = "en") -> dict[str, tuple[Situation, Now]]:
    """The situation of every screen that the walks stop at, by its name; gone in a language."""
    found: dict[str, tuple[Situation, Now]] = {}
    with spoken(language):
        for walk in WALKS:
            for name, guest in walk():
                assert name not in found, f"{name} is there twice"
                found[name] = (guest.situation, guest.now)
    return found


def guest_views(language: str, large: bool, contrast: bool, now_s: float) -> dict[str, View]:
    """The same in words of a language, as if all were shown at `now_s`."""
    assert language in LANGUAGES
    made = {}
    for name, (situation, now) in situations().items():
        timer, ago = situation.timer, now_s - now.mono_s
        if timer is not None:
            timer = replace(timer, warn_s=timer.warn_s + ago, end_s=timer.end_s + ago)
        choice = replace(situation.choice, language=language, large=large, contrast=contrast)
        view = present(replace(situation, choice=choice, timer=timer), Now(now.wall, now_s))
        made[name] = _moved(view, ago)
    return made


def _moved(view: View, by_s: float) -> View:
    """The same with what counts down as much later."""
    match view:
        case CardHomeView(playing=PlayStrip(countdown=countdown) as strip):
            later = replace(countdown, ends_s=countdown.ends_s + by_s)
            return replace(view, playing=replace(strip, countdown=later))
        case DealView(countdown=Countdown() as countdown):
            return replace(view, countdown=replace(countdown, ends_s=countdown.ends_s + by_s))
        case _:
            return view

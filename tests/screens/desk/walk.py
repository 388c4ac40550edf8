"""Every page of the desk that touches lead to, found by pressing everything once.

A venue with clients, visits, players and money in the box; the owner signs in, and whatever leads
to a page that was not there yet is followed from there. What comes out are situations, which
`present` puts into words of any language.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from functools import cache

from kiosk.core.clock import Now
from kiosk.core.desk.scenes import Desk
from kiosk.core.situation import Choice, Situation
from kiosk.screens.present import present
from kiosk.screens.view import Button, DeskView, Entry, Keys, Line, Search, View
from tests.screens.desk import players
from tests.screens.desk.clients_there import boris, paid_in
from tests.screens.desk.hands import KEYS, OWNER, Hands, attendant, inside

STAY = ("section:", "lock", "clean", "hand_over", "access", "more_time", "menu", "leave")
"""Buttons that are the frame's, or lead away from the desk."""

TYPE, FILL = "type ", "fill and press "
"""Steps of more than one touch."""

MOST = 4000
"""Touches at most."""

Path = tuple[str, ...]


@cache
def pages() -> dict[str, tuple[Situation, Now]]:
    """The situation of every page, by its name and by what has the keys there."""
    with attendant(languages=("en", "ru", "de")) as hands:
        furnish(hands)
        return explored(hands)


def explored(hands: Hands) -> dict[str, tuple[Situation, Now]]:
    """The same of a venue that stays open."""
    found: dict[str, tuple[Situation, Now]] = {}
    hands.sign_in(OWNER)
    todo: deque[Path] = deque()
    view = hands.view
    assert isinstance(view, DeskView)
    for button in view.rail:
        hands.press(button.id)
        if _note(hands, found):
            todo.append((button.id,))
    touches = 0
    while todo and touches < MOST:
        path = todo.popleft()
        if not _walk(hands, path):
            continue
        for name in _worth(hands):
            touches += len(path) + 1
            if _walk(hands, (*path, name)) and _note(hands, found, name):
                todo.append((*path, name))
    return found


def desk_pages(language: str, large: bool, contrast: bool) -> dict[str, View]:
    """Every page in a language and a size of text."""
    made = {}
    for name, (situation, now) in pages().items():
        choice = Choice(language, large=large, contrast=contrast)
        made[name] = present(replace(situation, choice=choice), now)
    return made


def furnish(hands: Hands) -> None:
    """What a club has on an evening: a shift, clients, minutes, a visit, notes in the box."""
    card = players.anna(hands)
    players.with_money(hands, 500, 100)
    players.with_minutes(hands, card, 90)
    paid_in(hands, boris(hands), 1250)


def _note(hands: Hands, found: dict[str, tuple[Situation, Now]], step: str = "") -> bool:
    """Keep a page that is new; whether it was."""
    view = hands.view
    if not isinstance(view, DeskView):
        return False
    keys = next(inside(view, Keys), None)
    page = hands.page
    name = f"{page.section}-{type(page).__name__}" + (f"-{keys.kind}" if keys else "")
    if view.front:
        name += "-detail"
    if step.startswith(TYPE) and any(line.id for line in inside(view, Line)):
        name += "-found"
    if name in found:
        return False
    found[name] = (hands.situation, hands.now)
    return True


def _worth(hands: Hands) -> list[str]:
    """What to press here: of rows and choices of one kind, the first ones."""
    names, seen = [], dict[str, int]()
    chosen = {e.id for e in inside(hands.view, Entry) if e.options}
    for name in hands.pressable():
        if name in chosen or name.startswith((*STAY, *KEYS)):
            continue
        kind = name.partition(":")[0]
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= (12 if kind == "field" else 4):
            names.append(name)
    view = hands.view
    keys = next(inside(view, Keys), None)
    if keys and next(inside(view, Search), None):
        names += [f"{TYPE}4218", f"{TYPE}1234"]
    if keys and next(inside(view, Entry), None):
        names += [f"{FILL}{b.id}" for b in inside(view, Button) if b.kind == "primary"]
    return names


def _walk(hands: Hands, path: Path) -> bool:
    """Go this way from its section; False where it does not lead there any more."""
    if not isinstance(hands.scene, Desk):
        hands.sign_in(OWNER)
    for name in path:
        if not isinstance(hands.scene, Desk):
            return False
        if name.startswith(TYPE):
            hands.type(name.removeprefix(TYPE))
            continue
        if name.startswith(FILL):
            name = name.removeprefix(FILL)
            _fill(hands)
        if not isinstance(hands.scene, Desk) or name not in hands.pressable():
            return False
        hands.press(name)
    return isinstance(hands.scene, Desk)


def _fill(hands: Hands) -> None:
    """Something in every field that is empty."""
    for entry in tuple(inside(hands.view, Entry)):
        if entry.options and not entry.chosen.partition("=")[2]:
            hands.press(entry.options[0].id)
        elif entry.id.startswith("field:") and not entry.options and not entry.shown:
            hands.press(entry.id)
            if next(inside(hands.view, Keys), None):
                hands.type("100")

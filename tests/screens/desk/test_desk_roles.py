"""Every role at the desk: what it may not do is absent, and what is there is not refused for it.

A walk presses whatever is on the screen, page after page, as each role. The books are asked what
they refused: "not allowed" must never be an answer, because the button must not have been there.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kiosk
from kiosk.core.desk.scenes import Desk
from kiosk.core.errors import Refused
from kiosk.core.permissions import RIGHTS
from kiosk.core.venue import HANDLERS
from tests.core.guest import PHONE, UID, rub
from tests.screens.desk import desk_table
from tests.screens.desk.hands import (
    ADMINISTRATOR,
    AUDITOR,
    CASHIER,
    COLLECTOR,
    MANAGER,
    OWNER,
    TECHNICIAN,
    Hands,
    attendant,
)

ROLES = [CASHIER, ADMINISTRATOR, COLLECTOR, TECHNICIAN, MANAGER, OWNER, AUDITOR]
DEPTH_MAX = 5
ELSEWHERE = ("section", "lock", "access", "hand_over", "clean", "more_time")
NOT_OF_THE_SCREEN = {
    "ImportVenue": "a file; the screen changes settings, types, rules and packages one by one",
    "ReverseTopUp": "the screen voids the receipt instead, with shift and PIN (E84)",
}
"""Commands of the staff that no page has, and why."""


def busy(hands: Hands) -> None:
    """A venue in which something has happened: a client with money, a visit, a held note."""
    card = hands.top_up(500)
    hands.press("done")
    hands.print_out()
    hands.press("leave")
    hands.register("0411223344AA55", phone=PHONE, name="anna")
    hands.press("leave")
    hands.order("7-1", card, 150)
    hands.top_up(100, uid=UID)
    hands.escrow(500)
    hands.start_again()
    assert hands.client(card).wallet == rub(600)


class Walk:
    """Presses everything, as one person; what the books refused is kept."""

    def __init__(self, hands: Hands, number: str) -> None:
        self.hands = hands
        self.number = number
        self.pages: set[str] = set()
        self.pressed: set[tuple[str, str]] = set()
        self.not_allowed: list[str] = []
        venue: Any = hands.venue
        do, ask = venue.do, venue.ask

        def doing(command: object, **more: Any) -> Any:
            done = do(command, **more)
            if isinstance(done, Refused) and done.key == "err.not_allowed":
                self.not_allowed.append(f"{type(command).__name__} on {self.where()}")
            return done

        def asking(query: object, now: Any, actor: str = "kiosk") -> Any:
            try:
                return ask(query, now, actor)
            except Refused as refused:
                if refused.key == "err.not_allowed":
                    self.not_allowed.append(f"{type(query).__name__} on {self.where()}")
                raise

        venue.do, venue.ask = doing, asking

    def where(self) -> str:
        scene = self.hands.scene
        return type(scene.page).__name__ if isinstance(scene, Desk) else type(scene).__name__

    def at(self, path: tuple[str, ...]) -> bool:
        """Go there from the beginning; false where the way is not there any more."""
        if not isinstance(self.hands.scene, Desk):
            self.hands.start_again()
            self.hands.sign_in(self.number)
        for name in path:
            if name not in self.hands.pressable():
                return False
            self.hands.press(name)
            if not isinstance(self.hands.scene, Desk):
                return False
        return True

    def run(self) -> None:
        self.at(())
        rail: Any = self.hands.view
        ways = deque((b.id,) for b in rail.rail)
        while ways:
            path = ways.popleft()
            if not self.at(path):
                continue
            self.pages.add(self.where())
            for name in list(self.hands.pressable()):
                mark = (self.where(), name.partition(":")[0] + name.partition(":")[2][:1])
                if mark in self.pressed or name.partition(":")[0] in ELSEWHERE:
                    continue
                self.pressed.add(mark)
                before = self.where()
                self.hands.press(name)
                after = self.where()
                if after not in self.pages and after != before and len(path) < DEPTH_MAX:
                    self.pages.add(after)
                    ways.append((*path, name))
                if not self.at(path):
                    break


@pytest.fixture(params=ROLES)
def walk(request: pytest.FixtureRequest) -> Iterator[Walk]:
    with attendant() as hands:
        busy(hands)
        yield Walk(hands, request.param)


@pytest.mark.slow
def test_what_is_on_the_screen_is_allowed(walk: Walk) -> None:
    walk.run()
    assert not walk.not_allowed
    assert len(walk.pages) > 5, walk.pages


def commands_of_staff() -> set[str]:
    known = {kind.__name__ for kind in HANDLERS}
    return {name for name in RIGHTS if name in known}


def test_every_command_of_the_staff_has_a_button() -> None:
    folder = Path(kiosk.__file__).parent / "core" / "desk"
    named = {
        node.id
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Name)
    }
    missing = commands_of_staff() - named - set(NOT_OF_THE_SCREEN)
    assert not missing, sorted(missing)


def test_the_page_of_rules_is_made_of_the_tests() -> None:
    assert desk_table.PAGE.read_text("utf-8") == desk_table.page()

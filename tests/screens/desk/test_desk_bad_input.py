"""Whatever is typed anywhere at the desk, and whatever is pressed then: nothing breaks.

Every page that touches lead to is filled with what nobody should type, and each of its buttons is
pressed. Pages are older than the books here, as they are when somebody else writes meanwhile.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace

import pytest

from kiosk import custody
from kiosk.core.desk.forms import Field, Form
from kiosk.core.desk.scenes import Desk, Page
from kiosk.core.messages import Touched, VenueChanged
from kiosk.core.situation import Situation
from tests.screens.desk import walk
from tests.screens.desk.hands import KEYS, OWNER, Hands, attendant

BAD = (
    "",
    "0",
    "-1",
    "9" * 20,
    "0.001",
    "x" * 200,
    "\N{GRINNING FACE}" * 3,
    "\ud83d",
    "   ",
    "\N{RIGHT-TO-LEFT OVERRIDE}\N{RIGHT-TO-LEFT MARK}abc",
    "482915",
)
VALUES_EACH = 4
"""So many of them a page; another seed has others."""


def forms_of(page: Page) -> Iterator[Form]:
    values = (getattr(page, f.name) for f in fields(page))  # type: ignore[arg-type]
    return (value for value in values if isinstance(value, Form))


def keys(text: str) -> Iterator[str]:
    for char in text:
        if char.isascii() and char.isdecimal():
            yield f"digit:{char}"
        else:
            yield {".": "point", "-": "sign"}.get(char, f"key:{char}")


class Fuzz:
    """Puts the desk onto a page again and again, each time as a new one."""

    def __init__(self, hands: Hands) -> None:
        self.hands = hands
        self.number = hands.situation.page
        self.presses = 0

    def put(self, of: Situation) -> None:
        """The page as it was found, over the books and the machine as they are now."""
        if not isinstance(self.hands.scene, Desk):
            self.hands.sign_in(OWNER)
        now, scene = self.hands.situation, of.scene
        assert isinstance(scene, Desk)
        self.number = max(self.number, now.page) + 1
        self.hands.situation = replace(
            now, scene=replace(scene, person=self.hands.desk.person), page=self.number, parked=None
        )

    def touch(self, button: str) -> None:
        self.presses += 1
        self.hands.tell(Touched(button, self.hands.situation.page))

    def fill(self, field: Field, value: str) -> None:
        if field.kind == "switch":
            self.touch(f"switch:{field.id}")
        elif field.kind == "choice":
            for option, _ in field.options[:1]:
                self.touch(f"choose:{field.id}={option}")
        else:
            self.touch(f"field:{field.id}")
            self.touch("clear")
            for key in keys(value):
                self.touch(key)

    def page(self, of: Situation, value: str) -> None:
        self.put(of)
        for form in forms_of(self.hands.page):
            for field in form.fields:
                self.fill(field, value)
        if not isinstance(self.hands.scene, Desk):
            return
        filled = self.hands.situation
        for button in self.hands.pressable():
            if button.startswith((*walk.STAY, *KEYS, "field:", "choose:", "switch:")):
                continue
            self.put(filled)
            self.touch(button)
            # What it says of it is put into words, too, and follows the books.
            assert self.hands.view
            self.hands.tell(VenueChanged(self.hands.venue.ledger.seq))
            assert self.hands.view


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_nothing_that_is_typed_breaks_the_desk_or_the_books(seed: int) -> None:
    chosen = random.Random(seed)
    with attendant(languages=("en", "ru", "de")) as hands:
        walk.furnish(hands)
        pages = walk.explored(hands)
        fuzz = Fuzz(hands)
        for situation, _ in pages.values():
            assert isinstance(situation.scene, Desk)
            typed = any(forms_of(situation.scene.page))
            for value in chosen.sample(BAD, VALUES_EACH) if typed else ("",):
                fuzz.page(situation, value)
        assert len(pages) > 100 and fuzz.presses > 5000, "it went everywhere"
        moved = Counter[tuple[str, str]]()
        for entry in hands.venue.ledger.entries():
            for posting in entry.postings:
                assert posting.amount, f"{entry.kind} moves nothing"
                moved[posting.account, posting.unit] += posting.amount
        owed = {of: -sum_ for of, sum_ in moved.items() if of[0].startswith(("2010:", "9020:"))}
        assert owed and min(owed.values()) >= 0, owed
        _, wrong = custody.proven(hands.venue, lambda what, done, of: None)
        assert not list(wrong)

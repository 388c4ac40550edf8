"""An attendant at the desk, without a window: touches in, Views, entries and slips out.

What is pressed must be on the View that `present` makes, enabled, as an id or as its words. The
venue, the journey and the words are the real ones; time passes by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any

from kiosk.core.books import Query
from kiosk.core.desk.scenes import Desk, Page, StaffSignIn
from kiosk.core.documents import Document
from kiosk.core.errands import Errand
from kiosk.core.ledger import Entry
from kiosk.core.messages import Effect, ErrandTold, PrintSlip, SlipPrinted, StartErrand, Touched
from kiosk.core.staff import SetStaffPin
from kiosk.screens.view import (
    Button,
    DeskView,
    Keys,
    Line,
    Search,
    SignInView,
    Tile,
)
from kiosk.screens.view import (
    Entry as Field,
)
from tests.core.guest import DEMO, NOW, PRINTER, Guest, T, make_venue, shelf

STAFF_PIN = "482915"
CASHIER, ADMINISTRATOR, COLLECTOR, TECHNICIAN = "101", "102", "103", "104"
MANAGER, OWNER, AUDITOR = "105", "106", "107"
KEYS = ("digit:", "key:", "erase", "clear", "shift", "point", "sign", "keyboard")


class Hands(Guest):
    """An attendant's hands; guests may use the kiosk between (`tap`, `top_up` and so on)."""

    def __init__(self, *args: Any, **house: Any) -> None:
        self.pins: set[str] = set()
        self.does: dict[type, Callable[[Any], object]] = {}
        """What an errand comes back with, by its type; without one it stays under way."""
        super().__init__(*args, **house)

    # --- touches -----------------------------------------------------------------------------

    def press(self, *names: str) -> list[Effect]:
        """Press buttons, rows, tiles or fields, each by its id or by the words on it."""
        if not isinstance(self.view, (DeskView, SignInView)):
            return super().press(*names)
        effects: list[Effect] = []
        for name in names:
            button = name if name.startswith(KEYS) and self.has_keys(name) else self.find(name)
            made = self.tell(Touched(button, self.situation.page))
            self.run_errands(made)
            effects += made
        return effects

    def has_keys(self, name: str) -> bool:
        """Whether the keys are shown; a field must have them."""
        keys = next(inside(self.view, Keys), None)
        assert keys is not None, f"there are no keys for {name}"
        if keys.kind == "digits" and name.startswith(("key:", "shift", "keyboard")):
            raise AssertionError(f"{name} is not on the digit keys")
        return True

    def tell_button(self, button: str) -> list[Effect]:
        """A touch of the page that stands, whether there is such a button or not."""
        return self.tell(Touched(button, self.situation.page))

    def find(self, name: str) -> str:
        """The id of what can be pressed under this id or these words."""
        there = self.pressable()
        if name in there:
            return name
        found = [i for i, words in there.items() if words == name]
        assert len(found) == 1, f"{name!r} is {len(found)} times there, of {there}"
        return found[0]

    def pressable(self) -> dict[str, str]:
        """The ids of what can be pressed now, and the words on it."""
        view, made = self.view, {}
        for b in inside(view, Button):
            if b.enabled:
                made[b.id] = b.text
        for line in inside(view, Line):
            if line.id:
                made[line.id] = line.cells[0].text
        for tile in inside(view, Tile):
            if tile.id:
                made[tile.id] = tile.headline
        for field in inside(view, Field):
            made[field.id] = field.label
        for search in inside(view, Search):
            made[search.id] = search.hint
        return made

    def fill(self, field: str, text: str) -> None:
        """Give a field the keys, empty it, and type: digits, letters, ``.`` and ``-``."""
        if not self.focused(field):
            self.press(f"field:{field}")
        self.press("clear")
        self.type(text)

    def focused(self, field: str) -> bool:
        """Whether a field has the keys now."""
        return any(f.id == f"field:{field}" and f.focused for f in inside(self.view, Field))

    def type(self, text: str, kind: str = "") -> None:
        """Type on the keys that are shown."""
        if not isinstance(self.view, (DeskView, SignInView)):
            super().type(text, kind or "digit")
            return
        keys = next(inside(self.view, Keys))
        for char in text:
            if keys.kind == "letters":
                self.press(f"key:{char}" if not char.isdecimal() else f"digit:{char}")
            else:
                self.press({".": "point", "-": "sign"}.get(char, f"digit:{char}"))

    # --- coming and going ----------------------------------------------------------------------

    def sign_in(self, number: str = OWNER, pin: str = STAFF_PIN) -> None:
        """Sign in by number and PIN, from the welcome screen; the PIN is set before."""
        if number not in self.pins:
            command = SetStaffPin(number, STAFF_PIN)
            self.did(command, actor="cli", key=f"pin:{number}")
            self.pins.add(number)
        if not isinstance(self.scene, StaffSignIn):
            if isinstance(self.scene, Desk):
                self.press("lock")
            self.press("access", "staff")
        self.fill("number", number)
        self.fill("pin", pin)
        self.press("next")

    def go(self, section: str) -> None:
        """Press a section of the rail."""
        self.press(f"section:{section}")

    # --- what is -----------------------------------------------------------------------------

    @property
    def desk(self) -> Desk:
        """The desk; somebody must be signed in."""
        scene = self.scene
        assert isinstance(scene, Desk), f"nobody is at the desk: {self.words()}"
        return scene

    @property
    def page(self) -> Page:
        """The desk's page."""
        return self.desk.page

    @property
    def notice(self) -> str:
        """What the desk says at the top, of what was done or refused."""
        return self.view.frame.notice

    @property
    def tone(self) -> str:
        """Whether that is good or bad news."""
        return self.view.frame.notice_tone

    def says(self, *texts: str) -> None:
        """Every one of these stands somewhere on the screen."""
        there = self.words()
        for text in texts:
            assert text in there, f"{text!r} is not in:\n{there}"

    def silent(self, *texts: str) -> None:
        """None of these stands on the screen."""
        there = self.words()
        for text in texts:
            assert text not in there, f"{text!r} is in:\n{there}"

    @property
    def slips(self) -> list[str]:
        """What went to the printer so far, each slip as lines of text."""
        return [paper(e.document) for e in self.effects if isinstance(e, PrintSlip)]

    def print_out(self) -> None:
        """The printer tells that everything came out."""
        jobs = [e.job for e in self.effects if isinstance(e, PrintSlip)]
        self.tell(*(SlipPrinted(PRINTER, job) for job in dict.fromkeys(jobs)))

    @property
    def entry(self) -> Entry:
        """The newest entry of the books."""
        *_, last = self.venue.ledger.entries()
        return last

    def asked(self, query: Query[T]) -> T:
        """An answer of the venue, whoever is signed in."""
        return self.venue.ask(query, self.now)

    # --- errands ----------------------------------------------------------------------------

    def run_errands(self, effects: list[Effect]) -> None:
        """Come back at once from the errands that `does` knows."""
        for effect in effects:
            if isinstance(effect, StartErrand) and type(effect.errand) in self.does:
                errand: Errand = effect.errand
                result = self.does[type(errand)](errand)
                told = ErrandTold(effect.id, 1, 1, ended=True, result=result)
                # What it came back with may send for the next one.
                self.run_errands(self.tell(told))


def inside(value: Any, kind: type[T]) -> Iterator[T]:
    """Every part of this kind in a View."""
    if isinstance(value, kind):
        yield value
    if is_dataclass(value):
        for f in fields(value):
            yield from inside(getattr(value, f.name), kind)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from inside(item, kind)


def paper(document: Document) -> str:
    """A document as text."""
    return "\n".join(inside(document.parts, str))


@contextmanager
def attendant(text: str = DEMO, **house: Any) -> Iterator[Hands]:
    """Hands before a new kiosk with the demonstration venue, or another's file."""
    with shelf() as folder:
        venue = make_venue(folder, text, NOW)
        try:
            yield Hands(venue, **house)
        finally:
            venue.close()

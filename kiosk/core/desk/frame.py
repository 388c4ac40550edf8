"""What every section of the desk works with: one event at a time, in the attendant's own name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from kiosk.core.books import Query
from kiosk.core.clock import Now
from kiosk.core.desk.forms import Said
from kiosk.core.desk.scenes import Desk, Page, SectionName, ShiftLine
from kiosk.core.errands import Errand
from kiosk.core.errors import Refused
from kiosk.core.journey import Step, paper_effects, with_venue
from kiosk.core.ledger import Entry
from kiosk.core.messages import CardPresented, Effect, Event, StartErrand
from kiosk.core.money import Currency
from kiosk.core.recognition import Recognised, recognise
from kiosk.core.seal import Random
from kiosk.core.settings import VenueSettings
from kiosk.core.shifts import CurrentShift
from kiosk.core.situation import Situation

T = TypeVar("T")

OF_THE_VENUE = ("settings", "rules", "logo")
"""Tables of which the situation holds what they say."""


@dataclass
class At:
    """One event at the desk: what a section asks, does and says on the way to its next page.

    Lives for one event. What is done gets a key of the page that stands there, so that a button
    pressed twice does its work once; after that the page is turned.
    """

    step: Step
    desk: Desk
    effects: list[Effect] = field(default_factory=list)
    turned: bool = False

    @property
    def situation(self) -> Situation:
        """The kiosk's situation."""
        return self.step.situation

    @property
    def venue(self) -> VenueSettings:
        """The venue's settings."""
        return self.step.situation.venue

    @property
    def now(self) -> Now:
        """The moment of the event."""
        return self.step.now

    @property
    def currency(self) -> Currency:
        """The store's one currency."""
        return self.venue.currency

    @property
    def language(self) -> str:
        """The language that the screen shows: slips of the desk come in it."""
        return self.situation.choice.language

    @property
    def actor(self) -> str:
        """The attendant, as an actor of the books."""
        return f"staff:{self.desk.person.number}"

    def may(self, name: str) -> bool:
        """Whether this attendant may give a command, or ask a query, of this name."""
        return name in self.desk.person.may

    def ask(self, query: Query[T]) -> T:
        """Ask the venue in the attendant's name.

        Raises:
            Refused: as `Venue.ask`.
        """
        return self.step.venue.ask(query, self.now, self.actor)

    def do(self, command: object, what: str = "do") -> Entry | Refused:
        """Command the venue in the attendant's name, and print what that issues.

        A refusal is said on the page that stands; otherwise the page is turned. `what` tells
        several commands of one page apart.
        """
        key = f"desk:{self.situation.house.start}:{self.situation.page}:{what}"
        done = self.step.do(command, key, self.actor)
        if isinstance(done, Refused):
            self.refuse(done)
        else:
            self.effects += paper_effects(self.step, done)
            if any(change.table in OF_THE_VENUE for change in done.changes):
                self.step = with_venue(self.step)
            self.turned = True
        return done

    def refuse(self, refused: Refused) -> None:
        """Say why something was not done."""
        self.desk = replace(self.desk, problem=refused, notice=None)

    def say(self, key: str, **args: Any) -> None:
        """Say what was done."""
        self.desk = replace(self.desk, notice=Said(key, args), problem=None)

    def turn(self, page: Page) -> Page:
        """Show a page as a new one: touches of the one before are stale."""
        self.turned = True
        return page

    def send(self, *effects: Effect) -> None:
        """Have devices do something."""
        self.effects += effects

    def errand(self, errand: Errand) -> str:
        """Send the shell on an errand; its id, by which `ErrandTold` answers."""
        house, number = self.situation.house, len(self.effects)
        name = f"{house.start}-{self.situation.page}-{self.now.mono_s:.3f}-{number}"
        self.effects.append(StartErrand(name, errand))
        return name

    def recognised(self, event: CardPresented) -> Recognised:
        """What the venue's rules make of a card that was shown.

        Raises:
            Refused: as `recognise`.
        """
        today = self.now.wall.astimezone(ZoneInfo(self.venue.time_zone)).date()
        return recognise(event.raw, event.signal, event.device, self.venue.rules, today)

    @property
    def random(self) -> Random:
        """What makes codes and tokens that are shown once."""
        return self.step.venue.random

    def shift(self) -> ShiftLine | None:
        """The shift that is open now."""
        open_ = self.step.ask(CurrentShift())
        return ShiftLine(open_.number, open_.opened_at) if open_ else None


def _unheard(at: At, page: Any, event: Event) -> Page | None:
    del at, page, event
    return None


def _as_it_is(at: At, page: Any) -> Page:
    del at
    kept: Page = page
    return kept


def _no_card(at: At, read: Recognised) -> Page | None:
    del at, read
    return None


def _freely(at: At, page: Any) -> None:
    del at, page


@dataclass(frozen=True)
class Section:
    """A section of the desk.

    Attributes:
        name: of the section.
        needs: who may do or ask one of these sees it; empty: everybody who works here.
        open: its first page.
        touched: the page after a button was pressed, ``touched(at, page, name, argument)`` for the
            button ``name:argument``. The page itself where nothing is to happen.
        heard: the page after something else happened (a card, a note, an errand's answer, a slip's
            end); None where that is none of its matters.
        fresh: the page as the books and the devices have it now.
        carded: the page of a card that was shown elsewhere at the desk, and not wanted there; None
            where it is none of this section's matters.
        left: raises Refused where a page must not be left for another section (E7).
        waits: what an errand came back with is kept on a page whose attendant was locked out; for
            sections that only show it.
    """

    name: SectionName
    needs: frozenset[str]
    open: Callable[[At], Page]
    touched: Callable[[At, Any, str, str], Page]
    heard: Callable[[At, Any, Event], Page | None] = _unheard
    fresh: Callable[[At, Any], Page] = _as_it_is
    left: Callable[[At, Any], None] = _freely
    carded: Callable[[At, Recognised], Page | None] = _no_card
    waits: bool = False

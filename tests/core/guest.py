"""A guest before a kiosk without a shell: events in, situations and effects out, time by hand.

Buttons are pressed only when the View shows them, enabled: what a test does, a guest can do.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import kiosk
from kiosk.core import flow, venue_file
from kiosk.core.bills import OrderLine, Visit
from kiosk.core.capabilities import DeviceState, Machine
from kiosk.core.cards import Card, GetCard
from kiosk.core.cash import GetNote, HeldNotes, LastStart, NoteHeld, RecordStart
from kiosk.core.clients import Client, GetClient
from kiosk.core.clock import Now
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId, NoteId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.messages import (
    AcceptorChanged,
    CardPresented,
    DeviceUp,
    Effect,
    Event,
    NoteEscrowed,
    NoteStacked,
    PrinterChanged,
    SlipPrinted,
    TimePassed,
    Touched,
    VenueChanged,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.opening import GetOpening
from kiosk.core.orders import SaveOrder
from kiosk.core.seal import Random
from kiosk.core.settings import GetVenue, ImportVenue
from kiosk.core.situation import Choice, House, Limits, Scene, Situation, Times
from kiosk.core.venue import Venue
from kiosk.core.visits import OpenVisit
from kiosk.screens.present import present
from kiosk.screens.view import Button, View

T = TypeVar("T")
DEMO = (Path(kiosk.__file__).parent / "demo_venue.toml").read_text("utf-8")
RUB = CURRENCIES["RUB"]
ACCEPTOR, READER, PRINTER = DeviceId("acceptor"), DeviceId("reader"), DeviceId("printer")
NOW = Now(datetime(2026, 11, 22, 15, 0, tzinfo=UTC), 1000.0)
UID, OTHER_UID = "04A1B2C3D4E5F6", "0411223344AA55"
TIMES = Times(30, 60, 15, 40, 20, 10, 3)
LIMITS = Limits(40, 10_000_000, 1_500_000)
PHONE, PIN, NAME = "9162041234", "7391", "zinaida"


def rub(face: int) -> Money:
    return Money.face(face, RUB)


@contextmanager
def shelf() -> Iterator[Path]:
    """A folder in memory where the machine has one: these tests are not about the disk."""
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        yield Path(folder)


def make_venue(
    folder: Path, text: str = DEMO, now: Now = NOW, random: Random = os.urandom
) -> Venue:
    """A new simulated kiosk's store, with the settings of `text`.

    Most tests begin with the same one: it is made once, and laid into `folder` by its bytes, with
    the keys that it has. With a `random` of its own a store is made from nothing.
    """
    if random is not os.urandom:
        return _new_venue(folder, text, now, random)
    for name, kept in _made_once(text, now).items():
        (folder / name).write_bytes(kept)
        (folder / name).chmod(0o600)
    return Venue.open(folder / "kiosk.db", folder / "secrets.db")


@lru_cache(maxsize=16)
def _made_once(text: str, now: Now) -> dict[str, bytes]:
    with shelf() as folder:
        _new_venue(folder, text, now, os.urandom).close()
        return {name: (folder / name).read_bytes() for name in ("kiosk.db", "secrets.db")}


def _new_venue(folder: Path, text: str, now: Now, random: Random) -> Venue:
    made = Venue.create(
        folder / "kiosk.db",
        folder / "secrets.db",
        kiosk="K1",
        currency="RUB",
        simulated=True,
        now=now,
        random=random,
    )
    file = venue_file.parse(text)
    assert isinstance(made.do(ImportVenue(file), actor="cli", key="import", now=now), Entry)
    return made


def situation(venue: Venue, start: int, now: Now, **house: Any) -> Situation:
    """Nobody is here; a reader, an acceptor and a printer are declared and untried."""
    made: dict[str, Any] = {
        "start": start,
        "times": TIMES,
        "limits": LIMITS,
        "language": "en",
        "languages": ("en", "ru"),
        "simulated": True,
        "contactless": frozenset({READER}),
    }
    own = house.get("time_zone")
    machine = Machine(
        {
            READER: DeviceState("reader"),
            ACCEPTOR: DeviceState("acceptor"),
            PRINTER: DeviceState("printer"),
        }
    )
    return Situation(
        House(**made | house),
        venue.ask(GetVenue(), now),
        Choice((made | house)["language"]),
        machine,
        opening=venue.ask(GetOpening(ZoneInfo(own) if own else None), now),
        clock_synced=now.synced,
    )


class Guest:
    def __init__(self, venue: Venue, **house: Any) -> None:
        self.venue = venue
        self.now = NOW
        self.house = house
        self.effects: list[Effect] = []
        self.notes = 0
        self.start_again()

    def start_again(self) -> None:
        """A new process over the same books."""
        start = self.venue.ask(LastStart(), self.now) + 1
        self.did(RecordStart(start), actor="kiosk", key=f"start:{start}")
        self.situation = situation(self.venue, start, self.now, **self.house)
        self.notes = 0
        self.tell(
            DeviceUp(READER, "reader"),
            DeviceUp(ACCEPTOR, "acceptor"),
            AcceptorChanged(ACCEPTOR, "disabled"),
            DeviceUp(PRINTER, "printer"),
            PrinterChanged(PRINTER),
        )

    # --- what happens ------------------------------------------------------------------------

    def tell(self, *events: Event) -> list[Effect]:
        """These events, half a second apart; the effects of all of them."""
        effects: list[Effect] = []
        for event in events:
            self.now = self.now.later(0.5)
            self.situation, more = flow.step(self.situation, event, self.venue, self.now)
            effects += more
        self.effects += effects
        return effects

    def press(self, *names: str) -> list[Effect]:
        effects: list[Effect] = []
        for name in names:
            buttons = self.buttons()
            if not name.startswith(("digit:", "key:", "erase", "shift", "more_time")):
                shown = {b.id for b in buttons.values() if b.enabled}
                assert name in shown, f"{name} is not offered, but {sorted(shown)}"
            effects += self.tell(Touched(name, self.situation.page))
        return effects

    def type(self, text: str, kind: str = "digit") -> None:
        self.press(*(f"{kind}:{c}" for c in text))

    def tap(self, uid: str = UID) -> list[Effect]:
        return self.tell(CardPresented(READER, "contactless", uid))

    def wait(self, seconds: float) -> list[Effect]:
        """Time passes, and is told when it is due, as the runtime does."""
        end = self.now.mono_s + seconds
        effects: list[Effect] = []
        while (due := flow.due(self.situation)) is not None and due <= end:
            self.now = self.now.later(max(0.0, due - self.now.mono_s))
            self.situation, more = flow.step(self.situation, TimePassed(), self.venue, self.now)
            effects += more
        self.now = self.now.later(end - self.now.mono_s)
        self.effects += effects
        return effects

    # --- journeys ----------------------------------------------------------------------------

    def register(self, uid: str = UID, phone: str = "", pin: str = PIN, name: str = "") -> Card:
        self.tap(uid)
        self.press("register", "agree")
        if phone:
            self.press("with_phone")
            self.type(phone)
            self.press("consent", "next")
            self.type(pin)
            self.press("next")
            self.type(pin)
            self.press("next")
        else:
            self.press("without_phone")
        self.type(name, "key")
        self.press("next")
        scene: Any = self.situation.scene
        card: Card = scene.card
        return card

    def printed(self) -> None:
        scene: Any = self.situation.scene
        self.tell(SlipPrinted(PRINTER, scene.job))

    def home(self, uid: str = UID) -> Card:
        """A registered card's home; registers it when it is new."""
        self.tap(uid)
        if "register" in self.shown():
            self.register(uid)
            self.printed()
            self.press("leave")
            self.tap(uid)
        scene: Any = self.situation.scene
        card: Card = scene.card
        return card

    def top_up(self, *faces: int, uid: str = UID) -> Card:
        card = self.home(uid)
        self.press("top_up")
        for face in faces:
            self.insert(face)
        return card

    def escrow(self, face: int) -> tuple[NoteId, list[Effect]]:
        self.notes += 1
        note = note_id(ACCEPTOR, self.situation.house.start, self.notes)
        return note, self.tell(NoteEscrowed(ACCEPTOR, note, rub(face)))

    def insert(self, face: int) -> NoteId:
        note, _ = self.escrow(face)
        self.tell(NoteStacked(ACCEPTOR, note, rub(face)), AcceptorChanged(ACCEPTOR, "ready"))
        return note

    def order(self, order: str, card: Card, *prices: int, till: str = "1") -> Entry | Refused:
        """A till saves an order; its prices are whole roubles, the screen hears of it."""
        lines = tuple(OrderLine(f"Item {n}", 1, rub(p)) for n, p in enumerate(prices))
        command = SaveOrder(order, card.id, "Bar", lines)
        key = f"{till}:{order}:{self.venue.ledger.seq}"
        done = self.venue.do(command, actor=f"till:{till}", key=key, now=self.now)
        self.tell(VenueChanged(self.venue.ledger.seq))
        return done

    # --- what is ------------------------------------------------------------------------------

    @property
    def scene(self) -> Scene:
        return self.situation.scene

    @property
    def view(self) -> View:
        return present(self.situation, self.now)

    def buttons(self) -> dict[str, Button]:
        return {b.id: b for b in _inside(self.view, Button)}

    def shown(self) -> set[str]:
        return set(self.buttons())

    def words(self) -> str:
        """Every text on the screen, a line each."""
        return "\n".join(_inside(self.view, str))

    def did(self, command: object, *, actor: str = "cli", key: str) -> Entry:
        done = self.venue.do(command, actor=actor, key=key, now=self.now)
        assert isinstance(done, Entry), f"{command} was refused: {done}"
        return done

    def client(self, card: Card) -> Client:
        found = self.venue.ask(GetClient(card.client), self.now)
        assert found is not None
        return found

    def balance(self, card: Card) -> str:
        return str(self.client(card).wallet)

    def visit(self, card: Card) -> Visit | None:
        return self.venue.ask(OpenVisit(card.id), self.now)

    def card(self, name: str) -> Card | None:
        return self.venue.ask(GetCard(name), self.now)

    def note(self, note: NoteId) -> NoteHeld:
        found = self.venue.ask(GetNote(note), self.now)
        assert found is not None
        return found

    def undecided(self) -> dict[NoteId, str]:
        return {n.note: n.state for n in self.venue.ask(HeldNotes(), self.now)}

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.venue.ledger.entries()]


def _inside(value: Any, kind: type[T]) -> Iterator[T]:
    if isinstance(value, kind):
        yield value
    elif is_dataclass(value):
        for f in fields(value):
            yield from _inside(getattr(value, f.name), kind)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _inside(item, kind)

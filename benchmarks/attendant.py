"""What an attendant does at a kiosk with a full store, and guests while a report is made.

    python -m benchmarks.attendant search|pages|report FOLDER COUNT WIDTHxHEIGHT

FOLDER holds a filled store (see `books`); the result is one line of JSON.
"""

from __future__ import annotations

import json
import queue
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import books
from benchmarks.guest import CARDS, UNTIMED
from benchmarks.kiosk import Kiosk
from kiosk.book_errands import DOES, Beside
from kiosk.core.cash import HoldNote, SettleNote
from kiosk.core.clients import opened
from kiosk.core.clock import system_now
from kiosk.core.desk.clients import ClientSearch
from kiosk.core.desk.scenes import Desk
from kiosk.core.errands import MakeReport
from kiosk.core.ids import CardId, ClientId, note_id
from kiosk.core.messages import ErrandTold, StartErrand
from kiosk.core.money import Money
from kiosk.core.periods import Period
from kiosk.core.report_table import Report
from kiosk.core.situation import Welcome
from kiosk.core.staff import SetStaffPin
from kiosk.errands import Errands, in_child
from kiosk.screens.view import CardHomeView

PERSON, PIN = "106", "482915"
LONG = 10_000
"""So many entries are about the client whose pages are turned."""
NOTES_A_DAY = 50
MONTH = timedelta(days=30)


def at_the_desk(folder: Path, size: tuple[int, int]) -> Kiosk:
    """A kiosk at which an owner can sign in."""
    kiosk = Kiosk(folder, size, motion=False)
    books.must(kiosk.venue, SetStaffPin(PERSON, PIN), "bench:pin", system_now(), "cli")
    return kiosk


def signed_in(kiosk: Kiosk) -> None:
    """An owner signs in by number and PIN."""
    kiosk.touch("access")
    kiosk.touch("staff")
    for button in ("field:number", *_typed(PERSON), "field:pin", *_typed(PIN), "next"):
        kiosk.timed(button)
    assert isinstance(kiosk.runtime.situation.scene, Desk), "the PIN is right"


def _typed(digits: str) -> list[str]:
    return [f"digit:{digit}" for digit in digits]


def search(folder: Path, count: int, size: tuple[int, int]) -> dict[str, Any]:
    """From the touch of a digit to the flipped frame with who is found by what is typed, in ms.

    Six digits of somebody's phone, then all are erased; the list is there from the fourth on.
    """
    kiosk = at_the_desk(folder, size)
    known = books.cards_in(folder)
    chance = random.Random(3)
    wanted = [_digits(kiosk, chance.choice(known)[0]) for _ in range(count + UNTIMED)]
    listed_ms: list[float] = []
    typed_ms: list[float] = []
    found: list[int] = []

    def drive(kiosk: Kiosk) -> None:
        signed_in(kiosk)
        kiosk.touch("section:clients")
        kiosk.timed("search")
        for turn, digits in enumerate(wanted):
            for number, digit in enumerate(digits):
                time.sleep(chance.uniform(0.05, 0.15))
                _, took_ms = kiosk.timed(digit)
                if turn >= UNTIMED:
                    (listed_ms if number >= 3 else typed_ms).append(took_ms)
            found.append(_listed(kiosk))
            kiosk.timed("clear")

    kiosk.run(drive)
    assert all(found), "whoever was typed is found"
    return {"listed_ms": listed_ms, "typed_ms": typed_ms, "clients": len(known)}


def _digits(kiosk: Kiosk, client: ClientId) -> list[str]:
    """The touches that type the end of a client's phone."""
    of = kiosk.venue.books(system_now())
    kept = of.get("clients", client)
    assert kept is not None, "the filled store has him"
    return _typed(opened(of, kept, "phone")[-6:])


def _listed(kiosk: Kiosk) -> int:
    scene = kiosk.runtime.situation.scene
    assert isinstance(scene, Desk) and isinstance(scene.page, ClientSearch)
    return len(scene.page.rows)


def pages(folder: Path, count: int, size: tuple[int, int]) -> dict[str, Any]:
    """From a touch to the flipped frame with a page of a client with `LONG` entries, in ms."""
    client, card = books.cards_in(folder)[-1]
    entries = _regular(folder, client, card)
    kiosk = at_the_desk(folder, size)
    digits = _digits(kiosk, client)
    opened_ms: list[float] = []
    turned_ms: list[float] = []

    def drive(kiosk: Kiosk) -> None:
        signed_in(kiosk)
        kiosk.touch("section:clients")
        kiosk.timed("search")
        for digit in digits:
            kiosk.timed(digit)
        kiosk.touch(f"client:{client}")
        for turn in range(count + 1):
            _, took_ms = kiosk.timed("transactions")
            if turn:
                opened_ms.append(took_ms)
            for _ in range(10):
                _, took_ms = kiosk.timed("older")
                if turn:
                    turned_ms.append(took_ms)
            kiosk.touch("back")

    kiosk.run(drive)
    return {"opened_ms": opened_ms, "turned_ms": turned_ms, "entries": entries}


def _regular(folder: Path, client: ClientId, card: CardId) -> int:
    """Have so many notes of this client on the books that `LONG` entries are about him."""
    venue = books.open_in(folder)
    venue.store.execute("PRAGMA synchronous = OFF")
    began = books.trusted_now()
    for number in range(1, LONG // 2 + 1):
        # From the end of the filled year on: more than some hundred a day are refused.
        now = began.later(number * 86_400 / NOTES_A_DAY)
        note = note_id(books.ACCEPTOR, 7_000, number)
        face = Money(10_00, books.RUB)
        books.must(venue, HoldNote(note, face, client, card), f"hold:{note}", now)
        books.must(venue, SettleNote(note), f"settle:{note}", now)
    query = "SELECT count(*) FROM entries WHERE json_extract(doc, '$.refs.client') = ?"
    ((entries,),) = venue.store.rows(query, (client,))
    venue.close()
    return int(entries)


def report(folder: Path, count: int, size: tuple[int, int]) -> dict[str, Any]:
    """From a guest's tap to the flipped frame with the balance, in ms: alone, and while reports of
    a month follow each other, made as the desk has them made.
    """
    kiosk = Kiosk(folder, size, motion=False)
    every = max(1, kiosk.venue.ledger.seq // books.ENTRIES_A_CLIENT // CARDS)
    cards = [books.uid(number * every) for number in range(CARDS)]
    alone_ms: list[float] = []
    beside_ms: list[float] = []
    took_s: list[float] = []
    chance = random.Random(4)

    def taps(kiosk: Kiosk, into: list[float]) -> None:
        for turn in range(count + UNTIMED):
            if not isinstance(kiosk.runtime.situation.scene, Welcome):
                kiosk.touch("leave")
            time.sleep(chance.uniform(0.1, 0.25))
            began = time.perf_counter()
            kiosk.tap(cards[turn % len(cards)])
            view, flipped = kiosk.next_page()
            assert isinstance(view, CardHomeView), f"after a tap comes the card, not {view}"
            if turn >= UNTIMED:
                into.append((flipped - began) * 1000)

    def drive(kiosk: Kiosk) -> None:
        taps(kiosk, alone_ms)
        with reports(folder, took_s):
            taps(kiosk, beside_ms)

    kiosk.run(drive)
    return {"alone_ms": alone_ms, "beside_ms": beside_ms, "report_s": took_s}


@contextmanager
def reports(folder: Path, took_s: list[float]) -> Iterator[None]:
    """One report of the latest month after the other, by the kiosk's own errands; how long each."""
    told: queue.SimpleQueue[ErrandTold] = queue.SimpleQueue()
    place = Beside(folder / "store.db", folder / "secrets.db")
    errands = Errands(told.put, {kind: partial(in_child, place) for kind in DOES})
    now = system_now().wall
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            began = time.perf_counter()
            errands(StartErrand("report", MakeReport("top_ups", Period(now - MONTH, now))))
            while not (last := told.get()).ended:
                pass
            assert isinstance(last.result, Report), f"a report was asked for, not {last.result}"
            took_s.append(round(time.perf_counter() - began, 2))

    making = threading.Thread(target=loop)
    making.start()
    try:
        yield
    finally:
        stop.set()
        making.join()


def main(what: str, folder: str, count: str, size: str) -> None:
    width, _, height = size.partition("x")
    measured = {"search": search, "pages": pages, "report": report}[what](
        Path(folder), int(count), (int(width), int(height))
    )
    print(json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What guests do to a kiosk: taps one after the other, or whole journeys.

    python -m benchmarks.guest tap|journeys FOLDER COUNT WIDTHxHEIGHT

FOLDER holds a filled store (see `books`); the result is one line of JSON.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import books
from benchmarks.figures import memory_kb
from benchmarks.kiosk import Kiosk
from kiosk.core.cards import FindCard
from kiosk.core.clock import system_now
from kiosk.core.ids import note_id
from kiosk.core.messages import NoteEscrowed
from kiosk.core.money import Money
from kiosk.core.recognition import recognise
from kiosk.core.settings import GetVenue
from kiosk.core.situation import Registering, TopUp, Welcome
from kiosk.screens.view import CardHomeView, DoneView

CARDS = 40
"""So many cards take turns; every second one has an open visit with two orders."""

UNTIMED = 5
"""Taps before the first that counts: fonts are drawn for the first time then."""


def taps(folder: Path, count: int, size: tuple[int, int]) -> dict[str, Any]:
    """From the event in the inbox to the flipped frame with the card's home, in milliseconds.

    ``cpu_ms`` is what the whole process worked meanwhile, on all cores.
    """
    kiosk = Kiosk(folder, size, motion=True)
    every = max(1, int(kiosk.venue.ledger.seq / books.ENTRIES_A_CLIENT) // CARDS)
    cards = [books.uid(number * every) for number in range(CARDS)]
    for number, uid in enumerate(cards[::2]):
        now = system_now()
        rules = kiosk.venue.ask(GetVenue(), now).rules
        read = recognise(uid, "contactless", books.READER, rules, now.wall.date())
        card = kiosk.venue.ask(FindCard(read), now)
        assert card is not None, "the filled store has it"
        books.order(kiosk.venue, card.id, 2 * number)
        books.order(kiosk.venue, card.id, 2 * number + 1)
    all_ms: list[float] = []
    core_ms: list[float] = []
    cpu_ms: list[float] = []
    chance = random.Random(2)

    def drive(kiosk: Kiosk) -> None:
        for turn in range(count + UNTIMED):
            if turn % 2 and not isinstance(kiosk.runtime.situation.scene, Welcome):
                kiosk.touch("leave")
            time.sleep(chance.uniform(0.1, 0.25))  # so that taps meet frames at no fixed phase
            began, worked = time.perf_counter(), time.process_time()
            kiosk.tap(cards[turn % CARDS])
            view, flipped = kiosk.next_page()
            assert isinstance(view, CardHomeView), f"after a tap comes the card, not {view}"
            if turn >= UNTIMED:
                all_ms.append((flipped - began) * 1000)
                core_ms.append((kiosk.shown_s - began) * 1000)
                cpu_ms.append((time.process_time() - worked) * 1000)

    kiosk.run(drive)
    told = {"all_ms": all_ms, "core_ms": core_ms, "cpu_ms": cpu_ms}
    return {**told, "renderer": kiosk.renderer()}


def journeys(folder: Path, count: int, size: tuple[int, int]) -> dict[str, Any]:
    """Unknown card → registration → 500 + 200 → receipt → welcome, `count` times; memory in kB."""
    kiosk = Kiosk(folder, size, motion=False)
    memory: dict[int, dict[str, int]] = {}
    looked_at = {0, count // 10, count // 2, count}

    def drive(kiosk: Kiosk) -> None:
        time.sleep(1.0)
        memory[0] = memory_kb()
        began = time.perf_counter()
        for turn in range(1, count + 1):
            _journey(kiosk, turn, with_phone=turn % 10 == 0)
            if turn in looked_at:
                memory[turn] = memory_kb()
            if turn % 100 == 0:
                print(f"  {turn} journeys, {time.perf_counter() - began:.0f} s", file=sys.stderr)
        memory[-1] = {"seconds": round(time.perf_counter() - began)}

    kiosk.run(drive)
    seconds = memory.pop(-1)["seconds"]
    return {"memory_kb": memory, "seconds": seconds}


PHONE = tuple(f"digit:{d}" for d in "9162041234")
PIN = tuple(f"digit:{d}" for d in "7305")


def _journey(kiosk: Kiosk, turn: int, *, with_phone: bool) -> None:
    kiosk.tap(f"05{turn:010X}80")
    kiosk.next_page()
    kiosk.touch("register")
    while isinstance(scene := kiosk.runtime.situation.scene, Registering):
        match scene.step:
            case "terms":
                kiosk.touch("agree")
            case "choice":
                kiosk.touch("with_phone" if with_phone else "without_phone")
            case "phone":
                kiosk.touch(*PHONE, "consent", "next")
            case "pin" | "pin_again":
                kiosk.touch(*PIN, "next")
            case "name":
                kiosk.touch("next")
            case other:
                raise AssertionError(f"an unknown step of registration: {other}")
    kiosk.touch("top_up")
    for count, face in enumerate((500_00, 200_00), 1):
        note = note_id(books.ACCEPTOR, kiosk.start, 2 * turn + count)
        value = Money(face, books.RUB)
        kiosk.devices[books.ACCEPTOR].value = value
        kiosk.put(NoteEscrowed(books.ACCEPTOR, note, value))
        while _taken(kiosk) < count:
            kiosk.next_frame()
    done = kiosk.touch("done")
    assert isinstance(done, DoneView), f"after the notes comes the receipt, not {done}"
    kiosk.touch("leave")


def _taken(kiosk: Kiosk) -> int:
    scene = kiosk.runtime.situation.scene
    return len(scene.taken) if isinstance(scene, TopUp) else -1


def main(what: str, folder: str, count: str, size: str) -> None:
    width, _, height = size.partition("x")
    measured = {"tap": taps, "journeys": journeys}[what](
        Path(folder), int(count), (int(width), int(height))
    )
    print(json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])

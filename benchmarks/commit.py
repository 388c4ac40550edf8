"""What it costs to put a note on the books, beside the least that a durable write can cost."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import books
from kiosk.core.cards import FindCard
from kiosk.core.cash import HoldNote, RecordStart, SettleNote
from kiosk.core.clock import system_now
from kiosk.core.ids import note_id
from kiosk.core.money import Money
from kiosk.core.recognition import recognise
from kiosk.core.settings import GetVenue
from kiosk.core.venue import Venue

BLOCKS = 7
COMMITS = 20


def measure(folder: Path) -> dict[str, Any]:
    """Milliseconds to settle a note through `Venue.do`; to append the same bytes and sync them.

    In turns of the same run on the same disk, so that both have the same luck with it.
    """
    venue = Venue.open(folder / "store.db", folder / "secrets.db")
    books.must(venue, RecordStart(2), "start:2", system_now())
    now = system_now()
    rules = venue.ask(GetVenue(), now).rules
    read = recognise(books.uid(0), "contactless", books.READER, rules, now.wall.date())
    card = venue.ask(FindCard(read), now)
    assert card is not None, "the filled store has it"
    ours: list[float] = []
    raw: list[float] = []
    log = os.open(folder / "raw.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for block in range(BLOCKS):
        lines = []
        for count in range(COMMITS):
            note = note_id(books.ACCEPTOR, 2, block * COMMITS + count + 1)
            hold = HoldNote(note, Money(100_00, books.RUB), card.client, card.id)
            books.must(venue, hold, f"hold:{note}", system_now())
            began = time.perf_counter()
            entry = books.must(venue, SettleNote(note), f"settle:{note}", system_now())
            ours.append((time.perf_counter() - began) * 1000)
            lines.append((json.dumps(entry.document()) + "\n").encode())
        for line in lines:
            began = time.perf_counter()
            os.write(log, line)
            os.fdatasync(log)
            raw.append((time.perf_counter() - began) * 1000)
    os.close(log)
    entries = venue.ledger.seq
    venue.close()
    return {
        "entries": entries,
        "ours_ms": ours,
        "raw_ms": raw,
        "ratio": round(median(ours) / median(raw), 2),
    }

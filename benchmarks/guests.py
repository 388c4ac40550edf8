"""Who comes while a benchmark runs: guests of a filled store, regulars more often than others."""

from __future__ import annotations

import random
from pathlib import Path

from benchmarks import books
from benchmarks.contenders import TopUp
from kiosk.core.ids import CardId, ClientId, note_id


class Guests:
    """The same store and the same start make the same guests; a start names its notes."""

    def __init__(self, folder: Path, start: int) -> None:
        self.chance = random.Random(start)
        self.known = books.cards_in(folder)
        self.began, self.notes = start, 0

    def some(self, count: int) -> list[tuple[ClientId, CardId]]:
        """Clients with their cards, by chance: the first ones registered come most often."""
        return [self.known[int(len(self.known) * self.chance.random() ** 2)] for _ in range(count)]

    def top_ups(self, count: int) -> list[TopUp]:
        """Notes to be held and settled, one after the other, from now on."""
        made = []
        for client, card in self.some(count):
            self.notes += 1
            note = note_id(books.ACCEPTOR, self.began, self.notes)
            now = books.trusted_now()
            minor = self.chance.choice(books.FACES) * 100
            made.append(TopUp(note, client, card, minor, now, now.later(1.5)))
        return made

"""Banknotes and coins in somebody's hands: a purse that never ends, a drawer that does.

The drawer knows what is in it, piece by piece, whatever the books say.
"""

from __future__ import annotations

from collections import Counter

FACES = (500000, 200000, 100000, 50000, 20000, 10000, 5000, 1000, 500, 200, 100, 50, 10, 5, 1)
"""Of notes and coins, in minor units, the largest first."""

Pieces = Counter[int]


def worth(pieces: Pieces) -> int:
    """The sum of some notes and coins, in minor units."""
    return sum(face * number for face, number in pieces.items())


def pieces(minor: int, most: int = FACES[0]) -> Pieces:
    """A sum as a guest has it in his purse, in notes up to `most`."""
    made: Pieces = Counter()
    for face in FACES:
        if face <= most:
            made[face], minor = divmod(minor, face)
    return +made


class Drawer:
    """What lies in the drawer of the desk."""

    def __init__(self) -> None:
        self.inside: Pieces = Counter()

    def put(self, given: Pieces) -> None:
        """Notes and coins go in."""
        self.inside.update(given)

    def find(self, minor: int) -> Pieces | None:
        """Notes and coins of this sum, which stay there; None where the drawer lacks them."""
        found: Pieces = Counter()
        for face in FACES:
            number = min(self.inside[face], minor // face)
            found[face] = number
            minor -= number * face
        return None if minor else +found

    def take(self, wanted: Pieces) -> None:
        """Notes and coins that are there go out."""
        self.inside.subtract(wanted)
        assert min(self.inside.values(), default=0) >= 0, "nobody takes what is not there"
        self.inside = +self.inside

"""The auditor's knowledge of the drawer and of counting: what hands put in and took out.

A count of the drawer must find what is over or short to the last coin: what hands did wrong since
the one before. It imports nothing of the kiosk.
"""

from __future__ import annotations

from tests.sim.facts import Violation

TILL, VAULT, IN_BAGS, OVER_SHORT = "=1030", "=1050", "=1040", "=5030"


class Till:
    """What must be in the drawer; `wrong` is what hands did wrong since it was counted last."""

    def __init__(self) -> None:
        self.minor = 0
        self.wrong = 0

    def hands(self, minor: int, *, wrong: bool = False) -> None:
        """Hands put so much in (or took it out, below 0); `wrong`: nobody knows of it."""
        self.minor += minor
        self.wrong += minor if wrong else 0

    def counted(self, counted: int, expected: int) -> dict[str, int]:
        """What a Z over this count moves, when the books expect that.

        Raises:
            Violation: it is not what hands did.
        """
        if counted != self.minor:
            raise Violation(f"in the drawer are {counted}, hands put {self.minor} there")
        over = counted - expected
        if over != self.wrong:
            raise Violation(f"the drawer is over by {over}; hands made it {self.wrong}")
        return {TILL: over, OVER_SHORT: -over}

    def accepted(self) -> None:
        """The Z is made: what was wrong is on the books."""
        self.wrong = 0


def collected(expected: dict[int, int]) -> dict[str, int]:
    """What a collection moves when the box holds these notes by the books: into the bag."""
    faces = {f"face {face}": -face * 100 * number for face, number in expected.items()}
    return faces | {IN_BAGS: -sum(faces.values())}


def bag_counted(expected: dict[int, int], counted: dict[int, int]) -> dict[str, int]:
    """What the count of a bag moves: into the vault what is there, over or short what differs."""
    has, should = (
        sum(face * 100 * number for face, number in notes.items()) for notes in (counted, expected)
    )
    return {IN_BAGS: -should, VAULT: has, OVER_SHORT: should - has}

"""What the core sends the shell for, and what comes back: work that is too long, or not its own.

An errand is a frozen value in `StartErrand`; the shell (`kiosk.errands`) does it in a thread or a
process of its own and tells of it by `ErrandTold`: while it goes on, and once when it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class VerifyBooks:
    """Check the chain of entries and every balance. Result: `Verified`."""


@dataclass(frozen=True)
class Verified:
    """What was checked, and what was wrong; no `problems` is the good news."""

    entries: int
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Restart:
    """Start the kiosk's program again, or the machine; or switch the machine off.

    ``training`` and ``real`` start the program with the other store.
    """

    what: Literal["program", "machine", "off", "training", "real"]


Errand = VerifyBooks | Restart

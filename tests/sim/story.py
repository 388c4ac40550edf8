"""What happened, in plain words, with the true time of day where the venue is."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
"""The first simulated morning: nine o'clock where the venue is, a Monday."""

ZONE = timedelta(hours=3)
DAY_S = 86400.0


class Story:
    """Lines of what happened, and how often each fault struck. `now_s` is set by the world."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.lines: list[str] = []
        self.strikes: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        """Things of the day: guests, notes, boots …"""

    def moment(self) -> str:
        at = BEGIN + ZONE + timedelta(seconds=round(self.now_s, 1))
        day = int(self.now_s // DAY_S) + 1
        return f"day {day} {at:%H:%M:%S}.{at.microsecond // 100000}"

    def tell(self, text: str) -> None:
        self.lines.append(f"{self.moment()}  {text}")

    def strike(self, kind: str, text: str = "") -> None:
        """A fault has struck, really."""
        self.strikes[kind] += 1
        self.tell(f"FAULT {kind}" + (f": {text}" if text else ""))

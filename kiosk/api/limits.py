"""How often somebody may come: a bucket of tokens each, refilled with time."""

from __future__ import annotations

import math
from collections import OrderedDict

CALLERS_MAX = 1_000
"""So many callers are remembered; the one that was away longest is forgotten first."""


class Buckets:
    """A bucket for each caller: `per_minute` at once, and as many again each minute."""

    def __init__(self, per_minute: int) -> None:
        self._most = float(per_minute)
        self._per_s = per_minute / 60
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, caller: str, now_s: float) -> int:
        """Whole seconds until the caller may come again; 0: now."""
        left = self._at(caller, now_s)
        return 0 if left >= 1 else max(1, math.ceil((1 - left) / self._per_s))

    def take(self, caller: str, now_s: float) -> None:
        """Count one visit of the caller."""
        self._left[caller] = (max(0.0, self._at(caller, now_s) - 1), now_s)
        self._left.move_to_end(caller)
        while len(self._left) > CALLERS_MAX:
            self._left.popitem(last=False)

    def _at(self, caller: str, now_s: float) -> float:
        left, since_s = self._left.get(caller, (self._most, now_s))
        return min(self._most, left + max(0.0, now_s - since_s) * self._per_s)

"""When the screen may be dark: in hours that the machine's settings name, while nobody is there.

The window makes it black a minute after the last touch, and any touch brings it back. What happens
at the kiosk (a card, a note, a problem) brings another page, and only the welcome page is dark.
"""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from kiosk.core.capabilities import Machine
from kiosk.core.clock import Now

Night = tuple[time, time]
"""From when to when, by the clock on the wall; an end before the beginning is on the next day."""


def falls(night: Night | None, zone: str, now: Now) -> bool:
    """Whether it is night now; never by a clock that nobody has set."""
    if night is None or not now.synced:
        return False
    begins, ends = night
    at = now.wall.astimezone(ZoneInfo(zone)).time()
    return begins <= at < ends if begins < ends else at >= begins or at < ends


def money_moves(machine: Machine) -> bool:
    """Whether an acceptor has something in it, or does not say that it has nothing."""
    takers = (*machine.of("acceptor"), *machine.of("coins"))
    return any(state.up and state.acceptor == "busy" for _, state in takers)

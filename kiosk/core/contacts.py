"""The contacts of the cabinet: its door, its tilt, the power that fails.

What they say stops the taking of money in `capabilities`, as every other reason does. Here it goes
on record, for whoever reads the journal later.
"""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.core.journey import Step
from kiosk.core.maintenance import RecordMaintenance, Work
from kiosk.core.messages import Contact, ContactsChanged

_BEGINS: Mapping[Contact, Work] = {
    "power_fails": "power_failed",
    "door_open": "door_opened",
    "tilted": "tilted",
}
_ENDS: Mapping[Contact, Work] = {
    "power_fails": "power_back",
    "door_open": "door_shut",
    "tilted": "upright",
}
RECORD_EVERY_S = 60
"""A contact that is loose would fill the books: each word is put down so often at most."""


def record(at: Step, event: ContactsChanged) -> None:
    """Put on record what begins and what is over; `at` does not know it yet."""
    known = at.situation.machine.devices.get(event.device)
    before = known.amiss if known else ()
    words = [_BEGINS[c] for c in event.amiss if c not in before]
    words += [_ENDS[c] for c in before if c not in event.amiss]
    start, span = at.situation.house.start, int(at.now.mono_s // RECORD_EVERY_S)
    for word in words:
        key = f"contact:{event.device}/{word}/{start}/{span}"
        at.must(RecordMaintenance(word, event.device), key)

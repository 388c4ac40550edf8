"""What a card's proof leads to, before anything else comes of a tap.

A card whose number is on record as genuine and that proves nothing is a copy, at whichever reader
it is shown; so is one that says a count which was heard before. Both are as if the reader had
refused them, and stand on record as strikes.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from kiosk.core.cards import FindCard
from kiosk.core.errors import Refused
from kiosk.core.genuine import GetGenuine, RecordTap
from kiosk.core.ids import CardId, ClientId
from kiosk.core.journey import Step
from kiosk.core.messages import CardPresented, CardRefused
from kiosk.core.recognition import Recognised, recognise
from kiosk.core.strikes import RecordStrike

RULE: Final = "not_genuine"


def proved(
    at: Step, event: CardPresented | CardRefused, today: date
) -> CardPresented | CardRefused:
    """The event as it counts.

    Raises:
        StorageFailed: that it was read could not be put on record.
    """
    if isinstance(event, CardRefused):
        if event.reason == RULE:
            at.strike(RecordStrike(RULE, ClientId(""), CardId("")))
        return event
    rules = at.situation.venue.rules
    try:
        read = recognise(event.raw, event.signal, event.device, rules, today)
    except Refused:
        return event  # no card of ours, whatever it proves
    if _holds(at, event, read):
        return event
    card = at.ask(FindCard(read))
    of = (card.client, card.id) if card else (ClientId(""), CardId(""))
    at.strike(RecordStrike(RULE, *of))
    return CardRefused(event.device, event.signal, RULE)


def _holds(at: Step, event: CardPresented, read: Recognised) -> bool:
    """Whether the card proved what is on record of it; that it did is put on record."""
    kept = at.ask(GetGenuine(read))
    if event.proof == "none":
        return kept is None
    if kept is not None and kept.counter is None and event.counter is None:
        return True  # there is nothing new to put on record
    # Never the same key twice: a repeat would be answered as what was done before.
    key = f"tap:{at.situation.house.start}/{at.venue.ledger.seq + 1}"
    tap = RecordTap(read, event.counter)
    return not isinstance(at.venue.do(tap, actor="kiosk", key=key, now=at.now), Refused)

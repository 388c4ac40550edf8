"""What a card's proof leads to, before anything else comes of a tap.

A card whose number is on record as genuine and that proves nothing is a copy, at whichever reader
it is shown; so is one that says a count which was heard before. Both are as if the reader had
refused them, and stand on record as strikes.
"""

from __future__ import annotations

from datetime import date

from kiosk.core import genuine
from kiosk.core.cards import FindCard
from kiosk.core.errors import Refused
from kiosk.core.genuine import GetGenuine, RecordTap
from kiosk.core.ids import CardId, ClientId
from kiosk.core.journey import Step
from kiosk.core.messages import CardPresented, CardRefused
from kiosk.core.recognition import recognise
from kiosk.core.strikes import RecordStrike

RULE = "not_genuine"


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
    try:
        read = recognise(event.raw, event.signal, event.device, at.situation.venue.rules, today)
    except Refused:
        return event  # no card of ours, whatever it proves
    kept = at.ask(GetGenuine(read))
    if event.proof == "none":
        if kept is None:
            return event
        card = at.ask(FindCard(read))
        of = (card.client, card.id) if card else (ClientId(""), CardId(""))
        at.strike(RecordStrike(RULE, *of))
        return genuine.as_refused(event)
    if kept is not None and kept.counter is None and event.counter is None:
        return event  # there is nothing new to put on record
    # Never the same key twice: a repeat would be answered as what was done before.
    key = f"tap:{at.situation.house.start}/{at.venue.ledger.seq + 1}"
    done = at.do(RecordTap(read, event.counter), key)
    return genuine.as_refused(event) if isinstance(done, Refused) else event

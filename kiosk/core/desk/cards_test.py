"""The live tester: what the reader sent, which rules match, what they make of it (E75).

Nothing is booked, and nothing of a read is kept but what the page shows: of what may be the number
of a bank card no more than its last four digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from kiosk.core import genuine
from kiosk.core.cards import Card, FindCard
from kiosk.core.desk.cards_draft import Draft
from kiosk.core.desk.frame import At
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.messages import CardPresented, CardRefused, Event, Signal
from kiosk.core.readings import ExplainRead
from kiosk.core.recognition import Recognised, luhn, recognise
from kiosk.core.visits import OpenVisit

_RUN = re.compile(r"[0-9]{13,19}")


@dataclass(frozen=True)
class Tested:
    """What became of a read.

    Attributes:
        sent: what the reader sent, as far as it may be seen; empty where it told no more than why.
        signal: of which kind.
        matches: the names of the rules that match.
        read: what the one rule makes of it; None where none does, or several.
        known: whether a card of this number is on file; None: it was not asked.
        since: since when a visit is open on it (ISO 8601, UTC), or empty.
        problem: why it is no card of ours.
    """

    sent: str = field(repr=False)
    signal: Signal
    matches: tuple[str, ...] = ()
    read: Recognised | None = None
    known: bool | None = None
    since: str = ""
    problem: Refused | None = None


def heard(at: At, draft: Draft, event: Event) -> Tested | None:
    """What the rules of a draft make of a card that was shown; None: it was none."""
    match event:
        case CardRefused(signal=signal):
            return Tested("", signal, problem=genuine.refusal(event))
        case CardPresented(device=device, signal=signal, raw=raw):
            return tested(at, draft, raw, signal, device)
        case _:
            return None


def tested(at: At, draft: Draft, raw: str, signal: Signal, device: DeviceId) -> Tested:
    """What the rules of a draft make of a read.

    Raises:
        Refused: ``err.typed``: it is too long, or holds what no reader sends.
    """
    told = at.ask(ExplainRead(signal, device, raw, draft.rules))
    matches = tuple(rule.rule for rule in told if rule.matches)
    sent = masked(raw)
    today = at.now.wall.astimezone(ZoneInfo(at.venue.time_zone)).date()
    try:
        read = recognise(raw, signal, device, draft.rules, today)
    except Refused as refused:
        return Tested(sent, signal, matches, problem=refused)
    card = at.ask(FindCard(read)) if at.may("FindCard") else None
    known = (card is not None) if at.may("FindCard") else None
    return Tested(sent, signal, matches, read, known, _since(at, card))


def _since(at: At, card: Card | None) -> str:
    visit = at.ask(OpenVisit(card.id)) if card and at.may("OpenVisit") else None
    return visit.since if visit else ""


def masked(raw: str) -> str:
    """A read without what may be the number of a bank card; a stripe with one says its name, too.

    ``%B4111111111111111^DOE/JOHN?`` → ``•••• 1111``
    """
    found = next((run for run in _RUN.findall(raw) if luhn(run)), None)
    return raw if found is None else f"•••• {found[-4:]}"

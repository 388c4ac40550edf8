"""A session of a set number of minutes is given more of them while it runs.

One with an open end needs none of this: it goes on by itself while there are minutes or money.
Source: docs/criteria.md M19, M24, M33; docs/ledger.md, "Sessions".
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.core import charges, minutes, sessions
from kiosk.core.books import Answer, Books, Handler
from kiosk.core.charges import MINUTE_US
from kiosk.core.errors import Refused
from kiosk.core.ledger import Draft
from kiosk.core.packages import whole
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()


@dataclass(frozen=True)
class ExtendSession:
    """Let a running ``balance_min`` go on for so many of its client's free minutes more."""

    session: str
    minutes: int


def _extend(books: Books, command: ExtendSession) -> Draft:
    session = sessions.still_running(books, command.session)
    if session["mode"] != "balance_min":
        raise Refused("err.session_open_end")
    if charges.lived_us(books, session) >= session["planned"] * MINUTE_US:
        raise Refused("err.session_over")
    if not whole(command.minutes):
        raise Refused("err.minutes_whole")
    client = session["client"]
    free = minutes.free(books, client, session["kind"])
    if command.minutes > free:
        raise Refused("err.minutes_free", free=str(free))
    planned = session["planned"] + command.minutes
    deadline = sessions.later(session["started_at"], planned * MINUTE_US)
    draft = Draft("session_extended", refs={"session": session["id"]})
    draft.refs |= {"client": client, "station": session["station"]}
    draft.set("sessions", session | {"planned": planned, "deadline": deadline})
    return draft


HANDLERS: dict[type, Handler] = {ExtendSession: _extend}
ANSWERS: dict[type, Answer] = {}
ALLOWED: dict[type, frozenset[str]] = {ExtendSession: frozenset({"staff"})}

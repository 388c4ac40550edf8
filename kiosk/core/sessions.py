"""Sessions: play time at a station, for money (`timer`) or for minutes, and when it ends.

A session has a deadline from its first moment: the minutes that it holds, or that the client's
money lasts for. The kiosk ends it then (`EndSession`), or goes on where more was bought meanwhile.
How old a session is, is measured by `stopwatch`, here as in the runtime.
Source: docs/criteria.md M13-M26, M31, M33, M35-M37, C22, C31; docs/ledger.md, "Sessions".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from tinydb import where

from kiosk.core import cards, charges, minutes, statistics, tariffs, tenders, trust
from kiosk.core.books import Answer, Books, Handler, personal, remark
from kiosk.core.charges import MINUTE_US, TIMER_MINUTES_MAX
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId
from kiosk.core.ledger import Draft
from kiosk.core.packages import whole
from kiosk.core.slips import add_slip, language_of
from kiosk.core.staff import Approval
from kiosk.core.stopwatch import SECOND_US, Due
from kiosk.core.store import TableSpec
from kiosk.core.tariffs import Tariff
from kiosk.core.tenders import Tender

TABLES = (TableSpec("sessions", ("state", "client")),)

Mode = Literal["timer", "balance_timer", "balance_min"]
MODES: tuple[Mode, ...] = get_args(Mode)
"""``timer``: open-ended, paid by the tariff when it ends. ``balance_timer``: open-ended, takes the
minutes that were worked. ``balance_min``: a number of minutes, planned from the balance."""


@dataclass(frozen=True)
class StartSession:
    """Begin a session at a station; a guest with his card, staff and tills for a client.

    `planned` is the number of minutes of ``balance_min``, and 0 otherwise. `with_bonus`: points pay
    what they may of a ``timer`` (C22, C31).
    """

    client: ClientId | str
    station: str
    kind: str
    mode: str
    planned: int = 0
    card: CardId | str = ""
    with_bonus: bool = True
    override: Approval | None = None
    pin: str = personal()
    reason: str = remark()


@dataclass(frozen=True)
class StopSession:
    """End a session now; a guest with the card of its client.

    `rest` is how staff take what the wallet lacks; without it that stays owed (`PaySession`).
    """

    session: str
    card: CardId | str = ""
    rest: Tender | Literal[""] = ""


@dataclass(frozen=True)
class EndSession:
    """End a session whose deadline has come, or let it go on: more was bought meanwhile.

    `planned` is the length that has passed, so that the end of another one is another command.
    """

    session: str
    planned: int


@dataclass(frozen=True)
class MoveSession:
    """The clock was set while a session ran: by the new one it began at `started_at`."""

    session: str
    started_at: str


@dataclass(frozen=True)
class SwitchSession:
    """Stop a session on minutes and go on with the other kind, where the policy allows it (M22).

    `station` is where; empty for the same one.
    """

    session: str
    kind: str
    station: str = ""
    card: CardId | str = ""
    pin: str = personal()


@dataclass(frozen=True)
class PaySession:
    """Take what a session left owed."""

    session: str
    tender: Tender


def later(at: str, us: int) -> str:
    """A moment of the books, so many microseconds later."""
    moved = datetime.fromisoformat(at) + timedelta(microseconds=us)
    return moved.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# --- starting -----------------------------------------------------------------------------------


def _start(books: Books, command: StartSession) -> Draft:
    client = _player(books, command.client)
    card = minutes.shown_card(books, client, command.card)
    draft = Draft("session_started", reason=command.reason)
    document = _begin(books, draft, command, client)
    if card is not None:
        worth = _worth(books, document)
        draft.refs |= {"card": card.id} | trust.may_spend(
            books, card, worth, command.pin, command.override, command.reason
        )
    statistics.record(books, draft, client, visit_at=document["started_at"])
    return draft


def _player(books: Books, client: str) -> str:
    """A client who may play: whoever holds minutes or money, an erased one too."""
    if not client:
        raise Refused("err.client_needed")
    kept = books.get("clients", client)
    if not kept or kept["state"] == "merged":
        raise Refused("err.no_such_client", client=client)
    owed = [s for s in in_state(books, "unpaid") if s["client"] == client]
    if owed:
        raise Refused("err.session_unpaid", amount=str(books.money(owed[0]["owed"])))
    return client


def _begin(
    books: Books, draft: Draft, command: StartSession, client: str, instead_of: str = ""
) -> dict[str, Any]:
    """Put a new session into the draft; that of the id `instead_of` ends in the same entry."""
    kind = minutes.kind_known(command.kind)
    running = [s for s in in_state(books, "running") if s["id"] != instead_of]
    station = _place(books, command.station, kind, running)
    _only_open_ended(client, command.mode, kind, running)
    at, tariff = _moment(books), None
    if command.mode == "timer":
        tariff = tariffs.applies(books, client, station)
        planned = _of_money(books, client, tariff, at, command.with_bonus)
    else:
        planned = _of_balance(books, client, kind, command)
    document = {
        "id": books.new_id("s"),
        "number": books.number(draft, "session"),
        "client": client,
        "card": command.card,
        "station": station["id"],
        "kind": kind,
        "mode": command.mode,
        "started_at": at,
        "planned": planned,
        "deadline": later(at, planned * MINUTE_US),
        "tariff": tariff.document() if tariff else None,
        "with_bonus": command.with_bonus,
        "state": "running",
        "ended_at": "",
        "ended_by": "",
        "used": 0,
        "charge": 0,
        "bonus": 0,
        "owed": 0,
    }
    draft.refs |= {"client": client, "session": document["id"], "station": station["id"]}
    draft.set("sessions", document)
    return document


def _place(books: Books, name: str, kind: str, running: list[dict[str, Any]]) -> dict[str, Any]:
    """A station where a session of this kind may begin."""
    station = books.get("stations", name)
    if not station or not station["in_use"]:
        raise Refused("err.no_such_station", station=name)
    if station["kind"] not in (kind, "any"):
        raise Refused("err.station_kind", station=station["name"])
    if any(s["station"] == name for s in running):
        raise Refused("err.station_busy", station=station["name"])
    return station


def _only_open_ended(client: str, mode: str, kind: str, running: list[dict[str, Any]]) -> None:
    """Of the modes that take all there is, one session of a client at a time (M33)."""
    for other in running:
        same = (other["client"], other["mode"]) == (client, mode)
        if same and (mode == "timer" or (mode == "balance_timer" and other["kind"] == kind)):
            raise Refused("err.session_runs", station=other["station"])


def _of_money(books: Books, client: str, tariff: Tariff, at: str, with_bonus: bool) -> int:
    """The minutes that a client's money lasts for, from one on."""
    began = datetime.fromisoformat(at)
    lasts = charges.lasts(books, client, tariff, began, with_bonus)
    if lasts == 0:
        first = tariffs.price(tariff, began, 1, tariffs.zone(books)).net
        raise Refused("err.play_short", price=str(books.money(first)))
    return lasts


def _of_balance(books: Books, client: str, kind: str, command: StartSession) -> int:
    """The minutes that a session takes from the balance: those asked for, or all free ones."""
    if command.mode not in MODES:
        raise Refused("err.session_mode", mode=str(command.mode)[:40])
    free = minutes.free(books, client, kind)
    if command.mode == "balance_timer":
        if free <= 0:
            raise Refused("err.minutes_none")
        return free
    if not whole(command.planned):
        raise Refused("err.minutes_whole")
    if command.planned > free:
        raise Refused("err.minutes_free", free=str(free))
    return int(command.planned)


def _worth(books: Books, session: Mapping[str, Any]) -> int:
    """What the planned time is worth by the tariff: so much does a start put at stake."""
    station = books.get("stations", session["station"]) or {}
    tariff = tariffs.applies(books, session["client"], station)
    span = min(session["planned"], TIMER_MINUTES_MAX)
    return tariffs.price(tariff, books.now.wall, span, tariffs.zone(books)).net


def _moment(books: Books) -> str:
    """Now; where the clock was never synchronised, not before the last entry, as its `at` is."""
    return books.at if books.now.synced else max(books.at, books.ledger.last_at)


# --- ending -------------------------------------------------------------------------------------


def _stop(books: Books, command: StopSession) -> Draft:
    session = still_running(books, command.session)
    draft = Draft("session_ended", refs={"session": session["id"]})
    _by_its_guest(books, draft, session, command.card)
    if command.rest and books.actor == "guest":
        raise Refused("err.not_allowed")
    _finish(books, draft, session, "stopped", command.rest)
    return draft


def _end(books: Books, command: EndSession) -> Draft:
    session = still_running(books, command.session)
    whole_us = session["planned"] * MINUTE_US
    if command.planned != session["planned"] or charges.lived_us(books, session) < whole_us:
        raise Refused("err.session_lasts")
    more = _more(books, session)
    if more == 0:
        draft = Draft("session_ended", refs={"session": session["id"]})
        _finish(books, draft, session, "deadline")
        return draft
    draft = Draft("session_extended", refs={"session": session["id"]})
    draft.refs |= {"client": session["client"], "station": session["station"]}
    if _with_bare_card(books, session):
        draft.refs[f"unproven:{session['client']}"] = _worth_of_more(books, session, more)
    planned = session["planned"] + more
    deadline = later(session["started_at"], planned * MINUTE_US)
    draft.set("sessions", session | {"planned": planned, "deadline": deadline})
    return draft


def _more(books: Books, session: Mapping[str, Any]) -> int:
    """For how many minutes more an open-ended session may go on: more was bought meanwhile."""
    if not _card_good(books, session):
        return 0
    client, more = session["client"], 0
    match session["mode"]:
        case "balance_timer":
            more = minutes.free(books, client, session["kind"])
        case "timer":
            began = datetime.fromisoformat(session["started_at"])
            tariff = Tariff.of(session["tariff"])
            lasts = charges.lasts(books, client, tariff, began, session["with_bonus"])
            more = lasts - int(session["planned"])
    if more > 0 and _with_bare_card(books, session):
        more = _let_pass(books, session, more)
    return max(0, more)


def _card_good(books: Books, session: Mapping[str, Any]) -> bool:
    """Whether the card that a session began with is good still, or what took its place is."""
    card = books.get("cards", session["card"]) if session["card"] else None
    if card is None or card["state"] == "active":
        return True
    if card["state"] != "retired":
        return False
    return any(other.state == "active" for other in cards.cards_of(books, session["client"]))


def _with_bare_card(books: Books, session: Mapping[str, Any]) -> bool:
    """Whether a guest began it without his PIN: then trust says how long it goes on, too."""
    # A session's id says which entry began it.
    began = books.ledger.entry(int(session["id"].rsplit("-", 1)[1][:-1]))
    return (
        began is not None and began.refs.get("proof") == "none" and "overridden" not in began.refs
    )


def _let_pass(books: Books, session: Mapping[str, Any], more: int) -> int:
    """How many of these minutes a bare card may still spend: money is often not its bearer's."""
    left = trust.left_without_pin(books, session["client"])
    most = min(more, TIMER_MINUTES_MAX)
    try:
        tariff, at = _going_on(books, session)
        return tariffs.covered(tariff, at, tariffs.zone(books), most, lambda net: net <= left)
    except Refused:
        # Nobody knows any more what a minute is worth here, and it has to end all the same.
        return 0


def _worth_of_more(books: Books, session: Mapping[str, Any], more: int) -> int:
    tariff, at = _going_on(books, session)
    return tariffs.price(tariff, at, more, tariffs.zone(books)).net


def _going_on(books: Books, session: Mapping[str, Any]) -> tuple[Tariff, datetime]:
    """By which tariff, and from when on, more minutes of a session have a worth."""
    if session["tariff"]:
        tariff = Tariff.of(session["tariff"])
    else:
        station = books.get("stations", session["station"]) or {}
        tariff = tariffs.applies(books, session["client"], station)
    return tariff, datetime.fromisoformat(session["deadline"])


def _finish(
    books: Books,
    draft: Draft,
    session: Mapping[str, Any],
    ended_by: str,
    rest: Tender | Literal[""] = "",
) -> None:
    """End a session in the draft: what it used is taken, what it cost is paid or owed."""
    age_us = charges.lived_us(books, session)
    used = charges.used(books, age_us)
    ended = {
        "state": "ended",
        "ended_at": later(session["started_at"], age_us),
        "ended_by": ended_by,
        "used": used,
    }
    client, spent = session["client"], 0
    paid: tuple[tuple[str, int], ...] = ()
    if session["mode"] == "timer":
        cost = charges.charge(books, draft, session, used, rest)
        spent, paid = cost.spent, cost.tenders
        ended |= {"charge": cost.net, "bonus": cost.points, "owed": cost.owed}
        ended["state"] = "unpaid" if cost.owed else "ended"
    else:
        minutes.spend(books, draft, client, session["kind"], used)
    statistics.record(books, draft, client, spent_minor=spent, played_s=age_us // SECOND_US)
    draft.refs |= {"client": client, "station": session["station"]}
    draft.set("sessions", {**session, **ended})
    if books.actor != "kiosk" and books.settings()["minutes"].get("session_slips", False):
        # One that ends by itself has nobody before the printer.
        _slip(books, draft, {**session, **ended}, paid)


def _slip(
    books: Books, draft: Draft, session: Mapping[str, Any], paid: Sequence[tuple[str, int]]
) -> None:
    """The slip of a session that somebody ended: what it took, how `paid`, and what is left."""
    client, kind = session["client"], session["kind"]
    owner = {"client": client, "card": session["card"]}
    slip = add_slip(books, draft, "session_slip", owner, language_of(books, client))
    station = books.get("stations", session["station"]) or {"name": session["station"]}
    of_balance = session["used"] if session["mode"] != "timer" else 0
    slip["facts"] |= {
        "station": station["name"],
        "kind": kind,
        "mode": session["mode"],
        "started_at": session["started_at"],
        "ended_at": session["ended_at"],
        "used": session["used"],
        "left": minutes.balance(books, client, kind) - of_balance,
        "charge": session["charge"],
        "points": session["bonus"],
        "tenders": [[tender, minor] for tender, minor in paid],
        "owed": session["owed"],
    }


def _pay(books: Books, command: PaySession) -> Draft:
    session = books.get("sessions", command.session)
    if not session or session["state"] != "unpaid":
        raise Refused("err.session_paid")
    client, owed = session["client"], session["owed"]
    draft = Draft("session_paid", refs={"session": session["id"], "client": client})
    tenders.receive(books, draft, command.tender, owed, charges.debt(session), client)
    statistics.record(books, draft, client, spent_minor=owed)
    draft.set("sessions", session | {"state": "ended", "owed": 0})
    return draft


def _move(books: Books, command: MoveSession) -> Draft:
    session = still_running(books, command.session)
    draft = Draft("session_moved", refs={"session": session["id"], "client": session["client"]})
    deadline = later(command.started_at, session["planned"] * MINUTE_US)
    draft.set("sessions", session | {"started_at": command.started_at, "deadline": deadline})
    return draft


def _switch(books: Books, command: SwitchSession) -> Draft:
    session = still_running(books, command.session)
    kind = minutes.kind_known(command.kind)
    if session["mode"] not in minutes.RESERVING or kind == session["kind"]:
        raise Refused("err.session_stop_first")
    if not books.settings()["minutes"]["switching"]:
        raise Refused("err.minutes_exchange")
    draft = Draft("session_switched", refs={"from": session["id"]})
    card = _by_its_guest(books, draft, session, command.card)
    _finish(books, draft, session, "switched")
    left = session["planned"] - charges.used(books, charges.lived_us(books, session))
    if left == 0:
        raise Refused("err.session_over")
    begin = StartSession(
        session["client"],
        command.station or session["station"],
        kind,
        session["mode"],
        planned=left,
        card=session["card"],
    )
    document = _begin(books, draft, begin, session["client"], instead_of=session["id"])
    if card is not None:
        draft.refs |= trust.may_spend(books, card, _worth(books, document), command.pin)
    return draft


def in_state(books: Books, state: str) -> list[dict[str, Any]]:
    """The sessions that are ``running``, or ``unpaid``: few at a time, found by the index."""
    return books.search("sessions", where("state") == state)


def still_running(books: Books, name: str) -> dict[str, Any]:
    """The document of a session that runs; ``err.session_over``."""
    session = books.get("sessions", name)
    if not session or session["state"] != "running":
        raise Refused("err.session_over")
    return session


def _by_its_guest(
    books: Books, draft: Draft, session: Mapping[str, Any], shown: str
) -> cards.Card | None:
    """A guest stops what is his own, with his card; staff and tills what they see."""
    card = minutes.shown_card(books, session["client"], shown)
    if card is not None:
        draft.refs["card"] = card.id
    return card


# --- what the runtime does by itself -------------------------------------------------------------


def by_itself(books: Books, due: Due) -> tuple[EndSession | MoveSession, str]:
    """The command for what is due with a session, and its key, which a repeat derives again."""
    if due.what == "move":
        at = due.started_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        # A clock may be set back and forth: the same moment again is another entry.
        return MoveSession(due.session, at), f"move:{due.session}/{books.ledger.seq + 1}"
    planned = still_running(books, due.session)["planned"]
    return EndSession(due.session, planned), f"end:{due.session}/{planned}"


HANDLERS: dict[type, Handler] = {
    StartSession: _start,
    StopSession: _stop,
    EndSession: _end,
    MoveSession: _move,
    SwitchSession: _switch,
    PaySession: _pay,
}
ANSWERS: dict[type, Answer] = {}
ALLOWED: dict[type, frozenset[str]] = {
    StartSession: frozenset({"guest", "staff", "till"}),
    StopSession: frozenset({"guest", "staff", "till"}),
    EndSession: frozenset({"kiosk"}),
    MoveSession: frozenset({"kiosk"}),
    SwitchSession: frozenset({"guest", "staff", "till"}),
    PaySession: frozenset({"staff", "till"}),
}

"""What the command line shows of a store: plain JSON values, with phones and names masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kiosk.core.cards import GetCard
from kiosk.core.clients import GetClient, Movements
from kiosk.core.clock import Now
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Entry
from kiosk.core.venue import Venue
from kiosk.core.visits import OpenVisit

MASK = "•••"
SEALED = {"clients": ("name", "phone")}
"""Where an entry carries personal data, encrypted; not even that is shown."""


def card_report(venue: Venue, name: str, now: Now) -> dict[str, Any]:
    """A card by its id or its number, with its client's wallet and its open visit, at one moment.

    Raises:
        Refused: ``err.no_such_card``.
    """
    with venue.store.snapshot():
        return _card_report(venue, name, now)


def _card_report(venue: Venue, name: str, now: Now) -> dict[str, Any]:
    card = venue.ask(GetCard(name), now)
    if card is None:
        raise Refused("err.no_such_card", card=name)
    visit = venue.ask(OpenVisit(card.id), now)
    told: dict[str, Any] = {
        "id": card.id,
        "number": card.masked,
        "type": card.type,
        "state": card.state,
        "client": _client_report(venue, card.client, now),
        "visit": None,
    }
    if visit is not None:
        told["visit"] = {
            "id": visit.id,
            "number": visit.number,
            "since": visit.since,
            "orders": [{"at": o.at, "place": o.place, "total": str(o.total)} for o in visit.orders],
            "total": str(visit.total),
            "unpaid": str(visit.unpaid),
            "balance": None if visit.balance is None else str(visit.balance),
            "to_pay": str(visit.to_pay),
        }
    return told


def client_report(venue: Venue, name: str, now: Now) -> dict[str, Any]:
    """A client by id, with wallets and the latest movements, at one moment.

    Raises:
        Refused: ``err.no_such_client``.
    """
    with venue.store.snapshot():
        return _client_report(venue, name, now)


def _client_report(venue: Venue, name: str, now: Now) -> dict[str, Any]:
    client = venue.ask(GetClient(ClientId(name)), now)
    if client is None:
        raise Refused("err.no_such_client", client=name)
    movements = venue.ask(Movements(client.id), now)
    return {
        "id": client.id,
        "name": f"{client.name[:1]}{MASK}" if client.name else "",
        "phone": client.phone_masked,
        "language": client.language,
        "since": client.since,
        "wallet": str(client.wallet),
        "currency": client.wallet.currency.code,
        "bonus": client.bonus,
        "minutes_game": client.minutes_game,
        "minutes_net": client.minutes_net,
        "movements": [
            {"at": m.at, "kind": m.kind, "amount": str(m.amount), "after": str(m.after)}
            for m in movements
        ],
    }


def entry_report(entry: Entry) -> dict[str, Any]:
    """An entry as it stands in the ledger, with personal data masked."""
    document = entry.document()
    document["changes"] = [
        [table, name, _masked(table, changed)] for table, name, changed in document["changes"]
    ]
    return document


def _masked(table: str, document: Any) -> Any:
    if document is None or table not in SEALED:
        return document
    return {k: MASK if k in SEALED[table] and v else v for k, v in document.items()}


def lines(told: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """A report for people: a name and its value a line, what is inside something indented."""
    for name, value in told.items():
        if isinstance(value, Mapping):
            yield f"{indent}{name}:"
            yield from lines(value, indent + "  ")
        elif isinstance(value, list):
            yield f"{indent}{name}: {len(value) or 'none'}"
            for item in value:
                yield f"{indent}  " + "  ".join(str(part) for part in item.values())
        else:
            yield f"{indent}{name}: {'none' if value is None else value}"

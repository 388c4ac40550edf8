"""A5. Minutes: who plays now, what a client holds and buys, which packages there are.

The first page is who plays. A card that is tapped on it, or while a client is asked for, says who
is meant. `of_client` and `packages` are the ways in from a client's own page (M4, M10).
"""

from __future__ import annotations

from typing import Any

from kiosk.core.cards import Card
from kiosk.core.clients import Client
from kiosk.core.desk import client_card, forms
from kiosk.core.desk import minutes_clients as clients
from kiosk.core.desk import minutes_packages as packages
from kiosk.core.desk import minutes_sessions as sessions
from kiosk.core.desk.frame import At, Section
from kiosk.core.desk.minutes_clients import (
    Adjusting,
    Choosing,
    ClientMinutes,
    Exchanging,
    Undoing,
    of_client,
)
from kiosk.core.desk.minutes_packages import PackageRow, PackagesAsked, PackagesLeft, PackageTable
from kiosk.core.desk.minutes_sessions import Extending, Playing, Starting, Stopping
from kiosk.core.desk.scenes import Page
from kiosk.core.messages import Event

__all__ = ["SECTION", "of_client"]

NEEDS = frozenset({"RunningSessions", "SetPackages"})


def _open(at: At) -> Page:
    return sessions.playing(at) if at.may("RunningSessions") else packages.table(at)


def _touched(at: At, page: Page, name: str, argument: str) -> Page:
    if name == "back":
        return _back(at, page)
    match page:
        case Playing():
            if name == "packages" and at.may("SetPackages"):
                return packages.table(at)
            return sessions.touched(at, page, name, argument)
        case Choosing():
            return _choosing(at, page, name, argument)
        case ClientMinutes():
            return _client(at, page, name, argument)
        case Starting():
            return sessions.touched_starting(at, page, name, argument)
        case Stopping():
            return sessions.touched_stopping(at, page, name, argument)
        case Extending():
            return sessions.touched_extending(at, page, name, argument)
        case Undoing():
            return clients.touched_undoing(at, page, name, argument)
        case Adjusting():
            return clients.touched_adjusting(at, page, name, argument)
        case Exchanging():
            return clients.touched_exchanging(at, page, name, argument)
        case PackageTable():
            return packages.touched(at, page, name, argument)
        case PackageRow():
            return packages.touched_row(at, page, name, argument)
        case PackagesAsked():
            return packages.touched_asked(at, page, name, argument)
        case PackagesLeft() if name == "leave_it":
            return _left(at, page.table)
        case _:
            return page


def _back(at: At, page: Page) -> Page:
    """From a detail to where it came from."""
    match page:
        case Stopping(place=place) | Extending(place=place):
            return sessions.playing(at, place.session.id)
        case Undoing(player=of) | Adjusting(player=of) | Exchanging(player=of):
            return clients.again(at, of)
        case ClientMinutes(chosen=chosen) if chosen is not None:
            return clients.touched(at, page, "no", "")
        case ClientMinutes(player=of) if of.came is not None:
            return client_card.again(at, of.came)
        case PackageTable() if page.changed:
            return packages.touched(at, page, "back", "")
        case PackageTable():
            return _left(at, page)
        case PackageRow(table=table) | PackagesAsked(table=table) | PackagesLeft(table=table):
            return table
        case Playing():
            return at.turn(sessions.playing(at))
        case _:
            return _open(at)


def _left(at: At, table: PackageTable) -> Page:
    return clients.again(at, table.came) if table.came else at.turn(_open(at))


def _choosing(at: At, page: Choosing, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return clients.looked_for(at, clients.with_form(page, typed))
    if name == "client" and any(row.client == argument for row in page.found):
        return _chosen(at, page, clients.client_of(at, argument))
    return page


def _chosen(at: At, page: Choosing, client: Client, card: Card | None = None) -> Page:
    if page.purpose == "session":
        return sessions.starting(at, clients.player(at, client, card))
    return of_client(at, client, card)


def _client(at: At, page: ClientMinutes, name: str, argument: str) -> Page:
    if name == "start":
        return sessions.starting(at, page.player)
    if name == "packages" and at.may("SetPackages"):
        return packages.table(at, page.player)
    return clients.touched(at, page, name, argument)


def _heard(at: At, page: Page, event: Event) -> Page | None:
    """A card that is tapped says who is meant."""
    if not isinstance(page, Playing | Choosing | ClientMinutes):
        return None
    found = clients.heard(at, event)
    if found is None:
        return None
    return _chosen(at, page, *found) if isinstance(page, Choosing) else of_client(at, *found)


def _fresh(at: At, page: Any) -> Page:
    match page:
        case Playing():
            return sessions.playing(at, page.chosen)
        case ClientMinutes():
            return clients.fresh(at, page)
        case Starting():
            return sessions.fresh_starting(at, page)
        case _:
            kept: Page = page
            return kept


SECTION = Section("minutes", NEEDS, _open, _touched, _heard, _fresh)

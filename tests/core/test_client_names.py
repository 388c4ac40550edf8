"""A client's name, changed at the desk; when clients come; what the desk took from one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kiosk.core import identity
from kiosk.core.client_list import CountClients, ListClients
from kiosk.core.clients import EraseClient, GetClient
from kiosk.core.clock import Now
from kiosk.core.desk_top_ups import DeskTopUps, TopUpAtDesk
from kiosk.core.duplicates import Duplicates
from kiosk.core.errors import Refused
from kiosk.core.identity import ChangeName
from kiosk.core.ids import ClientId, JobId
from kiosk.core.receipts import VoidReceipt
from kiosk.core.sessions import StartSession, StopSession
from kiosk.core.shifts import OpenShift
from kiosk.core.staff import SetStaffPin
from kiosk.core.statistics import WEEKS, ClientHabits, Habits
from kiosk.core.venue import Venue
from tests.core.guest import NOW, make_venue, rub, shelf
from tests.core.test_clients import client
from tests.core.test_identity import CASHIER, MANAGER, do, done, why

PHONE, PIN = "+79161234567", "7391"


def called(venue: Venue, name: str) -> list[str]:
    return [row.client for row in venue.ask(ListClients(name), NOW, CASHIER).rows]


@pytest.fixture
def her(venue: Venue) -> ClientId:
    return ClientId(client(venue, "A1", PHONE, PIN, "Zinaida Petrova"))


def test_a_name_is_changed_and_found(venue: Venue, her: ClientId) -> None:
    entry = done(venue, ChangeName(her, "  Anna   Karenina ", "passport"), MANAGER)
    assert (entry.kind, entry.reason, entry.postings) == ("name_changed", "passport", ())
    kept = venue.ask(GetClient(her), NOW)
    assert kept is not None and kept.name == "Anna Karenina"
    assert kept.phone_masked == "+7 ••• •••-45-67", "the phone stays"
    assert called(venue, "anna kar") == [her]
    assert why_not_found(venue, "zinaida") == "err.name_not_found"
    for secret in (repr(ChangeName(her, "Anna")), str(entry.document)):
        assert "Anna" not in secret


def why_not_found(venue: Venue, name: str) -> str:
    with pytest.raises(Refused) as refused:
        called(venue, name)
    return refused.value.key


def test_a_name_is_taken_away(venue: Venue, her: ClientId) -> None:
    done(venue, ChangeName(her, "", "she asked"), MANAGER)
    kept = venue.ask(GetClient(her), NOW)
    assert kept is not None and kept.name == ""
    assert why_not_found(venue, "zin") == "err.name_not_found"


def test_a_name_that_cannot_be_is_refused(venue: Venue, her: ClientId) -> None:
    assert why(venue, ChangeName(her, "x" * 41, "asked"), MANAGER) == "err.name_form"
    assert why(venue, ChangeName(her, "An\x00na", "asked"), MANAGER) == "err.name_form"
    assert (
        why(venue, ChangeName(her, "Zinaida  Petrova", "asked"), MANAGER) == "err.nothing_changed"
    )
    assert why(venue, ChangeName(her, "Anna", " "), MANAGER) == "err.reason_missing"
    assert why(venue, ChangeName(her, "Anna", "asked"), CASHIER) == "err.not_allowed"
    assert why(venue, ChangeName(her, "Anna", "asked"), "guest") == "err.not_allowed"
    assert why(venue, ChangeName(ClientId("x"), "Anna", "a"), MANAGER) == "err.no_such_client"
    done(venue, EraseClient(her, "asked"), MANAGER)
    assert why(venue, ChangeName(her, "Anna", "asked"), MANAGER) == "err.client_erased"
    assert called_so(venue, her) == ""


def called_so(venue: Venue, of: ClientId) -> str:
    kept = venue.ask(GetClient(of), NOW)
    assert kept is not None
    return kept.name


def test_C32_a_namesake_may_be_the_same_person(venue: Venue, her: ClientId) -> None:
    other = ClientId(client(venue, "A2", "", "", "Boris"))
    done(venue, ChangeName(other, "petrova zinaida", "asked"), MANAGER)
    (pair,) = venue.ask(Duplicates(), NOW, MANAGER)
    assert {pair.client.client, pair.other.client} == {her, other}
    # The same words in another order are no other client.
    done(venue, ChangeName(her, "Petrova Zinaida", "asked"), MANAGER)
    assert {p.other.client for p in venue.ask(Duplicates(), NOW, MANAGER)} <= {her, other}
    assert not any(p.client.client == p.other.client for p in venue.ask(Duplicates(), NOW, MANAGER))


@pytest.mark.parametrize("before", [True, False], ids=["before the entry", "after it"])
def test_a_power_cut_leaves_the_name_that_the_books_say(
    monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    def cut(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with shelf() as folder:
        venue = make_venue(folder)
        her = ClientId(client(venue, "A1", "", "", "Zinaida"))
        with monkeypatch.context() as dead:
            dead.setattr(*((venue.ledger, "post") if before else (identity, "settle")), cut)
            with pytest.raises(KeyboardInterrupt):
                do(venue, ChangeName(her, "Anna", "asked"), MANAGER)
        venue.close()
        venue = Venue.open(folder / "kiosk.db", folder / "secrets.db")
        his, gone = ("Zinaida", "Anna") if before else ("Anna", "Zinaida")
        assert called(venue, his) == [her]
        assert why_not_found(venue, gone) == "err.name_not_found"
        assert not venue._secrets.table("rewriting").all()
        venue.close()


def test_the_registered_are_counted(venue: Venue, her: ClientId) -> None:
    client(venue, "A2")
    assert venue.ask(CountClients(), NOW, CASHIER) == 2
    done(venue, EraseClient(her, "asked"), MANAGER)
    assert venue.ask(CountClients(), NOW, CASHIER) == 1


# --- when somebody comes -------------------------------------------------------------------------


def moment(day: int, hour: int, month: int = 11) -> Now:
    """An hour of Moscow in 2026."""
    return Now(datetime(2026, month, day, hour - 3, tzinfo=UTC), 1.0)


def came(venue: Venue, her: ClientId, now: Now) -> None:
    started = done(venue, StartSession(her, "pc-1", "game", "timer"), CASHIER, now)
    session = str(started.refs["session"])
    done(venue, StopSession(session), CASHIER, now.later(1.0))


def habits(venue: Venue, of: ClientId) -> Habits:
    return venue.ask(ClientHabits(of), NOW, CASHIER)


def test_C14_visits_by_week_and_when_somebody_usually_comes(venue: Venue, her: ClientId) -> None:
    """Today is Sunday, 22 November; the week began on the 16th."""
    done(venue, OpenShift(rub(0)), CASHIER, moment(1, 9))
    done(venue, TopUpAtDesk(her, rub(1000), "cash"), CASHIER, moment(1, 9))
    assert habits(venue, her) == Habits((0,) * WEEKS, (), "")
    for now in (moment(5, 12, 8), moment(6, 19), moment(13, 20)):
        came(venue, her, now)
    assert habits(venue, her).weeks == (*(0,) * 9, 1, 1, 0), "August is too long ago"
    assert habits(venue, her).days == (), "two are no habit"
    for now in (moment(14, 21), moment(16, 9), moment(20, 18)):
        came(venue, her, now)
    told = habits(venue, her)
    assert told.weeks == (*(0,) * 9, 1, 2, 2)
    assert told.days == (4,), "three of five were Fridays, and a Saturday or a Monday is no quarter"
    assert told.part == "evening"


# --- what the desk took --------------------------------------------------------------------------


def test_the_top_ups_of_the_desk_and_what_became_of_them(venue: Venue, her: ClientId) -> None:
    done(venue, OpenShift(rub(0)), CASHIER)
    done(venue, SetStaffPin("105", "482915"), "cli")
    first = done(venue, TopUpAtDesk(her, rub(300), "cash"), CASHIER)
    second = done(venue, TopUpAtDesk(her, rub(200), "bank_card"), CASHIER)
    told = venue.ask(DeskTopUps(her), NOW, MANAGER)
    assert [(t.receipt, str(t.amount), t.tender, t.state, t.in_shift) for t in told] == [
        (second.refs["slip"], "200.00", "bank_card", "paid", True),
        (first.refs["slip"], "300.00", "cash", "paid", True),
    ]
    done(venue, VoidReceipt(JobId(str(first.refs["slip"])), "wrong client", "482915"), MANAGER)
    assert [t.state for t in venue.ask(DeskTopUps(her), NOW, MANAGER)] == ["paid", "undone"]

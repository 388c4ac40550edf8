"""Bonus points: the ladder, what they pay, and the bonus of a top-up in notes, cuts included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.core import bonus
from kiosk.core.bonus import GrantTopUpBonus, TopUpsWithoutBonus
from kiosk.core.books import Books
from kiosk.core.cash import SettleNote
from kiosk.core.errors import Refused
from kiosk.core.ids import NoteId
from kiosk.core.ledger import BON, Draft, Entry
from kiosk.core.messages import NoteReturned
from kiosk.core.situation import CardHome, Done
from kiosk.core.venue import Venue
from tests.core.desk import desk
from tests.core.guest import ACCEPTOR, DEMO, OTHER_UID, Guest, make_venue, rub, shelf

LADDER = """
[[bonus_tiers]]
from = 300
percent = 10

[[bonus_tiers]]
from = 500
points = 50

[[bonus_tiers]]
from = 1000
points = 150
"""
TIERS = [[30_000, 10, 0], [50_000, 0, 50], [100_000, 0, 150]]


@pytest.fixture
def venue() -> Iterator[Venue]:
    """The demo venue with a ladder: 300 gives 10 %, 500 gives 50, 1000 gives 150."""
    with shelf() as folder:
        made = make_venue(folder, DEMO + LADDER)
        yield made
        assert made.ledger.verify() == []
        made.close()


@pytest.fixture
def books(venue: Venue, guest: Guest) -> Books:
    return venue.books(guest.now)


def client_with(guest: Guest, points: int, *faces: int) -> str:
    """A client with so many points, and these notes in the wallet, without what they earn."""
    client = guest.home().client
    if faces:
        guest.top_up(*faces)
        guest.press("done")
    books = guest.venue.books(guest.now)
    draft = Draft("test_points")
    bonus.take_back(books, draft, client, bonus.points(books, client))
    bonus.grant(books, draft, client, points)
    if draft.postings:
        guest.venue.ledger.post(draft, key="points", actor="cli", command="", now=guest.now)
    return client


def refusal(books: Books, client: str, points: int, revenue: str, spent: int = 0) -> Refused:
    draft = Draft("test_payment")
    if spent:
        draft.post(f"2010:{client}", revenue, "RUB", spent)
    with pytest.raises(Refused) as told:
        bonus.pay(books, draft, client, points, revenue)
    return told.value


@pytest.mark.parametrize(
    ("minor", "points"),
    [
        (0, 0),
        (29_999, 0),
        (30_000, 30),
        (30_999, 30),
        (49_999, 49),
        (50_000, 50),
        (99_999, 50),
        (100_000, 150),
        (1_000_000, 150),
    ],
)
def test_C30_C41_the_ladder_counts_the_total_and_rounds_down(minor: int, points: int) -> None:
    assert bonus.by_ladder(TIERS, minor, 100) == points


def test_C30_a_currency_without_decimals_has_the_same_ladder() -> None:
    assert bonus.by_ladder([[300, 10, 0]], 309, 1) == 30
    assert bonus.by_ladder([], 10**9, 1) == 0


@pytest.mark.parametrize("revenue", ["4020", "4030", "4040", "4050", "2030:K1-1-9v", "2010:other"])
def test_C20_C23_C40_points_pay_play_time_and_nothing_else(
    guest: Guest, books: Books, revenue: str
) -> None:
    client = client_with(guest, 1000, 100)
    told = refusal(books, client, 150, revenue)
    assert (told.key, told.args_by_name) == ("err.bonus_only_play", {"amount": "50.00"})
    rest = refusal(books, client, 50, revenue, spent=10_000)
    assert rest.args_by_name == {"amount": "50.00"}, "what the draft takes already is gone"


def test_C22_points_pay_a_whole_session_and_their_worth_is_contra_revenue(
    guest: Guest, books: Books
) -> None:
    client = client_with(guest, 300)
    draft = Draft("test_payment")
    bonus.pay(books, draft, client, 300, bonus.PLAY)
    assert [(p.account, p.unit, p.amount) for p in draft.postings] == [
        (f"9060:{client}", BON, 300),
        ("9050", BON, -300),
        ("5020", "RUB", 30_000),
        ("4010", "RUB", -30_000),
    ]
    again = [draft]
    with pytest.raises(Refused, match=r"err\.bonus_short"):
        bonus.pay(books, again[0], client, 1, bonus.PLAY)


def test_more_points_than_there_are_are_refused(guest: Guest, books: Books) -> None:
    client = client_with(guest, 30)
    told = refusal(books, client, 31, bonus.PLAY)
    assert (told.key, told.args_by_name) == ("err.bonus_short", {"points": "30"})
    draft = Draft("test_payment")
    bonus.pay(books, draft, client, 0, "4030")
    assert draft.postings == [], "nothing is nothing, whatever for"


def test_C33_points_are_taken_back_as_far_as_they_are_left(guest: Guest, books: Books) -> None:
    client = client_with(guest, 40)
    draft = Draft("test_return")
    assert bonus.take_back(books, draft, client, 50) == 40
    assert bonus.take_back(books, draft, client, 1) == 0
    assert bonus.take_back(books, Draft("test_return"), client, 15) == 15
    assert len(draft.postings) == 2


# --- the kiosk's own top-ups -------------------------------------------------------------------


def points(guest: Guest) -> int:
    found = guest.venue.ask(TopUpsWithoutBonus(guest.home().client), guest.now)
    assert found == (), "nobody waits for a bonus at the card's home"
    return guest.client(guest.home()).bonus


def grants(guest: Guest) -> int:
    return guest.kinds().count("bonus_granted")


def test_C41_two_notes_of_500_earn_as_1000_once_at_done(guest: Guest) -> None:
    card = guest.top_up(500, 500)
    assert guest.client(card).bonus == 0, "not at a note"
    guest.press("done")
    assert isinstance(guest.scene, Done) and guest.scene.client.bonus == 150
    assert guest.kinds()[-2:] == ["bonus_granted", "slip_issued"]
    guest.printed()
    guest.press("leave")
    assert (points(guest), grants(guest)) == (150, 1)
    receipt = guest.venue.store.get("slips", "top_up_receipt:1")
    assert receipt is not None and receipt["facts"]["bonus"] == 150


def test_C41_two_top_ups_of_500_earn_twice_50(guest: Guest) -> None:
    for _ in range(2):
        guest.top_up(500)
        guest.press("done")
        guest.press("leave")
    assert (points(guest), grants(guest)) == (100, 2)


def test_C41_a_top_up_that_times_out_has_earned_as_well(guest: Guest) -> None:
    guest.top_up(500, 500)
    guest.wait(60)
    assert isinstance(guest.scene, Done)
    assert (points(guest), grants(guest)) == (150, 1)


def test_C30_where_the_ladder_gives_nothing_nothing_is_written(guest: Guest) -> None:
    guest.top_up(200, 50)
    before = guest.venue.ledger.seq
    guest.press("done")
    assert guest.kinds()[before:] == ["slip_issued"]
    receipt = guest.venue.store.get("slips", "top_up_receipt:1")
    assert receipt is not None and "bonus" not in receipt["facts"]


def test_C41_a_cut_top_up_earns_when_the_kiosk_is_back_and_not_again(guest: Guest) -> None:
    card = guest.top_up(500, 500)
    guest.start_again()
    assert guest.client(card).bonus == 150, "before anybody taps the card"
    guest.start_again()
    guest.tap()
    guest.press("receipt")
    guest.printed()
    assert (points(guest), grants(guest)) == (150, 1)
    receipt = guest.venue.store.get("slips", "top_up_receipt:1")
    assert receipt is not None and receipt["facts"]["bonus"] == 150


class Cut(Exception):
    """The power went."""


@pytest.mark.parametrize(
    ("entries", "kept"), [(1, 0), (2, 500), (3, 500), *((n, 1000) for n in range(4, 8))]
)
def test_C41_after_whichever_entry_the_power_goes_the_bonus_is_granted_once(
    venue: Venue, monkeypatch: pytest.MonkeyPatch, entries: int, kept: int
) -> None:
    guest = Guest(venue)
    guest.home()
    do, left = venue.do, entries

    def cut(*args: Any, **named: Any) -> Entry | Refused:
        nonlocal left
        done = do(*args, **named)
        left -= isinstance(done, Entry)
        if left == 0:
            raise Cut
        return done

    with monkeypatch.context() as patched, pytest.raises(Cut):
        patched.setattr(venue, "do", cut)
        guest.top_up(500, 500)
        guest.press("done")
        guest.printed()
    after = Guest(venue)
    card = after.home()
    if "receipt" in after.shown():
        after.press("receipt")
        after.printed()
    assert after.client(card).wallet == rub(kept)
    assert after.client(card).bonus == bonus.by_ladder(TIERS, kept * 100, 100)
    assert grants(after) == bool(kept)


def test_C41_a_cut_between_bonus_and_receipt_grants_once(guest: Guest) -> None:
    guest.top_up(500, 500)
    scene = guest.scene
    notes = tuple(n.note for n in scene.notes)  # type: ignore[union-attr]
    guest.did(GrantTopUpBonus(notes), actor="kiosk", key=bonus.key(notes))
    guest.start_again()
    guest.tap()
    guest.press("receipt")
    assert (points(guest), grants(guest)) == (150, 1)
    receipt = guest.venue.store.get("slips", "top_up_receipt:1")
    assert receipt is not None and receipt["facts"]["bonus"] == 150


def test_C41_a_note_that_went_back_last_does_not_hide_the_others(guest: Guest) -> None:
    card = guest.top_up(500, 500)
    note, _ = guest.escrow(200)
    guest.tell(NoteReturned(ACCEPTOR, note))
    guest.start_again()
    assert guest.client(card).bonus == 150


def test_C41_a_note_that_staff_settle_later_earns_at_the_next_tap(guest: Guest) -> None:
    card = guest.top_up(500)
    note, _ = guest.escrow(500)
    guest.start_again()
    assert guest.undecided() == {note: "doubtful"}
    assert guest.client(card).bonus == 50
    guest.did(SettleNote(note, "it was in the box"), actor="cli", key="found")
    guest.tap()
    assert isinstance(guest.scene, CardHome) and guest.scene.client.bonus == 100
    guest.press("receipt")
    assert (points(guest), grants(guest)) == (100, 2)
    receipt = guest.venue.store.get("slips", "top_up_receipt:1")
    assert receipt is not None and receipt["facts"]["bonus"] == 100


def test_C41_the_next_guest_gets_nothing_of_it(guest: Guest) -> None:
    first = guest.top_up(500)
    guest.start_again()
    other = guest.home(OTHER_UID)
    guest.press("leave")
    assert (guest.client(first).bonus, guest.client(other).bonus) == (50, 0)
    guest.top_up(500, uid=OTHER_UID)
    guest.press("done")
    assert (guest.client(first).bonus, guest.client(other).bonus) == (50, 50)


def refused(guest: Guest, notes: tuple[NoteId, ...], actor: str = "kiosk") -> str:
    before = guest.venue.ledger.seq
    done = guest.venue.do(GrantTopUpBonus(notes), actor=actor, key="other", now=guest.now)
    assert not isinstance(done, Entry) and guest.venue.ledger.seq == before
    return done.key


def test_C41_no_note_is_counted_twice_or_for_two(guest: Guest) -> None:
    guest.top_up(500, 500)
    first, second = (n.note for n in guest.scene.notes)  # type: ignore[union-attr]
    guest.did(GrantTopUpBonus((first,)), actor="kiosk", key=bonus.key((first,)))
    assert refused(guest, (first, second)) == "err.no_bonus", "the first is counted"
    assert refused(guest, (second, second)) == "err.no_bonus"
    assert refused(guest, (second, NoteId("acceptor/1/99"))) == "err.no_bonus"
    assert refused(guest, ()) == "err.no_bonus"
    assert refused(guest, (second,), "staff:106") == "err.not_allowed"
    held, _ = guest.escrow(500)
    assert refused(guest, (held,)) == "err.no_bonus", "it is not taken yet"
    guest.start_again()
    other = guest.top_up(500, uid=OTHER_UID)
    theirs = guest.scene.notes[0].note  # type: ignore[union-attr]
    guest.press("done")
    assert refused(guest, (theirs,)) == "err.no_bonus", "it is on a receipt"
    assert guest.client(other).bonus == 50


def test_C41_notes_of_two_clients_are_no_top_up() -> None:
    with desk(DEMO + LADDER) as made:
        one, two = made.register("04AAAAAA"), made.register("04BBBBBB")
        notes = (made.note(500, one), made.note(500, two))
        done = made.do(GrantTopUpBonus(notes), "kiosk")
        assert isinstance(done, Refused) and done.key == "err.no_bonus"
        for note in notes:
            made.as_kiosk(GrantTopUpBonus((note,)), bonus.key((note,)))


def test_C40_a_deposit_of_a_visit_earns_nothing(guest: Guest) -> None:
    guest.top_up(500)
    (note,) = (n.note for n in guest.scene.notes)  # type: ignore[union-attr]
    kept = guest.venue.store.get("notes", note)
    assert kept is not None and bonus._earns(kept)
    assert not bonus._earns(kept | {"visit": "K1-1-9v"})

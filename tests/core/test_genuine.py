"""Genuine cards in the books: what proved itself once is believed by its proof alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core.cards import BlockCard
from kiosk.core.errors import Refused
from kiosk.core.genuine import (
    COUNTER_MAX,
    Genuine,
    GetGenuine,
    RecordEnrolment,
    RecordTap,
    refusal,
)
from kiosk.core.ids import DeviceId
from kiosk.core.ledger import Entry
from kiosk.core.messages import CardPresented, CardRefused, NoteStacked, Sound
from kiosk.core.recognition import Recognised, Rule
from kiosk.core.sentences import CODES, SENTENCES
from kiosk.core.situation import CardHome, Problem, TopUp, Unknown
from kiosk.core.strikes import OpenStrikes
from kiosk.core.venue import Venue
from tests.core.guest import ACCEPTOR, NOW, READER, UID, Guest, rub

READ = Recognised("Contactless guest card", "interface", "PDS", UID)
OWNER, CASHIER = "staff:106", "staff:101"


def do(venue: Venue, command: object, actor: str = "kiosk") -> Entry | Refused:
    return venue.do(command, actor=actor, key=f"test:{venue.ledger.seq}", now=NOW)


def why(done: Entry | Refused) -> str:
    assert isinstance(done, Refused), done
    return done.key


def kept(venue: Venue) -> Genuine | None:
    return venue.ask(GetGenuine(READ), NOW)


def counter(venue: Venue) -> int | None:
    found = kept(venue)
    assert found is not None
    return found.counter


def proves(count: int | None, uid: str = UID) -> CardPresented:
    return CardPresented(READER, "contactless", uid, "genuine", count)


def refused(guest: Guest) -> bool:
    """The screen says that the card cannot be used, and nothing of whose it is."""
    scene = guest.scene
    return isinstance(scene, Problem) and scene.key == "err.not_genuine"


# --- the commands --------------------------------------------------------------------------------


def test_a_counter_must_rise(venue: Venue) -> None:
    assert kept(venue) is None
    done = do(venue, RecordTap(READ, 5))
    assert isinstance(done, Entry)
    assert (done.kind, done.postings, done.refs) == ("card_proven", (), {})
    assert counter(venue) == 5
    for count in (5, 4, 0, None, -1, COUNTER_MAX + 1):
        assert why(do(venue, RecordTap(READ, count))) == "err.not_genuine"
    assert isinstance(do(venue, RecordTap(READ, 6)), Entry)
    assert isinstance(do(venue, RecordTap(READ, COUNTER_MAX)), Entry)
    assert counter(venue) == COUNTER_MAX
    assert venue.ledger.verify() == []


def test_a_card_that_counts_nothing_is_put_on_record_once(venue: Venue) -> None:
    assert isinstance(do(venue, RecordTap(READ)), Entry)
    assert counter(venue) is None
    assert why(do(venue, RecordTap(READ))) == "err.nothing_changed"


def test_an_enrolment_names_the_card_and_keeps_its_counter(guest: Guest) -> None:
    card, venue = guest.home(), guest.venue
    made = do(venue, RecordEnrolment(READ, READER), OWNER)
    assert isinstance(made, Entry)
    assert (made.kind, made.actor) == ("card_made_genuine", OWNER)
    assert made.refs == {"device": READER, "card": card.id, "client": card.client}
    assert counter(venue) is None
    do(venue, RecordTap(READ, 3))
    again = do(venue, RecordEnrolment(READ, READER, anew=True), OWNER)
    assert isinstance(again, Entry) and again.refs["anew"] is True
    assert counter(venue) == 3


@pytest.mark.parametrize(
    ("command", "actor", "key"),
    [
        (RecordEnrolment(READ, READER), CASHIER, "err.not_allowed"),
        (RecordEnrolment(READ, READER), "guest", "err.not_allowed"),
        (RecordEnrolment(READ, READER), "till:bar", "err.not_allowed"),
        (RecordEnrolment(READ, DeviceId("\x1b[2J")), OWNER, "err.illegible"),
        (RecordTap(READ, 1), "guest", "err.not_allowed"),
        (RecordTap(READ, 1), OWNER, "err.not_allowed"),
    ],
)
def test_who_may_and_what_is_legible(venue: Venue, command: object, actor: str, key: str) -> None:
    assert why(do(venue, command, actor)) == key
    assert kept(venue) is None


def test_the_sentences_of_a_reader_that_refused_a_card() -> None:
    for reason in ("bank_card", "random_uid", "unreadable", "not_genuine"):
        told = refusal(CardRefused(READER, "contactless", reason))  # type: ignore[arg-type]
        assert told.key in SENTENCES and told.key in CODES
    assert SENTENCES["err.not_genuine"] == "This card cannot be used. Ask staff."


# --- taps ----------------------------------------------------------------------------------------


def test_a_genuine_card_opens_its_home_and_each_tap_is_counted(guest: Guest) -> None:
    guest.home()
    for count in (1, 2, 9):
        guest.press("leave")
        guest.wait(2)
        guest.tell(proves(count))
        assert isinstance(guest.scene, CardHome)
        assert counter(guest.venue) == count
    assert guest.kinds().count("card_proven") == 3


def test_a_genuine_card_of_nobody_can_be_registered(guest: Guest) -> None:
    guest.tell(proves(1))
    assert isinstance(guest.scene, Unknown)
    assert counter(guest.venue) == 1


@pytest.mark.parametrize("copy", [CardPresented(READER, "contactless", UID), proves(7), proves(6)])
def test_a_copy_is_refused_and_struck(guest: Guest, copy: CardPresented) -> None:
    card = guest.home()
    guest.press("leave")
    guest.wait(2)
    guest.tell(proves(7))
    guest.press("leave")
    guest.wait(2)
    assert Sound("attention") in guest.tell(copy)
    assert refused(guest)
    assert "K-10" in guest.words() and "This card cannot be used. Ask staff." in guest.words()
    (struck,) = (e for e in guest.venue.ledger.entries() if e.kind == "trust_struck")
    assert (struck.refs["rule"], struck.refs["card"]) == ("not_genuine", card.id)
    assert counter(guest.venue) == 7
    guest.wait(2)
    guest.tell(proves(8))
    assert isinstance(guest.scene, CardHome), "the card itself goes on"


def test_a_card_that_counts_nothing_needs_its_proof_too(guest: Guest) -> None:
    guest.home()
    for _ in range(2):
        guest.press("leave")
        guest.wait(2)
        guest.tell(proves(None))
        assert isinstance(guest.scene, CardHome)
    assert guest.kinds().count("card_proven") == 1, "there is nothing new in the second"
    guest.wait(2)
    guest.tell(CardPresented(READER, "contactless", UID))
    assert refused(guest)


def test_a_reader_that_found_a_copy_says_so(guest: Guest) -> None:
    guest.tell(CardRefused(READER, "contactless", "not_genuine"))
    assert refused(guest)
    (struck,) = (e for e in guest.venue.ledger.entries() if e.kind == "trust_struck")
    assert (struck.refs["rule"], struck.refs.get("card")) == ("not_genuine", None)


def test_a_copy_does_not_end_a_top_up_and_no_money_is_lost(guest: Guest) -> None:
    guest.home()
    guest.press("leave")
    guest.wait(2)
    guest.tell(proves(1))
    guest.press("top_up")
    note, _ = guest.escrow(500)
    guest.wait(2)
    guest.tell(CardPresented(READER, "contactless", UID))
    assert isinstance(guest.scene, TopUp)
    guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    assert guest.note(note).state == "settled"


def test_the_proof_of_a_card_that_is_none_of_ours_is_nothing(guest: Guest) -> None:
    guest.tell(CardPresented(READER, "contactless", "AA", "genuine", 1))
    assert "card_proven" not in guest.kinds()


def test_another_start_and_another_reader_know_it(guest: Guest) -> None:
    guest.home()
    guest.press("leave")
    guest.wait(2)
    guest.tell(proves(4))
    guest.start_again()
    guest.tell(CardPresented(DeviceId("side"), "contactless", UID))
    assert refused(guest)
    guest.wait(2)
    guest.tell(CardPresented(READER, "contactless", UID, "genuine", 4))
    assert refused(guest)


def test_a_blocked_genuine_card_stays_blocked(guest: Guest) -> None:
    card = guest.home()
    guest.did(BlockCard(card.id, "lost"), key="block")
    guest.wait(2)
    guest.tell(proves(1))
    assert isinstance(guest.scene, Problem) and guest.scene.key == "err.card_blocked"


def test_the_stripe_first_and_then_the_chip_is_served_and_stands_on_record(guest: Guest) -> None:
    """An honest guest, or one who copied a number onto a stripe: nobody can tell (ADR 0031)."""
    guest.home()
    guest.press("leave")
    guest.tell(proves(5))
    guest.press("leave")
    guest.wait(5)
    stripe = Rule(
        "stripe", "prefix", ("magnetic",), "interface", "PDS", pattern=";", start=1, length=14
    )
    known = guest.situation.venue
    of_both = replace(known, rules=(*known.rules, stripe))
    guest.situation = replace(guest.situation, venue=of_both)
    guest.tell(CardPresented(DeviceId("stripe"), "magnetic", f";{UID}?"))
    assert refused(guest)
    guest.tell(proves(6))
    assert isinstance(guest.scene, CardHome)
    (strike,) = guest.venue.ask(OpenStrikes(), guest.now)
    assert (strike.rule, strike.count) == ("not_genuine", 1)

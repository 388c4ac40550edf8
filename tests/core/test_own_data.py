"""What is kept about a guest: told, taken along and erased by nobody but himself."""

from __future__ import annotations

import pytest

from kiosk.core.cards import Card
from kiosk.core.clients import GetClient, recovery_token
from kiosk.core.errors import Refused
from kiosk.core.identity import Proof
from kiosk.core.ledger import Entry
from kiosk.core.own_data import EraseMyself, OwnData, OwnDataText
from tests.core.guest import OTHER_UID, PHONE, PIN, Guest

OTHER_PHONE, OTHER_PIN = "9035550000", "8264"


@pytest.fixture
def cards(guest: Guest) -> tuple[Card, Card]:
    """Hers, and somebody else's."""
    hers = guest.register(phone=PHONE, name="zinaida")
    guest.printed()
    guest.press("leave")
    return hers, guest.register(OTHER_UID, phone=OTHER_PHONE, pin=OTHER_PIN)


def do(guest: Guest, command: object, key: str, actor: str = "guest") -> Entry | Refused:
    return guest.venue.do(command, actor=actor, key=key, now=guest.now)


def test_nobody_but_the_client_has_himself_erased(guest: Guest, cards: tuple[Card, Card]) -> None:
    hers, other = cards
    code = recovery_token(guest.venue.books(guest.now), other.client)
    proofs = {
        "nothing": (Proof(), "err.proof_wrong"),
        "a wrong PIN": (Proof(card=hers.id, pin="5937"), "err.pin_wrong"),
        "another's card and PIN": (Proof(card=other.id, pin=OTHER_PIN), "err.proof_wrong"),
        "another's phone and PIN": (Proof(f"+7{OTHER_PHONE}", OTHER_PIN), "err.proof_wrong"),
        "another's code": (Proof(code=code), "err.proof_wrong"),
        "another's code with her card": (Proof(code=code, card=hers.id), "err.proof_wrong"),
    }
    for name, (proof, why) in proofs.items():
        told = do(guest, EraseMyself(hers.client, proof), name)
        assert isinstance(told, Refused) and told.key == why, name
    own = Proof(card=hers.id, pin=PIN)
    for actor in ("till:bar", "staff:106", "kiosk"):
        told = do(guest, EraseMyself(hers.client, own), actor, actor)
        assert isinstance(told, Refused) and told.key == "err.not_allowed", actor
    done = do(guest, EraseMyself(hers.client, own), "own")
    assert isinstance(done, Entry) and done.kind == "client_erased"
    left = guest.venue.ask(GetClient(other.client), guest.now)
    assert left is not None and left.state == "active"


def test_what_is_kept_is_told_of_who_is_registered_only(
    guest: Guest, cards: tuple[Card, Card]
) -> None:
    hers, _ = cards
    kept = guest.venue.ask(OwnData(hers.client), guest.now)
    assert (kept.name, kept.phone_masked, kept.visits) == ("Zinaida", "+7 ••• •••-12-34", 0)
    assert kept.movements == sum(
        entry.refs.get("client") == hers.client for entry in guest.venue.ledger.entries()
    )
    with pytest.raises(Refused, match=r"err\.proof_wrong"):
        guest.venue.ask(OwnDataText(Proof(f"+7{OTHER_PHONE}", "5937")), guest.now)
    own = Proof(card=hers.id, pin=PIN)
    assert isinstance(do(guest, EraseMyself(hers.client, own), "own"), Entry)
    with pytest.raises(Refused, match=r"err\.client_erased"):
        guest.venue.ask(OwnData(hers.client), guest.now)

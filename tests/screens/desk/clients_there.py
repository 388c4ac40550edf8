"""Clients for the tests of the desk: who is on the books, and how one is found and opened."""

from __future__ import annotations

from kiosk.core.clients import Client, GetClient
from kiosk.core.desk_top_ups import TopUpAtDesk
from kiosk.core.ids import ClientId
from kiosk.core.ledger import BON
from kiosk.core.messages import VenueChanged
from kiosk.core.shifts import OpenShift
from kiosk.core.staff import SetStaffPin
from kiosk.screens.view import Cell, Line
from tests.core.guest import rub
from tests.core.test_clients import client
from tests.screens.desk.hands import CASHIER, STAFF_PIN, Hands, inside

ANNA_UID, BORIS_UID, NEW_UID = "04A1B2C3D4E5F6", "0411223344AA55", "04998877665544"
ANNA_PHONE, BORIS_PHONE = "+79162044218", "+79035554218"


def anna(hands: Hands) -> ClientId:
    """Anna Karenina: a phone, a PIN, one card."""
    made = client(hands.venue, ANNA_UID, ANNA_PHONE, "7391", "Anna Karenina")
    return ClientId(made)


def boris(hands: Hands) -> ClientId:
    """Boris: another phone with the same end."""
    return ClientId(client(hands.venue, BORIS_UID, BORIS_PHONE, "", "Boris"))


def paid_in(hands: Hands, of: ClientId, roubles: int, tender: str = "cash") -> str:
    """So much is put on a client's game balance at the desk; the receipt's job."""
    command = TopUpAtDesk(of, rub(roubles), tender)  # type: ignore[arg-type]
    key = f"paid:{hands.venue.ledger.seq}"
    return str(hands.did(command, actor=f"staff:{CASHIER}", key=key).refs["slip"])


def shift(hands: Hands, roubles: int = 5000) -> None:
    """A shift is open, with so much in the till."""
    hands.did(OpenShift(rub(roubles), "change"), actor=f"staff:{CASHIER}", key="shift")


def pin_of(hands: Hands, number: str) -> None:
    """Somebody who may sign has a PIN."""
    hands.did(SetStaffPin(number, STAFF_PIN), actor="cli", key=f"pin:{number}")
    hands.pins.add(number)


def found(hands: Hands) -> list[str]:
    """The names of the clients in the list."""
    lines = [line for line in inside(hands.view, Line) if line.id.startswith("client:")]
    return [next(inside(line, Cell)).text for line in lines]


def open_client(hands: Hands, of: ClientId, digits: str = "4218") -> None:
    """Go to the clients, find one by digits, and open the card."""
    hands.go("clients")
    hands.type(digits)
    hands.press(f"client:{of}")


def held(hands: Hands, of: ClientId) -> Client:
    """What a client has now."""
    kept = hands.asked(GetClient(of))
    assert kept is not None
    return kept


def points(hands: Hands, of: ClientId) -> int:
    """The bonus points of a client."""
    return -hands.venue.ledger.balance(f"9060:{of}", BON)


def heard(hands: Hands) -> None:
    """The desk hears that the books were written by somebody else."""
    hands.tell(VenueChanged(hands.venue.ledger.seq))

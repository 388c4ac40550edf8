"""Visits: every screen and every message from the question to the change."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.core.messages import AcceptorChanged, NoteStacked, PrinterChanged
from kiosk.core.visits import CreateVisit
from tests.core.guest import ACCEPTOR, DEMO, PRINTER, rub
from tests.screens.guest.hands import Visitor, visitor
from tests.screens.guest.visiting import (
    ENTRANCE,
    ENTRANCE_1000,
    ENTRANCE_2000,
    NO_FLOATING,
    PLAIN,
    TABLE,
    WARNING,
    centre,
    opened,
    saved,
    say_yes,
    swipe,
    visit_of,
)

Stops = Iterator[tuple[str, Visitor]]


def opening() -> Stops:
    with visitor() as guest:
        swipe(guest, TABLE)
        yield "visit-open", guest
        guest.press("yes")
        yield "visit-guests-optional", guest
        guest.type("12")
        yield "visit-guests-typed", guest
        guest.press("next")
        yield "visit-opened", guest
        guest.print_out()
        yield "visit-opened-printed", guest
    with visitor() as guest:
        guest.home()
        guest.press("more", "open_visit")
        yield "visit-open-card", guest
        guest.press("yes", "next")
        yield "visit-opened-free", guest
        guest.press("home")
        yield "home-with-empty-visit", guest
        guest.press("visit")
        yield "visit-empty", guest
    with visitor() as guest:
        swipe(guest, TABLE)
        guest.press("yes")
        scene = guest.scene
        guest.did(CreateVisit(read=scene.offer.read), actor="till:bar", key="till")  # type: ignore[union-attr]
        guest.press("next")
        yield "visit-open-already", guest
    with visitor(DEMO.replace("one_order_in_visit = false", "one_order_in_visit = true")) as guest:
        swipe(guest, TABLE)
        guest.press("yes", "next", "leave")
        swipe(guest, TABLE)
        yield "visit-one-order", guest
    none = DEMO.replace('entrance_card = "seats_without_card_allowed"', 'entrance_card = "none"')
    with visitor(none) as guest:
        swipe(guest, TABLE)
        yield "visit-none-on-cards", guest
    with visitor(DEMO.replace("empty_visits = true", "empty_visits = false")) as guest:
        swipe(guest, TABLE)
        yield "visit-begins-with-order", guest
    with visitor() as guest:
        swipe(guest, TABLE)
        guest.press("yes")
        store = guest.venue.ledger.store
        kind = store.get("card_types", "table") or {}
        with store.transaction():
            store.put("card_types", "table", kind | {"personal": True, "prepay_amount": 5})
        guest.press("next")
        yield "visit-cannot-be-prepaid", guest


def prepaying() -> Stops:
    with centre() as guest:
        swipe(guest)
        yield "visit-open-prepaid", guest
        guest.press("yes")
        yield "visit-guests", guest
        guest.type("2")
        guest.press("next")
        yield "prepayment-start", guest
        guest.insert(500)
        yield "prepayment-part", guest
        guest.escrow(200)
        yield "prepayment-checking", guest
        guest.tell(AcceptorChanged(ACCEPTOR, "jammed_validator"))
        yield "prepayment-jam-unknown", guest
    with centre() as guest:
        swipe(guest)
        say_yes(guest)
        guest.insert(1000)
        yield "prepayment-done", guest
    with centre(NO_FLOATING) as guest:
        swipe(guest)
        say_yes(guest)
        guest.insert(2000)
        yield "prepayment-surplus", guest
    with centre() as guest:
        swipe(guest)
        say_yes(guest)
        guest.insert(500)
        guest.press("done")
        yield "prepayment-claim", guest
    with centre() as guest:
        guest.tell(PrinterChanged(PRINTER, "out"))
        swipe(guest)
        say_yes(guest)
        guest.insert(500)
        guest.tell(AcceptorChanged(ACCEPTOR, "cassette_full"))
        yield "prepayment-stopped-no-slip", guest
    with centre() as guest:
        swipe(guest)
        say_yes(guest)
        guest.insert(500)
        guest.tell(AcceptorChanged(ACCEPTOR, "cassette_full"))
        yield "prepayment-stopped", guest
    with centre() as guest:
        guest.tell(AcceptorChanged(ACCEPTOR, "cassette_full"))
        swipe(guest)
        yield "visit-open-no-cash", guest


def bills() -> Stops:
    with centre() as guest:
        opened(guest, ENTRANCE)
        saved(guest, "a", 700)
        swipe(guest, ENTRANCE)
        yield "visit-below-minimum", guest
        saved(guest, "b", 360)
        yield "visit-minimum-reached", guest
        guest.press("print_bill")
        yield "visit-bill-printed", guest
    with centre(WARNING) as guest:
        opened(guest, ENTRANCE_1000, 1000)
        saved(guest, "a", 1200)
        saved(guest, "b", 440)
        swipe(guest)
        yield "visit-is-short", guest
        guest.press("add_money")
        yield "deposit-start", guest
        guest.insert(100)
        yield "deposit-part", guest
        guest.press("done")
        yield "deposit-done-short", guest
        guest.press("home", "add_money")
        guest.insert(500)
        guest.press("done")
        yield "deposit-done", guest
        guest.press("home", "add_money")
        guest.insert(50)
        guest.wait(61)
        yield "deposit-timed-out", guest
    with centre(NO_FLOATING.replace('"forbid_saving"', '"warning_only"', 1)) as guest:
        opened(guest, ENTRANCE_1000, 1000)
        saved(guest, "a", 1640)
        swipe(guest)
        yield "visit-short-ask-desk", guest
        guest.press("settle")
        yield "calculation-at-the-desk", guest


def deposits() -> Stops:
    with centre(PLAIN.replace("balance_max = 50000", "balance_max = 1500")) as guest:
        opened(guest, ENTRANCE_1000, 1000)
        swipe(guest)
        guest.press("add_money")
        guest.escrow(1000)
        yield "deposit-over-the-limit", guest
        guest.insert(100)
        guest.tell(AcceptorChanged(ACCEPTOR, "cassette_full"))
        yield "deposit-stopped", guest
    with centre() as guest:
        opened(guest, ENTRANCE)
        swipe(guest, ENTRANCE)
        guest.press("add_money")
        guest.insert(100)
        note, _ = guest.escrow(500)
        guest.tell(AcceptorChanged(ACCEPTOR, "jammed_validator"))
        yield "deposit-jam-unknown", guest
        guest.press("leave")
        swipe(guest, ENTRANCE)
        yield "visit-note-being-checked", guest
        guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
        guest.press("receipt")
        yield "deposit-late-receipt", guest


def ending() -> Stops:
    with centre() as guest:
        opened(guest, ENTRANCE_2000, 2000)
        saved(guest, "a", 2300)
        swipe(guest, ENTRANCE_2000)
        guest.press("settle")
        yield "calculation-due", guest
        guest.press("pay")
        yield "due-start", guest
        guest.insert(100)
        yield "due-part", guest
        guest.insert(500)
        yield "visit-settled-change", guest
    with centre() as guest:
        opened(guest, ENTRANCE_1000, 2000)
        saved(guest, "a", 700)
        swipe(guest)
        guest.press("settle")
        yield "calculation-change", guest
        saved(guest, "b", 150)
        yield "calculation-changed", guest
    with centre() as guest:
        opened(guest, ENTRANCE_2000, 2000)
        saved(guest, "a", 2000)
        swipe(guest, ENTRANCE_2000)
        guest.press("settle")
        yield "calculation-even", guest
        guest.press("settle")
        guest.print_out()
        yield "visit-settled", guest
        assert visit_of(guest).state == "closed"


def on_a_personal_card() -> Stops:
    warning = DEMO.replace(
        'order_max_amount_check = "forbid_saving"', 'order_max_amount_check = "warning_only"'
    )
    with visitor(warning) as guest:
        guest.top_up(500)
        guest.press("done")
        guest.print_out()
        guest.press("home")
        guest.order("a", guest.home(), 600)
        guest.wait(11)  # a card at two places within ten seconds is two cards
        guest.press("visit")
        yield "visit-on-a-card-short", guest
        guest.press("settle")
        yield "calculation-due-card", guest
        guest.press("pay")
        yield "due-card-start", guest


WALKS = (opening, prepaying, bills, deposits, ending, on_a_personal_card)

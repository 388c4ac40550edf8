"""Money that is nobody's: suspense, claims, their tickets, and what cannot be done twice."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kiosk.core import seal, tickets
from kiosk.core.cards import FindCard
from kiosk.core.cash import (
    LastStart,
    RecordStart,
    SettleNote,
    SuspendedNotes,
    SuspendNote,
    VoidNote,
)
from kiosk.core.claims import (
    CheckTicket,
    ClaimOfNote,
    CreditFromSuspense,
    IssueClaim,
    OpenClaims,
    RedeemClaim,
)
from kiosk.core.clients import EraseClient
from kiosk.core.documents import Document, QrCode
from kiosk.core.drawer import FloatIn
from kiosk.core.duplicates import MergeClients
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId, JobId, NoteId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.messages import (
    AcceptorChanged,
    AcknowledgeNote,
    DeviceDown,
    DeviceUp,
    NoteEscrowed,
    NoteReturned,
    NoteStacked,
    PrintSlip,
    ReturnNote,
    SlipFailed,
)
from kiosk.core.recognition import Recognised
from kiosk.core.shifts import OpenShift
from kiosk.core.situation import CardHome, Problem, Registering, TopUp, Welcome
from kiosk.core.slips import SlipDocument
from kiosk.core.visits import CreateVisit
from tests.core.guest import ACCEPTOR, OTHER_UID, PRINTER, UID, Guest, rub, situation

LOST = note_id(ACCEPTOR, 1, 77)
WHY = "found in the cashbox"


def do(guest: Guest, command: object, key: str = "", actor: str = "cli") -> Entry | Refused:
    made = key or f"{command!r}/{guest.venue.ledger.seq}"
    return guest.venue.do(command, actor=actor, key=made, now=guest.now)


def refusal(done: Entry | Refused) -> str:
    assert isinstance(done, Refused), f"{done} was not refused"
    return done.key


def lose(guest: Guest, note: NoteId = LOST, face: int = 500) -> None:
    assert isinstance(do(guest, SuspendNote(note, rub(face)), actor="kiosk"), Entry)


def claimed(guest: Guest, note: NoteId = LOST) -> tuple[str, str]:
    """The claim of a lost note: the text of its QR code, and the code below it."""
    lose(guest, note)
    assert isinstance(do(guest, IssueClaim(note, "en")), Entry)
    claim = guest.venue.ask(ClaimOfNote(note), guest.now)
    assert claim is not None
    return ticket(guest.venue.ask(SlipDocument(claim.slip), guest.now))


def ticket(document: Document) -> tuple[str, str]:
    (qr,) = [part for part in document.parts if isinstance(part, QrCode)]
    return qr.data, qr.caption


def accounts(guest: Guest) -> dict[str, int]:
    """What is in suspense, on claims, and in the desk's till."""
    sums = dict.fromkeys(("1030", "2010", "2900", "2910"), 0)
    for document in guest.venue.store.table("balances"):
        name = document["account"].partition(":")[0]
        if name in sums:
            sums[name] += document["amount"]
    assert guest.venue.ledger.verify() == []
    return sums


# --- on the books ------------------------------------------------------------------------------


def test_staff_pay_a_claim_in_cash_out_of_the_till_of_an_open_shift(guest: Guest) -> None:
    text, _ = claimed(guest)
    cash = RedeemClaim(text, ClientId(""), WHY)
    assert refusal(do(guest, cash, actor="staff:106")) == "err.no_shift"
    assert isinstance(do(guest, OpenShift(rub(300), "change"), actor="staff:106"), Entry)
    assert refusal(do(guest, cash, actor="staff:106")) == "err.till_short"
    assert isinstance(do(guest, FloatIn(rub(200), "change"), actor="staff:106"), Entry)
    done = do(guest, cash, actor="staff:106")
    assert isinstance(done, Entry)
    assert [p.account.partition(":")[0] for p in done.postings] == ["2910", "1030"]
    assert guest.venue.ledger.balance("1030", "RUB") == 0


def test_a_claim_takes_the_note_out_of_suspense(guest: Guest) -> None:
    lose(guest)
    assert accounts(guest)["2900"] == -50_000
    assert [n.note for n in guest.venue.ask(SuspendedNotes(), guest.now)] == [LOST]
    issued = do(guest, IssueClaim(LOST, "en"))
    assert isinstance(issued, Entry)
    claim = issued.refs["claim"]
    assert [(p.account, p.amount) for p in issued.postings] == [
        ("2900:K1", 50_000),
        (f"2910:{claim}", -50_000),
    ]
    assert accounts(guest) == {"1030": 0, "2010": 0, "2900": 0, "2910": -50_000}
    (kept,) = guest.venue.ask(OpenClaims(), guest.now)
    assert (kept.id, kept.number, kept.value, kept.note) == (claim, 1, rub(500), LOST)
    assert guest.venue.ask(SuspendedNotes(), guest.now) == ()


def test_a_claim_is_redeemed_once_onto_a_wallet(guest: Guest) -> None:
    card = guest.home()
    text, _ = claimed(guest)
    assert isinstance(do(guest, RedeemClaim(text, card.client, WHY)), Entry)
    assert guest.balance(card) == "500.00"
    again = do(guest, RedeemClaim(text, card.client, WHY))
    assert refusal(again) == "err.claim_redeemed"
    assert refusal(do(guest, RedeemClaim(text, ClientId(""), WHY))) == "err.claim_redeemed"
    assert accounts(guest) == {"1030": 0, "2010": -50_000, "2900": 0, "2910": 0}
    assert guest.venue.ask(OpenClaims(), guest.now) == ()


def test_a_claim_is_redeemed_in_cash_by_its_typed_code(guest: Guest) -> None:
    _, code = claimed(guest)
    typed = code.lower().replace("o", "0").replace("i", "1").replace("b", "8").replace("-", " ")
    assert isinstance(do(guest, RedeemClaim(typed, ClientId(""), WHY)), Entry)
    assert accounts(guest) == {"1030": -50_000, "2010": 0, "2900": 0, "2910": 0}
    assert refusal(do(guest, RedeemClaim(code, ClientId(""), WHY))) == "err.claim_redeemed"


def test_the_account_of_a_claim_forbids_a_second_time_by_itself(guest: Guest) -> None:
    text, _ = claimed(guest)
    (claim,) = guest.venue.ask(OpenClaims(), guest.now)
    assert isinstance(do(guest, RedeemClaim(text, ClientId(""), WHY)), Entry)
    store = guest.venue.store
    with store.transaction():
        kept: Any = store.get("claims", claim.id)
        store.put("claims", claim.id, kept | {"state": "open"})
    assert refusal(do(guest, RedeemClaim(text, ClientId(""), WHY))) == "err.overdrawn"


def test_one_changed_character_is_refused(guest: Guest) -> None:
    text, code = claimed(guest)
    for at, was in enumerate(text):
        other = "2" if was != "2" else "3"
        for told in (text[:at] + other + text[at + 1 :], text[:at] + text[at + 1 :]):
            assert refusal(do(guest, RedeemClaim(told, ClientId(""), WHY))) == "err.ticket_false"
    for at, was in enumerate(code):
        if was != "-":
            told = code[:at] + ("7" if was != "7" else "6") + code[at + 1 :]
            assert refusal(do(guest, RedeemClaim(told, ClientId(""), WHY))) == "err.ticket_false"
    for told in ("", "-", ":", "000001", "FOYER:", text + " ", " " + text, text.lower(), "ё" * 20):
        assert refusal(do(guest, RedeemClaim(told, ClientId(""), WHY))) == "err.ticket_false"
    assert accounts(guest)["2910"] == -50_000
    assert isinstance(do(guest, RedeemClaim(text, ClientId(""), WHY)), Entry)


def test_the_last_letter_of_a_signature_has_one_spelling(guest: Guest) -> None:
    text, _ = claimed(guest)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    good = [c for c in letters if _checks(guest, text[:-1] + c)]
    assert good == [text[-1]]


def _checks(guest: Guest, told: str) -> bool:
    try:
        guest.venue.ask(CheckTicket(told), guest.now)
    except Refused:
        return False
    return True


def test_a_page_without_us_can_check_a_ticket(guest: Guest) -> None:
    text, _ = claimed(guest)
    form = r"FOYER:CLAIM:K1:000001:50000:RUB:20261122T15\d{4}Z:[A-Z2-7]{103}"
    assert re.fullmatch(form, text)
    keys: Any = guest.venue.store.get("settings", "keys")
    said, _, signature = text.rpartition(":")
    assert seal.signed_by(keys["signing"][-1]["public"], said, signature)


def test_another_kiosks_ticket_is_not_genuine(guest: Guest) -> None:
    text, _ = claimed(guest)
    said = text.rpartition(":")[0]
    forged = f"{said}:{seal.sign(seal.new_key(), said)}"
    assert refusal(do(guest, RedeemClaim(forged, ClientId(""), WHY))) == "err.ticket_false"


def test_a_ticket_that_was_lost_with_the_end_of_the_books_is_told_as_such(guest: Guest) -> None:
    text, _ = claimed(guest)
    said = text.rpartition(":")[0].replace(":50000:", ":10000:")
    seed: Any = guest.venue._secrets.get("keys", "signing")
    other = f"{said}:{seal.sign(seed['key'], said)}"
    assert refusal(do(guest, RedeemClaim(other, ClientId(""), WHY))) == "err.ticket_unknown"
    beyond = said.replace(":000001:", ":000009:")
    other = f"{beyond}:{seal.sign(seed['key'], beyond)}"
    assert refusal(do(guest, RedeemClaim(other, ClientId(""), WHY))) == "err.ticket_unknown"


def test_what_a_lost_seed_signed_stays_good(guest: Guest) -> None:
    text, _ = claimed(guest)
    secrets = guest.venue._secrets
    with secrets.transaction():
        secrets.put("keys", "signing", None)
    guest.start_again()
    keys: Any = guest.venue.store.get("settings", "keys")
    assert len(keys["signing"]) == 2
    assert isinstance(do(guest, RedeemClaim(text, ClientId(""), WHY)), Entry)
    newer, _ = claimed(guest, note_id(ACCEPTOR, 2, 5))
    assert isinstance(do(guest, RedeemClaim(newer, ClientId(""), WHY)), Entry)


def test_a_technical_error_is_credited_out_of_suspense_once(guest: Guest) -> None:
    card = guest.home()
    lose(guest)
    assert refusal(do(guest, CreditFromSuspense(LOST, card.client))) == "err.reason_missing"
    assert isinstance(do(guest, CreditFromSuspense(LOST, card.client, WHY)), Entry)
    assert (guest.balance(card), guest.note(LOST).state) == ("500.00", "credited")
    again = do(guest, CreditFromSuspense(LOST, card.client, WHY))
    assert refusal(again) == "err.not_in_suspense"
    assert refusal(do(guest, IssueClaim(LOST, "en"))) == "err.not_in_suspense"
    assert accounts(guest) == {"1030": 0, "2010": -50_000, "2900": 0, "2910": 0}


def test_a_claimed_note_cannot_be_credited_as_well(guest: Guest) -> None:
    card = guest.home()
    claimed(guest)
    done = do(guest, CreditFromSuspense(LOST, card.client, WHY))
    assert refusal(done) == "err.not_in_suspense"
    assert refusal(do(guest, IssueClaim(LOST, "en"))) == "err.not_in_suspense"


def test_who_gets_it_must_exist_and_why_must_be_said(guest: Guest) -> None:
    text, _ = claimed(guest)
    nobody = RedeemClaim(text, ClientId("K1-1-99p"), WHY)
    assert refusal(do(guest, nobody)) == "err.no_such_client"
    assert refusal(do(guest, RedeemClaim(text, ClientId("")))) == "err.reason_missing"
    assert refusal(do(guest, RedeemClaim(text, ClientId(""), WHY), actor="guest")) == (
        "err.not_allowed"
    )


def test_nobody_is_credited_who_is_no_client_any_more_or_yet(guest: Guest) -> None:
    one, other = guest.home(), guest.home(OTHER_UID)
    lose(guest)
    do(guest, MergeClients(one.client, other.client, "one person"))
    assert refusal(do(guest, CreditFromSuspense(LOST, other.client, WHY))) == "err.client_merged"
    read = Recognised("Table card", "entrance_card", "table", "550001")
    assert isinstance(do(guest, CreateVisit(read=read), actor="staff:101"), Entry)
    table = guest.venue.ask(FindCard(read), guest.now)
    assert table is not None
    assert refusal(do(guest, CreditFromSuspense(LOST, table.client, WHY))) == "err.walk_in"
    # Who was forgotten has his balances still, and they are paid out to him.
    do(guest, EraseClient(one.client, "he wishes so"))
    assert isinstance(do(guest, CreditFromSuspense(LOST, one.client, WHY)), Entry)


def test_H01_a_check_slip_is_genuine_and_not_worth_money(guest: Guest) -> None:
    guest.top_up()
    note, _ = guest.escrow(500)
    (slip,) = [
        e
        for e in guest.tell(AcceptorChanged(ACCEPTOR, "jammed_validator"))
        if isinstance(e, PrintSlip)
    ]
    text, _ = ticket(slip.document)
    checked = guest.venue.ask(CheckTicket(text), guest.now)
    assert (checked.kind, checked.number, checked.value, checked.state) == (
        "check_slip",
        1,
        rub(500),
        "held",
    )
    assert refusal(do(guest, RedeemClaim(text, ClientId(""), WHY))) == "err.no_claim"
    guest.tell(NoteReturned(ACCEPTOR, note))
    assert guest.venue.ask(CheckTicket(text), guest.now).state == "void"


# --- before the guest --------------------------------------------------------------------------


def problem(guest: Guest) -> Problem:
    assert isinstance(guest.scene, Problem), guest.scene
    return guest.scene


def taken_by_itself(guest: Guest, counter: int = 50) -> tuple[NoteId, list[Any]]:
    note = note_id(ACCEPTOR, guest.situation.house.start, counter)
    return note, guest.tell(NoteStacked(ACCEPTOR, note, rub(500), announced=False))


def test_T01_a_note_taken_from_nobody_is_on_a_slip_at_once(guest: Guest) -> None:
    note, effects = taken_by_itself(guest)
    (slip,) = [e for e in effects if isinstance(e, PrintSlip)]
    assert effects[0] == AcknowledgeNote(note)
    assert slip.job == "claim_ticket:1"
    assert (problem(guest).key, problem(guest).money) == ("err.claim", "safe")
    assert "Your money is safe." in guest.words()
    text, _ = ticket(slip.document)
    assert guest.venue.ask(CheckTicket(text), guest.now).state == "open"
    # Told again, it is the same note and the same claim.
    assert guest.tell(NoteStacked(ACCEPTOR, note, rub(500))) == [AcknowledgeNote(note)]
    guest.press("leave")
    assert isinstance(guest.scene, Welcome)
    assert accounts(guest)["2910"] == -50_000


def test_N06_a_note_that_was_to_go_back_and_did_not(guest: Guest) -> None:
    note = note_id(ACCEPTOR, 1, 9)
    assert ReturnNote(note) in guest.tell(NoteEscrowed(ACCEPTOR, note, rub(500)))
    effects = guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    assert [e.job for e in effects if isinstance(e, PrintSlip)] == ["claim_ticket:1"]
    assert problem(guest).key == "err.claim"
    assert problem(guest).back is None


def test_a_note_of_a_former_start_gives_no_stranger_a_slip(guest: Guest) -> None:
    guest.tell(DeviceDown(ACCEPTOR, "acceptor", "gone"), DeviceUp(ACCEPTOR, "acceptor"))
    note, effects = taken_by_itself(guest)
    assert effects == [AcknowledgeNote(note)]
    assert isinstance(guest.scene, Welcome)
    assert [n.note for n in guest.venue.ask(SuspendedNotes(), guest.now)] == [note]


def test_a_note_that_staff_had_given_up_is_for_its_owner_not_for_who_stands_there(
    guest: Guest,
) -> None:
    guest.top_up()
    note, _ = guest.escrow(500)
    guest.tell(NoteReturned(ACCEPTOR, note))
    effects = guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    assert not [e for e in effects if isinstance(e, PrintSlip)]
    (kept,) = guest.venue.ask(SuspendedNotes(), guest.now)
    assert (kept.note, kept.client) == (note, "K1-1-3p")


def test_a_top_up_goes_on_beside_a_claim(guest: Guest) -> None:
    card = guest.top_up(200)
    _, effects = taken_by_itself(guest)
    assert [e.job for e in effects if isinstance(e, PrintSlip)] == ["claim_ticket:1"]
    assert isinstance(guest.scene, TopUp) and guest.scene.problem == "err.claim"
    assert "500.00 ₽ is on this slip" in guest.words().replace("\u00a0", " ")
    guest.tell(SlipFailed(PRINTER, JobId("claim_ticket:1"), "partial", "paper_out"))
    assert guest.scene.problem == "err.claim_no_slip"
    guest.insert(100)
    guest.press("done")
    assert guest.balance(card) == "300.00"


def test_a_form_goes_on_behind_a_claim(guest: Guest) -> None:
    guest.tap(OTHER_UID)
    guest.press("register", "agree")
    taken_by_itself(guest)
    assert problem(guest).key == "err.claim"
    guest.press("continue")
    assert isinstance(guest.scene, Registering)


def test_a_card_goes_on_behind_a_claim(guest: Guest) -> None:
    guest.home(UID)
    taken_by_itself(guest)
    guest.press("continue")
    assert isinstance(guest.scene, CardHome)


def test_without_a_printer_the_number_is_what_the_desk_needs(guest: Guest) -> None:
    guest.tell(DeviceDown(PRINTER, "printer", "gone"))
    _, effects = taken_by_itself(guest)
    assert not [e for e in effects if isinstance(e, PrintSlip)]
    assert problem(guest).key == "err.claim_no_slip"
    assert "000001" in guest.words()


@pytest.mark.parametrize("outcome", ["not_printed", "partial", "unknown"])
def test_a_ticket_that_does_not_come_out_is_not_asked_to_be_taken(
    guest: Guest, outcome: Any
) -> None:
    taken_by_itself(guest)
    guest.tell(SlipFailed(PRINTER, JobId("claim_ticket:1"), outcome, "paper_out"))
    assert problem(guest).key == "err.claim_no_slip"


def test_N04_a_check_slip_that_does_not_come_out_is_not_asked_to_be_taken(guest: Guest) -> None:
    guest.top_up()
    guest.escrow(500)
    guest.tell(AcceptorChanged(ACCEPTOR, "jammed_validator"))
    guest.tell(SlipFailed(PRINTER, JobId("check_slip:1"), "partial", "paper_out"))
    assert problem(guest).key == "err.jam_unknown_no_slip"
    assert "000001" in guest.words()


def test_a_note_stacked_against_orders_is_not_taken_for_the_last_one(guest: Guest) -> None:
    """The same face as the last note of a former start, after the acceptor was seen empty."""
    guest.top_up(500)
    guest.press("done")
    guest.start_again()
    guest.tell(DeviceDown(ACCEPTOR, "acceptor", "gone"), DeviceUp(ACCEPTOR, "acceptor"))
    note, _ = taken_by_itself(guest)
    assert guest.note(note).state == "suspense"
    assert accounts(guest)["2900"] == -50_000


def test_nor_for_one_that_staff_settled_after_the_acceptor_was_seen_empty(guest: Guest) -> None:
    """Held in a former start, doubtful in this one, and found in the box by staff."""
    guest.top_up()
    held, _ = guest.escrow(500)
    guest.start_again()
    guest.did(SettleNote(held, "in the box"), key=f"settle:{held}")
    note, _ = taken_by_itself(guest)
    assert guest.note(note).state == "claimed"


def test_N04_a_check_slip_tells_of_its_note_whatever_became_of_it(guest: Guest) -> None:
    """Given back, said staff; then it was in the box all the same, and somebody else's."""
    other = guest.register(OTHER_UID)
    guest.printed()
    guest.press("leave")
    guest.top_up()
    held, _ = guest.escrow(500)
    guest.tell(AcceptorChanged(ACCEPTOR, "jammed_validator"))
    books = guest.venue.books(guest.now)
    slip = tickets.text(books, books.get("slips", "check_slip:1") or {})
    guest.did(VoidNote(held, "given back"), key=f"void:{held}")
    guest.tell(NoteStacked(ACCEPTOR, held, rub(500)))
    assert guest.venue.ask(CheckTicket(slip), guest.now).state == "suspense"
    guest.did(CreditFromSuspense(held, other.client, "theirs"), key=f"credit:{held}")
    assert guest.venue.ask(CheckTicket(slip), guest.now).state == "credited"


@pytest.mark.parametrize("rested", [True, False])
def test_nor_when_the_kiosk_died_before_its_entry(guest: Guest, rested: bool) -> None:
    """What the last start saw counts: at rest, the acceptor had told of the last booked note."""
    guest.top_up(500)
    guest.press("done")
    if rested:
        guest.start_again()
    start = guest.venue.ask(LastStart(), guest.now) + 1
    guest.did(RecordStart(start), actor="kiosk", key=f"start:{start}")
    guest.situation = situation(guest.venue, start, guest.now)
    guest.tell(DeviceUp(ACCEPTOR, "acceptor"))
    note, _ = taken_by_itself(guest)
    assert guest.note(note).state == ("suspense" if rested else "recognised")
    assert guest.kinds().count("acceptor_rested") == int(rested)


def test_a_typed_code_of_before_the_keys_were_lost_asks_for_the_qr_code(guest: Guest) -> None:
    text, code = claimed(guest)
    secrets = guest.venue._secrets
    with secrets.transaction():
        secrets.put("keys", "signing", None)
    redeem = RedeemClaim(code, ClientId(""), WHY)
    assert refusal(do(guest, redeem)) == "err.ticket_code", "before the next start"
    guest.wait(60)
    guest.start_again()
    assert refusal(do(guest, redeem)) == "err.ticket_code"
    assert isinstance(do(guest, RedeemClaim(text, ClientId(""), WHY)), Entry)
    _, newer = claimed(guest, note_id(ACCEPTOR, 2, 5))
    assert isinstance(do(guest, RedeemClaim(newer, ClientId(""), WHY)), Entry)

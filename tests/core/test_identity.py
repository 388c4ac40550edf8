"""PIN, phone and recovery code: changed by their owner or at the desk; lost cards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kiosk.core import clients, identity, pins, seal
from kiosk.core.cards import BlockCard, Card, CardsOf, GetCard, UnblockCard
from kiosk.core.client_list import FindClients, ListClients
from kiosk.core.clients import GetClient, index_all, recovery_token
from kiosk.core.clock import Now
from kiosk.core.duplicates import MergeClients
from kiosk.core.errors import Refused
from kiosk.core.identity import ChangePhone, ChangePin, Proof, RecoverPin, ResetPin
from kiosk.core.ids import CardId, ClientId
from kiosk.core.ledger import Draft, Entry
from kiosk.core.lost_cards import CardsOfHolder, MoveCard, ReportLost
from kiosk.core.recognition import Recognised
from kiosk.core.venue import Venue
from kiosk.core.visits import OpenVisit
from tests.core.copies import PRIVATE, mirrored, opened, restored, seal_secrets
from tests.core.guest import NOW, OTHER_UID, UID, Guest, make_venue, shelf
from tests.core.test_clients import client

PHONE, OTHER, PIN, NEW = "+79161234567", "+79035550000", "7391", "8264"
CASHIER, MANAGER = "staff:101", "staff:105"


def do(
    venue: Venue, command: object, actor: str = "guest", key: str = "", now: Now = NOW
) -> Entry | Refused:
    return venue.do(command, actor=actor, key=key or f"k{venue.ledger.seq}", now=now)


def done(venue: Venue, command: object, actor: str = "guest", now: Now = NOW) -> Entry:
    made = do(venue, command, actor, now=now)
    assert isinstance(made, Entry), made
    return made


def why(venue: Venue, command: object, actor: str = "guest", now: Now = NOW) -> str:
    """The key of a refusal, which leaves the books as they were."""
    before = venue.ledger.head
    told = do(venue, command, actor, now=now)
    assert isinstance(told, Refused), told
    assert venue.ledger.head == before
    return told.key


def read(number: str) -> Recognised:
    return Recognised("r", "interface", "PDS", number)


@pytest.fixture
def her(venue: Venue) -> ClientId:
    return ClientId(client(venue, "A1", PHONE, PIN, "Zinaida Petrova"))


def fits(venue: Venue, owner: str, pin: str, now: Now = NOW) -> bool:
    try:
        pins.check(venue.books(now), owner, pin, pins.CLIENTS)
    except Refused:
        return False
    return True


def code(venue: Venue, owner: str) -> str:
    return recovery_token(venue.books(NOW), ClientId(owner))


# --- the PIN -------------------------------------------------------------------------------------


def test_a_pin_is_changed_by_who_knows_the_old_one(venue: Venue, her: ClientId) -> None:
    assert why(venue, ChangePin(her, NEW, "5937")) == "err.pin_wrong"
    entry = done(venue, ChangePin(her, PIN, NEW))
    assert (entry.kind, entry.changes, dict(entry.refs)) == ("pin_changed", (), {"client": her})
    assert fits(venue, her, NEW) and not fits(venue, her, PIN)


@pytest.mark.parametrize(
    ("pin", "key"),
    [("739", "err.pin_form"), ("73912", "err.pin_form"), ("73a1", "err.pin_form"),
     ("٧٣٩١", "err.pin_form"), ("", "err.pin_form"), ("1111", "err.pin_easy"),
     ("1234", "err.pin_easy"), ("4321", "err.pin_easy"), ("2580", "err.pin_easy")],
)  # fmt: skip
def test_a_new_pin_is_four_digits_and_not_the_first_that_is_tried(
    venue: Venue, her: ClientId, pin: str, key: str
) -> None:
    token = code(venue, her)
    assert why(venue, ChangePin(her, PIN, pin)) == key
    assert why(venue, RecoverPin(token, pin)) == key
    assert why(venue, ResetPin(her, pin, "passport"), MANAGER) == key
    assert fits(venue, her, PIN)


def ten_wrong(venue: Venue, owner: str) -> Now:
    """Ten wrong PINs, the lock after five waited out."""
    now = NOW
    for _ in range(10):
        assert not fits(venue, owner, "5937", now)
        now = now.later(60 * pins.CLIENTS.lock_minutes)
    assert not fits(venue, owner, PIN, now)
    return now


def test_the_desk_ends_what_ten_wrong_pins_led_to(venue: Venue, her: ClientId) -> None:
    now = ten_wrong(venue, her)
    assert why(venue, ChangePin(her, PIN, NEW), now=now) == "err.pin_desk"
    assert why(venue, ResetPin(her, NEW, "passport"), CASHIER, now) == "err.not_allowed"
    assert why(venue, ResetPin(her, NEW, " "), MANAGER, now) == "err.reason_missing"
    entry = done(venue, ResetPin(her, NEW, "passport"), MANAGER, now)
    assert (entry.kind, entry.reason, entry.actor) == ("pin_reset", "passport", MANAGER)
    assert fits(venue, her, NEW, now)


def test_the_recovery_code_ends_it_too(venue: Venue, her: ClientId) -> None:
    now = ten_wrong(venue, her)
    former, token = code(venue, her), code(venue, her)
    for wrong in (former, "", token[:-1], token + "A"):
        assert why(venue, RecoverPin(wrong, NEW), now=now) == "err.proof_wrong"
    entry = done(venue, RecoverPin(f" {token.lower()} ", NEW), now=now)
    assert (entry.kind, entry.refs["client"]) == ("pin_recovered", her)
    assert fits(venue, her, NEW, now)


def test_no_pin_and_no_phone_stand_in_the_ledger(venue: Venue, her: ClientId) -> None:
    done(venue, ChangePin(her, PIN, NEW))
    done(venue, ChangePhone(her, OTHER, pin=NEW))
    kept = str([entry.document() for entry in venue.ledger.entries()])
    for secret in (NEW, OTHER, OTHER[2:], "5550000"):
        assert secret not in kept.replace(venue.ledger.head, ""), secret
        assert secret not in repr((ChangePin(her, PIN, NEW), ChangePhone(her, OTHER, NEW)))


# --- the phone -----------------------------------------------------------------------------------


def phone(venue: Venue, owner: str) -> str:
    found = venue.ask(GetClient(ClientId(owner)), NOW)
    assert found is not None
    return found.phone_masked


def found(venue: Venue, digits: str) -> list[str]:
    try:
        return [str(r.client) for r in venue.ask(FindClients(digits), NOW, CASHIER).rows]
    except Refused:
        return []


def test_a_phone_is_changed_and_removed_and_added_again(venue: Venue, her: ClientId) -> None:
    entry = done(venue, ChangePhone(her, "8 903 555-00-00", pin=PIN))
    assert entry.kind == "phone_changed" and phone(venue, her) == "+7 ••• •••-00-00"
    assert found(venue, "4567") == [] and found(venue, "5550000") == [her]
    done(venue, ChangePhone(her, "", pin=PIN))
    assert phone(venue, her) == "" and found(venue, "5550000") == []
    assert [r.client for r in venue.ask(ListClients("zin"), NOW, CASHIER).rows] == [her]
    windows = venue._secrets.table("windows").all()
    assert len(windows) == 5, "two words and their beginnings, and the whole name: no phone"
    done(venue, ChangePhone(her, PHONE, code=code(venue, her)))
    assert client(venue, "A2", PHONE, PIN) == her, "a card joins by it again"


def test_a_phone_needs_the_pin_or_the_code_or_staff_with_the_right(
    venue: Venue, her: ClientId
) -> None:
    assert why(venue, ChangePhone(her, OTHER)) == "err.pin_wrong"
    assert why(venue, ChangePhone(her, OTHER, pin=NEW)) == "err.pin_wrong"
    assert why(venue, ChangePhone(her, OTHER, code="A" * 32)) == "err.proof_wrong"
    stranger = client(venue, "A2")
    assert why(venue, ChangePhone(her, OTHER, code=code(venue, stranger))) == "err.proof_wrong"
    assert why(venue, ChangePhone(ClientId(stranger), OTHER, pin=PIN)) == "err.pin_none"
    assert why(venue, ChangePhone(her, OTHER), "till:1") == "err.not_allowed"
    assert why(venue, ChangePhone(her, OTHER, reason="asked"), CASHIER) == "err.not_allowed"
    assert why(venue, ChangePhone(her, OTHER), MANAGER) == "err.reason_missing"
    done(venue, ChangePhone(her, OTHER, reason="passport"), MANAGER)
    assert found(venue, "5550000") == [her]


@pytest.mark.parametrize("typed", ["123", "+7", "91612345678901234567", "phone"])
def test_what_is_no_phone_is_refused(venue: Venue, her: ClientId, typed: str) -> None:
    assert why(venue, ChangePhone(her, typed, pin=PIN)) == "err.phone_form"
    assert why(venue, ChangePhone(her, PHONE, pin=PIN)) == "err.nothing_changed"


def test_nobody_learns_from_a_change_that_a_phone_is_known(
    venue: Venue, her: ClientId, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ClientId(client(venue, "A2", OTHER, PIN))
    hashed: list[str] = []
    plain = seal._scrypt
    monkeypatch.setattr(seal, "_scrypt", lambda pin, *args: hashed.append(pin) or plain(pin, *args))
    taken = done(venue, ChangePhone(her, OTHER, pin=PIN))
    assert phone(venue, her).endswith("45-67"), "he keeps what he had"
    assert found(venue, "5550000") == [other] and found(venue, "4567") == [her]
    free = done(venue, ChangePhone(her, "+79998887766", pin=PIN))
    assert hashed == [PIN, PIN]
    for entry in (taken, free):
        (change,) = entry.changes
        assert (entry.kind, change.table, entry.reason) == ("phone_changed", "clients", "")
    # What the entry holds is of the same form, and the phone is still the other one's.
    sealed = [str((e.changes[0].document or {})["phone"]) for e in (taken, free)]
    assert len(sealed[0]) == len(sealed[1]) and sealed[0] != sealed[1]
    assert found(venue, "5550000") == [other] and found(venue, "4567") == []
    assert why(venue, ChangePhone(her, OTHER, reason="asked"), MANAGER) == "err.phone_taken"


def parts(phone: str) -> int:
    """How many different runs of four digits a phone has."""
    return len({phone[1:][n : n + 4] for n in range(len(phone) - 4)})


@pytest.mark.parametrize("before", [True, False], ids=["before the entry", "after it"])
def test_a_power_cut_in_a_change_leaves_what_the_books_say(
    monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    def cut(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with shelf() as folder:
        venue = make_venue(folder)
        her = ClientId(client(venue, "A1", PHONE, PIN))
        with monkeypatch.context() as dead:
            dead.setattr(*((venue.ledger, "post") if before else (identity, "settle")), cut)
            with pytest.raises(KeyboardInterrupt):
                do(venue, ChangePhone(her, OTHER, pin=PIN))
        assert venue._secrets.get("rewriting", her) is not None
        venue.close()
        venue = Venue.open(folder / "kiosk.db", folder / "secrets.db")
        his, gone = (PHONE, OTHER) if before else (OTHER, PHONE)
        assert found(venue, his) == [her] and found(venue, gone) == []
        assert len(venue._secrets.table("windows")) == parts(his), "and no part of the other one"
        assert not venue._secrets.table("rewriting").all()
        venue.close()


# --- a lost card ---------------------------------------------------------------------------------


def card_of(venue: Venue, owner: ClientId, place: int = 0) -> Card:
    return venue.ask(CardsOf(owner), NOW)[place]


def test_a_lost_card_is_blocked_at_once_by_phone_and_pin(guest: Guest) -> None:
    venue = guest.venue
    card = guest.top_up(500)
    guest.press("done")
    done(venue, ChangePhone(card.client, PHONE, reason="passport"), MANAGER)
    done(venue, ResetPin(card.client, PIN, "passport"), MANAGER)
    proof = Proof(PHONE, PIN)
    (shown,) = venue.ask(CardsOfHolder(proof), NOW)
    assert (shown.id, shown.masked) == (card.id, f"•••• {card.number[-4:]}")
    entry = done(venue, ReportLost(card.id, proof))
    assert (entry.kind, entry.postings) == ("card_lost", ())
    assert card_of(venue, card.client).state == "lost"
    assert why(venue, ReportLost(card.id, proof)) == "err.card_lost"
    moved = done(venue, MoveCard(card.id, read("B1"), proof))
    new = card_of(venue, card.client, 1)
    assert (moved.kind, moved.postings, moved.refs["card"]) == ("card_moved", (), new.id)
    assert (new.number, new.type, new.state) == ("B1", card.type, "active")
    assert card_of(venue, card.client).state == "retired"
    assert guest.balance(new) == "500.00"
    assert [c.id for c in venue.ask(CardsOfHolder(proof), NOW)] == [new.id]


def test_the_recovery_code_does_for_a_client_without_a_phone(venue: Venue) -> None:
    nobody = ClientId(client(venue, "A1"))
    proof = Proof(code=code(venue, nobody))
    old = card_of(venue, nobody)
    done(venue, ReportLost(old.id, proof))
    done(venue, MoveCard(old.id, read("B1"), proof))
    assert [c.state for c in venue.ask(CardsOf(nobody), NOW)] == ["retired", "active"]


def test_an_unknown_phone_a_wrong_pin_and_a_lock_are_answered_alike(
    venue: Venue, her: ClientId, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []
    plain, put = seal._scrypt, venue._secrets.put
    monkeypatch.setattr(
        seal, "_scrypt", lambda pin, *args: work.append("hashed") or plain(pin, *args)
    )
    monkeypatch.setattr(venue._secrets, "put", lambda *args: work.append("written") or put(*args))
    card = card_of(venue, her)
    stranger = client(venue, "A2", OTHER, "5938")
    answers, efforts = set(), []
    for proof in (Proof(PHONE, NEW), Proof("+79990000000", NEW), Proof("", NEW),
                  Proof(OTHER, PIN), Proof(code="A" * 32)):  # fmt: skip
        for attempt in (CardsOfHolder(proof), ReportLost(card.id, proof),
                        MoveCard(card.id, read("B1"), proof)):  # fmt: skip
            work.clear()
            if isinstance(attempt, CardsOfHolder):
                with pytest.raises(Refused) as told:
                    venue.ask(attempt, NOW)
                answers.add((told.value.key, *told.value.args_by_name))
            else:
                refused = do(venue, attempt)
                assert isinstance(refused, Refused)
                answers.add((refused.key, *refused.args_by_name))
            if not proof.code:
                efforts.append(tuple(work))
    assert answers == {("err.proof_wrong",)}
    assert set(efforts) == {("hashed", "written")}
    # His own proof does not open another's card; and what was typed was counted.
    assert why(venue, ReportLost(card.id, Proof(code=code(venue, stranger)))) == "err.proof_wrong"
    assert (venue._secrets.get("pins", her) or {})["wrong"] == 3
    for _ in range(2):
        do(venue, ReportLost(card.id, Proof(PHONE, NEW)))
    assert why(venue, ReportLost(card.id, Proof(PHONE, PIN))) == "err.proof_wrong", "locked"
    assert card_of(venue, her).state == "active"


def test_staff_report_and_move_with_a_reason(venue: Venue, her: ClientId) -> None:
    card = card_of(venue, her)
    assert why(venue, ReportLost(card.id), CASHIER) == "err.reason_missing"
    assert why(venue, ReportLost(card.id, reason="called"), "staff:104") == "err.not_allowed"
    entry = done(venue, ReportLost(card.id, reason="called"), CASHIER)
    assert entry.reason == "called"
    assert why(venue, MoveCard(card.id, read("B1")), CASHIER) == "err.reason_missing"
    done(venue, MoveCard(card.id, read("B1"), reason="new card"), CASHIER)
    for again in (ReportLost(card.id, reason="x"), MoveCard(card.id, read("B2"), reason="x"),
                  BlockCard(card.id, "x"), UnblockCard(card.id, "x")):  # fmt: skip
        assert why(venue, again, CASHIER) == "err.card_retired"
    assert why(venue, ReportLost(CardId("K1-1-99c"), reason="x"), CASHIER) == "err.no_such_card"


def test_a_lost_card_that_is_found_is_used_again(venue: Venue, her: ClientId) -> None:
    card = card_of(venue, her)
    done(venue, ReportLost(card.id, reason="called"), CASHIER)
    done(venue, UnblockCard(card.id, "found"), CASHIER)
    assert card_of(venue, her) == card


def test_a_card_that_staff_blocked_is_not_moved_by_its_holder(venue: Venue, her: ClientId) -> None:
    card = card_of(venue, her)
    done(venue, BlockCard(card.id, "counterfeit notes"), CASHIER)
    for attempt in (ReportLost(card.id, Proof(PHONE, PIN)),
                    MoveCard(card.id, read("B1"), Proof(PHONE, PIN))):  # fmt: skip
        assert why(venue, attempt) == "err.card_blocked"
    done(venue, MoveCard(card.id, read("B1"), reason="cleared up"), CASHIER)


def test_C32_a_holder_moves_between_cards_of_his_own(venue: Venue, her: ClientId) -> None:
    proof = Proof(PHONE, PIN)
    first = card_of(venue, her)
    assert client(venue, "A2", PHONE, PIN) == her
    stranger = client(venue, "A3")
    second = card_of(venue, her, 1)
    assert why(venue, MoveCard(first.id, read("A3"), proof)) == "err.already_registered"
    assert why(venue, MoveCard(first.id, read("A1"), proof)) == "err.already_registered"
    coat = Recognised("r", "entrance_card", "coat", "7")
    assert why(venue, MoveCard(first.id, coat, proof)) == "err.card_not_his"
    badge = Recognised("r", "employee", "staff", "105")
    assert why(venue, MoveCard(first.id, badge, proof)) == "err.card_not_his"
    entry = done(venue, MoveCard(first.id, read("A2"), proof))
    assert (entry.refs["old"], entry.refs["card"]) == (first.id, second.id)
    assert [c.state for c in venue.ask(CardsOf(her), NOW)] == ["retired", "active"]
    assert len(venue.ask(CardsOf(ClientId(stranger)), NOW)) == 1
    third = done(venue, MoveCard(second.id, read("A4"), proof))
    assert why(venue, MoveCard(CardId(third.refs["card"]), read("A2"), proof)) == "err.card_blocked"


def test_an_open_visit_goes_along(guest: Guest) -> None:
    venue = guest.venue
    card = guest.top_up(500)
    guest.press("done")
    assert isinstance(guest.order("a", card, 120), Entry)
    before = guest.visit(card)
    assert before is not None
    moved = done(venue, MoveCard(card.id, read("B1"), reason="lost"), CASHIER, guest.now)
    new = venue.ask(GetCard(moved.refs["card"]), guest.now)
    assert new is not None
    visit = venue.ask(OpenVisit(new.id), guest.now)
    assert visit is not None and (visit.id, visit.total) == (before.id, before.total)
    assert venue.ask(OpenVisit(card.id), guest.now) is None
    assert isinstance(guest.order("a", new, 150), Entry), "and the till goes on with its order"


def test_an_open_visit_does_not_go_to_a_card_that_had_visits(guest: Guest) -> None:
    venue = guest.venue
    done(venue, ResetPin(guest.register().client, PIN, "x"), MANAGER)
    guest.press("leave")
    first = guest.top_up(500)
    guest.press("done")
    done(venue, ChangePhone(first.client, PHONE, reason="x"), MANAGER)
    assert client(venue, "A2", PHONE, PIN) == first.client
    second = card_of(venue, first.client, 1)
    for card in (first, second):
        assert isinstance(guest.order(f"o{card.id}", card, 120), Entry)
    told = MoveCard(first.id, read("A2"), reason="x")
    assert why(venue, told, CASHIER, guest.now) == "err.visit_on_old_card"


def test_U1_every_registered_card_is_exactly_one_clients(guest: Guest) -> None:
    """A guest registers alone, with or without a phone; the default personal type; E39 follows."""
    venue = guest.venue
    plain = guest.register(UID)
    guest.printed()
    guest.press("leave")
    known = guest.register(OTHER_UID, phone="9162041234")
    kept: Any = venue.books(NOW).settings()
    types = {d["id"]: d for d in venue.store.table("card_types")}
    for card in (plain, known):
        assert card.type == kept["default_card_type"]
        assert types[card.type]["personal"] and not types[card.type]["prepay_amount"]
        owner = venue.ask(GetClient(card.client), NOW)
        assert owner is not None and owner.state == "active"
        assert [c.id for c in venue.ask(CardsOf(card.client), NOW)] == [card.id]
    assert plain.client != known.client
    assert isinstance(guest.order("a", known, 0), Entry), "and it can open a visit"


def test_a_card_moved_too_often_in_a_day_is_asked_about(venue: Venue, her: ClientId) -> None:
    most = venue.books(NOW).settings()["trust"]["transfers_per_day_max"]
    proof = Proof(PHONE, PIN)
    card = card_of(venue, her).id
    for n in range(most):
        card = CardId(done(venue, MoveCard(card, read(f"B{n}"), proof)).refs["card"])
    assert why(venue, MoveCard(card, read("C1"), proof)) == "err.limited_times"


def test_a_walk_ins_card_is_not_moved(venue: Venue) -> None:
    draft = Draft("test")
    walk_in = clients.anonymous(venue.books(NOW), draft, "en")
    draft.set(
        "cards",
        {"id": "K1-1-9c", "key": "coat:W1", "number": "W1", "type": "coat", "client": walk_in,
         "state": "active", "registered_at": "", "slip": ""},
    )  # fmt: skip
    venue.ledger.post(draft, key="k", actor="cli", command="k", now=NOW)
    told = MoveCard(CardId("K1-1-9c"), read("B1"), reason="x")
    assert why(venue, told, CASHIER) == "err.walk_in"
    proof = Proof(code=code(venue, walk_in))
    assert why(venue, ReportLost(CardId("K1-1-9c"), proof)) == "err.proof_wrong"


def test_after_a_restore_clients_are_found_by_what_the_books_say(
    venue: Venue, her: ClientId, stick: Path, elsewhere: Path
) -> None:
    """The secrets are of a moment before a phone was changed and two clients became one."""
    gone = client(venue, "A2", "+79998887766", NEW)
    seal_secrets(venue, stick)
    done(venue, ChangePhone(her, OTHER, pin=PIN))
    done(venue, MergeClients(her, ClientId(gone), "one person"), MANAGER)
    mirrored(venue, stick)
    restored(elsewhere, stick, key=PRIVATE)
    again = opened(elsewhere, write=True)
    assert found(again, "5550000") == [her]
    assert found(again, "4567") == found(again, "887766") == []
    assert {row["client"] for row in again._secrets.table("windows")} == {her}
    assert fits(again, her, PIN) and not fits(again, gone, NEW)
    again.close()


def test_a_client_whose_key_is_another_copys_is_found_by_nothing(
    venue: Venue, her: ClientId
) -> None:
    secrets = venue._secrets
    with secrets.transaction():
        secrets.put("keys", her, {"id": her, "key": seal.new_key()})
    index_all(venue.store, secrets)
    assert found(venue, "4567") == [] and not secrets.table("windows").all()

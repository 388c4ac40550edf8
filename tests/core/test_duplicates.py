"""Registered twice: who may be one, how two become one, and what of it stands where."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.core import clients, duplicates, statistics
from kiosk.core.accounts import CardAccounts, GetCardAccounts, PointCard
from kiosk.core.cards import CardsOf
from kiosk.core.cash import HoldNote, NotesWithoutReceipt
from kiosk.core.client_list import ClientOfCard, FindClients, ListClients
from kiosk.core.clients import EraseClient, GetClient, recovery_token
from kiosk.core.duplicates import Duplicates, KeepApart, MergeClients
from kiosk.core.errors import Refused
from kiosk.core.identity import Proof, RecoverPin, ResetPin
from kiosk.core.ids import CardId, ClientId, NoteId
from kiosk.core.ledger import BON, MINUTES_GAME, MINUTES_NET, Draft, Entry
from kiosk.core.lost_cards import CardsOfHolder
from kiosk.core.package_sales import SellPackage
from kiosk.core.promo_codes import IssuePromoCode, PromoCodes, RedeemPromoCode
from kiosk.core.segments import SetGroup
from kiosk.core.session_list import UnpaidSessions
from kiosk.core.sessions import PaySession, StartSession
from kiosk.core.statistics import ClientStatistics
from kiosk.core.venue import Venue
from kiosk.core.visits import OpenVisit
from tests.core.guest import NOW, OTHER_UID, UID, Guest, make_venue, rub, shelf
from tests.core.play import club
from tests.core.test_clients import client
from tests.core.test_identity import (
    CASHIER,
    MANAGER,
    PHONE,
    PIN,
    card_of,
    code,
    done,
    fits,
    found,
    phone,
    why,
)

OTHER, NEW = "+79035550000", "8264"


def merged(venue: Venue, keep: str, gone: str) -> Entry:
    return done(venue, MergeClients(ClientId(keep), ClientId(gone), "one person"), MANAGER)


def give(venue: Venue, owner: str, *, money: int = 0, points: int = 0, minutes: int = 0) -> None:
    """Balances out of nowhere."""
    draft = Draft("test", refs={"client": owner})
    if money:
        draft.post("1030", f"2010:{owner}", "RUB", money)
    if points:
        draft.post("9050", f"9060:{owner}", BON, points)
    if minutes:
        draft.post("9010:adjusted", f"9020:{owner}", MINUTES_GAME, minutes)
        draft.post("9030:adjusted", f"9040:{owner}", MINUTES_NET, 2 * minutes)
    key = f"give:{venue.ledger.seq}"
    venue.ledger.post(draft, key=key, actor="cli", command=key, now=NOW)


def holds(venue: Venue, owner: str) -> tuple[int, int, int, int]:
    one = venue.ask(GetClient(ClientId(owner)), NOW)
    assert one is not None
    return one.wallet.minor, one.bonus, one.minutes_game, one.minutes_net


@pytest.fixture
def two(venue: Venue) -> tuple[str, str]:
    """A client with a phone and one without."""
    return client(venue, "A1", PHONE, PIN, "Zinaida Petrova"), client(venue, "A2")


# --- merging -------------------------------------------------------------------------------------


def test_C32_all_that_one_has_is_the_others(venue: Venue, two: tuple[str, str]) -> None:
    keep, gone = two
    give(venue, keep, money=1000, points=1, minutes=10)
    give(venue, gone, money=50000, points=30, minutes=60)
    entry = merged(venue, keep, gone)
    assert (entry.kind, entry.refs["client"], entry.refs["also"]) == ("clients_merged", keep, gone)
    assert holds(venue, keep) == (51000, 31, 70, 140)
    assert holds(venue, gone) == (0, 0, 0, 0)
    assert {c.number: c.state for c in venue.ask(CardsOf(ClientId(keep)), NOW)} == {
        "A1": "active",
        "A2": "active",
    }
    assert venue.ask(CardsOf(ClientId(gone)), NOW) == ()
    other = venue.ask(GetClient(ClientId(gone)), NOW)
    assert other is not None and (other.state, other.into) == ("merged", keep)
    assert venue.ask(ClientOfCard("A2"), NOW, CASHIER).client == keep
    assert venue.ledger.verify() == []


def test_C32_walk_ins_are_not_merged(venue: Venue, two: tuple[str, str]) -> None:
    keep, _ = two
    draft = Draft("test")
    walk_in = clients.anonymous(venue.books(NOW), draft, "en")
    venue.ledger.post(draft, key="k", actor="cli", command="k", now=NOW)
    for pair in ((keep, walk_in), (walk_in, keep)):
        told = MergeClients(ClientId(pair[0]), ClientId(pair[1]), "x")
        assert why(venue, told, MANAGER) == "err.walk_in"


def test_C32_who_may_merge_whom(venue: Venue, two: tuple[str, str]) -> None:
    keep, gone = (ClientId(one) for one in two)
    assert why(venue, MergeClients(keep, gone, "x"), CASHIER) == "err.not_allowed"
    assert why(venue, MergeClients(keep, gone, "x"), "guest") == "err.not_allowed"
    assert why(venue, MergeClients(keep, gone), MANAGER) == "err.reason_missing"
    assert why(venue, MergeClients(keep, keep, "x"), MANAGER) == "err.merge_same"
    nobody = ClientId("K1-1-99p")
    for pair in ((keep, nobody), (nobody, keep)):
        assert why(venue, MergeClients(*pair, "x"), MANAGER) == "err.no_such_client"
    done(venue, EraseClient(gone, "x"), "cli")
    for pair in ((keep, gone), (gone, keep)):
        assert why(venue, MergeClients(*pair, "x"), MANAGER) == "err.client_erased"


def test_C32_not_while_a_note_or_a_session_is_under_way(guest: Guest) -> None:
    venue = guest.venue
    keep = client(venue, "A2")
    card = guest.home()
    note = NoteId("acceptor/1/9")
    done(venue, HoldNote(note, rub(100), card.client, card.id), "kiosk")
    told = MergeClients(ClientId(keep), card.client, "x")
    assert why(venue, told, MANAGER) == "err.merge_busy"
    # The other way round nothing of his moves.
    stranger = ClientId(client(venue, "A3"))
    done(venue, MergeClients(card.client, stranger, "x"), MANAGER)
    draft = Draft("test")
    session = {"id": "K1-1-9s", "client": keep, "state": "running", "kind": "game", "planned": 0,
               "mode": "timer"}  # fmt: skip
    draft.set("sessions", session)
    venue.ledger.post(draft, key="s", actor="cli", command="s", now=NOW)
    told = MergeClients(card.client, ClientId(keep), "x")
    assert why(venue, told, MANAGER) == "err.merge_busy"


def test_C32_a_merged_client_is_no_client_any_more(venue: Venue, two: tuple[str, str]) -> None:
    keep, gone = (ClientId(one) for one in two)
    done(venue, ResetPin(gone, NEW, "x"), MANAGER)
    token = code(venue, gone)
    merged(venue, keep, gone)
    for command in (ResetPin(gone, NEW, "x"), SetGroup(gone, "vip", "x"),
                    IssuePromoCode(gone, "bonus", 5, "", "x"), EraseClient(gone, "x"),
                    MergeClients(gone, keep, "x")):  # fmt: skip
        actor = "cli" if isinstance(command, EraseClient) else MANAGER
        assert why(venue, command, actor) == "err.client_merged"
    assert fits(venue, keep, PIN) and not fits(venue, keep, NEW), "he keeps his own PIN"
    # The code on the slip of the one is a code of the other now.
    (_, second) = venue.ask(CardsOfHolder(Proof(code=token)), NOW)
    assert second.number == "A2"
    done(venue, RecoverPin(token, NEW))
    assert fits(venue, keep, NEW)


def test_C32_what_the_one_lacks_the_other_brings(venue: Venue, two: tuple[str, str]) -> None:
    """The client that stays has no phone, no name, no PIN and no group."""
    gone, keep = two
    done(venue, SetGroup(ClientId(gone), "vip", "x"), MANAGER)
    merged(venue, keep, gone)
    kept = venue.ask(GetClient(ClientId(keep)), NOW)
    assert kept is not None
    assert (kept.name, kept.group) == ("Zinaida Petrova", "vip")
    assert found(venue, "4567") == [keep] and phone(venue, keep).endswith("45-67")
    rows = venue.ask(ListClients("petrova"), NOW, CASHIER).rows
    assert [row.client for row in rows] == [keep]
    assert fits(venue, keep, PIN), "with the phone comes its PIN"
    assert client(venue, "A3", PHONE, PIN) == keep


def test_C32_a_phone_of_his_own_stays_and_the_other_is_free(venue: Venue) -> None:
    keep, gone = client(venue, "A1", PHONE, PIN), client(venue, "A2", OTHER, NEW)
    merged(venue, keep, gone)
    assert found(venue, "4567") == [keep] and found(venue, "5550000") == []
    assert client(venue, "A3", OTHER, NEW) not in (keep, gone), "who gives it is somebody new"
    assert found(venue, "5550000") != []


def test_C32_figures_add_up_and_may_lift_into_a_group(venue: Venue, two: tuple[str, str]) -> None:
    keep, gone = two
    least = (venue.books(NOW).get("groups", "vip") or {})["spent_from"]
    draft = Draft("test")
    books = venue.books(NOW)
    statistics.record(books, draft, keep, spent_minor=least - 1, played_s=60,
                      visit_at="2026-11-20T17:00:00.000000Z")  # fmt: skip
    statistics.record(books, draft, gone, spent_minor=1, played_s=5,
                      visit_at="2026-11-21T07:00:00.000000Z")  # fmt: skip
    venue.ledger.post(draft, key="k", actor="cli", command="k", now=NOW)
    entry = merged(venue, keep, gone)
    told = venue.ask(ClientStatistics(ClientId(keep)), NOW)
    assert (told.spent.minor, told.played_s, told.visits, told.evenings) == (least, 65, 2, 1)
    assert told.last_visit == "2026-11-21T07:00:00.000000Z"
    assert books.get("statistics", gone) is None
    kept = venue.ask(GetClient(ClientId(keep)), NOW)
    assert kept is not None and kept.group == "vip"
    changed = [(change.table, change.id) for change in entry.changes]
    assert len(changed) == len(set(changed)), "an entry has each document once"


def test_C32_visits_codes_receipts_and_pointed_cards_go_along(guest: Guest) -> None:
    venue = guest.venue
    keep = ClientId(client(venue, "A2"))
    card = guest.top_up(500)  # no receipt yet: the guest did not press Done
    gone = card.client
    child = card_of(venue, ClientId(client(venue, "A3")))
    done(venue, PointCard(child.id, "", gone, "x"), MANAGER)
    assert isinstance(guest.order("a", card, 120), Entry)
    done(venue, IssuePromoCode(gone, "bonus", 50, "", "x"), MANAGER)
    merged(venue, keep, gone)
    visit = venue.store.get("visits", str(guest.visit(card) and guest.visit(card).id))  # type: ignore[union-attr]
    assert visit is not None and visit["client"] == keep
    (promo,) = venue.ask(PromoCodes(keep), NOW, MANAGER)
    done(venue, RedeemPromoCode(card.id, promo.code))
    assert holds(venue, keep) == (50000, 50, 0, 0)
    (note,) = venue.ask(NotesWithoutReceipt(keep), guest.now)
    assert note.client == keep
    accounts = venue.ask(GetCardAccounts(child.id), NOW)
    assert accounts == CardAccounts(child.client, keep)
    assert isinstance(guest.order("a", guest.card(card.id) or card, 150), Entry)
    assert venue.ask(OpenVisit(card.id), NOW) is not None
    assert venue.ledger.verify() == []


def test_C32_a_merge_of_a_merged_one(venue: Venue) -> None:
    first, second, third = (client(venue, f"A{n}") for n in range(3))
    merged(venue, second, first)
    merged(venue, third, second)
    for gone in (first, second):
        other = venue.ask(GetClient(ClientId(gone)), NOW)
        assert other is not None and other.into == third
    assert len(venue.ask(CardsOf(ClientId(third)), NOW)) == 3


def test_C32_what_comes_to_him_afterwards_is_moved_by_doing_it_again(
    venue: Venue, two: tuple[str, str]
) -> None:
    keep, gone = two
    merged(venue, keep, gone)
    again = MergeClients(ClientId(keep), ClientId(gone), "a visit was voided")
    assert why(venue, again, MANAGER) == "err.nothing_changed"
    give(venue, gone, money=700)
    done(venue, again, MANAGER)
    assert (holds(venue, keep)[0], holds(venue, gone)[0]) == (700, 0)


def test_C32_erasing_him_erases_who_was_merged_into_him(venue: Venue, two: tuple[str, str]) -> None:
    gone, keep = two
    recovery_token(venue.books(NOW), ClientId(gone))
    merged(venue, keep, gone)
    assert {row["id"] for row in venue._secrets.table("keys")} >= {keep, gone}
    done(venue, EraseClient(ClientId(keep), "wishes it"), "cli")
    for one in two:
        erased = venue.ask(GetClient(ClientId(one)), NOW)
        assert erased is not None and (erased.state, erased.name) == ("erased", "")
        assert (venue.store.get("clients", one) or {})["phone"] == ""
    for table in ("keys", "pins", "windows", "tokens", "rewriting", "suspects"):
        left: list[Any] = [r["id"] for r in venue._secrets.table(table)]
        assert not [name for name in left if keep in name or gone in name], table


@pytest.mark.parametrize("before", [True, False], ids=["before the entry", "after it"])
def test_C32_a_power_cut_in_a_merge(monkeypatch: pytest.MonkeyPatch, before: bool) -> None:
    def cut(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with shelf() as folder:
        venue = make_venue(folder)
        gone, keep = client(venue, "A1", PHONE, PIN, "Zinaida"), client(venue, "A2")
        with monkeypatch.context() as dead:
            dead.setattr(*((venue.ledger, "post") if before else (duplicates, "settle")), cut)
            with pytest.raises(KeyboardInterrupt):
                merged(venue, keep, gone)
        venue.close()
        venue = Venue.open(folder / "kiosk.db", folder / "secrets.db")
        his = gone if before else keep
        assert found(venue, "4567") == [his]
        assert fits(venue, his, PIN)
        assert {row["client"] for row in venue._secrets.table("windows")} == {his}
        assert not venue._secrets.table("rewriting").all()
        venue.close()


# --- who may be one ------------------------------------------------------------------------------


def pairs(venue: Venue) -> list[tuple[str, str, str]]:
    asked = venue.ask(Duplicates(), NOW, MANAGER)
    return [(p.client.client, p.other.client, p.why) for p in asked]


def test_C32_who_gives_a_phone_that_is_known_may_be_the_same(
    venue: Venue, two: tuple[str, str]
) -> None:
    first, _ = two
    assert pairs(venue) == []
    forgot = client(venue, "A3", PHONE, NEW)
    lazy = client(venue, "A4", PHONE)
    assert pairs(venue) == [(lazy, first, "phone"), (forgot, first, "phone")]
    (row, _) = venue.ask(Duplicates(), NOW, MANAGER)
    assert (row.other.phone, row.other.name) == ("+7 ••• •••-45-67", "Zinaida P.")
    assert client(venue, "A5", PHONE, PIN) == first
    assert len(pairs(venue)) == 2, "whose PIN is right is the same, not perhaps"


def test_C32_who_has_the_whole_name_of_another_may_be_the_same(
    venue: Venue, two: tuple[str, str]
) -> None:
    first, _ = two
    same = client(venue, "A3", name="PETROVA  Zinaida")
    client(venue, "A4", name="Zinaida")
    client(venue, "A5", name="Zinaida")
    client(venue, "A6", name="Zinaida Ivanova")
    assert pairs(venue) == [(same, first, "name")], "one word is the name of many"


def test_C32_a_pair_that_is_decided_is_gone(venue: Venue, two: tuple[str, str]) -> None:
    first, _ = two
    one, other = client(venue, "A3", PHONE), client(venue, "A4", PHONE)
    assert why(venue, KeepApart(ClientId(one), ClientId(other), "x"), MANAGER) == "err.no_such_pair"
    told = KeepApart(ClientId(first), ClientId(one))
    assert why(venue, told, MANAGER) == "err.reason_missing"
    assert why(venue, KeepApart(ClientId(first), ClientId(one), "x"), CASHIER) == "err.not_allowed"
    entry = done(venue, KeepApart(ClientId(first), ClientId(one), "mother and son"), MANAGER)
    assert entry.kind == "clients_kept_apart"
    assert pairs(venue) == [(other, first, "phone")]
    merged(venue, first, other)
    assert pairs(venue) == []
    erased = client(venue, "A5", PHONE)
    done(venue, EraseClient(ClientId(erased), "x"), "cli")
    assert pairs(venue) == [] and not venue._secrets.table("suspects").all()


def test_C32_the_list_of_pairs_is_short_and_for_staff(
    venue: Venue, two: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "PAIRS_MAX", 2)
    made = [client(venue, f"B{n}", PHONE) for n in range(4)]
    assert [pair[0] for pair in pairs(venue)] == [made[3], made[2]]
    for actor in (CASHIER, "kiosk", "guest"):
        with pytest.raises(Refused, match=r"err\.not_allowed"):
            venue.ask(Duplicates(), NOW, actor)


def test_C32_a_guest_who_registers_waits_for_no_walk(
    guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither noticing a pair nor looking for one reads the table of clients as a whole."""
    guest.register(UID, phone="9162041234", name="zina petrova")
    guest.press("leave")
    asked: list[str] = []
    for store in (guest.venue.store, guest.venue._secrets):
        each = store.each
        monkeypatch.setattr(
            store, "each", lambda sql, args=(), told=each: asked.append(sql) or told(sql, args)
        )
    guest.register(OTHER_UID, phone="9162041234", pin=NEW, name="zina petrova")
    venue = guest.venue
    assert len(venue.ask(Duplicates(), NOW, MANAGER)) == 1
    read = [sql for sql in asked if 'FROM "clients"' in sql or 'FROM "windows"' in sql]
    assert len(read) > 5
    assert all(" WHERE " in sql and " WHERE 1 " not in sql for sql in read), read


def test_U1_a_card_stays_exactly_one_clients_through_all_of_it(venue: Venue) -> None:
    first, second = client(venue, "A1", PHONE, PIN), client(venue, "A2")
    merged(venue, first, second)
    owners = {card["id"]: card["client"] for card in venue.store.table("cards")}
    assert set(owners.values()) == {first}
    assert all(venue.store.get("clients", who) for who in owners.values())
    assert CardId(card_of(venue, ClientId(first), 1).id) in owners


def test_C2_who_was_merged_is_not_found_though_he_may_still_be_indexed(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power may go between the entry and what follows it; another kiosk may not know of it."""
    keep, gone = client(venue, "A1", PHONE, PIN), client(venue, "A2", "+79991114567", NEW)
    monkeypatch.setattr(duplicates, "settle", lambda *args: None)
    merged(venue, keep, gone)
    (row,) = venue.ask(FindClients("4567"), NOW, CASHIER).rows
    assert row.client == keep
    assert client(venue, "A3", "+79991114567") not in (keep, gone)


def test_C32_what_is_owed_for_play_goes_along() -> None:
    with club() as orbit:
        keep = orbit.registered("04000000000001").client
        orbit.money(150)
        session = orbit.start("timer")
        orbit.did(SellPackage(orbit.client, "net-120", "wallet"))  # 120 of the 150
        orbit.wait(minutes=30)
        assert orbit.stop(session).state == "unpaid"
        orbit.did(MergeClients(keep, orbit.client, "one person"), MANAGER)
        (owed,) = orbit.ask(UnpaidSessions())
        assert (owed.id, owed.client) == (session, keep)
        start = StartSession(keep, "pc-1", "internet", "balance_timer")
        assert orbit.refused(start) == "err.session_unpaid (amount=90.00)"
        orbit.did(PaySession(session, "cash"))
        assert orbit.ask(ClientStatistics(keep)).spent == rub(120 + 120)
        assert orbit.held(keep) == (0, 120)
        orbit.sound()


def test_C32_a_receipt_that_did_not_come_out_is_offered_to_who_stays(guest: Guest) -> None:
    card = guest.top_up(500)
    guest.press("done")  # sent to the printer, and the process dies
    guest.start_again()
    before = guest.venue.ask(NotesWithoutReceipt(card.client), guest.now)
    keep = ClientId(client(guest.venue, "A2"))
    merged(guest.venue, keep, card.client)
    after = guest.venue.ask(NotesWithoutReceipt(keep), guest.now)
    assert [n.note for n in after] == [n.note for n in before] != []
    assert guest.venue.ask(NotesWithoutReceipt(card.client), guest.now) == ()

"""Coins on the books and in a top-up: once by name and mark, shut out at a limit, lost ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kiosk.core import coins, flow, trust
from kiosk.core.books import Books
from kiosk.core.cash import GetNote, NotesWithoutReceipt, SuspendedNotes
from kiosk.core.cashbox import BoxContents, CollectCashbox
from kiosk.core.coins import CoinsWelcome, CreditCoin, GetCoinsOfDevice, NoteMark, RecordCoinsLost
from kiosk.core.duplicates import MergeClients
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.ledger import Entry
from kiosk.core.messages import (
    AcceptCoins,
    AcceptorChanged,
    AcknowledgeCoin,
    CoinRejected,
    CoinsLost,
    CoinsNoted,
    DeviceDown,
    DeviceUp,
    Effect,
    PrintSlip,
    RecallCoins,
    RefuseCoins,
    SpaceChanged,
)
from kiosk.core.money import Money
from kiosk.core.settings import ChangeSettings
from kiosk.core.situation import Done, Problem, TopUp, Welcome
from kiosk.core.tasks import Tasks
from kiosk.core.tenders import FaceCount
from kiosk.core.venue import Venue
from tests.core.coin_acceptor import COINS, Saver, coin, taken
from tests.core.guest import ACCEPTOR, LIMITS, OTHER_UID, RUB, rub

VALUES = (100, 200, 500, 1000)


@pytest.fixture
def saver(venue: Venue) -> Saver:
    return Saver(venue)


def do(saver: Saver, command: object, key: str = "") -> Entry | Refused:
    return saver.venue.do(command, actor="kiosk", key=key or repr(command), now=saver.now)


def scene(saver: Saver) -> TopUp:
    assert isinstance(saver.scene, TopUp)
    return saver.scene


def coins_of(effects: list[Effect]) -> list[Effect]:
    return [e for e in effects if isinstance(e, (AcceptCoins, RefuseCoins, RecallCoins))]


# --- on the books -----------------------------------------------------------------------------


def test_a_coin_is_one_entry_from_the_box_to_the_wallet(saver: Saver) -> None:
    card = saver.home()
    done = do(saver, CreditCoin(coin(1), Money(50, RUB), "7/1", card.client, card.id))
    assert isinstance(done, Entry) and done.kind == "coin_credited"
    assert [(p.account, p.amount) for p in done.postings] == [
        ("1010:K1:coins:0.50", 50),
        (f"2010:{card.client}", -50),
    ]
    assert done.refs == {"note": coin(1), "client": card.client, "card": card.id}
    kept = saver.venue.ask(GetNote(coin(1)), saver.now)
    assert kept is not None and kept.state == "settled"
    assert saver.venue.ask(GetCoinsOfDevice(COINS), saver.now).mark == "7/1"


@pytest.mark.parametrize("again", [(coin(1), "7/9"), (coin(2), "7/1")])
def test_a_coin_is_on_the_books_once_by_name_and_by_mark(
    saver: Saver, again: tuple[object, str]
) -> None:
    card = saver.home()
    do(saver, CreditCoin(coin(1), rub(5), "7/1", card.client, card.id))
    name, mark = again
    done = do(saver, CreditCoin(name, rub(5), mark, card.client, card.id))  # type: ignore[arg-type]
    assert isinstance(done, Refused) and done.key == "err.coin_known"
    assert saver.balance(card) == "5.00"


def test_a_mark_is_another_coin_after_a_reset_and_after_its_counter_came_round(
    saver: Saver,
) -> None:
    assert isinstance(do(saver, CreditCoin(coin(1), rub(5), "7/1")), Entry)
    assert isinstance(do(saver, NoteMark(COINS, "7/0", 1)), Entry)
    assert isinstance(do(saver, CreditCoin(coin(2), rub(5), "7/1")), Entry)
    for n in range(2, 257):
        mark = f"7/{(n - 1) % 255 + 1}"
        assert isinstance(do(saver, CreditCoin(coin(n + 1), rub(1), mark)), Entry), mark
    assert saver.box == (10 + 255) * 100


def test_a_coin_of_who_was_merged_meanwhile_is_of_whom_he_was_merged_into(saver: Saver) -> None:
    keep = saver.register(OTHER_UID, phone="9990000001")
    saver.press("leave")
    gone = saver.register(phone="9990000002")
    saver.press("leave")
    saver.tap()
    saver.press("top_up")
    saver.did(MergeClients(keep.client, gone.client, "one person"), actor="staff:106", key="merge")
    saver.tell(taken(1, 500, "7/1"))
    assert saver.balance(keep) == "5.00"
    kept = saver.venue.ask(GetNote(coin(1)), saver.now)
    assert kept is not None and kept.client == keep.client


def test_coins_without_a_mark_are_told_apart_by_name(saver: Saver) -> None:
    for n in (1, 2):
        assert isinstance(do(saver, CreditCoin(coin(n), rub(1), "")), Entry)
    assert isinstance(do(saver, CreditCoin(coin(2), rub(1), ""), "again"), Refused)


def test_a_coin_of_nothing_is_refused(saver: Saver) -> None:
    done = do(saver, CreditCoin(coin(1), rub(0), ""))
    assert isinstance(done, Refused) and done.key == "err.coin_worthless"


def test_what_is_noted_of_a_device_is_counted_so_that_a_repeat_is_no_second_one(
    saver: Saver,
) -> None:
    assert isinstance(do(saver, NoteMark(COINS, "7/0", 1)), Entry)
    for command in (NoteMark(COINS, "7/0", 3), RecordCoinsLost(COINS, "7/4", 4, 1)):
        done = do(saver, command)
        assert isinstance(done, Refused) and done.key == "err.nothing_changed"


# --- the acceptor comes up ----------------------------------------------------------------------


def test_an_acceptor_that_came_up_gets_the_mark_on_the_books_before_it_may_take_any(
    saver: Saver,
) -> None:
    saver.top_up()
    saver.tell(taken(1, 500, "7/3"))
    saver.tell(DeviceDown(COINS, "coins", "gone"))
    effects = coins_of(saver.tell(DeviceUp(COINS, "coins")))
    assert effects == [RecallCoins(COINS, "7/3")]
    effects = coins_of(saver.tell(AcceptorChanged(COINS, "disabled")))
    assert effects == [AcceptCoins(COINS, VALUES)]
    assert coins_of(saver.tell(AcceptorChanged(COINS, "ready"))) == []


def test_a_new_process_gives_the_same_mark_back(saver: Saver) -> None:
    saver.top_up()
    saver.tell(taken(1, 500, "7/3"))
    saver.effects.clear()
    saver.start_again()
    assert RecallCoins(COINS, "7/3") in saver.effects


def test_where_a_counter_stands_is_on_record_if_that_is_news(saver: Saver) -> None:
    saver.tell(CoinsNoted(COINS, "7/0"), CoinsNoted(COINS, "7/0"))
    assert saver.kinds().count("coins_noted") == 1
    saver.tell(taken(1, 100, "7/1"), CoinsNoted(COINS, "7/0"))
    assert saver.kinds().count("coins_noted") == 2
    assert saver.venue.ask(GetCoinsOfDevice(COINS), saver.now).mark == "7/0"


# --- a top-up ---------------------------------------------------------------------------------


def test_coins_are_let_in_for_a_top_up_and_shut_out_when_it_ends(saver: Saver) -> None:
    card = saver.home()
    assert coins_of(saver.effects) == [RecallCoins(COINS, "")]
    assert coins_of(saver.press("top_up")) == [AcceptCoins(COINS, VALUES)]
    saver.tell(AcceptorChanged(COINS, "ready"))
    effects = saver.tell(taken(1, 500, "7/1"))
    assert AcknowledgeCoin(coin(1)) in effects
    assert saver.balance(card) == "5.00"
    assert "Coins: " in saver.words() and "Insert coins" in saver.words()
    effects = saver.press("done")
    assert coins_of(effects) == [RefuseCoins(COINS)]
    (slip,) = [e for e in effects if isinstance(e, PrintSlip)]
    assert "5.00" in str(slip.document)
    assert isinstance(saver.scene, Done) and saver.scene.total == rub(5)
    assert saver.venue.ledger.verify() == []


def test_notes_and_coins_are_one_top_up_with_one_receipt(saver: Saver) -> None:
    card = saver.top_up(100)
    saver.tell(taken(1, 1000), taken(2, 500), taken(3, 500))
    assert scene(saver).total == rub(120)
    assert "Coins: 20" in saver.words()
    saver.press("done")
    assert saver.balance(card) == "120.00"
    assert saver.venue.ask(NotesWithoutReceipt(card.client), saver.now) == ()


def test_a_coin_told_twice_is_credited_once_and_acknowledged_again(saver: Saver) -> None:
    card = saver.top_up()
    saver.tell(taken(1, 500, "7/1"))
    entries = saver.venue.ledger.seq
    assert saver.tell(taken(1, 500, "7/1")) == [AcknowledgeCoin(coin(1))]
    assert saver.tell(taken(2, 500, "7/1")) == [AcknowledgeCoin(coin(2))]
    assert (saver.balance(card), saver.venue.ledger.seq) == ("5.00", entries)


def test_a_coin_that_is_told_again_costs_no_look_at_the_rules(
    saver: Saver, monkeypatch: pytest.MonkeyPatch
) -> None:
    saver.top_up()
    saver.tell(taken(1, 500, "7/1"))
    monkeypatch.setattr(coins, "velocity", None)
    assert saver.tell(taken(1, 500, "7/1")) == [AcknowledgeCoin(coin(1))]


def test_a_coin_while_a_note_is_on_its_way_is_of_the_same_top_up(saver: Saver) -> None:
    card = saver.top_up()
    saver.escrow(100)
    saver.tell(taken(1, 500))
    assert saver.balance(card) == "5.00" and scene(saver).going is not None
    assert [n.coin for n in scene(saver).notes] == [False, True]


def test_coins_alone_make_a_top_up_where_the_notes_do_not_work(saver: Saver) -> None:
    saver.tell(DeviceDown(ACCEPTOR, "acceptor", "gone"))
    card = saver.home()
    assert saver.buttons()["top_up"].enabled
    saver.press("top_up")
    saver.tell(AcceptorChanged(COINS, "ready"), taken(1, 500))
    assert "Insert coins" in saver.words()
    saver.press("done")
    assert saver.balance(card) == "5.00"


def test_a_top_up_goes_on_while_one_of_both_works_and_ends_with_the_last(saver: Saver) -> None:
    saver.top_up()
    saver.tell(taken(1, 500))
    saver.tell(DeviceDown(ACCEPTOR, "acceptor", "gone"))
    assert isinstance(saver.scene, TopUp)
    effects = saver.tell(DeviceDown(COINS, "coins", "gone"))
    assert isinstance(saver.scene, Problem) and saver.scene.key == "err.jam_stacked"
    assert any(isinstance(e, PrintSlip) for e in effects)


def test_no_coins_are_let_in_while_the_disk_is_nearly_full(saver: Saver) -> None:
    saver.top_up()
    saver.tell(taken(1, 500))
    assert RefuseCoins(COINS) in saver.tell(SpaceChanged(True))
    assert not isinstance(saver.scene, TopUp)


def test_a_venue_that_names_no_coins_lets_none_in(saver: Saver) -> None:
    saver.did(ChangeSettings({"cash": {"coins": None}}), actor="staff:106", key="none")
    saver.situation = replace(saver.situation, venue=replace(saver.situation.venue, coins=()))
    assert coins_of(saver.effects) == [RecallCoins(COINS, "")]
    saver.top_up()
    assert coins_of(saver.effects) == [RecallCoins(COINS, "")]


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"top_up_max_minor": 1_200}, "topup.coins_full_amount"),
        ({"balance_max_minor": 1_200}, "topup.coins_full_balance"),
    ],
)
def test_coins_beyond_a_limit_are_shut_out_before(
    venue: Venue, limits: dict[str, int], sentence: str
) -> None:
    saver = Saver(venue, limits=replace(LIMITS, **limits))
    card = saver.top_up()
    assert coins_of(saver.tell(taken(1, 1000))) == [AcceptCoins(COINS, (100, 200))]
    assert coins_of(saver.tell(taken(2, 200))) == [RefuseCoins(COINS)]
    assert scene(saver).problem == sentence
    # One that fell in all the same is credited, and the guest is told.
    saver.tell(taken(3, 500))
    assert saver.balance(card) == "17.00" and scene(saver).problem == sentence


def test_a_rule_of_trust_shuts_coins_out_and_never_refuses_one(saver: Saver) -> None:
    saver.did(ChangeSettings({"trust": {"top_up_per_day_max": 12}}), actor="staff:106", key="trust")
    card = saver.top_up()
    assert coins_of(saver.tell(taken(1, 1000))) == [AcceptCoins(COINS, (100, 200))]
    saver.tell(taken(2, 1000))
    assert saver.balance(card) == "20.00"
    assert scene(saver).problem == "topup.coins_full"


def test_a_coin_that_fell_through_is_told(saver: Saver) -> None:
    saver.top_up()
    saver.tell(CoinRejected(COINS, "reject"))
    assert scene(saver).problem == "topup.coin_back"
    reads = saver.situation.machine.reads[COINS]
    assert (reads.cards, reads.bad) == (0, 1)


def test_a_disturbed_line_does_not_keep_a_session_open_for_ever(saver: Saver) -> None:
    saver.top_up()
    for _ in range(60):
        saver.wait(10)
        saver.tell(CoinRejected(COINS, "glitch"))
    assert not isinstance(saver.scene, TopUp)


def test_one_look_at_the_rules_of_trust_is_enough_where_all_coins_are_welcome(
    saver: Saver, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = saver.home()
    looks: list[int] = []

    def velocity(books: Books, act: trust.Act, client: str, minor: int) -> dict[str, Any]:
        looks.append(minor)
        return trust.velocity(books, act, client, minor)

    monkeypatch.setattr(coins, "velocity", velocity)
    asked = CoinsWelcome((rub(1), rub(10), rub(5)), card.client)
    assert saver.venue.ask(asked, saver.now) == asked.values
    assert looks == [1000]
    saver.did(ChangeSettings({"trust": {"top_up_per_day_max": 7}}), actor="staff:106", key="trust")
    assert saver.venue.ask(asked, saver.now) == (rub(1), rub(5))


# --- whose it is --------------------------------------------------------------------------------


def test_a_coin_on_its_way_when_the_top_up_ended_is_its_guests(saver: Saver) -> None:
    card = saver.top_up()
    saver.tell(taken(1, 500))
    saver.press("done")
    saver.tell(taken(2, 200))
    assert saver.balance(card) == "7.00"
    assert isinstance(saver.scene, Done) and saver.scene.client.wallet == rub(7)
    saver.press("leave")
    saver.tell(taken(3, 100))
    assert saver.balance(card) == "8.00"
    late = saver.venue.ask(NotesWithoutReceipt(card.client), saver.now)
    assert {n.note for n in late} == {coin(2), coin(3)}


def test_a_coin_long_after_is_nobodys(saver: Saver) -> None:
    card = saver.top_up()
    saver.tell(taken(1, 500))
    saver.press("done", "leave")
    saver.wait(11)
    saver.tell(taken(2, 200))
    assert saver.balance(card) == "5.00"
    assert isinstance(saver.scene, Problem) and saver.scene.key == "err.coin_kept"
    (found,) = saver.venue.ask(SuspendedNotes(), saver.now)
    assert (found.note, found.value) == (coin(2), rub(2))


def test_who_dropped_a_coin_of_several_pulses_reads_of_all_of_it(saver: Saver) -> None:
    saver.press()
    saver.tell(taken(1, 200), taken(2, 200), taken(3, 200))
    assert isinstance(saver.scene, Problem) and saver.scene.args == {"amount": rub(6)}


def test_a_coin_after_a_restart_is_nobodys_and_no_guests_who_stands_there(saver: Saver) -> None:
    saver.top_up()
    saver.start_again()
    saver.tell(DeviceDown(COINS, "coins", "gone"))
    card = saver.top_up()
    saver.tell(DeviceUp(COINS, "coins"), taken(1, 500, "7/1"))
    assert saver.balance(card) == "0.00"
    assert len(saver.venue.ask(SuspendedNotes(), saver.now)) == 1
    assert isinstance(saver.scene, TopUp)


def test_a_coin_told_behind_a_choice_of_language_is_of_the_top_up(saver: Saver) -> None:
    card = saver.top_up()
    saver.press("access")
    assert coins_of(saver.tell(taken(1, 500))) == []
    assert saver.balance(card) == "5.00"
    saver.press("back")
    assert scene(saver).total == rub(5)


# --- what was lost ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "sentence"), [(3, "task.coins_lost_some"), (None, "task.coins_lost")]
)
def test_lost_coins_are_an_alarm_until_the_box_is_collected(
    saver: Saver, count: int | None, sentence: str
) -> None:
    saver.top_up()
    saver.tell(taken(1, 500, "7/1"))
    saver.tell(CoinsLost(COINS, "7/9", count), CoinsLost(COINS, "7/9", count))
    assert saver.kinds().count("coins_lost") == 1
    assert scene(saver).problem == "topup.coins_lost"
    (task,) = [t for t in saver.venue.ask(Tasks(), saver.now) if t.key == "coins:coins"]
    assert (task.sentence, task.severity) == (sentence, "now")
    counted = (FaceCount(rub(5), 2),)
    saver.did(CollectCashbox(COINS, counted), actor="staff:106", key="box")
    assert not [t for t in saver.venue.ask(Tasks(), saver.now) if t.key == "coins:coins"]
    assert saver.venue.ask(BoxContents(COINS), saver.now) == ()
    (kept,) = saver.venue.store.table("collections")
    assert [c["cause"] for c in kept["candidates"]].count("coins_lost") == 1


def test_a_box_of_lost_coins_alone_is_collected(saver: Saver) -> None:
    saver.tell(CoinsLost(COINS, "7/9", None))
    done = saver.venue.do(
        CollectCashbox(COINS, None, "S1"), actor="staff:106", key="box", now=saver.now
    )
    assert isinstance(done, Entry)


def test_the_slip_of_what_was_found_does_not_wait_for_a_jam_of_coins(saver: Saver) -> None:
    saver.tell(DeviceDown(COINS, "coins", "gone"), DeviceUp(COINS, "coins"))
    assert not saver.situation.machine.devices[COINS].caught_up
    saver.tell(AcceptorChanged(COINS, "busy"))
    assert not saver.situation.machine.devices[COINS].caught_up
    saver.tell(AcceptorChanged(COINS, "jammed_validator"))
    assert saver.situation.machine.devices[COINS].caught_up


def test_another_coin_device_of_the_kiosk_has_marks_of_its_own(saver: Saver) -> None:
    other = DeviceId("coins-2")
    assert isinstance(do(saver, NoteMark(other, "9/5", 1)), Entry)
    assert saver.venue.ask(GetCoinsOfDevice(COINS), saver.now).mark == ""
    assert saver.venue.ask(GetCoinsOfDevice(other), saver.now).mark == "9/5"


def test_what_nobody_topped_up_leaves_the_kiosk_as_it_was(saver: Saver) -> None:
    saver.press()
    before = saver.situation
    assert saver.tell(CoinRejected(COINS, "reject")) == []
    assert isinstance(saver.scene, Welcome) and saver.situation.page == before.page
    assert flow.lights(saver.situation) == flow.lights(before)

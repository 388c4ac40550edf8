"""The contactless driver against a real PC/SC daemon with the virtual reader."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from smartcard import scard

from kiosk.core.clock import Now
from kiosk.core.errors import DeviceError
from kiosk.core.messages import CardPresented, CardRefused, CardRemoved, Event, Light
from kiosk.hardware.pcsc import PcscReader
from kiosk.hardware.peers.vpcd import RunningReader
from kiosk.hardware.worker import Worker
from tests.hardware.conftest import GIVE_UP_S, Observer

Make = Callable[..., PcscReader]
A = "04A1B2C3D4E5F6"
B = "04DEADBEEF0001"
SHORT = "1A2B3C4D"
WORD = 1 << 16
"""A state's high word counts."""


def shown(uid: str) -> CardPresented:
    return CardPresented("reader", "contactless", uid)


REMOVED = CardRemoved("reader")


def next_events(driver: PcscReader, count: int = 1) -> list[Event]:
    events: list[Event] = []
    for _ in range(GIVE_UP_S * 5):
        events += driver.poll(0.2)
        if len(events) >= count:
            return events
    raise AssertionError(f"{GIVE_UP_S} s and only {events}")


def quiet(driver: PcscReader) -> bool:
    """For longer than the daemon takes between two looks at the reader."""
    return not [event for _ in range(5) for event in driver.poll(0.2)]


def tap(reader: RunningReader, *words: str) -> None:
    reader.verbs["tap"](list(words))


def untap(reader: RunningReader) -> None:
    reader.verbs["untap"]([])


@pytest.mark.parametrize("uid", [A, SHORT, "04" + "A5" * 9])
def test_card_in_and_out_are_told_once(
    contactless: RunningReader, make_pcsc: Make, uid: str
) -> None:
    driver = make_pcsc()
    driver.open()
    assert driver.poll(0) == []
    tap(contactless, uid)
    assert next_events(driver) == [shown(uid)]
    assert quiet(driver)
    untap(contactless)
    assert next_events(driver) == [REMOVED]
    assert quiet(driver)


def test_a_card_that_lies_there_at_the_start_is_told(
    contactless: RunningReader, make_pcsc: Make, observer: Observer
) -> None:
    tap(contactless, A)
    observer.wait(card=True)
    driver = make_pcsc()
    driver.open()
    assert driver.poll(0) == [shown(A)]


@pytest.mark.parametrize("second", [A, B])
def test_a_card_taken_away_and_laid_between_two_polls_is_not_lost(
    contactless: RunningReader, make_pcsc: Make, observer: Observer, second: str
) -> None:
    driver = make_pcsc()
    driver.open()
    tap(contactless, A)
    assert next_events(driver) == [shown(A)]
    untap(contactless)
    observer.wait(card=False)
    tap(contactless, second)
    observer.wait(card=True)
    assert driver.poll(0.2) == [REMOVED, shown(second)]


def test_a_card_that_came_and_went_between_two_polls_is_told_as_unreadable(
    contactless: RunningReader, make_pcsc: Make, observer: Observer
) -> None:
    driver = make_pcsc()
    driver.open()
    assert driver.poll(0) == []
    tap(contactless, A)
    observer.wait(card=True)
    untap(contactless)
    observer.wait(card=False)
    assert driver.poll(0.2) == [CardRefused("reader", "contactless", "unreadable")]


def test_a_daemon_that_counts_a_card_after_it_shows_it_tells_it_once(
    contactless: RunningReader, make_pcsc: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sets the flag first and counts then: who asks in between sees one without the other."""
    asked, counts = scard.SCardGetStatusChange, list[int]()

    def late(context: int, wait_ms: int, known: list[tuple[str, int]]) -> Any:
        result, states = asked(context, wait_ms, known)
        (name, state, atr), *others = states
        counts.append(state >> 16)
        behind = (state & 0xFFFF) | counts[-2:][0] << 16
        return result, [(name, behind, atr), *others]

    driver = make_pcsc()
    driver.open()
    assert quiet(driver)
    monkeypatch.setattr(scard, "SCardGetStatusChange", late)
    seen: list[Event] = []
    for uid in (A, B):
        tap(contactless, uid)
        seen += next_events(driver)
        untap(contactless)
        seen += next_events(driver)
    assert quiet(driver)
    assert seen == [shown(A), REMOVED, shown(B), REMOVED]


def test_a_card_that_takes_the_place_of_one_that_was_counted_late_is_told(
    contactless: RunningReader,
    make_pcsc: Make,
    observer: Observer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first card of a reader: libpcsclite tells of no count after 0."""
    asked, moves = scard.SCardGetStatusChange, [0]
    seen = [
        scard.SCARD_STATE_EMPTY,
        scard.SCARD_STATE_PRESENT,
        scard.SCARD_STATE_PRESENT + 3 * WORD,
    ]

    def scripted(context: int, wait_ms: int, known: list[tuple[str, int]]) -> Any:
        if len(known) == 1:  # the observer, who sees what is there
            return asked(context, wait_ms, known)
        _, (reader, *others) = asked(context, 0, [(known[0][0], 0), *known[1:]])
        state = seen[min(moves[0], 2)]
        if known[0][1] == state:
            return scard.SCARD_E_TIMEOUT, []
        return scard.SCARD_S_SUCCESS, [(reader[0], state, reader[2]), *others]

    driver = make_pcsc()
    driver.open()
    monkeypatch.setattr(scard, "SCardGetStatusChange", scripted)
    assert quiet(driver)
    tap(contactless, A)
    observer.wait(card=True)
    moves[0] = 1
    assert next_events(driver) == [shown(A)]
    untap(contactless)
    observer.wait(card=False)
    tap(contactless, B)
    observer.wait(card=True)
    moves[0] = 2
    assert next_events(driver) == [REMOVED, shown(B)]
    assert quiet(driver)


def test_K07_bank_card_is_refused_by_its_payment_directory(
    contactless: RunningReader, make_pcsc: Make
) -> None:
    driver = make_pcsc()
    driver.open()
    tap(contactless, "bank", B)
    assert next_events(driver) == [CardRefused("reader", "contactless", "bank_card")]
    assert quiet(driver)
    untap(contactless)
    assert next_events(driver) == [REMOVED]


def test_K07_phone_is_refused_by_its_random_uid(
    contactless: RunningReader, make_pcsc: Make
) -> None:
    driver = make_pcsc()
    driver.open()
    tap(contactless, "phone")
    assert next_events(driver) == [CardRefused("reader", "contactless", "random_uid")]


@pytest.mark.parametrize("uid", ["08112233445566", "1A082233"])
def test_K07_only_a_short_uid_that_begins_with_08_is_random(
    contactless: RunningReader, make_pcsc: Make, uid: str
) -> None:
    driver = make_pcsc()
    driver.open()
    tap(contactless, uid)
    assert next_events(driver) == [shown(uid)]


def test_late_start_of_the_daemon(contactless: RunningReader, make_pcsc: Make) -> None:
    contactless.unplug()
    driver = make_pcsc()
    for _ in range(2):
        with pytest.raises(DeviceError, match="no PC/SC daemon answers"):
            driver.open()
        driver.close()
    contactless.plug()
    assert "Simulated reader" in driver.open()
    tap(contactless, A)
    assert next_events(driver) == [shown(A)]


def test_kill_with_a_card_in_tells_the_removal_then_the_error_and_recovers(
    contactless: RunningReader, make_pcsc: Make
) -> None:
    driver = make_pcsc()
    driver.open()
    tap(contactless, A)
    assert next_events(driver) == [shown(A)]
    contactless.unplug()
    assert next_events(driver) == [REMOVED]
    for _ in range(2):
        with pytest.raises(DeviceError, match="the reader was lost") as lost:
            driver.poll(0.2)
        assert A not in str(lost.value)
    driver.close()
    contactless.plug()  # the card still lies there
    driver.open()
    assert next_events(driver) == [shown(A)]


def test_kill_without_a_card_and_restart_end_the_session(
    contactless: RunningReader, make_pcsc: Make
) -> None:
    driver = make_pcsc()
    for end in (contactless.daemon.kill, contactless.daemon.stop):
        driver.open()
        assert driver.poll(0) == []
        end()
        with pytest.raises(DeviceError, match="the reader was lost"):
            next_events(driver)
        driver.close()
        contactless.plug()
    driver.open()
    contactless.daemon.restart()
    with pytest.raises(DeviceError):
        next_events(driver)
    driver.close()
    driver.open()
    tap(contactless, B)
    assert next_events(driver) == [shown(B)]


def test_no_fitting_reader_is_an_error_that_names_those_there(make_pcsc: Make) -> None:
    with pytest.raises(DeviceError, match=r"no reader with 'PICC' .*Simulated reader 00 00"):
        make_pcsc(reader="PICC").open()


def test_the_reader_is_chosen_by_a_part_of_its_name(make_pcsc: Make) -> None:
    assert make_pcsc(reader="READER 00 01").open() == "Simulated reader 00 01"


def test_a_second_daemon_in_one_process_is_refused(make_pcsc: Make) -> None:
    make_pcsc().open()
    with pytest.raises(DeviceError, match="give all readers the same 'socket'"):
        make_pcsc(socket="/run/elsewhere").open()


def test_sessions_leave_no_open_files(contactless: RunningReader, make_pcsc: Make) -> None:
    driver = make_pcsc()

    def open_files() -> int:
        for _ in range(20):
            with contextlib.suppress(DeviceError):
                driver.open()
            driver.close()
        return len(list(Path("/proc/self/fd").iterdir()))

    before = open_files()
    assert open_files() == before
    contactless.unplug()
    assert open_files() <= before
    contactless.plug()
    assert open_files() == before


def test_an_effect_for_another_role_is_refused(make_pcsc: Make) -> None:
    with pytest.raises(DeviceError, match="Light"):
        make_pcsc().perform(Light("ready"))


def test_the_worker_recovers_from_late_start_kill_and_restart(
    contactless: RunningReader, make_pcsc: Make
) -> None:
    told: list[str] = []
    worker = Worker("reader", make_pcsc, lambda event: told.append(type(event).__name__))
    now = Now(datetime(2026, 1, 1, tzinfo=UTC), 0.0)

    def until(event: str) -> None:
        nonlocal now
        told.clear()
        for _ in range(GIVE_UP_S * 5):
            now = now.later(worker.step(now) + 0.01)
            if event in told:
                return
        raise AssertionError(f"no {event}, only {told}")

    contactless.unplug()
    until("DeviceDown")
    contactless.plug()
    until("DeviceUp")
    for end in (contactless.unplug, contactless.daemon.stop):
        tap(contactless, A)
        until("CardPresented")
        end()
        until("DeviceDown")
        assert told == ["CardRemoved", "DeviceDown"]
        contactless.plug()
        until("CardPresented")
        assert told == ["DeviceUp", "CardPresented"]
        untap(contactless)
        until("CardRemoved")
        assert told == ["CardRemoved"]


@pytest.mark.slow  # the daemon looks at the reader every 0.4 s
def test_100_cards_in_a_row_none_lost_none_twice(
    contactless: RunningReader, make_pcsc: Make
) -> None:
    driver = make_pcsc()
    driver.open()
    uids = [f"04{number:012X}" for number in range(100)]
    events: list[Event] = []
    for uid in uids:
        tap(contactless, uid)
        events += next_events(driver)
        untap(contactless)
        events += next_events(driver)
    assert quiet(driver)
    assert events == [event for uid in uids for event in (shown(uid), REMOVED)]

"""The contract of a coin acceptor, kept by every driver of coins against its simulated device.

In every scenario what was credited is what lies in the box, or `CoinsLost` says that it is not.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from kiosk.core.errors import DeviceError
from kiosk.core.ids import NoteId
from kiosk.core.messages import (
    AcceptCoins,
    AcceptorChanged,
    AcknowledgeCoin,
    CoinRejected,
    CoinsLost,
    CoinsNoted,
    CoinTaken,
    DeviceDown,
    DeviceUp,
    Event,
    RecallCoins,
    RefuseCoins,
    RefuseNotes,
)
from kiosk.hardware import cctalk_coins
from kiosk.hardware.peers.cctalk_coins import CoinAcceptor
from kiosk.hardware.peers.line import PtyLine
from kiosk.hardware.transport import connect
from kiosk.hardware.worker import Worker
from tests.hardware.contract.coin_rigs import (
    COINS,
    DISTURBANCES,
    FORMS,
    VALUES,
    CcTalk,
    Defaults,
    Kiosk,
    Pulses,
    Rig,
    named,
)


@pytest.fixture(params=FORMS, ids=named)
def talk(request: pytest.FixtureRequest, defaults: Defaults) -> CcTalk:
    """A ccTalk acceptor, in every form of the line."""
    return CcTalk(defaults, *request.param)


@pytest.fixture(params=[*FORMS, "pulse"], ids=named)
def rig(request: pytest.FixtureRequest, defaults: Defaults) -> CcTalk | Pulses:
    """Every driver and its acceptor."""
    if request.param == "pulse":
        return Pulses(defaults)
    return CcTalk(defaults, *request.param)


# --- what can be told of a device with a counter --------------------------------------------------


def test_600_coins_over_two_wraps(talk: CcTalk) -> None:
    kiosk = Kiosk(talk).open()
    chance = random.Random(1)
    inserted = 0
    while inserted < 600:
        for _ in range(min(chance.randint(1, 5), 600 - inserted)):
            assert talk.insert(chance.choice(VALUES))
            inserted += 1
        kiosk.poll(chance.randint(1, 2))
    kiosk.poll(2)
    assert len(kiosk.credited) == len(talk.box) == 600
    assert kiosk.sums_agree
    assert kiosk.told(CoinsLost) == []
    assert talk.peer.counter == 600 - 2 * 255


def test_eight_coins_between_two_polls_are_five_and_three_lost(talk: CcTalk) -> None:
    kiosk = Kiosk(talk).open()
    values = (100, 200, 500, 1000, 100, 200, 500, 1000)
    for value in values:
        assert talk.insert(value)
    kiosk.poll(3)
    (lost,) = kiosk.told(CoinsLost)
    assert lost.count == 3
    assert list(kiosk.credited.values()) == list(values[3:])
    assert talk.insert(100)
    kiosk.poll(2)
    assert len(kiosk.credited) + lost.count == len(talk.box)


@pytest.mark.parametrize("before", [0, 250, 252, 254, 255])
def test_what_is_lost_is_right_around_the_wrap(talk: CcTalk, before: int) -> None:
    kiosk = Kiosk(talk).open()
    for _ in range(before):
        talk.insert(100)
        kiosk.poll()
    for _ in range(7):
        talk.insert(200)
    kiosk.poll(3)
    assert [lost.count for lost in kiosk.told(CoinsLost)] == [2]
    assert list(kiosk.credited.values()) == [100] * before + [200] * 5


def test_marks_are_where_the_counter_stood_after_each_coin(talk: CcTalk) -> None:
    kiosk = Kiosk(talk).open()
    for _ in range(253):
        talk.peer.event(1)
        kiosk.poll()
    kiosk.disk = False
    for _ in range(4):
        talk.insert(100)
    kiosk.poll(2)
    marks = list(dict.fromkeys(coin.mark for coin in kiosk.told(CoinTaken)))
    assert marks == [f"{talk.peer.identity.serial}/{count}" for count in (254, 255, 1, 2)]


@pytest.mark.parametrize("coins", range(6))
@pytest.mark.parametrize("before", [0, 3, 253, 255])
def test_the_kiosk_dies_before_the_entry_and_is_told_again(
    talk: CcTalk, before: int, coins: int
) -> None:
    kiosk = Kiosk(talk).open()
    for _ in range(before):
        talk.insert(100)
        kiosk.poll()
    kiosk.disk = False
    for _ in range(coins):
        assert talk.insert(500)
        kiosk.poll()
    kiosk.die().open()
    assert kiosk.sums_agree
    assert kiosk.told(CoinsLost) == []


@pytest.mark.parametrize("before", [0, 254, 255])
def test_the_kiosk_dies_after_the_entry_and_before_it_says_so(talk: CcTalk, before: int) -> None:
    kiosk = Kiosk(talk).open()
    for _ in range(before):
        talk.insert(100)
        kiosk.poll()
    talk.insert(500)
    (told,) = {e for e in kiosk.device.poll(0.2) if isinstance(e, CoinTaken)}
    kiosk.credited[told.coin] = told.value.minor
    kiosk.last, kiosk.recent = told.mark, [told.mark]
    kiosk.die().open()
    assert kiosk.sums_agree


def test_a_repeat_under_the_same_mark_is_the_same_coin(talk: CcTalk) -> None:
    kiosk = Kiosk(talk).open()
    kiosk.disk = False
    talk.insert(500)
    kiosk.poll(5)
    first = kiosk.told(CoinTaken)
    assert len(first) >= 5 and len(set(first)) == 1
    kiosk.events.clear()
    kiosk.die().open()
    (again,) = set(kiosk.told(CoinTaken))
    assert again.mark == first[0].mark and again.coin != first[0].coin
    assert again.mark == f"{talk.peer.identity.serial}/{talk.peer.counter}"


def test_coins_that_went_in_while_no_kiosk_ran_are_told_when_one_does(talk: CcTalk) -> None:
    kiosk = Kiosk(talk).open()
    talk.insert(100)
    kiosk.poll(2)
    kiosk.device.close()
    for _ in range(4):
        assert talk.insert(500)  # it takes coins for another second
    kiosk.die().open()
    assert kiosk.sums_agree and len(kiosk.credited) == 5


def test_coins_that_went_in_while_the_cable_was_out_are_told_when_it_is_in(talk: CcTalk) -> None:
    kiosk = Kiosk(talk).open()
    talk.insert(100)
    kiosk.poll(2)
    talk.unplug()
    for value in (500, 200, 1000):
        assert talk.insert(value)
    with pytest.raises(OSError, match="gone"):
        kiosk.poll()
    kiosk.serve(5)
    talk.now_s += 5
    assert not talk.insert(100)
    talk.plug()
    kiosk.serve(5)
    assert list(kiosk.credited.values()) == talk.box == [100, 500, 200, 1000]
    assert kiosk.told(CoinsLost) == []


def test_an_acceptor_that_is_seen_first_is_noted_and_its_past_is_nobodys(talk: CcTalk) -> None:
    other = Kiosk(talk).open()
    for _ in range(3):
        talk.insert(100)
        other.poll()
    talk.peer.empty()
    kiosk = Kiosk(talk).open()
    assert kiosk.told(CoinTaken) == []
    mark = f"{talk.peer.identity.serial}/3"
    assert kiosk.told(CoinsNoted) == [CoinsNoted(COINS, mark)] and kiosk.last == mark
    talk.insert(500)
    kiosk.poll(2)
    assert kiosk.sums_agree


def test_another_acceptor_begins_its_own_count(talk: CcTalk, defaults: Defaults) -> None:
    kiosk = Kiosk(talk).open()
    talk.insert(100)
    kiosk.poll(2)
    talk.unplug()
    kiosk.serve(3)
    old = list(talk.box)
    talk.peer = CoinAcceptor(serial=777, with_crc=talk.peer.with_crc)
    for number in range(40):
        talk.peer.event(number)  # it has a past
    talk.plug()
    kiosk.serve(5)
    assert kiosk.told(CoinsNoted)[-1].mark == "777/40"
    assert talk.insert(500)
    kiosk.poll(2)
    assert sorted(kiosk.credited.values()) == sorted(old + talk.box)
    assert kiosk.told(CoinsLost) == []


@pytest.mark.parametrize("seen", [True, False])
@pytest.mark.parametrize("how", ["power", "reset"])
def test_the_acceptor_starts_anew(talk: CcTalk, how: str, seen: bool) -> None:
    """Seen: the kiosk was polling. Its marks come again from 1 on, and are other coins."""
    kiosk = Kiosk(talk).open()
    for _ in range(3):
        talk.insert(100)
        kiosk.poll(2)
    if not seen:
        kiosk.device.close()
    if how == "power":
        talk.peer.power_cut(talk.now_s)
        kiosk.serve(20 if seen else 0)
        assert not talk.insert(100)
        talk.peer.power_up(talk.now_s)
    else:
        talk.peer.restart(talk.now_s)
    if not seen:
        kiosk.die()
    kiosk.serve(12)
    assert kiosk.last == f"{talk.peer.identity.serial}/0"
    for _ in range(4):
        assert talk.insert(500)
        kiosk.poll(2)
    assert kiosk.sums_agree and len(kiosk.credited) == 7
    assert kiosk.told(CoinsLost) == []


def test_only_the_coins_that_are_wanted_go_in(talk: CcTalk) -> None:
    kiosk = Kiosk(talk).open((100, 1000))
    assert [talk.insert(value) for value in VALUES] == [True, False, False, True]
    kiosk.poll(2)
    assert talk.fell_through == [200, 500]
    assert CoinRejected(COINS, "inhibited") in kiosk.events
    assert kiosk.sums_agree


def test_rejected_coins_between_two_polls_lose_no_coin_that_is_remembered(talk: CcTalk) -> None:
    kiosk = Kiosk(talk).open((100,))
    talk.insert(100)
    for _ in range(4):
        assert not talk.insert(500)
    kiosk.poll(3)
    assert kiosk.sums_agree and kiosk.told(CoinsLost) == []
    for _ in range(9):
        talk.insert(500)
    kiosk.poll(3)
    assert [lost.count for lost in kiosk.told(CoinsLost)] == [4]  # they may have been coins
    kiosk.die().open((100,))
    assert talk.insert(100)
    kiosk.poll(2)
    assert kiosk.sums_agree


@pytest.mark.parametrize("disturbance", DISTURBANCES)
def test_bad_bytes_on_the_line(talk: CcTalk, disturbance: str) -> None:
    kiosk = Kiosk(talk).open()
    for number in range(40):
        if number % 4 == 0:
            DISTURBANCES[disturbance](talk)
        talk.insert(VALUES[number % 4])
        kiosk.poll(3)
    kiosk.poll(5)
    assert kiosk.sums_agree and talk.box
    assert kiosk.told(CoinsLost) == []


@pytest.mark.parametrize("disturbance", DISTURBANCES)
def test_bad_bytes_while_it_is_opened(talk: CcTalk, disturbance: str) -> None:
    kiosk = Kiosk(talk).open()
    for number in range(10):
        talk.insert(VALUES[number % 4])
        kiosk.poll()
        kiosk.die()
        DISTURBANCES[disturbance](talk)
        kiosk.serve(10)
    assert kiosk.sums_agree and len(talk.box) == 10


def test_a_fault_is_told_and_ends_by_itself(talk: CcTalk) -> None:
    kiosk = Kiosk(talk).open()
    talk.peer.block()
    kiosk.poll(3)
    assert kiosk.states()[-1] == "jammed_validator"
    assert not talk.insert(100)
    talk.peer.unblock()
    kiosk.poll(12)
    assert kiosk.states()[-1] == "ready"
    assert talk.insert(100)
    kiosk.poll(2)
    assert kiosk.sums_agree


def test_coins_of_another_country_are_not_taken(defaults: Defaults) -> None:
    rig = CcTalk(defaults, "sum", True, country="EU")
    kiosk = Kiosk(rig).open()
    assert kiosk.states()[-1] == "wrong_currency"
    assert not rig.insert(100)


# --- what every driver of coins keeps -------------------------------------------------------------


def test_it_takes_nothing_and_tells_nothing_before_the_books_are_open(rig: Rig) -> None:
    kiosk = Kiosk(rig)
    kiosk.device.open()
    kiosk.device.perform(AcceptCoins(COINS, VALUES))
    kiosk.poll(4)
    assert not rig.insert(100)
    assert {type(event) for event in kiosk.events} <= {AcceptorChanged, CoinRejected}
    kiosk.device.perform(RecallCoins(COINS, ""))
    kiosk.poll(4)
    assert rig.insert(100)
    kiosk.poll(2)
    assert kiosk.sums_agree


def test_what_another_start_let_in_is_shut_before_the_books_are_open(rig: Rig) -> None:
    kiosk = Kiosk(rig).open()
    assert rig.insert(100)
    kiosk.poll(2).die().device.open()
    kiosk.poll(4)
    assert not rig.insert(100)
    assert kiosk.sums_agree


def test_a_coin_is_told_until_its_entry_is_on_disk_and_credited_once(rig: Rig) -> None:
    kiosk = Kiosk(rig).open()
    kiosk.disk = False
    assert rig.insert(100)
    kiosk.poll(6)
    assert len(kiosk.told(CoinTaken)) >= 5
    assert len(set(kiosk.told(CoinTaken))) == 1
    kiosk.disk = True
    kiosk.poll()
    told = len(kiosk.told(CoinTaken))
    kiosk.poll(5)
    assert len(kiosk.told(CoinTaken)) == told
    assert kiosk.sums_agree


def test_an_acknowledgement_of_a_coin_that_is_not_here_is_passed_over(rig: Rig) -> None:
    kiosk = Kiosk(rig).open()
    kiosk.disk = False
    rig.insert(100)
    kiosk.poll()
    kiosk.device.perform(AcknowledgeCoin(NoteId("coins/99/1")))
    kiosk.disk = True
    kiosk.poll()
    assert kiosk.sums_agree


def test_every_coin_has_a_name_of_its_own_over_starts_too(rig: Rig) -> None:
    kiosk = Kiosk(rig).open()
    for _ in range(3):
        for value in (100, 100, 500):
            rig.insert(value)
            kiosk.poll(2)
        kiosk.die().open()
    assert len(kiosk.credited) == len(rig.box)
    assert kiosk.sums_agree


def test_refused_coins_fall_through(rig: Rig) -> None:
    kiosk = Kiosk(rig).open()
    assert kiosk.states()[-1] == "ready"
    kiosk.device.perform(RefuseCoins(COINS))
    kiosk.poll(3)
    assert kiosk.states()[-1] == "disabled"
    assert not rig.insert(100)
    kiosk.poll(2)
    assert (rig.fell_through, kiosk.credited) == ([100], {})
    kiosk.device.perform(AcceptCoins(COINS, VALUES))
    kiosk.poll(3)
    assert rig.insert(100)
    kiosk.poll(2)
    assert kiosk.sums_agree


def test_no_coin_goes_in_while_no_kiosk_runs_for_long(rig: Rig) -> None:
    kiosk = Kiosk(rig).open()
    kiosk.device.close()
    rig.now_s += 2
    assert not rig.insert(100)
    kiosk.die().open()
    assert rig.insert(100)
    kiosk.poll(2)
    assert kiosk.sums_agree


def test_an_order_for_another_role_is_our_mistake(rig: Rig) -> None:
    kiosk = Kiosk(rig).open()
    with pytest.raises(TypeError):
        kiosk.device.perform(RefuseNotes(COINS))


def test_close_never_raises_and_a_closed_driver_says_so(rig: Rig) -> None:
    kiosk = Kiosk(rig).open()
    kiosk.device.close()
    kiosk.device.close()
    with pytest.raises(DeviceError):
        kiosk.poll()


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_what_is_credited_is_what_is_in_the_box(rig: Rig, seed: int) -> None:
    chance = random.Random(seed)
    kiosk = Kiosk(rig).open()
    talks = isinstance(rig, CcTalk)
    for _ in range(60):
        for _ in range(chance.randint(0, 3)):
            if len(rig.box) - len(kiosk.credited) < 4:
                rig.insert(chance.choice(VALUES))
        accident = chance.choice(["", "", "disk", "dies", "cable", "bytes", "power", "again"])
        if accident and not talks:
            kiosk.serve(5)  # what comes on the wire while nobody listens is lost
        if accident == "disk" and talks:
            kiosk.disk = False
            kiosk.serve(chance.randint(0, 2))
            kiosk.die()
        elif accident == "dies":
            kiosk.die()
        elif accident == "cable":
            rig.unplug()
            kiosk.serve(chance.randint(0, 3))
            rig.plug()
        elif accident == "bytes" and isinstance(rig, CcTalk):
            chance.choice(list(DISTURBANCES.values()))(rig)
        elif accident == "power" and isinstance(rig, CcTalk):
            kiosk.serve(20)  # what it has not told by then is lost with its power
            rig.peer.power_cut(rig.now_s)
            kiosk.serve(chance.randint(0, 20))
            rig.peer.power_up(rig.now_s)
        elif accident == "again":
            kiosk.device.close()
            kiosk.up = False
        kiosk.serve(chance.randint(1, 4))
    kiosk.serve(30)
    missing = Counter(rig.box)
    missing.subtract(kiosk.credited.values())
    assert min(missing.values()) >= 0, "credited, and not in the box"
    # Refused coins are events too, and may have pushed a coin out of the acceptor's memory.
    lost = sum(told.count for told in kiosk.told(CoinsLost))
    assert missing.total() <= lost
    assert len(kiosk.credited) > 20 and lost < 10


# --- real lines -----------------------------------------------------------------------------------


class Running:
    """A worker in its thread on a real line, and books that acknowledge at once."""

    def __init__(self, options: dict[str, Any], port: str) -> None:
        self.credited: dict[NoteId, int] = {}
        self.last = ""
        self.told: list[Event] = []
        self.died: list[BaseException] = []
        self.changed = threading.Condition()
        self.stop = threading.Event()

        def driver() -> cctalk_coins.CoinAcceptor:
            return cctalk_coins.CoinAcceptor(COINS, options, start=1, connect=connect(port))

        self.worker = Worker(COINS, driver, self.post)
        self.thread = self.worker.start(self.stop, self.died.append)

    def post(self, event: Event) -> None:
        with self.changed:
            self.told.append(event)
            match event:
                case DeviceUp():
                    self.worker.do(RecallCoins(COINS, self.last))
                    self.worker.do(AcceptCoins(COINS, VALUES))
                case CoinTaken(_, coin, value, mark):
                    self.credited[coin], self.last = value.minor, mark
                    self.worker.do(AcknowledgeCoin(coin))
                case CoinsNoted(_, mark) | CoinsLost(_, mark):
                    self.last = mark
            self.changed.notify()

    def until(self, met: Callable[[], bool]) -> None:
        """Looked at again after each event, and every 50 ms."""
        with self.changed:
            for _ in range(1200):
                if met():
                    return
                self.changed.wait(0.05)
        raise AssertionError(f"it never came: {self.told}")

    def count(self, kind: type) -> int:
        return sum(isinstance(event, kind) for event in self.told)


@contextmanager
def running(line: PtyLine[CoinAcceptor], options: dict[str, Any]) -> Iterator[Running]:
    line.start()
    kiosk = Running(options, line.port)
    try:
        yield kiosk
    finally:
        kiosk.stop.set()
        kiosk.thread.join(60)
        line.stop()
    assert not kiosk.died


def went_in(value: int, peer: CoinAcceptor, now_s: float) -> bool:
    return "went in" in peer.insert(value, now_s)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS, ids=named)
def test_on_a_real_line_coins_go_in_and_the_cable_may_be_pulled(
    defaults: Defaults, form: tuple[str, bool]
) -> None:
    rig = CcTalk(defaults, *form)
    line = PtyLine(rig.peer)
    with running(line, {**rig.options}) as kiosk:
        for times in range(1, 4):
            kiosk.until(lambda n=times: kiosk.count(DeviceUp) == n)  # type: ignore[misc]
            for value in (500, 100, 1000):
                before = len(kiosk.credited)
                kiosk.until(lambda v=value: line.ask(partial(went_in, v)))  # type: ignore[misc]
                kiosk.until(lambda n=before: len(kiosk.credited) == n + 1)  # type: ignore[misc]
            line.unplug()
            kiosk.until(lambda n=times: kiosk.count(DeviceDown) >= n)  # type: ignore[misc]
            line.plug()
            kiosk.worker.kick()
        assert list(kiosk.credited.values()) == rig.box == [500, 100, 1000] * 3
        assert kiosk.count(CoinsLost) == 0

"""The ccTalk coin driver against answers written by hand: what a simulated acceptor never says."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId, note_id
from kiosk.core.messages import (
    AcceptCoins,
    AcceptorChanged,
    AcknowledgeCoin,
    CoinRejected,
    CoinsLost,
    CoinsNoted,
    CoinTaken,
    Event,
    RecallCoins,
    RefuseCoins,
    StackNote,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware import cctalk
from kiosk.hardware.cctalk_coins import CHECK_EVERY, CoinAcceptor
from kiosk.hardware.device import Options
from tests.hardware.wire.far import NAK, Far

COINS = DeviceId("coins")
EUR = CURRENCIES["EUR"]
EUROS = {1: "EU010A", 2: "EU020A", 3: "EU050A", 4: "EU100A", 5: "EU200A"}


class Bench:
    """A driver, an acceptor of euros, and what the driver told."""

    def __init__(
        self, defaults: Callable[[str], Options], far: Far | None = None, **options: str | int
    ) -> None:
        self.options = {**defaults("cctalk_coins"), "currency": "EUR", **options}
        self.far = far or Far(2, "sum", EUROS, "Coin Acceptor")
        self.starts = 0
        self.restart()

    def restart(self) -> None:
        """Another process; the acceptor does not notice."""
        self.starts += 1
        self.events: list[Event] = []
        self.driver = CoinAcceptor(COINS, self.options, start=self.starts, connect=lambda: self.far)

    def opened(self, mark: str = "", *values: int) -> Bench:
        self.driver.open()
        self.driver.perform(RecallCoins(COINS, mark))
        self.driver.perform(AcceptCoins(COINS, values or (10, 20, 50, 100, 200)))
        return self.poll()

    def poll(self, count: int = 1) -> Bench:
        for _ in range(count):
            self.events += self.driver.poll(0.2)
        return self

    def anew(self) -> Bench:
        """Forget what was told, and poll once."""
        self.events.clear()
        return self.poll()

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def coins(self) -> list[tuple[int, str]]:
        return [(coin.value.minor, coin.mark) for coin in self.told(CoinTaken)]

    def acknowledge(self) -> None:
        for coin in self.told(CoinTaken):
            self.driver.perform(AcknowledgeCoin(coin.coin))


Make = Callable[..., Bench]


@pytest.fixture
def make(defaults: Callable[[str], Options]) -> Make:
    return lambda far=None, **options: Bench(defaults, far, **options)


def test_an_acceptor_that_says_something_all_the_time_does_not_fill_the_books(make: Make) -> None:
    bench = make().opened("7001/0")
    bench.events.clear()
    for _ in range(120):
        bench.far.happen((0, 1))
        bench.poll()
    assert [noted.mark for noted in bench.told(CoinsNoted)] == ["7001/1", "7001/51", "7001/101"]
    bench.far.happen((5, 1))
    bench.anew()
    bench.acknowledge()
    assert bench.coins() == [(200, "7001/121")]
    bench.far.happen((0, 1))
    bench.anew().poll(60)
    assert bench.told(CoinsNoted) == [CoinsNoted(COINS, "7001/122")]


def test_what_it_is_asked_when_it_is_opened(make: Make) -> None:
    bench = make()
    assert bench.driver.open() == "FOY X6 7001"
    asked = [header for header, _ in bench.far.sent]
    named = [header for number in range(1, 17) for header in [184] * (2 if number <= 5 else 1)]
    assert asked == [254, 245, 228, 242, *named, 232, 246, 244]
    assert bench.far.last(228) == b"\0"


def test_it_takes_nothing_and_tells_nothing_before_its_recall(make: Make) -> None:
    bench = make()
    bench.far.happen((5, 1))
    bench.driver.open()
    bench.driver.perform(AcceptCoins(COINS, (200,)))
    bench.poll(5)
    assert bench.events == []
    assert bench.far.count(231) == 0
    bench.driver.perform(RecallCoins(COINS, "7001/0"))
    bench.anew()
    assert bench.coins() == [(200, "7001/1")]
    # What fell in before is told first: at its state the core lets the next guest's coins in.
    kinds = [type(event) for event in bench.events]
    assert kinds.index(CoinTaken) < kinds.index(AcceptorChanged)
    assert (bench.far.last(231), bench.far.last(228)) == (b"\x10\0", b"\1")
    assert AcceptorChanged(COINS, "ready", "") in bench.events


def test_a_mark_that_is_none_is_not_believed(make: Make) -> None:
    bench = make().opened(f"7001/{'9' * 5000}")
    assert bench.told(CoinsNoted) == [CoinsNoted(COINS, "7001/0")]


def test_each_coin_has_a_mark_and_is_told_until_it_is_on_the_books(make: Make) -> None:
    bench = make().opened()
    assert bench.told(CoinsNoted) == [CoinsNoted(COINS, "7001/0")]
    bench.far.happen((1, 1), (4, 1))
    first, second = (
        CoinTaken(COINS, note_id("coins", 1, number), Money(minor, EUR), f"7001/{number}")
        for number, minor in ((1, 10), (2, 100))
    )
    bench.anew()
    assert bench.events == [first, second]
    bench.driver.perform(AcknowledgeCoin(first.coin))
    bench.anew()
    assert bench.events == [second]
    bench.driver.perform(AcknowledgeCoin(second.coin))
    bench.driver.perform(AcknowledgeCoin(second.coin))
    bench.anew()
    assert bench.events == []


@pytest.mark.parametrize(
    ("mark", "counter", "coins", "noted", "lost"),
    [
        ("7001/7", 9, ["8", "9"], [], []),
        ("7001/9", 9, [], [], []),
        ("7001/254", 2, ["255", "1", "2"], [], []),
        ("7001/1", 9, ["5", "6", "7", "8", "9"], [], [("4", 3)]),
        ("7001/200", 9, ["5", "6", "7", "8", "9"], [], [("4", None)]),
        ("9999/7", 9, [], ["9"], []),
        ("", 9, [], ["9"], []),
        ("7001/-1", 9, [], ["9"], []),
        ("7001/900", 9, [], ["9"], []),
        ("nonsense", 9, [], ["9"], []),
        ("/", 9, [], ["9"], []),
        ("7001/200", 0, [], ["0"], []),
        ("7001/200", 2, ["1", "2"], ["0"], []),
    ],
)
def test_what_came_in_while_nobody_listened(
    make: Make,
    mark: str,
    counter: int,
    coins: list[str],
    noted: list[str],
    lost: list[tuple[str, int | None]],
) -> None:
    bench = make()
    long_ago = 255 if mark == "7001/254" else 0
    bench.far.happen(*[(1, 1)] * (long_ago + counter))
    bench.opened(mark)
    assert [mark for _, mark in bench.coins()] == [f"7001/{number}" for number in coins]
    assert bench.told(CoinsNoted) == [CoinsNoted(COINS, f"7001/{number}") for number in noted]
    assert bench.told(CoinsLost) == [CoinsLost(COINS, f"7001/{at}", n) for at, n in lost]


def test_more_than_it_remembers_between_two_polls_is_lost_and_counted(make: Make) -> None:
    bench = make().opened()
    bench.far.happen((1, 1), (2, 1), (3, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1))
    bench.anew()
    assert bench.told(CoinsLost) == [CoinsLost(COINS, "7001/3", 3)]
    assert [value for value, _ in bench.coins()] == [10, 20, 50, 100, 200]
    bench.acknowledge()
    bench.anew()
    assert bench.events == []


def test_no_mark_overtakes_a_coin_that_is_not_on_the_books(make: Make) -> None:
    bench = make().opened()
    bench.far.happen((1, 1), (0, 1))
    bench.anew()
    assert bench.told(CoinRejected) == [CoinRejected(COINS, "rejected")]
    assert bench.told(CoinsNoted) == []
    bench.far.happen(*[(2, 1)] * 7)
    bench.anew()
    assert bench.coins() == [(10, "7001/1")]
    assert bench.told(CoinsLost) == []
    bench.acknowledge()
    bench.anew()
    assert bench.events[:2] == [CoinsNoted(COINS, "7001/2"), CoinsLost(COINS, "7001/4", 2)]
    assert [mark for _, mark in bench.coins()] == [f"7001/{number}" for number in range(5, 10)]


def test_coins_that_were_refused_move_the_mark_so_that_they_push_no_coin_out(make: Make) -> None:
    bench = make().opened()
    bench.far.happen((0, 1), (0, 2), (0, 129))
    bench.anew()
    assert [told.reason for told in bench.told(CoinRejected)] == [
        "rejected",
        "inhibited",
        "inhibited",
    ]
    assert bench.told(CoinsNoted) == [CoinsNoted(COINS, "7001/3")]
    bench.far.happen((1, 1))
    bench.anew()
    assert bench.told(CoinsNoted) == [] and bench.coins() == [(10, "7001/4")]


@pytest.mark.parametrize(
    ("code", "reason", "state"),
    [
        (1, "rejected", None),
        (2, "inhibited", None),
        (3, "two coins at once", None),
        (4, "wake-up timeout", "jammed_validator"),
        (5, "validation timeout", "jammed_validator"),
        (6, "credit sensor timeout", "jammed_validator"),
        (7, "sorter timeout", "jammed_validator"),
        (8, "second coin too close", None),
        (14, "credit sensor blocked", "jammed_validator"),
        (15, "sorter blocked", "jammed_validator"),
        (16, "credit sequence", "cheated"),
        (17, "coin going backwards", "cheated"),
        (18, "coin too fast", "cheated"),
        (19, "coin too slow", "cheated"),
        (20, "coin on a string", "cheated"),
        (159, "inhibited", None),
        (77, "code 77", None),
        (254, "return lever", "paused"),
    ],
)
def test_every_error_is_told_in_words_and_a_fault_ends_with_the_self_check(
    make: Make, code: int, reason: str, state: str | None
) -> None:
    bench = make().opened()
    bench.far.answers[232] = [b"\x03", b"\0"]
    bench.far.happen((0, code))
    bench.anew()
    assert bench.told(CoinRejected) == [CoinRejected(COINS, reason)]
    changed = [AcceptorChanged(COINS, state, reason)] if state else []  # type: ignore[arg-type]
    assert bench.told(AcceptorChanged) == changed
    bench.events.clear()
    bench.poll(2 * CHECK_EVERY)
    ended = [AcceptorChanged(COINS, "ready", "")] if state else []
    assert bench.told(AcceptorChanged) == ended
    assert bench.far.count(232) == (3 if state else 1)


def test_two_faults_at_once_are_both_told(make: Make) -> None:
    bench = make().opened()
    bench.far.happen((0, 20), (0, 14))
    bench.anew()
    assert [told.state for told in bench.told(AcceptorChanged)] == ["cheated", "jammed_validator"]


def test_a_slot_that_says_nothing_is_no_coin(make: Make) -> None:
    bench = make().opened()
    bench.far.happen((0, 0), (0, 253))
    bench.anew()
    assert bench.events == [CoinsNoted(COINS, "7001/2")]


@pytest.mark.parametrize("event", [(9, 1), (200, 0), (0, 36)])
def test_a_coin_of_which_nobody_knows_what_it_was_is_an_alarm(
    make: Make, event: tuple[int, int]
) -> None:
    bench = make().opened()
    bench.far.happen(event)
    bench.anew()
    assert bench.told(CoinsLost) == [CoinsLost(COINS, "7001/1", 1)]
    assert bench.told(CoinTaken) == bench.told(CoinsNoted) == []


def test_a_restart_is_noted_and_what_it_may_take_is_said_anew(make: Make) -> None:
    bench = make().opened("", 200)
    bench.far.happen((5, 1))
    bench.anew()
    bench.acknowledge()
    bench.far.restart()
    bench.anew()
    assert bench.told(CoinsNoted) == [CoinsNoted(COINS, "7001/0")]
    assert bench.far.inhibits == b"\x10\0"
    assert bench.told(AcceptorChanged) == []
    bench.far.happen((5, 1))
    bench.anew()
    assert bench.coins() == [(200, "7001/1")]


def test_a_restart_without_a_sign_is_found_by_the_inhibits_that_are_gone(make: Make) -> None:
    bench = make().opened("", 200)
    bench.far.restart()
    bench.poll(CHECK_EVERY)
    assert bench.far.inhibits == b"\x10\0"
    bench.far.answers[230] = [None]
    sent = bench.far.count(231)
    bench.poll(3 * CHECK_EVERY)
    assert bench.far.count(231) == sent, "one that does not say is believed"


def test_what_it_may_take(make: Make) -> None:
    bench = make().opened("", 10, 200)
    assert (bench.far.inhibits, bench.far.last(228)) == (b"\x11\0", b"\1")
    sent = bench.far.count(231)
    bench.driver.perform(AcceptCoins(COINS, (200, 10, 7)))
    bench.poll(3)
    assert bench.far.count(231) == sent, "nothing new"
    bench.driver.perform(RefuseCoins(COINS))
    bench.anew()
    assert (bench.far.inhibits, bench.far.last(228)) == (b"\0\0", b"\0")
    assert bench.events == [AcceptorChanged(COINS, "disabled", "")]
    bench.far.happen((1, 1))  # it was on its way
    assert bench.anew().coins() == [(10, "7001/1")]


def test_inhibits_that_are_not_taken_are_said_again(make: Make) -> None:
    bench = make()
    bench.far.answers[231] = [NAK, b""]
    bench.opened()
    assert bench.told(AcceptorChanged)[-1].state == "disabled"
    del bench.far.answers[231]
    assert bench.anew().told(AcceptorChanged)[-1].state == "ready"
    assert bench.far.inhibits == b"\x1f\0"


def test_coins_of_no_known_value_are_told_and_never_let_in(make: Make) -> None:
    names = {**EUROS, 6: "GB100A", 7: "TK001A", 16: "EU300A"}
    bench = make(Far(2, "sum", names, "Coin Acceptor"), coins="TK001A=2.00").opened("", 200, 300)
    detail = "not taken, of no known value: 6 GB100A, 16 EU300A"
    assert bench.told(AcceptorChanged)[-1] == AcceptorChanged(COINS, "ready", detail)
    assert bench.far.inhibits == b"\x50\0", "both that are worth two euros"


@pytest.mark.parametrize("names", [{1: "GB100A", 2: "GB200A"}, {}])
def test_another_currency_takes_nothing(make: Make, names: dict[int, str]) -> None:
    bench = make(Far(2, "sum", names, "Coin Acceptor")).opened()
    (told,) = bench.told(AcceptorChanged)
    has = "GB" if names else "nothing"
    assert (told.state, told.detail) == ("wrong_currency", f"its coins are of {has}, not EU")
    assert bench.far.inhibits == b"\0\0"


def test_the_crc_form(make: Make) -> None:
    bench = make(Far(2, "crc", EUROS, "Coin Acceptor"), check="crc").opened()
    bench.far.happen((5, 1))
    assert bench.anew().coins() == [(200, "7001/1")]


def test_what_is_no_coin_acceptor_or_does_not_say_enough_is_not_opened(make: Make) -> None:
    with pytest.raises(DeviceError, match='is a "Payout", no coin acceptor'):
        make(Far(2, "sum", EUROS, "Payout")).driver.open()
    bench = make()
    for header, why in ((254, "answer"), (242, "answer"), (184, "name its 1"), (228, "answer")):
        said = dict(bench.far.answers)
        bench.far.answers[header] = [None]
        with pytest.raises(DeviceError, match=f"does not {why}"):
            bench.driver.open()
        bench.far.answers = said
    for header in (245, 246, 244, 232):
        bench.far.answers[header] = [None]
    assert bench.driver.open() == "7001"
    bench.driver.close()
    bench.driver.close()
    with pytest.raises(DeviceError, match="not connected"):
        bench.poll()


def test_one_that_says_that_it_is_broken_is_told(make: Make) -> None:
    bench = make()
    bench.far.answers[232] = [b"\x03"]
    bench.opened()
    assert bench.told(AcceptorChanged)[-1].detail == "self-check: fault 3"
    bench.far.answers[232] = [b"\0"]
    bench.poll(CHECK_EVERY)
    assert bench.told(AcceptorChanged)[-1].state == "ready"


def test_a_silent_one_is_lost_and_a_busy_one_is_not(make: Make) -> None:
    bench = make().opened()
    bench.far.answers[229] = [NAK]
    bench.poll(50)
    bench.far.answers[229] = [None]
    with pytest.raises(DeviceError, match="any more"):
        bench.poll(50)


def test_the_cable_is_pulled_with_a_coin_that_is_not_on_the_books(make: Make) -> None:
    bench = make().opened()
    bench.far.happen((5, 1))
    bench.anew()
    first = bench.told(CoinTaken)
    bench.far.plugged = False
    with pytest.raises(OSError, match="gone"):
        bench.poll()
    bench.driver.close()
    bench.far.plugged = True
    bench.far.happen((1, 1))
    bench.events.clear()
    bench.driver.open()
    assert bench.poll().told(CoinTaken) == first, "it waits for its entry, recall or not"
    bench.events.clear()
    bench.driver.perform(RecallCoins(COINS, "7001/0"))
    bench.poll()
    assert bench.coins() == [(200, "7001/1"), (10, "7001/2")]
    assert bench.told(CoinTaken)[0] == first[0]


def test_another_acceptor_on_the_same_cable(make: Make) -> None:
    bench = make().opened()
    bench.far.happen((5, 1))
    bench.poll()
    bench.acknowledge()
    bench.driver.close()
    bench.far.answers[242] = [b"\1\0\0"]
    bench.far.happen((5, 1))
    bench.events.clear()
    bench.opened("7001/1")
    assert bench.coins() == []
    assert bench.told(CoinsNoted) == [CoinsNoted(COINS, "1/2")]


def test_a_mark_that_never_came_to_the_books_is_told_again(make: Make) -> None:
    bench = make().opened()
    bench.far.happen((0, 1))
    bench.poll()
    bench.driver.close()
    bench.events.clear()
    bench.opened("7001/0")
    assert bench.told(CoinsNoted) == [CoinsNoted(COINS, "7001/1")]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("currency", "XYZ", "XYZ"),
        ("countries", "EUR", "two capital letters"),
        ("coins", "EU9=1", "not like RU1K0A"),
        ("coins", "EU900A=x", "not an amount"),
        ("profile", "half", "none of standard, whole"),
        ("check", "des", "none of sum, crc"),
        ("echo", "no", "none of auto, yes"),
        ("poll_ms", 0, "poll_ms: 0 is not more than 0"),
        ("answer_ms", -5, "answer_ms: -5"),
        ("silence_ms", 0, "silence_ms: 0"),
        ("address", 1, "none of 2 to 255"),
    ],
)
def test_an_option_that_says_nothing_is_a_mistake_of_the_configuration(
    make: Make, option: str, value: str | int, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        make(**{option: value})


def test_an_order_for_another_role_is_our_mistake(make: Make) -> None:
    with pytest.raises(TypeError):
        make().driver.perform(StackNote(note_id("coins", 1, 1)))


@pytest.mark.parametrize("seed", range(40))
def test_no_damaged_answer_is_ever_a_coin(make: Make, seed: int) -> None:
    """Also where a damage passes the check: one in 256 does."""
    chance = random.Random(seed)
    bench = make().opened()
    credited: dict[str, int] = {}
    truth: list[int] = []
    for _ in range(150):
        if chance.random() < 0.4:
            coin = chance.randint(1, 5)
            bench.far.happen((coin, 1))
            truth.append((10, 20, 50, 100, 200)[coin - 1])
        if chance.random() < 0.3:
            wrong = bytes(chance.randrange(256) for _ in range(11))
            bench.far.damage = chance.choice(
                [
                    [cctalk.frame(1, 0, wrong, source=2)],
                    [bytes(chance.randrange(256) for _ in range(chance.randint(0, 40)))],
                    [b"", cctalk.frame(1, 0, wrong, source=2)],
                ]
            )
        bench.anew()
        bench.far.damage.clear()
        for lost in bench.told(CoinsLost):  # six coins while not one answer came through
            del truth[len(credited) : len(credited) + lost.count]
        for coin in bench.told(CoinTaken):
            assert credited.setdefault(coin.mark + str(coin.coin), coin.value.minor)
        bench.acknowledge()
    for coin in bench.anew().told(CoinTaken):
        credited[coin.mark + str(coin.coin)] = coin.value.minor
    assert list(credited.values()) == truth

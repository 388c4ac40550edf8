"""ccTalk frames against printed ones, the counter of events against a device that only counts."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kiosk.core.errors import DeviceError
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware import cctalk
from kiosk.hardware.cctalk import BadFrame, Told
from kiosk.hardware.coin_profiles import (
    COINS,
    MONEY,
    PROFILES,
    coin_names,
    coin_value,
    letters_of,
    note_value,
)

CHECKS = st.sampled_from(cctalk.CHECKS)
FUZZ = settings(max_examples=400, deadline=None)

SUMS = {
    # docs/devices.md, "ccTalk"
    "poll": (2, 1, 254, "", "02 00 01 FE FF"),
    "ack": (1, 2, 0, "", "01 00 02 00 FD"),
    "category?": (2, 1, 245, "", "02 00 01 F5 08"),
    "category": (1, 2, 0, b"Coin Acceptor".hex(), "01 0D 02 00 43 6F 69 6E 20 41 63 63 65 70 74"),
    "credit": (2, 1, 229, "", "02 00 01 E5 18"),
    "inhibits": (2, 1, 231, "FF FF", "02 02 01 E7 FF FF 16"),
    "master": (2, 1, 228, "01", "02 01 01 E4 01 17"),
    "bill events": (40, 1, 159, "", "28 00 01 9F 38"),
    "stack": (40, 1, 154, "01", "28 01 01 9A 01 3B"),
    # ccTalk Generic Specification, Part 1, 7.12
    "serial?": (2, 1, 242, "", "02 00 01 F2 0B"),
    # PierreBeucher/ccTalk4j and frank-dspeed/esnext-cctalk, their tests
    "maker?": (2, 1, 246, "", "02 00 01 F6 07"),
    "poll of a note acceptor": (40, 1, 254, "", "28 00 01 FE D9"),
}
CRCS = {
    # docs/devices.md, "ccTalk"
    "bill events": (40, 159, "", "28 00 31 9F 5D"),
    # ccTalk Generic Specification, Part 1 (and PierreBeucher/ccTalk4j, its tests)
    "reset": (40, 1, "", "28 00 46 01 3F"),
    "maker": (1, 0, b"AST".hex(), "01 03 72 00 41 53 54 C0"),
}


@pytest.mark.parametrize(("to", "source", "header", "data", "whole"), SUMS.values(), ids=SUMS)
def test_printed_frames_with_a_sum(
    to: int, source: int, header: int, data: str, whole: str
) -> None:
    made = cctalk.frame(to, header, bytes.fromhex(data), source=source)
    assert made.startswith(bytes.fromhex(whole)) and sum(made) & 0xFF == 0
    found = cctalk.take(made + b"next", "sum")
    assert found == cctalk.Frame(to, source, header, bytes.fromhex(data), b"next")


@pytest.mark.parametrize(("to", "header", "data", "whole"), CRCS.values(), ids=CRCS)
def test_printed_frames_with_a_crc(to: int, header: int, data: str, whole: str) -> None:
    assert cctalk.frame(to, header, bytes.fromhex(data), check="crc") == bytes.fromhex(whole)
    found = cctalk.take(bytes.fromhex(whole), "crc")
    assert found == cctalk.Frame(to, None, header, bytes.fromhex(data), b"")


def test_crc_is_xmodem() -> None:
    assert cctalk.crc(b"123456789") == 0x31C3


@FUZZ
@given(CHECKS, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=255), st.binary())
def test_what_is_framed_is_found_again(
    check: cctalk.Check, to: int, header: int, data: bytes, rest: bytes
) -> None:
    whole = cctalk.frame(to, header, data, check=check)
    found = cctalk.take(whole + rest, check)
    assert found and (found.destination, found.header, found.data, found.rest) == (
        to,
        header,
        data,
        rest,
    )
    for size in range(len(whole)):
        assert cctalk.take(whole[:size], check) is None


@FUZZ
@given(CHECKS, st.binary(max_size=600))
def test_any_bytes_are_a_frame_or_our_own_error(check: cctalk.Check, stream: bytes) -> None:
    try:
        found = cctalk.take(stream, check)
    except BadFrame:
        return
    if found:
        assert cctalk.FRAME_MIN_BYTES <= len(stream) - len(found.rest) <= cctalk.FRAME_MAX_BYTES


@pytest.mark.parametrize("check", cctalk.CHECKS)
@pytest.mark.parametrize("bit", range(16 * 8))
def test_a_flipped_bit_is_never_believed(check: cctalk.Check, bit: int) -> None:
    whole = bytearray(cctalk.frame(1, 0, bytes(range(11)), check=check, source=2))
    whole[bit // 8] ^= 1 << bit % 8
    try:
        found = cctalk.take(bytes(whole), check)
    except BadFrame:
        return
    assert found is None  # another length: waited for, then given up


@given(st.binary(max_size=40))
def test_events_have_eleven_bytes(data: bytes) -> None:
    if len(data) == 11:
        told = cctalk.told_events(data)
        assert bytes([told.counter, *(byte for pair in told.pairs for byte in pair)]) == data
    else:
        with pytest.raises(BadFrame):
            cctalk.told_events(data)


# --- the counter ----------------------------------------------------------------------------------


class Counter:
    """A device of which nothing is known but that it counts, and what truly happened in it."""

    def __init__(self) -> None:
        self.all: list[tuple[int, int]] = []
        self.restart()

    def restart(self) -> None:
        self.counter = 0
        self.pairs = deque([(0, 0)] * 5, maxlen=5)

    def count(self, event: tuple[int, int]) -> None:
        self.counter = 1 if self.counter == 255 else self.counter + 1
        self.pairs.appendleft(event)
        self.all.append(event)

    @property
    def told(self) -> Told:
        return Told(self.counter, tuple(self.pairs))


EVENTS = st.tuples(st.integers(1, 16), st.integers(0, 3))


@FUZZ
@given(st.lists(st.lists(EVENTS, max_size=9), max_size=120))
@example([[(1, 1)] * 5] * 110)
@example([[(1, 1)] * 7] * 110)
def test_every_event_is_told_once_in_order_or_counted_as_lost(
    polls: list[list[tuple[int, int]]],
) -> None:
    device, known, heard = Counter(), 0, []
    for between in polls:
        for event in between:
            device.count(event)
        news = cctalk.happened(known, device.told, watching=True)
        assert not news.restarted
        assert news.lost == max(0, len(between) - 5)
        assert [(a, b) for _, a, b in news.events] == between[-5:]
        if news.events:
            assert news.events[-1][0] == device.counter
        heard += [None] * news.lost + list(news.events)
        known = device.counter
    assert len(heard) == len(device.all)


@FUZZ
@given(st.integers(1, 255), st.lists(EVENTS, max_size=4))
def test_a_restart_is_seen_and_what_came_after_it_is_told(
    known: int, since: list[tuple[int, int]]
) -> None:
    device = Counter()
    for event in since:
        device.count(event)
    if device.counter >= known:
        return  # it has counted as far again: nothing tells the two apart
    news = cctalk.happened(known, device.told, watching=True)
    assert (news.restarted, news.lost) == (True, 0)
    assert [(a, b) for _, a, b in news.events] == since


def test_far_behind_after_a_start_nobody_knows_how_many_are_lost() -> None:
    device = Counter()
    for number in range(20):
        device.count((1, number))
    news = cctalk.happened(250, device.told, watching=False)
    assert news.lost is None and not news.restarted
    assert [b for _, _, b in news.events] == [15, 16, 17, 18, 19]


def test_the_counter_goes_from_255_to_1_and_never_to_0() -> None:
    device = Counter()
    for _ in range(257):
        device.count((3, 1))
    news = cctalk.happened(254, device.told, watching=False)
    assert [counter for counter, _, _ in news.events] == [255, 1, 2]
    assert (cctalk.before(1), cctalk.before(7)) == (255, 6)


# --- a line ---------------------------------------------------------------------------------------


class Wire:
    """A transport whose far end says, one write after the other, what stands in a list."""

    def __init__(self, *answers: bytes | None, echo: bool = False, chunk: int = 4096) -> None:
        self.answers = deque(answers)
        self.echo = echo
        self.chunk = chunk
        self.waiting = b""
        self.sent: list[bytes] = []

    def write(self, data: bytes, timeout_s: float = 2.0) -> None:
        self.sent.append(data)
        answer = self.answers.popleft() if self.answers else None
        self.waiting += (data if self.echo else b"") + (answer or b"")

    def read(self, limit: int, timeout_s: float) -> bytes:
        size = min(limit, self.chunk)
        data, self.waiting = self.waiting[:size], self.waiting[size:]
        return data

    def close(self) -> None:
        self.answers.clear()


def line(wire: Wire, check: cctalk.Check = "sum", echo: str = "auto") -> cctalk.Line:
    return cctalk.Line(wire, address=2, check=check, echo=echo, answer_s=0.1)


def reply(data: bytes = b"", header: int = 0, check: cctalk.Check = "sum") -> bytes:
    return cctalk.frame(1, header, data, check=check, source=2)


@pytest.mark.parametrize("check", cctalk.CHECKS)
@pytest.mark.parametrize("chunk", [1, 2, 7, 4096])
@pytest.mark.parametrize("echo", [False, True])
def test_an_echo_is_found_out_and_passed_over(check: cctalk.Check, chunk: int, echo: bool) -> None:
    wire = Wire(reply(b"\1\2\3", check=check), echo=echo, chunk=chunk)
    asked = line(wire, check)
    assert asked.ask(cctalk.SERIAL, sizes=(3,)) == b"\1\2\3"
    assert asked.echo == echo
    assert wire.sent == [cctalk.frame(2, 242, check=check)]


def test_a_line_that_must_have_an_echo_and_has_none_is_told_from_a_silent_device() -> None:
    with pytest.raises(DeviceError, match="no echo"):
        line(Wire(), echo="yes").ask(cctalk.SIMPLE_POLL)
    wire = Wire(echo=True)
    assert line(wire, echo="yes").ask(cctalk.SIMPLE_POLL) is None
    assert len(wire.sent) == cctalk.TRIES


def test_a_damaged_answer_is_asked_for_again() -> None:
    bad = bytearray(reply(b"\1\2\3"))
    bad[4] ^= 8
    asked = line(Wire(bytes(bad), reply(b"\1\2\3"), echo=True))
    assert asked.need(cctalk.SERIAL, sizes=(3,)) == b"\1\2\3"


def test_refused_busy_and_silent_are_three_things() -> None:
    wire = Wire(reply(header=cctalk.NAK))
    asked = line(wire)
    assert asked.ask(cctalk.RESET) is None and asked.heard and len(wire.sent) == 1
    with pytest.raises(DeviceError, match="refuses command 1"):
        line(Wire(reply(header=cctalk.NAK))).need(cctalk.RESET)
    asked = line(Wire(reply(header=cctalk.BUSY), reply()))
    assert asked.ask(cctalk.RESET) == b""
    asked = line(Wire())
    assert asked.ask(cctalk.RESET) is None and not asked.heard
    with pytest.raises(DeviceError, match="address 2 does not answer command 1"):
        line(Wire()).need(cctalk.RESET)


def test_an_answer_of_another_size_or_device_is_none() -> None:
    other = cctalk.frame(1, 0, b"\7\7\7", source=3)
    asked = line(Wire(reply(b"\1"), other + reply(b"\1\2\3")))
    assert asked.ask(cctalk.SERIAL, sizes=(3,)) == b"\1\2\3"


def test_what_is_worth_money_is_read_until_it_is_the_same_twice() -> None:
    answers = [reply(b"EU100A"), reply(b"EU200A"), reply(b"EU200A")]
    assert line(Wire(*answers)).twice(184, b"\1", sizes=(6,)) == b"EU200A"
    changing = [reply(bytes([65 + n]) * 6) for n in range(9)]
    assert line(Wire(*changing)).twice(184, b"\1", sizes=(6,)) is None


def test_the_events_are_read_twice_when_the_counter_has_moved() -> None:
    wrong, right = (reply(bytes([n, 1, 0]) + bytes(8)) for n in (7, 1))
    wire = Wire(wrong, right, right)
    told = line(wire).events(cctalk.READ_COINS, 0, pause_s=0)
    assert told and told.counter == 1 and len(wire.sent) == 3
    wire = Wire(right)
    assert line(wire).events(cctalk.READ_COINS, 1, pause_s=0) == told and len(wire.sent) == 1


@settings(max_examples=1000, deadline=None)
@given(CHECKS, st.lists(st.binary(max_size=300), max_size=4), st.integers(1, 9))
def test_no_noise_gets_anything_out_of_a_line_but_our_own_errors(
    check: cctalk.Check, noise: list[bytes], chunk: int
) -> None:
    asked = line(Wire(*noise, chunk=chunk), check)
    try:
        asked.events(cctalk.READ_COINS, 0, pause_s=0)
        asked.need(cctalk.SIMPLE_POLL)
        asked.text(cctalk.MAKER)
    except DeviceError:
        pass


def test_options_that_say_nothing_are_told() -> None:
    for read, wrong in (
        (cctalk.check_of, "des"),
        (cctalk.echo_of, "no"),
        (cctalk.address_of, 1),
        (cctalk.address_of, 256),
    ):
        with pytest.raises(ValueError, match=str(wrong)):
            read(wrong)  # type: ignore[operator]


# --- the names of coins and notes -----------------------------------------------------------------

RUB, EUR, JPY = (CURRENCIES[code] for code in ("RUB", "EUR", "JPY"))


@pytest.mark.parametrize(
    ("name", "code", "minor"),
    [
        ("EU200A", "EUR", 200),
        ("EU001A", "EUR", 1),
        ("EU.20A", "EUR", 20),
        ("EU2.0A", "EUR", 200),
        ("GB010B", "GBP", 10),
        ("GB100A", "GBP", 100),
        ("US025A", "USD", 25),
        ("RU050B", "RUB", 50),
        ("RU100A", "RUB", 100),
        ("RU1K0A", "RUB", 1000),
        ("KZ10KA", "KZT", 10000),
        ("JP500A", "JPY", 500),
        ("RU010A", "RUB", None),  # ten kopecks, or ten roubles? Nobody knows
        ("EU300A", "EUR", None),
        ("GB100A", "EUR", None),
        ("TK001A", "EUR", None),
        ("EU...A", "EUR", None),
        ("EU1.5A", "JPY", None),
        ("eu200a", "EUR", None),
        ("EU200", "EUR", None),
        ("", "EUR", None),
    ],
)
def test_what_a_coin_is_worth(name: str, code: str, minor: int | None) -> None:
    currency = CURRENCIES[code]
    value = coin_value(name, currency, letters=letters_of("", currency), profile="standard")
    assert value == (None if minor is None else Money(minor, currency))


def test_an_acceptor_that_counts_whole_units() -> None:
    letters = letters_of("RU", RUB)
    assert coin_value("RU010A", RUB, letters=letters, profile="whole") == Money(1000, RUB)
    assert coin_value("RU.50A", RUB, letters=letters, profile="whole") == Money(50, RUB)
    assert coin_value("RU1K0A", RUB, letters=letters, profile="whole") is None


def test_every_currency_has_letters_and_coins() -> None:
    assert set(MONEY) == set(COINS) == set(CURRENCIES)


@FUZZ
@given(st.text(max_size=9), st.sampled_from(sorted(CURRENCIES)), st.sampled_from(sorted(PROFILES)))
def test_no_name_is_ever_worth_what_is_no_coin(name: str, code: str, profile: str) -> None:
    currency = CURRENCIES[code]
    letters = letters_of("", currency)
    for tried in (name, MONEY[code] + name[:3] + "A"):
        value = coin_value(tried, currency, letters=letters, profile=profile)
        assert value is None or value.minor in COINS[code]


def test_what_a_note_is_worth() -> None:
    letters = frozenset({"EU"})

    def worth(name: str, scaling: int = 100, decimals: int = 2) -> Money | None:
        return note_value(name, EUR, letters=letters, scaling=scaling, decimals=decimals)

    assert worth("EU0010A") == Money(1000, EUR)
    assert worth("EU0500B", 1, 0) == Money(50000, EUR)
    assert worth("EU0050A", 10, 0) == Money(50000, EUR)
    for wrong in ("GB0010A", "EU0000A", "EU010A", ".......", "EU00X0A"):
        assert worth(wrong) is None
    assert worth("EU0001A", 1, 3) is None  # a tenth of a cent
    yen = note_value("JP0010A", JPY, letters=frozenset({"JP"}), scaling=100, decimals=0)
    assert yen == Money(1000, JPY)


def test_coins_by_option() -> None:
    assert coin_names("", RUB) == {}
    assert coin_names(" RU010A = 10 , TK001A=5.00,", RUB) == {
        "RU010A": Money(1000, RUB),
        "TK001A": Money(500, RUB),
    }
    for wrong in ("RU010A", "RU010A=", "RU10=5", "RU010A=0", "RU010A=-5", "RU010A=1.001", "=5"):
        with pytest.raises(ValueError, match=r"RU1K0A=10|amount|decimals|nothing"):
            coin_names(wrong, RUB)
    assert letters_of("EU, DE", EUR) == {"EU", "DE"}
    with pytest.raises(ValueError, match="two capital letters"):
        letters_of("EUR", EUR)

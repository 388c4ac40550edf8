"""The simulated ccTalk line and coin acceptor, held to frames that makers print in manuals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.hardware.peers.cctalk_coins import CoinAcceptor, coin_id
from kiosk.hardware.peers.cctalk_hopper import Hopper
from kiosk.hardware.peers.cctalk_line import Bus, crc, frame, is_whole
from kiosk.hardware.peers.cctalk_notes import BillValidator

# Azkoyen, "Modular X6 ccTalk validator" (2005), pages 25 to 43; Suzo-Happ, "Flow hopper 18-ccTalk"
# 0.6, pages 12 to 20; Alberici, "Aventador", 2.1.4; the generic specification's own examples
# (242, 246); docs/devices.md. Two more that are printed there have a wrong check: Azkoyen's answer
# to 226 and Suzo-Happ's to 163.
PRINTED = """
    02 00 01 FE FF
    01 00 02 00 FD
    02 00 01 F5 08
    01 0D 02 00 43 6F 69 6E 20 41 63 63 65 70 74 6F 72 16
    02 00 01 F6 07
    02 00 01 F2 0B
    01 03 02 00 4E 61 BC 8F
    02 00 01 E5 18
    01 0B 02 00 06 06 04 00 14 00 17 06 04 0D 02 9E
    02 00 01 E6 17
    01 02 02 00 00 00 FB
    02 02 01 E7 FF FF 16
    02 01 01 E4 01 17
    02 00 01 E2 1B
    28 00 01 9F 38
    28 01 01 9A 01 3B
    03 00 01 F4 08
    03 00 01 F2 0A
    01 03 03 00 4E 46 05 60
    03 00 01 A3 59
    03 01 01 A4 A5 B2
    01 00 03 00 FC
    03 04 01 A7 DF D7 0A 01 90
    01 01 03 00 01 FA
    03 00 01 A6 56
    01 04 03 00 00 00 07 03 EE
    03 00 01 AC 50
    01 01 03 00 00 FB
"""
# docs/devices.md; the tests of ccTalk4j (GitHub, PierreBeucher), a program for real validators.
PRINTED_WITH_CRC = "28 00 31 9F 5D / 28 00 46 01 3F"


def of(text: str) -> bytes:
    return bytes.fromhex(text)


@pytest.mark.parametrize("printed", [line.strip() for line in PRINTED.strip().splitlines()])
def test_a_printed_frame_is_one_of_ours(printed: str) -> None:
    found = of(printed)
    assert len(found) == found[1] + 5
    assert is_whole(found, with_crc=False)
    assert frame(found[0], found[2], found[3], found[4:-1]) == found


@pytest.mark.parametrize("printed", PRINTED_WITH_CRC.split(" / "))
def test_a_printed_frame_with_a_crc_is_one_of_ours(printed: str) -> None:
    found = of(printed)
    assert is_whole(found, with_crc=True)
    assert frame(found[0], 1, found[3], found[4:-1], with_crc=True) == found


def test_the_crc_is_the_one_called_xmodem() -> None:
    assert crc(b"123456789") == 0x31C3


@given(st.integers(2, 255), st.integers(0, 255), st.binary(max_size=255), st.booleans(), st.data())
def test_one_wrong_bit_is_seen(
    to: int, header: int, data: bytes, with_crc: bool, draw: st.DataObject
) -> None:
    whole = frame(to, 1, header, data, with_crc=with_crc)
    assert is_whole(whole, with_crc=with_crc)
    at = draw.draw(st.sampled_from([i for i in range(len(whole)) if i != 1]))
    bit = draw.draw(st.integers(0, 7))
    spoilt = bytes((*whole[:at], whole[at] ^ 1 << bit, *whole[at + 1 :]))
    assert not is_whole(spoilt, with_crc=with_crc)


# --- the line ------------------------------------------------------------------------------------


def ask(bus: Bus, to: int, header: int, data: bytes = b"", now_s: float = 0.0) -> bytes:
    """What comes back, after the echo."""
    device = bus.devices.get(to)
    sent = frame(to, 1, header, data, with_crc=bool(device and device.with_crc))
    heard = bus.feed(sent, now_s)
    assert heard.startswith(sent if bus.echo else b"")
    return heard[len(sent) :] if bus.echo else heard


def test_a_printed_dialogue() -> None:
    bus = Bus(CoinAcceptor(serial=0xBC614E), echo=False)
    for sent, comes in (
        ("02 00 01 FE FF", "01 00 02 00 FD"),
        ("02 00 01 F5 08", "01 0D 02 00 43 6F 69 6E 20 41 63 63 65 70 74 6F 72 16"),
        ("02 00 01 F2 0B", "01 03 02 00 4E 61 BC 8F"),
        ("02 00 01 E6 17", "01 02 02 00 00 00 FB"),
        ("02 02 01 E7 FF FF 16", "01 00 02 00 FD"),
        ("02 01 01 E4 01 17", "01 00 02 00 FD"),
    ):
        assert bus.feed(of(sent), 0.0) == of(comes)


def test_the_printed_events_of_an_acceptor_are_told_so() -> None:
    """6 events: coin 13 by path 2, coin 6 by path 4, not known (23), string (20), coin 6 by 4."""
    peer = CoinAcceptor()
    for a, b in ((1, 1), (13, 2), (6, 4), (0, 23), (0, 20), (6, 4)):
        peer._events.add(a, b)
    heard = Bus(peer, echo=False).feed(of("02 00 01 E5 18"), 0.0)
    assert heard == of("01 0B 02 00 06 06 04 00 14 00 17 06 04 0D 02 9E")


@pytest.mark.parametrize("echo", [False, True])
def test_who_sends_hears_himself_unless_the_adapter_takes_it_away(echo: bool) -> None:
    bus = Bus(CoinAcceptor(), echo=echo)
    sent, comes = of("02 00 01 FE FF"), of("01 00 02 00 FD")
    assert bus.feed(sent, 0.0) == (sent + comes if echo else comes)


def test_bytes_may_come_one_by_one_but_not_slowly() -> None:
    bus = Bus(CoinAcceptor(), echo=False)
    sent = of("02 00 01 FE FF")
    heard = b"".join(bus.feed(sent[i : i + 1], i * 0.04) for i in range(5))
    assert heard == of("01 00 02 00 FD")
    assert b"".join(bus.feed(sent[i : i + 1], 9 + i * 0.06) for i in range(5)) == b""
    assert bus.feed(sent, 12.0) == of("01 00 02 00 FD")


@pytest.mark.parametrize(
    "wrong",
    [
        "02 00 01 FE FE",  # the check
        "07 00 01 FE FA",  # nobody there
        "02 00 09 FE F7",  # not from the host
        "02 00 01 63 9A",  # a command that it does not know
        "28 00 01 9F 38",  # the sum, to a device with a CRC
    ],
)
def test_a_device_says_nothing(wrong: str) -> None:
    bus = Bus(CoinAcceptor(), BillValidator(), echo=False)
    assert bus.feed(of(wrong), 0.0) == b""
    assert bus.feed(of("02 00 01 FE FF"), 0.0) == of("01 00 02 00 FD")


def test_a_known_command_with_wrong_data_is_refused() -> None:
    assert ask(Bus(CoinAcceptor()), 2, 231, b"\1") == frame(1, 2, 5)


def test_each_device_on_the_line_answers_for_itself() -> None:
    bus = Bus(CoinAcceptor(), Hopper(), BillValidator())
    assert ask(bus, 2, 245) == frame(1, 2, 0, b"Coin Acceptor")
    assert ask(bus, 3, 245) == frame(1, 3, 0, b"Payout")
    assert ask(bus, 40, 245) == frame(1, 40, 0, b"Bill Validator", with_crc=True)
    with pytest.raises(ValueError, match="one address"):
        Bus(CoinAcceptor(), CoinAcceptor())


def test_disturbances() -> None:
    bus = Bus(CoinAcceptor(), echo=False)
    poll, comes = of("02 00 01 FE FF"), of("01 00 02 00 FD")
    bus.drop_replies(1)
    assert [bus.feed(poll, 0.0) for _ in range(2)] == [b"", comes]
    bus.corrupt_replies(1)
    heard = bus.feed(poll, 0.0)
    assert len(heard) == 5 and not is_whole(heard, with_crc=False)
    bus.truncate_replies(1)
    assert bus.feed(poll, 0.0) == comes[:2]
    bus.lose_commands(1)
    bus.echo = True
    assert bus.feed(poll, 0.0) == poll
    bus.corrupt_commands(1)
    heard = bus.feed(poll, 0.0)
    assert heard != poll and len(heard) == 5
    bus.echo = False
    bus.delay_replies(1, by_s=0.3)
    assert bus.feed(poll, 1.0) == b""
    assert bus.tick(1.2) == b""
    assert bus.tick(1.3) == comes
    bus.noise(b"\xff\x00")
    assert bus.tick(1.4) == b"\xff\x00"
    assert bus.feed(poll, 2.0) == comes


@given(st.lists(st.tuples(st.binary(max_size=40), st.floats(0, 1)), max_size=20))
def test_no_bytes_break_a_device(chunks: list[tuple[bytes, float]]) -> None:
    bus = Bus(CoinAcceptor(), Hopper(), BillValidator(), echo=False)
    now_s = 0.0
    for data, later_s in chunks:
        now_s += later_s
        bus.feed(data, now_s)
        bus.tick(now_s)
    assert bus.feed(of("02 00 01 FE FF"), now_s + 1) == of("01 00 02 00 FD")


# --- the coin acceptor ----------------------------------------------------------------------------


def events(bus: Bus, now_s: float = 0.0) -> tuple[int, list[tuple[int, int]]]:
    data = ask(bus, 2, 229, now_s=now_s)[4:-1]
    return data[0], list(zip(data[1::2], data[2::2], strict=True))


def open_line(peer: CoinAcceptor) -> Bus:
    bus = Bus(peer)
    assert events(bus) == (0, [(0, 0)] * 5)
    ask(bus, 2, 231, b"\xff\xff")
    return bus


def test_coins_are_told_the_newest_first_and_counted() -> None:
    peer = CoinAcceptor()
    bus = open_line(peer)
    for value in (100, 1000, 500):
        assert "went in" in peer.insert(value, 0.0)
    assert events(bus) == (3, [(3, 1), (4, 1), (1, 1), (0, 0), (0, 0)])
    assert peer.box == [100, 1000, 500]


def test_the_counter_goes_from_255_to_1_and_is_0_only_after_a_start() -> None:
    peer = CoinAcceptor()
    bus = open_line(peer)
    seen = []
    for _ in range(600):
        peer.insert(100, 0.0)
        seen.append(events(bus)[0])
    assert seen == [n % 255 + 1 for n in range(600)]
    ask(bus, 2, 1)
    assert events(bus) == (0, [(0, 0)] * 5)


@pytest.mark.parametrize("start", ["reset", "power"])
def test_after_a_start_everything_is_refused_and_forgotten(start: str) -> None:
    peer = CoinAcceptor()
    bus = open_line(peer)
    peer.insert(100, 0.0)
    if start == "reset":
        assert ask(bus, 2, 1) == frame(1, 2, 0)
    else:
        peer.power_cut(0.0)
        assert ask(bus, 2, 254) == b""
        assert "fell through" in peer.insert(100, 0.0)
        peer.power_up(0.0)
    assert "fell through" in peer.insert(100, 0.0)
    assert events(bus)[0] == 0
    assert "refused" in peer.insert(100, 0.0)


def test_refused_coins_fall_through_and_say_which() -> None:
    peer = CoinAcceptor()
    bus = open_line(peer)
    ask(bus, 2, 231, b"\x01\x00")
    assert "refused" in peer.insert(500, 0.0)
    assert "not known" in peer.insert(7, 0.0)
    assert events(bus) == (2, [(0, 1), (0, 130), (0, 0), (0, 0), (0, 0)])
    ask(bus, 2, 228, b"\0")
    assert "takes nothing" in peer.insert(100, 0.0)
    assert events(bus)[0] == 2
    assert (peer.box, peer.fell_through) == ([], [500, 7, 100])


def test_nobody_asks_and_it_takes_nothing() -> None:
    peer = CoinAcceptor()
    open_line(peer)
    assert "went in" in peer.insert(100, 1.0)
    assert "fell through" in peer.insert(100, 1.1)


def test_a_blocked_sensor_is_told_and_found_by_the_self_check() -> None:
    peer = CoinAcceptor()
    bus = open_line(peer)
    peer.block()
    assert events(bus)[1][0] == (0, 14)
    assert ask(bus, 2, 232) == frame(1, 2, 0, b"\3")
    assert "fell through" in peer.insert(100, 0.0)
    peer.unblock()
    assert ask(bus, 2, 232) == frame(1, 2, 0, b"\0")


def test_coins_have_names() -> None:
    assert [coin_id("EU", value) for value in (5, 200, 1000, 2500)] == [
        "EU005A",
        "EU200A",
        "EU1K0A",
        "EU2K5A",
    ]
    bus = Bus(CoinAcceptor())
    assert ask(bus, 2, 184, b"\4") == frame(1, 2, 0, b"RU1K0A")
    assert ask(bus, 2, 184, b"\x10") == frame(1, 2, 0, b"......")
    assert ask(bus, 2, 184, b"\x11") == frame(1, 2, 5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"coins": {17: 100}},
        {"country": "RUS"},
        {"address": 1},
        {"serial": 1 << 24},
        {"coins": {1: 1234}},
    ],
)
def test_settings_that_are_none(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        CoinAcceptor(**wrong)  # type: ignore[arg-type]

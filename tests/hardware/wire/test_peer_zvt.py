"""The simulated ZVT terminal, stepped by hand with bytes written out."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from kiosk.hardware import peers
from kiosk.hardware.peers import zvt_frames as frames
from kiosk.hardware.peers.zvt import CARD, Mode, Terminal

REGISTER = "06 00 06 00 00 00 08 09 78"
PAY = "06 01 0A 04 00 00 00 05 00 00 49 09 78"
REPEAT = "06 20 03 00 00 00"
REVERSE_1 = "06 30 06 00 00 00 87 00 01"
BREAK_OFF = "06 B0 00"
DONE, ASKS_TIME, NO_GOODS = "80 00 00", "84 9C 00", "84 66 00"
COMPLETED = "06 0F 00"
PAID = (
    "04 0F 3A 27 00 04 00 00 00 05 00 00 0B 00 00 01 0C 15 00 00 0D 11 22 29 28 00 48 69 49 09 78 "
    "87 00 01 88 00 00 01 19 70 22 F0 F8 41 11 11 EE EE EE 11 11 8A 0A 8B F0 F5 56 49 53 41 00"
)
GIVE_UP_S = 20


class Register:
    """A cash register on a clock of its own, that says what it is told to say."""

    def __init__(self, terminal: Terminal | None = None) -> None:
        self.now_s = 100.0
        self.terminal = terminal or Terminal()
        self.terminal.connected()

    def say(self, *messages: str) -> str:
        said = b"".join(bytes.fromhex(one) for one in messages)
        return self.terminal.feed(said, self.now_s).hex(" ").upper()

    def wait(self, seconds: float) -> str:
        self.now_s += seconds
        return self.terminal.tick(self.now_s).hex(" ").upper()

    def registered(self, mode: Mode = "approve") -> Register:
        assert self.say(REGISTER).startswith(DONE)
        assert self.say(DONE) == ""
        self.terminal.mode = mode
        return self

    def asked(self, mode: Mode = "approve") -> Register:
        """A payment is asked for, and its first status acknowledged."""
        self.registered(mode)
        assert self.say(PAY) == f"{DONE} 04 FF 01 0A"
        assert self.say(DONE) == ""
        return self


@pytest.fixture
def register() -> Register:
    return Register()


def test_a_registration_names_the_terminal(register: Register) -> None:
    assert register.say(REGISTER) == f"{DONE} 06 0F 0A 19 00 29 28 00 48 69 49 09 78"
    assert register.say(DONE) == ""


def test_a_payment_to_the_byte(register: Register) -> None:
    register.asked()
    assert register.wait(1.9) == ""
    assert register.wait(0.2) == PAID
    assert register.terminal.charged == [("0001", 50_000)]
    assert register.say(DONE) == COMPLETED
    assert register.say(DONE) == ""


def test_nothing_is_said_before_the_last_is_acknowledged(register: Register) -> None:
    register.registered().say(PAY)
    assert register.wait(3) == ""
    assert register.say(DONE) == PAID


def test_without_its_bit_there_is_no_intermediate_status(register: Register) -> None:
    register.say("06 00 06 00 00 00 00 09 78")
    register.say(DONE)
    assert register.say(PAY) == DONE
    assert register.wait(2.1) == PAID


def test_receipts_come_line_by_line_to_who_prints_them(register: Register) -> None:
    register.say("06 00 06 00 00 00 82 09 78")
    register.say(DONE)
    register.say(PAY)
    assert register.wait(2.1) == PAID
    line = bytes.fromhex(register.say(DONE))
    assert line == b"\x06\xd1\x16\x00CARD 411111******1111"
    assert register.say(DONE) == COMPLETED


@pytest.mark.parametrize(("mode", "error"), [("decline", "05"), ("cancel", "6C")])
def test_a_payment_that_is_not_made(register: Register, mode: Mode, error: str) -> None:
    register.asked(mode)
    assert register.wait(2.1) == f"04 0F 07 27 {error} 29 28 00 48 69"
    assert register.say(DONE) == f"06 1E 01 {error}"
    assert register.say(DONE) == ""
    assert register.terminal.charged == []
    assert register.say(REPEAT) == f"{DONE} 06 1E 01 83"


def test_an_abort_ends_a_payment_before_the_card(register: Register) -> None:
    register.asked("stuck")
    assert register.wait(100) == "04 FF 01 04"
    assert register.say(DONE) == ""
    assert register.say(BREAK_OFF) == f"{DONE} 04 0F 07 27 6C 29 28 00 48 69"
    assert register.say(DONE) == "06 1E 01 6C"
    assert register.say(DONE, BREAK_OFF) == DONE


def test_an_abort_is_too_late_when_the_card_is_charged(register: Register) -> None:
    register.asked()
    assert register.wait(2.1) == PAID
    assert register.say(BREAK_OFF) == DONE
    assert register.say(DONE) == COMPLETED


@pytest.mark.parametrize(
    ("mode", "taken", "currency"),
    [
        ("partial", 25_000, "09 78"),
        ("other-amount", 50_100, "09 78"),
        ("other-currency", 50_000, "08 40"),
    ],
)
def test_it_tells_what_it_took(register: Register, mode: Mode, taken: int, currency: str) -> None:
    register.asked(mode)
    told = frames.fields(bytes.fromhex(register.wait(2.1))[3:])
    assert told[0x04] == frames.bcd(taken, 6)
    assert told[0x49].hex(" ") == currency
    assert register.terminal.charged == [("0001", taken)]


@pytest.mark.parametrize("mode", ["silent", "die-after", "cut-after"])
def test_what_was_charged_is_found_by_a_repetition(register: Register, mode: Mode) -> None:
    register.asked(mode)
    assert register.wait(2.1) == ""
    register.terminal.power_cut()
    assert register.say(REPEAT) == ""
    register.terminal.power_up()
    register.terminal.connected()
    assert register.say(REPEAT) == "84 6B 00"
    register.registered()
    assert register.say(REPEAT) == f"{DONE} {PAID}"
    assert register.say(DONE) == COMPLETED


@pytest.mark.parametrize("mode", ["die-before", "cut-before"])
def test_what_was_only_asked_for_is_forgotten(mode: Mode) -> None:
    cuts: list[None] = []
    register = Register(Terminal(cut=lambda: cuts.append(None))).registered(mode)
    assert register.say(PAY) == ""
    assert len(cuts) == (mode == "cut-before")
    register.terminal.power_up()
    register.terminal.connected()
    assert register.registered().say(REPEAT) == f"{DONE} 06 1E 01 83"
    assert register.wait(10) == ""
    assert register.terminal.charged == []


def test_a_payment_goes_on_while_the_line_is_cut(register: Register) -> None:
    register.registered("cut-during").say(PAY)
    register.terminal.connected()
    assert register.registered().say(REPEAT) == ASKS_TIME
    assert register.wait(2.1) == ""
    assert register.terminal.charged == [("0001", 50_000)]
    assert register.say(REPEAT) == f"{DONE} {PAID}"


def test_a_receipt_may_come_without_its_status(register: Register) -> None:
    """As a terminal did: Portalum.Zvt, issue 26."""
    register.asked("bare").wait(2.1)
    register.say(DONE)
    register.say(DONE)
    assert register.say(REPEAT) == f"{DONE} {COMPLETED}"


def test_a_reversal_goes_back_once_and_has_a_receipt(register: Register) -> None:
    register.asked().wait(2.1)
    assert register.say(DONE) == COMPLETED
    register.say(DONE)
    told = bytes.fromhex(register.say(REVERSE_1))
    assert told[:6] == bytes.fromhex(f"{DONE} 04 0F 3E")
    assert frames.fields(told[6:])[0x87] == b"\0\2"
    assert frames.fields(told[6:])[0x37] == b"\0\0\1"
    assert register.say(DONE) == COMPLETED
    register.say(DONE)
    assert register.terminal.reversed == ["0001"]
    assert "27 B4" in register.say(REVERSE_1)
    assert register.say(DONE) == "06 1E 01 B4"
    register.say(DONE)
    assert "27 B5" in register.say("06 30 06 00 00 00 87 00 09")
    assert register.terminal.reversed == ["0001"]


def test_only_the_last_may_be_reversible(register: Register) -> None:
    register.asked()
    for seconds in (2.1, 3.0):
        register.wait(seconds)
        register.say(DONE)
        register.say(DONE, PAY)
    register.terminal.mode = "last-only"
    register.say(BREAK_OFF)
    register.say(DONE, DONE, DONE)
    assert "27 B5" in register.say(REVERSE_1)
    register.say(DONE, DONE)
    assert "27 00" in register.say(REVERSE_1.replace("87 00 01", "87 00 02"))
    assert register.terminal.reversed == ["0002"]


def test_goods_that_are_not_issued_bring_the_money_back(register: Register) -> None:
    register.asked().wait(2.1)
    assert register.say(NO_GOODS) == "06 1E 01 66"
    assert register.terminal.reversed == ["0001"]


def test_a_register_that_asks_for_time_is_told_again(register: Register) -> None:
    register.asked().wait(2.1)
    assert register.say(ASKS_TIME) == ""
    assert register.wait(1.9) == ""
    assert register.wait(0.2) == PAID
    assert register.say(DONE) == COMPLETED


def test_the_status_may_come_twice(register: Register) -> None:
    register.asked("twice")
    assert register.wait(2.1) == PAID
    assert register.say(DONE) == PAID
    assert register.say(DONE) == COMPLETED
    assert len(register.terminal.charged) == 1


def test_a_code_has_no_number(register: Register) -> None:
    told = frames.fields(bytes.fromhex(register.asked("code").wait(2.1))[3:])
    assert told[0x8B] == b"BLUECODE\0"
    assert told.keys().isdisjoint({0x22, 0x8A})


def test_a_slow_guest_is_waited_for(register: Register) -> None:
    register.asked("slow")
    for _ in range(11):
        assert register.wait(5) == "04 FF 01 04"
        assert register.say(DONE) == ""
    assert register.wait(5) == PAID


def test_a_set_up_that_leaks_tells_the_whole_card(register: Register) -> None:
    told = bytes.fromhex(register.asked("leak").wait(2.1))
    assert CARD.encode() in told and bytes.fromhex(CARD) in told


@pytest.mark.parametrize(
    ("mode", "said", "told"),
    [
        ("busy", PAY, "84 9C 00"),
        ("unregistered", PAY, "84 6B 00"),
        ("wrong-password", REPEAT, "84 83 00"),
        ("wrong-password", REGISTER, "84 83 00"),
        ("mute", REGISTER, ""),
        ("approve", "06 00 06 00 00 00 08 08 40", "84 6F 00"),
        ("approve", "06 00 06 12 34 56 08 09 78", "84 83 00"),
        ("approve", "06 00 02 00 00", "84 9A 00"),
        ("approve", PAY.replace("09 78", "08 40"), "84 6F 00"),
        ("approve", "06 01 00", "84 9A 00"),
        ("approve", "06 01 03 04 00 00", "84 9A 00"),
        ("approve", "06 01 07 04 00 00 00 00 00 0F", "84 9A 00"),
        ("approve", "06 01 02 99 00", "84 83 01 99"),
        ("approve", "06 30 03 99 99 99", "84 83 00"),
        ("approve", "06 93 00", "84 83 00"),
        ("approve", "06 02 00", "80 00 00"),
        ("approve", "05 01 00", f"{DONE} 04 0F 05 29 28 00 48 69"),
    ],
)
def test_what_it_does_not_do_it_says(register: Register, mode: Mode, said: str, told: str) -> None:
    register.registered(mode)
    assert register.say(said) == told


def test_it_does_one_thing_after_another(register: Register) -> None:
    assert register.asked().say(PAY) == ASKS_TIME
    assert register.wait(2.1) == PAID
    assert register.say(REVERSE_1) == ASKS_TIME


def test_it_waits_only_so_long_for_an_acknowledgement(register: Register) -> None:
    register.asked().wait(2.1)
    assert register.wait(4.9) == ""
    assert register.say(PAY) == ASKS_TIME
    assert register.wait(0.2) == ""
    assert register.say(REPEAT) == f"{DONE} {PAID}"


def test_a_message_may_come_in_pieces_and_many_at_once(register: Register) -> None:
    for byte in bytes.fromhex(REGISTER)[:-1]:
        assert register.terminal.feed(bytes((byte,)), 100.0) == b""
    assert register.say("78").startswith(DONE)
    assert register.say(DONE, PAY) == f"{DONE} 04 FF 01 0A"


@pytest.mark.parametrize(
    ("captured", "fields"),
    [
        (  # a guest pressed the red key; a payment; a payment with tags: Portalum.Zvt, its tests
            "04 0F 1E 27 6C 29 28 00 48 69 3C F0 F1 F9 41 62 62 72 75 63 68 20 64 75 72 63 68 20 "
            "4B 75 6E 64 65",
            {0x27: "6C", 0x3C: b"Abbruch durch Kunde".hex()},
        ),
        (
            "04 0F 77 27 00 04 00 00 00 00 20 40 0B 00 04 70 0C 22 39 53 0D 10 06 0E 25 12 17 00 "
            "01 19 70 22 F0 F8 EE EE EE EE EE EE 47 71 29 28 00 48 69 2A 31 30 30 34 36 31 37 36 "
            "33 20 20 20 20 20 20 3B 36 31 31 38 30 34 00 00 3C F0 F1 F4 47 45 4E 2E 4E 52 2E 3A "
            "36 31 31 38 30 34 49 09 78 87 04 70 88 00 04 70 8A 2E 8B F1 F7 44 65 62 69 74 20 4D "
            "61 73 74 65 72 63 61 72 64 00",
            {0x04: "000000002040", 0x87: "0470", 0x8A: "2E", 0x22: "EEEEEEEEEEEE4771"},
        ),
        (
            "04 0F 65 27 00 0C 23 13 55 0D 10 29 0E 99 99 22 F0 F8 EE EE EE EE EE EE 47 71 A0 01 "
            "29 00 00 00 06 87 00 08 0B 00 00 00 8A 06 8B F1 F1 4D 41 53 54 45 52 43 41 52 44 00 "
            "06 2E 2F 08 1F 12 01 02 1F 10 01 00 60 1B 43 07 A0 00 00 00 04 10 10 44 10 44 65 62 "
            "69 74 20 4D 61 73 74 65 72 63 61 72 64 1F 2B 04 10 01 50 08",
            {0x87: "0008", 0x8B: b"MASTERCARD\0".hex()},
        ),
    ],
)
def test_the_frames_of_terminals(captured: str, fields: dict[int, str]) -> None:
    waiting = bytearray.fromhex(captured)
    found = frames.take(waiting)
    assert found is not None and not waiting
    told = frames.fields(found[1])
    assert {bmp: told[bmp] for bmp in fields} == {
        bmp: bytes.fromhex(text) for bmp, text in fields.items()
    }
    again = b"".join(
        frames.field(bmp, data) if bmp != 0x06 else b"\x06" + bytes((len(data),)) + data
        for bmp, data in told.items()
    )
    assert frames.message(found[0], again) == bytes.fromhex(captured)


def test_long_messages_have_a_long_length() -> None:
    data = bytes(range(256)) * 2
    made = frames.message(0x06D3, data)
    assert made[:5] == b"\x06\xd3\xff\x00\x02"
    assert frames.take(bytearray(made)) == (0x06D3, data)
    assert frames.take(bytearray(made[:-1])) is None
    assert frames.take(bytearray(made[:4])) is None


# On its line ---------------------------------------------------------------------------------

Start = Callable[..., peers.RunningPeer]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[peers.RunningPeer] = []

    def make(**options: str | int) -> peers.RunningPeer:
        running.append(peers.start("zvt", options))
        return running[-1]

    yield make
    for one in running:
        one.stop()


def dialled(peer: peers.RunningPeer) -> socket.socket:
    host, _, port = peer.port.removeprefix("tcp://").partition(":")
    return socket.create_connection((host, int(port)), timeout=GIVE_UP_S)


def heard(line: socket.socket, count: int) -> str:
    got = b""
    while len(got) < count and (more := line.recv(count - len(got))):
        got += more
    return got.hex(" ").upper()


def test_the_bench_drives_it(start: Start) -> None:
    peer = start(peer_currency=978, password="123456")
    say = peer.verbs["terminal"]
    assert say(["list"]) == "nothing is charged"
    with dialled(peer) as line:
        line.sendall(bytes.fromhex(REGISTER.replace("00 00 00", "12 34 56")))
        assert heard(line, 16).startswith(DONE)
        line.sendall(bytes.fromhex(DONE + PAY))
        assert heard(line, 7).startswith(DONE)
        line.sendall(bytes.fromhex(DONE))
        assert heard(line, 61) == PAID
        assert say(["list"]) == "receipt 0001  50000"
        line.sendall(bytes.fromhex(DONE))
        assert heard(line, 3) == COMPLETED
        assert say(["cut-after"]) == "the terminal: cut-after"
        line.sendall(bytes.fromhex(DONE + "06 30 06 12 34 56 87 00 01"))
        assert heard(line, 1) == ""
    assert say(["list"]).endswith("receipt 0001  taken back")
    with dialled(peer) as line:
        line.sendall(bytes.fromhex("06 00 06 12 34 56 00 08 40"))
        assert heard(line, 3) == "84 6F 00"
    assert say(["off"]) == "it is dark"
    assert say(["on"]) == "it has its power back"
    with pytest.raises(ValueError, match="got explode"):
        say(["explode"])


def test_a_password_has_six_digits(start: Start) -> None:
    with pytest.raises(ValueError, match="six digits"):
        start(password="secret")

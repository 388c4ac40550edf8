"""What the simulated SSP validator says, held to the frames that its maker printed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from kiosk.hardware.peers import start
from kiosk.hardware.peers.ssp import FIXED_KEY, BillValidator, Kind
from kiosk.hardware.peers.ssp_frames import Framer, Packet, Secret, crc, is_prime, packet
from kiosk.hardware.peers.ssp_mechanics import State

GIVE_UP_S = 20
# ITL, SSP Protocol Manual GA138_2_2_2129A: what host and slave say in its examples.
PRINTED = {
    "sync": ("11", "7F 80 01 11 65 82"),
    "OK": ("F0", "7F 80 01 F0 23 80"),
    "cannot be processed": ("F5", "7F 80 01 F5 3D 80"),
    "poll": ("07", "7F 80 01 07 12 02"),
    "reset": ("F0 F1", "7F 80 02 F0 F1 1A 22"),
    "version 6": ("06 06", "7F 80 02 06 06 24 14"),
    "version 8": ("06 08", "7F 80 02 06 08 03 94"),
    "version 9 is refused": ("F8", "7F 80 01 F8 10 00"),
    "inhibits": ("02 07 00", "7F 80 03 02 07 00 2B B6"),
    "enable": ("0A", "7F 80 01 0A 3F 82"),
    "disable": ("09", "7F 80 01 09 35 82"),
    "reject": ("08", "7F 80 01 08 30 02"),
    "hold": ("18", "7F 80 01 18 53 82"),
    "reject code": ("F0 08", "7F 80 02 F0 08 0C 20"),
    "reading": ("F0 EF 00", "7F 80 03 F0 EF 00 CF CA"),
    "in escrow": ("F0 EF 03", "7F 80 03 F0 EF 03 C5 CA"),
    "credit": ("F0 EE 04", "7F 80 03 F0 EE 04 D7 CC"),
    "stacking": ("F0 CC", "7F 80 02 F0 CC 97 A2"),
    "stacking, credit": ("F0 CC EE 01", "7F 80 04 F0 CC EE 01 62 AA"),
    "stacked": ("F0 EB", "7F 80 02 F0 EB 45 A2"),
    "rejecting": ("F0 ED", "7F 80 02 F0 ED 51 A2"),
    "rejected": ("F0 EC", "7F 80 02 F0 EC 54 22"),
    "unsafe jam": ("F0 E9", "7F 80 02 F0 E9 4A 22"),
    "disabled": ("F0 E8", "7F 80 02 F0 E8 4F A2"),
    "fraud": ("F0 E6 02", "7F 80 03 F0 E6 02 C0 7C"),
    "full": ("F0 E7", "7F 80 02 F0 E7 6D A2"),
    "cleared from front": ("F0 E1 00", "7F 80 03 F0 E1 00 CC 6E"),
    "cleared into cashbox": ("F0 E2 02", "7F 80 03 F0 E2 02 C3 E4"),
    "path open": ("F0 E0", "7F 80 02 F0 E0 7C 22"),
    "inhibited": ("F0 B5", "7F 80 02 F0 B5 82 23"),
    "initialising": ("F0 B6", "7F 80 02 F0 B6 88 23"),
    "poll with ack": ("56", "7F 80 01 56 F7 83"),
    "event ack": ("57", "7F 80 01 57 F2 03"),
    "counters": (
        "F0 05 11 00 00 00 28 00 00 00 23 00 00 00 0A 00 00 00 10 00 00 00",
        "7F 80 16 F0 05 11 00 00 00 28 00 00 00 23 00 00 00 0A 00 00 00 10 00 00 00 72 B7",
    ),
    "generator": ("4A C5 05 8F 3A 00 00 00 00", "7F 80 09 4A C5 05 8F 3A 00 00 00 00 B2 73"),
    "serial": ("F0 00 1C 96 2C", "7F 80 05 F0 00 1C 96 2C D4 97"),
    "firmware": (
        "F0 4E 56 30 32 30 30 34 31 34 31 34 39 38 30 30 30",
        "7F 80 11 F0 4E 56 30 32 30 30 34 31 34 31 34 39 38 30 30 30 DE 55",
    ),
}


class Host:
    """Sends commands as a host does, with the flag in turn, and sees only what is said."""

    def __init__(self, peer: BillValidator | None = None) -> None:
        self.peer = peer or BillValidator()
        self.now_s = 100.0
        self.flag = 0x80
        self.secret: Secret | None = None
        self.framer = Framer()

    def wait(self, seconds: float) -> Host:
        self.now_s += seconds
        return self

    def send(self, data: str, *, again: bool = False) -> str:
        """What is answered, in hex; empty when nothing is."""
        if data == "11":
            self.flag = 0x80
        elif not again:
            self.flag ^= 0x80
        raw = self.peer.feed(packet(self.flag, bytes.fromhex(data)), self.now_s)
        found = list(self.framer.packets(raw))
        assert len(found) <= 1
        assert all(one.address == self.flag for one in found)
        return found[0].data.hex(" ").upper() if found else ""

    def ready(self, version: int = 8) -> Host:
        self.wait(2)
        assert self.send("11") == "F0"
        assert self.send(f"06 {version:02X}") == "F0"
        assert self.send("07") == "F0 F1 E8"
        assert self.send("02 FF FF") == "F0"
        assert self.send("0A") == "F0"
        assert self.send("07") == "F0"
        return self

    def escrow(self, face: int = 500) -> Host:
        assert "went in" in self.peer.insert(face, self.now_s)
        assert self.send("07") == "F0 EF 00"
        self.wait(0.7)
        return self

    def agree(self, own: int = 7554354432121) -> Host:
        generator, modulus = 982451653, 18446744073709551557
        assert self.send("4A" + generator.to_bytes(8, "little").hex()) == "F0"
        assert self.send("4B" + modulus.to_bytes(8, "little").hex()) == "F0"
        mine = pow(generator, own, modulus)
        told = bytes.fromhex(self.send("4C" + mine.to_bytes(8, "little").hex()))
        assert told[0] == 0xF0
        assert len(told) == 9
        theirs = int.from_bytes(told[1:], "little")
        self.secret = Secret(FIXED_KEY, pow(theirs, own, modulus))
        return self

    def seal(self, data: str) -> str:
        assert self.secret is not None
        sealed = self.secret.seal(bytes.fromhex(data), random.Random(2).randbytes(15))
        self.secret.count += 1
        return sealed.hex()

    def open(self, told: str) -> str:
        assert self.secret is not None
        opened = self.secret.open(bytes.fromhex(told))
        assert opened is not None
        assert opened[0] == self.secret.count
        return opened[1].hex(" ").upper()


@pytest.mark.parametrize(("data", "whole"), PRINTED.values(), ids=PRINTED)
def test_printed_packets_are_made_and_read(data: str, whole: str) -> None:
    assert packet(0x80, bytes.fromhex(data)) == bytes.fromhex(whole)
    assert list(Framer().packets(bytes.fromhex(whole))) == [Packet(0x80, bytes.fromhex(data))]


def test_crc_is_that_of_the_manual() -> None:
    assert crc(bytes.fromhex("80 01 11")) == 0x8265


@given(st.binary(min_size=1, max_size=200), st.integers(0, 255).filter(lambda a: a != 0x7F))
def test_any_data_survives_stuffing(data: bytes, address: int) -> None:
    stream = packet(address, data)
    assert stream.count(b"\x7f") % 2 == 1
    assert list(Framer().packets(stream * 2)) == [Packet(address, data)] * 2


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_any_bytes_do_it_no_harm(pieces: list[bytes]) -> None:
    peer = BillValidator()
    for at, piece in enumerate(pieces):
        peer.feed(piece, 100.0 + at)
    # Three: the first may be taken for the end of what the noise began.
    heard = [peer.feed(packet(0x80, b"\x11"), 200.0) for _ in range(3)]
    assert heard[-1] == bytes.fromhex("7F 80 01 F0 23 80")


@given(st.lists(st.binary(min_size=1, max_size=12), max_size=20))
def test_any_commands_are_answered_and_do_it_no_harm(commands: list[bytes]) -> None:
    host = Host().ready()
    for command in commands:
        host.send(command.hex())
    assert host.wait(5).send("11") == "F0"
    peer = host.peer
    assert peer.cassette == peer.inserted == []


def test_a_lone_start_in_the_middle_begins_anew() -> None:
    whole = packet(0x80, b"\x11")
    assert list(Framer().packets(whole[:4] + whole)) == [Packet(0x80, b"\x11")]


def test_the_published_dialogue() -> None:
    host = Host().wait(2)
    assert host.peer.feed(bytes.fromhex("7F 80 01 11 65 82"), host.now_s) == bytes.fromhex(
        "7F 80 01 F0 23 80"
    )
    assert host.send("07") == "F0 F1 E8"
    assert host.send("02 FF FF") == host.send("0A") == "F0"
    host.escrow(100)
    assert host.send("56") == "F0 EF 03"
    assert host.send("56") == "F0 CC"
    assert host.wait(0.5).send("56") == "F0 CC EE 03"
    assert host.wait(0.5).send("56") == "F0 CC EE 03"  # repeated until it is acknowledged
    assert "not acknowledged" in host.peer.insert(100, host.now_s)
    assert host.send("57") == "F0"
    assert host.send("57") == "F5"
    assert host.send("56") == "F0 EB"
    assert host.send("56") == "F0"
    assert host.peer.cassette == [100]


def test_setup_data_of_the_manual() -> None:
    host = Host(BillValidator(faces={1: 5, 2: 10, 3: 20}, country="GBP")).wait(2)
    host.send("11")
    # As printed, but for the real value multiplier, of which the manual's example and its text
    # differ: here 100, the high byte first, as the other one.
    printed = "F0 00 30 31 31 30 47 42 50 00 00 01 03 05 0A 14 02 02 02 00 00 64 04"
    assert host.send("05") == printed
    host.send("06 08")
    told = host.send("05")
    assert told.startswith(printed[:-2] + "08 47 42 50 47 42 50 47 42 50 05 00 00 00")
    assert told.endswith("0A 00 00 00 14 00 00 00")


def test_values_that_fit_no_byte_stand_at_the_end() -> None:
    host = Host(BillValidator(faces={1: 10, 3: 5000}))
    host.send("11")
    host.send("06 06")
    assert host.send("05").replace(" ", "") == (
        "F000" + b"0110RUB".hex().upper() + "000000" + "03" + "000000" * 2 + "000064" + "06"
        "525542525542525542" + "0A000000" + "00000000" + "88130000"
    )


def test_the_same_flag_is_the_same_command_and_its_reply_comes_again() -> None:
    host = Host().ready().escrow()
    assert host.send("07") == "F0 EF 04"
    for _ in range(5):
        assert host.wait(0.1).send("07", again=True) == "F0 EF 04"
    assert host.peer.state is State.ESCROW
    assert host.send("07") == "F0 CC"


def test_a_reply_that_was_lost_is_repeated_and_nothing_done_twice() -> None:
    host = Host().ready().escrow()
    host.peer.drop_replies(2)
    assert host.send("07") == host.send("07", again=True) == ""
    host.peer.corrupt_replies(1)
    assert host.send("07", again=True) == ""
    assert host.send("07", again=True) == "F0 EF 04"
    assert host.peer.state is State.ESCROW


def test_a_command_that_was_lost_was_never_there() -> None:
    host = Host().ready().escrow()
    host.peer.lose_commands(1)
    assert host.send("07") == ""
    assert host.send("07", again=True) == "F0 EF 04"


def test_a_note_is_held_for_ten_seconds_after_the_last_command() -> None:
    host = Host().ready().escrow()
    assert host.send("07") == "F0 EF 04"
    for _ in range(5):
        assert host.wait(9).send("18") == "F0"
    assert host.peer.state is State.ESCROW
    assert host.wait(10.1).send("07") == "F0 ED"
    assert host.wait(1).send("07") == "F0 EC"
    assert host.send("17") == "F0 00"
    assert host.send("18") == host.send("08") == "F5"
    assert host.peer.returned == [500]


def test_a_note_is_rejected_by_the_host() -> None:
    host = Host().ready().escrow()
    assert host.send("08") == "F0"
    assert host.send("07") == "F0 ED"
    assert host.wait(1).send("07") == "F0 EC"
    assert host.send("17") == "F0 08"
    assert host.peer.returned == [500]


@pytest.mark.parametrize(("face", "reason"), [(50, "0C"), (7, "02")])
def test_an_inhibited_or_unknown_note_goes_back(face: int, reason: str) -> None:
    host = Host().ready()
    host.send("02 F1 FF")
    assert "went in" in host.peer.insert(face, host.now_s)
    assert host.wait(2).send("07") == "F0 EC"
    assert host.send("17") == f"F0 {reason}"


def test_without_any_channel_nothing_goes_in() -> None:
    host = Host().ready()
    host.send("02 00")
    assert host.send("07") == "F0 B5"
    assert "disabled" in host.peer.insert(500, host.now_s)


def test_old_protocols_hear_no_new_events() -> None:
    host = Host().ready(version=6)
    host.send("02 00")
    assert host.send("07") == "F0"


@pytest.mark.parametrize(
    ("command", "told"),
    [("02", "F3"), ("02 01 02 03 04", "F3"), ("06 09", "F8"), ("33", "F2"), ("4A 04", "F3")],
)
def test_what_makes_no_sense_is_refused(command: str, told: str) -> None:
    assert Host().ready().send(command) == told


def test_a_device_of_the_old_kind_knows_no_poll_with_ack() -> None:
    host = Host(BillValidator(kind=Kind(poll_with_ack="no"))).ready()
    assert host.send("56") == host.send("57") == "F2"
    host.escrow()
    assert [host.send("07"), host.send("07")] == ["F0 EF 04", "F0 CC"]
    assert host.wait(1).send("07") == "F0 EE 04 EB"
    assert host.send("07") == "F0"  # told once


@pytest.mark.parametrize("moment_s", [0.0, 0.2, 0.39, 0.41, 0.7, 0.81])
@pytest.mark.parametrize("knows", [True, False])
def test_power_cut_while_stacking(moment_s: float, knows: bool) -> None:
    host = Host(BillValidator(kind=Kind(knows_channel=knows))).ready().escrow()
    assert [host.send("56"), host.send("56")] == ["F0 EF 04", "F0 CC"]
    host.wait(moment_s).peer.power_cut(host.now_s)
    assert host.send("07") == ""
    host.wait(3).peer.power_up(host.now_s)
    host.send("11")
    assert host.send("56") == "F0 E8 B6"
    assert host.send("0A") == "F5"
    host.send("06 08")
    channel = "04" if knows else "00"
    place = f"F0 F1 E1 {channel} E8" if moment_s < 0.4 else f"F0 F1 E2 {channel} E8"
    assert host.wait(2).send("56") == (place if moment_s < 0.8 else "F0 F1 E8")
    assert host.peer.cassette == ([] if moment_s < 0.4 else [500])
    assert host.peer.returned == ([500] if moment_s < 0.4 else [])
    counted = int(moment_s >= 0.4)
    if counted and moment_s < 0.8:
        assert host.send("57") == "F0"
    assert host.send("58").startswith(f"F0 05 {counted:02X} 00 00 00")


@pytest.mark.parametrize("state", ["reading", "escrow", "rejecting"])
def test_power_cut_before_stacking_gives_the_note_back(state: str) -> None:
    host = Host().ready()
    if state == "reading":
        host.peer.insert(500, host.now_s)
    else:
        host.escrow()
    if state == "rejecting":
        host.send("08")
    host.peer.power_cut(host.now_s)
    host.peer.power_up(host.now_s)
    host.wait(2).send("11")
    host.send("06 08")
    assert host.send("07") == f"F0 F1 E1 {'00' if state == 'reading' else '04'} E8"
    assert host.peer.returned == [500]


def test_after_a_power_cut_everything_is_to_be_set_again() -> None:
    host = Host().ready().agree()
    host.peer.power_cut(host.now_s)
    host.peer.power_up(host.now_s)
    host.wait(2)
    assert "disabled" in host.peer.insert(500, host.now_s)
    host.send("11")
    assert host.send("05").replace(" ", "")[-2:] == "04"
    assert host.send(host.seal("07")) == "FA"


def test_full_cassette_jam_fraud_and_open_path_are_told() -> None:
    host = Host().ready()
    host.peer.cassette_full(host.now_s)
    assert host.send("07") == "F0 E7 E8"
    assert "out of order" in host.peer.insert(500, host.now_s)
    host.peer.replace_cassette(host.now_s)
    host.wait(2).send("06 08")
    assert host.send("07") == "F0 F1 E4 E8"
    host.send("02 FF FF")
    host.send("0A")
    host.peer.cheat(host.now_s)
    assert host.send("56") == host.send("56") == "F0 E6 00"
    assert host.send("57") == "F0"
    host.peer.jam(host.now_s)
    assert host.send("07") == host.send("07") == "F0 E9 E8"
    host.peer.clear_jam(host.now_s)
    host.wait(2).send("06 08")
    host.peer.open_path(host.now_s)
    assert host.send("07") == "F0 F1 E0 E8"
    host.peer.remove_cassette(host.now_s)
    host.peer.repair(host.now_s)
    assert host.send("07") == "F0 E3 E8"


def test_the_last_note_that_there_is_room_for_is_told_with_it() -> None:
    host = Host(BillValidator(capacity=1)).ready().escrow()
    assert [host.send("07"), host.send("07")] == ["F0 EF 04", "F0 CC"]
    assert host.wait(1).send("07") == "F0 EE 04 E7 EB E8"


def test_a_jammed_note_is_taken_out_by_hand() -> None:
    host = Host().ready().escrow()
    host.send("07")
    host.send("07")
    host.peer.jam(host.now_s)
    assert host.wait(5).send("07") == "F0 CC E9 E8"
    host.peer.clear_jam(host.now_s)
    assert (host.peer.taken_out, host.peer.cassette, host.peer.inside) == ([500], [], [])


def test_a_swallowed_note_is_credited() -> None:
    host = Host().ready().escrow()
    host.peer.swallow(1)
    assert host.send("08") == "F0"
    assert host.wait(2).send("07") == "F0 EE 04 EB"


def test_frozen_mechanics_go_on_from_where_they_stopped() -> None:
    host = Host().ready().escrow()
    assert [host.send("07"), host.send("07")] == ["F0 EF 04", "F0 CC"]
    host.peer.freeze(host.now_s)
    assert host.wait(60).send("07") == "F0 CC"
    host.peer.thaw(host.now_s)
    assert host.send("07") == "F0 CC"
    assert host.wait(1).send("07") == "F0 EE 04 EB"


# --- eSSP -----------------------------------------------------------------------------------------


def test_without_a_key_a_device_that_needs_one_says_so() -> None:
    host = Host(BillValidator(kind=Kind(encryption="needed"))).wait(2)
    assert host.send("11") == "F0"
    assert host.send("07") == host.send("05") == host.send("0A") == "FA"
    host.agree()
    assert host.send("05") != "FA"


def test_numbers_that_are_not_prime_are_refused() -> None:
    host = Host().ready()
    assert host.send("4A 04 00 00 00 00 00 00 00") == "F4"
    assert host.send("4C 04 00 00 00 00 00 00 00") == "F8"
    assert host.send("4B 8D A6 13 00 00 00 00 00") == "F0"  # 1287821, the manual's


def test_primes() -> None:
    assert [n for n in range(50) if is_prime(n)] == [
        *(2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47),
    ]
    assert is_prime(18446744073709551557)
    assert not is_prime(3215031751)  # fools the first four witnesses


def test_sealed_commands_are_counted_and_answered_sealed() -> None:
    host = Host(BillValidator(kind=Kind(poll_with_ack="encrypted"))).ready().agree()
    assert host.send("56") == "FA"
    assert host.open(host.send(host.seal("56"))) == "F0"
    assert host.open(host.send(host.seal("0C"))) == "F0 00 1C 96 2C"
    again = host.seal("56")
    host.peer.drop_replies(1)
    assert host.send(again) == ""
    assert host.open(host.send(again, again=True)) == "F0"
    assert host.send(again) == ""  # its count has passed
    assert host.open(host.send(host.seal("56"), again=True)) == "F0"


def test_credit_is_sealed_even_where_the_question_was_not() -> None:
    host = Host().ready().agree().escrow()
    assert [host.send("07"), host.send("07")] == ["F0 EF 04", "F0 CC"]
    assert host.open(host.wait(1).send("07")) == "F0 EE 04 EB"


def test_a_lost_acknowledgement_leaves_the_count_where_it_was() -> None:
    host = Host().ready().agree().escrow()
    for _ in range(2):
        host.open(host.send(host.seal("56")))
    told = host.open(host.wait(0.5).send(host.seal("56")))
    assert told == "F0 CC EE 04"
    sealed = host.seal("57")
    host.peer.lose_acks(1)
    assert host.send(sealed) == ""
    assert host.open(host.send(sealed, again=True)) == "F0"


def test_the_fixed_key_is_changed_in_secret_only() -> None:
    host = Host().ready()
    assert host.send("60 01 00 00 00 00 00 00 00") == "FA"
    host.agree()
    assert host.open(host.send(host.seal("60 01 00 00 00 00 00 00 00"))) == "F0"
    host.agree()
    assert host.send(host.seal("07")) == ""  # the old half
    assert host.send("61", again=True) == "F0"


def test_a_currency_has_three_letters_and_there_are_sixteen_channels() -> None:
    with pytest.raises(ValueError, match="'RUBEL' is not a currency"):
        BillValidator(country="RUBEL")
    with pytest.raises(ValueError, match="1 to 16"):
        BillValidator(faces={0: 10})


# --- on the bench ---------------------------------------------------------------------------------


def asked(port: str, *commands: str) -> list[str]:
    """What a device on this port answers to packets, in hex."""
    told, flag, framer = [], 0x80, Framer()
    with serial.Serial(port, 9600, stopbits=2, timeout=GIVE_UP_S) as line:
        for command in commands:
            line.write(packet(flag, bytes.fromhex(command)))
            found: list[Packet] = []
            while not found:
                found = list(framer.packets(line.read(1)))
            told.append(found[0].data.hex(" ").upper())
            flag ^= 0x80
    return told


def test_the_bench_starts_it_and_drives_it_by_words() -> None:
    running = start("ssp", {"countries": "EUR, EUX", "peer_faces": "5,10", "address": 0})
    try:
        assert asked(running.port, "11", "06 08", "05")[2].startswith(
            "F0 00 30 31 31 30 45 55 52 00 00 01 02 05 0A"
        )
        assert running.verbs["note"](["5"]) == "5 not taken: disabled"
        assert running.verbs["jam"]([]) == "jammed in the validator; `clear` ends it"
        assert running.verbs["spoil"](["acks", "2"]) == "2 acknowledgements will be lost"
        assert running.verbs["notes"]([]).startswith("cassette: -; ")
    finally:
        running.stop()


def test_the_bench_starts_one_that_wants_a_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("0123456701234567\n")
    running = start("ssp", {"encryption": True, "key_file": str(tmp_path / "key")})
    try:
        assert asked(running.port, "11", "05") == ["F0", "FA"]
    finally:
        running.stop()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"peer_country": "RUBEL"}, "'RUBEL' is not a currency"),
        ({"peer_faces": "5;10"}, "'5;10' is not a whole number"),
        ({"key_file": "/nowhere/key"}, "key_file: /nowhere/key holds no key"),
    ],
)
def test_wrong_options_of_the_bench_are_told(options: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        start("ssp", options)

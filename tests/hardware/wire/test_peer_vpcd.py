"""The simulated card against the messages of vpcd, and the private daemon it is laid before."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.hardware.peers import start
from kiosk.hardware.peers.pcscd import PcscdUnavailable, PrivatePcscd
from kiosk.hardware.peers.vpcd import CardKind, RunningReader, VirtualCard

GIVE_UP_S = 20
UID = "04A1B2C3D4E5F6"
GET_ATR = "00 01 04"
GET_UID = "00 05 FF CA 00 00 00"
SELECT_PAYMENT = "00 14 00 A4 04 00 0E 32 50 41 59 2E 53 59 53 2E 44 44 46 30 31 00"


def ask(card: VirtualCard, message: str) -> str:
    return card.feed(bytes.fromhex(message), 0).hex(" ").upper()


@pytest.mark.parametrize("control", ["00", "01", "02"])
def test_power_and_reset_are_not_answered(control: str) -> None:
    assert ask(VirtualCard(bytes.fromhex(UID)), f"00 01 {control}") == ""


@pytest.mark.parametrize(
    ("kind", "atr"),
    [
        ("card", "3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 03 00 00 00 00 68"),
        ("bank", "3B 80 80 01 01"),
        ("phone", "3B 80 80 01 01"),
    ],
)
def test_answer_to_reset_ends_with_its_check_byte(kind: CardKind, atr: str) -> None:
    answer = VirtualCard(bytes.fromhex(UID), kind).feed(bytes.fromhex(GET_ATR), 0)
    assert answer[2:] == bytes.fromhex(atr)
    assert int.from_bytes(answer[:2], "big") == len(answer) - 2
    check = 0
    for byte in answer[3:]:  # ISO/IEC 7816-3: XOR from T0 to TCK is 0
        check ^= byte
    assert check == 0


def test_uid_and_unknown_commands() -> None:
    card = VirtualCard(bytes.fromhex(UID))
    assert ask(card, GET_UID) == "00 09 04 A1 B2 C3 D4 E5 F6 90 00"
    assert ask(card, "00 05 00 B0 00 00 10") == "00 02 6D 00"
    assert ask(card, "00 02 00 B0") == "00 02 67 00"


@pytest.mark.parametrize("kind", ["card", "phone"])
def test_no_payment_directory(kind: CardKind) -> None:
    assert ask(VirtualCard(bytes.fromhex(UID), kind), SELECT_PAYMENT) == "00 02 6A 82"


def test_payment_directory_of_a_bank_card() -> None:
    card = VirtualCard(bytes.fromhex(UID), "bank")
    answer = card.feed(bytes.fromhex(SELECT_PAYMENT), 0)
    assert answer[-2:] == b"\x90\x00"
    assert answer[2] == 0x6F
    assert answer[3] == len(answer) - 6
    assert b"2PAY.SYS.DDF01" in answer
    assert ask(card, "00 0C 00 A4 04 00 07 A0 00 00 00 03 10 10") == "00 02 6A 82"


def test_messages_in_pieces_and_in_one_piece() -> None:
    together = bytes.fromhex(GET_ATR + GET_UID + "00 01 02" + GET_UID)
    whole = VirtualCard(bytes.fromhex(UID)).feed(together, 0)
    card = VirtualCard(bytes.fromhex(UID))
    assert b"".join(card.feed(bytes([byte]), 0) for byte in together) == whole
    assert whole.count(bytes.fromhex(UID)) == 2


# --- the daemon ----------------------------------------------------------------------------------


@pytest.fixture
def reader() -> Iterator[RunningReader]:
    try:
        running = start("pcsc", {})
    except PcscdUnavailable as error:
        pytest.skip(str(error))
    assert isinstance(running, RunningReader)
    yield running
    running.stop()


def answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(path)
        except OSError:
            return False
        return True


def test_words_of_the_bench(reader: RunningReader) -> None:
    tap, untap = reader.verbs["tap"], reader.verbs["untap"]
    assert tap([UID.lower()]) == f"a card lies on the reader: {UID}"
    assert tap(["bank", UID]) == f"a bank card lies on the reader: {UID}"
    assert re.fullmatch(r"a phone lies on the reader: 08[0-9A-F]{6}", tap(["phone"]))
    assert tap(["phone"]) != tap(["phone"])
    assert untap([]) == "the card was taken away"
    assert untap([]) == "no card lay there"
    for words in ([], ["04A1"], ["hello"], ["bank"], ["bank", "x"], [UID, UID, UID]):
        with pytest.raises(ValueError, match=r"is no UID|write: tap"):
            tap(words)
    with pytest.raises(ValueError, match="takes no words"):
        untap([UID])
    reader.unplug()
    with pytest.raises(ValueError, match="the reader is unplugged"):
        tap([UID])


def test_the_path_outlives_the_daemon(reader: RunningReader) -> None:
    path = reader.port
    assert answers(path)
    for end in (reader.unplug, reader.daemon.stop):
        end()
        end()
        assert not answers(path)
        reader.plug()
        reader.plug()
        assert answers(path) and reader.port == path
    reader.daemon.restart()
    assert answers(path)


def test_several_side_by_side(reader: RunningReader) -> None:
    others = [start("pcsc", {}) for _ in range(2)]
    assert len({reader.port, *(other.port for other in others)}) == 3
    reader.unplug()
    assert not answers(reader.port)
    for other in others:
        assert answers(other.port)
        other.verbs["tap"]([UID])
        other.stop()
        other.stop()
        assert not answers(other.port)


@pytest.mark.parametrize("killed", ["kiosk", "holder"])
def test_nothing_is_left_when_a_process_is_killed(reader: RunningReader, killed: str) -> None:
    program = (
        "import sys; from kiosk.hardware.peers.vpcd import start; running = start({});"
        "print(running.daemon.socket, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    path = parent.stdout.readline().strip()
    assert answers(path)
    holder = int(path.split("/")[2])
    daemon = int(Path(f"/proc/{holder}/task/{holder}/children").read_text())
    folder = Path(Path(f"/proc/{holder}/cmdline").read_text().split("\0")[-2]).parent
    assert folder.exists()
    ends = [os.pidfd_open(pid) for pid in (holder, daemon)]
    os.kill(parent.pid if killed == "kiosk" else holder, signal.SIGKILL)
    for end in ends:
        assert select.select([end], [], [], GIVE_UP_S)[0], "still there"
        os.close(end)
    parent.communicate()  # the end of its input ends it
    assert not folder.exists()


def test_without_the_daemon_one_sentence_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name, path: None)
    with pytest.raises(PcscdUnavailable, match=r"pcscd is not installed \(package pcscd\)"):
        PrivatePcscd()


def test_without_namespaces_one_sentence_says_why(
    reader: RunningReader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    forbidden = tmp_path / "unshare"
    forbidden.write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n")
    forbidden.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(PcscdUnavailable, match=r"not allowed here \(unshare failed: Operation"):
        PrivatePcscd()

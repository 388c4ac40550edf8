"""Lines: a peer behind a pseudo-terminal and behind TCP, the cable out and in again."""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from kiosk.hardware.peers.line import PtyLine, TcpLine

GIVE_UP_S = 20


class Echo:
    """Answers every byte by the next one; says `unasked` once when told to."""

    def __init__(self) -> None:
        self.heard = b""
        self.unasked = b""
        self.ticks = 0

    def feed(self, data: bytes, now_s: float) -> bytes:
        self.heard += data
        return bytes(byte + 1 & 0xFF for byte in data)

    def tick(self, now_s: float) -> bytes:
        self.ticks += 1
        told, self.unasked = self.unasked, b""
        return told


def speak(peer: Echo, now_s: float) -> None:
    peer.unasked = b"hello"


@pytest.fixture
def pty(tmp_path: Path) -> Iterator[PtyLine[Echo]]:
    line = PtyLine(Echo(), link=tmp_path / "acceptor")
    line.start()
    yield line
    line.stop()


@pytest.fixture
def tcp() -> Iterator[TcpLine[Echo]]:
    line = TcpLine(Echo())
    line.start()
    yield line
    line.stop()


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def open_port(line: PtyLine[Echo]) -> serial.Serial:
    return serial.Serial(line.port, 9600, timeout=GIVE_UP_S, exclusive=True)


def call(line: TcpLine[Echo]) -> socket.socket:
    host, port = line.port.removeprefix("tcp://").split(":")
    return socket.create_connection((host, int(port)), GIVE_UP_S)


def test_serial_bytes_both_ways_all_values(pty: PtyLine[Echo]) -> None:
    sent = bytes(range(256)) * 4
    with open_port(pty) as port:
        port.write(sent)
        assert port.read(len(sent)) == bytes(byte + 1 & 0xFF for byte in sent)
        pty.ask(speak)
        assert port.read(5) == b"hello"


def test_serial_unplug_fails_the_driver_and_plug_has_the_same_name(pty: PtyLine[Echo]) -> None:
    for _ in range(3):
        with open_port(pty) as port:
            port.write(b"a")
            assert port.read(1) == b"b"
            pty.unplug()
            assert not Path(pty.port).exists()
            with pytest.raises(OSError):
                while True:
                    port.write(b"a")
                    port.read(1)
        pty.unplug()
        pty.plug()
    with open_port(pty) as port:
        port.write(b"y")
        assert port.read(1) == b"z"


def test_serial_driver_may_come_and_go(pty: PtyLine[Echo]) -> None:
    for _ in range(3):
        with open_port(pty) as port:
            port.write(b"a")
            assert port.read(1) == b"b"


def test_serial_overflow_is_lost_without_blocking_the_peer(pty: PtyLine[Echo]) -> None:
    def flood(peer: Echo, now_s: float) -> None:
        peer.unasked = bytes(1_000_000)

    pty.ask(flood)
    assert pty.ask(lambda peer, now_s: peer.unasked) == b""


def test_serial_waits_for_a_slow_reader(tmp_path: Path) -> None:
    line = PtyLine(Echo(), link=tmp_path / "slow", tick_s=3600)
    line.start()
    told = bytes(range(256)) * 100

    def tell(peer: Echo, now_s: float) -> None:
        peer.unasked = told

    with open_port(line) as port:
        line.ask(tell)
        assert port.read(len(told)) == told
    line.stop()


def test_network_bytes_one_host_at_a_time(tcp: TcpLine[Echo]) -> None:
    with call(tcp) as first:
        first.sendall(b"a")
        assert first.recv(1) == b"b"
        with call(tcp) as second:
            second.sendall(b"x")
            first.sendall(b"c")
            assert first.recv(1) == b"d"
            first.close()
            assert second.recv(1) == b"y"
            tcp.ask(speak)
            assert second.recv(5) == b"hello"


def test_network_unplug_refuses_and_plug_listens_on_the_same_port(tcp: TcpLine[Echo]) -> None:
    for _ in range(3):
        with call(tcp) as host:
            host.sendall(b"a")
            assert host.recv(1) == b"b"
            tcp.unplug()
            with contextlib.suppress(ConnectionResetError):
                assert host.recv(1) == b""
            with pytest.raises(ConnectionRefusedError):
                call(tcp)
        tcp.plug()


def test_waiting_costs_no_loop(tcp: TcpLine[Echo]) -> None:
    line = TcpLine(Echo(), tick_s=3600)
    line.start()
    with call(line) as host:
        for byte in b"abc":
            host.sendall(bytes((byte,)))
            select.select([host], [], [], GIVE_UP_S)
            host.recv(1)
    assert line.ask(lambda peer, now_s: peer.ticks) == 0
    line.stop()


def test_stop_leaves_nothing_behind() -> None:
    line = PtyLine(Echo())
    line.start()
    place = Path(line.port).parent
    before = open_files()
    assert place.exists()
    line.stop()
    line.stop()
    line.plug()
    line.unplug()
    line.ask(speak)
    assert not place.exists()
    assert open_files() < before

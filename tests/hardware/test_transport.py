"""What carries bytes: real pseudo-terminals, real sockets, memory, recordings."""

from __future__ import annotations

import os
import socket
import termios
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from kiosk.core.errors import DeviceError
from kiosk.hardware.transport import (
    WRITE_S,
    MemoryLine,
    Recorder,
    Replay,
    SerialLine,
    TcpLine,
    connect,
)

GIVE_UP_S = 30.0


@pytest.fixture
def pty() -> Iterator[tuple[int, str]]:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    yield ours, os.ttyname(theirs)
    for end in (ours, theirs):
        try:
            os.close(end)
        except OSError:
            continue


def read_all(line: object, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = line.read(size - len(data), GIVE_UP_S)  # type: ignore[attr-defined]
        assert more, f"only {data!r} came"
        data += more
    return data


def test_a_serial_line_carries_every_byte_both_ways(pty: tuple[int, str]) -> None:
    ours, port = pty
    line = connect(port, baud=19200, parity="even", stop_bits=2)()
    whole = bytes(range(256))
    line.write(whole)
    assert os.read(ours, 4096) == whole
    os.write(ours, whole)
    assert read_all(line, 256) == whole
    line.close()


def test_a_serial_line_waits_only_as_long_as_told(pty: tuple[int, str]) -> None:
    line = connect(pty[1])()
    assert line.read(10, 0.0) == b""
    assert line.read(10, 0.01) == b""
    line.close()


def test_a_serial_line_never_reads_more_than_the_limit(pty: tuple[int, str]) -> None:
    line = connect(pty[1])()
    os.write(pty[0], b"abc")
    assert line.read(2, GIVE_UP_S) == b"ab"
    assert line.read(2, GIVE_UP_S) == b"c"
    line.close()


def test_a_serial_line_belongs_to_one_program(pty: tuple[int, str]) -> None:
    line = connect(pty[1])()
    with pytest.raises(DeviceError, match="another program uses it"):
        connect(pty[1])()
    line.close()
    connect(pty[1])().close()


def test_a_pulled_serial_line_is_an_os_error_and_closes_quietly(pty: tuple[int, str]) -> None:
    line = connect(pty[1])()
    os.close(pty[0])
    with pytest.raises(OSError):
        line.read(1, GIVE_UP_S)
    with pytest.raises(OSError):
        line.write(b"x")
    line.close()
    line.close()
    with pytest.raises(OSError):
        line.read(1, 0.0)


def test_a_serial_line_that_takes_nothing_is_given_up(pty: tuple[int, str]) -> None:
    line = connect(pty[1])()
    with pytest.raises(OSError):
        for _ in range(1000):
            line.write(bytes(4096), 0.05)
    line.close()


def test_a_missing_port_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"^serial line .*/tty: there is none; check the cable"):
        connect(str(tmp_path / "tty"))()


def test_a_file_is_no_serial_line(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    path.write_bytes(b"")
    with pytest.raises(DeviceError, match="this is no serial line"):
        connect(str(path))()


def test_nobody_at_the_address_is_one_clear_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(DeviceError, match=rf"^127\.0\.0\.1 port {port} does not answer"):
        connect(f"tcp://127.0.0.1:{port}")()


@pytest.mark.parametrize(
    "port", ["", "ttyUSB0", "tcp://host", "tcp://:9100", "tcp://h:0", "tcp://h:70000", "tcp://h:x"]
)
def test_a_port_of_no_known_form_is_refused_at_once(port: str) -> None:
    with pytest.raises(ValueError, match="port"):
        connect(port)


def test_settings_of_no_line_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="parity"):
        connect("/dev/null", parity="some")
    with pytest.raises(ValueError, match="stop bits"):
        connect("/dev/null", stop_bits=3)


@pytest.fixture
def wire() -> Iterator[tuple[socket.socket, TcpLine]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = connect(f"tcp://127.0.0.1:{server.getsockname()[1]}")()
        assert isinstance(line, TcpLine)
        device, _ = server.accept()
        with device:
            yield device, line
        line.close()


def test_tcp_carries_every_byte_both_ways(wire: tuple[socket.socket, TcpLine]) -> None:
    device, line = wire
    whole = bytes(range(256))
    line.write(whole)
    assert device.recv(len(whole), socket.MSG_WAITALL) == whole
    device.sendall(whole)
    assert read_all(line, 256) == whole
    assert line.read(1, 0.0) == b""
    assert line.read(1, 0.01) == b""


def test_tcp_tells_when_the_device_hangs_up(wire: tuple[socket.socket, TcpLine]) -> None:
    device, line = wire
    device.close()
    with pytest.raises(OSError, match="closed the connection"):
        line.read(1, GIVE_UP_S)
    line.close()
    line.close()


def test_tcp_gives_up_a_device_that_takes_nothing(wire: tuple[socket.socket, TcpLine]) -> None:
    _, line = wire
    with pytest.raises(OSError):
        for _ in range(1000):
            line.write(bytes(1 << 20), 0.05)


class Echo:
    """Answers at once with what it got, and a second later with the same again."""

    def __init__(self) -> None:
        self.later: list[tuple[float, bytes]] = []

    def feed(self, data: bytes, now_s: float) -> bytes:
        self.later.append((now_s + 1.0, data))
        return data

    def tick(self, now_s: float) -> bytes:
        due = b"".join(data for at_s, data in self.later if at_s <= now_s)
        self.later = [item for item in self.later if item[0] > now_s]
        return due


def test_memory_lets_time_pass_only_while_it_waits() -> None:
    now_s = [0.0]

    def wait(seconds: float) -> None:
        now_s[0] += seconds

    line = MemoryLine(Echo(), lambda: now_s[0], wait)
    line.write(b"abc")
    assert line.read(2, 1.0) + line.read(2, 1.0) == b"abc"
    assert now_s == [0.0]
    assert line.read(10, 0.5) == b""
    assert line.read(10, 0.5) == b"abc"
    assert now_s == [1.0]
    line.unplug()
    with pytest.raises(OSError, match="gone"):
        line.read(1, 0.0)
    with pytest.raises(OSError, match="gone"):
        line.write(b"x")


def test_a_recording_plays_back_and_notices_another_dialogue() -> None:
    notes: list[str] = []
    recorder = Recorder(MemoryLine(Echo(), lambda: 0.0, lambda s: None), notes.append)
    recorder.write(b"\x02\x03")
    assert recorder.read(10, 0.0) == b"\x02\x03"
    assert recorder.read(10, 0.0) == b""
    recorder.write(b"\xff")
    assert notes == ["> 02 03", "< 02 03", "> FF"]

    replay = Replay(["# made by hand", "", *notes, "< 01 02 03  # and more"])
    assert replay.read(10, 0.0) == b""  # nothing before the first write
    replay.write(b"\x02\x03")
    assert replay.read(10, 0.0) == b"\x02\x03"
    with pytest.raises(OSError, match=r"step 3 .* is > ff, but wrote 00"):
        replay.write(b"\x00")
    replay.write(b"\xff")
    assert replay.read(2, 0.0) + replay.read(2, 0.0) == b"\x01\x02\x03"
    assert replay.ended
    with pytest.raises(OSError, match="has ended"):
        replay.write(b"\x00")


def test_a_serial_line_that_is_pulled_while_it_is_set_up_is_a_lost_device(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def pulled(*args: object, **settings: object) -> None:
        raise termios.error(5, "Input/output error")

    monkeypatch.setattr(serial, "Serial", pulled)
    with pytest.raises(DeviceError, match="Input/output error"):
        connect("/dev/ttyUSB0")()


def test_a_serial_line_that_is_pulled_under_a_write_is_an_error_of_the_line() -> None:
    ours, theirs = os.openpty()
    line = SerialLine(os.ttyname(theirs))

    class Pulled:
        is_open = True
        write_timeout = WRITE_S

        def write(self, data: bytes) -> None:
            raise termios.error(5, "Input/output error")

        def close(self) -> None:
            raise termios.error(5, "Input/output error")

    kept = line._line
    line._line = Pulled()  # type: ignore[assignment]  # as far as the line is used here
    with pytest.raises(OSError, match="Input/output error"):
        line.write(b"x")
    line.close()
    kept.close()
    os.close(ours)
    os.close(theirs)

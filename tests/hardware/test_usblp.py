"""Printers on USB: a real device file stands for usblp's, a tree of files for the kernel's list."""

from __future__ import annotations

import errno
import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.errors import DeviceError
from kiosk.hardware import usblp
from kiosk.hardware.transport import connect
from kiosk.hardware.usblp import Held, Printer, UsbLine

GIVE_UP_S = 30.0
EPSON = "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20III;CLS:PRINTER;DES:EPSON TM-T20III;"
LONG = "MANUFACTURER:Xprinter; MODEL:XP-58 ;COMMAND SET:ESC/POS;"


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


class Usb:
    """Files as the kernel lays them out in sysfs."""

    def __init__(self, root: Path) -> None:
        self.sys, self.dev = root / "class" / "usbmisc", root / "dev"
        self._devices = root / "devices"
        self.sys.mkdir(parents=True)

    def plug(
        self, name: str, socket: str, numbers: str, serial: str = "", identity: str = ""
    ) -> None:
        part = self._devices / socket / f"{socket}:1.0"
        part.mkdir(parents=True)
        vendor, _, product = numbers.partition(":")
        files = {"../idVendor": vendor, "../idProduct": product}
        files |= {"../serial": serial} if serial else {}
        files |= {"ieee1284_id": identity} if identity else {}
        for file, text in files.items():
            (part / file).write_text(text + "\n")
        (self.sys / name).mkdir()
        (self.sys / name / "device").symlink_to(part)

    def printers(self) -> tuple[Printer, ...]:
        return usblp.printers(self.sys, self.dev)


@pytest.fixture
def usb(tmp_path: Path) -> Usb:
    return Usb(tmp_path)


# --- the line ------------------------------------------------------------------------------------


def test_it_carries_every_byte_both_ways(pty: tuple[int, str]) -> None:
    ours, path = pty
    line = connect(f"usb:{path}")()
    whole = bytes(range(256))
    line.write(whole)
    assert os.read(ours, 4096) == whole
    os.write(ours, whole)
    data = b""
    while len(data) < 256:
        more = line.read(100, GIVE_UP_S)
        assert more and len(more) <= 100
        data += more
    assert data == whole
    line.close()


def test_it_waits_only_as_long_as_told(pty: tuple[int, str]) -> None:
    line = UsbLine(pty[1])
    assert line.read(10, 0.0) == b""
    assert line.read(10, 0.01) == b""
    line.close()


def test_what_a_printer_does_not_take_is_told_to_the_byte(pty: tuple[int, str]) -> None:
    ours, path = pty
    line = UsbLine(path)
    data = bytes(range(256)) * 4096
    with pytest.raises(Held) as held:
        line.write(data, 0.05)
    taken = held.value.taken
    assert 0 < taken < len(data)
    os.set_blocking(ours, False)
    came = b""
    while True:
        try:
            came += os.read(ours, 65536)
        except BlockingIOError:
            break
    assert came == data[:taken]
    line.write(b"and on")
    assert os.read(ours, 100) == b"and on"
    line.close()


def test_pieces_are_small(pty: tuple[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def write(fd: int, data: bytes) -> int:
        sizes.append(len(data))
        return len(data)

    line = UsbLine(pty[1])
    monkeypatch.setattr(os, "write", write)
    line.write(bytes(1300))
    monkeypatch.undo()
    assert sizes == [512, 512, 276]
    line.close()


@pytest.mark.parametrize("gone", ["read", "write"])
def test_a_pulled_cable_is_an_os_error_and_closes_quietly(pty: tuple[int, str], gone: str) -> None:
    line = UsbLine(pty[1])
    os.close(pty[0])
    with pytest.raises(OSError) as why:
        line.read(1, 0.0) if gone == "read" else line.write(b"x", GIVE_UP_S)
    assert not isinstance(why.value, Held)
    line.close()
    line.close()
    with pytest.raises(OSError, match="closed"):
        line.read(1, 0.0)
    with pytest.raises(OSError, match="closed"):
        line.write(b"x")


def test_empty_packets_are_no_end(pty: tuple[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """usblp reads nothing of them, and is readable at once again."""
    told = [b"", b"", b"\x12"]
    os.write(pty[0], b"readable")
    line = UsbLine(pty[1])
    monkeypatch.setattr(os, "read", lambda fd, limit: told.pop(0))
    assert line.read(10, GIVE_UP_S) == b"\x12"
    told[:] = [b""]
    assert line.read(10, 0.0) == b""
    monkeypatch.undo()
    line.close()


def test_a_printer_that_is_gone_while_nothing_wakes_who_waits(
    pty: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = UsbLine(pty[1])

    def gone(fd: int, limit: int) -> bytes:
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr(os, "read", gone)
    with pytest.raises(OSError, match="No such device"):
        line.read(10, 0.0)
    monkeypatch.undo()
    line.close()


def test_a_printer_of_one_way_is_told(
    pty: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = UsbLine(pty[1])

    def refused(fd: int, limit: int) -> bytes:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "read", refused)
    with pytest.raises(OSError, match="cannot answer over USB"):
        line.read(10, 0.0)
    monkeypatch.undo()
    line.close()


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.EBUSY, "another program uses it"),
        (errno.EACCES, "no permission"),
        (errno.ENODEV, "it was unplugged"),
    ],
)
def test_what_hinders_is_one_clear_sentence(
    monkeypatch: pytest.MonkeyPatch, number: int, told: str
) -> None:
    def refused(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(DeviceError, match=f"^USB printer /dev/usb/lp7: {told}"):
        connect("/dev/usb/lp7")()


def test_no_printer_at_all_and_no_printer_but_a_file(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"^USB printer .*/lp0: there is none; check its power"):
        connect(f"usb:{tmp_path}/lp0")()
    (tmp_path / "lp0").write_bytes(b"")
    with pytest.raises(DeviceError, match="this is no printer"):
        connect(f"usb:{tmp_path}/lp0")()


# --- which ---------------------------------------------------------------------------------------


def test_printers_are_listed_with_what_they_say_of_themselves(usb: Usb) -> None:
    usb.plug("lp0", "1-1.2", "04B8:0e28", "X3ZB012345", EPSON)
    usb.plug("lp1", "1-1.3", "0483:5743", identity=LONG)
    usb.plug("lp2", "2-1", "0416:5011")
    usb.plug("hiddev0", "2-2", "05e0:1200")
    (usb.sys / "lp3").mkdir()  # going away
    first, second, third = usb.printers()
    assert first == Printer(
        f"{usb.dev}/lp0",
        "04b8",
        "0e28",
        "X3ZB012345",
        "1-1.2",
        {
            "MFG": "EPSON",
            "CMD": "ESC/POS",
            "MDL": "TM-T20III",
            "CLS": "PRINTER",
            "DES": "EPSON TM-T20III",
        },
    )
    assert [p.told for p in (first, second, third)] == ["EPSON TM-T20III", "Xprinter XP-58", ""]
    assert usblp.printers(usb.sys / "none", usb.dev) == ()


def test_a_printer_is_found_by_what_lasts(usb: Usb, monkeypatch: pytest.MonkeyPatch) -> None:
    usb.plug("lp0", "1-1.2", "04b8:0e28", "ONE")
    usb.plug("lp3", "1-1.3", "04b8:0e28", "TWO")
    usb.plug("lp1", "2-1", "0416:5011")
    usb.plug("lp2", "2-2", "0483:5743")
    usb.plug("lp4", "2-3", "0483:5743")
    there = usb.printers()
    ports = {p.path: usblp.lasting(p, there) for p in there}
    assert ports == {
        f"{usb.dev}/lp0": "usb:04b8:0e28:ONE",
        f"{usb.dev}/lp1": "usb:0416:5011",
        f"{usb.dev}/lp2": "usb:2-2",
        f"{usb.dev}/lp3": "usb:04b8:0e28:TWO",
        f"{usb.dev}/lp4": "usb:2-3",
    }
    opened: list[str] = []
    monkeypatch.setattr(usblp, "UsbLine", opened.append)
    for port in (*ports.values(), "usb:0416:5011".upper().replace("USB", "usb")):
        usblp.connect(port, usb.printers)()
    assert opened == [*ports, f"{usb.dev}/lp1"]


def test_a_printer_that_comes_back_under_another_number_is_the_same(
    usb: Usb, monkeypatch: pytest.MonkeyPatch
) -> None:
    usb.plug("lp0", "1-1", "04b8:0e28", "ONE")
    opened: list[str] = []
    monkeypatch.setattr(usblp, "UsbLine", opened.append)
    again = usblp.connect("usb:04b8:0e28:ONE", usb.printers)
    again()
    (usb.sys / "lp0").rename(usb.sys / "lp1")
    again()
    assert opened == [f"{usb.dev}/lp0", f"{usb.dev}/lp1"]


@pytest.mark.parametrize(
    ("port", "told"),
    [
        ("usb:04b8:ffff", "there is none; .*plugged in: usb:04b8:0e28:ONE, usb:04b8:0e28:TWO"),
        ("usb:04b8:0e28:THREE", "there is none"),
        ("usb:9-1", "there is none"),
        ("usb:04b8:0e28", "there are 2; write which: usb:04b8:0e28:ONE, usb:04b8:0e28:TWO"),
    ],
)
def test_which_printer_is_meant_is_told(usb: Usb, port: str, told: str) -> None:
    usb.plug("lp0", "1-1.2", "04b8:0e28", "ONE")
    usb.plug("lp1", "1-1.3", "04b8:0e28", "TWO")
    with pytest.raises(DeviceError, match=told):
        usblp.connect(port, usb.printers)()


@pytest.mark.parametrize("port", ["usb:", "usb:04b8", "usb:lp0", "usb:04b8:0e28:", "usb:1-"])
def test_a_port_of_no_known_form_is_told(port: str) -> None:
    with pytest.raises(ValueError, match=r"has not the form usb:VVVV:PPPP"):
        connect(port)


@given(st.text())
def test_no_device_id_upsets_anything(identity: str) -> None:
    told = usblp.words(identity)
    assert all(key == key.strip() and value == value.strip() for key, value in told.items())

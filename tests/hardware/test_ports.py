"""A line is found by what lasts, also when it came back as another one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kiosk.core.clock import system_now
from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import CardPresented, DeviceDown, DeviceUp, Event
from kiosk.hardware import driver, ports
from kiosk.hardware.ports import is_named, path_of, serial_lines
from kiosk.hardware.transport import connect
from kiosk.hardware.worker import Worker

NAME = DeviceId("stripe")


@dataclass
class Line:
    """A line as pyserial lists it."""

    device: str
    description: str = "n/a"
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None
    location: str | None = None


FTDI = Line("/dev/ttyUSB0", "FT232R", 0x0403, 0x6001, "A50285BI", "1-1.2")
TWIN = Line("/dev/ttyUSB1", "FT232R", 0x0403, 0x6001, "B7", "1-1.3")
CH340 = Line("/dev/ttyUSB2", "USB Serial", 0x1A86, 0x7523, None, "1-1.4")
QUAD = [Line(f"/dev/ttyUSB{n}", "FT4232", 0x0403, 0x6011, "Q", f"2-1:1.{n - 3}") for n in (3, 4)]
BUILT_IN = Line("/dev/ttyS0")
ALL = [FTDI, TWIN, CH340, *QUAD, BUILT_IN]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("A50285BI", FTDI),
        ("0403:6001:B7", TWIN),
        ("1A86:7523", CH340),
        ("1-1.4", CH340),
        ("2-1:1.1", QUAD[1]),
    ],
)
def test_a_line_is_found_by_what_its_adapter_says(name: str, line: Line) -> None:
    assert is_named(f"serial:{name}")
    assert path_of(f"serial:{name}", lambda: ALL, ()) == line.device


@pytest.mark.parametrize("name", ["0403:6001", "Q", "2-1", "0403:6011:Q"])
def test_where_two_fit_the_error_names_both(name: str, tmp_path: Path) -> None:
    by_path = tmp_path / "by-path"
    by_path.mkdir()
    for line in ALL:
        (by_path / f"pci-{line.location}").symlink_to(line.device)
    with pytest.raises(DeviceError, match="there are 2; write which: ") as caught:
        path_of(f"serial:{name}", lambda: ALL, (by_path,))
    assert caught.value.cause == "several"
    both = (FTDI, TWIN) if "6001" in name else QUAD
    for line in both:
        assert f"{by_path}/pci-{line.location}" in str(caught.value)


def test_where_none_fits_the_error_names_what_there_is() -> None:
    with pytest.raises(DeviceError, match=r"X9: there is none; .*; plugged in: /dev/ttyUSB2") as c:
        path_of("serial:X9", lambda: [CH340], ())
    assert c.value.cause == "not_found"
    with pytest.raises(DeviceError, match=r"check the cable$"):
        path_of("serial:1-1.2", list, ())


@pytest.mark.parametrize("port", ["serial:", "serial:a b", "serial:/dev/ttyUSB0", "serial:04:60"])
def test_what_has_no_such_form_is_a_mistake(port: str) -> None:
    with pytest.raises(ValueError, match="has not the form"):
        connect(port)
    assert not is_named("/dev/ttyUSB0")


def test_of_two_without_a_serial_number_each_is_named_by_its_socket(tmp_path: Path) -> None:
    by_id, by_path, dev = (tmp_path / name for name in ("by-id", "by-path", "dev"))
    for folder in (by_id, by_path, dev):
        folder.mkdir()
    for n in range(3):
        (dev / f"ttyUSB{n}").touch()
        (by_path / f"pci-{n}").symlink_to(dev / f"ttyUSB{n}")
    (by_id / "usb-1a86_USB_Serial").symlink_to(dev / "ttyUSB1")
    (by_id / "usb-FTDI_A1").symlink_to(dev / "ttyUSB2")
    two = [Line(str(dev / f"ttyUSB{n}"), "CH340", 0x1A86, 0x7523) for n in range(2)]
    ftdi = Line(str(dev / "ttyUSB2"), "FT232R", 0x0403, 0x6001, "A1")
    names = [name for name, _ in serial_lines(lambda: [*two, ftdi], (by_id, by_path))]
    assert names == [f"{by_id}/usb-FTDI_A1", f"{by_path}/pci-0", f"{by_path}/pci-1"]
    names = [name for name, _ in serial_lines(lambda: [two[1], ftdi], (by_id, by_path))]
    assert names == [f"{by_id}/usb-1a86_USB_Serial", f"{by_id}/usb-FTDI_A1"], "it is alone"


# --- unplugged, and back under another name -------------------------------------------------------


class Adapters:
    """Pseudo-terminals as adapters that come and go."""

    def __init__(self, link: Path) -> None:
        self._link = link
        self._open: list[int] = []
        self.lines: list[Line] = []

    def plug(self) -> None:
        ours, theirs = os.openpty()
        self._open = [ours, theirs]
        self.lines = [Line(os.ttyname(theirs), "FT232R", 0x0403, 0x6001, "A50285BI", "1-1.2")]
        self._link.symlink_to(os.ttyname(theirs))

    def unplug(self) -> None:
        for fd in self._open:
            os.close(fd)
        self._open, self.lines = [], []
        self._link.unlink(missing_ok=True)

    def send(self, text: bytes) -> None:
        os.write(self._open[0], text)


@pytest.fixture
def adapters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Adapters]:
    (tmp_path / "by-id").mkdir()
    made = Adapters(tmp_path / "by-id" / "usb-FTDI_FT232R_A50285BI-if00-port0")
    find = ports.path_of

    def found(port: str) -> str:
        return find(port, lambda: made.lines, ())

    monkeypatch.setattr(ports, "path_of", found)
    yield made
    made.unplug()


@pytest.mark.parametrize("named", ["by-id", "serial:A50285BI", "serial:0403:6001", "serial:1-1.2"])
def test_an_adapter_that_comes_back_under_another_name_is_found(
    adapters: Adapters, named: str, tmp_path: Path, defaults: Any
) -> None:
    (tmp_path / "by-id").mkdir(exist_ok=True)
    port = str(adapters._link) if named == "by-id" else named
    told: list[Event] = []
    worker = Worker(
        NAME,
        lambda: driver("magstripe")(
            NAME, {**defaults("magstripe"), "port": port}, start=1, connect=connect(port)
        ),
        told.append,
        poll_s=0.0,
    )
    now = system_now()

    def until(kind: type[Event]) -> None:
        nonlocal now
        for _ in range(2000):
            if told and isinstance(told[-1], kind):
                return
            now = now.later(0.1)
            worker.step(now)
        raise AssertionError(told)

    try:
        until(DeviceDown)
        assert told[-1].cause == "not_found"  # type: ignore[union-attr]
        adapters.plug()
        first = adapters.lines[0].device
        until(DeviceUp)
        hold = os.openpty()  # so that the name is not given again
        adapters.unplug()
        until(DeviceDown)
        assert told[-1].cause == "unplugged"  # type: ignore[union-attr]
        others = [os.openpty() for _ in range(2)]
        adapters.plug()
        assert adapters.lines[0].device != first
        until(DeviceUp)
        adapters.send(b";550001=311299?\r")
        until(CardPresented)
        for pair in (hold, *others):
            for fd in pair:
                os.close(fd)
    finally:
        worker.driver.close()

"""The kernel's word that something was plugged in ends a worker's waiting."""

from __future__ import annotations

import os
import random
import socket
import struct
import threading
from pathlib import Path

import pytest

from kiosk.core.errors import DeviceError
from kiosk.core.messages import DeviceUp, Event
from kiosk.hardware import uevents
from kiosk.hardware.uevents import Listener, Told, told
from kiosk.hardware.worker import Worker
from tests.hardware.test_worker import NAME, Device

KERNEL = (
    b"add@/devices/pci0000:00/usb1/1-1/1-1:1.0/ttyUSB0/tty/ttyUSB0\0ACTION=add\0"
    b"DEVPATH=/devices/pci0000:00/usb1/1-1/1-1:1.0/ttyUSB0/tty/ttyUSB0\0SUBSYSTEM=tty\0"
    b"MAJOR=188\0MINOR=0\0DEVNAME=ttyUSB0\0SEQNUM=4213\0"
)
"""As the kernel sends it (lib/kobject_uevent.c)."""
GIVE_UP_S = 60
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root has the kernel say it again")


def by_udev(pairs: bytes, *, magic: int = 0xFEEDCAFE, at: int = 40, size: int = -1) -> bytes:
    """As udev sends it: the head of sd-device/device-monitor.c, then the pairs."""
    head = b"libudev\0" + struct.pack(">I", magic)
    head += struct.pack("=III", 40, at, len(pairs) if size < 0 else size)
    return head + struct.pack(">IIII", 1, 2, 3, 4) + pairs


def test_what_the_kernel_and_what_udev_says() -> None:
    assert told(KERNEL) == Told("add", "tty")
    pairs = b"ACTION=add\0SUBSYSTEM=usbmisc\0DEVNAME=/dev/usb/lp0\0TAGS=:systemd:\0"
    assert told(by_udev(pairs)) == Told("add", "usbmisc")


@pytest.mark.parametrize(
    ("action", "subsystem", "came"),
    [
        *(("add", "tty", True), ("bind", "usb", True), ("add", "hidraw", True)),
        *(("remove", "tty", False), ("unbind", "usb", False), ("add", "block", False)),
    ],
)
def test_only_what_comes_and_may_be_ours_counts(action: str, subsystem: str, came: bool) -> None:
    assert Told(action, subsystem).came is came


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"libudev\0",
        by_udev(b"ACTION=add\0SUBSYSTEM=tty\0", magic=1),
        by_udev(b"ACTION=add\0SUBSYSTEM=tty\0", at=4),
        by_udev(b"ACTION=add\0SUBSYSTEM=tty\0", size=4000),
        KERNEL.replace(b"@", b"-", 1),
        b"add@/devices/x\0ACTION=add\0",
    ],
)
def test_what_is_no_such_word_is_passed_over(message: bytes) -> None:
    assert told(message) is None


def test_no_bytes_make_it_fail() -> None:
    chance = random.Random(5)
    for _ in range(20_000):
        message = bytearray(chance.choice((KERNEL, by_udev(KERNEL), b"")))
        for _ in range(chance.randint(0, 8)):
            at = chance.randint(0, len(message))
            message[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        told(bytes(message))


def plug_in(subsystem: str = "tty/ptmx") -> None:
    """Have the kernel say once more that a device is there."""
    Path(f"/sys/devices/virtual/{subsystem}/uevent").write_text("add")


@pytest.mark.root
@AS_ROOT
def test_a_real_kernel_is_heard() -> None:
    listener = Listener()
    try:
        plug_in("mem/null")
        plug_in()
        assert listener.came(GIVE_UP_S)
    finally:
        listener.close()


@pytest.mark.root
@AS_ROOT
def test_what_somebody_sends_to_the_socket_alone_is_not_believed() -> None:
    listener = Listener()
    port, _ = listener._socket.getsockname()
    other = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, uevents.NETLINK_KOBJECT_UEVENT)
    try:
        other.sendto(KERNEL, (port, 0))
        assert not listener.came(0.0)
    finally:
        other.close()
        listener.close()


@pytest.mark.root
@AS_ROOT
def test_a_worker_that_waits_tries_when_the_kernel_says_that_something_came() -> None:
    device = Device()
    device.opening = DeviceError("no port", "not_found")
    up, stop = threading.Event(), threading.Event()
    failed: list[BaseException] = []

    def post(event: Event) -> None:
        if isinstance(event, DeviceUp):
            up.set()

    worker = Worker(NAME, lambda: device, post)
    kicked = threading.Event()

    def kick() -> None:
        kicked.set()
        worker.kick()

    threads = [*uevents.start([kick], stop), worker.start(stop, failed.append)]
    assert len(threads) == 2, "this kernel tells"
    device.opening = None
    plug_in()
    assert kicked.wait(GIVE_UP_S) and up.wait(GIVE_UP_S)
    stop.set()
    for thread in threads:
        thread.join(GIVE_UP_S)
    assert not any(thread.is_alive() for thread in threads) and not failed


def test_without_a_socket_the_back_off_does_it_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(self: Listener) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Listener, "__init__", refused)
    caplog.set_level("INFO")
    assert uevents.start([], threading.Event()) == []
    assert "devices are tried every few seconds" in caplog.text


def test_a_storm_of_news_is_one_kick_a_second_and_a_socket_that_breaks_ends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s, kicks, told_ = [0.0], [0], [0]
    monkeypatch.setattr(uevents.time, "monotonic", lambda: now_s[0])

    class Storm:
        closed = False

        def came(self, timeout_s: float) -> bool:
            now_s[0] += 0.01
            told_[0] += 1
            if told_[0] > 1000:
                raise OSError(9, "Bad file descriptor")
            return True

        def close(self) -> None:
            self.closed = True

    def kick() -> None:
        kicks[0] += 1

    storm = Storm()
    uevents._listen(storm, (kick,), threading.Event())  # type: ignore[arg-type]
    assert 8 <= kicks[0] <= 10 and storm.closed

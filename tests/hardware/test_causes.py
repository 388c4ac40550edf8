"""Why a device went is a word for the program, whoever says it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
import serial

from kiosk.core.errors import Cause, DeviceError
from kiosk.hardware import usblp, wedge
from kiosk.hardware.causes import cause_of
from kiosk.hardware.transport import Transport, connect


def opened(port: str) -> BaseException:
    """What opening a line raises."""
    with pytest.raises(DeviceError) as caught:
        connect(port)()
    return caught.value


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (OSError(errno.EIO, "Input/output error"), "unplugged"),
        (OSError(errno.ENODEV, "No such device"), "unplugged"),
        (OSError(errno.ENOENT, "No such file"), "not_found"),
        (PermissionError(errno.EACCES, "Permission denied"), "denied"),
        (OSError(errno.EBUSY, "busy"), "in_use"),
        (BlockingIOError(errno.EAGAIN, "again"), "in_use"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "silent"),
        (ConnectionResetError("the device closed the connection"), "silent"),
        (DeviceError("it does not answer"), "silent"),
        (DeviceError("two fit", "several"), "several"),
        (serial.SerialException("device disconnected or multiple access on port"), "unplugged"),
        (OSError(), "silent"),
    ],
)
def test_every_error_has_a_cause(error: BaseException, cause: Cause) -> None:
    assert cause_of(error) == cause


def test_serial_lines(tmp_path: Path) -> None:
    assert cause_of(opened("/dev/no-such-line")) == "not_found"
    assert cause_of(opened("/dev/null")) == "settings"
    ours, theirs = os.openpty()
    held: Transport = connect(os.ttyname(theirs))()
    assert cause_of(opened(os.ttyname(theirs))) == "in_use"
    held.close()
    os.close(ours)
    os.close(theirs)


def test_printers_and_keyboards() -> None:
    assert cause_of(opened("usb:/dev/no-such-printer")) == "not_found"
    with pytest.raises(DeviceError) as caught:
        usblp.connect("usb:04b8:0e15", tuple)()
    assert cause_of(caught.value) == "not_found"
    with pytest.raises(DeviceError) as caught:
        wedge.path_of("0801:0001", list)
    assert cause_of(caught.value) == "not_found"

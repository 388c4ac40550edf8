"""Readers that type: the driver against a pretended keyboard; its kernel is tried elsewhere."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from evdev import InputDevice

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.messages import CardPresented, CardRefused, Event
from kiosk.hardware.device import Options
from kiosk.hardware.keyboards import Keyboard as Listed
from kiosk.hardware.keyboards import keyboards
from kiosk.hardware.transport import Transport
from kiosk.hardware.wedge import Evdev, Wedge, path_of
from tests.hardware.keyboard import Keyboard, keys_of

Defaults = Callable[[str], Options]
TRACKS = "%LOYALTY 42?;7700001?"
PRESENTED = CardPresented("wedge", "magnetic", TRACKS)
UNREADABLE = CardRefused("wedge", "magnetic", "unreadable")


def no_line() -> Transport:
    raise AssertionError("a keyboard has no line")


def made(defaults: Defaults, keyboard: Keyboard, **options: str | bool) -> Wedge:
    wanted = {**defaults("wedge"), "device": keyboard.path, **options}
    wedge = Wedge("wedge", wanted, start=1, connect=no_line, grab=keyboard.grab)
    wedge.open()
    return wedge


def told(wedge: Wedge, polls: int = 30) -> list[Event]:
    return [event for _ in range(polls) for event in wedge.poll(0.05)]


def test_the_keyboard_that_is_named_is_opened_and_no_other(defaults: Defaults) -> None:
    keyboard = Keyboard()
    wedge = made(defaults, keyboard)
    assert keyboard.opened == [keyboard.path] and keyboard.held == 1
    wedge.close()
    assert keyboard.held == 0


@pytest.mark.parametrize("at_once", [1, 2, 7, 64])
def test_keys_come_as_they_come(defaults: Defaults, at_once: int) -> None:
    keyboard = Keyboard(at_once=at_once)
    wedge = made(defaults, keyboard)
    keyboard.types(TRACKS + "\r")
    assert told(wedge, 200) == [PRESENTED]


@pytest.mark.parametrize(
    ("end_key", "typed"),
    [("enter", TRACKS + "\r"), ("tab", TRACKS + "\t"), ("none", "%LOYALTY 42?\r;7700001?\r")],
)
def test_the_key_at_the_end(defaults: Defaults, end_key: str, typed: str) -> None:
    keyboard = Keyboard()
    wedge = made(defaults, keyboard, end_key=end_key)
    keyboard.types(typed)
    assert told(wedge) == [PRESENTED]


def test_without_its_end_a_swipe_ends_with_silence(defaults: Defaults) -> None:
    keyboard = Keyboard()
    wedge = made(defaults, keyboard)
    keyboard.types(TRACKS)
    assert told(wedge) == [PRESENTED]
    assert keyboard.waited_s >= 0.2


def test_other_readers_that_type(defaults: Defaults) -> None:
    keyboard = Keyboard()
    wedge = made(defaults, keyboard, reads="barcode", prefix="<", suffix=">")
    keyboard.types("<]C1TICKET-1>\r")
    assert told(wedge) == [CardPresented("wedge", "barcode", "TICKET-1")]
    wedge.close()
    wedge = made(defaults, keyboard, reads="uid", uid="decimal", uid_reversed=True)
    keyboard.types("3735928559\r0000000008\r")
    assert told(wedge) == [
        CardPresented("wedge", "contactless", "EFBEADDE"),
        CardRefused("wedge", "contactless", "random_uid"),
    ]


def test_of_a_swipe_with_lost_keys_nothing_is_told_but_that(defaults: Defaults) -> None:
    keyboard = Keyboard(at_once=8)
    wedge = made(defaults, keyboard)
    keyboard.types(TRACKS + "\r")
    assert wedge.poll(0.05) == []
    keyboard.lose()
    assert told(wedge) == [UNREADABLE]
    keyboard.types(TRACKS + "\r")
    assert told(wedge) == [PRESENTED]


def test_a_shift_of_which_the_end_was_lost_spoils_no_other_card(defaults: Defaults) -> None:
    keyboard = Keyboard()
    wedge = made(defaults, keyboard)
    keyboard.presses([(54, 1)])  # the right one, which no other key of the reader lets go of
    assert told(wedge) == []
    keyboard.types(TRACKS + "\r")
    assert told(wedge) == [PRESENTED]


def test_half_a_swipe_does_not_outlive_the_cable(defaults: Defaults) -> None:
    keyboard = Keyboard()
    wedge = made(defaults, keyboard)
    keyboard.types("%LOYALTY 42?")
    wedge.poll(0.05)
    assert "LOYALTY" not in repr(vars(wedge))
    keyboard.unplug()
    with pytest.raises(OSError) as gone:
        wedge.poll(0.05)
    assert gone.value.errno == errno.ENODEV
    wedge.close()
    keyboard.plug()
    wedge.open()
    keyboard.types(";7700001?\r")
    assert told(wedge) == [CardPresented("wedge", "magnetic", ";7700001?")]


def test_nothing_that_is_typed_is_logged(
    defaults: Defaults, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    keyboard = Keyboard()
    wedge = made(defaults, keyboard)
    keyboard.types(";4111111111111111=2905101?\r")
    events = told(wedge)
    assert events == [CardRefused("wedge", "magnetic", "bank_card")]
    assert "4111" not in caplog.text + repr(events) + repr(vars(wedge))


def test_every_wrong_option_is_named(defaults: Defaults) -> None:
    options = {**defaults("wedge"), "reads": "dallas", "layout": "xx", "end_key": "q", "uid": "x"}
    with pytest.raises(ConfigError) as wrong:
        Wedge("wedge", options, start=1, connect=no_line)
    assert [m.partition(":")[0] for m in wrong.value.mistakes] == [
        f"[devices.wedge] {option}" for option in ("reads", "layout", "end_key", "uid")
    ]


# --- which one ---------------------------------------------------------------------------------


def listed(number: int, numbers: str, interface: int | None, lasting: str = "") -> Listed:
    vendor, product = numbers.split(":")
    return Listed(f"/dev/input/event{number}", "Reader", vendor, product, interface, lasting)


THERE = (listed(3, "046d:c31c", 0), listed(5, "0801:0001", 0), listed(6, "0801:0001", 1))


def test_a_keyboard_is_named_by_its_path_or_its_numbers() -> None:
    assert path_of("/dev/input/by-id/x", lambda: ()) == "/dev/input/by-id/x"
    assert path_of("046D:C31C", lambda: THERE) == "/dev/input/event3"
    assert path_of("0801:0001/1", lambda: THERE) == "/dev/input/event6"


@pytest.mark.parametrize(
    ("device", "told"),
    [
        ("", "no keyboard is named"),
        ("1234:5678", "no keyboard 1234:5678 is plugged in"),
        ("0801:0001/2", "no keyboard 0801:0001/2 is plugged in"),
        ("0801:0001", "2 keyboards 0801:0001 are plugged in"),
    ],
)
def test_a_name_that_fits_none_or_several_is_an_error(device: str, told: str) -> None:
    with pytest.raises(DeviceError, match=told):
        path_of(device, lambda: THERE)


def plug(root: Path, number: int, usb: str, *, keys: str, name: str = "Reader") -> None:
    """A device of the kernel as sysfs shows it, and its link in /dev/input/by-id."""
    device = root / "devices" / usb / "0003:0801:0001.0001" / "input" / f"input{number}"
    (device / "id").mkdir(parents=True)
    (device / "capabilities").mkdir()
    (device / "name").write_text(f"{name}\n")
    (device / "id/vendor").write_text("0801\n")
    (device / "id/product").write_text("0001\n")
    (device / "capabilities/key").write_text(keys + "\n")
    place = root / "class" / f"event{number}"
    place.mkdir(parents=True)
    (place / "device").symlink_to(device)


KEYS = "10000 7 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"
BUTTONS = "1f0000 0 0 0 0"


def test_keyboards_are_listed_without_opening_any(tmp_path: Path) -> None:
    plug(tmp_path, 5, "usb1/1-1/1-1.2/1-1.2:1.1", keys=KEYS)
    plug(tmp_path, 4, "usb1/1-1/1-1.2/1-1.2:1.0", keys=BUTTONS)
    plug(tmp_path, 0, "platform/gpio-keys", keys=KEYS, name="gpio")
    (tmp_path / "class/mouse0").mkdir()
    (tmp_path / "class/event9").mkdir()  # it has just gone
    dev = tmp_path / "dev"
    (dev / "by-id").mkdir(parents=True)
    (dev / "by-id/usb-Reader-event-kbd").symlink_to("../event5")
    found = keyboards(tmp_path / "class", dev)
    assert [(k.path, k.name, k.interface, Path(k.lasting).name) for k in found] == [
        (str(dev / "event0"), "gpio", None, ""),
        (str(dev / "event5"), "Reader", 1, "usb-Reader-event-kbd"),
    ]
    assert {(k.vendor, k.product) for k in found} == {("0801", "0001")}
    assert keyboards(tmp_path / "none", dev) == ()


# --- the part that speaks to the kernel, as far as it can be tried without one ------------------


def test_a_keyboard_that_is_not_there_is_an_error_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="there is none; check the cable"):
        Evdev(str(tmp_path / "event0"))
    with pytest.raises(DeviceError, match="/dev/null"):
        Evdev("/dev/null")


@pytest.mark.parametrize(
    ("number", "told"),
    [(errno.EBUSY, "another program has taken hold of it"), (errno.ENODEV, "it was unplugged")],
)
def test_a_keyboard_that_cannot_be_grabbed_says_why_and_is_closed(
    monkeypatch: pytest.MonkeyPatch, number: int, told: str
) -> None:
    closed = []

    def opened(self: InputDevice, path: str) -> None:
        self.fd = -1

    def refused(self: InputDevice) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(InputDevice, "__init__", opened)
    monkeypatch.setattr(InputDevice, "grab", refused)
    monkeypatch.setattr(InputDevice, "close", lambda self: closed.append(True))
    with pytest.raises(DeviceError, match=told):
        Evdev("/dev/input/event5")
    assert closed


def test_keys_are_those_that_a_reader_presses() -> None:
    assert keys_of("%a\r") == [(42, 1), (6, 1), (6, 0), (42, 0), (30, 1), (30, 0), (28, 1), (28, 0)]

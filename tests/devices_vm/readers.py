"""Readers on USB in a guest with a kernel of its own: run there as root, with the kernel's gadgets.

The reader is a gadget of the kernel (``dummy_hcd``, ``usb_f_hid``): a keyboard, a stripe reader
with MagTek's report descriptor and a scanner in HID POS, all of them interfaces of one device. What
is tried is what no test in memory can show: that nothing leaks past the grab, which errors the
kernel gives, and that the same reader comes back.

Needs the modules ``libcomposite``, ``usb_f_hid`` and ``dummy_hcd``, and configfs.
"""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

from evdev import InputDevice, ecodes

from kiosk.core.errors import DeviceError
from kiosk.core.messages import CardPresented, CardRefused, Event
from kiosk.hardware import found, hidpos
from kiosk.hardware.hidpos import HidReader
from kiosk.hardware.keyboards import Keyboard, keyboards
from kiosk.hardware.wedge import Wedge
from tests.devices_vm.guest import GIVE_UP_S, check, end, no_line, note, until, write

GADGET = Path("/sys/kernel/config/usb_gadget/reader")
UDC = Path("/sys/class/udc")
NUMBERS = "0801:0001"
REPORT_S = 0.008
"""A keyboard of full speed is mostly asked every 8 ms; the gadget would be every millisecond."""
TRACKS = "%LOYALTY 42?;7700001?"
BANK = ";4111111111111111=2905?"

KEYBOARD = bytes.fromhex(
    "05 01 09 06 a1 01 05 07 19 e0 29 e7 15 00 25 01 75 01 95 08 81 02 95 01 75 08 81 03"
    "95 05 75 01 05 08 19 01 29 05 91 02 95 01 75 03 91 03"
    "95 06 75 08 15 00 25 65 05 07 19 00 29 65 81 00 c0"
)
# MagTek, USB HID Swipe Reader Technical Reference Manual, "Report descriptor".
MAGTEK = bytes.fromhex(
    "06 00 ff 09 01 a1 01 15 00 26 ff 00 75 08 09 20 09 21 09 22 09 28 09 29 09 2a 09 38 95 07"
    "81 02 09 30 95 6e 82 02 01 09 31 95 6e 82 02 01 09 32 95 6e 82 02 01 09 20 95 18 b2 02 01 c0"
)
# A scanner's scanned data (HID Point of Sale Usage Tables 1.02, page 8Ch): report 2 of 63 bytes.
SCANNER = bytes.fromhex("058c0902a1018502150026ff00750809fe953f8102c0")

# HID Usage Tables, page 07h: what a US keyboard sends.
USAGES = {letter: 4 + number for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}
USAGES |= {digit: 0x1E + number for number, digit in enumerate("1234567890")}
USAGES |= dict(
    zip("\r -=[]\\;'`,./", (40, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56), strict=True)
)
SHIFTED = dict(zip('!@#$%^&*()_+{}|:"~<>?', "1234567890-=[]\\;'`,./", strict=True))


def make_gadget() -> None:
    """One device with three interfaces, not plugged in yet."""
    GADGET.mkdir()
    for name, value in (("idVendor", "0x0801"), ("idProduct", "0x0001")):
        write(GADGET / name, value)
    strings = GADGET / "strings/0x409"
    strings.mkdir()
    for name, value in (("manufacturer", "Mag-Tek"), ("product", "USB Swipe Reader")):
        write(strings / name, value)
    write(strings / "serialnumber", "B000001")
    config = GADGET / "configs/c.1"
    config.mkdir()
    for number, (protocol, length, descriptor) in enumerate(
        ((1, 8, KEYBOARD), (0, 337, MAGTEK), (0, 64, SCANNER))
    ):
        function = GADGET / f"functions/hid.usb{number}"
        function.mkdir()
        write(function / "protocol", str(protocol))
        write(function / "subclass", str(protocol))
        write(function / "report_length", str(length))
        write(function / "report_desc", descriptor)
        (config / function.name).symlink_to(function)


def on_usb() -> list[Keyboard]:
    """The reader; an emulated machine has a keyboard of its own."""
    return [keyboard for keyboard in keyboards() if keyboard.interface is not None]


def plug() -> None:
    write(GADGET / "UDC", next(UDC.iterdir()).name)
    until("the keyboard is there", lambda: Path("/dev/hidg2").exists() and on_usb())
    until("the reports are there", lambda: len(hidpos.plugged(0x0801, 0x0001)) >= 3)


def unplug() -> None:
    write(GADGET / "UDC", "\n")


def types(text: str, pause_s: float = REPORT_S) -> None:
    with Path("/dev/hidg0").open("wb", buffering=0) as gadget:
        for sign in text:
            key = SHIFTED.get(sign, sign.lower())
            shift = 2 * (sign in SHIFTED or sign.isupper())
            for report in (bytes([shift, 0, USAGES[key], 0, 0, 0, 0, 0]), bytes(8)):
                gadget.write(report)
                time.sleep(pause_s)


def reports(number: int, *told: bytes) -> None:
    with Path(f"/dev/hidg{number}").open("wb", buffering=0) as gadget:
        for report in told:
            gadget.write(report)


def typed(reader: Wedge, text: str) -> list[Event]:
    """What is told of a text that is typed while the driver polls, as it does."""
    hand = os.fork()  # a thread would hold up the poll, and no reader does
    if not hand:
        types(text)
        os._exit(0)
    got = events(reader)
    os.waitpid(hand, 0)
    return got


def events(reader: Wedge | HidReader) -> list[Event]:
    """Until one is there, and well after."""
    got: list[Event] = []
    until("an event", lambda: got.extend(reader.poll(0.2)) or got)
    for _ in range(5):
        got.extend(reader.poll(0.2))
    return got


def missed(reader: Wedge | HidReader) -> None:
    """Poll until that is an error, which is raised."""
    end = time.monotonic() + GIVE_UP_S
    while time.monotonic() < end:
        reader.poll(0.2)


OPTIONS: dict[str, str | int | bool] = {
    "device": NUMBERS,
    "reads": "stripe",
    "layout": "us",
    "end_key": "enter",
    "gap_ms": 500,  # an emulated processor is slow
    "uid": "hex",
    "uid_reversed": False,
    "prefix": "",
    "suffix": "",
}


def wedge() -> Wedge:
    return Wedge("wedge", OPTIONS, start=1, connect=no_line)


def reader(layout: str) -> HidReader:
    return HidReader("hid", {**OPTIONS, "layout": layout}, start=1, connect=no_line)


def leaked(other: InputDevice) -> int:
    """How many keys another program gets."""
    count = 0
    try:
        while True:
            count += sum(event.type == ecodes.EV_KEY for event in other.read())
    except BlockingIOError:
        return count


def typing() -> None:
    (there,) = on_usb()
    check("it is listed", (there.vendor, there.product, there.interface) == ("0801", "0001", 0))
    (proposed,) = found.wedges(keyboards())
    check("it is proposed", proposed.options == {"device": NUMBERS}, proposed.told)

    other = InputDevice(there.path)
    types("a")
    until("a key without a grab", lambda: leaked(other))
    check("without a grab another program gets the keys", True)
    first = wedge()
    first.open()
    began = time.monotonic()
    got = typed(first, TRACKS + "\r")
    check("a swipe is told once", got == [CardPresented("wedge", "magnetic", TRACKS)], got)
    note(f"a swipe of {len(TRACKS)} characters took {time.monotonic() - began:.2f} s at most")
    check("nothing leaks past the grab", leaked(other) == 0)
    got = typed(first, BANK + "\r")
    check("a bank card is refused", got == [CardRefused("wedge", "magnetic", "bank_card")], got)
    types(TRACKS + TRACKS + "\r", 0.0)  # nobody polls meanwhile: the kernel's queue runs over
    got = events(first)
    check("lost keys make it unreadable", got == [CardRefused("wedge", "magnetic", "unreadable")])
    try:
        wedge().open()
        check("it is grabbed once", False)
    except DeviceError as error:
        check("who comes second is told why", "EVIOCGRAB" in str(error), error)
    types("%HALF")
    unplug()
    try:
        missed(first)
        check("a pulled cable is an error", False)
    except OSError as error:
        check("a pulled cable is ENODEV", error.errno == errno.ENODEV, error)
    first.close()
    try:
        first.open()
        check("without a reader open fails", False)
    except DeviceError as error:
        check("without a reader open fails", "is plugged in" in str(error), error)
    plug()
    first.open()
    check(
        "the same driver has it back, and nothing of before",
        typed(first, ";7700001?\r") == [CardPresented("wedge", "magnetic", ";7700001?")],
    )
    first.close()
    fresh = InputDevice(on_usb()[0].path)
    types("a")
    until("a key after the grab", lambda: leaked(fresh))
    check("what is closed is given back", True)


def swipe(track: bytes) -> bytes:
    return bytes([0, 0, 0, 0, len(track), 0, 0]) + bytes(110) + track.ljust(220, b"\0")


def with_reports() -> None:
    there = found.hid_readers(hidpos.plugged())
    kinds = {(f.kind, str(f.options.get("layout", ""))) for f in there}
    check("both are proposed", kinds == {("stripe", ""), ("scanner", "scanner")}, kinds)
    stripes, codes = reader("magtek"), reader("scanner")
    stripes.open()
    codes.open()
    reports(1, swipe(b";7700001?"))
    check(
        "a report of 337 bytes", events(stripes) == [CardPresented("hid", "magnetic", ";7700001?")]
    )
    part = bytes([2, 56]) + b"]Q0" + b"7" * 56 + bytes(2)
    reports(2, part + b"\1", bytes([2, 1]) + b"]Q0" + b"8".ljust(56, b"\0") + bytes(3))
    check("two reports", events(codes) == [CardPresented("hid", "barcode", "7" * 56 + "8")])
    unplug()
    for one in (stripes, codes):
        try:
            missed(one)
            check("a pulled cable is an error", False)
        except DeviceError as error:
            check("a pulled cable is an error", True, error)
        one.close()
    plug()
    stripes.open()
    reports(1, swipe(b";7700002?"))
    check("it is back", events(stripes) == [CardPresented("hid", "magnetic", ";7700002?")])
    stripes.close()


if __name__ == "__main__":
    make_gadget()
    plug()
    typing()
    with_reports()
    unplug()
    end("readers")

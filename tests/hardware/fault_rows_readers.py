"""Rows of the catalogue of faults: keys, readers, pins, the voice; see `test_faults`."""

from __future__ import annotations

import errno
import sys
import types
from pathlib import Path
from typing import Any

import evdev

from kiosk.hardware import driver, pcsc
from kiosk.hardware.contacts import Contacts
from kiosk.hardware.hidpos import HidReader
from kiosk.hardware.speech import Voice
from kiosk.hardware.wedge import Wedge
from tests.core.guest import Guest
from tests.hardware.contract import acceptors
from tests.hardware.fault_rigs import (
    Daemon,
    Keyboard,
    Make,
    Pins,
    Reports,
    Rig,
    options_of,
)
from tests.hardware.fault_rows import (
    CASH_OFF,
    Act,
    Row,
    notes,
    nothing,
)
from tests.hardware.fault_rows_lines import READER_OFF, turned

# --- keys, readers, pins, the voice --------------------------------------------------------------

OURS, THEIRS = "0123456701234567", "0000000000000001"


def secretly(guest: Guest, folder: Path) -> Rig:
    """An acceptor that is spoken to under a key."""
    key = folder / "acceptor.key"
    key.write_text(OURS)
    rig = notes(acceptors.ESSP, key_file=str(key))(guest, folder)
    rig.folder = folder
    return rig


def key_is(text: str) -> Act:
    def act(rig: Rig) -> None:
        key = rig.folder / "acceptor.key"
        key.write_text(text) if text else key.unlink()
        rig.unplug()

    return act


def contactless(guest: Guest, folder: Path, **options: str) -> Rig:
    """A reader at the PC/SC daemon's library, which is pretended."""
    daemon = Daemon()
    settings = options_of("pcsc", socket="/run/pretended", secrets=str(folder), **options)
    rig = Rig(
        guest,
        "reader",
        "reader",
        daemon,
        lambda at: pcsc.PcscReader(at.device, settings, start=1, connect=at.connect),
    )
    rig.folder = folder
    rig.patch(pcsc, "_daemon", "/run/pretended")
    rig.patch(pcsc.scard, "SCardEstablishContext", daemon.establish)
    rig.patch(pcsc.scard, "SCardReleaseContext", daemon.release)
    rig.patch(pcsc.scard, "SCardListReaders", daemon.listed)
    rig.patch(pcsc.scard, "SCardGetStatusChange", daemon.changes)
    return rig


def named_reader(guest: Guest, folder: Path) -> Rig:
    return contactless(guest, folder, reader="ACR122U")


def genuine(guest: Guest, folder: Path) -> Rig:
    """A reader that checks its cards; the keys are there, as they must be."""
    rig = contactless(guest, folder, genuine="ntag424")
    card_keys(KEYS)(rig)
    return rig


KEYS = f"1 {'5A' * 16}\n"


def card_keys(text: str, mode: int = 0o600) -> Act:
    def act(rig: Rig) -> None:
        path = rig.folder / "cards.keys"
        path.unlink(missing_ok=True)
        if text:
            path.write_text(text)
            path.chmod(mode)
        rig.peer.readers.clear()  # it is looked for anew
        rig.step()
        rig.peer.readers.append("ACS ACR122U 00 00")

    return act


def typing(guest: Guest, folder: Path) -> Rig:
    keyboard = Keyboard()
    settings = options_of("wedge", device="/dev/input/by-id/usb-A_Reader-event-kbd")
    rig = Rig(
        guest,
        "reader",
        "reader",
        keyboard,
        lambda at: Wedge(at.device, settings, start=1, connect=at.connect),
        poll_s=0.0,
    )
    rig.patch(evdev, "InputDevice", keyboard.opened)
    return rig


def keyboard_is(error: int) -> Act:
    """It was pulled, and what is there since then may be had or not."""

    def act(rig: Rig) -> None:
        rig.peer.error = error
        rig.peer.stir()

    return act


def reporting(guest: Guest, folder: Path) -> Rig:
    reports = Reports()
    settings = options_of("hidpos", device="0801:0002", layout="magtek")
    return Rig(
        guest,
        "reader",
        "reader",
        reports,
        lambda at: HidReader(
            at.device,
            settings,
            start=1,
            connect=at.connect,
            there=reports.there,
            opens=reports.open,
        ),
    )


def on_pins(name: str, number: int) -> Make:
    """A driver that hangs on pins, as gpiozero gives them."""

    def made(guest: Guest, folder: Path) -> Rig:
        pins = Pins(number)
        settings = options_of(name, pins="lgpio", **PINS.get(name, {}))
        found = driver(name)
        rig = Rig(
            guest,
            found.role,
            found.role,
            pins,
            lambda at: found(at.device, settings, start=1, connect=at.connect),
            poll_s=0.0,
        )
        lgpio = types.ModuleType("gpiozero.pins.lgpio")
        lgpio.LGPIOFactory = pins.factory  # type: ignore[attr-defined]
        rig.monkeypatch.setitem(sys.modules, "gpiozero.pins.lgpio", lgpio)
        return rig

    return made


PINS: dict[str, dict[str, Any]] = {}


def contact(name: str) -> Make:
    """One contact of the cabinet, which is shut while all is well."""

    def made(guest: Guest, folder: Path) -> Rig:
        settings = options_of("contacts", **{"power": -1, name: 23})
        rig = on_pins("contacts", 23)(guest, folder)
        return rig.again(
            lambda at: Contacts(
                at.device, settings, start=1, connect=at.connect, clock=lambda: at.now_s
            )
        )

    return made


def shuts(rig: Rig) -> None:
    rig.peer.drive(high=False)


def speaking(guest: Guest, folder: Path) -> Rig:
    settings = options_of("espeak", program=str(folder / "speaker"))
    rig = Rig(
        guest,
        "speech",
        "speech",
        None,
        lambda at: Voice(at.device, settings, start=1, connect=at.connect),
        poll_s=0.0,
    )
    rig.folder = folder
    return rig


def says(*does: str) -> Act:
    """The program that speaks is there, and does this with what it is given."""

    def act(rig: Rig) -> None:
        path = rig.folder / "speaker"
        greets = '[ "$1" = --version ] && { echo "eSpeak NG text-to-speech: 1.51"; exit; }'
        path.write_text("\n".join(("#!/bin/sh", greets, "cat >/dev/null", *does, "")))
        path.chmod(0o755)

    return act


def plugged_in(rig: Rig) -> None:
    rig.peer.readers[:] = ["ACS ACR122U 00 00"]


def other_reader(rig: Rig) -> None:
    rig.peer.readers[:] = ["HID OMNIKEY 5022 CL 00 00"]


HID = (0xFF00, "A", b"/dev/hidraw0")
READERS = [
    Row("line_missing", contactless, lambda rig: rig.peer.readers.clear(), plugged_in, READER_OFF),
    Row("reader_daemon", contactless, turned("runs", False), turned("runs", True), READER_OFF),
    Row("reader_other", named_reader, other_reader, plugged_in, READER_OFF),
    Row("card_keys_missing", genuine, card_keys(""), card_keys(KEYS), READER_OFF),
    Row("card_keys_open", genuine, card_keys(KEYS, 0o644), card_keys(KEYS), READER_OFF),
    Row("card_keys_bad", genuine, card_keys("1 nonsense\n"), card_keys(KEYS), READER_OFF),
    Row("line_missing", typing, keyboard_is(errno.ENODEV), keyboard_is(0), READER_OFF),
    Row("line_denied", typing, keyboard_is(errno.EACCES), keyboard_is(0), READER_OFF),
    Row("line_taken", typing, keyboard_is(errno.EBUSY), keyboard_is(0), READER_OFF),
    Row("line_missing", reporting, turned("parts", []), turned("parts", [HID]), READER_OFF),
    Row(
        "reader_mode",
        reporting,
        turned("parts", [(1, "A", b"/dev/hidraw0")]),
        turned("parts", [HID]),
        READER_OFF,
    ),
    Row(
        "line_twice",
        reporting,
        turned("parts", [HID, (0xFF00, "B", b"/dev/hidraw1")]),
        turned("parts", [HID]),
        READER_OFF,
    ),
    Row("key_missing", secretly, key_is(""), key_is(OURS), CASH_OFF),
    Row("key_wrong", secretly, key_is(THEIRS), key_is(OURS), CASH_OFF),
]
OTHERS = [
    *(
        Row(
            word, on_pins(name, number), turned(knob, bad), turned(knob, not bad), reads, fresh=True
        )
        for name, number, reads in (
            ("gpio", 17, ""),
            ("switches", 5, ""),
            ("pulse", 26, CASH_OFF),
        )
        for word, knob, bad in (("pins_missing", "there", False), ("pins_taken", "taken", True))
    ),
    Row("power_fails", contact("power"), nothing, shuts, "why.power_fails", fresh=True),
    Row("door_open", contact("door"), nothing, shuts, fresh=True),
    Row("tilted", contact("tilt"), nothing, shuts, fresh=True),
    Row("speech_missing", speaking, nothing, says(), fresh=True),
    Row("speech_sound", speaking, says("echo 'Error: no device' >&2"), says(), fresh=True),
    Row("speech_off", speaking, says("exit 3"), says(), fresh=True),
]

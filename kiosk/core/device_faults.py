"""What to do about each thing that may be wrong with a device: the catalogue of faults, as data.

The words of each are sentences: ``desk.fault.WORD`` is the state in a few words,
``desk.cause.WORD`` what it means, ``desk.step.WORD.1`` and on what to do, one after another. What
guests read meanwhile follows from what is not offered (`core.capabilities`). docs/devices.md prints
all of it, and tests/hardware/test_faults.py makes each at the wire of a simulated device.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kiosk.core.fault_signs import FaultWord
from kiosk.core.messages import CareWord, Role

Ends = Literal["itself", "start_over"]
"""What ends a fault when its cause is gone: nothing more, or an acceptor that is started over when
all steps are done (`ResetAcceptor`)."""


@dataclass(frozen=True)
class Remedy:
    """What helps.

    Attributes:
        roles: whose fault it is.
        steps: how many there are.
        shows: how it shows at the line, for whoever looks there.
        ends: what ends it.
        severe: it is not offered to guests meanwhile.
    """

    roles: tuple[Role, ...]
    steps: int
    shows: str
    ends: Ends = "itself"
    severe: bool = True

    @property
    def starts_over(self) -> bool:
        """An acceptor is started over when all is done."""
        return self.ends == "start_over"


RETESTS: Mapping[Role, str] = {
    "reader": "try_card",
    "acceptor": "try_note",
    "coins": "try_coin",
    "printer": "test_page",
    "lights": "try_lamps",
}
"""The test by which a device of a role is tried once it works again, as its page calls it."""

_NOTES: tuple[Role, ...] = ("acceptor",)
_COINS: tuple[Role, ...] = ("coins",)
_HOPPER: tuple[Role, ...] = ("hopper",)
_PRINTER: tuple[Role, ...] = ("printer",)
_READER: tuple[Role, ...] = ("reader",)
_FISCAL: tuple[Role, ...] = ("fiscal",)
_CABLE: tuple[Role, ...] = ("reader", "acceptor", "coins", "hopper", "printer")
_NET: tuple[Role, ...] = ("printer", "fiscal", "payment")
_PINS: tuple[Role, ...] = ("coins", "lights", "switches", "contacts")

REMEDIES: Mapping[FaultWord, Remedy] = {
    "cassette_full": Remedy(_NOTES, 2, "CCNET 41, ID-003 43, SSP E7, ccTalk 14 or self-check 45"),
    "cassette_out": Remedy(("acceptor", "coins"), 2, "CCNET 42, ID-003 44, SSP E3, ccTalk 11, 44"),
    "jammed_validator": Remedy(
        _NOTES, 5, "CCNET 43, ID-003 45, SSP E9, ccTalk 6, 16 or self-check 39", "start_over"
    ),
    "jammed_cassette": Remedy(
        _NOTES, 5, "CCNET 44, ID-003 46, SSP EA, ccTalk 7 or 15", "start_over"
    ),
    "cheated": Remedy(_NOTES, 3, "CCNET 45, ID-003 48, SSP E6, ccTalk 8, 9 or 17", "start_over"),
    "note_on_string": Remedy(_NOTES, 3, "ccTalk 18", "start_over"),
    "paused": Remedy(_NOTES, 3, "CCNET 46, ID-003 47", "start_over"),
    "failed": Remedy(_NOTES, 3, "CCNET 47 and a code that nobody knows", "start_over"),
    "failed_cassette": Remedy(
        _NOTES, 3, "CCNET 47 54, ID-003 49 AB, ccTalk 13 or self-check 38", "start_over"
    ),
    "failed_motor": Remedy(
        _NOTES, 4, "CCNET 47 50–53, ID-003 49 A2–A7, ccTalk self-check 37", "start_over"
    ),
    "failed_sensors": Remedy(
        _NOTES, 4, "CCNET 47 55, 56, 5F, ID-003 49 AC, AD, ccTalk 19, 36 or 41", "start_over"
    ),
    "failed_open": Remedy(_NOTES, 3, "ID-003 49 AF, SSP E0", "start_over"),
    "failed_memory": Remedy(_NOTES, 2, "ID-003 49 B0–B3", "start_over"),
    "failed_protocol": Remedy(
        _NOTES,
        2,
        "SSP: a poll is answered with an error, or with what no validator tells",
        "itself",
    ),
    "note_unknown": Remedy(
        _NOTES,
        4,
        "a note is stacked of a type that its table lacks; ccTalk: events lost",
        "start_over",
    ),
    "wrong_currency": Remedy(_NOTES, 2, "its table of notes is of other countries"),
    "no_notes": Remedy(_NOTES, 2, "its table of notes is empty"),
    "coins_full": Remedy(_COINS, 2, "a ccTalk acceptor of another kind; none of ours tells it"),
    "coins_jammed": Remedy(_COINS, 3, "ccTalk 4–7, 12, 14, 15, 26"),
    "coins_cheated": Remedy(_COINS, 3, "ccTalk 16–20, 23, 40"),
    "coins_lever": Remedy(_COINS, 2, "ccTalk 254"),
    "coins_swallowed": Remedy(_COINS, 3, "ccTalk 36"),
    "coins_line_held": Remedy(_COINS, 3, "the pulse line is low for a second"),
    "coins_foreign": Remedy(_COINS, 2, "the names of its coins (184) are of another country"),
    "coins_failed": Remedy(_COINS, 3, "ccTalk 29, 30, 39, or a self-check (232) that is not 0"),
    "hopper_empty": Remedy(_HOPPER, 2, "ccTalk 163, bit 1: no coin came in time"),
    "hopper_low": Remedy(_HOPPER, 1, "ccTalk 217, bit 0", severe=False),
    "hopper_jammed": Remedy(_HOPPER, 3, "ccTalk 163, bit 0: the motor's current"),
    "hopper_exit": Remedy(_HOPPER, 3, "ccTalk 163, bits 3 and 4"),
    "hopper_forced": Remedy(_HOPPER, 3, "ccTalk 163, bit 5"),
    "hopper_failed": Remedy(_HOPPER, 2, "a hopper of another kind; none of ours tells it"),
    "paper_out": Remedy(_PRINTER, 4, "DLE EOT 4, bits 5 and 6; DLE EOT 2, bit 5"),
    "paper_low": Remedy(
        _PRINTER, 2, "DLE EOT 4, bits 2 and 3; or by what was printed (`roll_m`)", severe=False
    ),
    "cover_open": Remedy(_PRINTER, 2, "DLE EOT 2, bit 2"),
    "cutter_jammed": Remedy(_PRINTER, 4, "DLE EOT 3, bit 3"),
    "printer_hot": Remedy(_PRINTER, 3, "DLE EOT 3, bit 6"),
    "printer_broken": Remedy(_PRINTER, 3, "DLE EOT 3, bit 5"),
    "printer_offline": Remedy(_PRINTER, 3, "DLE EOT 1, bit 3, and nothing else"),
    "error": Remedy(_PRINTER, 4, "DLE EOT 3, bit 2"),
    "fiscal_paper": Remedy(_FISCAL, 3, "getDeviceStatus: paperPresent false"),
    "fiscal_cover": Remedy(_FISCAL, 2, "getDeviceStatus: coverOpened true"),
    "fiscal_blocked": Remedy(_FISCAL, 2, "getDeviceStatus: blocked true"),
    "fiscal_trouble": Remedy(_FISCAL, 2, "another trouble that it names"),
    "fiscal_shift_expired": Remedy(_FISCAL, 2, "getShiftStatus: expired"),
    "reader_off": Remedy(_READER, 3, "the reader does not open, for a reason that nobody knows"),
    "acceptor_off": Remedy(_NOTES, 4, "no answer, or none any more"),
    "coins_off": Remedy(_COINS, 4, "no answer, or none any more"),
    "hopper_off": Remedy(_HOPPER, 3, "no answer, or none any more"),
    "printer_off": Remedy(_PRINTER, 4, "DLE EOT 1–4 are not answered"),
    "lights_off": Remedy(
        ("lights",), 2, "the pins fail, for a reason that nobody knows", severe=False
    ),
    "fiscal_off": Remedy(_FISCAL, 3, "serverInfo is not answered"),
    "payment_off": Remedy(("payment",), 3, "Login is not answered"),
    "speech_off": Remedy(
        ("speech",), 2, "espeak-ng ends with an error, or not at all", severe=False
    ),
    "switches_off": Remedy(
        ("switches",), 2, "the pins fail, for a reason that nobody knows", severe=False
    ),
    "contacts_off": Remedy(
        ("contacts",), 2, "the pins fail, for a reason that nobody knows", severe=False
    ),
    "power_fails": Remedy(("contacts",), 3, "the pin `power` is not at its level"),
    "door_open": Remedy(("contacts",), 2, "the pin `door` is not at its level", severe=False),
    "tilted": Remedy(("contacts",), 3, "the pin `tilt` is not at its level", severe=False),
    "line_missing": Remedy(
        (*_CABLE, "fiscal", "payment"),
        4,
        "the port is not there (ENOENT), or is gone (EIO, ENODEV)",
    ),
    "line_denied": Remedy(_CABLE, 2, "the port may not be opened (EACCES)"),
    "line_taken": Remedy(_CABLE, 2, "the port is in use (EBUSY, EAGAIN, EVIOCGRAB)"),
    "line_twice": Remedy(_CABLE, 2, "two devices have the USB numbers that the settings name"),
    "line_wrong": Remedy(("acceptor", "coins", "hopper", "printer"), 2, "not a terminal (ENOTTY)"),
    "line_noise": Remedy(
        ("acceptor", "coins", "hopper"), 4, "bytes come, and no frame has its check right"
    ),
    "line_no_echo": Remedy(
        ("acceptor", "coins", "hopper"), 3, "ccTalk: what was sent does not come back"
    ),
    "net_refused": Remedy(_NET, 3, "the connection is refused (ECONNREFUSED)"),
    "net_away": Remedy(_NET, 3, "no connection in time, no route, or no such name"),
    "wrong_device": Remedy(
        ("acceptor", "coins", "hopper", "fiscal", "payment"), 2, "it greets as another kind"
    ),
    "restarted": Remedy(_NOTES, 3, "CCNET 10–12, ID-003 40–42, SSP F1, a ccTalk counter of 0"),
    "key_missing": Remedy(_NOTES, 2, "eSSP: `key_file` cannot be read"),
    "key_wrong": Remedy(_NOTES, 2, "eSSP: no answer under the key, or none without"),
    "reader_daemon": Remedy(_READER, 2, "PC/SC: SCARD_E_NO_SERVICE"),
    "reader_other": Remedy(_READER, 2, "PC/SC lists readers, none by the name of `reader`"),
    "reader_mode": Remedy(_READER, 2, "HID: no part of it has the usage page of `layout`"),
    "card_keys_missing": Remedy(
        _READER, 2, "`genuine` is set, and cards.keys is not there, or empty"
    ),
    "card_keys_open": Remedy(_READER, 1, "cards.keys may be read by others"),
    "card_keys_bad": Remedy(_READER, 2, "a line of cards.keys is no key"),
    "pins_missing": Remedy(_PINS, 2, "lgpio finds no pins"),
    "pins_taken": Remedy(_PINS, 2, "a pin cannot be taken"),
    "fiscal_server": Remedy(_FISCAL, 2, "its server answers another status than 200"),
    "payment_login": Remedy(("payment",), 2, "Login is refused"),
    "speech_missing": Remedy(("speech",), 1, "espeak-ng is not there", severe=False),
    "speech_sound": Remedy(("speech",), 2, "espeak-ng finds no sound card", severe=False),
}

MACHINE: Mapping[CareWord | Literal["space_low"], str] = {
    "space_low": "less free than `min_free_mb` where the store is",
    "space_filling": "less free than four times that",
    "disk_worn": "sysfs: pre_eol_info and life_time of the flash",
    "clock_free": "the kernel's clock is not synchronised for an hour",
    "backup_late": "no good nightly copy for more than 30 hours",
    "too_hot": "sysfs: the sensor of the processor",
    "power_weak": "sysfs: the board's own voltage alarm",
    "slowed": "sysfs: what the firmware says of throttling",
}
"""What may be wrong with the machine itself, and how it shows; ``alarm.WORD`` and ``do.WORD`` are
told under Today. Each ends by itself."""

"""What may be wrong with a device, and by which of the driver's words a fault is told more exactly.

A driver says in a state or in a few words what it sees at its line; the state decides what guests
are offered, the words only which steps the desk names. A word that nobody knows here leaves the
fault as it was told: less exact, never wrong. docs/devices.md prints all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kiosk.core.messages import AcceptorState, HopperState, Role

FaultWord = Literal[
    # notes
    "cassette_full",
    "cassette_out",
    "jammed_validator",
    "jammed_cassette",
    "cheated",
    "note_on_string",
    "paused",
    "failed",
    "failed_cassette",
    "failed_motor",
    "failed_sensors",
    "failed_open",
    "failed_memory",
    "failed_protocol",
    "note_unknown",
    "wrong_currency",
    "no_notes",
    # coins
    "coins_full",
    "coins_jammed",
    "coins_cheated",
    "coins_lever",
    "coins_swallowed",
    "coins_line_held",
    "coins_foreign",
    "coins_failed",
    # hoppers
    "hopper_empty",
    "hopper_low",
    "hopper_jammed",
    "hopper_exit",
    "hopper_forced",
    "hopper_failed",
    # printers
    "paper_out",
    "paper_low",
    "cover_open",
    "cutter_jammed",
    "printer_hot",
    "printer_broken",
    "printer_offline",
    "error",
    # fiscal devices
    "fiscal_paper",
    "fiscal_cover",
    "fiscal_blocked",
    "fiscal_trouble",
    "fiscal_shift_expired",
    # the cabinet
    "power_fails",
    "door_open",
    "tilted",
    # a device that does not answer, by its role
    "reader_off",
    "acceptor_off",
    "coins_off",
    "hopper_off",
    "printer_off",
    "lights_off",
    "fiscal_off",
    "payment_off",
    "speech_off",
    "switches_off",
    "contacts_off",
    # why it does not
    "line_missing",
    "line_denied",
    "line_taken",
    "line_wrong",
    "line_noise",
    "line_no_echo",
    "net_refused",
    "net_away",
    "wrong_device",
    "restarted",
    "key_missing",
    "key_wrong",
    "reader_daemon",
    "reader_other",
    "line_twice",
    "reader_mode",
    "card_keys_missing",
    "card_keys_open",
    "card_keys_bad",
    "pins_missing",
    "pins_taken",
    "fiscal_server",
    "payment_login",
    "speech_missing",
    "speech_sound",
]
"""What may be wrong with a device; `core.device_faults` knows what to do about each."""

OFF: Mapping[Role, FaultWord] = {
    "reader": "reader_off",
    "acceptor": "acceptor_off",
    "coins": "coins_off",
    "hopper": "hopper_off",
    "printer": "printer_off",
    "lights": "lights_off",
    "fiscal": "fiscal_off",
    "payment": "payment_off",
    "speech": "speech_off",
    "switches": "switches_off",
    "contacts": "contacts_off",
}
ACCEPTOR: Mapping[AcceptorState, FaultWord] = {
    "cassette_full": "cassette_full",
    "cassette_out": "cassette_out",
    "jammed_validator": "jammed_validator",
    "jammed_cassette": "jammed_cassette",
    "cheated": "cheated",
    "paused": "paused",
    "failed": "failed",
    "wrong_currency": "wrong_currency",
}
COINS: Mapping[AcceptorState, FaultWord] = {
    "cassette_full": "coins_full",
    "cassette_out": "cassette_out",
    "jammed_validator": "coins_jammed",
    "jammed_cassette": "coins_jammed",
    "cheated": "coins_cheated",
    "paused": "coins_lever",
    "failed": "coins_failed",
    "wrong_currency": "coins_foreign",
}
HOPPER: Mapping[HopperState, FaultWord] = {
    "empty": "hopper_empty",
    "low": "hopper_low",
    "jammed": "hopper_jammed",
    "failed": "hopper_failed",
    "wrong_currency": "hopper_failed",
}


@dataclass(frozen=True)
class Sign:
    """Some of a driver's words: where `says` stands among them, the fault is `word`."""

    says: str
    word: FaultWord


_LINE = (
    Sign("there is none", "line_missing"),
    Sign("was unplugged", "line_missing"),
    Sign("the line is gone", "line_missing"),
    Sign("No such device", "line_missing"),
    Sign("Input/output error", "line_missing"),
    Sign("returned no data", "line_missing"),  # pyserial, of an adapter that was pulled
    Sign("no permission", "line_denied"),
    Sign("cannot be opened", "line_denied"),
    Sign("another program", "line_taken"),
    Sign("this is no serial line", "line_wrong"),
    Sign("cannot be read", "line_noise"),
    Sign("no echo on the line", "line_no_echo"),
    Sign("Connection refused", "net_refused"),
    Sign(" does not answer: ", "net_away"),  # `HOST port NUMBER does not answer: …`
    Sign('", no ', "wrong_device"),  # ccTalk: `at address 2 is a "…", no coin acceptor`
    Sign("not a note validator", "wrong_device"),
    Sign("another protocol", "wrong_device"),
    Sign("no JSON", "wrong_device"),
    Sign("no HTTP", "wrong_device"),
    Sign("has restarted", "restarted"),
)
_PINS = (Sign("no pins", "pins_missing"), Sign("pins: ", "pins_taken"))

SIGNS: Mapping[FaultWord, tuple[Sign, ...]] = {
    "failed": (
        Sign("in the cashbox", "note_unknown"),
        Sign("cashbox not ready", "failed_cassette"),
        Sign("cassette status", "failed_cassette"),
        Sign("stacker", "failed_cassette"),
        Sign("motor", "failed_motor"),
        Sign("sensor", "failed_sensors"),
        Sign("head removed", "failed_open"),
        Sign("note path is open", "failed_open"),
        Sign("memory", "failed_memory"),
        Sign("no note validator", "failed_protocol"),
        Sign("answers a poll", "failed_protocol"),
    ),
    "cheated": (Sign("a string", "note_on_string"),),
    "wrong_currency": (Sign("nothing", "no_notes"),),
    "coins_failed": (
        Sign("swallowed", "coins_swallowed"),
        Sign("pulse line is held", "coins_line_held"),
    ),
    "hopper_jammed": (
        Sign("exit blocked", "hopper_exit"),
        Sign("exit opened", "hopper_forced"),
    ),
    "error": (
        Sign("cutter", "cutter_jammed"),
        Sign("hot", "printer_hot"),
        Sign("unrecoverable", "printer_broken"),
        Sign("offline", "printer_offline"),
    ),
    "fiscal_trouble": (
        Sign("paper", "fiscal_paper"),
        Sign("cover", "fiscal_cover"),
        Sign("blocked", "fiscal_blocked"),
    ),
    "reader_off": (
        Sign("no PC/SC daemon", "reader_daemon"),
        Sign("the readers cannot be listed", "reader_daemon"),
        Sign("the reader was lost", "reader_daemon"),
        Sign("(plugged in: none)", "line_missing"),
        Sign("(plugged in: ", "reader_other"),
        Sign(" are plugged in", "line_twice"),
        Sign("set to be a keyboard", "reader_mode"),
        Sign(" is plugged in", "line_missing"),  # `no keyboard … is plugged in`, `no reader …`
        Sign("chmod 600", "card_keys_open"),
        Sign("kiosk keys cards", "card_keys_missing"),
        Sign("is no key", "card_keys_bad"),
        *_LINE,
    ),
    "acceptor_off": (
        Sign("key_file", "key_missing"),
        Sign("has restarted", "restarted"),
        Sign(" the key", "key_wrong"),
        Sign(" on a key", "key_wrong"),
        Sign("encryption", "key_wrong"),
        *_LINE,
    ),
    "coins_off": (*_PINS, *_LINE),
    "hopper_off": _LINE,
    "printer_off": _LINE,
    "lights_off": _PINS,
    "fiscal_off": (Sign("server answers ", "fiscal_server"), *_LINE),
    "payment_off": (Sign("refuses to log in", "payment_login"), *_LINE),
    "speech_off": (
        Sign("No such file", "speech_missing"),
        Sign("no sound", "speech_sound"),
    ),
    "switches_off": _PINS,
    "contacts_off": _PINS,
}
"""By the fault that the state tells, what the driver's words make of it; the first that fits."""


_BY_CAUSE: Mapping[str, FaultWord] = {
    "not_found": "line_missing",
    "unplugged": "line_missing",
    "denied": "line_denied",
    "in_use": "line_taken",
    "other": "wrong_device",
    "several": "line_twice",
}


def gone(role: Role, says: str, cause: str) -> FaultWord:
    """The fault of a device that does not answer: by the driver's words, else by the cause."""
    told = exact(OFF[role], says)
    return told if told != OFF[role] else _BY_CAUSE.get(cause, told)


def exact(word: FaultWord, says: str) -> FaultWord:
    """The fault by the driver's words; `word` where they say nothing that is known."""
    return next((sign.word for sign in SIGNS.get(word, ()) if sign.says in says), word)

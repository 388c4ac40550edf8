"""What an ID-003 note acceptor says: its states, and their words in the core.

Source: docs/devices.md, "ID-003".
"""

from __future__ import annotations

from typing import Literal

from kiosk.core.messages import AcceptorState

COUNTRIES = {
    "RUB": {0x27},
    "EUR": {0xE0},
    "USD": {0x01},
    "CHF": {0x16},
    "KZT": {0x51},
    "UAH": {0x5C},
    "UZS": {0x86},
}
"""Currency -> the numbers that the maker gave to its countries, as far as they are known here."""

# The states that a poll answers with.
IDLING, ACCEPTING, ESCROW, STACKING, VEND_VALID, STACKED = 0x11, 0x12, 0x13, 0x14, 0x15, 0x16
REJECTING, RETURNING, HOLDING, DISABLED, INITIALIZE = 0x17, 0x18, 0x19, 0x1A, 0x1B
POWER_UP, POWER_UP_ACCEPTOR, POWER_UP_STACKER = 0x40, 0x41, 0x42
FAILURE = 0x49

STATES: dict[int, AcceptorState] = {
    **dict.fromkeys(range(ACCEPTING, INITIALIZE + 1), "busy"),
    **dict.fromkeys((POWER_UP, POWER_UP_ACCEPTOR, POWER_UP_STACKER), "busy"),
    IDLING: "ready",
    DISABLED: "disabled",
    0x43: "cassette_full",
    0x44: "cassette_out",
    0x45: "jammed_validator",
    0x46: "jammed_cassette",
    0x47: "paused",
    0x48: "cheated",
    FAILURE: "failed",
}

POWERED_UP: dict[int, Literal["none", "validator", "stacker"]] = {
    POWER_UP: "none",
    POWER_UP_ACCEPTOR: "validator",
    POWER_UP_STACKER: "stacker",
}

NO_STATE = {0x50, 0x4B, 0x05, 0x4A}
"""What is no state: acknowledged, invalid command, enquiry, communication error."""

BROKEN = range(0x43, FAILURE + 1)
"""States in which people put their hands into the acceptor: nobody knows then where its note is."""

WITHOUT_NOTE = {IDLING, ACCEPTING, DISABLED, REJECTING}
"""States in which the note of before has surely left the acceptor, this way or that."""

FAILURES = {
    0xA2: "stack motor",
    0xA5: "transport motor speed",
    0xA6: "transport motor",
    0xA7: "aligning motor",
    0xAB: "cashbox not ready",
    0xAC: "optic sensors",
    0xAD: "magnetic sensors",
    0xAF: "head removed",
    0xB0: "boot memory",
    0xB1: "external memory",
    0xB2: "memory",
    0xB3: "writing the external memory",
}

REJECTIONS = {
    0x71: "insertion",
    0x72: "magnetic",
    0x73: "bill remained in the head",
    0x74: "compensation",
    0x75: "conveying",
    0x76: "identification",
    0x77: "optic pattern",
    0x78: "optic level",
    0x79: "inhibited",
    0x7B: "operation",
    0x7C: "stacker",
    0x7D: "length",
    0x7E: "colour pattern",
}

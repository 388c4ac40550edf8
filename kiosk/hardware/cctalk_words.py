"""What the events of ccTalk acceptors say, in words for the desk: data.

Source: the ccTalk Generic Specification, Part 3 (tables of coin errors, bill events and faults), as
it stands in docs/devices.md, "ccTalk".
"""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.core.messages import AcceptorState

# --- coins -----------------------------------------------------------------------------------

COIN_REASONS: Mapping[int, str] = {
    1: "rejected",
    2: "inhibited",
    3: "two coins at once",
    4: "wake-up timeout",
    5: "validation timeout",
    6: "credit sensor timeout",
    7: "sorter timeout",
    8: "second coin too close",
    9: "accept gate not ready",
    10: "credit sensor not ready",
    11: "sorter not ready",
    12: "reject coin not cleared",
    13: "validation sensor not ready",
    14: "credit sensor blocked",
    15: "sorter blocked",
    16: "credit sequence",
    17: "coin going backwards",
    18: "coin too fast",
    19: "coin too slow",
    20: "coin on a string",
    23: "credit sensor reached too early",
    24: "rejected again and again",
    25: "slug",
    26: "reject sensor blocked",
    29: "accept gate stays open",
    30: "accept gate stays closed",
    34: "security status changed",
    36: "swallowed",
    37: "coin too fast at the validation",
    38: "coin too slow at the validation",
    39: "wrongly sorted",
    40: "light from outside",
    **dict.fromkeys(range(128, 160), "inhibited"),
    254: "return lever",
    255: "alarm",
}
"""What the second byte of an event says whose first is 0."""

COIN_FAULTS: Mapping[int, AcceptorState] = {
    **dict.fromkeys((4, 5, 6, 7, 12, 14, 15, 26), "jammed_validator"),
    **dict.fromkeys((16, 17, 18, 19, 20, 23, 40), "cheated"),
    **dict.fromkeys((29, 30, 36, 39), "failed"),
    254: "paused",
}
"""Those of them after which the acceptor is not as it should be, until its self-check is fine."""

SWALLOWED = 36
NO_COIN = (0, 253)
"""A slot without an event, and a device that wants something of the host."""

# --- notes -----------------------------------------------------------------------------------

RETURNED = 1
MENDED = (10, 12)
"""The stacker is in order, or was put in."""
UNKNOWN_STACKED = 21

NOTE_REJECTIONS: Mapping[int, str] = {
    2: "validation",
    3: "transport",
    4: "inhibited",
    5: "inhibited by its switches",
}
"""Likewise, of a note that was not taken."""

NOTE_FAULTS: Mapping[int, tuple[AcceptorState, str]] = {
    6: ("jammed_validator", "in the transport, within reach"),
    7: ("jammed_cassette", ""),
    8: ("cheated", "pulled back"),
    9: ("cheated", "tampered with"),
    11: ("cassette_out", ""),
    13: ("failed", "stacker"),
    14: ("cassette_full", ""),
    15: ("jammed_cassette", ""),
    16: ("jammed_validator", "in the transport"),
    17: ("cheated", "sensors"),
    18: ("cheated", "a string"),
    19: ("failed", "string sensor"),
}
"""What the second byte of an event says whose first is 0, and that is not as it should be."""

HANDS = (6, 7, 8, 9, 15, 16)
"""Those after which nobody knows where the note is: it was pulled, or people will take it out."""

NOTE_CHECKS: Mapping[int, tuple[AcceptorState, str]] = {
    36: ("failed", "validation sensor"),
    37: ("failed", "transport motor"),
    38: ("failed", "stacker"),
    39: ("jammed_validator", ""),
    41: ("failed", "string sensor"),
    44: ("cassette_out", ""),
    45: ("cassette_full", ""),
}
"""What a self-check answers."""

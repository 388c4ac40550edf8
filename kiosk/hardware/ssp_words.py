"""What an SSP validator tells, sorted by what follows from it.

Source: Innovative Technology, SSP Protocol Manual GA138_2_2_2129A.
"""

from __future__ import annotations

from kiosk.core.messages import AcceptorState
from kiosk.hardware import ssp_frames as frames

BROKEN: dict[int, tuple[AcceptorState, str]] = {
    frames.UNSAFE_JAM: ("jammed_validator", "the guest may reach the note"),
    frames.SAFE_JAM: ("jammed_cassette", ""),
    frames.CASHBOX_REMOVED: ("cassette_out", ""),
    frames.NOTE_PATH_OPEN: ("failed", "the note path is open"),
}
"""Told as long as they last. People put their hands in then: nobody knows where its note is."""

MOVING = {
    *(frames.READ, frames.NOTE_CREDIT, frames.REJECTING, frames.REJECTED, frames.STACKING),
    *(frames.STACKED, frames.INITIALISING, frames.SLAVE_RESET),
    *(frames.CLEARED_FROM_FRONT, frames.CLEARED_INTO_CASHBOX),
}
"""A poll that tells none of these finds the acceptor at rest, without a note in it."""

ACKNOWLEDGED_AT_ONCE = {frames.FRAUD_ATTEMPT, frames.CLEARED_FROM_FRONT}
"""The acceptor may repeat these, too, until they are acknowledged, and takes no note till then."""

CREDITS = {frames.NOTE_CREDIT, frames.CLEARED_INTO_CASHBOX}

REJECTIONS = {
    0x01: "length",
    0x06: "inhibited",
    0x07: "second note",
    0x08: "by the kiosk",
    0x09: "on two channels",
    0x0A: "rear sensor",
    0x0B: "too long",
    0x0C: "inhibited",
    0x0D: "slow mechanism",
    0x0E: "fraud",
    0x10: "no note seen",
    0x12: "twisted",
    0x13: "nobody decided",
    0x15: "did not go in",
    0x18: "too fast",
    0x19: "width",
    0x1A: "too short",
    0x1C: "two notes",
    0x1D: "could not be stacked",
    0x1F: "credit card",
    **dict.fromkeys((*range(0x02, 0x06), 0x11, 0x14, 0x16, 0x17), "not recognised"),
}

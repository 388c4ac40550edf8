"""What the desk says of the contacts of the cabinet; as in `device_faults`."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "desk.device.contacts": "Door, tilt and power",
    "desk.fault.contacts_off": "Not answering",
    "desk.cause.contacts_off": "An open door and a failing power are not noticed. Guests are "
    "served as ever.",
    "desk.step.contacts_off.1": "Keep an eye on the door of the kiosk.",
    "desk.step.contacts_off.2": "The technician reads what it says in the log.",
    "desk.fault.power_fails": "The power has failed",
    "desk.cause.power_fails": "The kiosk takes nothing more and goes on for a moment only. What is "
    "booked is on the disk.",
    "desk.step.power_fails.1": "Is the kiosk's plug in? Do the lights of the room work?",
    "desk.step.power_fails.2": "Look at its fuse, and at the lamp of its power supply.",
    "desk.step.power_fails.3": "It goes on by itself when the power is back. With power and still "
    "so, call the technician: the alarm wire of the supply may be loose.",
    "desk.fault.door_open": "The door is open",
    "desk.cause.door_open": "Somebody opened the cabinet. Guests are served as ever.",
    "desk.step.door_open.1": "Is one of you at it? If not, look who is, and at the cashbox.",
    "desk.step.door_open.2": "Shut the door and lock it.",
    "desk.fault.tilted": "It is tilted or was pushed",
    "desk.cause.tilted": "The cabinet does not stand as it should. Guests are served as ever.",
    "desk.step.tilted.1": "Look who stands there, and whether the cabinet was moved or forced.",
    "desk.step.tilted.2": "Set it upright. Is it still screwed to the floor?",
    "desk.step.tilted.3": "It stands well and still says so? Call the technician: the contact may "
    "be loose.",
}

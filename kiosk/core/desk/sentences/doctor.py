"""What the check of all devices says, at the desk and on the command line, in English."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "desk.button.doctor": "Find devices",
    "desk.button.look_again": "Look again",
    "desk.doctor.title": "What is plugged in",
    "desk.doctor.looking": "The kiosk looks at every line. Each takes some seconds.",
    "desk.doctor.well": "Every device is there as it is declared",
    "desk.doctor.declared": "Declared",
    "desk.doctor.new": "There, and not declared",
    "desk.doctor.none": "Nothing else was found.",
    "desk.doctor.write": "To use one, a technician writes these lines into kiosk.toml and starts "
    "the program again.",
    "desk.doctor.unsure": "to be looked at: it cannot be told for sure",
    "desk.doctor.mute": "nothing answers; a stripe reader or a scanner says nothing of itself",
    "desk.doctor.problems": "Could not be looked at",
    "desk.doctor.ok": "there, as declared",
    "desk.doctor.at_work": "works; in use by the kiosk",
    "desk.doctor.unseen": "cannot be seen from outside: try it",
    "desk.doctor.simulated": "simulated",
    "desk.doctor.not_found": "not there",
    "desk.doctor.not_found.do": "Check its cable and power. If it has another line or number now, "
    "choose its port anew.",
    "desk.doctor.unplugged": "it was unplugged",
    "desk.doctor.unplugged.do": "Push its plug in firmly, at both ends, or change the cable.",
    "desk.doctor.denied": "the kiosk may not use it",
    "desk.doctor.denied.do": "The kiosk's user needs the right: the group dialout for a serial "
    "line, the rules for udev for USB.",
    "desk.doctor.in_use": "another program uses it",
    "desk.doctor.in_use.do": "End that program: ModemManager and brltty grab serial lines. Two "
    "devices with one port disturb each other, too.",
    "desk.doctor.silent": "the line is there, and nothing answers as this device would",
    "desk.doctor.silent.do": "Switch the device on, check the cable behind the adapter, and the "
    "speed and protocol that its switches say.",
    "desk.doctor.other": "something else is there",
    "desk.doctor.other.do": "Plug the right device in there, or choose its port anew.",
    "desk.doctor.several": "more than one fits",
    "desk.doctor.several.do": "Name one by its serial number, or by the socket it is in.",
    "desk.doctor.settings": "it is declared otherwise than it is",
    "desk.doctor.settings.do": "Correct what is declared in kiosk.toml, or the device's switches.",
}

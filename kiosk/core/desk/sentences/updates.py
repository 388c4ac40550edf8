"""What the desk says of updates of the machine, in English."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "desk.button.updates": "Updates",
    "desk.updates.title": "Updates",
    "desk.updates.version": "Version now",
    "desk.updates.slot": "Started from",
    "desk.updates.slot_of": "Slot {slot}",
    "desk.updates.other": "In the other slot",
    "desk.updates.other_none": "the version before",
    "desk.updates.asking": "The machine is being asked.",
    "desk.updates.searching": "Sticks and network are being looked at.",
    "desk.updates.how": "Guests are served while an update is written. The machine restarts into "
    "it when nobody is here, or when you say so. If anything is wrong then, it goes back by "
    "itself.",
    "desk.updates.look": "Look for updates",
    "desk.updates.none": "No update was found, neither on a stick nor in the network.",
    "desk.updates.found": "Found",
    "desk.updates.on_stick": "on the stick {stick}",
    "desk.updates.in_network": "in the network",
    "desk.updates.nameless": "its name does not say its version",
    "desk.updates.newer": "newer",
    "desk.updates.not_newer": "not newer",
    "desk.updates.older_sure": "Version {version} is not newer than what runs now. It cannot read "
    "books that a newer version has written: then the machine goes back by itself. Install it all "
    "the same?",
    "desk.updates.install": "Install it",
    "desk.updates.installing": "Version {version} is being written; guests are served meanwhile.",
    "desk.updates.written": "Written",
    "desk.updates.ready": "Version {version} is ready. The machine restarts into it when nobody "
    "is here.",
    "desk.updates.switch": "Restart into it now",
    "desk.updates.switch_sure": "The machine restarts into version {version} and tries it: that "
    "takes some minutes, in which nobody is served. No money is taken meanwhile.",
    "desk.updates.switching": "The machine restarts into the update now.",
    "desk.updates.good": "Version {version} was installed, tried, and is good.",
    "desk.updates.back": "Version {version} was tried and the machine went back:",
    "desk.updates.problem": "The last update was not installed:",
    "desk.updates.why.promise": "the books were not those that it was promised.",
    "desk.updates.why.books": "the books in its format were not sound.",
    "desk.updates.why.balances": "a balance was another one than before.",
    "desk.updates.why.devices": "a device that worked before did not answer in time.",
    "desk.updates.why.storage": "the disk had no room, or refused.",
    "desk.updates.why.older": "it cannot read these books: they are of a newer version.",
    "desk.updates.why.settings": "it did not take the settings of this machine.",
    "desk.updates.why.program": "its program did not run.",
    "desk.updates.why.late": "it was not ready in half an hour.",
    "desk.updates.why.start": "it did not start.",
    "err.no_slots": "This machine has no slots for updates.",
    "err.no_update_ready": "No update is ready.",
    "err.updates_unreachable": "The address for updates does not answer. Is the machine in the "
    "network?",
    "err.updates_text": "The address for updates answered something that names no update.",
    "err.updates_promise": "What was promised before the restart cannot be read.",
    "err.update_signature": "This file is not signed by whoever made this kiosk's system, or it is "
    "damaged. Nothing was changed.",
    "err.update_other_machine": "This update is for another kind of machine. Nothing was changed.",
    "err.update_space": "The update does not fit into the slot. This version goes on.",
    "err.update_unreachable": "The file could not be read to its end. Is the stick still in, the "
    "network there? This version goes on.",
    "err.update_older": "This update is older than what runs now.",
    "err.update_cut": "The power went while it was being written. Install it again.",
    "err.update_failed": "The update could not be installed; the machine's log says why. This "
    "version goes on.",
    "err.update_busy_note": "A note is on its way. Try again in a moment.",
    "err.update_busy_printer": "A slip is being printed. Try again in a moment.",
    "err.update_busy_device": "The terminal or the fiscal device is busy. Try again in a moment.",
}

"""What the desk says of faults that a driver's words tell more exactly; as in `device_faults`."""

from __future__ import annotations

_LOOK = "Open the door. Look for a note, a scrap of paper or a coin."
_OFF_ON = "Switch the acceptor off, wait ten seconds, switch it on again."
_AGAIN = (
    "Close the door. With Done the acceptor is started over. If it fails again, call the "
    "technician and read out the word for it."
)
_CALL = "Call the technician and read out the word for it."
_CABLE = "Is its cable in at both ends?"
_COINS_OFF_ON = "Switch the coin acceptor off, wait ten seconds, switch it on again."
_PRINTER_OFF_ON = "Switch the printer off, wait five seconds, switch it on again."
_TERMINAL = "The technician looks at it with kiosk doctor."
_SETTINGS = "The technician corrects the settings of this kiosk and starts the program anew."

SENTENCES: dict[str, str | tuple[str, str]] = {
    # Notes.
    "desk.fault.note_on_string": "A note on a string",
    "desk.cause.note_on_string": "Somebody tried to pull a note out again. Nothing was booked "
    "for it.",
    "desk.step.note_on_string.1": "Look at the slot: is there a thread, tape or a cut note in it?",
    "desk.step.note_on_string.2": "Remove it, keep it, and tell your manager.",
    "desk.step.note_on_string.3": "With Done the acceptor is started over.",
    "desk.fault.failed_cassette": "The cashbox does not work",
    "desk.cause.failed_cassette": "The acceptor cannot press notes into its cashbox.",
    "desk.step.failed_cassette.1": "Open the door and take the cashbox out.",
    "desk.step.failed_cassette.2": "Press the notes in the box flat and put the box back until it "
    "clicks.",
    "desk.step.failed_cassette.3": _AGAIN,
    "desk.fault.failed_motor": "A motor in it does not turn",
    "desk.cause.failed_motor": "Something blocks its rollers, or the motor is worn out.",
    "desk.step.failed_motor.1": _LOOK,
    "desk.step.failed_motor.2": "Open its lid and remove what lies between the rollers.",
    "desk.step.failed_motor.3": _OFF_ON,
    "desk.step.failed_motor.4": _AGAIN,
    "desk.fault.failed_sensors": "It cannot see notes",
    "desk.cause.failed_sensors": "A sensor of it is dirty, covered, or broken.",
    "desk.step.failed_sensors.1": "Open its lid. Look for a scrap of paper on the glass.",
    "desk.step.failed_sensors.2": "Wipe the glass with a soft dry cloth. No liquid.",
    "desk.step.failed_sensors.3": _OFF_ON,
    "desk.step.failed_sensors.4": _AGAIN,
    "desk.fault.failed_open": "The acceptor is open",
    "desk.cause.failed_open": "Its head or its lid is not closed. It takes no notes like that.",
    "desk.step.failed_open.1": "Open the door and look at the acceptor's head and lid.",
    "desk.step.failed_open.2": "Put the head in and close the lid until it clicks.",
    "desk.step.failed_open.3": _AGAIN,
    "desk.fault.failed_memory": "Its memory is broken",
    "desk.cause.failed_memory": "The acceptor cannot trust what it keeps. It wants repair.",
    "desk.step.failed_memory.1": _OFF_ON,
    "desk.step.failed_memory.2": _AGAIN,
    "desk.fault.failed_protocol": "It says what nobody understands",
    "desk.cause.failed_protocol": "Its program is not one that this kiosk can speak to, or it was "
    "changed.",
    "desk.step.failed_protocol.1": _OFF_ON,
    "desk.step.failed_protocol.2": "Call the technician: its program (firmware) is the wrong one.",
    "desk.fault.note_unknown": "A note that nobody knows is in the cashbox",
    "desk.cause.note_unknown": "A note went in of which the acceptor did not tell the value. "
    "Nothing was booked for it.",
    "desk.step.note_unknown.1": "Collect the cashbox: Cash, then Collect. Count it with somebody "
    "else.",
    "desk.step.note_unknown.2": "More notes than the books say: the guest's note is among them. "
    "Keep it apart.",
    "desk.step.note_unknown.3": "Tell your manager. Under Today a task may say whose it is.",
    "desk.step.note_unknown.4": "Put an empty cashbox in. With Done the acceptor is started over.",
    "desk.fault.no_notes": "It knows no notes",
    "desk.cause.no_notes": "The acceptor has no notes in its table: it would refuse every one.",
    "desk.step.no_notes.1": _OFF_ON,
    "desk.step.no_notes.2": "Call the technician: the acceptor needs the notes of this country.",
    # Coins.
    "desk.fault.coins_cheated": "Somebody tries to trick it",
    "desk.cause.coins_cheated": "A coin on a string, or one that went the wrong way. Nothing was "
    "booked for it.",
    "desk.step.coins_cheated.1": "Look at the slot: is there a thread or a wire in it?",
    "desk.step.coins_cheated.2": "Remove it, keep it, and tell your manager.",
    "desk.step.coins_cheated.3": "Close the door. If it stays so, switch the coin acceptor off, "
    "wait ten seconds, switch it on again.",
    "desk.fault.coins_lever": "The return lever is pressed",
    "desk.cause.coins_lever": "While it is down every coin falls through.",
    "desk.step.coins_lever.1": "Press the lever a few times: it must come back by itself.",
    "desk.step.coins_lever.2": "Does it stay down? Open the door and look what holds it.",
    "desk.fault.coins_swallowed": "A coin was swallowed",
    "desk.cause.coins_swallowed": "A coin went in that was not counted. A guest may miss it.",
    "desk.step.coins_swallowed.1": "Ask whoever stands there. What is missing is paid from the "
    "till, against a claim.",
    "desk.step.coins_swallowed.2": "Open the door. Look for a coin that sticks, a string or paper.",
    "desk.step.coins_swallowed.3": _COINS_OFF_ON,
    "desk.fault.coins_line_held": "Its line is held",
    "desk.cause.coins_line_held": "The coin acceptor's wire gives a signal that does not end: it "
    "has no power, or a wire is off.",
    "desk.step.coins_line_held.1": "Open the door. Is the coin machine's lamp on?",
    "desk.step.coins_line_held.2": "Are all its wires in?",
    "desk.step.coins_line_held.3": _COINS_OFF_ON,
    "desk.fault.coins_foreign": "Set to another currency",
    "desk.cause.coins_foreign": "Its coins are those of another country than this kiosk's.",
    "desk.step.coins_foreign.1": "Call the technician: the coin acceptor needs the coins of this "
    "country.",
    "desk.step.coins_foreign.2": "When it was changed, switch it off, wait ten seconds, switch it "
    "on again.",
    # Hoppers.
    "desk.fault.hopper_exit": "Coins lie in its exit",
    "desk.cause.hopper_exit": "No coins are paid out while the exit is covered. What came out is "
    "booked.",
    "desk.step.hopper_exit.1": "Open the door. Take away what lies before the hopper's exit.",
    "desk.step.hopper_exit.2": "Those coins were counted: give them to whom they belong.",
    "desk.step.hopper_exit.3": "Close the door. If it stays so, call the technician.",
    "desk.fault.hopper_forced": "Somebody reached into its exit",
    "desk.cause.hopper_forced": "The hopper saw its exit being opened from outside.",
    "desk.step.hopper_forced.1": "Look at the exit: is there a wire or a tool in it?",
    "desk.step.hopper_forced.2": "Remove it, keep it, and tell your manager.",
    "desk.step.hopper_forced.3": "Count the hopper: its page, then Count.",
    # Printers.
    "desk.fault.cutter_jammed": "The knife sticks",
    "desk.cause.cutter_jammed": "The printer cannot cut. Slips wait.",
    "desk.step.cutter_jammed.1": "Open the cover. Is paper wound around the knife or the roller?",
    "desk.step.cutter_jammed.2": "Remove it. Do not touch the knife.",
    "desk.step.cutter_jammed.3": _PRINTER_OFF_ON,
    "desk.step.cutter_jammed.4": "Close the cover and print a test page.",
    "desk.fault.printer_hot": "Its head is too hot",
    "desk.cause.printer_hot": "The printer waits until it has cooled, and goes on by itself.",
    "desk.step.printer_hot.1": "Wait five minutes. Slips that wait come out by themselves.",
    "desk.step.printer_hot.2": "Is its air free? Nothing may cover it.",
    "desk.step.printer_hot.3": "It comes back? Call the technician: its head is dirty or worn.",
    "desk.fault.printer_broken": "The printer needs repair",
    "desk.cause.printer_broken": "Its power or its electronics failed. It says that nothing here "
    "helps but switching it off.",
    "desk.step.printer_broken.1": _PRINTER_OFF_ON,
    "desk.step.printer_broken.2": "Is its power supply the one that came with it?",
    "desk.step.printer_broken.3": _CALL,
    "desk.fault.printer_offline": "The printer waits for somebody",
    "desk.cause.printer_offline": "It was set aside at its button, or is still busy.",
    "desk.step.printer_offline.1": "Press its button once. Its lamp must be on and still.",
    "desk.step.printer_offline.2": "Close the cover until it clicks.",
    "desk.step.printer_offline.3": _PRINTER_OFF_ON,
    # Fiscal devices.
    "desk.fault.fiscal_paper": "The fiscal device has no paper",
    "desk.cause.fiscal_paper": "Receipts for the tax office wait until it has paper.",
    "desk.step.fiscal_paper.1": "Open its cover and put a new roll in.",
    "desk.step.fiscal_paper.2": "Close the cover. Receipts that wait are made by themselves.",
    "desk.step.fiscal_paper.3": "Then test everything: it is asked how it is.",
    "desk.fault.fiscal_cover": "The fiscal device is open",
    "desk.cause.fiscal_cover": "Receipts for the tax office wait until it is closed.",
    "desk.step.fiscal_cover.1": "Press its cover down until it clicks.",
    "desk.step.fiscal_cover.2": "Then test everything: it is asked how it is.",
    "desk.fault.fiscal_blocked": "The fiscal device is blocked",
    "desk.cause.fiscal_blocked": "It makes no receipts until its operator has dealt with it: "
    "mostly nothing was sent to the tax office for long.",
    "desk.step.fiscal_blocked.1": "Is its network there? Ask whoever looks after it.",
    "desk.step.fiscal_blocked.2": "Call the operator of the tax data. Then test everything.",
    "desk.fault.fiscal_server": "Its program answers with an error",
    "desk.cause.fiscal_server": "The program that serves the fiscal device has a fault.",
    "desk.step.fiscal_server.1": "Switch it off, wait ten seconds, switch it on again.",
    "desk.step.fiscal_server.2": _CALL,
    # A line that is not there.
    "desk.fault.line_missing": "Not plugged in",
    "desk.cause.line_missing": "This machine does not see it. It is looked for every few seconds.",
    "desk.step.line_missing.1": _CABLE,
    "desk.step.line_missing.2": "Unplug it, wait five seconds, plug it in again.",
    "desk.step.line_missing.3": "Is the device switched on, and the hub that it hangs on?",
    "desk.step.line_missing.4": "Was it plugged in elsewhere? Choose its port anew.",
    "desk.fault.line_denied": "May not be used",
    "desk.cause.line_denied": "It is there, but this program has no right to use it.",
    "desk.step.line_denied.1": "Restart the machine: Machine, then Restart.",
    "desk.step.line_denied.2": "It stays so? The technician installs the program anew; its rules "
    "give the right.",
    "desk.fault.line_taken": "Used by something else",
    "desk.cause.line_taken": "Another program holds it, or two devices of the settings have the "
    "same port.",
    "desk.step.line_taken.1": "Was a port chosen anew lately? Give each device its own.",
    "desk.step.line_taken.2": _TERMINAL,
    "desk.fault.line_wrong": "Its port is something else",
    "desk.cause.line_wrong": "What the settings name as its port is no line of a device.",
    "desk.step.line_wrong.1": "Choose its port anew.",
    "desk.step.line_wrong.2": _TERMINAL,
    "desk.fault.line_noise": "What it says cannot be read",
    "desk.cause.line_noise": "Something comes, but damaged: a bad cable, a wrong speed, or another "
    "device.",
    "desk.step.line_noise.1": _CABLE,
    "desk.step.line_noise.2": "Does its cable lie beside a motor or a power cable? Lay it "
    "elsewhere.",
    "desk.step.line_noise.3": "Was it plugged in elsewhere? Choose its port anew.",
    "desk.step.line_noise.4": "The technician compares speed and protocol with the device's own "
    "switches.",
    "desk.fault.line_no_echo": "Its adapter says nothing",
    "desk.cause.line_no_echo": "What is sent does not come back on the wire, as it must.",
    "desk.step.line_no_echo.1": "Is the adapter's cable in at both ends?",
    "desk.step.line_no_echo.2": "Does the adapter have its power of 12 volts? Is its lamp on?",
    "desk.step.line_no_echo.3": _TERMINAL,
    "desk.fault.net_refused": "Nobody listens there",
    "desk.cause.net_refused": "The machine is in the network, but what should answer there does "
    "not run.",
    "desk.step.net_refused.1": "Switch the device off, wait ten seconds, switch it on again.",
    "desk.step.net_refused.2": "Does another kiosk or a till use it now? Only one may.",
    "desk.step.net_refused.3": "The technician compares its address and port with the settings.",
    "desk.fault.net_away": "Not in the network",
    "desk.cause.net_away": "Nothing at its address answers.",
    "desk.step.net_away.1": "Is it switched on, and its network cable in?",
    "desk.step.net_away.2": "Is the network there? Ask whoever looks after it.",
    "desk.step.net_away.3": "The technician compares its address and port with the settings.",
    "desk.fault.wrong_device": "Another device is there",
    "desk.cause.wrong_device": "Something answers, but not the device that belongs there.",
    "desk.step.wrong_device.1": "Were two cables mixed up? Put them back, or choose the port anew.",
    "desk.step.wrong_device.2": _TERMINAL,
    "desk.fault.restarted": "It has just restarted",
    "desk.cause.restarted": "It was without power for a moment. It is greeted anew by itself.",
    "desk.step.restarted.1": "Nothing has to be done when it happens once.",
    "desk.step.restarted.2": "It comes back? Look whether its power plug sits well.",
    "desk.step.restarted.3": "Call the technician: its power supply is too weak.",
    "desk.fault.key_missing": "Its key is missing",
    "desk.cause.key_missing": "It is to be spoken to in secret, and the file with its key cannot "
    "be read.",
    "desk.step.key_missing.1": "Call the technician.",
    "desk.step.key_missing.2": "The technician puts the file of `key_file` back.",
    "desk.fault.key_wrong": "It does not know the key",
    "desk.cause.key_wrong": "It is spoken to in secret, but not with this key: was the acceptor "
    "exchanged?",
    "desk.step.key_wrong.1": "Was the acceptor exchanged, and by whom? Tell your manager.",
    "desk.step.key_wrong.2": "The technician gives the kiosk and the acceptor the same key.",
    # Readers.
    "desk.fault.reader_daemon": "The service for readers is off",
    "desk.cause.reader_daemon": "Card readers are served by a program of the machine; it does not "
    "run.",
    "desk.step.reader_daemon.1": "Restart the machine: Machine, then Restart.",
    "desk.step.reader_daemon.2": "It stays so? The technician looks why pcscd does not run.",
    "desk.fault.reader_other": "Another reader is plugged in",
    "desk.cause.reader_other": "There is a reader, but not the one that the settings name.",
    "desk.step.reader_other.1": "Was the reader exchanged? Plug the old one in again.",
    "desk.step.reader_other.2": _SETTINGS,
    "desk.fault.line_twice": "Two of one kind",
    "desk.cause.line_twice": "Two of the same kind are plugged in; the settings do not say "
    "which is meant.",
    "desk.step.line_twice.1": "Unplug the one that does not belong to this kiosk.",
    "desk.step.line_twice.2": _SETTINGS,
    "desk.fault.reader_mode": "Set up as a keyboard",
    "desk.cause.reader_mode": "The reader is there, but types instead of sending reports.",
    "desk.step.reader_mode.1": "Call the technician.",
    "desk.step.reader_mode.2": "The technician sets the reader to reports, or names it as one "
    "that types.",
    "desk.fault.card_keys_missing": "The keys of the cards are missing",
    "desk.cause.card_keys_missing": "Genuine cards are wanted here, and without the keys none can "
    "be checked.",
    "desk.step.card_keys_missing.1": "Use another reader meanwhile, where there is one.",
    "desk.step.card_keys_missing.2": "The technician puts the file cards.keys back from the "
    "backup, or makes it with kiosk keys cards.",
    "desk.fault.card_keys_open": "The keys of the cards lie open",
    "desk.cause.card_keys_open": "Others may read the file of the keys: whoever did can copy "
    "cards.",
    "desk.step.card_keys_open.1": "Tell your manager. The technician closes the file (chmod 600) "
    "and asks who could read it.",
    "desk.fault.card_keys_bad": "The keys of the cards are damaged",
    "desk.cause.card_keys_bad": "A line of the file of the keys is none.",
    "desk.step.card_keys_bad.1": "Use another reader meanwhile, where there is one.",
    "desk.step.card_keys_bad.2": "The technician corrects the line that is named below.",
    # Pins, sound, the terminal.
    "desk.fault.pins_missing": "This machine has no pins",
    "desk.cause.pins_missing": "It hangs on pins that this machine does not have, or may not use.",
    "desk.step.pins_missing.1": "Call the technician.",
    "desk.step.pins_missing.2": _SETTINGS,
    "desk.fault.pins_taken": "Its pins are taken",
    "desk.cause.pins_taken": "Another program holds one of its pins, or there is none of this "
    "number.",
    "desk.step.pins_taken.1": "Restart the machine: Machine, then Restart.",
    "desk.step.pins_taken.2": _SETTINGS,
    "desk.fault.payment_login": "The terminal refuses this kiosk",
    "desk.cause.payment_login": "It answers, but does not let the kiosk log in.",
    "desk.step.payment_login.1": "Restart the terminal as its maker says.",
    "desk.step.payment_login.2": "The technician compares the names of kiosk and terminal with "
    "what the bank gave.",
    "desk.fault.speech_missing": "The voice is not installed",
    "desk.cause.speech_missing": "Nothing is spoken in the headset. The screen works as ever.",
    "desk.step.speech_missing.1": "The technician installs espeak-ng.",
    "desk.fault.speech_sound": "No sound comes out",
    "desk.cause.speech_sound": "The voice is there, but no sound card.",
    "desk.step.speech_sound.1": "Is the cable of the headset's socket in?",
    "desk.step.speech_sound.2": "The technician looks whether the machine has a sound card.",
}

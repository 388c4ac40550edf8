"""What the desk says of faults, in English: the state, what it means, what to do step by step."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    # The state in a few words.
    "desk.fault.cassette_full": "The cashbox is full",
    "desk.fault.cassette_out": "The cashbox is out",
    "desk.fault.jammed_validator": "A note sticks in the acceptor",
    "desk.fault.jammed_cassette": "A note sticks at the cashbox",
    "desk.fault.cheated": "Somebody pulled at a note",
    "desk.fault.paused": "Two notes at once",
    "desk.fault.failed": "Out of order",
    "desk.fault.wrong_currency": "Set to another currency",
    "desk.fault.paper_out": "No paper",
    "desk.fault.paper_low": "Paper is running low",
    "desk.fault.cover_open": "The cover is open",
    "desk.fault.error": "Out of order",
    "desk.fault.reader_off": "Not answering",
    "desk.fault.acceptor_off": "Not answering",
    "desk.fault.printer_off": "Not answering",
    "desk.fault.lights_off": "Not answering",
    "desk.fault.fiscal_off": "Not answering",
    "desk.fault.fiscal_trouble": "Something hinders it",
    "desk.fault.fiscal_shift_expired": "Its shift is over 24 hours long",
    "desk.fault.payment_off": "Not answering",
    "desk.fault.speech_off": "Not answering",
    "desk.fault.switches_off": "Not answering",
    # What it means.
    "desk.cause.cassette_full": "No more notes go in. Guests can pay by bank card only.",
    "desk.cause.cassette_out": "Without its cashbox the acceptor takes no notes.",
    "desk.cause.jammed_validator": "Cash is closed until it is free. Money that was put in before "
    "is booked; the note that sticks is a task under Today.",
    "desk.cause.jammed_cassette": "Cash is closed until it is free. The note that sticks may be "
    "booked already; if it is not, it is a task under Today.",
    "desk.cause.cheated": "The acceptor saw a note being pulled back. Nothing was booked for it.",
    "desk.cause.paused": "A second note was pushed in behind the first. None of them is lost.",
    "desk.cause.failed": "The acceptor found a fault in itself. The word for it stands below.",
    "desk.cause.wrong_currency": "Its table has notes of another country than this kiosk's.",
    "desk.cause.paper_out": "Payments go on and are booked. Slips wait until there is paper.",
    "desk.cause.paper_low": "The end of the roll is near. Slips still come out.",
    "desk.cause.cover_open": "While the cover is open nothing is printed. Slips wait.",
    "desk.cause.error": "The printer says that something in it does not work: mostly the cutter.",
    "desk.cause.reader_off": "Cards cannot be read here. The kiosk tries again every few seconds.",
    "desk.cause.acceptor_off": "Cash is closed. The kiosk tries again every few seconds.",
    "desk.cause.printer_off": "Payments go on and are booked. Slips wait until it is back.",
    "desk.cause.lights_off": "Nothing depends on it. The screen says the same as the lights.",
    "desk.cause.fiscal_off": "Receipts for the tax office wait until it is back.",
    "desk.cause.fiscal_trouble": "It says itself what hinders it; that stands below.",
    "desk.cause.fiscal_shift_expired": "It makes no more receipts until its shift is closed.",
    "desk.cause.speech_off": "Nothing is spoken in the headset. The screen works as ever.",
    "desk.cause.switches_off": "The switches do nothing, a headset is not noticed. Touch works.",
    "desk.cause.payment_off": "Guests cannot pay by bank card. A payment that was begun is "
    "looked up when it is back.",
    # What to do.
    "desk.step.cassette_full.1": "Collect the cashbox: Cash, then Collect. Put an empty one in.",
    "desk.step.cassette_full.2": "Lock the door. The acceptor starts by itself.",
    "desk.step.cassette_out.1": "Push the cashbox in until it clicks.",
    "desk.step.cassette_out.2": "Lock the door. The acceptor starts by itself.",
    "desk.step.jammed_validator.1": "Open the door and unlock the acceptor's upper lid.",
    "desk.step.jammed_validator.2": "Look along the path of the notes. Pull the note out slowly, "
    "in one piece. Never use a knife or a screwdriver.",
    "desk.step.jammed_validator.3": "Remove scraps of paper and dust. Close the lid until it "
    "clicks.",
    "desk.step.jammed_validator.4": "Keep the note. Under Today a task says whose it is: give it "
    "back and void it there, or put it into the cashbox and credit it there.",
    "desk.step.jammed_validator.5": "Close the door. With Done the acceptor is started over.",
    "desk.step.jammed_cassette.1": "Open the door and take the cashbox out.",
    "desk.step.jammed_cassette.2": "Look into the slot where the notes go into the box. Pull the "
    "note out slowly, in one piece.",
    "desk.step.jammed_cassette.3": "Press the notes in the box flat and put the box back until it "
    "clicks.",
    "desk.step.jammed_cassette.4": "Keep the note. Under Today a task says whose it is: put it "
    "into the cashbox and credit it there, or give it back and void it there.",
    "desk.step.jammed_cassette.5": "Close the door. With Done the acceptor is started over.",
    "desk.step.cheated.1": "Look at the slot: is there a thread, tape or a cut note in it?",
    "desk.step.cheated.2": "Remove it, keep it, and tell your manager.",
    "desk.step.cheated.3": "With Done the acceptor is started over.",
    "desk.step.paused.1": "Open the lid of the acceptor.",
    "desk.step.paused.2": "Take out the second note and give it back.",
    "desk.step.paused.3": "Close the lid. With Done the acceptor is started over.",
    "desk.step.failed.1": "Open the door. Look for a note, a scrap of paper or a coin.",
    "desk.step.failed.2": "Switch the acceptor off, wait ten seconds, switch it on again.",
    "desk.step.failed.3": "Close the door. With Done the acceptor is started over. If it fails "
    "again, call the technician and read out the word for it.",
    "desk.step.wrong_currency.1": "Call the technician: the acceptor needs the notes of this "
    "country.",
    "desk.step.wrong_currency.2": "When it was changed, restart the program: Machine, then "
    "Restart.",
    "desk.step.paper_out.1": "Open the printer's cover.",
    "desk.step.paper_out.2": "Put a new roll in, with the end of the paper coming from below.",
    "desk.step.paper_out.3": "Pull a hand's width of paper out and close the cover over it.",
    "desk.step.paper_out.4": "Slips that wait come out by themselves. Print a test page then.",
    "desk.step.paper_low.1": "Have a new roll ready.",
    "desk.step.paper_low.2": "Change it in a quiet moment: an old end is worth nothing.",
    "desk.step.cover_open.1": "Press the cover down on both sides until it clicks.",
    "desk.step.cover_open.2": "If it opens again, look whether the roll lies straight.",
    "desk.step.error.1": "Open the cover. Is paper wound around the knife or the roller?",
    "desk.step.error.2": "Remove it. Do not touch the knife.",
    "desk.step.error.3": "Switch the printer off, wait five seconds, switch it on again.",
    "desk.step.error.4": "Close the cover and print a test page.",
    "desk.step.reader_off.1": "Is its cable in at both ends? Is its lamp on?",
    "desk.step.reader_off.2": "Unplug it, wait five seconds, plug it in again.",
    "desk.step.reader_off.3": "Nothing? Restart the program: Machine, then Restart.",
    "desk.step.acceptor_off.1": "Open the door. Is the acceptor's lamp on?",
    "desk.step.acceptor_off.2": "Is its cable in at both ends?",
    "desk.step.acceptor_off.3": "Switch the acceptor off, wait ten seconds, switch it on again.",
    "desk.step.acceptor_off.4": "Was it plugged in elsewhere? Choose its port anew.",
    "desk.step.printer_off.1": "Is the printer's lamp on? If not, switch it on.",
    "desk.step.printer_off.2": "Is its cable in at both ends?",
    "desk.step.printer_off.3": "Switch it off, wait five seconds, switch it on again.",
    "desk.step.printer_off.4": "A printer in the network: is the network there? Ask whoever "
    "looks after it.",
    "desk.step.speech_off.1": "Help guests who cannot see the screen: read it out to them.",
    "desk.step.speech_off.2": "The technician checks that espeak-ng and the sound are there; "
    "the log says which of them is not.",
    "desk.step.switches_off.1": "Help guests who cannot touch the screen.",
    "desk.step.switches_off.2": "The technician reads what it says in the log.",
    "desk.step.lights_off.1": "Call the technician. Guests notice nothing.",
    "desk.step.lights_off.2": "The technician reads what it says in the log.",
    "desk.step.fiscal_off.1": "Is the fiscal device switched on? Is its cable in?",
    "desk.step.fiscal_off.2": "Switch it off, wait ten seconds, switch it on again.",
    "desk.step.fiscal_off.3": "Does its own program run on the machine it stands at? Call the "
    "technician.",
    "desk.step.fiscal_trouble.1": "Do what its word says: paper, cover, or the operator of the "
    "tax data.",
    "desk.step.fiscal_trouble.2": "Then test everything: it is asked how it is.",
    "desk.step.fiscal_shift_expired.1": "Close the shift: Cash, then Close the shift.",
    "desk.step.fiscal_shift_expired.2": "Open a new one. Receipts that wait are made then.",
    "desk.step.payment_off.1": "Is the terminal on, and is its network there?",
    "desk.step.payment_off.2": "Restart the terminal as its maker says.",
    "desk.step.payment_off.3": "If it stays away, call the bank's hotline; the number stands on "
    "the terminal.",
}

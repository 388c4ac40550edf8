"""Every sentence that a guest or a document shows, in English, under its key.

A pair is singular and plural (``{n}`` is the number). Placeholders are plain names in braces. Of an
error, `money.*` says first what it means for the guest's money, then `err.*` what happened and what
to do. Variants exist by capability: no sentence names a way out that this kiosk does not offer.
Source of the errors' wording and codes: the error catalogue (docs/operations.md).
"""

from __future__ import annotations

from kiosk.core.desk import sentences as desk
from kiosk.core.guest import sentences as guest
from kiosk.core.report_sentences import REPORT_SENTENCES
from kiosk.core.setup_sentences import SETUP_SENTENCES

SENTENCES: dict[str, str | tuple[str, str]] = {
    # The language itself.
    "language.name": "English",
    "language.short": "EN",
    "format.decimal": ".",
    "format.thousands": "\u202f",
    "format.money": "{amount}\u00a0{symbol}",
    "format.date": "{day}.{month}.{year}",
    "format.time": "{hour}:{minute}",
    "format.moment": "{day}.{month}.{year} {hour}:{minute}:{second} {zone}",
    "format.duration": "{hours}\u00a0h\u00a0{minutes}",
    # A day as it stands in "Opens … at 10:00"; 0 is Monday.
    "day.today": "today",
    "day.tomorrow": "tomorrow",
    "day.0": "on Monday",
    "day.1": "on Tuesday",
    "day.2": "on Wednesday",
    "day.3": "on Thursday",
    "day.4": "on Friday",
    "day.5": "on Saturday",
    "day.6": "on Sunday",
    "day.date": "on {date}",
    # Buttons.
    "button.access": "Aa · {language}",
    "button.agree": "I agree",
    "button.ask_staff": "Ask staff",
    "button.back": "Back",
    "button.cancel": "Cancel",
    "button.continue": "Continue",
    "button.done_amount": "Done · {amount}",
    "button.finish": "Finish",
    "button.history": "History",
    "button.more_time": "I need more time",
    "button.next": "Next",
    "button.print_slip": "Print the slip",
    "button.print_receipt": "Print the receipt",
    "button.print_check_slip": "Print the check slip",
    "button.register": "Register a card",
    "button.register_this": "Register this card",
    "button.something_else": "Something else",
    "button.space": "space",
    "button.terms": "The full terms",
    "button.top_up": "Top up",
    "button.visit": "My visit",
    "button.with_phone": "With my phone number",
    "button.without_name": "Without a name",
    "button.without_phone": "Without a phone number",
    # The letters of the keyboard, row by row, in small letters.
    "keyboard.rows": "qwertyuiop asdfghjkl zxcvbnm-'",
    # Every screen.
    "frame.more_time": "Need more time?",
    "frame.simulated": "SIMULATED",
    "card.masked": "card •••• {last}",
    # Welcome (G0).
    "welcome.headline": "Tap your card",
    "welcome.headline_swipe": "Swipe your card",
    "welcome.headline_scan": "Scan your card's code",
    "welcome.headline_none": "Cards cannot be read now",
    "welcome.body": "See your balance, top up, or check what you have spent.",
    "welcome.body_no_cash": "See your balance, or check what you have spent.",
    "welcome.body_none": "Please ask at the desk.",
    "welcome.hint": "Hold the card to the lit reader below, or swipe it with the stripe facing you",
    "welcome.hint_tap": "Hold the card to the lit reader below",
    "welcome.hint_swipe": "Swipe the card with the stripe facing you",
    "welcome.hint_scan": "Hold the code on the card to the scanner",
    "welcome.hint_tap_scan": "Hold the card to the lit reader below, or its code to the scanner",
    "welcome.hint_swipe_scan": "Swipe the card, or hold its code to the scanner",
    "welcome.hint_all": "Hold the card to the lit reader below, swipe it, or scan its code",
    "welcome.help": "Need help? Ask at the desk",
    "strip.cash": "Cash",
    "strip.cash_off": "Cash not available now",
    "strip.receipts": "Receipts",
    "strip.receipts_off": "No paper receipts now",
    "strip.tap_off": "Tapping not available now",
    "strip.swipe_off": "Swiping not available now",
    "strip.scan_off": "Scanning not available now",
    # Language and display (G1).
    "access.title": "Language and display",
    "access.headline": "Choose your language",
    "access.larger": "Larger text",
    "access.contrast": "High contrast",
    # A new card (G10, G3).
    "register.title": "New card",
    "register.step": "step {step} of {steps}",
    "register.step_open": "step {step}",
    "register.tap.headline": "Tap the card to register",
    "register.tap.headline_swipe": "Swipe the card to register",
    "register.tap.headline_scan": "Scan the card's code to register",
    "register.tap.body": "Any card of this venue that nobody uses yet. You get one at the desk.",
    "register.unknown.headline": "This card is new",
    "register.terms.headline": "Before you begin",
    "register.terms.1": "The money you put on this card stays yours and is spent only here.",
    "register.terms.2": "What is left of it is paid back at the desk whenever you ask.",
    "register.terms.3": "We keep only what you tell us, and erase it when you ask.",
    "register.terms.full_headline": "The full terms",
    "register.terms.full": "They are at the desk, as version {version}. Ask to read them there.",
    "register.choice.headline": "With your phone number?",
    "register.choice.with": "With it, your balance can be found if you lose the card.",
    "register.choice.without": "Without it, only the slip that is printed now can do that.",
    "register.choice.without_no_slip": "Without it, whoever has the card has the balance.",
    "register.phone.headline": "Your phone number",
    "register.phone.body": "So that we can find your balance if you lose the card.",
    "register.phone.consent": "Keep my number to look after my card.",
    "register.phone.consent_link": "How we use it",
    "register.phone.without": "Continue without a phone",
    "register.phone.consent_missing": "Please tick the box, or continue without a phone.",
    "register.privacy.headline": "How we use your number",
    "register.privacy.1": "Staff use it to find your balance if you lose the card.",
    "register.privacy.2": "It is kept encrypted, goes to nobody else and is never advertised to.",
    "register.privacy.3": "Erase it whenever you like: tap your card, then More.",
    "register.pin.headline": "Choose a 4-digit PIN",
    "register.pin.body": "You need it if you lose the card. Tell it to nobody.",
    "register.pin.again": "The same PIN once more",
    "register.pin.again_body": "So that we both know it is right.",
    "register.pin.different": "The two PINs are not the same. Please choose again.",
    "register.pin.easy": "This PIN is too easy to guess. Please choose another one.",
    "register.name.headline": "What may we call you?",
    "register.name.body": "Only if you like. It is shown when you tap the card.",
    "register.name.placeholder": "Your name",
    "register.done.headline": "Your card is ready",
    "register.done.phone": "Your phone number will be confirmed at the desk.",
    "register.done.slip": "Keep the slip safe: it brings your balance back if you lose the card.",
    "register.done.slip_kept": "Your slip is kept as number {number}: ask at the desk.",
    # The card's home (G4).
    "home.hello": "Hello",
    "home.hello_name": "Hello, {name}",
    "home.balance": "Balance",
    "home.latest_today": "{amount} today at {time}",
    "home.latest_on": "{amount} on {date}",
    "home.task_note": "A note of {amount} is being checked",
    "home.task_slip": "The slip of this card was not printed",
    "home.task_receipt": "Your last receipt was not printed",
    "wallet.bonus": "Bonus",
    "wallet.bonus_unit": "pts",
    "wallet.bonus_note": "for play time",
    "wallet.game": "Game time",
    "wallet.internet": "Internet",
    "wallet.minutes": ("{n} minute", "{n} minutes"),
    "home.visit": ("Your visit · {n} order", "Your visit · {n} orders"),
    "home.visit_note": "since {time} · your balance pays it",
    "home.visit_short": "since {time} · {amount} short",
    # The visit (G6).
    "visit.title": "Your visit",
    "visit.since": "since {time}",
    "visit.order": "Order {number}",
    "visit.items": "{n} × {item}",
    "visit.paid": "paid",
    "visit.total": "Total of all orders",
    "visit.unpaid": "Orders not yet paid",
    "visit.paid_in_advance": "Paid in advance",
    "visit.on_card": "From your card",
    "visit.may_spend": "You may still spend",
    "visit.no_limit": "No limit",
    "visit.short": "Short",
    "visit.to_pay": "To pay at the exit: {amount}",
    "visit.to_pay_nothing": "Nothing to pay at the exit",
    "visit.to_pay_card": "To pay: {amount}, from your balance",
    "visit.no_orders": "No orders yet",
    # The last movements.
    "history.title": "History",
    "history.empty": "No movements yet",
    "history.top_up": "Top-up, cash",
    "history.after": "balance {amount}",
    # Notes going in (G9a).
    "topup.title": "Top up · cash",
    "topup.inserted": "Inserted",
    "topup.headline": "Insert notes",
    "topup.wait": "The note machine is getting ready…",
    "topup.accepted": "Notes taken here: {faces}",
    "topup.other_notes": "Other notes: at the desk",
    "topup.advice": "No change is given. Each note is on your card once it is taken.",
    "topup.advice_coins": "No change is given. All that goes in is on your card at once.",
    "topup.no_receipt": "No paper receipt now. It is kept for you: ask at the desk.",
    "topup.checking": "checking a note…",
    "topup.returned": "{amount} returned",
    "topup.before": "Balance before",
    "topup.after": "Balance after",
    "topup.full_session": "That was the last note of this top-up. Please press Done.",
    "topup.full_amount": "One top-up may be {limit} at most. Please take this note back.",
    "topup.full_balance": "A card may hold {limit} at most. Please take this note back.",
    "topup.coins": "Coins: {amount}",
    "topup.accepted_coins": "Coins taken here: {coins}",
    "topup.headline_both": "Insert notes or coins",
    "topup.headline_coins": "Insert coins",
    "topup.wait_coins": "The coin machine is getting ready…",
    "topup.coin_back": "This coin was not taken. Look in the tray; try it again or another.",
    "topup.coins_lost": "The coin machine missed a coin. Staff are told: please ask them.",
    "topup.coins_full": "No more coins are taken now. Please press Done.",
    "topup.coins_full_amount": "One top-up may be {limit} at most. No more coins are taken.",
    "topup.coins_full_balance": "A card may hold {limit} at most. No more coins are taken.",
    "topup.moment": "One moment…",
    "topup.stalled": "The note machine does not answer. Your note is recorded, please wait.",
    # The end of a task.
    "done.title": "Top up",
    "done.headline": "Your card has",
    "done.body": "{amount} added · receipt\u00a0{number}",
    "done.body_no_slip": "{amount} added · receipt kept as number\u00a0{number}",
    "done.printing": "Printing your receipt…",
    "done.printing_slip": "Printing your slip…",
    "done.take": "Take your receipt",
    "done.take_slip": "Take your slip",
    # What an error means for the guest's money: the headline of every problem screen.
    "money.safe": "Your money is safe.",
    "money.card_registered": "Your card is registered.",
    "money.nothing_taken": "Nothing was taken.",
    "money.nothing_charged": "Nothing was charged.",
    "money.nothing_added": "Nothing was added to your card.",
    "money.note_recorded": "Your note is recorded and will be checked.",
    "problem.title": "A problem",
    "problem.desk": "Ask at the desk. Code {code}",
    # Errors; their codes are below.
    "err.reader_offline": "The card reader is being restarted. Please wait a moment.",
    "err.reader_offline_swipe": (
        "The card reader is being restarted. Please wait a moment or swipe your card."
    ),
    "err.reader_offline_tap": (
        "The card reader is being restarted. Please wait a moment or tap your card."
    ),
    "err.bad_read": "We could not read the card. Hold it still on the sign and tap again.",
    "err.bad_swipe": "We could not read the card. Swipe it again with the stripe facing you.",
    "err.unreadable": "This card cannot be read. Ask staff: your money is safe.",
    "err.ask_staff": "Please ask staff about this card.",
    "err.unknown_card": "This card is not known here. You can register it now.",
    "err.ambiguous": "This card cannot be used here. Please ask staff.",
    "err.card_blocked": "This card is blocked. Its balance is safe. Ask staff or use Lost card.",
    "err.expired": "This card was valid until {date}. Ask staff.",
    "err.bank_card": "This is a bank card or a phone. Please use the card of this venue.",
    "err.not_genuine": "This card cannot be used. Ask staff.",
    "err.not_ours": "This card is not one of ours. Ask staff.",
    "err.visit_short": ("Not enough money on this visit: {amount} short. Add money and try again."),
    "err.paper_low": "The paper will soon run out.",
    "err.paper_out": "No paper. Your payment is booked. Scan this code for your receipt.",
    "err.paper_out_kept": "No paper. Your slip is kept as number {number}: ask at the desk.",
    "err.paper_out_registration": (
        "No paper. Your card is registered. Your slip is kept as number {number}: ask at the desk."
    ),
    "err.paper_out_middle": (
        "No paper. Your payment is booked. Scan this code for your receipt. "
        "Your printed slip may be cut short; this code is complete."
    ),
    "err.paper_out_middle_kept": (
        "No paper. Your printed slip may be cut short. The whole slip is kept as number {number}: "
        "ask at the desk."
    ),
    "err.paper_out_middle_registration": (
        "No paper. Your card is registered. Your printed slip may be cut short. The whole slip "
        "is kept as number {number}: ask at the desk."
    ),
    "err.printer": "The printer needs attention. You can continue without a paper receipt.",
    "err.printer_middle": (
        "The printer needs attention. Your printed slip may be cut short; this code is complete."
    ),
    "err.printer_kept": (
        "The printer needs attention. You can continue without a paper receipt. "
        "It is kept as number {number}: ask at the desk."
    ),
    "err.printer_kept_middle": (
        "The printer needs attention. Your printed slip may be cut short. "
        "The whole slip is kept as number {number}: ask at the desk."
    ),
    "err.note_refused": "This note was returned. Try it again or another one.",
    "err.note_refused_often": "This note was returned. Notes taken here: {faces}",
    "err.note_back": "Please take your note back.",
    "err.jam_stacked": "The note machine stopped. {amount} is already on your card.",
    "err.jam_empty": (
        "The note machine stopped. If a note of yours is stuck in it, ask at the desk: "
        "staff will take it out."
    ),
    "err.jam_unknown": (
        "The machine stopped while taking your note. Please take this slip: "
        "it is worth {amount} after checking."
    ),
    "err.jam_unknown_no_slip": (
        "The machine stopped while taking your note of {amount}. It is kept as number {number}: "
        "ask at the desk."
    ),
    "err.jam_taken": "{amount} is on your card already.",
    "err.cash_closed": "Cash is closed here. Please go to the desk.",
    "err.storage": "This kiosk is out of service. Nothing was charged.",
    "err.storage_note": "This kiosk is out of service. Please ask at the desk.",
    "err.out_of_service": "This kiosk is out of service. Please go to the desk.",
    "err.timeout_card": "Your {amount} was added to your card.",
    "err.coin_kept": "A coin of {amount} fell in while nobody was paying. It is recorded: please "
    "ask staff.",
    "err.coin_known": "This coin is in the books already.",
    "err.coin_worthless": "A coin must be worth something.",
    "err.claim": "Your {amount} is on this slip. Please take it to the desk.",
    "err.claim_no_slip": "Your {amount} is kept as number {number}: ask at the desk.",
    # Refusals that tills, staff and the command line see; a guest never does.
    "err.already_registered": "This card is registered already.",
    "err.card_type_missing": "There is no card type {type}. Import the venue again.",
    "err.conflict": "The key {operation} was used for another command. Use a new key.",
    "err.no_such_card": "There is no card {card}.",
    "err.no_such_client": "There is no client {client}.",
    "err.no_venue": "This store has no venue yet: kiosk import venue.toml.",
    "err.other_currency": "This store keeps {kept}; the file is in {given}.",
    "err.nothing_changed": "Nothing is different; nothing was changed.",
    "err.not_allowed": "This is not allowed here.",
    "err.not_in_suspense": (
        "The note {note} is not in suspense: it is claimed or credited already, or unknown."
    ),
    "err.claim_paying": "Claim {number} is being paid in coins. Wait until that is over.",
    "err.hopper_busy": "A pay-out of this hopper is not over yet. Decide on it first.",
    "err.hopper_short": "The hopper cannot pay that. Nothing was paid.",
    "err.hopper_silent": "The hopper has not told yet where it stands. Nothing was paid.",
    "err.no_such_payout": "There is no such pay-out to decide on. Nothing was changed.",
    "err.claim_redeemed": "Claim {number} was redeemed already: nothing is paid out on it.",
    "err.no_claim": "This is a check slip: it is worth something only when its note is settled.",
    "err.receipt_false": (
        "This is no genuine receipt of this kiosk: a character of its code is another, or somebody "
        "else made it. Scan the code again."
    ),
    "err.ticket_false": "This ticket is not genuine: nothing is paid out on it.",
    "err.ticket_code": (
        "The keys were lost since this ticket was printed: its typed code cannot be checked. "
        "Scan the ticket."
    ),
    "err.ticket_unknown": (
        "Ticket {number} was issued here and is not in these books: they were restored from an "
        "older copy. A manager decides."
    ),
    "err.client_erased": "The client {client} is erased already.",
    "err.not_held": "The note {note} is not held: it is decided already, or unknown.",
    "err.note_undecided": "A note in {device} waits for a decision: kiosk note settle|void.",
    "err.nothing_to_print": "There is nothing to print.",
    "err.order_line": "The order line {line} needs a text, a quantity and an amount from 0 on.",
    "err.order_lines": "An order has 1 to {max} lines.",
    "err.overdrawn": "The account {account} does not hold that much.",
    "err.reason_missing": "Please give a reason.",
    # Clients: found, known, put into groups.
    "err.digits_few": "Type at least {min} digits of the phone number.",
    "err.letters_few": "Type at least {min} letters of each word of the name.",
    "err.client_not_found": (
        "Nobody was found. Check that the last 4 to 6 digits of the phone are typed right, and "
        "that the client is registered with this phone."
    ),
    "err.name_not_found": "Nobody of this name was found. Try the phone, or the card.",
    "err.client_merged": "The client {client} was merged into {into}. Use that one.",
    "err.walk_in": "The client {client} is not registered: the card is nobody's own.",
    "err.no_such_group": "There is no group {group}.",
    "err.merge_same": "These are not two clients. Nothing was merged.",
    "err.merge_busy": (
        "Nothing was merged: a session of client {client} is running, or a note waits. "
        "Finish that first."
    ),
    "err.no_such_pair": "These two are not in the list. Nothing was changed.",
    # Promo codes.
    "err.promo_amount": "A code gives 1 to {max} points or minutes. Nothing was issued.",
    "err.promo_until": "The last day of a code is a date from today on. Nothing was issued.",
    "err.promo_unknown": "This code is not one of this card. Nothing was added.",
    "err.promo_redeemed": "This code was used already. Nothing was added.",
    "err.promo_over": "This code was good until {date}. Nothing was added.",
    # Who is who: PIN, phone, recovery code, a lost card.
    "err.proof_wrong": (
        "This was not recognised, or was tried too often. Nothing was changed. Check the phone "
        "and the PIN, or the code on the registration slip; else ask at the desk."
    ),
    "err.phone_form": "This is no whole phone number. Nothing was changed.",
    "err.phone_taken": "This phone is that of client {client} already. Nothing was changed.",
    "err.card_retired": "Another card has taken the place of this one. Use the new card.",
    "err.card_lost": "This card is blocked already. Its balance is safe.",
    "err.card_not_his": (
        "This card is lent for a visit only. Nothing was moved: take one that is to be kept."
    ),
    "err.visit_on_old_card": (
        "Nothing was moved: visit {number} is open on the old card, and the new card has had "
        "visits. Close the visit first, or take a card that is new."
    ),
    # PINs and staff.
    "err.illegible": "Nothing was done: a text holds a character that cannot be kept.",
    "err.pin_wrong": "This PIN is wrong. Tries left: {left}.",
    "err.pin_locked": "Too many wrong PINs. Try again at {until}.",
    "err.pin_desk": "Too many wrong PINs. Please ask at the desk.",
    "err.pin_none": "There is no PIN yet. Have one set at the desk.",
    "err.pin_form": "A PIN has {digits} digits.",
    "err.pin_easy": "This PIN is too easy to guess. Choose another one.",
    "err.sign_in": "Nobody works here under this number or card.",
    "err.nobody_signed_in": "Nobody is signed in.",
    "err.approval_missing": "Nothing was booked: another person has to approve this.",
    "err.approval_self": "Nothing was booked: somebody else has to approve this, not you.",
    "err.approval_right": "Nothing was booked: {staff} may not approve this. Ask who may.",
    "err.staff_known": "The number {staff} is somebody's already. Choose another one.",
    "err.staff_card": "This card is the one of {staff}. Take another card.",
    "err.staff_form": (
        "Nothing was changed: a number has 1 to 6 digits, a name 1 to {most} characters, "
        "and the role is one of the list."
    ),
    "err.owner_only": "Nothing was changed: only an owner may do this.",
    "err.last_owner": "Nothing was changed: one owner has to stay.",
    "err.no_owner": "{staff} is no owner who works here.",
    # Tills at the HTTP door.
    "err.no_such_till": "There is no till {till}.",
    "err.no_such_scope": "Name what the token is good for, each once: {known}.",
    "err.no_such_token": "There is no token {token} that is good.",
    "err.token_form": "Nothing was done: this is no new token.",
    "err.tokens_many": "Nothing was done: {max} tokens are good already. Revoke some.",
    "err.door_token": "Nothing was done: the till's token is missing, or not good any more.",
    "err.door_person": "Nothing was done: nobody is signed in at this till. Sign in again.",
    "err.door_scope": "Nothing was done: the till's token is not good for this ({scope}).",
    "err.door_key": "Nothing was done: send an Idempotency-Key, a new one for each operation.",
    "err.door_form": "Nothing was done: {field} is wrong. {told}.",
    "err.door_json": "Nothing was done: this is no JSON that can be read.",
    "err.door_large": "Nothing was done: more than {max} KB were sent.",
    "err.door_slow": "Nothing was done: the request did not arrive in time.",
    "err.door_type": "Nothing was done: send JSON (Content-Type: application/json).",
    "err.door_path": "There is nothing at this address.",
    "err.door_method": "This address does not know {method}.",
    "err.door_often": "Nothing was done: too many requests. Try again in {seconds} s.",
    "err.door_busy": "Nothing was done: the kiosk is busy. Try again in a moment.",
    "err.door_full": "Too many listen for events already. Try again later.",
    "err.door_ending": "The kiosk is ending. Repeat it later with the same key.",
    "err.door_late": (
        "The kiosk did not answer in time. Repeat it with the same key: nothing is done twice."
    ),
    "err.door_mistake": (
        "The kiosk made a mistake of its own. Repeat it with the same key: nothing is done twice."
    ),
    "err.recovery_code": "This recovery code is wrong, or was used already.",
    # Balances: bonus, changes, top-ups at the desk.
    "err.bonus_only_play": (
        "Bonus points cannot pay for this. {amount} is missing on the game balance."
    ),
    "err.bonus_short": "Only {points} bonus points are left. Take fewer.",
    "err.bonus_no_money": "Bonus points only pay for play time.",
    "err.no_bonus": "This top-up earns no bonus, or has earned it already.",
    "err.balance_full": "Nothing was booked. A balance may hold {limit} at most.",
    "err.balance_less": "Nothing was booked. The balance holds {amount} and cannot go below zero.",
    "err.change_limit": (
        "Nothing was booked. One change may be {limit} at most in your role: have it signed."
    ),
    "err.change_limit_shift": (
        "Nothing was booked. Your changes of one shift may be {limit} together: have it signed."
    ),
    "err.change_not_allowed": (
        "Nothing was booked. A refund only lowers the game balance, a bonus accrual only raises "
        "the bonus, a technical error corrects either by a difference."
    ),
    "err.change_minutes": (
        "Nothing was changed. A correction of minutes is put right by another one: take back, or "
        "give, as many."
    ),
    "err.change_source": (
        "Nothing was booked. A technical error on the game balance says where the money is: in "
        "the till, or nowhere (goodwill). Credit money in the kiosk from suspense."
    ),
    "err.change_two": "Nothing was booked. From {limit} on two people sign a change.",
    "err.comment": "Please say why, in one line of at most 500 characters.",
    "err.goodwill": "Nothing was booked. Goodwill needs the signature of a manager.",
    "err.period": "Give the period's moments with their time zone.",
    "err.no_such_change": "There is no change {change}.",
    "err.no_such_top_up": "There is no top-up of the desk with the receipt {receipt}.",
    "err.not_by_card": "This top-up was paid in cash: no bank takes it back.",
    "err.reversed_already": "This was undone already, or is an undoing itself.",
    # Shifts, the till and the cashbox.
    "err.no_shift": "No money was booked: no shift is open. Open the shift first.",
    "err.shift_open": "A shift is open already. Close it first.",
    "err.shift_too_long": (
        "No money was booked: the shift has been open for more than {hours} hours. Close it, then "
        "open a new one."
    ),
    "err.till_short": "Nothing was paid out: the till holds only {amount}.",
    "err.till_short_blind": "Nothing was paid out: the till holds less.",
    "err.tender_unknown": "Nothing was booked: {tender} is no means of payment here.",
    "err.wallet_short": "Nothing was charged: {amount} is missing on the game balance.",
    "err.amount_small": "Nothing was booked: the amount has to be {least} or more.",
    "err.money_reason_missing": "There is no money reason {reason}. Choose one of the list.",
    "err.money_reason_use": "{reason} is not a reason for this. Choose another one.",
    "err.employee_missing": "{reason} needs the employee whom it concerns.",
    "err.no_such_employee": "There is no employee {employee}.",
    "err.count_wrong": "Nothing was booked: count each face once, with a number from 0 on.",
    "err.till_empty": "Nothing was taken: the till is empty.",
    "err.not_this_shift": "Nothing was taken back: it is not of the shift that is open.",
    "err.no_such_receipt": "There is no receipt {receipt}.",
    "err.not_reprinted": (
        "Nothing was printed: this slip is worth something by itself. It is not printed again."
    ),
    "err.being_printed": "This slip is at the printer already.",
    "err.not_voidable": (
        "Nothing was taken back: this receipt cannot be void. Make a refund, or void the order or "
        "the visit."
    ),
    "err.no_such_box": "There is no cashbox {device}.",
    "err.seal_missing": (
        "Nothing was booked: a bag that is counted later needs the number of its seal."
    ),
    "err.count_blind": (
        "Nothing was booked: the count is blind here. Seal the bag; another person counts."
    ),
    "err.count_same_person": "Nothing was booked: the count is blind. Another person has to count.",
    "err.box_empty": (
        "Nothing was booked: on the books the box {device} is empty. Count what is in it."
    ),
    "err.box_not_pulled": (
        "Nothing was booked: the box {device} was not out since it was collected."
    ),
    "err.no_such_bag": "There is no bag {collection} that waits for its count.",
    "err.no_shift_to_close": "There is no shift to close.",
    "err.no_such_z": "There is no Z report {number}.",
    "err.close_notes": (
        "The shift is still open: a note is being taken ({n}). Wait until it is in or back, then "
        "close again."
    ),
    "err.close_prepayments": (
        "The shift is still open: a guest is paying for a new visit ({n}). Let it be finished or "
        "given up, then close again."
    ),
    "err.close_slips": (
        "The shift is still open: slips are being printed ({n}). Wait for the printer, then close "
        "again."
    ),
    "err.close_open_visits": (
        "The shift is still open. Visits are not paid yet ({n}): they go on into the next shift. "
        "Confirm, then close again."
    ),
    "err.close_doubtful_notes": (
        "The shift is still open. Notes wait for a decision ({n}): they stay a task. Confirm, then "
        "close again."
    ),
    "err.close_unfiscalised": (
        "The shift is still open. Fiscal documents are not confirmed by the device ({n}): they "
        "stay due. Confirm, then close again."
    ),
    # What a bare card may not do, and strikes.
    "err.limited": "This operation is limited to {limit}. Please ask staff.",
    "err.limited_times": "This operation is limited to {limit} times. Please ask staff.",
    "err.notes_returned": (
        "Nothing was taken: notes came back more than {limit} times. Please ask staff."
    ),
    "err.refund_too_soon": (
        "Nothing was paid out. Money from a bank card is paid back in cash after {limit} hours. "
        "Please ask staff."
    ),
    "err.pin_needed": "Nothing was charged yet. Please type the PIN of this card.",
    "err.used_elsewhere": (
        "Nothing was charged. This card was used at another place a moment ago. Please ask staff."
    ),
    "err.only_genuine": (
        "Nothing was charged. This card can be topped up, but not pay here. Please ask staff."
    ),
    "err.only_with_pin": (
        "Nothing was charged. Only cards with a PIN can pay here now. Please ask staff."
    ),
    "err.copied_card": "Nothing was registered: the number of this card is not its own. Ask staff.",
    "err.no_such_signal": "There is no signal {signal}; there are {known}.",
    "err.typed": "Type 1 to {max} characters on one line.",
    "err.no_such_rule": "There is no rule {rule}.",
    "err.not_struck": "The rule {rule} did not strike.",
    "err.no_such_strike": "There is no open strike {strike}.",
    # Visits and orders.
    "err.visit_open": "A visit is open on this card already: number {number}. Nothing was opened.",
    "err.no_such_visit": "There is no visit {visit}.",
    "err.visit_ended": "Visit {number} has ended. Nothing was booked.",
    "err.other_visit": "Visit {number} is of another card. Nothing was saved.",
    "err.card_needed": "Nothing was saved: this needs a card. Tap or swipe one.",
    "err.card_not_personal": "Nothing was booked: only a personal card has a balance to pay from.",
    "err.entrance_off": "Visits are not opened on cards here. Save the order without a card.",
    "err.personal_prepaid": (
        "Nothing was booked: the personal type {type} cannot be prepaid. Correct the card type."
    ),
    "err.prepay_first": "This card needs a prepayment of {amount}. Open its visit first.",
    "err.empty_visit": "No visit was opened: it begins with its first order.",
    "err.guests": "Say how many guests there are, {max} at most.",
    "err.guests_unused": "Guests are not counted here. Leave their number out.",
    "err.visit_comment": "A comment is one line of {max} characters at most.",
    "err.no_such_order": "There is no order {order}.",
    "err.order_paid": "Order {order} is paid. Nothing was changed.",
    "err.order_void": "Order {order} is void. Nothing was changed.",
    "err.one_order": "A visit has one order here. Nothing was saved: pay the first one.",
    "err.no_such_item": "{item} is not on the menu. Nothing was saved.",
    "err.seats": "Seats have numbers from 1 to {max}, each once.",
    "err.pay_exactly": "Nothing was booked: {amount} is to be paid, neither more nor less.",
    "err.rules_many": "There can be {max} recognition rules. Remove some first.",
    "err.rule_long": (
        "Nothing was changed: the rule {rule} is longer than any card is. A beginning or a mask "
        "has 64 characters, a card {max} at most."
    ),
    "err.rule_everything": (
        "Nothing was changed: the rule {rule} would take every card for ours, strangers' too. "
        "Say how long ours are, how they begin, or what they look like."
    ),
    "err.rule_wide": (
        "The rule {rule} takes every card of that length for ours. Confirm that, or say how ours "
        "begin."
    ),
    "err.recognition_wrong": "Nothing was changed. {told}",
    "err.type_visits_open": (
        "Nothing was changed: on cards of the type {type} the visits {numbers} are open. End them "
        "first."
    ),
    "err.type_in_visits": (
        "Nothing was imported: on cards of the type {type} the visits {numbers} are open. "
        "End them, then import again."
    ),
    "err.payers": (
        "Nothing was booked: the balances of two clients pay one bill at most. "
        "Let the others pay in another way, or their own orders."
    ),
    "err.no_calculation": "A visit has one order here and ends when that is paid.",
    "err.debt_paid": "Nothing was booked: visit {number} owes nothing any more.",
    "err.debt_exactly": "Nothing was booked: this visit owes {amount}. Take that, or less.",
    "err.visit_changed": "Nothing was booked: the visit comes to {total} by now. Look at it again.",
    "err.seats_deposit": (
        "This visit holds a deposit of {amount}: it would all go to the first guest. Ask a manager."
    ),
    "err.visit_paid_orders": "Nothing was changed: order {order} is paid. Make it void first.",
    # Help calls.
    "err.help_called": "Somebody has been called already: your number is {number}.",
    "err.help_over": "Nothing was changed: help call {number} is over already.",
    "err.no_such_call": "There is no help call {call}.",
    # What a guest who calls sees.
    "scene.welcome": "the welcome screen",
    "scene.registration": "registering a card",
    "scene.unknown_card": "a card that is not known",
    "scene.card_home": "the card's balance",
    "scene.visit": "the visit and its bill",
    "scene.history": "the last movements",
    "scene.top_up": "putting notes in",
    "scene.done": "the end of a task",
    "scene.problem": "a problem",
    "updating.headline": "This kiosk is being updated. One moment, please.",
    "updating.safe": "Everything on your card stays as it is.",
    "scene.out_of_service": "out of service",
    # What waits for somebody, and what to do.
    "task.help": "Help call {number}: a guest is at the kiosk. On the screen: {scene}.",
    "do.help": "Go there. Press “I am coming”, so that the guest knows.",
    "task.help_card": (
        "Help call {number}: a guest with the card {card} is at the kiosk. On the screen: {scene}."
    ),
    "do.help_card": "Go there. Press “I am coming”, so that the guest knows.",
    "task.note_unknown": "{amount}: the note machine never said where this note is ({note}).",
    "do.note_unknown": (
        "Look into the note machine and the cashbox. Then settle or void the note, with a reason."
    ),
    "task.note_suspense": "{amount} in the machine belong to nobody ({note}).",
    "do.note_suspense": "Find out whose they are and credit the client, or issue a claim.",
    "task.claims_open": "Claims open for longer than a day: {n}. The oldest is number {number}.",
    "do.claims_open": (
        "The money is safe in the machine. If the guest is known, call; the list tells what "
        "each is about."
    ),
    "task.fiscal_attention": (
        "Fiscal document {number} over {amount}: nobody knows whether it was made."
    ),
    "do.fiscal_attention": (
        "Look at the fiscal device's paper, then say whether it has the document. Nothing else "
        "is printed before."
    ),
    "task.payment_unknown": (
        "A card payment of {amount}: the bank's answer is not known ({payment})."
    ),
    "do.payment_unknown": (
        "Let nobody pay again. Look at the terminal or ask the bank, then say what became of it."
    ),
    "task.box_pulled": "The cashbox was pulled, and nobody who may was signed in ({device}).",
    "do.box_pulled": "Find out who has it, and count it now.",
    "task.coins_lost": "Coins went in that the coin acceptor cannot name, nobody knows how many "
    "({device}).",
    "do.coins_lost": "Ask who put coins in. Collect the coin box and count it.",
    "task.coins_lost_some": "Coins went in that the coin acceptor cannot name: {n} ({device}).",
    "do.coins_lost_some": "Ask who put coins in. Collect the coin box and count it.",
    "task.payout_doubtful": "Nobody knows how many of {n} coins of {face} came out ({device}).",
    "do.payout_doubtful": "Count the hopper, and say on its page how many came out.",
    "task.bag": "A bag from the cashbox is not counted yet ({device}).",
    "do.bag": "Count it, and put the count into the books.",
    "task.shift_overdue": "Shift {number} is open for too long.",
    "do.shift_overdue": "Count the till and close the shift.",
    "task.strike": "{rule} ({count})",
    "do.strike": "Look at what happened, then clear the strike with a reason.",
    # Rules of trust that struck.
    "rule.spent_without_pin": "A card without a PIN reached the limit of what it may spend.",
    "rule.second_place": "A card was used at two places within moments.",
    "rule.unknown_cards": "Many unknown cards were shown, one after another.",
    "rule.session_elsewhere": "A card spends while its session runs elsewhere.",
    "rule.top_ups_per_hour": "A client topped up too often in an hour.",
    "rule.top_up_per_day": "A client reached the day's limit of top-ups.",
    "rule.note_fishing": "Notes came back more often than they should: somebody may be fishing.",
    "rule.refunds_per_day": "A client had too many refunds in a day.",
    "rule.refund_per_day": "A client reached the day's limit of refunds.",
    "rule.refund_after_bank_card": "A refund was asked for soon after a payment by bank card.",
    "rule.transfers_per_day": "A client moved money too often in a day.",
    "rule.blocked_card": "A blocked card was shown.",
    "rule.bare_card": "A card that never proved itself was to pay where only genuine ones may.",
    "rule.not_genuine": "A card was shown that is not the genuine one: a copy.",
    "rule.copied_uid": "A card was shown whose number is not its own: a copy.",
    # Alarms of devices, and what to do.
    "alarm.reader_off": "The card reader does not answer ({device}).",
    "do.reader_off": (
        "Check its cable. It is tried again by itself; if it stays so, switch the kiosk off and on."
    ),
    "alarm.acceptor_off": "The note machine does not answer ({device}).",
    "do.acceptor_off": "Check its cable and its power. It is tried again by itself.",
    "alarm.coins_off": "The coin acceptor does not answer ({device}).",
    "do.coins_off": "Check its cable and its power. It is tried again by itself.",
    "alarm.printer_off": "The printer does not answer ({device}).",
    "do.printer_off": "Check its cable and its power. It is tried again by itself; slips are kept.",
    "alarm.lights_off": "The lights do not answer ({device}).",
    "do.lights_off": "Guests are served all the same. Tell the technician.",
    "alarm.speech_off": "The spoken prompts do not work ({device}).",
    "do.speech_off": "Who cannot see the screen needs help at the desk. Tell the technician.",
    "alarm.switches_off": "The switches beside the screen do not answer ({device}).",
    "do.switches_off": "Who cannot touch the screen needs help at the desk. Tell the technician.",
    "alarm.contacts_off": "The contacts of the cabinet do not answer ({device}).",
    "do.contacts_off": "Its door is not watched, nor its power. Tell the technician.",
    "alarm.power_fails": "The power of the kiosk has failed ({device}).",
    "do.power_fails": "It takes nothing more until the power is back. Look at its plug and fuse.",
    "alarm.door_open": "The door of the kiosk is open ({device}).",
    "do.door_open": "Look who opened it; then shut and lock it.",
    "alarm.tilted": "The kiosk is tilted or was pushed ({device}).",
    "do.tilted": "Look who stands there, and whether it was forced.",
    "alarm.fiscal_off": "The fiscal device does not answer ({device}).",
    "do.fiscal_off": "Check its cable and its power. Documents wait until it is back.",
    "alarm.payment_off": "The payment terminal does not answer ({device}).",
    "do.payment_off": "Check its cable and its network. Notes are taken all the same.",
    "alarm.paper_low": "The paper will soon run out ({device}).",
    "do.paper_low": "Put in a new roll when no guest is there.",
    "alarm.paper_reckoned": "By what was printed the paper will soon run out ({device}).",
    "do.paper_reckoned": "Look at the roll. When a new one is in, press New roll at the printer.",
    "alarm.paper_out": "The printer has no paper ({device}).",
    "do.paper_out": "Put in a new roll. Slips that did not come out can be printed again.",
    "alarm.cover_open": "The printer is open ({device}).",
    "do.cover_open": "Close its cover.",
    "alarm.printer_error": "The printer has a fault ({device}: {error}).",
    "do.printer_error": "Open it, take out what is jammed, close it; else switch it off and on.",
    "alarm.fiscal_trouble": "The fiscal device has a fault ({device}: {error}).",
    "do.fiscal_trouble": "Do what it says. Documents wait until it works.",
    "alarm.fiscal_expired": "The fiscal shift is over 24 hours ({device}).",
    "do.fiscal_expired": "Close the shift. The fiscal device makes nothing before.",
    "alarm.cash_full": "The cashbox is full ({device}).",
    "do.cash_full": "Collect it. Until then the kiosk takes no notes.",
    "alarm.cash_out": "The cashbox is out ({device}).",
    "do.cash_out": "Put a box in. Until then the kiosk takes no notes.",
    "alarm.cash_jammed": "The note machine is jammed ({device}).",
    "do.cash_jammed": "Open it and take out the note. Whose it is stands in the list of notes.",
    "alarm.cash_cheated": "The note machine says that somebody tried to cheat it ({device}).",
    "do.cash_cheated": "Look at it and at who stands there; then switch it off and on.",
    "alarm.cash_failed": "The note machine has a fault ({device}).",
    "do.cash_failed": "Switch it off and on. If it stays so, call the technician.",
    "alarm.cash_currency": "The note machine is set to another currency ({device}).",
    "do.cash_currency": "Call the technician. Until then the kiosk takes no notes.",
    "alarm.hopper_off": "The hopper does not answer ({device}).",
    "do.hopper_off": "Check its cable and its power. It is tried again by itself.",
    "alarm.hopper_low": "Coins are running low in the hopper ({device}).",
    "do.hopper_low": "Fill it, and book what you put in.",
    "alarm.hopper_empty": "The hopper is empty ({device}).",
    "do.hopper_empty": "Fill it, and book what you put in. Until then claims are paid at the till.",
    "alarm.hopper_jammed": "A coin sticks in the hopper ({device}).",
    "do.hopper_jammed": "Open the door and free its exit.",
    "alarm.hopper_failed": "The hopper has a fault ({device}).",
    "do.hopper_failed": "Switch it off and on. If it stays so, call the technician.",
    "alarm.coins_full": "The coin box is full ({device}).",
    "do.coins_full": "Collect it. Until then the kiosk takes no coins.",
    "alarm.coins_jammed": "A coin sticks in the coin acceptor ({device}).",
    "do.coins_jammed": "Open it and let the coin fall out.",
    "alarm.coins_cheated": "The coin acceptor says that somebody tried to cheat it ({device}).",
    "do.coins_cheated": "Look at it and at who stands there; then switch it off and on.",
    "alarm.coins_failed": "The coin acceptor has a fault ({device}).",
    "do.coins_failed": "Switch it off and on. If it stays so, call the technician.",
    "alarm.space_low": "The memory of the kiosk is nearly full.",
    "do.space_low": "Call the technician. Until then the kiosk takes no notes.",
    "alarm.backup_late": "The last nightly backup is too old, or there is none yet.",
    "do.backup_late": (
        "Is the stick plugged in, is the network there? It is tried again every hour; the command "
        "kiosk health says why it was not made."
    ),
    "alarm.clock_free": "The clock was not set by the network for an hour.",
    "do.clock_free": (
        "Is the network cable in? Until then times on receipts may be wrong, and no sessions begin."
    ),
    "alarm.space_filling": "The memory of the kiosk is filling up.",
    "do.space_filling": "Call the technician in the next days. Guests are served meanwhile.",
    "alarm.too_hot": "The kiosk is too hot.",
    "do.too_hot": "Is its fan turning, are its slots free of dust and paper? Does the sun shine on "
    "it?",
    "alarm.power_weak": "The power supply of the kiosk's computer is too weak.",
    "do.power_weak": "Call the technician: the supply, or the cable to the board. A machine with "
    "weak power loses its disk one day.",
    "alarm.slowed": "The kiosk's computer slows itself down.",
    "do.slowed": "It is too hot, or its power is weak. Tell the technician if it stays so.",
    "alarm.disk_worn": "The memory of the kiosk is worn out.",
    "do.disk_worn": "Call the technician: it has to be replaced in the next weeks. Look that the "
    "nightly backup is made.",
    "alarm.books_failed": "The kiosk is out of service: its books cannot be written.",
    "do.books_failed": "It starts again by itself. If it stays so, call the technician.",
    "alarm.blocked": "The kiosk is blocked: it takes no money. {reasons}",
    "do.blocked": "It opens by itself as soon as every reason is gone.",
    "alarm.mail_down": "Mail cannot be sent: {error}.",
    "do.mail_down": (
        "Nobody is told by mail now. It is tried again by itself; look at [alerts] in the settings."
    ),
    "alarm.webhook_down": "The webhook does not take what it is sent: {error}.",
    "do.webhook_down": (
        "Nobody is told that way now. It is tried again by itself; look at [alerts] in the "
        "settings."
    ),
    # Mail about them.
    "alert.subject": "{kiosk}: {what}",
    "alert.more": "{what} (and {n} more)",
    "alert.over": "Over: {what}",
    "alert.blocked": "The kiosk is blocked",
    "alert.unblocked": "The kiosk is open again: every reason is gone.",
    "alert.line": "{at}  {what}",
    "alert.foot": "Venue: {venue}. Kiosk: {kiosk}.",
    # The desk's page.
    "board.title": "At the desk",
    "board.token": "The token of this till",
    "board.token_told": (
        "`kiosk token` on the kiosk makes one. It is kept until this window is closed."
    ),
    "board.enter": "Begin",
    "board.leave": "End",
    "board.calls": "Guests who call",
    "board.alarms": "Devices",
    "board.tasks": "Tasks",
    "board.nothing": "Nobody waits, and everything works.",
    "board.answer": "I am coming",
    "board.since": "since {time}",
    "board.connected": "Connected. What is new appears by itself.",
    "board.connecting": "Connecting …",
    "board.lost": (
        "No connection to the kiosk since {time}. What is shown may be old. It is tried again."
    ),
    "board.refused": "The kiosk does not know this token. Enter another.",
    "board.sound_off": "No sound yet: press any button once, and calls are heard.",
    "board.calling": "A guest calls!",
    "board.stood_before": "Somebody has answered this call already.",
    # Why something is not offered now; the words of kiosk.core.capabilities.
    "why.out_of_service": "This kiosk is out of service.",
    "why.reader_off": "The card reader does not answer.",
    "why.no_reader": "This kiosk reads no cards.",
    "why.closed": "The venue is closed now.",
    "why.no_shift": "No shift is open.",
    "why.shift_too_long": "The shift is open for too long and has to be closed first.",
    "why.no_space": "The memory of this kiosk is nearly full.",
    "why.cash_off": "The note machine does not answer.",
    "why.cash_full": "The cashbox is full.",
    "why.cash_jammed": "The note machine is jammed.",
    "why.cash_closed": "The note machine takes no notes now.",
    "why.no_cash": "This kiosk takes no notes.",
    "why.terminal_off": "The payment terminal does not answer.",
    "why.no_terminal": "This kiosk takes no bank cards.",
    "why.network_down": "Online services are off. Cash and balances work.",
    "why.clock_unset": "The clock of this kiosk is not set yet.",
    "why.paper_low": "The paper will soon run out.",
    "why.paper_out": "The printer has no paper.",
    "why.printer_open": "The printer is open.",
    "why.printer_error": "The printer needs attention.",
    "why.printer_off": "The printer does not answer.",
    "why.no_printer": "This kiosk prints no receipts.",
    "why.fiscal_off": "The fiscal device does not answer.",
    "why.fiscal_shift_too_long": "The fiscal shift is over 24 hours and has to be closed first.",
    "why.no_fiscal_device": "This kiosk has no fiscal device, and the law wants one.",
    # Prepayments, deposits, fiscal documents.
    "err.floating_off": "Money cannot be added to this visit here. Please ask at the desk.",
    "err.deposit_personal": (
        "Nothing was taken: this card has a balance of its own. Top up the card instead."
    ),
    "err.not_prepaid": "Nothing was taken: cards of the type {type} need no prepayment.",
    "err.prepay_reason": (
        "Nothing was taken: the card type {type} has no reason for a fiscal prepayment. Correct "
        "the venue's file."
    ),
    "err.markup_missing": (
        "Nothing was taken: the money reason {reason} carries no undistributed markup. Choose "
        "another one, or correct the venue's file."
    ),
    "err.prepayment_pending": (
        "Nothing was taken: the prepayment of this card is being paid already."
    ),
    "err.prepayment_full": "The prepayment is paid already. Take your note back.",
    "err.prepayment_short": (
        "What was put in is kept; {amount} of the prepayment is missing. Add it, or give up."
    ),
    "err.prepayment_over": (
        "This prepayment has ended: its money is on the visit, or on a claim ticket."
    ),
    "err.no_visit_for_note": "Nothing was taken: this visit has ended. Take your note back.",
    "err.deposit_max": "No more than {amount} can lie on a visit. Take your note back.",
    "err.deposit_over": "Nothing was taken: no more than {amount} can lie on a visit.",
    "err.no_fiscal": "There is no fiscal document {document}.",
    "err.fiscal_over": "The fiscal document {number} is not at that step any more.",
    "err.fiscal_order": (
        "The fiscal document {number} is not the next one: they are printed in their order."
    ),
    "err.fiscal_runs": (
        "The fiscal document {number} is with the device. Decide about it only when it needs "
        "attention."
    ),
    "err.fiscal_number": "A printed fiscal document needs the number that the device gave it.",
    # The fiscal device and the payment terminal.
    "err.fiscal_down": (
        "Your money is booked. The fiscal receipt is printed as soon as its device works again."
    ),
    "err.no_fiscal_shift": "The fiscal device's shift {number} is not open in these books.",
    "err.payment_declined": "The bank refused the payment. You were not charged.",
    "err.payment_cancelled": "The payment was cancelled. You were not charged.",
    "err.payment_failed": "The terminal could not take the payment. You were not charged.",
    "err.payment_unknown": "We are checking this payment with the bank. Do not pay again.",
    "err.payment_pending": (
        "Nothing was charged: another payment is at the terminal, or is being checked. Wait for it."
    ),
    "err.payment_more_than_due": "Nothing was charged: only {amount} is missing on this visit.",
    "err.no_visit_to_pay": "Nothing was charged: this visit has ended.",
    "err.no_payment": "There is no payment {payment}.",
    "err.payment_runs": (
        "Nothing was changed: payment {number} is the terminal's. Decide about it only when the "
        "terminal says that it knows nothing of it."
    ),
    "err.payment_over": "Nothing was changed: payment {number} has ended.",
    "doc.check_payment": "The bank has not said yet whether it paid. Payment {number}.",
    "doc.claim_payment": "A bank card paid this, for something that was over by then.",
    "err.no_layout": "There is no layout to print a {document} with. Tell the technician.",
    # Minutes, sessions, stations and tariffs.
    "err.card_of_another": "Nothing was booked: this card belongs to another client.",
    "err.client_needed": "Nothing was booked: choose a registered client first.",
    "err.minutes_exchange": (
        "Game and internet minutes cannot be exchanged. Stop the session first."
    ),
    "err.minutes_free": "{free} minutes are free. Choose fewer.",
    "err.minutes_in_use": "Nothing was booked: a session holds these minutes. Stop it first.",
    "err.minutes_kind": "{kind} is no kind of minutes: there are game and internet.",
    "err.minutes_none": "No minutes are free. Buy minutes first, or stop the other session.",
    "err.minutes_spent": (
        "Nothing was booked: only {left} minutes of this package are left. Refund those alone, "
        "with a reason."
    ),
    "err.minutes_whole": "Minutes are whole numbers, from 1 on.",
    "err.no_such_package": "Nothing was charged: there is no package {package}. Choose another.",
    "err.no_such_sale": "There is no sale {sale}.",
    "err.no_such_session": "There is no session {session}.",
    "err.no_such_station": "There is no station {station} in use.",
    "err.not_whole": "Nothing was booked: {number} is no whole number.",
    "err.package_changed": "Nothing was charged: this package costs {price} now. Choose again.",
    "err.package_free": "A package costs nothing. Confirm that, or correct the price.",
    "err.package_row": (
        "Row {row} needs a kind (game or internet), whole minutes from 1 on, and a price from 0 on."
    ),
    "err.package_rows": "A table of packages has {max} rows at most.",
    "err.package_twice": "A package stands in the table twice. Remove one of the rows.",
    "err.play_short": (
        "Nothing was charged: the first minute costs {price}, and the balance is less. Top up."
    ),
    "err.sale_undone": "This sale is undone already: nothing more is paid back.",
    "err.session_lasts": "The time of this session is not over yet.",
    "err.session_mode": "{mode} is no way to play: timer, balance_timer or balance_min.",
    "err.session_open_end": (
        "Nothing was changed: this session has an open end. It goes on by itself while there are "
        "minutes or money: sell minutes or top up."
    ),
    "err.session_over": "This session is over already.",
    "err.session_paid": "Nothing is owed for this session.",
    "err.play_runs": "Nothing was paid out: the client is playing at {station}. Stop that first.",
    "err.session_runs": "Such a session runs already, at {station}. Stop it first.",
    "err.session_stop_first": "Stop the session first, then start the other one.",
    "err.session_unpaid": "{amount} is owed for an earlier session. Pay it at the desk first.",
    "err.station_busy": "Somebody plays at {station}. Choose another station.",
    "err.station_kind": "{station} is not for this kind of play. Choose another station.",
    "err.tariff_missing": "The tariff {tariff} has no price for this time. Ask the manager.",
    "warn.package_dear": "A minute costs {minute}, by the standard tariff {standard}.",
    "warn.package_free": "This package costs nothing.",
    # Documents.
    "doc.kiosk": "Kiosk {id}",
    "doc.top_up_receipt": "TOP-UP",
    "doc.registration_slip": "REGISTRATION",
    "doc.check_slip": "CHECK SLIP",
    "doc.receipt_number": "Receipt {number}",
    "doc.prepayment_number": "Prepayment receipt {number}",
    "doc.slip_number": "Slip {number}",
    "doc.card": "Card •••• {last}",
    "doc.note": "{amount} note",
    "doc.coins": "Coins",
    "doc.notes": "{n} × {amount} note",
    "doc.total": "TOTAL",
    "doc.before": "Balance before",
    "doc.after": "Balance after",
    "doc.balance": "Balance",
    "doc.refund": "What is left on the card is paid back at the desk.",
    "doc.terms": "Terms version {version}",
    "doc.recovery": (
        "Keep this code secret. At a kiosk or at the desk it brings your balance to a new card."
    ),
    "doc.recovery_caption": "If you lose the card",
    "doc.erase": "Your data: tap your card, then More. Or ask at the desk.",
    "doc.check_worth": "Worth after checking",
    "doc.check_why": "The note machine stopped while taking this note.",
    "doc.check_payment_rule": "This slip is worth something only if the bank says that you paid.",
    "doc.check_rule": "This slip is worth something only after staff have checked the note.",
    "doc.claim_ticket": "CLAIM",
    "doc.claim_worth": "Worth",
    "doc.claim_why": "This money is in the machine and on nobody's card.",
    "doc.claim_rule": "Paid out or put on a card at the desk, once, to whoever brings this slip.",
    "doc.proof": "Proof {code}",
    "doc.copy": "COPY",
    "doc.simulated": "SIMULATED · no real money",
    "doc.training": "TRAINING · not a real document",
    "doc.shift": "Shift {number}",
    # Documents of guests and visits.
    "doc.visit_creation": "VISIT",
    "doc.prepayment_receipt": "PREPAYMENT RECEIPT",
    "doc.prepayment_document": "PREPAYMENT",
    "doc.order_bill": "ORDER BILL",
    "doc.visit_bill": "VISIT BILL",
    "doc.final_receipt": "RECEIPT",
    "doc.package_receipt": "MINUTES",
    "doc.session_slip": "SESSION",
    "doc.refund_slip": "REFUND",
    "doc.transfer_slip": "CARD REPLACED",
    "doc.data_slip": "YOUR DATA",
    "doc.tender_cash": "Cash",
    "doc.tender_bank_card": "Bank card",
    "doc.tender_qr": "QR payment",
    "doc.tender_wallet": "From the card's balance",
    "doc.tender_deposit": "From the prepayment",
    "doc.tender_bonus": "Bonus points",
    "doc.tender_credit": "Left to pay later",
    "doc.back_cash": "In cash",
    "doc.back_bank_card": "To the bank card",
    "doc.back_qr": "By QR payment",
    "doc.back_wallet": "To the card's balance",
    "doc.bank_card": "Bank card {card}",
    "doc.terminal": "Terminal reference {reference}",
    "doc.points": ("{n} point", "{n} points"),
    "doc.bonus_granted": "Bonus for play time",
    "doc.bonus_taken_back": "Bonus taken back",
    "doc.paid_points": "Paid with bonus",
    "doc.claim_change": "This is the change of your visit.",
    "doc.claim_prepayment": "This was paid in for a visit that did not use it.",
    "doc.claim_pay_out": "These coins did not come out.",
    "doc.claim_void": "This was paid in for a visit that was cancelled.",
    "doc.minutes": "Bought",
    "doc.minutes_game": "Game minutes",
    "doc.minutes_internet": "Internet minutes",
    "doc.minutes_before": "Minutes before",
    "doc.minutes_after": "Minutes now",
    "doc.minutes_used": "Minutes used",
    "doc.minutes_left": "Minutes left",
    "doc.minutes_taken_back": "Minutes taken back",
    "doc.minutes_no_expiry": "These minutes do not expire.",
    "doc.minutes_stay": "They cannot be exchanged for the other kind of minutes, nor for money.",
    "doc.minutes_no_money": "They cannot be exchanged for money.",
    "doc.station": "Station",
    "doc.session_timer": "Open end, paid for by time",
    "doc.session_balance_timer": "Open end, from your minutes",
    "doc.session_balance_min": "A set number of your minutes",
    "doc.session_from": "From",
    "doc.session_to": "To",
    "doc.session_cost": "Play time",
    "doc.owed": "Still to pay",
    "doc.refund_refund": "Paid out of the card's balance",
    "doc.refund_top_up": "A top-up was undone",
    "doc.refund_package": "Minutes were given back",
    "doc.refund_order": "A paid order was cancelled",
    "doc.refund_visit": "The visit was cancelled",
    "doc.paid_back": "PAID BACK",
    "doc.signature": "Guest's signature",
    "doc.data_name": "Name",
    "doc.data_phone": "Phone",
    "doc.data_none": "none",
    "doc.data_since": "Registered",
    "doc.data_terms": "Terms agreed to, version",
    "doc.data_visits": "Visits and play",
    "doc.data_movements": "Entries about you",
    "doc.data_minutes_game": "Minutes of game time",
    "doc.data_minutes_net": "Minutes of internet",
    "doc.data_rule": "All of it: at the desk. To erase it: tap your card, then More.",
    "doc.old_card": "Old card",
    "doc.new_card": "New card",
    "doc.blocked_at": "Blocked",
    "doc.moved": "On the new card",
    "doc.moved_points": "Bonus for play time",
    "doc.old_card_rule": "The old card cannot be used any more.",
    "doc.visit": "Visit {number}",
    "doc.visit_no": "Visit no.",
    "doc.card_type": "Type",
    "doc.guests": "Guests",
    "doc.prepayment": "Prepayment",
    "doc.spend": "You may spend up to",
    "doc.minimum_amount": "Minimum amount",
    "doc.keep": "Please keep this slip until you leave.",
    "doc.advance": "This is an advance. It is counted when you pay for the visit.",
    "doc.fiscal": "Fiscal receipt {number}",
    "doc.fiscal_waits": "Fiscal receipt {number} follows",
    "doc.prepaid_now": "Paid in now",
    "doc.on_visit": "On your visit",
    "doc.change_rule": "What you do not spend is paid back when you leave.",
    "doc.since": "Since",
    "doc.order": "Order {name}",
    "doc.order_paid": "paid",
    "doc.with_visit": "To be paid with the visit.",
    "doc.no_receipt": "This is not a receipt.",
    "doc.visit_paid": "This visit is paid.",
    "doc.subtotal": "Subtotal",
    "doc.discount": "Discount",
    "doc.discount_percent": "Discount {n}\u00a0%",
    "doc.minimum": "Minimum {amount}",
    "doc.paid_before": "Paid before",
    "doc.deposits": "Prepaid",
    "doc.wallet_left": "Balance of the card",
    "doc.to_pay": "TO PAY",
    "doc.change": "Change",
    "doc.change_cash": "Change in cash",
    "doc.change_claim": "Change as a claim ticket",
    "doc.limit_used": "Limit used",
    "doc.of": "{part} of {whole}",
    "doc.seat": "Guest {n}",
    "doc.prepayments_ended": "Prepayments settled by this receipt:",
    # The desk's paper: floats, collections, X and Z, what a start found, lists.
    "doc.collection_slip": "COLLECTION",
    "doc.float_slip": "FLOAT",
    "doc.withdrawal_slip": "CASH OUT",
    "doc.x_report": "X REPORT",
    "doc.z_report": "Z REPORT",
    "doc.recovery_slip": "AFTER A RESTART",
    "doc.transactions_list": "TRANSACTIONS",
    "doc.put_in_by": "Put in by",
    "doc.taken_by": "Taken out by",
    "doc.taken_withdrawal": "Taken out of the till",
    "doc.taken_collection": "The drawer was collected",
    "doc.money_reason": "Reason",
    "doc.employee": "Employee",
    "doc.comment": "Comment: {text}",
    "doc.staff_number": "staff {number}",
    "doc.by_kiosk": "the kiosk",
    "doc.by_console": "the console",
    "doc.sign_cashier": "Cashier",
    "doc.sign_receiver": "Received",
    "doc.sign_collector": "Collector",
    "doc.sign_witness": "Witness",
    "doc.collection_number": "Collection",
    "doc.box": "Box",
    "doc.seal": "Seal",
    "doc.box_forced": "The box was out while nobody who may collect was signed in.",
    "doc.count_blind": "Another person counts this bag. What should be in it is not told before.",
    "doc.count_later": "The bag is sealed and not counted yet.",
    "doc.face_booked": "Note × booked",
    "doc.face_counted": "counted",
    "doc.face_differs": "Difference {n}",
    "doc.booked": "Booked",
    "doc.counted": "Counted",
    "doc.difference": "DIFFERENCE",
    "doc.causes": "Possible causes, none proven:",
    "doc.cause_exchanged": "Booked as the one, counted as the other:",
    "doc.cause_doubtful": "Notes that wait for a decision lie in the box:",
    "doc.cause_returned": "Notes booked as given back lie in the box:",
    "doc.cause_repeat": "A second note was taken for the first one told again:",
    "doc.cause_restarted": "The kiosk started meanwhile, and nobody saw the note:",
    "doc.cause_suspense": "A note told again was taken for a second one:",
    "doc.cause_settled_by_staff": "Staff booked notes that were not in the box:",
    "doc.cause_pulled": "The box was out with nobody who may collect:",
    "doc.cause_coins_lost": "The coin acceptor took coins that it could not name:",
    "doc.box_pulls": "Times the box was out",
    "doc.box_notes": "Notes since the last one",
    "doc.box_entries": "Entries of the ledger",
    "doc.collected_by": "Collected by",
    "doc.counted_by": "Counted by",
    "doc.witness": "Witness",
    "doc.chain_head": "Chain head",
    "doc.x_closes_nothing": "This report does not close the shift",
    "doc.x_entries": "Entries {first} to {last}",
    "doc.x_till": "THE DESK'S TILL",
    "doc.x_blind": (
        "The count is blind: what should be in the till and in the boxes is told after it."
    ),
    "doc.x_opening": "Opening cash",
    "doc.x_float_in": "Floats put in",
    "doc.x_till_received": "Cash received",
    "doc.x_till_paid_out": "Cash paid out",
    "doc.x_withdrawn": "Taken out",
    "doc.x_till_voided": "Voids",
    "doc.x_over_short": "Over or short",
    "doc.x_expected": "Expected cash",
    "doc.z_counted": "Counted cash",
    "doc.z_uncounted": "Nobody counted: the cash is carried over.",
    "doc.x_notes": "NOTES IN THE KIOSK",
    "doc.x_collected": "Collected",
    "doc.x_boxes": "In the boxes now:",
    "doc.x_came_in": "MONEY THAT CAME IN",
    "doc.x_top_ups": "Top-ups",
    "doc.x_prepayments": "Prepayments",
    "doc.x_prepayments_offset": "Offset in visits",
    "doc.x_prepayments_returned": "Given back",
    "doc.x_received": "Received in all",
    "doc.x_paid_out": "Paid out",
    "doc.x_refunds": "Refunds",
    "doc.x_cash_basis": "Left of it",
    "doc.by_cash_kiosk": "notes, kiosk",
    "doc.by_cash_desk": "cash, desk",
    "doc.by_bank_card": "bank card",
    "doc.by_qr": "QR code",
    "doc.x_earned": "EARNED",
    "doc.earned_play": "Play by the tariff",
    "doc.earned_additional": "Minutes sold",
    "doc.earned_orders": "Orders",
    "doc.earned_markup": "Minimum markup",
    "doc.earned_cards": "Cards",
    "doc.earned_discounts": "Discounts",
    "doc.earned_breakage": "Breakage",
    "doc.x_bonus_redeemed": "Paid with bonus",
    "doc.x_accrual": "Earned in all",
    "doc.x_minutes": "MINUTES AND BONUS",
    "doc.x_minutes_game_given": "Game minutes given",
    "doc.x_minutes_game_taken": "Game minutes spent",
    "doc.x_minutes_net_given": "Internet minutes given",
    "doc.x_minutes_net_taken": "Internet minutes spent",
    "doc.x_bonus_given": "Bonus points given",
    "doc.x_bonus_taken": "Bonus points spent",
    "doc.x_goodwill": "Goodwill",
    "doc.x_corrections": "CORRECTIONS BY STAFF",
    "doc.x_voids": "Voids: {n}",
    "doc.why_refund": "Refund",
    "doc.why_technical_error": "Technical error",
    "doc.why_bonus_accrual": "Bonus by hand",
    "doc.why_minutes": "Minutes by hand",
    "doc.why_top_up_reversed": "Top-up taken back",
    "doc.why_charged_back": "Charged back by the bank",
    "doc.some_points": "{n} points",
    "doc.some_minutes": "{n} min",
    "doc.x_owed": "OWED TO GUESTS",
    "doc.x_claims_issued": "Claims issued",
    "doc.x_claims_redeemed": "Claims redeemed",
    "doc.x_claims_open": "Claims open",
    "doc.x_visits_open": "Visits open",
    "doc.owed_wallets": "On cards",
    "doc.owed_bonus_money": "Bonus money",
    "doc.owed_deposits": "On visits",
    "doc.owed_deferred": "Minutes not played",
    "doc.owed_card_deposits": "Card deposits",
    "doc.owed_suspense": "Of nobody known",
    "doc.owed_claims": "On claims",
    "doc.x_owed_total": "Owed in all",
    "doc.x_fiscal": "FISCAL DEVICE",
    "doc.fiscal_receipts": "Receipts",
    "doc.fiscal_cancellations": "Cancellations",
    "doc.fiscal_returns": "Returns",
    "doc.fiscal_cash": "Fiscal, cash",
    "doc.fiscal_bank_card": "Fiscal, bank card",
    "doc.fiscal_qr": "Fiscal, QR code",
    "doc.fiscal_wallet": "Fiscal, from a card",
    "doc.fiscal_bonus": "Fiscal, bonus",
    "doc.fiscal_credit": "Fiscal, left owed",
    "doc.x_unfiscalised": "Not confirmed yet",
    "doc.x_documents": "DOCUMENTS",
    "doc.series_visit": "Visits",
    "doc.series_fiscal": "Fiscal documents",
    "doc.series_session": "Sessions",
    "doc.series_package_sale": "Packages sold",
    "doc.series_shift": "Shifts",
    "doc.series_collection": "Collections",
    "doc.series_help": "Help calls",
    "doc.z_number": "Z",
    "doc.z_grand": "SINCE THE FIRST DAY",
    "doc.grand_cash_kiosk": "Notes, kiosk",
    "doc.grand_cash_desk": "Into the till",
    "doc.grand_bank_card": "By bank card",
    "doc.grand_qr": "By QR code",
    "doc.z_earned_ever": "Earned in all",
    "doc.z_signed": "Signed by the kiosk",
    "doc.recovery_why": (
        "The kiosk started again. This is what it found of before, notes and prepayments, and "
        "what it did about it."
    ),
    "doc.found_note_settled": "Put on cards: {n}",
    "doc.found_note_void": "Given back: {n}",
    "doc.found_note_doubtful": "To be looked for: {n}",
    "doc.found_note_recognised": "Told twice: {n}",
    "doc.found_note_suspended": "Of nobody known: {n}",
    "doc.found_coin_suspended": "Coins of nobody known: {n}",
    "doc.found_prepayment_abandoned": "Given up: {n}",
    "doc.found_slips": "Slips maybe not printed",
    "doc.found_fiscal": "Fiscal, to be asked",
    "doc.recovery_todo": (
        "Look at the notes that wait for a decision and at the slips that did not come out."
    ),
    "doc.filter_client": "Client",
    "doc.filter_since": "From",
    "doc.filter_until": "Until",
    "doc.filter_entry": "Entry",
    "doc.filter_kinds": "What",
    "doc.filter_why": "Why",
    "doc.filter_least": "Amount from",
    "doc.filter_most": "Amount to",
    "doc.filter_actor": "By",
    "doc.filter_balance": "Balance",
    "doc.no_transactions": "No transactions fit.",
    "doc.more_transactions": "There are older ones: ask for the next page.",
    "doc.sum_in": "To balances",
    "doc.sum_out": "From balances",
    "doc.of_game": "Card balance",
    "doc.of_bonus": "Bonus",
    "doc.of_minutes_game": "Game minutes",
    "doc.of_minutes_net": "Internet minutes",
    "doc.then": "then {n}",
    "doc.did_note_settled": "Top-up, notes",
    "doc.did_coin_credited": "Top-up, coins",
    "doc.did_coin_deposited": "Deposit, coins",
    "doc.did_coin_suspended": "Coin of nobody known",
    "doc.did_note_deposited": "Deposit, notes",
    "doc.did_topped_up": "Top-up, desk",
    "doc.did_top_up_reversed": "Top-up taken back",
    "doc.did_top_up_charged_back": "Charged back",
    "doc.did_bonus_granted": "Bonus",
    "doc.did_balance_changed": "Changed by staff",
    "doc.did_change_reversed": "Change taken back",
    "doc.did_package_sold": "Minutes bought",
    "doc.did_package_undone": "Minutes given back",
    "doc.did_minutes_converted": "Minutes exchanged",
    "doc.did_minutes_adjusted": "Minutes by staff",
    "doc.did_session_ended": "Session",
    "doc.did_session_paid": "Session paid",
    "doc.did_order_paid": "Order paid",
    "doc.did_order_void": "Order void",
    "doc.did_visit_opened": "Visit opened",
    "doc.did_visit_calculated": "Visit settled",
    "doc.did_visit_debt_paid": "Debt of a visit paid",
    "doc.did_visit_void": "Visit void",
    "doc.did_deposit_made": "Deposit",
    "doc.did_claim_redeemed": "Claim redeemed",
    "doc.did_note_credited": "Note credited",
    "doc.did_promo_code_redeemed": "Promo code",
    "doc.did_clients_merged": "Clients merged",
    "doc.did_shift_opened": "Shift opened",
    "doc.did_shift_closed": "Shift closed",
    "doc.did_float_added": "Float put in",
    "doc.did_cash_withdrawn": "Cash taken out",
    "doc.did_drawer_collected": "Drawer collected",
    "doc.did_cashbox_collected": "Box collected",
    "doc.did_collection_counted": "Bag counted",
    "doc.did_note_suspended": "Note of nobody known",
    "doc.did_claim_issued": "Claim issued",
    "doc.did_reversed": "Taken back",
    "err.close_desk_paper": (
        "The shift is still open: {n} of the desk's own slips did not come out. Print them, "
        "or confirm to close without them."
    ),
    "err.nothing_found": "Nothing was left open by the last start.",
    **REPORT_SENTENCES,
    **SETUP_SENTENCES,
    **desk.SENTENCES,
    **guest.SENTENCES,
}

CODES: dict[str, str] = {
    "err.reader_offline": "R-01",
    "err.reader_offline_swipe": "R-01",
    "err.reader_offline_tap": "R-01",
    "err.bad_read": "R-02",
    "err.bad_swipe": "R-02",
    "err.unreadable": "R-03",
    "err.unknown_card": "K-01",
    "err.unknown_card_only": "K-01",
    "why.network_down": "W-01",
    "err.ambiguous": "K-02",
    "err.card_blocked": "K-03",
    "err.limited": "X-02",
    "err.limited_times": "X-02",
    "err.notes_returned": "X-02",
    "err.refund_too_soon": "X-02",
    "err.used_elsewhere": "X-02",
    "err.only_with_pin": "X-02",
    "err.only_genuine": "X-02",
    "err.expired": "K-04",
    "err.bank_card": "K-07",
    "err.not_ours": "K-08",
    "err.not_genuine": "K-10",
    "err.visit_since": "K-05",
    "err.visit_since_desk": "K-05",
    "err.cannot_prepay": "K-06",
    "err.visit_short": "V-01",
    "err.visit_short_desk": "V-01",
    "err.visit_over": "V-02",
    "err.visit_over_desk": "V-02",
    "err.jam_stacked_visit": "N-03",
    "err.jam_claim": "N-03",
    "err.jam_claim_no_slip": "N-03",
    "err.paper_low": "P-01",
    "err.paper_out": "P-02",
    "err.paper_out_registration": "P-02",
    "err.paper_out_kept": "P-02",
    "err.paper_out_middle": "P-03",
    "err.paper_out_middle_kept": "P-03",
    "err.paper_out_middle_registration": "P-03",
    "err.printer": "P-04",
    "err.printer_middle": "P-04",
    "err.printer_kept": "P-04",
    "err.printer_kept_middle": "P-04",
    "err.note_refused": "N-01",
    "err.note_refused_often": "N-01",
    "err.note_back": "N-02",
    "err.coin_kept": "N-06",
    "err.jam_stacked": "N-03",
    "err.jam_empty": "N-03",
    "err.jam_unknown": "N-04",
    "err.jam_unknown_no_slip": "N-04",
    "err.cash_closed": "N-05",
    "err.power_fails": "N-05",
    "err.power_stacked": "N-05",
    "err.power_stacked_visit": "N-05",
    "err.cash_closed_terminal": "N-05",
    "err.payment_declined": "B-01",
    "err.payment_cancelled": "B-01",
    "err.payment_failed": "B-01",
    "err.payment_unknown": "B-02",
    "err.fiscal_down": "F-01",
    "err.storage": "S-01",
    "err.storage_note": "S-01",
    "err.out_of_service": "GX",
    "err.timeout_card": "T-01",
    "err.claim": "T-01",
    "err.claim_no_slip": "T-01",
    "err.minutes_free": "M-01",
    "err.minutes_exchange": "M-02",
    "err.client_not_found": "C-01",
    "err.bonus_no_money": "C-02",
    "err.bonus_only_play": "C-03",
    "err.change_limit": "X-02",
    "err.change_limit_shift": "X-02",
    "err.change_two": "X-02",
}
"""The short code that the guest reads to the desk. N-06 shows as N-02 or N-04."""

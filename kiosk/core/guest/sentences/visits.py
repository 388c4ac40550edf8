"""What visits say: opened (G5), seen (G6), calculated (G7), and money that goes in for them."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "button.yes": "Yes",
    "button.skip": "Skip",
    "button.add_money": "Add money",
    "button.settle_visit": "Settle and leave",
    "button.print_bill": "Print the bill",
    "button.end_visit": "End the visit",
    "button.take_change": "End the visit, take the slip",
    "button.pay_amount": "Pay {amount}",
    "button.stop_amount": "Stop · {amount}",
    "visit_open.title": "A new visit",
    "visit_open.headline": "Open a visit on this card?",
    "visit_open.prepayment": "Open a visit on this card? Prepayment",
    "visit_open.prepaid_note": "What you do not spend comes back when you leave.",
    "visit_open.body": "Your orders are put on this card. You pay when you leave.",
    "visit_open.body_card": "Your orders are put on this card. When you leave, its balance pays.",
    "visit_open.spend": "You may spend up to",
    "visit_open.minimum": "Minimum of a visit",
    "visit_open.guests": "How many of you are there?",
    "visit_open.guests_body": "Count everyone, children too.",
    "visit_open.guests_optional": "Count everyone, or skip this.",
    "visit.to_pay_name": "To pay at the exit",
    "visit.note_checked": "A note of {amount} is being checked.",
    "visit.guests": ("{n} guest", "{n} guests"),
    "visit.minimum_added": "Minimum {minimum} not reached, {markup} will be added",
    "visit.minimum_reached": "Minimum {minimum} reached",
    "visit.minimum_is": "The minimum of a visit is {minimum}",
    "calculation.title": "Settle and leave",
    "calculation.due": "To pay",
    "calculation.change": "Your change",
    "calculation.even": "All is paid. Your visit came to",
    "calculation.change_note": "This kiosk pays out no coins: you get a slip, the desk pays it.",
    "calculation.due_note": "Nothing is booked before you confirm.",
    "calculation.due_card": (
        "It is missing on your card. Put it on the card, and the visit is paid."
    ),
    "calculation.due_desk": "Please pay this at the desk.",
    "calculation.orders": "Orders",
    "calculation.discount": "Discount",
    "calculation.minimum": "Minimum {minimum} not reached",
    "calculation.paid": "Paid already",
    "calculation.total": "Total of the visit",
    "topup.title_prepayment": "Prepayment · cash",
    "topup.title_deposit": "Add money · cash",
    "topup.title_due": "Pay · cash",
    "topup.inserted_of": "Inserted, of {amount}",
    "topup.missing": "Still to insert",
    "topup.visit_before": "On your visit before",
    "topup.visit_after": "On your visit now",
    "topup.advice_prepayment": (
        "No change is given. What is more stays yours: on the visit, or on a slip."
    ),
    "topup.stop_prepayment": (
        "If you stop now, a slip is printed for what is inside. The desk pays it."
    ),
    "topup.stop_due": "If you stop now, what is inside stays on your visit.",
    "topup.advice_deposit": "No change is given. Each note is on your visit once it is taken.",
    "topup.advice_deposit_coins": "No change is given. All that goes in is on your visit at once.",
    "topup.advice_due": "What is more comes back as a slip, which the desk pays out.",
    "done.visit_opened.title": "Your visit",
    "done.visit_opened.headline": "Your visit is open. You may spend",
    "done.visit_opened.body": "Visit {number}. Keep the slips until you leave.",
    "done.visit_opened_free.title": "Your visit",
    "done.visit_opened_free.headline": "Your visit is open",
    "done.visit_opened_free.body": "Visit {number}. Keep the slip until you leave.",
    "done.visit_opened_surplus.title": "Your visit",
    "done.visit_opened_surplus.headline": "Your visit is open. You may spend",
    "done.visit_opened_surplus.body": (
        "Visit {number}. {amount} were too much: the desk pays them, on the other slip."
    ),
    "done.deposited.title": "Money added",
    "done.deposited.headline": "{amount} is on your visit",
    "done.deposited.body": "You may still spend this.",
    "done.deposited_free.title": "Money added",
    "done.deposited_free.headline": "{amount} is on your visit",
    "done.deposited_free.body": "This lies on your visit now.",
    "done.deposited_late.title": "Money added",
    "done.deposited_late.headline": "Your money is safe",
    "done.deposited_late.body": "Your {amount} was added to your visit.",
    "done.deposit_reprinted.title": "Your receipt",
    "done.deposit_reprinted.headline": "{amount} is on your visit",
    "done.deposit_reprinted.body": "The receipt that you did not get before.",
    "done.visit_bill.title": "Your bill",
    "done.visit_bill.headline": "To pay at the exit",
    "done.visit_bill.body": "Not a receipt: nothing was booked.",
    "done.visit_settled.title": "Goodbye",
    "done.visit_settled.headline": "Your visit is paid",
    "done.visit_settled.body": "Thank you. Take your receipt with you.",
    "done.visit_settled_change.title": "Goodbye",
    "done.visit_settled_change.headline": "Your visit is paid. Your change:",
    "done.visit_settled_change.body": (
        "We cannot pay out {amount} in coins. Take this slip to the desk."
    ),
    "err.visit_since": "A visit is open on this card since {time}.",
    "err.visit_since_desk": (
        "A visit is open on this card since {time}. Please pay its order at the desk."
    ),
    "err.cannot_prepay": "This kind of card cannot be prepaid.",
    "err.no_card_visits": "No visits are opened on cards here. Please ask staff.",
    "err.visit_over": "Your visit is {amount} short. Please add money.",
    "err.visit_over_desk": "Your visit is {amount} short. Please ask at the desk.",
    "err.visit_short_desk": (
        "Not enough money on this visit: {amount} short. Please ask at the desk."
    ),
    "err.visit_changed_guest": (
        "Something was added to the visit just now. Nothing was booked: please look again."
    ),
    "err.jam_stacked_visit": "The note machine stopped. {amount} is already on your visit.",
    "err.jam_claim": (
        "The note machine stopped. Your {amount} is on this slip. Please take it to the desk."
    ),
    "err.jam_claim_no_slip": (
        "The note machine stopped. Your {amount} is kept as number {number}: ask at the desk."
    ),
    "err.jam_taken_visit": "{amount} is on your visit already.",
    "err.jam_taken_claim": (
        "The {amount} before it is yours too: on the other slip, or ask at the desk."
    ),
}

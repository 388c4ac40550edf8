"""The card's home and its history (G4)."""

from __future__ import annotations

from kiosk.core.bills import Visit
from kiosk.core.clients import Movement
from kiosk.core.guest.home import ROWS
from kiosk.core.situation import CardHome, History, Playing
from kiosk.screens.present.guest.minutes import pager
from kiosk.screens.present.words import Words
from kiosk.screens.view import (
    Button,
    CardHomeView,
    Countdown,
    HistoryView,
    PlayStrip,
    Row,
    View,
    VisitStrip,
    Wallet,
)


def home(words: Words, scene: CardHome) -> View:
    """G4: the balance first, then what else the card has."""
    say, client = words.say, scene.client
    hello = say("home.hello_name", name=client.name) if client.name else say("home.hello")
    latest, tone = "", "neutral"
    if scene.latest and scene.paying is None:
        amount, at = words.texts.money(scene.latest.amount), scene.latest.at
        when = words.moment(at)
        if words.texts.date(when) == words.texts.date(words.now.wall):
            latest = say("home.latest_today", amount=amount, time=words.texts.time(when))
        else:
            latest = say("home.latest_on", amount=amount, date=words.texts.date(when))
        tone = "good" if scene.latest.amount.minor > 0 else "neutral"
    task, body = _task(words, scene)
    pays = scene.paying
    return CardHomeView(
        frame=words.frame(hello, words.masked(scene.card.number), words.leaving()),
        balance_name=say("home.balance" if pays is None else "home.pays"),
        balance=words.figure(client.wallet if pays is None else pays),
        latest=latest,
        latest_tone="good" if tone == "good" else "neutral",
        wallets=_wallets(words, scene),
        visit=_visit_strip(words, scene.visit) if scene.visit else None,
        primary=words.top_up_button(),
        buttons=_buttons(words, scene),
        task=task,
        task_body=body,
        playing=_playing(words, scene.playing[0]) if scene.playing else None,
    )


def _buttons(words: Words, scene: CardHome) -> tuple[Button, ...]:
    """What else there is to do: absent where this venue never has it, disabled with its reason."""
    made = []
    if scene.packages:
        why = words.why("buy_minutes")
        text = words.say("button.buy_minutes")
        made.append(Button("buy_minutes", text, "minutes", enabled=not why, why=why))
    if scene.playing:
        made.append(words.button("stop", "stop"))
    elif scene.stations:
        why = words.why("session")
        made.append(Button("play", words.say("button.play"), "play", enabled=not why, why=why))
    return (*made, words.button("history", "history"), words.button("more", "menu"))


def _playing(words: Words, playing: Playing) -> PlayStrip:
    """Where the guest plays; the time that is left is told by the clock of the screen."""
    session = playing.session
    note = "play_money" if session.mode == "timer" else f"play_{session.kind}"
    return PlayStrip(
        headline=words.say("home.playing", station=playing.station),
        note=words.say(f"home.{note}"),
        countdown=Countdown(playing.ends_s),
    )


def _task(words: Words, scene: CardHome) -> tuple[Button | None, str]:
    if scene.undecided:
        amount = words.texts.money(scene.undecided[0].value)
        body = words.say("home.task_note", amount=amount)
        return words.button("print_check_slip", "receipt"), body
    payments = scene.payments
    if payments and payments.checked:
        amount = words.texts.money(payments.checked.value)
        body = words.say("home.task_payment", amount=amount)
        return Button("check_payment", words.say("button.check_payment"), "hourglass"), body
    unprinted = scene.unprinted or (payments and payments.receipt)
    if unprinted and not words.able.receipts and words.able.receipts is not None:
        body = words.say("home.task_receipt")
        return Button("receipt", words.say("button.print_receipt"), "printer"), body
    if scene.without_slip and words.able.receipts == "":
        body = words.say("home.task_slip")
        return Button("registration_slip", words.say("button.print_slip"), "printer"), body
    return None, ""


def _wallets(words: Words, scene: CardHome) -> tuple[Wallet, ...]:
    """Only what the guest has: packages and bonus come with their own journeys."""
    say, client, texts = words.say, scene.client, words.texts
    made = []
    if scene.paying is not None:
        own, symbol = texts.number(client.wallet), client.wallet.currency.symbol
        made.append(Wallet("top_up", "accent", say("wallet.own"), own, symbol, say("wallet.plays")))
    if client.bonus:
        made.append(
            Wallet(
                "bonus",
                "bonus",
                say("wallet.bonus"),
                texts.count(client.bonus),
                say("wallet.bonus_unit"),
                say("wallet.bonus_note"),
            )
        )
    if client.minutes_game:
        note = texts.plural("wallet.minutes", client.minutes_game)
        time = texts.duration(client.minutes_game)
        made.append(Wallet("game", "game", say("wallet.game"), time, "", note))
    if client.minutes_net:
        note = texts.plural("wallet.minutes", client.minutes_net)
        time = texts.duration(client.minutes_net)
        made.append(Wallet("internet", "internet", say("wallet.internet"), time, "", note))
    return tuple(made)


def _visit_strip(words: Words, visit: Visit) -> VisitStrip:
    since = words.texts.time(words.moment(visit.since))
    return VisitStrip(
        button=Button("visit", words.say("button.visit"), "visit"),
        headline=words.texts.plural("home.visit", len(visit.orders)),
        note=words.say(
            "home.visit_short" if visit.to_pay else "home.visit_note",
            time=since,
            amount=words.texts.money(visit.to_pay),
        ),
        total=words.figure(visit.total),
    )


def history(words: Words, scene: History) -> View:
    """The last movements of the card, newest first."""
    say = words.say
    rows = tuple(
        Row(
            when=words.day(m.at),
            text=say(f"history.{_what(m)}"),
            note=say("history.after", amount=words.texts.money(m.after)),
            amount=("+" if m.amount.minor > 0 else "") + words.texts.number(m.amount),
            state_tone="good" if m.amount.minor > 0 else "neutral",
        )
        for m in scene.rows[scene.first : scene.first + ROWS]
    )
    return HistoryView(
        frame=words.frame(say("history.title"), words.masked(scene.card.number), words.leaving()),
        rows=rows,
        empty=say("history.empty"),
        back=words.back(),
        pager=pager(words, scene.first, ROWS, len(scene.rows)),
    )


KINDS = {
    "balance_changed": "desk",
    "change_reversed": "undone",
    "claim_redeemed": "claim",
    "clients_merged": "merged",
    "coin_credited": "top_up",
    "deposit_made": "visit",
    "note_credited": "found",
    "note_settled": "top_up",
    "order_paid": "visit",
    "order_saved": "visit",
    "order_void": "visit",
    "package_sold": "package",
    "package_undone": "package_back",
    "payment_approved": "top_up_terminal",
    "reversed": "undone",
    "session_ended": "session",
    "session_paid": "session",
    "session_switched": "session",
    "top_up_charged_back": "bank_back",
    "top_up_reversed": "top_up_back",
    "topped_up": "top_up_desk",
    "visit_calculated": "visit",
    "visit_debt_paid": "visit",
    "visit_void": "visit",
}
"""What each kind of entry that moves a wallet is to a guest, as ``history.<word>``."""
_BACK = ("visit", "session")
"""What pays back where it adds to the balance."""


def _what(movement: Movement) -> str:
    word = KINDS.get(movement.kind, "desk")
    added = movement.amount.minor > 0
    if word == "desk":
        return "desk_added" if added else "desk_taken"
    return f"{word}_back" if added and word in _BACK else word

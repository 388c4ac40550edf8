"""Notes, claims and tickets in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kiosk.core.desk.claims import ClaimList, TicketPage
from kiosk.core.desk.forms import Form
from kiosk.core.desk.held_notes import NoteList, NotePage
from kiosk.core.desk.scenes import Page
from kiosk.core.desk.whose import Whose
from kiosk.core.note_history import NoteSeen, NoteStep
from kiosk.screens.present.desk import devices
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Button,
    Cell,
    Column,
    Fact,
    Facts,
    Line,
    Pane,
    Part,
    Say,
    Stack,
    Table,
    Tone,
)

_TONES: Mapping[str, Tone] = {
    "held": "warning",
    "doubtful": "warning",
    "suspense": "warning",
    "settled": "good",
    "credited": "good",
    "claimed": "info",
}


# --- lists -------------------------------------------------------------------------------------


def _list(words: DeskWords, page: NoteList) -> Body:
    lines = tuple(_line(words, row) for row in page.rows)
    columns = (Column(share=1.0), Column(), Column(words.say("desk.cash.sum_column"), "right"))
    table = Table(columns, lines, words.say(f"desk.cash.no_notes_{page.which}"))
    heads = tuple(
        words.go(f"which:{name}", f"desk.button.which_{name}", kind="quiet")
        for name in ("held", "suspense", "all")
        if name != page.which
    )
    parts = (Say(words.say(f"desk.cash.notes_{page.which}_body")), words.entries(page.form), table)
    return Body(
        words.say(f"desk.cash.notes_{page.which}"),
        (Stack((Pane(parts),)),),
        heads=heads,
        back=words.back(),
        keys=words.keys(page.form),
    )


def _line(words: DeskWords, row: NoteSeen) -> Line:
    note = row.note
    state = words.say(f"desk.note.{note.state}")
    when = words.day(row.at) if row.at else "–"
    cells = (
        Cell(when, note.note, strong=True),
        Cell(state, tone=_TONES.get(note.state, "muted")),
        Cell(words.texts.money(note.value), strong=True),
    )
    return Line(cells, f"note:{note.note}")


# --- one note ----------------------------------------------------------------------------------


def _note(words: DeskWords, page: NotePage) -> Body:
    note = page.note
    title = words.say("desk.cash.note_title", amount=words.texts.money(note.value))
    known = Pane((Say(words.say(f"desk.note.{note.state}"), "heading"), *_known(words, page)))
    undecided = note.state in ("held", "doubtful")
    if undecided:
        decision = _undecided(words, page)
    elif note.state == "suspense":
        decision = _suspended(words, page)
    else:
        # Nothing is left to decide; what happened stands beside it.
        return Body(title, (Stack((known,)),), back=words.back())
    keys = words.keys(page.form)
    return Body(title, (Stack((known,)), Stack((decision,))), back=words.back(), keys=keys)


def _known(words: DeskWords, page: NotePage) -> Iterator[Part]:
    note = page.note
    there = words.situation.machine.devices
    name = devices.name(words, note.device) if note.device in there else note.device
    facts = [Fact(words.say("desk.cash.device"), name)]
    if page.card:
        facts.append(Fact(words.say("desk.cash.card"), page.card))
    elif note.visit:
        facts.append(Fact(words.say("desk.cash.of_visit"), note.visit))
    else:
        facts.append(Fact(words.say("desk.cash.card"), words.say("desk.cash.nobody")))
    if page.slip is not None:
        facts.append(Fact(words.say("desk.cash.check_slip"), f"{page.slip.number:06}"))
    if page.claim is not None:
        claim = words.say(f"desk.claim.{page.claim.state}")
        facts.append(Fact(words.say("desk.cash.claim"), f"{page.claim.number:06} · {claim}"))
    yield Facts(tuple(facts))
    for step in page.history:
        yield Say(_step(words, step), "caption")
    if note.state in ("held", "doubtful"):
        yield from (Say(words.say(key)) for key in _evidence(page))


def _step(words: DeskWords, step: NoteStep) -> str:
    told = words.say(f"desk.note_step.{step.kind}")
    by, reason = step.actor.removeprefix("staff:"), step.reason
    who = words.say("desk.number", number=by) if by != step.actor else ""
    return " · ".join(part for part in (words.day(step.at), told, who, reason) if part)


def _evidence(page: NotePage) -> Iterator[str]:
    """What the machine's behaviour since then makes likely; none of it is proof."""
    if page.restarted:
        yield "desk.cash.evidence_restart"
    if page.note.state == "doubtful":
        yield "desk.cash.evidence_doubtful"
    if page.later:
        yield "desk.cash.evidence_later"
    yield "desk.cash.evidence_look"


def _undecided(words: DeskWords, page: NotePage) -> Pane:
    foot = (
        *words.act("VoidNote", "void", "desk.button.void_note", "returned"),
        *words.act("SettleNote", "settle", icon="check", kind="primary"),
    )
    if page.slip is not None:
        foot = (*words.act("ReprintSlip", "again", "desk.button.copy", "copy"), *foot)
    parts = (
        Say(words.say("desk.cash.decide"), "heading"),
        Say(words.say("desk.cash.decide_body")),
        words.entries(page.form, "reason"),
    )
    return Pane(parts, foot=foot)


def _suspended(words: DeskWords, page: NotePage) -> Pane:
    foot = (
        *words.act("IssueClaim", "claim", icon="ticket"),
        *words.act("CreditFromSuspense", "credit", icon="check", kind="primary"),
    )
    parts = (
        Say(words.say("desk.cash.suspense"), "heading"),
        Say(words.say("desk.cash.suspense_body")),
        *_whose(words, page.form, page.whose),
        words.entries(page.form, "reason"),
    )
    return Pane(parts, foot=foot)


def _whose(words: DeskWords, of: Form, whose: Whose) -> Iterator[Part]:
    """Whose it is: chosen, or still looked for."""
    chosen = whose.chosen
    if chosen is not None:
        name = " · ".join(p for p in (chosen.name, chosen.phone_masked) if p)
        facts = (
            Fact(words.say("desk.cash.client"), name or words.say("desk.cash.no_name")),
            Fact(words.say("desk.cash.balance"), words.texts.money(chosen.wallet)),
        )
        yield Facts(facts)
        return
    if not words.may("FindClients"):
        return
    yield words.entries(of, "digits")
    if whose.rows:
        lines = tuple(
            Line(
                (Cell(row.phone, row.name, strong=True), Cell(words.texts.money(row.wallet))),
                f"client:{row.client}",
            )
            for row in whose.rows
        )
        yield Table((Column(share=1.0), Column(align="right")), lines)


# --- claims ------------------------------------------------------------------------------------


def _claims(words: DeskWords, page: ClaimList) -> Body:
    lines = tuple(
        Line(
            (
                Cell(f"{c.number:06}", words.day(c.issued_at), strong=True),
                Cell(words.say(f"desk.claim_why.{c.why or 'note'}")),
                Cell(words.texts.money(c.value), strong=True),
            )
        )
        for c in page.rows
    )
    columns = (
        Column(words.say("desk.cash.claim_column"), share=1.0),
        Column(words.say("desk.cash.why_column")),
        Column(words.say("desk.cash.sum_column"), "right"),
    )
    foot = words.texts.plural("desk.today.more", page.more) if page.more else ""
    table = Table(columns, lines, words.say("desk.cash.no_claims"), foot)
    check = words.act("CheckTicket", "check", icon="qr", kind="primary")
    ticket = Pane(
        (
            Say(words.say("desk.cash.ticket"), "heading"),
            Say(words.say("desk.cash.ticket_body")),
            words.entries(page.form),
        ),
        foot=check,
    )
    return Body(
        words.say("desk.cash.claims_title"),
        (Stack((ticket, Pane((Say(words.say("desk.cash.open_claims"), "heading"), table)))),),
        back=words.back(),
        keys=words.keys(page.form),
    )


def _ticket(words: DeskWords, page: TicketPage) -> Body:
    ticket = page.ticket
    number = f"{ticket.number:06}"
    open_ = ticket.kind == "claim_ticket" and ticket.state == "open"
    tone: Tone = "good" if open_ else "bad"
    icon = "check_circle" if open_ else "error"
    genuine = (
        "desk.cash.genuine" if open_ else f"desk.cash.ticket_{_word(ticket.kind, ticket.state)}"
    )
    head: tuple[Part, ...] = (
        Say(words.texts.money(ticket.value), "title"),
        Say(words.say(genuine, number=number), "strong", tone, icon),
    )
    title = words.say(f"desk.cash.{ticket.kind}_title", number=number)
    if not open_:
        return Body(title, (Stack((Pane(head),)),), back=words.back())
    foot: tuple[Button, ...] = words.act("RedeemClaim", "redeem_card", icon="card")
    foot += words.act("RedeemClaim", "redeem_cash", icon="cash", kind="primary")
    if page.in_coins:
        foot += words.act("BeginPayOut", "redeem_coins", icon="cash")
    parts = (*head, words.entries(page.form, "reason"), *_whose(words, page.form, page.whose))
    keys = words.keys(page.form)
    return Body(title, (Stack((Pane(parts, foot=foot),)),), back=words.back(), keys=keys)


def _word(kind: str, state: str) -> str:
    if kind == "claim_ticket":
        return "redeemed"
    return "waits" if state in ("held", "doubtful", "begun", "unknown", "absent") else "decided"


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    NoteList: _list,
    NotePage: _note,
    ClaimList: _claims,
    TicketPage: _ticket,
}

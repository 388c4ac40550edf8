"""The shift's paper, what did not come out, and what terminal and fiscal device left open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.scenes import Page
from kiosk.core.desk.shift_paper import VOIDABLE, QueuePage, SlipList, SlipPage
from kiosk.core.desk.unsettled import FiscalList, FiscalPage, PaymentList, PaymentPage
from kiosk.core.print_queue import Waiting
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import Cell, Column, Fact, Facts, Line, Pane, Part, Say, Stack, Table


def kind(words: DeskWords, name: str) -> str:
    """What a type of paper is called."""
    return words.say(f"desk.paper_kind.{name}")


# --- slips -------------------------------------------------------------------------------------


def _slips(words: DeskWords, page: SlipList) -> Body:
    lines = tuple(
        Line(
            (
                Cell(kind(words, s.kind), strong=True),
                Cell(f"{s.number:06}"),
                Cell(words.say(f"desk.slip_state.{s.state}"), tone="muted"),
            ),
            f"slip:{s.job}",
        )
        for s in page.rows
    )
    columns = (Column(share=1.0), Column(words.say("desk.cash.number_column"), "right"), Column())
    foot = words.texts.plural("desk.today.more", page.more) if page.more else ""
    table = Table(columns, lines, words.say("desk.cash.no_slips"), foot)
    parts = (words.entries(page.form), table)
    return Body(
        words.say("desk.cash.slips_title"),
        (Stack((Pane(parts),)),),
        subtitle=words.say("desk.cash.slips_body"),
        back=words.back(),
        keys=words.keys(page.form),
    )


def _slip(words: DeskWords, page: SlipPage) -> Body:
    slip = page.slip
    title = f"{kind(words, slip.kind)} {slip.number:06}"
    state = Fact(words.say("desk.cash.state"), words.say(f"desk.slip_state.{slip.state}"))
    again = words.act("ReprintSlip", "again", "desk.button.copy", "copy", "primary")
    left = Stack((Pane((Facts((state,)),), foot=again),))
    void = words.act("VoidReceipt", "void_receipt", icon="cancel")
    if slip.kind not in VOIDABLE or not void:
        return Body(title, (left,), back=words.back())
    parts = (
        Say(words.say("desk.cash.void_title"), "heading"),
        Say(words.say("desk.cash.void_body")),
        words.entries(page.form),
    )
    stacks = (left, Stack((Pane(parts, foot=void),)))
    return Body(title, stacks, back=words.back(), keys=words.keys(page.form))


def _queue(words: DeskWords, page: QueuePage) -> Body:
    all_ = (
        words.act("ReprintSlip", "again_all", icon="printer", kind="primary") if page.again else ()
    )
    desk = (Say(words.say("desk.cash.queue_desk"), "heading"), _waiting(words, page.desk))
    guests = (
        Say(words.say("desk.cash.queue_guests"), "heading"),
        Say(words.say("desk.cash.queue_guests_body")),
        _waiting(words, page.guests),
    )
    return Body(
        words.say("desk.cash.queue_title"),
        (Stack((Pane(desk, foot=all_),)), Stack((Pane(guests),))),
        subtitle=words.say("desk.cash.queue_body"),
        back=words.back(),
    )


def _waiting(words: DeskWords, rows: tuple[Waiting, ...]) -> Table:
    may = words.may("ReprintSlip")
    lines = tuple(
        Line(
            (
                Cell(f"{kind(words, w.kind)} {w.number:06}", words.day(w.at), strong=True),
                Cell(words.say(f"desk.waits.{w.state}"), _why(words, w.reason), tone="warning"),
                Cell(
                    words.say("desk.cash.press_to_print") if may and w.again else "", tone="muted"
                ),
            ),
            f"again:{w.job}" if may and w.again else "",
        )
        for w in rows
    )
    return Table((Column(share=1.0), Column(), Column()), lines, words.say("desk.cash.queue_empty"))


def _why(words: DeskWords, reason: str) -> str:
    known = ("off", "lost", "offline", "paper_out", "cover_open", "error")
    return words.say(f"desk.print.{reason}") if reason in known else ""


# --- the terminal ------------------------------------------------------------------------------


def _payments(words: DeskWords, page: PaymentList) -> Body:
    lines = tuple(
        Line(
            (
                Cell(f"{p.number:06}", words.day(p.at), strong=True),
                Cell(words.say(f"desk.payment.{p.state}"), tone="warning"),
                Cell(words.texts.money(p.value), strong=True),
            ),
            f"payment:{p.id}",
        )
        for p in page.rows
    )
    columns = (Column(share=1.0), Column(), Column(words.say("desk.cash.sum_column"), "right"))
    table = Table(columns, lines, words.say("desk.cash.no_payments"))
    title = words.say("desk.cash.payments_title")
    return Body(title, (Stack((Pane((table,)),)),), back=words.back())


def _payment(words: DeskWords, page: PaymentPage) -> Body:
    payment = page.payment
    facts = [
        Fact(words.say("desk.cash.sum_column"), words.texts.money(payment.value)),
        Fact(words.say("desk.cash.since"), words.day(payment.at)),
        Fact(words.say("desk.cash.what_for"), words.say(f"desk.payment_for.{payment.purpose}")),
        Fact(words.say("desk.cash.terminal_name"), payment.service),
    ]
    absent = payment.state == "absent"
    parts: list[Part] = [
        Say(words.say(f"desk.payment.{payment.state}"), "heading"),
        Facts(tuple(facts)),
        Say(words.say("desk.cash.payment_absent" if absent else "desk.cash.payment_wait")),
    ]
    foot = words.act("IssuePaymentSlip", "payment_slip", icon="printer")
    keys = None
    if absent and words.may("RecordTerminalPayment"):
        parts.append(words.entries(page.form))
        foot += words.act("RecordTerminalPayment", "declined", icon="cancel")
        foot += words.act("RecordTerminalPayment", "approved", icon="check", kind="primary")
        keys = words.keys(page.form)
    title = words.say("desk.cash.payment_title", number=f"{payment.number:06}")
    stack = Stack((Pane(tuple(parts), foot=foot),))
    return Body(title, (stack,), back=words.back(), keys=keys)


# --- the fiscal device -------------------------------------------------------------------------


def _fiscal(words: DeskWords, page: FiscalList) -> Body:
    lines = tuple(
        Line(
            (
                Cell(f"{row.document.number:06}", words.day(row.at), strong=True),
                Cell(words.say(f"desk.fiscal.{row.document.state}"), row.said, tone="warning"),
                Cell(words.texts.money(row.document.value), strong=True),
            ),
            f"document:{row.document.id}",
        )
        for row in page.rows
    )
    columns = (Column(share=1.0), Column(), Column(words.say("desk.cash.sum_column"), "right"))
    table = Table(columns, lines, words.say("desk.cash.no_fiscal"))
    told: list[Part] = []
    if page.shift is not None:
        told.append(
            Say(words.say("desk.cash.fiscal_shift", number=str(page.shift.number)), "strong")
        )
    if page.next is not None:
        told.append(Say(words.say(f"desk.fiscal_next.{page.next.does}")))
    title = words.say("desk.cash.fiscal_title")
    return Body(title, (Stack((Pane((*told, table)),)),), back=words.back())


def _document(words: DeskWords, page: FiscalPage) -> Body:
    document = page.row.document
    facts = [
        Fact(words.say("desk.cash.sum_column"), words.texts.money(document.value)),
        Fact(words.say("desk.cash.since"), words.day(page.row.at)),
        Fact(words.say("desk.cash.attempts"), str(document.attempts)),
    ]
    if page.row.said:
        facts.append(Fact(words.say("desk.cash.device_says"), page.row.said))
    parts: list[Part] = [
        Say(words.say(f"desk.fiscal.{document.state}"), "heading"),
        Facts(tuple(facts)),
    ]
    title = words.say("desk.cash.document_title", number=f"{document.number:06}")
    if document.state != "needs_attention" or not words.may("RecordFiscal"):
        parts.append(Say(words.say("desk.cash.fiscal_runs")))
        return Body(title, (Stack((Pane(tuple(parts)),)),), back=words.back())
    foot = (
        *words.act("RecordFiscal", "absent", "desk.button.fiscal_absent", "restart"),
        *words.act("RecordFiscal", "confirmed", "desk.button.fiscal_confirmed", "check", "primary"),
    )
    parts += [Say(words.say("desk.cash.fiscal_decide")), words.entries(page.form)]
    stack = Stack((Pane(tuple(parts), foot=foot),))
    return Body(title, (stack,), back=words.back(), keys=words.keys(page.form))


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    SlipList: _slips,
    SlipPage: _slip,
    QueuePage: _queue,
    PaymentList: _payments,
    PaymentPage: _payment,
    FiscalList: _fiscal,
    FiscalPage: _document,
}

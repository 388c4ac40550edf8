"""What becomes of money that came in for a visit: the visit opens, has it, or ends with it.

Whoever takes the money, in notes or at the terminal, goes on here (`money_came`), or ends here a
prepayment of which not enough came in (`gave_up`).
"""

from __future__ import annotations

from kiosk.core.bills import Visit
from kiosk.core.cards import GetCard
from kiosk.core.checkout import CalculateVisit
from kiosk.core.errors import Refused
from kiosk.core.guest import pin
from kiosk.core.guest.frame import Result
from kiosk.core.guest.scenes import Purpose
from kiosk.core.guest.visit_scenes import Calculation
from kiosk.core.ids import CardId, JobId, NoteId
from kiosk.core.journey import (
    Step,
    bill,
    conclude,
    enter,
    jobs_due,
    leave,
    offered,
    open_card,
    print_slip,
)
from kiosk.core.ledger import Entry
from kiosk.core.messages import Effect, Sound
from kiosk.core.money import Money
from kiosk.core.prepayments import (
    AbandonPrepayment,
    CompletePrepayment,
    GetPrepayment,
    IssueDepositReceipt,
)
from kiosk.core.situation import Problem
from kiosk.core.slips import GetSlip
from kiosk.core.visits import OpenVisit


def money_came(
    at: Step,
    purpose: Purpose,
    jobs: tuple[JobId, ...],
    *,
    total: Money | None = None,
    timed_out: bool = False,
) -> Result:
    """Money for a visit is on the books; `jobs` are slips of it that are still to be printed.

    `total` is what was put in just now; `timed_out`: nobody touched the screen any more.
    """
    if purpose.kind == "prepayment":
        return _opened(at, purpose, jobs, total)
    if purpose.kind == "due" and not timed_out:
        return _paid(at, purpose, jobs)
    visit = at.ask(OpenVisit(purpose.card))
    args: dict[str, str | Money] = {"amount": total} if total else {}
    task, figure = "deposited", visit.balance if visit else None
    if visit and (figure is None or figure.minor < 0):
        # Nothing may be spent yet, or nobody checks it: what lies there is the figure.
        task, figure = "deposited_free", visit.deposits
    if timed_out:
        task = "deposited_late"
    return conclude(
        at, task, purpose.card, jobs, total=total, figure=figure, args=args, timed_out=timed_out
    )


def _opened(at: Step, purpose: Purpose, jobs: tuple[JobId, ...], total: Money | None) -> Result:
    """Enough was put in: the visit opens with it; what was too much stays on it, or is owed."""
    assert purpose.visit, "a prepayment is for a visit"
    entry = at.do(CompletePrepayment(purpose.visit), f"complete:{purpose.visit}", "guest")
    if isinstance(entry, Refused):
        return gave_up(at, purpose)
    return opened(at, entry, jobs, total)


def opened(
    at: Step, entry: Entry, jobs: tuple[JobId, ...] = (), total: Money | None = None
) -> Result:
    """A visit is open: its slips, and what may be spent in it."""
    card = CardId(entry.refs["card"])
    visit = at.ask(OpenVisit(card))
    assert visit is not None, "it was just opened"
    args: dict[str, str | Money] = {"number": str(visit.number)}
    task, figure = "visit_opened", visit.balance
    if not figure:
        # On a card whose balance nobody checks, or with nothing on it, there is no sum to tell.
        task, figure = "visit_opened_free", None
    if "claim" in entry.refs:
        owed = sum(-p.amount for p in entry.postings if p.account.startswith("2910:"))
        task, args = "visit_opened_surplus", args | {"amount": Money(owed, visit.total.currency)}
    due = (*jobs, *jobs_due(entry))
    return conclude(at, task, card, due, total=total, figure=figure, args=args)


def gave_up(at: Step, purpose: Purpose, *, but_held: bool = False, stopped: bool = False) -> Result:
    """A prepayment came to nothing: no visit, and what was put in is a claim (E86).

    `but_held` as in `AbandonPrepayment`; `stopped`: it was the note machine that gave up.
    """
    assert purpose.visit, "a prepayment is for a visit"
    pending = at.ask(GetPrepayment(purpose.visit))
    if pending is None or pending.state != "pending":
        return leave(at), ()
    command = AbandonPrepayment(purpose.visit, but_held=but_held)
    entry = at.do(command, f"abandon:{purpose.visit}", "guest")
    if isinstance(entry, Refused) or not jobs_due(entry):
        return leave(at), ()
    key, args, effects = ticket(at, jobs_due(entry)[0], pending.paid)
    if stopped:
        key = key.replace("err.claim", "err.jam_claim")
    return enter(at, Problem(key, "safe", args)), (*effects, Sound("attention"))


def receive(at: Step, notes: tuple[NoteId, ...]) -> tuple[JobId, ...]:
    """The two slips of notes that a guest has put on a visit (E43); not printed yet."""
    entry = at.must(IssueDepositReceipt(notes, at.situation.choice.language), f"receipt:{notes[0]}")
    return jobs_due(entry)


def ticket(
    at: Step, job: JobId, value: Money
) -> tuple[str, dict[str, str | Money], tuple[Effect, ...]]:
    """Print a claim's ticket: what the screen says of it (T-01), and the effects that print it."""
    slip = at.ask(GetSlip(job))
    assert slip is not None, "a claim has a ticket"
    effects = printed(at, (job,))
    key = "err.claim" if effects else "err.claim_no_slip"
    return key, {"amount": value, "number": f"{slip.number:06}", "job": job}, effects


def printed(at: Step, jobs: tuple[JobId, ...]) -> tuple[Effect, ...]:
    """The effects that print these slips, as far as that works."""
    off = offered(at.situation).receipts
    made: tuple[Effect, ...] = ()
    for job in jobs:
        made += print_slip(at, job, "off" if off is None else off)[1]
    return made


# --- the end of a visit --------------------------------------------------------------------------


def _paid(at: Step, purpose: Purpose, jobs: tuple[JobId, ...]) -> Result:
    """What was due came in: the visit ends, where it still comes to what the guest was told."""
    visit = at.ask(OpenVisit(purpose.card))
    if visit is not None and not visit.to_pay and visit.grand_total == purpose.total:
        return settle(at, calculation(at, purpose.card, visit), jobs)
    situation, effects = calculate(at, purpose.card)
    return situation, (*printed(at, jobs), *effects)


def calculate(at: Step, card: CardId, refused: Refused | None = None) -> Result:
    """G7 as the books have it now; nothing is booked."""
    visit = at.ask(OpenVisit(card))
    if visit is None:
        return open_card(at, card), ()
    return enter(at, calculation(at, card, visit, refused)), ()


def calculation(
    at: Step, card: CardId, visit: Visit, refused: Refused | None = None
) -> Calculation:
    """The scene of what a visit comes to."""
    found, shown = at.ask(GetCard(card)), bill(at, card)
    assert found is not None, "a visit's card is on file"
    return Calculation(found, visit, shown.refusal if shown else "", refused)


def settle(
    at: Step, scene: Calculation, jobs: tuple[JobId, ...] = (), pin_digits: str = ""
) -> Result:
    """The guest confirmed the figures: the visit ends with them, or nothing is booked."""
    visit, card = scene.visit, scene.card
    command = CalculateVisit(
        visit.id,
        total=visit.grand_total,
        change="claim",
        language=at.situation.choice.language,
        pin=pin_digits,
        card=card.id,
    )
    house = at.situation
    key = f"settle:{visit.id}:{house.house.start}/{house.session}/{house.page}"
    entry = at.do(command, key, "guest")
    if isinstance(entry, Refused):
        situation, effects = _not_settled(at, scene, entry)
        return situation, (*printed(at, jobs), *effects)
    due = (*jobs_due(entry), *jobs)
    change = visit.change if "claim" in entry.refs else None
    slip = at.ask(GetSlip(due[0])) if due else None
    args: dict[str, str | Money] = {"number": f"{slip.number:06}" if slip else ""}
    if change:
        args["amount"] = change
    task = "visit_settled_change" if change else "visit_settled"
    return conclude(at, task, card.id, due, figure=change or visit.grand_total, args=args)


def _not_settled(at: Step, scene: Calculation, refused: Refused) -> Result:
    asked = pin.ask(at, scene.card, scene, refused)
    if asked is not None:
        return asked
    if refused.key in ("err.visit_changed", "err.pay_exactly"):
        return calculate(at, scene.card.id, Refused("err.visit_changed_guest"))
    return enter(at, Problem(refused.key, "nothing", refused.args_by_name)), ()

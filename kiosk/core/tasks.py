"""What waits for somebody: tasks from the books, alarms from the devices, and what blocks a kiosk.

`Tasks` asks the books, `alarms` looks at the machine; both tell `Task` values, which `say` puts
into words: what it is, and what to do. `kiosk.notices` carries them to people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, get_args

from tinydb import where

from kiosk.core import calls, cashbox, coins, pay_outs, strikes, terminal_payments
from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.capabilities import DeviceState, Machine, blocked, works
from kiosk.core.cash import UNDECIDED, last_start
from kiosk.core.fiscal import accounted
from kiosk.core.ids import DeviceId
from kiosk.core.messages import CareWord, RulesChanged
from kiosk.core.money import Money
from kiosk.core.store import TableSpec
from kiosk.core.tenders import current_shift, overdue
from kiosk.core.texts import Texts, code

TABLES: tuple[TableSpec, ...] = ()

NOTE_MOVES_S = 60
"""So long a held note may be on its way into the box; then somebody has to look."""
CLAIM_OPEN_H = 24
"""So long a guest may take to bring a claim to the desk, before somebody looks for the guest."""

Severity = Literal["now", "today"]
"""``now``: a guest waits, or money stands still."""


@dataclass(frozen=True)
class Named:
    """An argument that is a sentence itself, told in the reader's language."""

    key: str


Argument = str | int | Money | Named | tuple[Named, ...]


@dataclass(frozen=True)
class Task:
    """Something that waits for somebody.

    Attributes:
        key: the same as long as it is the same matter (``help:7``, ``printer:paper_out``).
        since: ISO 8601, UTC; empty where the books do not know, as of a device.
        severity: see `Severity`.
        sentence: ``task.…`` or ``alarm.…``; what to do is the sentence ``do.…`` of the same word.
        arguments: of both sentences.
    """

    key: str
    since: str
    severity: Severity
    sentence: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)

    @property
    def kind(self) -> Literal["call", "task", "alarm"]:
        """A guest calls, the books say it, or a device does."""
        if self.sentence.startswith("task.help"):
            return "call"
        return "alarm" if self.sentence.startswith("alarm.") else "task"


def say(task: Task, texts: Texts) -> tuple[str, str]:
    """What it is, and what to do, in the language of `texts`."""
    told = {name: _word(value, texts) for name, value in task.arguments.items()}
    do = f"do.{task.sentence.partition('.')[2]}"
    return texts.say(task.sentence, **told), texts.say(do, **told)


def _word(value: Argument, texts: Texts) -> str | int:
    match value:
        case Named(key):
            return texts.say(key)
        case Money():
            return texts.money(value)
        case tuple():
            return " ".join(texts.say(named.key) for named in value)
        case _:
            return value


def plain(task: Task) -> dict[str, Any]:
    """A task's arguments as JSON: money in minor units with its currency, words as their keys."""
    return {name: _plain(value) for name, value in task.arguments.items()}


def _plain(value: Argument) -> Any:
    match value:
        case Money():
            return {"minor": value.minor, "currency": value.currency.code}
        case Named(key):
            return key
        case tuple():
            return [named.key for named in value]
        case _:
            return value


# --- tasks, from the books ----------------------------------------------------------------------


@dataclass(frozen=True)
class Tasks(Query["tuple[Task, ...]"]):
    """Everything on the books that waits for somebody: the urgent first, then the oldest.

    It names no client, and of a card the last digits.
    """


def _tasks(books: Books, query: Tasks) -> tuple[Task, ...]:
    del query
    found = [
        *_calls(books),
        *_notes(books),
        *_claims(books),
        *_fiscal(books),
        *_payments(books),
        *_boxes(books),
        *_coins(books),
        *_pay_outs(books),
        *_shift(books),
        *_strikes(books),
    ]
    return tuple(sorted(found, key=order))


def order(task: Task) -> tuple[int, int, str, str]:
    """Guests who call first, then the urgent, then the oldest."""
    return task.kind != "call", task.severity != "now", task.since, task.key


def _calls(books: Books) -> Iterator[Task]:
    for call in calls.open_calls(books):
        told: dict[str, Argument] = {"number": call.number, "scene": Named(f"scene.{call.scene}")}
        said = code(call.problem) if call.problem else ""
        if said:
            told["scene"] = said
        sentence = "task.help"
        if call.card_masked:
            sentence, told["card"] = "task.help_card", call.card_masked
        yield Task(call.id, call.at, "now", sentence, told)


def _notes(books: Books) -> Iterator[Task]:
    start = last_start(books)
    for note in books.search("notes", where("state").one_of([*UNDECIDED, "suspense"])):
        name, suspense = note["id"], note["state"] == "suspense"
        since = _posted(books, f"suspend:{name}" if suspense else f"hold:{name}")
        told: dict[str, Argument] = {"amount": books.money(note["minor"]), "note": name}
        if suspense:
            yield Task(f"suspense:{name}", since, "today", "task.note_suspense", told)
        elif (
            note["state"] == "doubtful"
            or note["start"] < start
            or since < _before(books, NOTE_MOVES_S)
        ):
            yield Task(f"note:{name}", since, "now", "task.note_unknown", told)


def _posted(books: Books, key: str) -> str:
    entry = books.ledger.find(key)
    return entry.at if entry else ""


def _before(books: Books, seconds: int) -> str:
    return (books.now.wall - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _claims(books: Books) -> Iterator[Task]:
    found = books.search("claims", where("state") == "open")
    old = _before(books, CLAIM_OPEN_H * 3600)
    late = sorted((c["issued_at"], c["number"]) for c in found if c["issued_at"] < old)
    if late:
        since, number = late[0]
        told: dict[str, Argument] = {"number": f"{number:06}", "n": len(late)}
        yield Task("claims", since, "today", "task.claims_open", told)


def _fiscal(books: Books) -> Iterator[Task]:
    for document in books.search("fiscal", where("state") == "needs_attention"):
        told: dict[str, Argument] = {
            "number": document["number"],
            "amount": books.money(document["minor"]),
        }
        yield Task(document["id"], document["at"], "now", "task.fiscal_attention", told)


def _payments(books: Books) -> Iterator[Task]:
    for payment in terminal_payments.open_payments(books):
        told: dict[str, Argument] = {"amount": payment.value, "payment": payment.number}
        yield Task(payment.id, payment.at, "now", "task.payment_unknown", told)


def _boxes(books: Books) -> Iterator[Task]:
    for box in cashbox.open_tasks(books):
        told: dict[str, Argument] = {"device": box.device}
        if box.what == "count_box":
            yield Task(f"box:{box.device}", box.since, "now", "task.box_pulled", told)
        else:
            yield Task(f"bag:{box.collection}", box.since, "today", "task.bag", told)


def _coins(books: Books) -> Iterator[Task]:
    for found in coins.lost(books):
        told: dict[str, Argument] = {"device": found.device}
        sentence = "task.coins_lost"
        if found.count is not None:
            sentence, told["n"] = "task.coins_lost_some", found.count
        yield Task(f"coins:{found.device}", found.since, "now", sentence, told)


def _pay_outs(books: Books) -> Iterator[Task]:
    for one in pay_outs.doubtful(books):
        told: dict[str, Argument] = {"device": one.device, "n": one.count, "face": one.face}
        yield Task(f"payout:{one.id}", one.at, "now", "task.payout_doubtful", told)


def _shift(books: Books) -> Iterator[Task]:
    shift = current_shift(books)
    if shift is not None and overdue(books, shift):
        told: dict[str, Argument] = {"number": shift["number"]}
        yield Task(f"shift:{shift['id']}", shift["opened_at"], "today", "task.shift_overdue", told)


def _strikes(books: Books) -> Iterator[Task]:
    for found in strikes.open_strikes(books):
        told: dict[str, Argument] = {"rule": Named(f"rule.{found.rule}"), "count": found.count}
        yield Task(f"strike:{found.id}", found.at, "today", "task.strike", told)


# --- what blocks the kiosk (E82) ------------------------------------------------------------------


def blocked_reasons(machine: Machine, *, books_failed: bool = False) -> tuple[str, ...]:
    """Why this kiosk takes no money at all now, every reason; none: it is not blocked (E82)."""
    return blocked(works(machine, books_failed=books_failed))


@dataclass(frozen=True)
class GetRules(Query[RulesChanged]):
    """What must be there before this kiosk takes money, as the books have it now.

    `needs_shift` and `needs_receipt` are those of ``[kiosk]``, `fiscal`: it has a fiscal device. A
    fiscal venue's receipts are wanted where such a device is; elsewhere the desk makes them.
    """

    needs_shift: bool
    needs_receipt: bool
    fiscal: bool


def _rules(books: Books, query: GetRules) -> RulesChanged:
    shift = None
    if query.needs_shift:
        kept = current_shift(books)
        shift = "none" if kept is None else "too_long" if overdue(books, kept) else ""
    if query.fiscal and accounted(books):
        return RulesChanged(shift, "fiscal")
    return RulesChanged(shift, "paper" if query.needs_receipt else "")


# --- alarms, from the machine ---------------------------------------------------------------------

_ACCEPTOR: Mapping[str, str] = {
    "cassette_full": "cash_full",
    "cassette_out": "cash_out",
    "jammed_validator": "cash_jammed",
    "jammed_cassette": "cash_jammed",
    "cheated": "cash_cheated",
    "failed": "cash_failed",
    "wrong_currency": "cash_currency",
}
_COINS: Mapping[str, str] = {
    "cassette_full": "coins_full",
    "cassette_out": "cash_out",
    "jammed_validator": "coins_jammed",
    "jammed_cassette": "coins_jammed",
    "cheated": "coins_cheated",
    "failed": "coins_failed",
    "wrong_currency": "coins_failed",
}
_HOPPER: Mapping[str, str] = {
    "low": "hopper_low",
    "empty": "hopper_empty",
    "jammed": "hopper_jammed",
    "failed": "hopper_failed",
    "wrong_currency": "hopper_failed",
}
_TODAY = (
    *("lights_off", "speech_off", "switches_off", "paper_low", "mail_down", "webhook_down"),
    "paper_reckoned",
    *("hopper_low", "contacts_off"),
    *get_args(CareWord),
)


def alarms(machine: Machine, *, books_failed: bool = False) -> tuple[Task, ...]:
    """What is wrong with the devices and the disk, and whether the kiosk is blocked by it.

    A device that was not tried yet raises none: a kiosk that starts does not cry.
    """
    found = [task for device, state in machine.devices.items() for task in _device(device, state)]
    if machine.space_low:
        found.append(alarm("disk", "space_low"))
    found += [alarm("kiosk", word) for word in machine.care]
    if books_failed:
        found.append(alarm("books", "books_failed"))
    reasons = blocked_reasons(machine, books_failed=books_failed)
    if reasons:
        # One alarm for all of them: it ends when the last has gone.
        found.append(alarm("kiosk", "blocked", reasons=tuple(Named(f"why.{r}") for r in reasons)))
    return tuple(found)


def alarm(of: str, word: str, **arguments: Argument) -> Task:
    """The alarm ``alarm.<word>`` of a device, or of another part of the kiosk."""
    severity: Severity = "today" if word in _TODAY else "now"
    return Task(f"{of}:{word}", "", severity, f"alarm.{word}", arguments)


def _device(device: DeviceId, state: DeviceState) -> Iterator[Task]:
    if state.up is None:
        return
    if not state.up:
        yield alarm(device, f"{state.role}_off", device=device)
        return
    words = _COINS if state.role == "coins" else _ACCEPTOR
    if state.acceptor in words:
        yield alarm(device, words[state.acceptor], device=device)
    if state.hopper in _HOPPER:
        yield alarm(device, _HOPPER[state.hopper], device=device)
    for contact in state.amiss:
        yield alarm(device, contact, device=device)
    if state.paper != "ok":
        yield alarm(device, f"paper_{state.paper}", device=device)
    elif state.roll_low:
        yield alarm(device, "paper_reckoned", device=device)
    if state.cover_open:
        yield alarm(device, "cover_open", device=device)
    if state.error:
        yield alarm(device, "printer_error", device=device, error=state.error)


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {Tasks: _tasks, GetRules: _rules}
ALLOWED: dict[type, frozenset[str]] = {}

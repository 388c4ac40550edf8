"""What a kiosk does when it is asked from outside, verb by verb.

Staff's verbs need the books only: a running kiosk answers them, and without one the command line
itself. The bench's drive simulated devices; they exist only when every device is declared simulated
and the store was created so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast
from uuid import uuid4

from kiosk import device_verbs
from kiosk.core import venue_file
from kiosk.core.bills import OrderLine
from kiosk.core.books import REASON_CHARACTERS_MAX, Query, legible
from kiosk.core.calls import AnswerHelp, OpenCalls, of_guest
from kiosk.core.cards import BlockCard, GetCard, UnblockCard
from kiosk.core.cash import HeldNotes, NoteHeld, SettleNote, SuspendedNotes, VoidNote
from kiosk.core.claims import (
    CheckTicket,
    Claim,
    CreditFromSuspense,
    IssueClaim,
    OpenClaims,
    RedeemClaim,
)
from kiosk.core.clients import EraseClient, GetClient
from kiosk.core.clock import Now, system_now
from kiosk.core.config import Config, suggest
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId, DeviceId, JobId, NoteId
from kiosk.core.ledger import Entry
from kiosk.core.messages import Contact
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.orders import SaveOrder
from kiosk.core.readings import ExplainRead, RuleSays
from kiosk.core.recovery import key as note_key
from kiosk.core.settings import ImportVenue
from kiosk.core.slips import SlipOfNote
from kiosk.core.staff import (
    IssueRecoveryCode,
    ListStaff,
    Person,
    SetStaffPin,
    UnlockStaff,
    new_code,
)
from kiosk.core.terminal_payments import BeginTerminalPayment
from kiosk.core.tokens import SCOPES, IssueToken, ListTokens, RevokeToken, new_token
from kiosk.core.venue import Venue
from kiosk.diagnosis import found
from kiosk.doctor import check
from kiosk.hardware.peers import RunningPeer, pulse_bench
from kiosk.hardware.worker import Worker
from kiosk.health import Health, look, told
from kiosk.log_ring import LogRing
from kiosk.runtime import Runtime
from kiosk.screens.layout import Target
from kiosk.screens.present import present

if TYPE_CHECKING:
    from kiosk.hardware.contacts import Contacts
    from kiosk.hardware.pulse import PulseAcceptor
    from kiosk.hardware.speech import Voice
    from kiosk.hardware.switches import Switches

T = TypeVar("T")
Request = Mapping[str, Any]


class Screen(Protocol):
    """What is asked of the window, see `screens.app.Shell`."""

    def screenshot(self, path: Path) -> None:
        """Write what is shown as a PNG."""

    def press(self, what: str | tuple[float, float]) -> str:
        """Press a button like a finger; its id."""

    def targets(self) -> tuple[int, list[Target]]:
        """The page that is shown, and what can be pressed on it."""


class Keeper(Protocol):
    """Whoever keeps the books now."""

    def query(self, query: Query[T]) -> T:
        """Ask the venue.

        Raises:
            Refused: what is asked for is not there.
        """

    def command(self, command: object, actor: str, key: str) -> Entry:
        """Carry out a command.

        Raises:
            Refused: as the venue says.
        """


@dataclass(frozen=True)
class ClosedKiosk:
    """The books of a kiosk that does not run."""

    venue: Venue

    def query(self, query: Query[T]) -> T:
        """See `Keeper`."""
        return self.venue.ask(query, system_now(), "cli")

    def command(self, command: object, actor: str, key: str) -> Entry:
        """See `Keeper`."""
        done = self.venue.do(command, actor=actor, key=key, now=system_now())
        if isinstance(done, Refused):
            raise done
        return done


@dataclass(frozen=True)
class Kiosk:
    """A running kiosk, as far as it is asked from outside."""

    config: Config
    runtime: Runtime
    workers: Mapping[DeviceId, Worker]
    peers: Mapping[DeviceId, RunningPeer]
    screen: Screen
    health: Health
    ring: LogRing

    @property
    def bench_allowed(self) -> bool:
        """Whether devices may be driven from outside: all simulated, and so is the store."""
        return self.config.simulated and bool(self.runtime.venue.store.facts["simulated"])

    def ask(self, work: Callable[[Runtime, Now], T]) -> T:
        """Have something done by the core."""
        return self.runtime.inbox.ask(work)

    def query(self, query: Query[T]) -> T:
        """See `Keeper`."""
        return self.ask(lambda r, now: r.venue.ask(query, now, "cli"))

    def command(self, command: object, actor: str, key: str) -> Entry:
        """See `Keeper`."""
        done = self.ask(lambda r, now: r.command(command, actor=actor, key=key, now=now))
        if isinstance(done, Refused):
            raise done
        return done


Verb = Callable[[Kiosk, list[str], Request], str]
StaffVerb = Callable[[Keeper, list[str], Request], str]


def answer(kiosk: Kiosk, request: Request) -> str:
    """Do what a request says; what happened, in words.

    Raises:
        ValueError: there is no such verb, or its words are wrong.
        Refused: the venue refuses.
    """
    name, words = str(request.get("verb", "")), [str(w) for w in request.get("words", ())]
    if not request.get("bench"):
        return _verb({**STAFF, **SCREEN}, name)(kiosk, words, request)
    if not kiosk.bench_allowed:
        raise ValueError("the bench drives simulated kiosks only; this one has real devices")
    own = _peer_verbs(kiosk)
    if name in own:
        return own[name](words)
    return _verb({**BENCH, **dict.fromkeys(own, _nothing)}, name)(kiosk, words, request)


def answer_closed(venue: Venue, request: Request) -> str:
    """Do a verb of staff on the books of a kiosk that does not run.

    Raises:
        ValueError, Refused: as `answer`.
    """
    words = [str(w) for w in request.get("words", ())]
    return STAFF[str(request["verb"])](ClosedKiosk(venue), words, request)


def _verb(verbs: Mapping[str, Verb], name: str) -> Verb:
    if name not in verbs:
        raise ValueError(f"there is no verb {name!r}; {suggest(name, verbs)}")
    return verbs[name]


def _nothing(kiosk: Kiosk, words: list[str], request: Request) -> str:
    raise AssertionError("a device's own verb is called before")


def _peer_verbs(kiosk: Kiosk) -> dict[str, Callable[[list[str]], str]]:
    """The verbs of all devices; of two devices with the same verb the first one's."""
    verbs: dict[str, Callable[[list[str]], str]] = {}
    for peer in kiosk.peers.values():
        verbs = {**peer.verbs, **verbs}
    return verbs


def _words(words: Sequence[str], usage: str, least: int, most: int | None = None) -> None:
    if len(words) < least or (most is not None and len(words) > most):
        raise ValueError(f"usage: {usage}")


# --- staff -----------------------------------------------------------------------------------


def _note(keeper: Keeper, words: list[str], request: Request) -> str:
    usage = "note list | note settle|void ID --reason TEXT | note credit ID CLIENT --reason TEXT"
    if words == ["list"]:
        waiting = (*keeper.query(HeldNotes()), *keeper.query(SuspendedNotes()))
        return "\n".join(_held(keeper, note) for note in waiting) or "no note waits for anybody"
    _words(words, usage, 2, 3)
    note = NoteId(words[1])
    match words[0], words[2:]:
        case "settle" | "void", []:
            reason = _reason(request)
            command = SettleNote(note, reason) if words[0] == "settle" else VoidNote(note, reason)
            entry = keeper.command(command, "cli", note_key(command))
        case "credit", [client]:
            credit = CreditFromSuspense(note, _client_id(keeper, client), _reason(request))
            entry = keeper.command(credit, "cli", f"credit:{note}")
        case _:
            raise ValueError(f"usage: {usage}")
    return f"entry {entry.seq}: {entry.kind} {words[1]}"


def _held(keeper: Keeper, note: NoteHeld) -> str:
    """A note that waits, as its check slip tells it: by sum, card and the slip's number."""
    told = [note.note, str(note.value), note.state]
    card, slip = keeper.query(GetCard(note.card)), keeper.query(SlipOfNote(note.note))
    if card:
        told.append(f"card {card.masked}")
    return "  ".join([*told, f"slip {slip.number:06}"] if slip else told)


def _owed(claim: Claim) -> str:
    """An open claim, and where its money came from."""
    of = f"note {claim.note}" if claim.note else f"{claim.why} of visit {claim.visit}"
    return f"{claim.number:06}  {claim.value}  {claim.issued_at}  {of}"


def _claim(keeper: Keeper, words: list[str], request: Request) -> str:
    usage = (
        "claim list | claim check TEXT | claim issue NOTE | "
        "claim redeem TEXT CLIENT|cash --reason TEXT"
    )
    match words:
        case ["list"]:
            claims = keeper.query(OpenClaims())
            return "\n".join(_owed(claim) for claim in claims) or "no claim is open"
        case ["check", text]:
            ticket = keeper.query(CheckTicket(text))
            name = "claim" if ticket.kind == "claim_ticket" else "check slip, its note is"
            return f"genuine: {ticket.number:06}  {ticket.value}  {name} {ticket.state}"
        case ["issue", note]:
            issue = IssueClaim(NoteId(note), str(request.get("language") or "en"))
            entry = keeper.command(issue, "cli", f"claim:{note}")
            return f"entry {entry.seq}: {entry.kind}; kiosk slip print {entry.refs['slip']}"
        case ["redeem", text, to]:
            client = ClientId("") if to == "cash" else _client_id(keeper, to)
            redeem = RedeemClaim(text, client, _reason(request))
            # A new key each time: a ticket that is shown twice must be refused the second time.
            entry = keeper.command(redeem, "cli", f"redeem:{uuid4()}")
            return f"entry {entry.seq}: {entry.kind} {entry.refs['slip']}"
        case _:
            raise ValueError(f"usage: {usage}")


def _client(keeper: Keeper, words: list[str], request: Request) -> str:
    usage = "client erase CLIENT --reason TEXT"
    match words:
        case ["erase", name]:
            client = _client_id(keeper, name)
            erase = EraseClient(client, _reason(request))
            entry = keeper.command(erase, "cli", f"erase:{client}")
            return f"entry {entry.seq}: {entry.kind} {client}"
        case _:
            raise ValueError(f"usage: {usage}")


def _client_id(keeper: Keeper, name: str) -> ClientId:
    client = keeper.query(GetClient(ClientId(name)))
    if client is not None:
        return client.id
    card = keeper.query(GetCard(name))
    if card is None:
        raise ValueError(f"there is no client {name}, nor a card; name an id or a whole number")
    return card.client


def _card(keeper: Keeper, words: list[str], request: Request) -> str:
    usage = "card block|unblock ID --reason TEXT | card test SIGNAL READER TEXT"
    if words[:1] == ["test"]:
        _words(words, usage, 4, 4)
        told = keeper.query(ExplainRead(words[1], DeviceId(words[2]), words[3]))
        return "\n".join(_rule_says(said) for said in told) or "there are no rules"
    _words(words, usage, 2, 2)
    if words[0] not in ("block", "unblock"):
        raise ValueError(f"usage: {usage}")
    reason, card = _reason(request), _card_id(keeper, words[1])
    command = BlockCard(card, reason) if words[0] == "block" else UnblockCard(card, reason)
    entry = keeper.command(command, "cli", f"card:{uuid4()}")
    return f"entry {entry.seq}: {entry.kind} {card}"


def _rule_says(said: RuleSays) -> str:
    return f"{'yes' if said.matches else 'no '}  {said.rule}: {said.says}"


def _staff(keeper: Keeper, words: list[str], request: Request) -> str:
    usage = "staff list | staff pin NUMBER | staff unlock NUMBER | staff recovery-code [NUMBER]"
    key = f"staff:{uuid4()}"
    match words:
        case ["list"]:
            return "\n".join(_person(p) for p in keeper.query(ListStaff())) or "nobody works here"
        case ["pin", number]:
            # In a field of its own: words are arguments, which a process list and a history show.
            command = SetStaffPin(number, str(request.get("secret") or ""))
            entry = keeper.command(command, "cli", key)
            return f"entry {entry.seq}: {entry.kind} {number}"
        case ["pin", _, *_]:
            raise ValueError("name one number; the PIN is asked for, and is no word of the command")
        case ["unlock", number]:
            entry = keeper.command(UnlockStaff(number), "cli", key)
            return f"entry {entry.seq}: {entry.kind} {number}"
        case ["recovery-code"]:
            return _recovery_code(keeper, _the_owner(keeper), key)
        case ["recovery-code", number]:
            return _recovery_code(keeper, number, key)
        case _:
            raise ValueError(f"usage: {usage}")


def _person(person: Person) -> str:
    told = {"none": "no PIN yet", "set": "PIN set", "locked": "locked by wrong PINs"}[person.pin]
    return f"{person.number}  {person.name}  {person.role}  {told}" + (
        "  left" if person.state == "left" else ""
    )


def _the_owner(keeper: Keeper) -> str:
    people = keeper.query(ListStaff())
    owners = [p.number for p in people if (p.role, p.state) == ("owner", "active")]
    if len(owners) != 1:
        named = ", ".join(owners) or "none yet"
        raise ValueError(f"say for which owner: staff recovery-code NUMBER ({named})")
    return owners[0]


def _recovery_code(keeper: Keeper, number: str, key: str) -> str:
    code = new_code(os.urandom)
    entry = keeper.command(IssueRecoveryCode(number, code), "cli", key)
    return (
        f"entry {entry.seq}: {entry.kind} {number}\n{code}\n"
        "Write it down and lock it away: it is told only now, works once, and a former one is void."
    )


def _token(keeper: Keeper, words: list[str], request: Request) -> str:
    usage = f"token list | token new TILL SCOPE… | token revoke ID; scopes: {', '.join(SCOPES)}"
    key = f"token:{uuid4()}"
    match words:
        case ["list"]:
            told = [
                f"{kept.id}  {kept.till}  {' '.join(kept.scopes)}  {kept.state}  {kept.since}"
                for kept in keeper.query(ListTokens())
            ]
            return "\n".join(told) or "no till has a token"
        case ["new", till, *scopes] if scopes:
            name, token = uuid4().hex[:8], new_token(os.urandom)
            entry = keeper.command(IssueToken(name, till, tuple(scopes), token), "cli", key)
            return (
                f"entry {entry.seq}: {entry.kind} {name} of till {till}\n{token}\n"
                "Put it into the till now: it is told only once."
            )
        case ["revoke", name]:
            entry = keeper.command(RevokeToken(name), "cli", key)
            return f"entry {entry.seq}: {entry.kind} {name}"
        case _:
            raise ValueError(f"usage: {usage}")


def _reason(request: Request) -> str:
    reason = str(request.get("reason") or "").strip()
    if not legible(reason, REASON_CHARACTERS_MAX):
        most = f"one line of {REASON_CHARACTERS_MAX} characters at most"
        raise ValueError(f"say why: --reason TEXT ({most}); it stands in the books")
    return reason


def _card_id(keeper: Keeper, name: str) -> CardId:
    found = keeper.query(GetCard(name))
    if found is None:
        raise ValueError(f"there is no card {name}; name its id or its whole number")
    return found.id


def _help(keeper: Keeper, words: list[str], request: Request) -> str:
    match words:
        case ["list"]:
            calls = keeper.query(OpenCalls())
            told = (f"{c.number}  {c.at}  {c.scene}  {c.card_masked}".rstrip() for c in calls)
            return "\n".join(told) or "nobody calls"
        case ["answer", number]:
            entry = keeper.command(AnswerHelp(f"help:{number}"), "cli", f"answer:help:{number}")
            return f"entry {entry.seq}: {entry.kind} {number}"
        case _:
            raise ValueError("usage: help list | help answer NUMBER")


def _import(keeper: Keeper, words: list[str], request: Request) -> str:
    _words(words, "import FILE", 1, 1)
    file = venue_file.parse(str(request.get("text", "")), words[0])
    entry = keeper.command(ImportVenue(file), "cli", f"import:{uuid4()}")
    return "\n".join([f"entry {entry.seq}: {file.name} imported", *file.warnings])


def _fiscal(keeper: Keeper, words: list[str], request: Request) -> str:
    return device_verbs.fiscal(keeper, words, lambda: _reason(request))


def _payment(keeper: Keeper, words: list[str], request: Request) -> str:
    return device_verbs.payment(keeper, words, lambda: _reason(request))


STAFF: dict[str, StaffVerb] = {
    "fiscal": _fiscal,
    "payment": _payment,
    "note": _note,
    "claim": _claim,
    "card": _card,
    "client": _client,
    "staff": _staff,
    "token": _token,
    "help": _help,
    "import": _import,
}

# --- the screen and the printer --------------------------------------------------------------


def _state(kiosk: Kiosk, words: list[str], request: Request) -> str:
    _words(words, "state", 0, 0)
    view = kiosk.ask(lambda r, now: present(r.situation, now))
    return json.dumps({"view": type(view).__name__, **asdict(view)}, ensure_ascii=False, indent=1)


def _screenshot(kiosk: Kiosk, words: list[str], request: Request) -> str:
    _words(words, "screenshot FILE", 1, 1)
    path = Path(words[0])
    if not path.parent.is_dir():
        raise ValueError(f"{path.parent} is no folder")
    kiosk.screen.screenshot(path)
    return str(path)


def _slip(kiosk: Kiosk, words: list[str], request: Request) -> str:
    usage = "slip print NUMBER, of a receipt, or KIND:NUMBER"
    _words(words, usage, 2, 2)
    if words[0] != "print":
        raise ValueError(f"usage: {usage}")
    kind, _, number = words[1].rpartition(":")
    if not number.isdecimal():
        raise ValueError(f"{number!r} is no number; usage: {usage}")
    job = JobId(f"{kind or 'top_up_receipt'}:{int(number)}")
    kiosk.ask(lambda r, now: r.print_slip(job, now))
    return f"{job} went to the printer"


def _fiscal_x(kiosk: Kiosk, words: list[str], request: Request) -> str:
    _words(words, "fiscal-x", 0, 0)
    kiosk.ask(lambda r, now: r.print_fiscal_x())
    return "the fiscal device prints its X"


def _health(kiosk: Kiosk, words: list[str], request: Request) -> str:
    _words(words, "health", 0, 0)
    facts = kiosk.health.facts(kiosk.ask(look))
    return json.dumps(told(facts), ensure_ascii=False)


def _diagnosis(kiosk: Kiosk, words: list[str], request: Request) -> str:
    _words(words, "diagnosis", 0, 0)
    return json.dumps(asdict(found(kiosk.health, kiosk.ring)), ensure_ascii=False)


def _doctor(kiosk: Kiosk, words: list[str], request: Request) -> str:
    _words(words, "doctor", 0, 0)
    states = kiosk.ask(lambda r, now: r.situation.machine.devices)
    at_work = frozenset(device for device, state in states.items() if state.up)
    return json.dumps(asdict(check(kiosk.config.devices, at_work)), ensure_ascii=False)


SCREEN: dict[str, Verb] = {
    "doctor": _doctor,
    "health": _health,
    "diagnosis": _diagnosis,
    "state": _state,
    "screenshot": _screenshot,
    "slip": _slip,
    "fiscal-x": _fiscal_x,
}

# --- the bench ---------------------------------------------------------------------------------


def _touch(kiosk: Kiosk, words: list[str], request: Request) -> str:
    _words(words, "touch TEXT|ID|X,Y", 1)
    what = " ".join(words)
    point = what.split(",")
    if len(point) == 2 and all(p.strip().isdigit() for p in point):
        pressed = kiosk.screen.press((float(point[0]), float(point[1])))
        return f"touched {pressed}" if pressed else "touched nothing"
    return f"touched {kiosk.screen.press(what)}"


def _targets(kiosk: Kiosk, words: list[str], request: Request) -> str:
    _words(words, "targets", 0, 0)
    page, targets = kiosk.screen.targets()
    shown = [
        {name: getattr(t, name) for name in ("id", "text", "enabled", "x", "y", "width", "height")}
        for t in targets
    ]
    return json.dumps({"page": page, "targets": shown}, ensure_ascii=False)


def _order(kiosk: Kiosk, words: list[str], request: Request) -> str:
    _words(words, "order CARD ITEM=PRICE…", 2)
    currency = CURRENCIES[kiosk.runtime.venue.ledger.currency]
    lines = []
    for word in words[1:]:
        item, _, price = word.rpartition("=")
        if not item:
            raise ValueError(f"{word!r} is no ITEM=PRICE, such as Lemonade=180 or 2xTea=240.50")
        count, times, name = item.partition("x")
        quantity = int(count) if times and count.isdigit() else 1
        text = name if times and count.isdigit() else item
        lines.append(OrderLine(text, quantity, Money.parse(price, currency)))
    order = uuid4().hex[:8]
    card = _card_id(kiosk, words[0])
    entry = kiosk.command(
        SaveOrder(order, card, "Bar", tuple(lines)), "till:bench", f"order:{order}"
    )
    total = sum((li.amount for li in lines[1:]), lines[0].amount)
    return f"entry {entry.seq}: order {order} of {total} {currency.code}"


def _pay(kiosk: Kiosk, words: list[str], request: Request) -> str:
    _words(words, "pay CARD AMOUNT", 2, 2)
    card = kiosk.query(GetCard(words[0]))
    if card is None:
        raise ValueError(f"there is no card {words[0]}; name its id or its whole number")
    amount = Money.parse(words[1], CURRENCIES[kiosk.runtime.venue.ledger.currency])
    language = str(request.get("language") or "en")
    begin = BeginTerminalPayment("top_up", amount, language, client=card.client)
    entry = kiosk.command(begin, "guest", f"pay:{uuid4()}")
    return f"entry {entry.seq}: {entry.kind} {entry.refs['payment']}"


def _plug(kiosk: Kiosk, words: list[str], request: Request) -> str:
    peer = _peer(kiosk, words, "plug DEVICE")
    peer.plug()
    return f"{words[0]} is plugged in"


def _unplug(kiosk: Kiosk, words: list[str], request: Request) -> str:
    peer = _peer(kiosk, words, "unplug DEVICE")
    peer.unplug()
    return f"{words[0]} is unplugged"


def _peer(kiosk: Kiosk, words: list[str], usage: str) -> RunningPeer:
    _words(words, usage, 1, 1)
    name = DeviceId(words[0])
    if name not in kiosk.peers:
        raise ValueError(f"there is no device {name} with a cable; {suggest(name, kiosk.peers)}")
    return kiosk.peers[name]


def _call_help(kiosk: Kiosk, words: list[str], request: Request) -> str:
    _words(words, "help", 0, 0)
    entry = kiosk.ask(
        lambda r, now: r.command(
            of_guest(r.situation), actor="guest", key=f"help:{uuid4()}", now=now
        )
    )
    if isinstance(entry, Refused):
        raise entry
    return f"entry {entry.seq}: {entry.kind} {entry.refs['call']}"


def _lights(kiosk: Kiosk, words: list[str], request: Request) -> str:
    _words(words, "lights", 0, 0)
    for worker in kiosk.workers.values():
        state = getattr(worker.driver, "state", None)
        if worker.driver.role == "lights" and state is not None:
            return json.dumps(state(), ensure_ascii=False)
    raise ValueError("this kiosk has no lights")


def _switch(kiosk: Kiosk, words: list[str], request: Request) -> str:
    """``switch next|press|back``, ``switch headset in|out``: on the mock pins."""
    usage = "switch next|press|back | switch headset in|out"
    worker = next((w for w in kiosk.workers.values() if w.driver.role == "switches"), None)
    if worker is None:
        raise ValueError("this kiosk has no switches")
    pretend = cast("Switches", worker.driver).pretend
    match words:
        case ["headset", "in" | "out" as way]:
            pretend("headset", down=way == "in")
        case ["next" | "press" | "back" as name]:
            pretend(name, down=True)
            pretend(name, down=False)
        case _:
            raise ValueError(f"usage: {usage}")
    return "pressed"


def _contact(kiosk: Kiosk, words: list[str], request: Request) -> str:
    """``contact power|door|tilt amiss|well``: on the mock pins of the cabinet."""
    worker = next((w for w in kiosk.workers.values() if w.driver.role == "contacts"), None)
    if worker is None:
        raise ValueError("this kiosk has no contacts")
    named: dict[str, Contact] = {"power": "power_fails", "door": "door_open", "tilt": "tilted"}
    match words:
        case ["power" | "door" | "tilt" as name, "amiss" | "well" as how]:
            cast("Contacts", worker.driver).pretend(named[name], amiss=how == "amiss")
        case _:
            raise ValueError("usage: contact power|door|tilt amiss|well")
    return how


def _coin(kiosk: Kiosk, words: list[str], request: Request) -> str:
    """``coin VALUE``: into a simulated acceptor with pulses, on its mock pins."""
    worker = next((w for w in kiosk.workers.values() if w.driver.role == "coins"), None)
    if worker is None:
        raise ValueError("this kiosk takes no coins")
    return pulse_bench.coin(words, *cast("PulseAcceptor", worker.driver).pretended())


def _said(kiosk: Kiosk, words: list[str], request: Request) -> str:
    """What was said last in the headset of a simulated kiosk."""
    _words(words, "said", 0, 0)
    for worker in kiosk.workers.values():
        if worker.driver.role == "speech":
            return json.dumps(cast("Voice", worker.driver).state(), ensure_ascii=False)
    raise ValueError("this kiosk says nothing")


BENCH: dict[str, Verb] = {
    "touch": _touch,
    "targets": _targets,
    "order": _order,
    "pay": _pay,
    "plug": _plug,
    "unplug": _unplug,
    "lights": _lights,
    "said": _said,
    "switch": _switch,
    "contact": _contact,
    "coin": _coin,
    "help": _call_help,
    "state": _state,
    "screenshot": _screenshot,
}

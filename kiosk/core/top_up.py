"""G9a: cash goes in, for a wallet or for a visit; coins beside it are in `coin_top_up`.

Money first: a hold is on disk before a note is stacked, its credit before the acceptor may forget
it (docs/architecture.md, "A note goes in").
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.core import bonus, recovery
from kiosk.core.capabilities import AT_REST, MachineEvent
from kiosk.core.cash import (
    DoubtNote,
    GetNote,
    HeldNotes,
    LastNote,
    NoteHeld,
    RecordRest,
    RestedIn,
    SettleNote,
    SuspendNote,
)
from kiosk.core.claims import ClaimOfNote, IssueClaim
from kiosk.core.clients import GetClient
from kiosk.core.desk.forms import Said
from kiosk.core.desk.scenes import Desk
from kiosk.core.guest import visit_money
from kiosk.core.guest.notes import begun, hold
from kiosk.core.guest.scenes import GuestScene, Purpose
from kiosk.core.guest.visit_scenes import Calculation
from kiosk.core.ids import CardId, DeviceId, JobId, NoteId
from kiosk.core.journey import (
    Step,
    bill,
    conclude,
    enter,
    home,
    late_bonus,
    leave,
    offered,
    open_card,
    print_slip,
    timer_of,
    warn,
)
from kiosk.core.messages import (
    AcceptNotes,
    AcceptorChanged,
    AcceptorPoweredUp,
    AcknowledgeNote,
    CareChanged,
    ContactsChanged,
    DeviceDown,
    DeviceUp,
    Effect,
    FiscalStatus,
    NoteEscrowed,
    NoteRejected,
    NoteReturned,
    NoteStacked,
    PretendNote,
    PrinterChanged,
    RefuseNotes,
    ReturnNote,
    RulesChanged,
    Sound,
    SpaceChanged,
    StackNote,
)
from kiosk.core.money import Money
from kiosk.core.prepayments import PendingPrepayments
from kiosk.core.recovery import NotesOnDisk, RecoveryCommand
from kiosk.core.situation import (
    Bill,
    CardHome,
    NoteGoing,
    Problem,
    Situation,
    Timer,
    TopUp,
    Welcome,
)
from kiosk.core.slips import IssueCheckSlip, IssueTopUpReceipt, SlipOfNote

REJECTS_MAX = 3

Result = tuple[Situation, tuple[Effect, ...]]

_PROBLEMS = {
    "off": "err.cash_closed",
    "full": "err.cash_closed",
    "jammed": "err.jam_empty",
    "closed": "err.cash_closed",
    "space": "err.cash_closed",
    "blocked": "err.cash_closed",
    "power": "err.power_fails",
}

_NO_MORE = ("space", "blocked", "power")
"""Not the acceptor's own troubles: what is held is still settled, and nothing more is taken."""


def begin(at: Step, card: CardId) -> Result:
    """The guest wants to put money on a card; nothing happens where cash is not taken."""
    return begin_for(at, Purpose("top_up", card))


def begin_for(at: Step, purpose: Purpose) -> Result:
    """The guest wants to put cash in for this; nothing happens where none can be taken for it."""
    acceptor = _acceptor(at.situation)
    if offered(at.situation).cash != "":
        return at.situation, ()
    scene = begun(at, purpose)
    if scene is None:
        return at.situation, ()
    if acceptor is None or offered(at.situation).notes != "":
        # Coins are let in, see `coin_top_up`.
        return enter(at, scene), ()
    # What it draws in just now is of whoever stood here before.
    ready = at.situation.machine.devices[acceptor].acceptor != "busy"
    return enter(at, replace(scene, ready=ready)), (
        AcceptNotes(acceptor, at.situation.venue.faces),
    )


def touched(at: Step, name: str, argument: str = "") -> Result:
    """A button of the top-up screen."""
    if name == "done":
        return done(at)
    if name == "pretend" and argument in pretended(at.situation):
        acceptor = _acceptor(at.situation)
        assert acceptor is not None, "it takes notes"
        return at.situation, (PretendNote(acceptor, int(argument)),)
    return at.situation, ()


def pretended(situation: Situation) -> tuple[str, ...]:
    """The notes that can be pretended now: in training only, where no real one is taken."""
    scene = situation.scene
    if not situation.house.training or not isinstance(scene, TopUp) or not scene.ready:
        return ()
    acceptor = _acceptor(situation)
    state = situation.machine.devices[acceptor].acceptor if acceptor is not None else ""
    if scene.going is not None or scene.finishing or state != "ready":
        return ()
    return tuple(str(face) for face in situation.venue.faces)


def done(at: Step) -> Result:
    """The guest is done, or gives up before the first note."""
    scene = _scene(at)
    if scene.going is not None:
        acceptor = _acceptor(at.situation)
        refuse = () if acceptor is None else (RefuseNotes(acceptor),)
        return _same(at, replace(scene, finishing=True)), refuse
    return finish(at)


def finish(at: Step, timed_out: bool = False) -> Result:
    """The end of the top-up: one receipt for all its notes. No note is on its way."""
    scene, refuse = _scene(at), _refuse(at)
    if scene.taken:
        situation, effects = _taken(at, scene, timed_out=timed_out)
        return situation, refuse + effects
    situation, effects = _nothing(at, scene, timed_out=timed_out)
    return situation, refuse + effects


def _refuse(at: Step) -> tuple[Effect, ...]:
    acceptor = _acceptor(at.situation)
    return () if acceptor is None else (RefuseNotes(acceptor),)


def _nothing(at: Step, scene: TopUp, *, timed_out: bool) -> Result:
    """No note came in: back to where the guest came from, and nothing is left behind."""
    kind = scene.purpose.kind if scene.purpose else "top_up"
    if scene.purpose and kind == "prepayment":
        return visit_money.gave_up(at, scene.purpose)
    if timed_out:
        return leave(at), ()
    if scene.purpose and scene.purpose.then is not None:
        return enter(at, scene.purpose.then), ()
    if kind == "due":
        return visit_money.calculate(at, scene.card.id)
    shown = bill(at, scene.card.id) if kind == "deposit" else None
    return (open_card(at, scene.card.id) if shown is None else enter(at, shown)), ()


def _taken(at: Step, scene: TopUp, *, timed_out: bool = False, but_held: bool = False) -> Result:
    """What came in is where it belongs; `but_held`: nobody knows where the last note is."""
    purpose, total = scene.purpose, scene.total
    notes = tuple(n.note for n in scene.taken)
    if purpose is None or not (scene.visit or scene.enough):
        then = purpose.then if purpose else None
        return _receipt(at, scene.card.id, notes, timed_out=timed_out, then=then)
    if purpose.kind == "prepayment":
        if scene.enough and not but_held:
            return visit_money.money_came(at, purpose, (), total=total)
        return visit_money.gave_up(at, purpose, but_held=but_held)
    jobs: tuple[JobId, ...] = ()
    if not scene.visit:
        jobs = _issue_receipt(at, scene.card.id, notes)
    elif purpose.kind == "deposit" or not scene.enough:
        # Where the visit ends with it, its receipt has the money, and one paper is enough.
        jobs = visit_money.receive(at, notes)
    if purpose.kind == "due" and not scene.enough:
        purpose = replace(purpose, kind="deposit")
    return visit_money.money_came(at, purpose, jobs, total=total, timed_out=timed_out)


def print_late(at: Step, scene: CardHome) -> Result:
    """The receipt that nobody knows to be printed, for the guest whose notes it lists."""
    notes = tuple(n.note for n in scene.unprinted if not n.receipt)
    if notes:
        return _receipt(at, scene.card.id, notes, late=True)
    # It was issued, and did not come out or nobody heard that it did.
    job = JobId(scene.unprinted[0].receipt)
    listed = tuple(n for n in scene.unprinted if n.receipt == job)
    return _printed(at, scene.card.id, listed, job, task="reprinted")


def _receipt(
    at: Step,
    card: CardId,
    notes: tuple[NoteId, ...],
    *,
    late: bool = False,
    timed_out: bool = False,
    then: GuestScene | None = None,
) -> Result:
    (job,) = _issue_receipt(at, card, notes, late=late)
    listed = tuple(n for n in (at.ask(GetNote(note)) for note in notes) if n is not None)
    task: Literal["topped_up", "reprinted"] = "reprinted" if late else "topped_up"
    return _printed(at, card, listed, job, task=task, timed_out=timed_out, then=then)


def _issue_receipt(
    at: Step, card: CardId, notes: tuple[NoteId, ...], *, late: bool = False
) -> tuple[JobId, ...]:
    """The receipt of a card's top-up, with the bonus that it earns; not printed yet."""
    language = at.situation.choice.language
    if not late:
        at.do(bonus.GrantTopUpBonus(notes), bonus.key(notes))
    entry = at.must(IssueTopUpReceipt(notes, card, language, late), f"receipt:{notes[0]}")
    return (JobId(entry.refs["slip"]),)


def _printed(
    at: Step,
    card: CardId,
    notes: tuple[NoteHeld, ...],
    job: JobId,
    *,
    task: Literal["topped_up", "reprinted"],
    timed_out: bool = False,
    then: GuestScene | None = None,
) -> Result:
    total = sum((n.value for n in notes[1:]), notes[0].value)
    return conclude(at, task, card, (job,), total=total, timed_out=timed_out, then=then)


# --- what the acceptor tells -------------------------------------------------------------------


def escrowed(at: Step, event: NoteEscrowed) -> Result:
    """A note is in escrow: hold it on the books and let it be stacked, or give it back."""
    _doubt(at, event.device, event.note)
    scene = at.situation.scene
    if not isinstance(scene, TopUp):
        # N-06. Nobody is topping up: it must never be credited to whoever comes next.
        if isinstance(scene, Welcome):
            said = enter(at, Problem("err.note_back", "nothing"))
            return said, (ReturnNote(event.note), Sound("attention"))
        return at.situation, (ReturnNote(event.note),)
    if scene.finishing or scene.going is not None or offered(at.situation).notes:
        return at.situation, (ReturnNote(event.note),)
    if not scene.ready:
        # N-06 again: it went in for the guest before, and is given back to whom it belongs.
        shown = replace(scene, problem="err.note_back", problem_args={})
        return renewed(at, shown), (ReturnNote(event.note), Sound("attention"))
    refusal = hold(at, scene, event)
    if refusal is None:
        going = NoteGoing(event.note, event.value, "checking")
        shown = replace(scene, notes=(*scene.notes, going), problem="", rejects=0)
        return renewed(at, shown), (StackNote(event.note),)
    problem, args = refusal
    shown = replace(scene, problem=problem, problem_args=args)
    return renewed(at, shown), (ReturnNote(event.note), Sound("attention"))


def stacked(at: Step, event: NoteStacked) -> Result:
    """A note is in the cashbox: credit it, then let the acceptor forget it."""
    books = _on_disk(at, event.device, event.note)
    commands = recovery.stacked(event, books)
    _do(at, commands)
    acknowledged = (AcknowledgeNote(event.note),)
    suspended = any(isinstance(c, SuspendNote) for c in commands)
    # Of a note that the books knew staff know whose it was: a ticket is for nobody's money.
    if suspended and books.known is None and _just_now(at, event):
        situation, effects = claim(at, event.note, event.value)
        return situation, acknowledged + effects
    owed = _owed(at, commands)
    if owed is not None and _just_now(at, event):
        situation, effects = _owed_to(at, owed)
        return situation, acknowledged + effects
    return followed(at, acknowledged)


def _owed(at: Step, commands: tuple[RecoveryCommand, ...]) -> NoteHeld | None:
    """The note that was held for a visit which takes none any more: it went into suspense."""
    settled = (at.ask(GetNote(c.note)) for c in commands if isinstance(c, SettleNote))
    return next((n for n in settled if n is not None and n.state == "suspense"), None)


def _owed_to(at: Step, owed: NoteHeld) -> Result:
    """The visit ended while its note was on the way: a ticket, and an end to the notes."""
    scene = at.situation.scene
    if not isinstance(scene, TopUp) or scene.going is None or scene.going.note != owed.note:
        return claim(at, owed.note, owed.value)
    after, effects = finish(at.with_(scene=replace(scene, notes=scene.taken)))
    after, more = claim(replace(at, situation=after), owed.note, owed.value)
    return after, effects + more


def _just_now(at: Step, event: NoteStacked) -> bool:
    """Whether the one who put the note in stands here; of one from before, a stranger would."""
    return event.announced or at.situation.machine.devices[event.device].caught_up


def claim(at: Step, note: NoteId, value: Money) -> Result:
    """The note is nobody's on the books: who put it in gets a ticket that is worth it (T-01)."""
    at.must(IssueClaim(note, at.situation.choice.language), f"claim:{note}")
    claim = at.ask(ClaimOfNote(note))
    assert claim is not None, "it was just issued"
    key, args, printed = visit_money.ticket(at, claim.slip, value)
    effects = (*printed, Sound("attention"))
    scene = at.situation.scene
    if isinstance(scene, TopUp):
        return renewed(at, replace(scene, problem=key, problem_args=args)), effects
    if isinstance(scene, Desk):
        # The attendant stands here, and stays signed in at the desk.
        return replace(at.situation, scene=replace(scene, notice=Said(key, args))), effects
    back = scene.back if isinstance(scene, Problem) else scene
    shown = Problem(key, "safe", args, None if isinstance(back, Welcome) else back)
    return enter(at, shown), effects


def powered_up(at: Step, event: AcceptorPoweredUp) -> Result:
    """The acceptor was without power: what it found settles a hold, or leaves it to staff."""
    books = _on_disk(at, event.device, None)
    commands = recovery.powered_up(event, books)
    if commands:
        _do(at, commands)
        return followed(at, ())
    scene = at.situation.scene
    if event.bill == "none" and isinstance(scene, TopUp) and scene.going is not None:
        return _lost(at, scene)
    return at.situation, ()


def returned(at: Step, event: NoteReturned) -> Result:
    """A note went back to the guest."""
    _do(at, recovery.returned(event, _on_disk(at, event.device, event.note)))
    return followed(at, ())


def rejected(at: Step, event: NoteRejected) -> Result:
    """The acceptor did not take a note (N-01); after three, say which ones it takes."""
    del event
    scene = at.situation.scene
    if not isinstance(scene, TopUp):
        return at.situation, ()
    rejects = scene.rejects + 1
    key = "err.note_refused_often" if rejects >= REJECTS_MAX else "err.note_refused"
    shown = replace(scene, rejects=rejects, problem=key)
    return renewed(at, shown), (Sound("attention"),)


def followed(at: Step, effects: tuple[Effect, ...]) -> Result:
    """The screen follows what the books have of the note on its way, whoever decided it."""
    scene = at.situation.scene
    if isinstance(scene, CardHome):
        # Its balance, or a note that is "being checked", may just have changed.
        return replace(at.situation, scene=home(at, scene.card.id)), effects
    if isinstance(scene, Bill):
        return replace(at.situation, scene=bill(at, scene.card.id) or scene), effects
    going = scene.going if isinstance(scene, TopUp) else None
    name = going.note if going else scene.args.get("note") if isinstance(scene, Problem) else None
    note = at.ask(GetNote(NoteId(str(name)))) if name else None
    if note is None or note.state not in ("settled", "void"):
        return at.situation, effects
    if isinstance(scene, TopUp):
        after, more = _decided(at, scene, note)
        return after, effects + more
    # The guest is still looking at "it will be checked", and it was.
    if note.state == "settled":
        return open_card(at, note.card), (*effects, Sound("ok"))
    return enter(at, Problem("err.note_back", "nothing")), (*effects, Sound("attention"))


def _decided(at: Step, scene: TopUp, note: NoteHeld) -> Result:
    """The note of this top-up is credited, or it is not and went back."""
    taken = note.state == "settled"
    client = at.ask(GetClient(scene.client.id)) if scene.client else None
    shown = replace(
        scene,
        notes=_marked(scene, note.note, note.state),
        client=client,
        stalled=False,
        shut=False,
        problem="" if taken else "err.note_refused",
    )
    at = at.with_(scene=shown)
    if scene.finishing or shown.enough:
        return finish(at)
    cash = offered(at.situation).cash
    if cash in _NO_MORE:
        return _stopped(at, shown, cash)
    # After a note went back, or in a new connection, the acceptor may not be enabled any more.
    again = _again(at) if scene.stalled or scene.shut or not taken else ()
    return renewed(at, shown), (*again, Sound("ok" if taken else "attention"))


def machine(at: Step, event: MachineEvent) -> Result:
    """A device came, went or changed; `at` knows it already."""
    if isinstance(event, (DeviceUp, DeviceDown, AcceptorChanged)) and _of_coins(at, event.device):
        return _coins_changed(at)
    if isinstance(event, AcceptorChanged) and event.state in AT_REST:
        _doubt(at, event.device)
        _rested(at, event.device)
        if isinstance(at.situation.scene, TopUp):
            at = at.with_(scene=replace(at.situation.scene, ready=True))
        else:
            _cut_short(at, event.device)
    if isinstance(event, (AcceptorChanged, DeviceUp)):
        give_up_forsaken(at)
    scene = at.situation.scene
    if not isinstance(scene, TopUp):
        return at.situation, ()
    if isinstance(event, (SpaceChanged, CareChanged, RulesChanged, ContactsChanged)):
        return _no_more(at, scene)
    if isinstance(event, (PrinterChanged, FiscalStatus)) or event.device != _acceptor(at.situation):
        # Where the law wants a receipt, what makes receipts says whether money may be taken.
        return _no_more(at, scene) if at.situation.machine.receipt else (at.situation, ())
    going = at.ask(GetNote(scene.going.note)) if scene.going else None
    if going is not None and going.state == "doubtful":
        return _lost(at, scene)
    if isinstance(event, DeviceUp):
        return at.situation, () if scene.stalled or scene.finishing else _again(at)
    able = offered(at.situation)
    if not able.notes:
        return at.situation, ()
    if scene.going is not None:
        if able.notes == "jammed":
            return _lost(at, scene)
        if isinstance(event, DeviceDown) and not scene.stalled:
            # It may be back in a moment and tell that the note is safe.
            return renewed(at, replace(scene, stalled=True, problem="topup.stalled")), ()
        return at.situation, ()
    # While coins go in it goes on with them.
    return _stopped(at, scene, able.cash) if able.cash else (at.situation, ())


def _of_coins(at: Step, device: DeviceId) -> bool:
    return at.situation.machine.devices[device].role == "coins"


def _coins_changed(at: Step) -> Result:
    """The coin acceptor spoke of itself: where it was the last that took cash, that ends."""
    scene, cash = at.situation.scene, offered(at.situation).cash
    if not isinstance(scene, TopUp) or scene.going is not None or not cash:
        return at.situation, ()
    return _stopped(at, scene, cash)


def give_up_forsaken(at: Step) -> None:
    """End the prepayments that nobody stands there to go on with, as far as their notes allow."""
    _do(at, recovery.forsaken(at.ask(PendingPrepayments()), at.situation.house.start))


def _no_more(at: Step, scene: TopUp) -> Result:
    """The disk is nearly full, or the kiosk is blocked: a note that is held is taken, no other."""
    cash = offered(at.situation).cash
    if cash not in _NO_MORE:
        return at.situation, () if scene.going or scene.finishing else _again(at)
    if scene.going is None:
        return _stopped(at, scene, cash)
    return _same(at, replace(scene, shut=True)), _refuse(at)


def time_passed(at: Step, scene: TopUp, timer: Timer) -> Result:
    """Nobody touches, nothing comes in: commit what is there (T-01)."""
    if scene.stalled:
        return _lost(at, scene)
    if not timer.warned:
        return warn(at, timer)
    if scene.going is None:
        return finish(at, timed_out=True)
    if scene.finishing:
        return _lost(at, scene)
    situation, effects = done(at)
    return replace(situation, timer=timer_of(situation, situation.scene, at.now)), effects


def _stopped(at: Step, scene: TopUp, cash: str) -> Result:
    """The machine takes nothing more, and no note is inside: N-03, or nothing was taken."""
    total = scene.total
    if total is None:
        key = _PROBLEMS[cash]
        # An order to accept notes may still wait for the acceptor to come back.
        after, refuse = finish(at)
        back = after.scene if isinstance(after.scene, (CardHome, Bill, Calculation)) else None
        return enter(at, Problem(key, "nothing", back=back or Welcome())), refuse
    if scene.purpose and scene.purpose.kind == "prepayment":
        refuse = _refuse(at)
        after, effects = visit_money.gave_up(at, scene.purpose, stopped=True)
        return after, refuse + effects
    situation, effects = finish(at)
    at = replace(at, situation=situation)
    behind = situation.scene
    on = behind.back if isinstance(behind, Problem) else behind
    key = "err.power_stacked" if cash == "power" else "err.jam_stacked"
    key = f"{key}_visit" if scene.visit else key
    return enter(at, Problem(key, "safe", {"amount": total}, on)), effects


def _lost(at: Step, scene: TopUp) -> Result:
    """N-04: nobody knows where the note is. The hold stays; the guest gets a check slip."""
    going = scene.going
    assert going is not None, "a note is on its way"
    effects: tuple[Effect, ...] = (Sound("attention"), *_refuse(at))
    rest = at.with_(scene=replace(scene, notes=scene.taken))
    if scene.taken:
        effects = (*effects, *_taken(rest, _scene(rest), but_held=True)[1])
    elif scene.purpose and scene.purpose.kind == "prepayment":
        visit_money.gave_up(rest, scene.purpose, but_held=True)
    key, args, printed = _check_slip(at, going.note, going.value)
    if scene.total is not None:
        args["taken"] = scene.total
        if scene.purpose and scene.purpose.kind == "prepayment":
            args["where"] = "claim"
        elif scene.visit:
            args["where"] = "visit"
    return enter(at, Problem(key, "recorded", args)), (*effects, *printed)


def print_check_slip(at: Step, scene: CardHome | Bill) -> Result:
    """The check slip of a note that is still undecided, offered at the card's next tap."""
    note = scene.undecided[0]
    key, args, printed = _check_slip(at, note.note, note.value)
    return enter(at, Problem(key, "recorded", args, scene)), printed


def _check_slip(
    at: Step, note: NoteId, value: Money
) -> tuple[str, dict[str, str | Money], tuple[Effect, ...]]:
    """The check slip of a note: what the screen says of it, and the effects that print it."""
    known = at.ask(SlipOfNote(note))
    if known is None:
        language = at.situation.choice.language
        at.must(IssueCheckSlip(note, language), f"check:{note}")
        known = at.ask(SlipOfNote(note))
    assert known is not None, "it was just issued"
    off = offered(at.situation).receipts
    _, effects = print_slip(at, known.job, "off" if off is None else off)
    key = "err.jam_unknown" if effects else "err.jam_unknown_no_slip"
    number = f"{known.number:06}"
    return key, {"amount": value, "note": note, "number": number, "job": known.job}, effects


# --- small words -------------------------------------------------------------------------------


def _scene(at: Step) -> TopUp:
    scene = at.situation.scene
    assert isinstance(scene, TopUp), "a top-up is running"
    return scene


def _acceptor(situation: Situation) -> DeviceId | None:
    acceptors = situation.machine.of("acceptor")
    return acceptors[0][0] if acceptors else None


def _again(at: Step) -> tuple[Effect, ...]:
    """Let notes in again, where the machine works."""
    acceptor = _acceptor(at.situation)
    if acceptor is None or offered(at.situation).notes != "" or _scene(at).finishing:
        return ()
    return (AcceptNotes(acceptor, at.situation.venue.faces),)


def _on_disk(at: Step, device: DeviceId, note: NoteId | None) -> NotesOnDisk:
    known: NoteHeld | None = at.ask(GetNote(note)) if note is not None else None
    return NotesOnDisk(known, at.ask(LastNote(device)), at.ask(RestedIn(device)))


def _rested(at: Step, device: DeviceId) -> None:
    """Put on record, where the books have a note to be taken for, that it cannot be told again.

    A doubtful one, too: it is booked as soon as staff settle it.
    """
    start, last = at.situation.house.start, at.ask(LastNote(device))
    if last and last.state != "void" and at.ask(RestedIn(device)) <= last.start < start:
        at.must(RecordRest(device, start), f"rest:{device}/{start}")


def _cut_short(at: Step, device: DeviceId) -> None:
    """The acceptor has told all it knows: a top-up that the power cut has the bonus it earned."""
    last = at.ask(LastNote(device))
    if last and last.client and not last.receipt:
        late_bonus(at, last.client)


def _doubt(at: Step, device: DeviceId, but: NoteId | None = None) -> None:
    """The acceptor goes on without having told what became of a held note: staff decide."""
    for old in at.ask(HeldNotes(device)):
        if old.state == "held" and old.note != but:
            _do(at, (DoubtNote(old.note),))


def _do(at: Step, commands: tuple[RecoveryCommand, ...]) -> None:
    for command in commands:
        at.must(command, recovery.key(command))


def _marked(scene: TopUp, note: NoteId, state: str) -> tuple[NoteGoing, ...]:
    return tuple(
        replace(n, state="taken" if state == "settled" else "returned") if n.note == note else n
        for n in scene.notes
    )


def _same(at: Step, scene: TopUp) -> Situation:
    return replace(at.situation, scene=scene)


def renewed(at: Step, scene: TopUp) -> Situation:
    """The same page with its time begun anew: something came in."""
    situation = at.situation
    return replace(situation, scene=scene, timer=timer_of(situation, scene, at.now))

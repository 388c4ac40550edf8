"""What the guest's journeys share: entering and leaving a scene, its time, and its slip."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from kiosk.core import bonus, capabilities, night, strikes
from kiosk.core.accounts import GetCardAccounts
from kiosk.core.books import Query
from kiosk.core.capabilities import Capabilities, Machine, Offer
from kiosk.core.cards import Card, GetCard
from kiosk.core.cash import UNDECIDED, HeldNotes, NotesOfVisit, NotesWithoutReceipt
from kiosk.core.clients import Client, GetClient, Movements
from kiosk.core.clock import Now
from kiosk.core.desk.scenes import AtWork, Desk, StaffSignIn
from kiosk.core.documents import Document, receipt_code
from kiosk.core.errors import Refused
from kiosk.core.fiscal import NextFiscal
from kiosk.core.guest.scenes import GuestScene
from kiosk.core.ids import CardId, ClientId, DeviceId, EntryKey, JobId
from kiosk.core.ledger import Entry
from kiosk.core.messages import Effect, PrintSlip, SlipFailed, SlipPrinted, Sound
from kiosk.core.money import Money
from kiosk.core.opening import GetOpening
from kiosk.core.packages import Packages
from kiosk.core.prepayments import DepositRefusal
from kiosk.core.session_list import RunningSessions, Stations
from kiosk.core.settings import GetVenue
from kiosk.core.situation import (
    Access,
    Bill,
    CardHome,
    Done,
    History,
    Playing,
    Problem,
    Registering,
    Scene,
    Situation,
    Timer,
    TopUp,
    Unknown,
    Welcome,
)
from kiosk.core.slips import CardWithoutSlip, GetSlip, RecordSlip, SlipDocument
from kiosk.core.strikes import RecordStrike
from kiosk.core.terminal_payments import PaymentsLeftOpen
from kiosk.core.venue import Venue
from kiosk.core.visits import GetCardKind, GetVisitRules, OpenVisit

T = TypeVar("T")
CLEANING_S = 30
"""So long the screen takes no touch when it is to be cleaned."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """One step of a journey: the situation before it, the venue, the moment."""

    situation: Situation
    venue: Venue
    now: Now

    def ask(self, query: Query[T]) -> T:
        """Ask the venue."""
        return self.venue.ask(query, self.now)

    def do(self, command: object, key: str, actor: str = "kiosk") -> Entry | Refused:
        """Command the venue; a rule of trust that strikes is put on record."""
        done = self.venue.do(command, actor=actor, key=key, now=self.now)
        if isinstance(done, Refused):
            of = (str(getattr(command, name, "")) for name in ("client", "card"))
            struck = strikes.strike(done, *of)
            if struck is not None:
                self.strike(struck)
        return done

    def strike(self, struck: RecordStrike) -> None:
        """Put a strike on record, once an hour; one that is none is refused, and that is all."""
        key = strikes.strike_key(struck, self.venue.ledger.kiosk, self.now.wall)
        self.venue.do(struck, actor="kiosk", key=key, now=self.now)

    def must(self, command: object, key: str) -> Entry:
        """Command what cannot be refused; a refusal is our own mistake."""
        done = self.do(command, key)
        assert isinstance(done, Entry), f"{command} was refused: {done}"
        return done

    def with_(self, **changes: Any) -> Step:
        """This step from a changed situation."""
        return replace(self, situation=replace(self.situation, **changes))

    def new_guest(self) -> Step:
        """The next guest begins: a new session, in the language that is shown."""
        return self.with_(session=self.situation.session + 1)

    def rested(self) -> Step:
        """The guest touched the screen: the scene's time begins anew."""
        timer = self.situation.timer
        if timer is None:
            return self
        made = timer_of(self.situation, self.situation.scene, self.now)
        if made is None:
            return self
        return self.with_(timer=replace(made, extensions=timer.extensions))


SWITCHES = ("large", "contrast", "low", "speech", "slower")
"""What a guest may switch on (G1), as fields of `Choice`."""


def seconds_of(situation: Situation, scene: Scene) -> int | None:
    """How long a scene waits before it asks; None: for ever."""
    times = situation.house.times
    match scene:
        case Welcome() if situation.choice == situation.unchosen:
            return None
        case Desk() | Access(back=Desk()):
            # No longer for accessibility: everybody's data is on this screen.
            return max(times.desk_s - times.more_time_s, 0)
        case AtWork(until_s=until) if until is None:
            return None
        case AtWork():
            return CLEANING_S
        case GuestScene(waits="ever"):
            return None
        case Registering() | StaffSignIn() | GuestScene(waits="form"):
            base = times.form_s
        case Problem(code=receipt) if receipt:
            # Long enough to find a telephone for the code.
            base = times.form_s
        case TopUp(stalled=True):
            return times.stalled_s
        case TopUp() | GuestScene(waits="cash"):
            base = times.cash_s
        case Unknown() | CardHome() | History() | Done() | GuestScene(waits="result"):
            base = times.result_s
        case _:
            base = times.idle_s
    return base * times.accessible_factor if situation.choice.accessible else base


def timer_of(situation: Situation, scene: Scene, now: Now) -> Timer | None:
    """A new timer for this scene."""
    if isinstance(scene, GuestScene) and (end := scene.ends_at()) is not None:
        return Timer(end, end, warned=True)
    seconds = seconds_of(situation, scene)
    if seconds is None:
        return None
    warn = now.mono_s + seconds
    if isinstance(scene, AtWork):
        return Timer(warn, warn, warned=True)
    return Timer(warn, warn + situation.house.times.more_time_s)


def enter(at: Step, scene: Scene) -> Situation:
    """Show a new scene: a new page, so that touches of the old one are stale."""
    return replace(
        at.situation,
        scene=scene,
        timer=timer_of(at.situation, scene, at.now),
        page=at.situation.page + 1,
    )


def leave(at: Step) -> Situation:
    """Back to the welcome screen; what the guest chose for the screen is forgotten."""
    return enter(at.with_(choice=at.situation.unchosen, bad_reads=0), Welcome())


def warn(at: Step, timer: Timer) -> tuple[Situation, tuple[Effect, ...]]:
    """The scene's time is nearly over: the bar comes, and who may not see it hears a tone."""
    told = (Sound("attention"),) if at.situation.choice.accessible else ()
    return replace(at.situation, timer=replace(timer, warned=True)), told


def wait_longer(at: Step) -> Situation:
    """The guest asked for more time."""
    timer = at.situation.timer
    if timer is None or timer.extensions >= at.situation.house.times.extensions_max:
        return at.situation
    made = timer_of(at.situation, at.situation.scene, at.now)
    if made is None:
        return at.situation
    return replace(at.situation, timer=replace(made, extensions=timer.extensions + 1))


def choose(at: Step, name: str, argument: str) -> Situation:
    """Change language, or one of `SWITCHES`; the journey goes on where it is."""
    choice, languages = at.situation.choice, at.situation.languages
    match name:
        case "language" if argument in languages:
            choice = replace(choice, language=argument)
        case "speech" if at.situation.machine.spoken != "":
            return at.situation
        case _ if name in SWITCHES:
            changed: dict[str, Any] = {name: not getattr(choice, name)}
            choice = replace(choice, **changed)
        case _:
            return at.situation
    return at.with_(choice=choice).rested().situation


def headset(at: Step, *, plugged: bool) -> Situation:
    """Whoever plugs a headset in wants to be spoken to, and who pulls it out does not any more."""
    choice = at.situation.choice
    if not isinstance(at.situation.scene, (Desk, StaffSignIn, AtWork)):
        choice = replace(choice, speech=plugged)
    made = at.with_(headset=plugged, choice=choice)
    if isinstance(made.situation.scene, Welcome):
        return replace(made.situation, timer=timer_of(made.situation, Welcome(), at.now))
    return made.rested().situation


def with_venue(at: Step) -> Step:
    """This step with the venue's settings as the books have them now, and whether it is open."""
    venue, own = at.ask(GetVenue()), at.situation.house.time_zone
    return at.with_(
        dark=night.falls(at.situation.house.night, own or venue.time_zone, at.now),
        venue=replace(venue, time_zone=own or venue.time_zone),
        opening=at.ask(GetOpening(ZoneInfo(own) if own else None)),
        clock_synced=at.now.synced,
    )


# --- cards ----------------------------------------------------------------------------------


def offered(situation: Situation) -> Capabilities:
    """What the kiosk can do now."""
    return capabilities.of(
        for_cards(situation),
        situation.house.contactless,
        situation.house.scanners,
        takes_coins=bool(situation.venue.coins),
    )


def for_cards(situation: Situation) -> Machine:
    """The devices; a scanner is no reader of cards where no card of the venue has a code.

    It reads the slips of lost cards then, and tickets at the desk.
    """
    scanners, machine = situation.house.scanners, situation.machine
    if not scanners or any("barcode" in rule.signals for rule in situation.venue.rules):
        return machine
    return replace(machine, devices={d: s for d, s in machine.devices.items() if d not in scanners})


def out_of_service(situation: Situation) -> bool:
    """Whether nothing can be done here now: every reader was tried in vain, and no money goes in.

    Nobody has to end it: it is over as soon as one of them works again (GX).
    """
    readers = for_cards(situation).of("reader")
    if any(state.up is not False for _, state in readers):
        return False
    terminals = situation.machine.of("payment")
    return offered(situation).cash != "" and not any(state.up for _, state in terminals)


def why_not(situation: Situation, offer: Offer) -> str:
    """Why something is not offered now, a word of `capabilities.REASONS`; "" where it is."""
    works = capabilities.works(
        for_cards(situation),
        clock_synced=situation.clock_synced,
        open_now=situation.opening.open,
        takes_coins=bool(situation.venue.coins),
    )
    return capabilities.offers(works)[offer]


def open_card(at: Step, card: CardId) -> Situation:
    """Show the card's home; of a card that must not be used, only that its money is safe (K-03)."""
    made = home(at, card)
    if made.card.state != "active":
        at.strike(RecordStrike("blocked_card", made.client.id, made.card.id))
        return enter(at, Problem("err.card_blocked", "safe"))
    if not at.ask(GetCardKind(made.card.type)).personal:
        # An entrance card has no wallet: its home is its visit, while there is one.
        shown = bill(at, card)
        return leave(at) if shown is None else enter(at, shown)
    if any(not note.receipt for note in made.unprinted) and late_bonus(at, made.client.id):
        made = home(at, card)
    return enter(at, made)


def late_bonus(at: Step, client: ClientId) -> bool:
    """Grant what a client's top-ups earned that came to no end (C41); whether that was anything."""
    top_ups = at.ask(bonus.TopUpsWithoutBonus(client))
    made = [at.do(bonus.GrantTopUpBonus(notes), bonus.key(notes)) for notes in top_ups]
    return any(isinstance(entry, Entry) for entry in made)


def go_on(at: Step, back: Scene) -> Situation:
    """Back to a scene of before; a card's home as the books have it now."""
    if isinstance(back, Welcome):
        return leave(at)
    if isinstance(back, Bill):
        shown = bill(at, back.card.id)
        return open_card(at, back.card.id) if shown is None else enter(at, shown)
    return open_card(at, back.card.id) if isinstance(back, CardHome) else enter(at, back)


def bill(at: Step, card: CardId) -> Bill | None:
    """The card's open visit as the books have it now (G6).

    None without one, and where a visit has one order: no total of it is shown (E5).
    """
    found, visit = at.ask(GetCard(card)), at.ask(OpenVisit(card))
    if found is None or visit is None or at.ask(GetVisitRules()).one_order:
        return None
    notes = at.ask(NotesOfVisit(visit.id))
    return Bill(
        found,
        visit,
        at.ask(DepositRefusal(visit.id)),
        unprinted=tuple(n for n in notes if n.state == "settled" and not n.receipt),
        undecided=tuple(n for n in notes if n.state in UNDECIDED),
    )


def home(at: Step, card: CardId) -> CardHome:
    """The card's home as the books have it now."""
    found = at.ask(GetCard(card))
    assert found is not None, "a card that was found is on file"
    client = at.ask(GetClient(found.client))
    assert client is not None, "every registered card has a client"
    rows = at.ask(Movements(found.client, top_ups=True))
    undecided = tuple(n for n in at.ask(HeldNotes()) if n.client == found.client)
    return CardHome(
        card=found,
        client=client,
        visit=None if at.ask(GetVisitRules()).one_order else at.ask(OpenVisit(found.id)),
        latest=rows[0] if rows else None,
        unprinted=at.ask(NotesWithoutReceipt(found.client)),
        without_slip=at.ask(CardWithoutSlip(found.id)),
        undecided=undecided,
        playing=playing(at, client.id),
        paying=_paying(at, found, client),
        packages=client.state == "active" and bool(at.ask(Packages())),
        stations=bool(at.ask(Stations())),
        payments=at.ask(PaymentsLeftOpen(client.id)),
    )


def playing(at: Step, client: ClientId) -> tuple[Playing, ...]:
    """The sessions of a client that run, the one that ends first before the others."""
    running = [s for s in at.ask(RunningSessions()) if s.client == client]
    if not running:
        return ()
    names = {station.id: station.name for station in at.ask(Stations())}
    made = [Playing(s, names.get(s.station, s.station), at.now.mono_s + s.left_s) for s in running]
    return tuple(sorted(made, key=lambda p: p.ends_s))


def _paying(at: Step, card: Card, client: Client) -> Money | None:
    """The wallet that pays for a card's visits; None where it is its own client's (E61)."""
    pays = at.ask(GetCardAccounts(card.id)).expenditure
    other = at.ask(GetClient(pays)) if pays != client.id else None
    return other.wallet if other else None


# --- slips -------------------------------------------------------------------------------------


def print_slip(at: Step, job: JobId, printer_off: str) -> tuple[Document, tuple[Effect, ...]]:
    """Draw a slip and send it to the printer, or put on record that there is none.

    `printer_off` is the reason why nothing can be printed, or "".
    """
    document = at.ask(SlipDocument(job))
    if printer_off:
        record_slip(at, job, "not_printed", printer_off)
        return document, ()
    return document, (PrintSlip(job, document),)


def paper_effects(at: Step, entry: Entry) -> tuple[Effect, ...]:
    """The slips of what the desk just did come out at once: whoever did it stands there."""
    made: tuple[Effect, ...] = ()
    for job in jobs_due(entry):
        receipts = offered(at.situation).receipts
        # Where there is no printer at all it would be due for ever.
        off = "off" if receipts is None else receipts
        try:
            made += print_slip(at, job, off)[1]
        except Refused as refused:
            # A type without a layout is our fault, and no reason to end a kiosk (E42).
            log.error("%s is not printed: %s", job, refused)
            record_slip(at, job, "not_printed", refused.key)
    return made


Outcome = Literal["printed", "not_printed", "partial", "unknown"]


def record_slip(
    at: Step,
    job: JobId,
    outcome: Outcome,
    reason: str,
    device: DeviceId | Literal[""] = "",
    paper_mm: int = 0,
) -> None:
    """Put on record how printing ended; see `RecordSlip`."""
    slip = at.ask(GetSlip(job))
    if slip is None:
        return
    attempt = slip.attempts + 1
    told = RecordSlip(job, attempt, outcome, reason, device, paper_mm)
    at.must(told, EntryKey(f"slip:{job}:{attempt}"))


def conclude(
    at: Step,
    task: str,
    card: CardId,
    jobs: tuple[JobId, ...] = (),
    *,
    total: Money | None = None,
    figure: Money | None = None,
    args: Mapping[str, str | Money] | None = None,
    phone_given: bool = False,
    timed_out: bool = False,
    then: GuestScene | None = None,
) -> tuple[Situation, tuple[Effect, ...]]:
    """A task is done: print its slips, and show the end with the first of them (`Done`).

    Without a printer that works, the guest reads first that the money is safe, and has the receipt
    as a code or is told where the slip is kept (P-02, P-04).
    """
    off = offered(at.situation).receipts
    found = at.ask(GetCard(card))
    assert found is not None, "a card that was used is on file"
    client = at.ask(GetClient(found.client))
    assert client is not None, "every card on file has a client"
    documents: tuple[Document, ...] = ()
    effects: tuple[Effect, ...] = ()
    for job in jobs:
        drawn, printed = print_slip(at, job, "off" if off is None else off)
        documents, effects = (*documents, drawn), (*effects, *printed)
    slip = at.ask(GetSlip(jobs[0])) if jobs else None
    done = Done(
        task=task,
        card=found,
        client=client,
        total=total,
        job=jobs[0] if jobs else JobId(""),
        number=slip.number if slip else 0,
        document=documents[0] if documents else None,
        printing="none" if not jobs else "printing" if effects else "failed",
        phone_given=phone_given,
        timed_out=timed_out,
        figure=figure,
        args=args or {},
        code=next((code for code in map(receipt_code, documents) if code), ""),
        fiscal_waits=_fiscal_waits(at, documents),
        then=then,
        owed=next(
            (j for j, d in zip(jobs, documents, strict=True) if d.kind == "claim_ticket"), ""
        ),
    )
    if effects or off is None or not jobs:
        return enter(at, done), (*effects, Sound("ok"))
    return not_printed(at, done, print_problem(done, "not_printed", off)), (Sound("ok"),)


def _fiscal_waits(at: Step, documents: tuple[Document, ...]) -> bool:
    """Whether money that must be fiscal was just taken, and its device does not work (F-01)."""
    devices = at.situation.machine.of("fiscal")
    if not devices or (devices[0][1].up and not devices[0][1].error):
        return False
    fiscal = any(document.kind in ("prepayment_receipt", "final_receipt") for document in documents)
    return fiscal and at.ask(NextFiscal()) is not None


def jobs_due(entry: Entry) -> tuple[JobId, ...]:
    """The slips that an entry issued and that are to be printed, in its order."""
    slips = (change for change in entry.changes if change.table == "slips" and change.document)
    return tuple(JobId(c.id) for c in slips if c.document and c.document["state"] == "due")


def print_problem(done: Done, outcome: Outcome, reason: str) -> str:
    """The sentence for a slip that did not come out: P-02, P-03 or P-04."""
    what = "paper_out" if reason == "paper_out" else "printer"
    # Without a word about paper, what was sent may have come out in part.
    cut = outcome == "partial" or (what == "printer" and outcome != "not_printed")
    middle = "_middle" if cut else ""
    if done.code:
        return f"err.{what}{middle}"
    if what == "printer":
        return f"err.printer_kept{middle}"
    return f"err.paper_out{middle}_{'registration' if done.task == 'registered' else 'kept'}"


def slip_ended(at: Step, event: SlipPrinted | SlipFailed) -> tuple[Situation, tuple[Effect, ...]]:
    """The printer told how a slip ended; money is never touched by it."""
    printed = isinstance(event, SlipPrinted)
    outcome: Outcome = "printed" if isinstance(event, SlipPrinted) else event.outcome
    reason = "" if isinstance(event, SlipPrinted) else event.reason
    printer = at.situation.machine.devices.get(event.device)
    if printer is not None and printer.roll_mm:
        record_slip(at, event.job, outcome, reason, event.device, event.paper_mm)
    else:
        record_slip(at, event.job, outcome, reason)
    scene = at.situation.scene
    if isinstance(scene, CardHome):
        # Whether the paper still owes something may just have changed.
        return replace(at.situation, scene=home(at, scene.card.id)), ()
    if isinstance(scene, Problem) and isinstance(scene.back, Done) and scene.back.job == event.job:
        # The guest still reads the problem; what comes behind it must not print for ever.
        behind = replace(scene.back, printing="printed" if printed else "failed")
        return replace(at.situation, scene=replace(scene, back=behind)), ()
    if not printed and isinstance(scene, Problem) and scene.args.get("job") == event.job:
        without: Scene = replace(scene, key=_without_slip(scene.key))
        return replace(at.situation, scene=without), (Sound("attention"),)
    if not printed and isinstance(scene, TopUp) and scene.problem_args.get("job") == event.job:
        without = replace(scene, problem=_without_slip(scene.problem))
        return replace(at.situation, scene=without), (Sound("attention"),)
    if not isinstance(scene, Done) or event.job not in (scene.job, scene.owed):
        return at.situation, ()
    if printed and event.job != scene.job:
        return at.situation, ()
    if printed:
        return replace(at.situation, scene=replace(scene, printing="printed")), (Sound("ok"),)
    problem = print_problem(scene, outcome, reason)
    return not_printed(at, scene, problem), (Sound("attention"),)


def _without_slip(key: str) -> str:
    """Instead of "please take this slip", which did not come out: the number for the desk."""
    return f"{key.removesuffix('_no_slip')}_no_slip"


def printer_gone(at: Step) -> tuple[Situation, tuple[Effect, ...]]:
    """The printer fell silent in mid-slip: say so now; how it ended is recorded when it is told."""
    scene = at.situation.scene
    if not isinstance(scene, Done) or scene.printing != "printing":
        return at.situation, ()
    problem = print_problem(scene, "unknown", "lost")
    return not_printed(at, scene, problem), (Sound("attention"),)


def not_printed(at: Step, scene: Done, key: str) -> Situation:
    """Say that the money is safe and where the slip is kept; then the task's end, without it.

    A ticket that did not come out goes before a receipt: without its number the money is lost.
    """
    back = replace(scene, printing="failed")
    ticket = at.ask(GetSlip(scene.owed)) if scene.owed else None
    if ticket is not None and ticket.state != "printed":
        owed = {"amount": scene.args["amount"], "number": f"{ticket.number:06}"}
        return enter(at, Problem("err.claim_no_slip", "safe", owed, back))
    args = {"number": f"{scene.number:06}"}
    return enter(at, Problem(key, "safe", args, back, scene.code))

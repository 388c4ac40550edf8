"""The guest's journeys: what happens next, given what happened.

`step` turns a situation and an event into the next situation and its effects. It asks and
commands the venue and does nothing else; `top_up` and `registration` hold those two journeys.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

from kiosk.core import (
    capabilities,
    coin_top_up,
    contacts,
    genuine,
    hoppers,
    printing,
    proving,
    recovery_codes,
    registration,
    strikes,
    taps,
    top_up,
)
from kiosk.core.cards import FindCard, card_key
from kiosk.core.cashbox import GetBoxState, RecordCashboxIn, RecordCashboxOut
from kiosk.core.clients import GetClient
from kiosk.core.clock import Now
from kiosk.core.desk import genuine as making_genuine
from kiosk.core.desk import journey as desk
from kiosk.core.desk.devices import LampTest, NoteTest
from kiosk.core.desk.scenes import AtWork, Desk, StaffSignIn
from kiosk.core.errors import Refused
from kiosk.core.guest import help as calling
from kiosk.core.guest import home as card_home
from kiosk.core.guest import journeys, lost, notes, paying, receipts, visits
from kiosk.core.guest.help import Help
from kiosk.core.guest.scenes import GuestScene, Purpose
from kiosk.core.ids import CardId, ClientId, DeviceId
from kiosk.core.journey import (
    Step,
    choose,
    enter,
    go_on,
    headset,
    home,
    leave,
    offered,
    open_card,
    out_of_service,
    printer_gone,
    slip_ended,
    wait_longer,
    warn,
    why_not,
    with_venue,
)
from kiosk.core.ledger import digest
from kiosk.core.maintenance import RecordMaintenance
from kiosk.core.messages import (
    AcceptNotes,
    AcceptorChanged,
    AcceptorPoweredUp,
    AnswerEvent,
    CardEnrolFailed,
    CardEnrolled,
    CardPresented,
    CardRefused,
    CardRemoved,
    CareChanged,
    CoinRejected,
    CoinsLost,
    CoinsNoted,
    CoinTaken,
    ContactsChanged,
    DeviceDown,
    DeviceUp,
    Effect,
    ErrandTold,
    Event,
    FiscalStatus,
    HeadsetChanged,
    HopperChanged,
    HopperStands,
    HoursChanged,
    Light,
    LightPattern,
    NoteEscrowed,
    NoteRejected,
    NoteReturned,
    NoteStacked,
    PayOutEnded,
    PayOutGoes,
    PayOutUnknown,
    PrinterChanged,
    RefuseNotes,
    RollTold,
    RulesChanged,
    SlipFailed,
    SlipPrinted,
    Sound,
    SpaceChanged,
    SwitchPressed,
    TimePassed,
    Touched,
    VenueChanged,
)
from kiosk.core.prepayments import AbandonPrepayment
from kiosk.core.recognition import Unrecognised, recognise
from kiosk.core.rolls import GetRoll
from kiosk.core.situation import (
    Access,
    CardHome,
    Closed,
    Done,
    History,
    Problem,
    Registering,
    Scene,
    Situation,
    TapToRegister,
    TopUp,
    Unknown,
    Updating,
    Welcome,
)
from kiosk.core.strikes import RecordStrike
from kiosk.core.venue import Venue

BAD_READS_MAX = 3
FOR_THE_DESK = (
    CardPresented,
    CardRefused,
    CardEnrolled,
    CardEnrolFailed,
    NoteEscrowed,
    NoteReturned,
    NoteRejected,
    ErrandTold,
)
"""What a page of the desk may wait for; what it does not want goes the way of all events."""
OF_MACHINES = (
    DeviceUp,
    DeviceDown,
    AcceptorChanged,
    HopperStands,
    HopperChanged,
    PrinterChanged,
    RollTold,
    FiscalStatus,
    ContactsChanged,
    RulesChanged,
    SpaceChanged,
)
"""What `capabilities.told` takes."""
FOR_A_JOURNEY = (CardPresented, CardRefused, ErrandTold)
"""The same of a guest's journey."""


def step(
    situation: Situation, event: Event, venue: Venue, now: Now
) -> tuple[Situation, tuple[Effect, ...]]:
    """The next situation, and what shall be done.

    Raises:
        StorageFailed: from the venue; the runtime closes the kiosk.
    """
    at, seq = Step(situation, venue, now), venue.ledger.seq
    if isinstance(event, CardPresented) and not isinstance(situation.scene, (Closed, Updating)):
        tap = taps.tap_of(event, situation.venue.rules, _today(at), now.mono_s)
        if taps.again(situation.tap, tap):
            return _read(at, event).situation, ()
        at = at.with_(tap=tap)
    elif isinstance(event, Touched):
        # Who has pressed something since then means the next tap, however soon it comes.
        at = at.with_(tap=None)
    if isinstance(event, (CardPresented, CardRefused)) and not isinstance(
        situation.scene, (Closed, Updating)
    ):
        event = proving.proved(at, event, _today(at))
    after, effects = _step(at, event)
    if not (isinstance(event, CoinTaken) and after is situation):
        # One that is told again, and a core that was slow hears hundreds of those, changed nothing.
        after, coins = _coins(replace(at, situation=after))
        effects = (*effects, *coins)
    _prepaid_no_more(replace(at, situation=after), situation.scene)
    if venue.ledger.seq != seq or isinstance(event, (RollTold, VenueChanged)):
        after = _rolls(replace(at, situation=after))
    if _went_wrong(situation, after) and not any(isinstance(e, Sound) for e in effects):
        effects = (*effects, Sound("attention"))
    if lights(after) != lights(situation):
        effects = (*effects, Light(lights(after)))
    made = making_genuine.follows(situation.scene, after.scene)
    return after, (*effects, *_notes_are_tried(situation, after), *made)


def _coins(at: Step) -> tuple[Situation, tuple[Effect, ...]]:
    """Coins are let in by what stands on the screen now, whatever led there."""
    if isinstance(at.situation.scene, (Closed, Updating)):
        return at.situation, ()
    after, effects = coin_top_up.follow(at)
    after, asked = hoppers.follow(replace(at, situation=after))
    return after, (*effects, *asked)


def _prepaid_no_more(at: Step, before: Scene) -> None:
    """Whatever leads away from a prepayment ends it: nothing is kept of its visit (V-03).

    One that was completed or given up already stays what it is.
    """
    visit = paying.prepaying(before)
    if visit and visit != paying.prepaying(at.situation.scene):
        at.do(AbandonPrepayment(visit), f"abandon:{visit}", "guest")


def _went_wrong(before: Situation, after: Situation) -> bool:
    """Whether a problem just came up, which nobody shall overlook; one gone back to did not."""
    new = after.page != before.page and not isinstance(before.scene, (Access, Help))
    return new and isinstance(after.scene, Problem)


def _notes_are_tried(before: Situation, after: Situation) -> tuple[Effect, ...]:
    """Notes are let in while the page that tries them stands, whatever ends it."""
    was, now = _tried(before), _tried(after)
    if was == now:
        return ()
    refuse = () if was is None else (RefuseNotes(was),)
    return refuse if now is None else (*refuse, AcceptNotes(now, after.venue.faces))


def _tried(situation: Situation) -> DeviceId | None:
    match situation.scene:
        case Desk(page=NoteTest(device)):
            return device
        case _:
            return None


def close(situation: Situation) -> Situation:
    """The books cannot be written any more (S-01): nothing is taken, nothing leads on."""
    scene = situation.scene
    while isinstance(scene, (Access, Help)):
        scene = scene.back
    return replace(situation, scene=_closed(scene), timer=None, page=situation.page + 1, session=0)


def _closed(scene: Scene) -> Closed:
    """What was told already stays true: money that is on the card, a note that is recorded."""
    match scene:
        case TopUp():
            return Closed(scene.going is not None, scene.total)
        case Done():
            return Closed(taken=scene.total)
        case Problem(money="recorded"):
            return Closed(held=True)
        case Problem(back=Done() as done):
            return _closed(done)
        case _:
            return Closed()


def lights(situation: Situation) -> LightPattern:
    """What the lights say: the same as the screen."""
    match situation.scene:
        case Closed() | Updating():
            return "out_of_order"
        case TopUp():
            return "money"
        case Problem() | AtWork():
            return "attention"
        case Desk(page=LampTest() as test):
            return test.pattern
        case Welcome():
            if out_of_service(situation):
                return "out_of_order"
            able = offered(situation)
            return "attention" if able.reading == "off" else "ready"
        case GuestScene() as scene:
            return scene.light
        case _:
            return "reading"


def due(situation: Situation) -> float | None:
    """When `TimePassed` is to be told, in seconds of the monotonic clock."""
    timer = situation.timer
    if timer is None:
        return None
    return timer.end_s if timer.warned else timer.warn_s


def _step(at: Step, event: Event) -> tuple[Situation, tuple[Effect, ...]]:
    situation = at.situation
    if isinstance(situation.scene, Closed) or isinstance(event, AnswerEvent):
        return situation, ()
    if isinstance(event, CareChanged):
        return _told(at, event).situation, ()
    if isinstance(situation.scene, Updating):
        # Devices are looked at, and nothing else is: what they still have to tell they tell again.
        return (_told(at, event).situation if isinstance(event, OF_MACHINES) else situation), ()
    if isinstance(event, (CardPresented, CardRefused)):
        at = _read(at, event)
        situation = at.situation
    if isinstance(situation.scene, Desk) and isinstance(event, FOR_THE_DESK):
        heard = desk.heard(at, situation.scene, event)
        if heard is not None:
            return heard
    if isinstance(situation.scene, GuestScene) and isinstance(event, FOR_A_JOURNEY):
        told = journeys.of(situation.scene).heard(at, situation.scene, event)
        if told is not None:
            return told
    behind = isinstance(situation.scene, (Access, Help))
    if behind and not isinstance(event, (Touched, TimePassed)):
        return _behind(at, event)
    match event:
        case FiscalStatus() | RulesChanged() | ContactsChanged():
            if isinstance(event, ContactsChanged):
                contacts.record(at, event)
            after, effects = top_up.machine(_told(at, event), event)
            after, own = _scene_follows(replace(at, situation=after))
            return after, (*effects, *own)
        case DeviceUp() | DeviceDown() | AcceptorChanged() | PrinterChanged() | SpaceChanged():
            at = _told(at, event)
            if isinstance(event, DeviceDown) and event.role == "printer":
                return printer_gone(at)
            if isinstance(event, AcceptorChanged):
                _cashbox(at, event)
            if isinstance(event, PrinterChanged):
                _new_roll(situation, at, event.device)
            asked: tuple[Effect, ...] = ()
            if isinstance(event, DeviceUp) and event.role == "acceptor":
                asked = notes.recalled(at, event.device)
            after, effects = top_up.machine(at, event)
            after, more = printing.device_changed(situation, replace(at, situation=after))
            at = replace(at, situation=after)
            after, own = _scene_follows(at)
            return after, (*asked, *effects, *more, *own)
        case NoteEscrowed():
            return top_up.escrowed(at, event)
        case NoteStacked():
            return top_up.stacked(at, event)
        case NoteReturned():
            return top_up.returned(at, event)
        case NoteRejected():
            return top_up.rejected(at, event)
        case CoinTaken():
            return coin_top_up.taken(at, event)
        case CoinsNoted():
            return coin_top_up.noted(at, event)
        case CoinsLost():
            return coin_top_up.lost(at, event)
        case CoinRejected():
            return coin_top_up.rejected(at, event)
        case HopperStands() | HopperChanged() | RollTold():
            return _scene_follows(_told(at, event))
        case PayOutEnded() | PayOutUnknown():
            after, effects = hoppers.ended(at, event)
            after, own = _scene_follows(replace(at, situation=after))
            return after, (*effects, *own)
        case PayOutGoes():
            return situation, ()
        case AcceptorPoweredUp():
            return top_up.powered_up(at, event)
        case SlipPrinted() | SlipFailed():
            after, effects = slip_ended(at, event)
            told = _slip_heard(replace(at, situation=after), event)
            return (told[0], (*effects, *told[1])) if told else (after, effects)
        case ErrandTold():
            return desk.told_away(at, event), ()
        case CardPresented():
            return _card(at.with_(bad_reads=0), event)
        case CardRefused():
            return _card_refused(at, event)
        case CardEnrolled() | CardEnrolFailed() | CardRemoved() | SwitchPressed():
            return situation, ()
        case HeadsetChanged(plugged=plugged):
            return headset(at, plugged=plugged), ()
        case TimePassed():
            return _time(at)
        case Touched(button, page):
            if page != situation.page:
                return situation, ()
            return _touched(at, button)
        case VenueChanged():
            # Staff may have decided about the note that one of them was waiting for.
            top_up.give_up_forsaken(at)
            return _refreshed(at)
        case HoursChanged():
            return _refreshed(at)
        case _:
            assert_never(event)


def _read(at: Step, event: CardPresented | CardRefused) -> Step:
    """The step with one read more of the reader that spoke."""
    well = isinstance(event, CardPresented)
    machine = at.situation.machine
    return at.with_(machine=capabilities.read(machine, event.device, at.now.wall, well=well))


def _today(at: Step) -> date:
    return at.now.wall.astimezone(ZoneInfo(at.situation.venue.time_zone)).date()


def _told(at: Step, event: capabilities.MachineEvent) -> Step:
    """The step with the machine as it is since a device spoke."""
    before = at.situation.machine
    made = capabilities.told(before, event)
    return at.with_(machine=capabilities.noted(before, made, at.now.wall))


def _slip_heard(
    at: Step, event: SlipPrinted | SlipFailed
) -> tuple[Situation, tuple[Effect, ...]] | None:
    """A slip's end, told to a scene that may have asked for it."""
    match at.situation.scene:
        case Desk() as scene:
            return desk.heard(at, scene, event)
        case GuestScene() as scene:
            return journeys.of(scene).heard(at, scene, event)
        case _:
            return None


def _scene_follows(at: Step) -> tuple[Situation, tuple[Effect, ...]]:
    """A device spoke: what is on the screen follows; with the box back, guests are served."""
    match at.situation.scene:
        case GuestScene() as scene:
            return journeys.of(scene).fresh(at, scene)
        case Desk() as scene:
            return desk.fresh(at, scene)
        case AtWork() as scene:
            return desk.machine(at, scene), ()
        case _:
            return at.situation, ()


def _cashbox(at: Step, event: AcceptorChanged) -> None:
    """A box went out, or is in again: once on record, however often the acceptor says so."""
    device = event.device
    if event.state == "cassette_out":
        box = at.ask(GetBoxState(device))
        if not box.out:
            pull = box.pulls + 1
            at.must(RecordCashboxOut(device, pull), f"pulled:{device}/{pull}")
    elif event.state in capabilities.AT_REST:
        box = at.ask(GetBoxState(device))
        if box.out:
            at.must(RecordCashboxIn(device, box.pulls), f"back:{device}/{box.pulls}")


def _new_roll(before: Situation, at: Step, device: DeviceId) -> None:
    """Paper is back where there was little or none: a new roll, once on record."""
    was, now = before.machine.devices.get(device), at.situation.machine.devices[device]
    if was is None or not was.roll_ends or now.roll_ends or not now.roll_mm:
        return
    roll = at.ask(GetRoll(device))
    if roll.used_mm:
        at.must(RecordMaintenance("new_roll", device), f"roll:{device}/{roll.rolls + 1}")


def _rolls(at: Step) -> Situation:
    """What is left of each roll, as the books have it now."""
    before = machine = at.situation.machine
    for device, state in before.of("printer"):
        if state.roll_mm:
            machine = capabilities.rolled(machine, device, at.ask(GetRoll(device)).used_mm)
    if machine is before:
        return at.situation
    return at.with_(machine=capabilities.noted(before, machine, at.now.wall)).situation


def _behind(at: Step, event: Event) -> tuple[Situation, tuple[Effect, ...]]:
    """The journey behind a choice or a call goes on; a new page of it comes to the front."""
    scene = at.situation.scene
    assert isinstance(scene, (Access, Help)), "it has something behind it"
    after, effects = _step(at.with_(scene=scene.back), event)
    if isinstance(scene, Help):
        after, more = calling.went_on(at, scene, after)
        return after, (*effects, *more)
    if after.page == at.situation.page:
        after = replace(after, scene=Access(after.scene))
    return after, effects


# --- cards -------------------------------------------------------------------------------------


def _card(at: Step, event: CardPresented) -> tuple[Situation, tuple[Effect, ...]]:
    scene = at.situation.scene
    if isinstance(scene, TopUp) and (scene.going or scene.finishing):
        # While a note is being taken a card is not read.
        return at.situation, ()
    if isinstance(scene, AtWork) and scene.until_s is not None:
        # It is being wiped: no keys may come up under the cloth.
        return at.situation, ()
    rules = at.situation.venue.rules
    try:
        read = recognise(event.raw, event.signal, event.device, rules, _today(at))
    except Refused as refused:
        if event.signal == "barcode" and isinstance(refused, Unrecognised):
            return _strange_code(at, event.raw)
        at = _stranger(at, event)
        if isinstance(scene, (TopUp, Desk, StaffSignIn, AtWork)):
            return at.situation, ()
        return _problem(at, refused)
    if read.scope == "employee":
        situation, effects = top_up.finish(at) if isinstance(scene, TopUp) else (at.situation, ())
        after, more = desk.come(Step(situation, at.venue, at.now), read)
        return after, (*effects, *more)
    if isinstance(scene, (Desk, StaffSignIn, AtWork)):
        # A guest's card, and somebody works here: the screen says so.
        return at.situation, ()
    found = at.ask(FindCard(read))
    if isinstance(scene, Registering) and scene.read == read:
        return at.situation, ()
    if isinstance(scene, TopUp):
        if card_key(read.object, read.number) == scene.card.key:
            return at.situation, ()
        situation, effects = top_up.finish(at)
        after, more = _card(Step(situation, at.venue, at.now), event)
        return after, effects + more
    if read.scope == "entrance_card":
        return visits.tapped(at.new_guest(), read, found)
    if found is None:
        at = _stranger(at, event)
        if read.scope != "interface":
            # Other cards of the venue do something elsewhere, and nothing here.
            return _problem(at.new_guest(), Refused("err.ambiguous"))
        if isinstance(scene, TapToRegister):
            return registration.begin(at, read)
        return enter(at.new_guest(), Unknown(read)), ()
    if isinstance(scene, CardHome) and scene.card.id == found.id:
        return open_card(at, found.id), ()
    return open_card(at.new_guest(), found.id), ()


def _strange_code(at: Step, text: str = "") -> tuple[Situation, tuple[Effect, ...]]:
    """A code that is no card's: of a ticket, of a receipt, or of the slip of a lost card.

    It is nobody's trial of cards, and it takes nobody away from what he does.
    """
    code = recovery_codes.of(text)
    if code and isinstance(at.situation.scene, Welcome):
        return lost.slip_shown(at, code)
    match at.situation.scene:
        case Welcome() | TapToRegister() | Unknown() | Problem(back=None):
            return _problem(at, Refused("err.not_ours"))
        case _:
            return at.situation, ()


def _stranger(at: Step, event: CardPresented) -> Step:
    """A card that nobody knows was shown: many of them, one after another, are somebody's trial."""
    print_ = digest(event.raw)[:4]
    shown = strikes.unknown_card_shown(at.situation.unknown, print_, at.now.mono_s)
    at.strike(RecordStrike("unknown_cards", ClientId(""), CardId(""), len(shown)))
    return at.with_(unknown=shown)


def _card_refused(at: Step, event: CardRefused) -> tuple[Situation, tuple[Effect, ...]]:
    scene = at.situation.scene
    if isinstance(scene, (TopUp, Registering, Desk, StaffSignIn, AtWork)):
        return at.situation, ()
    if event.signal == "barcode":
        return _strange_code(at)
    if event.reason != "unreadable":
        return _problem(at.with_(bad_reads=0), genuine.refusal(event))
    reads = at.situation.bad_reads + 1
    again = "err.bad_swipe" if event.signal == "magnetic" else "err.bad_read"
    key = "err.unreadable" if reads >= BAD_READS_MAX else again
    return _problem(at.with_(bad_reads=reads % BAD_READS_MAX), Refused(key))


def _problem(at: Step, refused: Refused) -> tuple[Situation, tuple[Effect, ...]]:
    safe = refused.key in ("err.card_blocked", "err.unreadable")
    money: Literal["safe", "nothing"] = "safe" if safe else "nothing"
    return enter(at, Problem(refused.key, money, refused.args_by_name)), ()


# --- time --------------------------------------------------------------------------------------


def _time(at: Step) -> tuple[Situation, tuple[Effect, ...]]:
    timer = at.situation.timer
    if timer is None or at.now.mono_s < (due(at.situation) or 0.0):
        return at.situation, ()
    scene = at.situation.scene
    if isinstance(scene, TopUp):
        return top_up.time_passed(at, scene, timer)
    if isinstance(scene, AtWork):
        return desk.cleaned(at, scene)
    if not timer.warned:
        return warn(at, timer)
    if isinstance(scene, Help):
        behind, effects = _time(at.with_(scene=scene.back))
        after, more = calling.outlived(at, scene, behind)
        return after, (*effects, *more)
    if isinstance(scene, Access) and isinstance(scene.back, Desk):
        return desk.lock(at.with_(scene=scene.back), scene.back), ()
    if isinstance(scene, Access):
        return enter(at, scene.back), ()
    if isinstance(scene, Desk):
        return desk.lock(at, scene), ()
    if isinstance(scene, StaffSignIn):
        return desk.give_up(at, scene), ()
    if isinstance(scene, GuestScene):
        return journeys.of(scene).ended(at, scene)
    return leave(at), ()


# --- touches -----------------------------------------------------------------------------------


def _touched(at: Step, button: str) -> tuple[Situation, tuple[Effect, ...]]:
    if isinstance(at.situation.scene, AtWork) and at.situation.scene.until_s is not None:
        return at.situation, ()  # it is being wiped
    if button == "more_time":
        return wait_longer(at), ()
    at = at.rested()
    name, _, argument = button.partition(":")
    match name:
        case "scrolled":
            return at.situation, ()
        case "access":
            return _access(at), ()
        case "language" | "large" | "contrast" | "low" | "speech" | "slower" if isinstance(
            at.situation.scene, Access
        ):
            return choose(at, name, argument), ()
        case "help" if not isinstance(at.situation.scene, (Desk, StaffSignIn, AtWork)):
            return calling.begin(at)
        case "leave":
            if isinstance(at.situation.scene, Help):
                behind, effects = _touched(at.with_(scene=at.situation.scene.back), button)
                after, more = calling.went_on(at, at.situation.scene, behind)
                return after, (*effects, *more)
            if isinstance(at.situation.scene, TopUp):
                return top_up.done(at)
            if isinstance(at.situation.scene, Desk):
                return desk.sign_out(at), ()
            if isinstance(at.situation.scene, GuestScene):
                return journeys.of(at.situation.scene).ended(at, at.situation.scene)
            return leave(at), ()
        case _:
            return _touched_in(at, name, argument)


def _access(at: Step) -> Situation:
    scene = at.situation.scene
    if isinstance(scene, Access):
        return enter(at, scene.back)
    return enter(at, Access(scene))


def _touched_in(at: Step, name: str, argument: str) -> tuple[Situation, tuple[Effect, ...]]:
    situation, scene = at.situation, at.situation.scene
    match scene:
        case Welcome() if name == "register" and not why_not(situation, "register"):
            return enter(at.new_guest(), TapToRegister()), ()
        case Welcome() if name == "lost_card":
            return lost.begin(at)
        case Access(back) if name == "back":
            return enter(at, back), ()
        case Access(Welcome() | Problem()) | AtWork() if name == "staff":
            return desk.come(at)
        case StaffSignIn():
            return desk.sign_in(at, scene, name, argument)
        case Desk():
            return desk.touched(at, scene, name, argument)
        case GuestScene():
            return journeys.of(scene).touched(at, scene, name, argument)
        case TapToRegister() | Unknown() | Problem(back=None) if name in ("back", "continue"):
            return leave(at), ()
        case Unknown(read) if name == "register" and not why_not(situation, "register"):
            return registration.begin(at, read)
        case Unknown() if name == "staff":
            return enter(at, Problem("err.ask_staff", "nothing")), ()
        case Registering():
            return registration.touched(at, scene, name, argument)
        case CardHome():
            return card_home.touched(at, scene, name)
        case History() if name == "from":
            return card_home.leafed(at, scene, argument), ()
        case History(card=card) if name in ("back", "home"):
            return open_card(at, card.id), ()
        case TopUp():
            return top_up.touched(at, name, argument)
        case Done() as done if name == "receipt_code":
            return receipts.show(at, done)
        case Done(then=then) if name == "home" and then is not None:
            return journeys.resumed(at, then)
        case Done(card=card) if name == "home":
            return open_card(at, card.id), ()
        case Done(card=card) if name == "top_up":
            return paying.begin(at, Purpose("top_up", card.id), scene)
        case Problem(key="err.card_blocked") if name == "lost_card":
            return lost.begin(at)
        case Problem(back=back) if name in ("back", "continue") and back is not None:
            return go_on(at, back), ()
        case _:
            return situation, ()


def _refreshed(at: Step) -> tuple[Situation, tuple[Effect, ...]]:
    """Somebody else wrote: what is on the screen follows, without a new page."""
    at = with_venue(at)
    match at.situation.scene:
        case CardHome(card=card):
            shown = home(at, card.id)
            if shown.card.state != "active":
                return open_card(at, card.id), ()
            return replace(at.situation, scene=shown), ()
        case TopUp(client=client) as scene:
            # The desk may have taken from the wallet, or put into it, meanwhile.
            fresh = (at.ask(GetClient(client.id)) or client) if client else None
            return top_up.followed(at.with_(scene=replace(scene, client=fresh)), ())
        case Desk() as scene:
            return desk.fresh(at, scene)
        case GuestScene() as scene:
            return journeys.of(scene).fresh(at, scene)
        case Problem():
            return top_up.followed(at, ())
        case _:
            return at.situation, ()

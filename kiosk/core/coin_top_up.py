"""Coins in a top-up: when they are let in, whose each of them is, and what was lost.

A coin is in the box before it is told of, and cannot be given back. So what a note is refused for
afterwards closes the coin acceptor before: limits, the disk, what the law wants. A coin that comes
all the same is credited, and the guest is told. The acceptor is opened and closed in one place
(`follow`), by what stands on the screen after each event, whatever led there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.core import capabilities, top_up
from kiosk.core.clients import GetClient
from kiosk.core.coins import (
    CoinKnown,
    CoinsWelcome,
    CreditCoin,
    GetCoinsOfDevice,
    NoteMark,
    RecordCoinsLost,
)
from kiosk.core.desk.devices import SEEN_MAX, CoinTest
from kiosk.core.desk.scenes import Desk
from kiosk.core.guest import notes
from kiosk.core.guest.help import Help
from kiosk.core.ids import ClientId, DeviceId
from kiosk.core.journey import Step, enter, home, offered
from kiosk.core.messages import (
    AcceptCoins,
    AcknowledgeCoin,
    CoinRejected,
    CoinsLost,
    CoinsNoted,
    CoinTaken,
    Effect,
    RecallCoins,
    RefuseCoins,
    Sound,
)
from kiosk.core.money import Money
from kiosk.core.situation import (
    Access,
    CardHome,
    CoinsFor,
    Done,
    NoteGoing,
    Problem,
    Scene,
    Situation,
    TopUp,
    Welcome,
)

LATE_S = 10.0
"""So long after coins were shut out one may still be on its way; whose it is, is known."""
COINS_PER_SESSION_MAX = 200
"""A receipt lists the coins of one top-up; so many lines of the books make one."""

Result = tuple[Situation, tuple[Effect, ...]]


def device_of(situation: Situation) -> DeviceId | None:
    """The coin acceptor; None where the kiosk has none."""
    found = situation.machine.of("coins")
    return found[0][0] if found else None


# --- when coins are let in --------------------------------------------------------------------


def follow(at: Step) -> Result:
    """The acceptor is let in what the screen lets in now; one that came up hears its mark first."""
    at, recalled = _recalled(at)
    device, kept = device_of(at.situation), at.situation.coins
    if device is None:
        return at.situation, recalled
    values = _values(at)
    made = _owner(at, kept, values)
    if values == kept.values:
        return replace(at.situation, coins=made), recalled
    effect = AcceptCoins(device, values) if values else RefuseCoins(device)
    return replace(at.situation, coins=made), (*recalled, effect)


def _recalled(at: Step) -> tuple[Step, tuple[Effect, ...]]:
    """Each coin acceptor that came up gets what is on the books of it, before it tells of any."""
    effects: tuple[Effect, ...] = ()
    for device, state in at.situation.machine.of("coins"):
        if not state.up or state.recalled:
            continue
        effects += (RecallCoins(device, at.ask(GetCoinsOfDevice(device)).mark),)
        machine = at.situation.machine
        devices = {**machine.devices, device: replace(state, recalled=True)}
        at = at.with_(machine=replace(machine, devices=devices))
        if device == device_of(at.situation):
            # It has forgotten what it may take.
            at = at.with_(coins=replace(at.situation.coins, values=()))
    return at, effects


def _owner(at: Step, kept: CoinsFor, values: tuple[int, ...]) -> CoinsFor:
    scene = _shown(at.situation.scene)
    if isinstance(scene, Desk):
        return CoinsFor(values)
    if isinstance(scene, TopUp) and (values or kept.values):
        return CoinsFor(values, _client(scene), scene.card.id, scene.visit)
    if kept.until_s is None and not isinstance(scene, TopUp):
        return replace(kept, values=values, until_s=at.now.mono_s + LATE_S)
    return replace(kept, values=values)


def _client(scene: TopUp) -> ClientId | Literal[""]:
    return scene.client.id if scene.client and not scene.visit else ""


def _shown(scene: Scene) -> Scene:
    """The scene itself, where a choice or a call stands before it."""
    while isinstance(scene, (Access, Help)):
        scene = scene.back
    return scene


def _values(at: Step) -> tuple[int, ...]:
    """What may fall in now, in minor units, ascending; empty: nothing."""
    device = device_of(at.situation)
    if device is None or offered(at.situation).coins != "":
        return ()
    if not at.situation.machine.devices[device].caught_up:
        # What went in before is still to be told, and it is not of whoever stands here.
        return ()
    scene = _shown(at.situation.scene)
    match scene:
        case Desk(page=CoinTest()):
            return tuple(value.minor for value in at.situation.venue.coins)
        case TopUp() if not (scene.finishing or scene.stalled or scene.enough):
            return _within_limits(at, scene)
        case _:
            return ()


def _within_limits(at: Step, scene: TopUp) -> tuple[int, ...]:
    if sum(n.coin for n in scene.notes) >= COINS_PER_SESSION_MAX:
        return ()
    some = tuple(v for v in at.situation.venue.coins if notes.limit(at, scene, v) is None)
    welcome = at.ask(CoinsWelcome(some, _client(scene), scene.visit)) if some else ()
    return tuple(value.minor for value in welcome)


# --- what the acceptor tells ------------------------------------------------------------------


def taken(at: Step, event: CoinTaken) -> Result:
    """A coin is in the box: it is put on record, once, and the acceptor may forget it."""
    acknowledged = (AcknowledgeCoin(event.coin),)
    if at.ask(CoinKnown(event.coin, event.mark)):
        return at.situation, acknowledged
    at = _counted(at, event.device, well=True)
    whose = _whose(at)
    command = CreditCoin(event.coin, event.value, event.mark, whose.client, whose.card, whose.visit)
    entry = at.must(command, f"coin:{event.coin}")
    if entry.kind == "coin_suspended":
        situation, effects = _nobodys(at, event, whose)
    else:
        situation, effects = _credited(at, event, whose)
    return situation, (*acknowledged, *effects)


def _counted(at: Step, device: DeviceId, *, well: bool) -> Step:
    return at.with_(machine=capabilities.read(at.situation.machine, device, at.now.wall, well=well))


def _whose(at: Step) -> CoinsFor:
    """For whom coins were let in, if a coin that is told now can be theirs; else nobody."""
    kept = at.situation.coins
    late = kept.until_s is not None and at.now.mono_s > kept.until_s
    return CoinsFor() if late else kept


def _credited(at: Step, event: CoinTaken, whose: CoinsFor) -> Result:
    scene = at.situation.scene
    if isinstance(scene, TopUp) and (scene.card.id, scene.visit) == (whose.card, whose.visit):
        return _more(at, scene, event)
    sound = (Sound("ok"),)
    if isinstance(scene, CardHome):
        return replace(at.situation, scene=home(at, scene.card.id)), sound
    if isinstance(scene, Done) and scene.client.id == whose.client:
        fresh = at.ask(GetClient(scene.client.id)) or scene.client
        return replace(at.situation, scene=replace(scene, client=fresh)), sound
    return top_up.followed(at, sound)


def _more(at: Step, scene: TopUp, event: CoinTaken) -> Result:
    """A coin of this top-up: the sum grows; it ends where that is enough."""
    coin = NoteGoing(event.coin, event.value, "taken", coin=True)
    fresh = at.ask(GetClient(scene.client.id)) if scene.client else None
    shown = replace(
        scene, notes=(*scene.notes, coin), client=fresh, problem="", problem_args={}, rejects=0
    )
    at = at.with_(scene=shown)
    if shown.going is None and (shown.finishing or shown.enough):
        situation, effects = top_up.finish(at)
        return situation, (*effects, Sound("ok"))
    told = _full(at, shown)
    return top_up.renewed(at, told), (Sound("attention" if told.problem else "ok"),)


def _full(at: Step, scene: TopUp) -> TopUp:
    """What the guest reads where the next coin would be over a limit, or this one was."""
    coins = at.situation.venue.coins
    if not coins or _within_limits(at, scene):
        return scene
    refused = notes.limit(at, scene, coins[0])
    if refused is None:
        return replace(scene, problem="topup.coins_full", problem_args={})
    key, args = refused
    return replace(scene, problem=key.replace("topup.", "topup.coins_"), problem_args=args)


def _nobodys(at: Step, event: CoinTaken, whose: CoinsFor) -> Result:
    """It is nobody's on the books: staff see it, and who stands there is told."""
    scene = at.situation.scene
    if isinstance(scene, Desk) and isinstance(scene.page, CoinTest):
        seen = (event.value, *scene.page.seen)[:SEEN_MAX]
        tried = replace(scene, page=replace(scene.page, seen=seen))
        return top_up.claim(at.with_(scene=tried), event.coin, event.value)
    attention = (Sound("attention"),)
    if whose.visit and isinstance(scene, TopUp) and scene.visit == whose.visit:
        # The visit ended while it fell.
        after, effects = top_up.finish(at)
        after, more = top_up.claim(replace(at, situation=after), event.coin, event.value)
        return after, (*effects, *more)
    now = at.situation.machine.devices[event.device].caught_up
    if now and isinstance(scene, (Welcome, Problem)):
        back = None if isinstance(scene, Welcome) else scene.back
        amount = event.value
        if isinstance(scene, Problem) and scene.key == "err.coin_kept":
            # Its next pulse, or his next coin: he must read of all of it.
            amount = sum((v for v in scene.args.values() if isinstance(v, Money)), amount)
        shown = Problem("err.coin_kept", "safe", {"amount": amount}, back)
        return enter(at, shown), attention
    return at.situation, attention


def noted(at: Step, event: CoinsNoted) -> Result:
    """Where the counter stands goes on record, if that is news."""
    kept = at.ask(GetCoinsOfDevice(event.device))
    if kept.mark != event.mark:
        turn = kept.turns + 1
        at.must(NoteMark(event.device, event.mark, turn), f"coins:{event.device}/{turn}")
    return at.situation, ()


def lost(at: Step, event: CoinsLost) -> Result:
    """Coins went in of which nobody can say what they were: an alarm, and the guest is told."""
    kept = at.ask(GetCoinsOfDevice(event.device))
    if event.mark and kept.mark == event.mark:
        return at.situation, ()  # It is told again.
    turn = kept.turns + 1
    command = RecordCoinsLost(event.device, event.mark, event.count, turn)
    at.must(command, f"coins:{event.device}/{turn}")
    return _problem(at, "topup.coins_lost")


def rejected(at: Step, event: CoinRejected) -> Result:
    """A coin fell through: it lies in the tray, and the guest may try another one."""
    at = _counted(at, event.device, well=False)
    scene = at.situation.scene
    if isinstance(scene, Desk) and isinstance(scene.page, CoinTest):
        told = (event.reason, *scene.page.rejected)[:SEEN_MAX]
        tried = replace(scene, page=replace(scene.page, rejected=told))
        return replace(at.situation, scene=tried), ()
    return _problem(at, "topup.coin_back")


def _problem(at: Step, key: str) -> Result:
    scene = at.situation.scene
    if not isinstance(scene, TopUp):
        return at.situation, ()
    if scene.problem == key:
        # Said again it is no sign of a guest: a line that is disturbed would keep a session open.
        return at.situation, (Sound("attention"),)
    shown = replace(scene, problem=key, problem_args={})
    return top_up.renewed(at, shown), (Sound("attention"),)

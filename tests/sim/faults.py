"""What goes wrong in the simulated days: the fault model.

Every kind below is planned some times a day, at random times that lean towards the busy hours. It
waits for a moment at which it means something, then it strikes, and only then it is counted: the
table at the end says how often each one *struck*. Effects end by themselves (power, clock) or when
the attendant mends them (paper, jams, cables).

Modelled besides, and counted where it happens: what guests do wrong (`guests.py`), bad swipes and
foreign cards, a till that repeats itself (`staff.py`), what hands do wrong with cash (`desk.py`),
what a power cut leaves of unsynced writes (`tests/disk.py`).

Not modelled: a disk that says it has synced and lies; memory that flips bits; an acceptor that
says "stacked" of a note that it swallowed elsewhere (no kiosk can know); two kiosks; the PC/SC
daemon (what is tapped enters at the reader's worker; cards with a stripe go through the real driver
and peer); threads (one thread, in virtual time; see tests/e2e for the real ones).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk.hardware.peers.ccnet_frames import State
from tests.sim.process import ACCEPTOR, COINS, PRINTER, READER, STRIPE
from tests.sim.world import LITTLE_BYTES, Blow

if TYPE_CHECKING:
    from tests.sim.world import World

POINTS = {
    "power: before a commit": ("before commit",),
    "power: inside a transaction": ("inside a transaction",),
    "power: after a commit, before its effect": ("after commit",),
    "power: in the middle of a disk write": ("after a write", "before a sync", "after a sync"),
    "power: before an order to the acceptor": ("before stacking", "before returning"),
    "power: after an order to the acceptor": ("after stacking", "after returning"),
    "power: around an acknowledgement": ("before acknowledging", "after acknowledging"),
}
"""Where a loss of power waits for; each also with everything losing its power, and as a kill."""

CUT_KINDS = {
    "power: kiosk and devices together": "all",
    "power: kiosk between two steps": "kiosk",
    "process: killed": "process",
}

Strike = Callable[["World"], bool]
"""Strikes if the moment is right; whether it did."""


def _cut(kind: str) -> Strike:
    def strike(world: World) -> bool:
        dice = world.random
        if world.blow is not None or world.process is None:
            return False
        fits = POINTS[kind]
        later_s = dice.choice((0.3, 2.0, 9.0, 60.0))
        disk = "after a write" in fits
        # Between noon and night something fits within minutes.
        nth = dice.randrange(40 if disk else 12)
        world.blow = Blow(kind, fits, nth, "kiosk", later_s)
        _maybe_again(world)
        return True

    return strike


def _maybe_again(world: World) -> None:
    dice = world.random
    if dice.random() < 0.3:
        every = ("before commit", "after commit", "inside", "after a write", "before a sync")
        every = (*every, "before a reset", "after a reset")
        fits = every if dice.random() < 0.7 else ("before a reset", "before commit")
        kind = "power: a second time, in the recovery"
        world.hit_again(Blow(kind, fits, dice.randrange(12), "kiosk", dice.choice((0.3, 9))))


def _cut_of(kind: str, who: str) -> Strike:
    def strike(world: World) -> bool:
        dice = world.random
        if world.blow is not None or world.process is None:
            return False
        if dice.random() < 0.4:
            fits = dice.choice(list(POINTS.values()))
            nth = dice.randrange(12)
            world.blow = Blow(kind, fits, nth, who, dice.choice((0.3, 9, 40)))
            return True
        if dice.random() < 0.7 and not world.acceptor.inside and not world.acceptor.untold:
            return False
        world.strike_now(Blow(kind, (), 0, who, dice.choice((0.3, 9, 40))))
        return True

    return strike


# --- the acceptor ---------------------------------------------------------------------------------


def _acceptor_power(world: World) -> bool:
    if not world.acceptor.powered or world.acceptor.inside:
        return False
    world.strike("acceptor: loses its power")
    world.acceptor_off()
    world.after(world.random.uniform(2, 90), world.acceptor_on)
    return True


def _acceptor_power_with_note(world: World) -> bool:
    if not (world.acceptor.powered and (world.acceptor.inside or world.acceptor.untold)):
        return False
    if world.random.random() < 0.6:  # now, or a step later
        return False
    state = world.acceptor.state.name.lower()
    world.strike("acceptor: loses its power with a note inside", f"while {state}")
    world.acceptor_off()
    world.after(world.random.uniform(1, 60), world.acceptor_on)
    return True


def _wire(kind: str, name: str) -> Strike:
    def strike(world: World) -> bool:
        peer = world.acceptor
        if not peer.powered or peer.state is State.DISABLED or any(peer.answers_left):
            return False
        count = world.random.choice((1, 1, 2, 3, 6, 15))
        getattr(peer, name)(count)
        world.strike(kind, f"{count} in a row")
        world.stations[ACCEPTOR].stir(4.0)
        return True

    return strike


def _lost_ack(world: World) -> bool:
    if world.acceptor.state is not State.STACKING:
        return False
    world.acceptor.lose_acks(world.random.choice((1, 2, 5)))
    world.strike("acceptor: acknowledgements lost")
    return True


def _busy(world: World) -> bool:
    if not world.acceptor.powered or world.process is None or not world.occupied:
        return False
    world.acceptor.busy(world.random.uniform(1, 6), world.device_s(ACCEPTOR))
    world.strike("acceptor: busy")
    world.stations[ACCEPTOR].stir(7.0)
    return True


def _freeze(world: World) -> bool:
    peer, station = world.acceptor, world.stations[ACCEPTOR]
    if not peer.powered or peer.frozen or peer.state is State.DISABLED:
        return False
    if peer.inside or world.random.random() < 0.02:
        peer.freeze(world.device_s(ACCEPTOR))
        world.strike("acceptor: its mechanics stand still", f"while {peer.state.name.lower()}")

        def thaw() -> None:
            peer.thaw(world.device_s(ACCEPTOR))
            station.stir(5.0)

        world.after(world.random.choice((1, 4, 12, 50)), thaw)
        return True
    return False


def _break(kind: str, name: str, *, with_note: bool) -> Strike:
    def strike(world: World) -> bool:
        peer = world.acceptor
        if not peer.powered or peer.frozen or bool(peer.inside) != with_note:
            return False
        if peer.state.name in ("POWER_UP", "INITIALIZE", "VALIDATOR_JAMMED", "CASSETTE_JAMMED"):
            return False
        if with_note and world.random.random() < 0.6:
            return False
        at_s = world.device_s(ACCEPTOR)
        world.shaken(kind)
        if name == "jam cassette":
            peer.jam(at_s, cassette=True)
        elif name == "fail":
            peer.fail(0x50, at_s)
        elif name == "cassette_full":
            peer.cassette_full(at_s)
        else:
            getattr(peer, name)(at_s)
        world.strike(kind, "with a note inside" if with_note else "")
        if name == "pause":
            world.after(world.random.uniform(5, 60), lambda: _unpause(world))
        world.stations[ACCEPTOR].stir(3.0)
        world.attendant_call(world.random.uniform(60, 1800))
        world.touched()
        return True

    return strike


def _unpause(world: World) -> None:
    if world.acceptor.state is State.PAUSED and not world.acceptor.inside:
        world.acceptor.repair(world.device_s(ACCEPTOR))
        world.stations[ACCEPTOR].stir(3.0)


def _lie(world: World) -> bool:
    world.acceptor.stacks_instead = True  # counted when it happens
    return True


# --- the coin acceptor ------------------------------------------------------------------------


def _coins_power(world: World) -> bool:
    if not world.coins.powered or (not world.coins.open and world.random.random() < 0.9):
        return False
    world.strike("coins: the acceptor loses its power")
    world.coins_off()
    world.after(world.random.uniform(2, 90), world.coins_on)
    return True


def _coins_wire(kind: str, name: str) -> Strike:
    def strike(world: World) -> bool:
        if not world.coins.open:
            return False
        getattr(world.coins, name)(world.random.choice((1, 2, 6)))
        world.strike(kind)
        world.stations[COINS].stir(4.0)
        return True

    return strike


def _coins_restart(world: World) -> bool:
    """It starts anew by itself, and says nothing of it."""
    if not world.coins.open:
        return False
    world.strike("coins: the acceptor starts anew by itself")
    world.coins_off()
    world.coins_on()
    return True


# --- the printer ----------------------------------------------------------------------------------


def _paper_out(world: World) -> bool:
    if world.printer.blocked:
        return False
    world.printer.paper("out")
    return _printer_struck(world, "printer: no paper before a slip")


def _paper_out_middle(world: World) -> bool:
    if world.printer.blocked or world.printer._ends_at is not None:
        return False
    world.printer.paper_out_after(world.random.randint(1, 40))
    return _printer_struck(world, "printer: the roll ends in the middle of a slip")


def _paper_low(world: World) -> bool:
    if world.printer.blocked:
        return False
    world.printer.paper("low")
    return _printer_struck(world, "printer: little paper")


def _cover(world: World) -> bool:
    if world.printer.blocked:
        return False
    world.printer.cover(True)
    return _printer_struck(world, "printer: cover open")


def _cutter(world: World) -> bool:
    if world.printer.blocked:
        return False
    world.printer.jam_cutter()
    return _printer_struck(world, "printer: the cutter sticks")


def _offline(world: World) -> bool:
    if world.printer.blocked:
        return False
    world.printer.offline(True)
    return _printer_struck(world, "printer: offline")


def _printer_broken(world: World) -> bool:
    if world.printer.blocked:
        return False
    world.printer.break_down()
    return _printer_struck(world, "printer: breaks down")


def _printer_power(world: World) -> bool:
    if not world.printer.powered:
        return False
    world.printer_off()
    world.after(world.random.uniform(3, 900), world.printer_on)
    return _printer_struck(world, "printer: loses its power")


def _printer_power_middle(world: World) -> bool:
    if not world.printer.powered or not world.printer.prints:
        return False
    world.printer_off()
    world.after(world.random.uniform(3, 100), world.printer_on)
    return _printer_struck(world, "printer: loses its power in the middle of a slip")


def _printer_struck(world: World, kind: str) -> bool:
    world.strike(kind)
    world.stations[PRINTER].stir(2.0)
    world.attendant_call(world.random.uniform(120, 5400))
    return True


# --- cables, clock, disk, messages ----------------------------------------------------------------


def _cable(kind: str, name: str) -> Strike:
    def strike(world: World) -> bool:
        station = world.stations[name]  # type: ignore[index]
        if not station.plugged or world.process is None:
            return False
        if name == ACCEPTOR and world.random.random() < 0.8 and not world.acceptor.inside:
            return False
        if name == COINS and world.random.random() < 0.9 and not world.coins.open:
            return False
        world.coins_told()
        station.pull()
        if name == COINS:
            world.auditor.coins_disturbed("its cable was out", lost=False)
        world.strike(kind)
        world.after(world.random.choice((1.5, 8, 40, 400)), station.push)
        return True

    return strike


def _clock(kind: str, by_s: float) -> Strike:
    def strike(world: World) -> bool:
        world.offset_s += by_s
        world.strike(kind)
        world.after(world.random.uniform(600, 7200), lambda: world.set_clock(kind))
        return True

    return strike


def _clock_1970(world: World) -> bool:
    # Only a start finds the clock like this; the time server is heard some minutes later.
    if world.process is not None:
        return False
    world.synced = False
    world.strike("clock: 1970 at a start")
    world.after(world.random.uniform(60, 3600), lambda: world.set_clock("1970"))
    return True


def _disk(what: str) -> Strike:
    def strike(world: World) -> bool:
        if world.disk_armed or world.process is None or world.blow is not None:
            return False
        dice, disk = world.random, world.disk
        world.disk_armed = True
        after = dice.randint(1, 60)
        if what == "full":
            disk.full_after(dice.choice((0, 2000, 30000)))
        elif what == "sync":
            disk.fail("sync", after=dice.randint(1, 12), lose=dice.choice(("later", "now")))
        elif what == "secrets":
            disk.fail("write", after=dice.randint(1, 6), where="secrets")
        else:
            disk.fail("write", after=after)
        return True

    return strike


def _space(world: World) -> bool:
    if world.process is None:
        return False
    world.free_now = LITTLE_BYTES
    world.strike("disk: little space left")
    world.after(world.random.uniform(300, 5000), world.make_room)
    return True


def _twice(event: str) -> Strike:
    def strike(world: World) -> bool:
        world.double_next = event  # counted when it happens
        return True

    return strike


def _foreign(kind: str, raw: str) -> Strike:
    def strike(world: World) -> bool:
        if world.process is None or not world.stations[STRIPE].plugged:
            return False
        if not world.occupied and world.random.random() < 0.9:
            return False
        world.stripe.swipe(raw)
        world.stations[STRIPE].stir()
        world.strike(kind)
        return True

    return strike


def _found(world: World) -> bool:
    if world.process is None or (not world.occupied and world.random.random() < 0.9):
        return False
    if not world.coming:
        return False
    world.show_card(world.coming.pop())
    world.strike("cards: nobody knows this one")
    return True


FAULTS: dict[str, tuple[float, Strike]] = {
    **{kind: (0.6, _cut(kind)) for kind in POINTS},
    **{kind: (0.7, _cut_of(kind, who)) for kind, who in CUT_KINDS.items()},
    "acceptor: loses its power": (0.3, _acceptor_power),
    "acceptor: loses its power with a note inside": (0.6, _acceptor_power_with_note),
    "acceptor: replies lost": (0.7, _wire("acceptor: replies lost", "drop_replies")),
    "acceptor: replies damaged": (0.7, _wire("acceptor: replies damaged", "corrupt_replies")),
    "acceptor: acknowledgements lost": (0.6, _lost_ack),
    "acceptor: busy": (0.4, _busy),
    "acceptor: its mechanics stand still": (0.4, _freeze),
    "acceptor: a jam in the validator": (
        0.3,
        _break("acceptor: a jam in the validator", "jam", with_note=True),
    ),
    "acceptor: a jam before the cassette": (
        0.3,
        _break("acceptor: a jam before the cassette", "jam cassette", with_note=True),
    ),
    "acceptor: a jam with nothing in it": (
        0.1,
        _break("acceptor: a jam with nothing in it", "jam", with_note=False),
    ),
    "acceptor: a note is pulled at": (
        0.3,
        _break("acceptor: a note is pulled at", "cheat", with_note=True),
    ),
    "acceptor: two notes at once": (
        0.2,
        _break("acceptor: two notes at once", "pause", with_note=True),
    ),
    "acceptor: its motor fails": (
        0.1,
        _break("acceptor: its motor fails", "fail", with_note=False),
    ),
    "acceptor: its motor fails with a note": (
        0.15,
        _break("acceptor: its motor fails with a note", "fail", with_note=True),
    ),
    "acceptor: the cassette is full": (
        0.15,
        _break("acceptor: the cassette is full", "cassette_full", with_note=False),
    ),
    "acceptor: the cassette is pulled out with a note on its way": (
        0.15,
        _break(
            "acceptor: the cassette is pulled out with a note on its way",
            "remove_cassette",
            with_note=True,
        ),
    ),
    "acceptor: stacks a note that it was told to give back": (0.6, _lie),
    "coins: the acceptor loses its power": (0.4, _coins_power),
    "coins: the acceptor starts anew by itself": (0.3, _coins_restart),
    "coins: replies lost": (0.5, _coins_wire("coins: replies lost", "drop_replies")),
    "coins: replies damaged": (0.5, _coins_wire("coins: replies damaged", "corrupt_replies")),
    "printer: no paper before a slip": (0.3, _paper_out),
    "printer: the roll ends in the middle of a slip": (0.3, _paper_out_middle),
    "printer: little paper": (0.2, _paper_low),
    "printer: cover open": (0.2, _cover),
    "printer: the cutter sticks": (0.2, _cutter),
    "printer: offline": (0.2, _offline),
    "printer: breaks down": (0.1, _printer_broken),
    "printer: loses its power": (0.2, _printer_power),
    "printer: loses its power in the middle of a slip": (0.3, _printer_power_middle),
    "cable: the acceptor's": (0.5, _cable("cable: the acceptor's", ACCEPTOR)),
    "cable: the coin acceptor's": (0.5, _cable("cable: the coin acceptor's", COINS)),
    "cable: the printer's": (0.3, _cable("cable: the printer's", PRINTER)),
    "cable: the stripe reader's": (0.2, _cable("cable: the stripe reader's", STRIPE)),
    "cable: the contactless reader's": (0.2, _cable("cable: the contactless reader's", READER)),
    "clock: an hour forward": (0.2, _clock("clock: an hour forward", 3600.0)),
    "clock: an hour back": (0.2, _clock("clock: an hour back", -3600.0)),
    "clock: 1970 at a start": (0.3, _clock_1970),
    "disk: a write fails": (0.3, _disk("write")),
    "disk: a write of the secrets fails": (0.1, _disk("secrets")),
    "disk: a sync fails": (0.3, _disk("sync")),
    "disk: full": (0.2, _disk("full")),
    "disk: little space left": (0.2, _space),
    "messages: twice NoteStacked": (0.3, _twice("NoteStacked")),
    "messages: twice NoteEscrowed": (0.3, _twice("NoteEscrowed")),
    "messages: twice CardPresented": (0.3, _twice("CardPresented")),
    "messages: twice CoinTaken": (0.3, _twice("CoinTaken")),
    "messages: twice SlipPrinted": (0.2, _twice("SlipPrinted")),
    "messages: twice NoteReturned": (0.2, _twice("NoteReturned")),
    "cards: of the old venue": (0.3, _foreign("cards: of the old venue", ";9900123456?")),
    "cards: a bank card": (0.2, _foreign("cards: a bank card", ";4111111111111111=2912?")),
    "cards: an entrance card": (0.2, _foreign("cards: an entrance card", ";550123=311226?")),
    "cards: nobody knows this one": (0.2, _found),
}
"""Kind: how often a day it is planned, and how it strikes."""

STRUCK = sorted(
    {
        *POINTS,
        *CUT_KINDS,
        *(
            kind
            for kind in FAULTS
            if not kind.startswith(("messages: twice", "disk: a ", "disk: full"))
        ),
        "power: a second time, in the recovery",
        "staff: decides the other way round afterwards",
        "disk: unsynced writes are lost",
        "disk: unsynced writes are torn",
        "disk: write EIO",
        "disk: sync EIO, lost later",
        "disk: sync EIO, lost at once",
        "disk: full",
        "messages: a device's event comes twice",
        "messages: a till says it twice",
        "messages: a till hears no answer and says it again",
        "cards: a bad swipe",
        "claims: a false ticket is brought",
        "claims: a note in suspense is credited",
        "claims: a ticket is brought twice",
        "claims: a ticket is redeemed",
        "claims: a ticket is redeemed in cash",
        "desk: a note is missing in the drawer",
        "desk: a note too much in the drawer",
        "desk: change is a claim",
        "desk: no change in the drawer",
        "desk: hears no answer and says it again",
        "desk: says it twice",
        "staff: the box is collected",
        "staff: the box is collected, another one is in",
        "coins: more at once than the acceptor remembers",
        "guests: a coin after Done",
        "guests: a coin where none is taken",
        "guests: a forged note",
        "guests: a note after Done",
        "guests: a note that is not taken here",
        "guests: a note where none is taken",
        "guests: another's card meanwhile",
        "guests: mistype",
        "guests: press something else",
        "guests: walk away in the middle",
        "guests: walk away with money in",
    }
)
"""Every kind that the table must show: in a long run one that never struck was not tested."""

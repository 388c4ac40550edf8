"""Coin acceptors that tell coins by pulses on a wire (CH-926, TB74, 616 …), on the pins of a Pi.

A coin is a train of pulses, each worth the same. There is no identity, no memory and no way to ask:
each pulse is told at once, so that it is on disk before the next one comes. How it must be wired:
docs/devices.md, "Pulses". The width of a pulse is measured by the times that the kernel gives its
edges, so a busy machine changes nothing about it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from gpiozero import DigitalInputDevice, DigitalOutputDevice

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId, NoteId, note_id
from kiosk.core.messages import (
    AcceptCoins,
    AcceptorChanged,
    AcceptorState,
    AcknowledgeCoin,
    CoinRejected,
    CoinTaken,
    Effect,
    Event,
    RecallCoins,
    RefuseCoins,
    Role,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware.causes import cause_of
from kiosk.hardware.device import Options
from kiosk.hardware.gpio import pin_factory
from kiosk.hardware.transport import Transport

log = logging.getLogger(__name__)

IDLE_S = 0.05
"""So long at most a poll waits for the next edge."""
HELD_S = 1.0
"""A line that a pulse holds for so long is broken, or its acceptor has no power."""
GLITCHES_TOLD_S = 1.0
"""Disturbances are told at most so often."""


class PulseAcceptor:
    """One acceptor: a wire of pulses, and one that lets it take coins.

    Options: ``pins``, ``coin``, ``inhibit``, ``pulse_min_ms``, ``pulse_max_ms``, ``train_gap_ms``,
    ``pulse_minor``, ``active_low``, ``accept_high``, ``currency`` (see ``[driver.pulse]`` in
    default.toml). It has no use for `connect`.

    Args:
        device: its name.
        options: its settings, complete.
        start: the number of this start of the process.
        connect: not used.
        clock: seconds that never step, for what is no width of a pulse.

    Raises:
        ConfigError: no such `pins`, a pin that is missing or used twice, widths that no pulse can
            have, a pulse worth nothing, a currency that is not known.
    """

    role: ClassVar[Role] = "coins"

    def __init__(
        self,
        device: DeviceId,
        options: Options,
        *,
        start: int,
        connect: Callable[[], Transport],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._device = device
        self._options = options
        self._start = start
        self._clock = clock
        self._pins = str(options["pins"])
        self._numbers = {name: int(options[name]) for name in ("coin", "inhibit")}
        self._min_s = int(options["pulse_min_ms"]) / 1000
        self._max_s = int(options["pulse_max_ms"]) / 1000
        self._train_gap_s = int(options["train_gap_ms"]) / 1000
        self._active_low = bool(options["active_low"])
        self._accept_high = bool(options["accept_high"])
        if mistakes := self._mistakes(options):
            raise ConfigError([f"[devices.{device}] {mistake}" for mistake in mistakes])
        self._value = Money(int(options["pulse_minor"]), CURRENCIES[str(options["currency"])])
        # What lives as long as the process: what was counted and is not on disk yet.
        self._counted = 0
        self._told: dict[NoteId, CoinTaken] = {}
        self.trains: Counter[int] = Counter()
        """How many coins there were of so many pulses, for the bench and for people."""
        self._edges: deque[tuple[float, bool]] = deque()
        self._came = threading.Event()
        self._factory: Any = None
        self._wire: DigitalInputDevice | None = None
        self._gate: DigitalOutputDevice | None = None
        self._greet()

    def _mistakes(self, options: Options) -> list[str]:
        mistakes = []
        if self._pins not in ("lgpio", "mock"):
            mistakes.append(f'pins: "{self._pins}" is neither lgpio nor mock')
        mistakes += [
            f"{name}: this acceptor needs a pin there"
            for name, at in self._numbers.items()
            if at < 0
        ]
        if len(set(self._numbers.values())) < len(self._numbers):
            mistakes.append(f"coin and inhibit are on one pin: {self._numbers['coin']}")
        if not 0 < self._min_s < self._max_s:
            mistakes.append(
                "pulse_min_ms, pulse_max_ms: a pulse must be of some length between them"
            )
        if int(options["pulse_minor"]) <= 0:
            mistakes.append("pulse_minor: a pulse must be worth something")
        if (code := str(options["currency"])) not in CURRENCIES:
            mistakes.append(f'currency: no currency "{code}"; one of {", ".join(CURRENCIES)}')
        return mistakes

    def _greet(self) -> None:
        """Forget what belongs to one opening of the pins."""
        self._recalled = self._wanted = False
        self._state: AcceptorState | None = None
        self._began: float | None = None
        self._ended: float | None = None
        self._down_since_s: float | None = None
        self._train, self._train_s = 0, 0.0
        self._glitches, self._glitch_told_s = 0, float("-inf")

    # --- the contract --------------------------------------------------------------------------

    def open(self) -> str:
        """See `Device.open`. The acceptor takes nothing."""
        self.close()
        self._greet()
        coin, inhibit = self._numbers["coin"], self._numbers["inhibit"]
        try:
            self._factory = pin_factory(self._pins)
            self._gate = DigitalOutputDevice(
                inhibit, active_high=self._accept_high, pin_factory=self._factory
            )
            self._wire = DigitalInputDevice(
                coin, pull_up=self._active_low, pin_factory=self._factory
            )
            # Past gpiozero's own events: they come without the time of the edge.
            self._wire.pin.when_changed = self._edge
        except DeviceError:
            raise
        except Exception as error:  # lgpio raises errors of its own, of a pin that is in use
            raise DeviceError(f"pins: {error}", cause_of(error)) from error
        return f"pulses on GPIO{coin}, inhibit on GPIO{inhibit}"

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """See `Device.poll`. What is not acknowledged is told again every time."""
        if self._wire is None:
            raise DeviceError("the pins are closed")
        self._came.wait(min(timeout_s, IDLE_S))
        self._came.clear()
        self._count()
        now_s = self._clock()
        if self._train and now_s - self._train_s >= self._train_gap_s:
            self._end_train()
        if not self._wire.is_active:
            self._down_since_s = None
        elif self._down_since_s is None:
            self._down_since_s = now_s
        told = self._told.values() if self._recalled else ()
        return [*told, *self._changed(now_s), *self._disturbed(now_s)]

    def perform(self, effect: Effect) -> None:
        """See `Device.perform`. Pulses cannot choose: any value that is wanted opens it for all."""
        if isinstance(effect, AcceptCoins):
            self._wanted = bool(effect.values)
        elif isinstance(effect, RefuseCoins):
            self._wanted = False
        elif isinstance(effect, RecallCoins):
            self._recalled = True  # a pulse is on nobody's books but ours: there is no mark
        elif isinstance(effect, AcknowledgeCoin):
            self._told.pop(effect.coin, None)
        else:
            raise TypeError(f"{effect} is not for a coin acceptor")
        self._open_or_shut()

    def close(self) -> None:
        """See `Device.close`. The inhibit pin floats then: the wiring keeps the acceptor shut.

        Pulses that have come by then are counted by the next poll.
        """
        if self._gate:
            self._gate.off()
        for thing in (self._gate, self._wire):
            if thing:
                thing.close()
        self._gate = self._wire = None
        if self._factory:
            self._factory.close()
        self._factory = None

    def pretended(self) -> tuple[Any, Options]:
        """The factory of these mock pins and the settings, for the bench.

        What is done to the pins is told as real.

        Raises:
            ValueError: these pins are real, or not open.
        """
        if self._pins != "mock" or self._factory is None:
            raise ValueError("the pins of this coin acceptor are real ones, or not open")
        return self._factory, self._options

    # --- pulses --------------------------------------------------------------------------------

    def _edge(self, ticks: float, level: int) -> None:
        # In a thread of gpiozero's: it only leaves word.
        self._edges.append((ticks, bool(level) is not self._active_low))
        self._came.set()

    def _count(self) -> None:
        """Make pulses of the edges that have come."""
        while self._edges:
            at_s, begins = self._edges.popleft()
            if begins:
                self._began = at_s
                continue
            began_s, self._began = self._began, None
            if began_s is not None and self._min_s <= at_s - began_s <= self._max_s:
                self._pulse(began_s, at_s)
            else:
                self._glitches += 1
                width = "unknown" if began_s is None else f"{(at_s - began_s) * 1000:.1f} ms"
                log.warning("%s: a pulse of a wrong width: %s", self._device, width)

    def _pulse(self, began_s: float, ended_s: float) -> None:
        gap_s = None if self._ended is None else began_s - self._ended
        self._ended = ended_s
        if gap_s is not None and 0 <= gap_s < self._min_s / 2:
            # No acceptor pauses so briefly: one pulse, and a contact that bounced in it.
            self._glitches += 1
            log.warning("%s: a pulse in two parts, counted once", self._device)
            return
        if self._train and gap_s is not None and gap_s >= self._train_gap_s:
            self._end_train()
        self._train += 1
        self._train_s = self._clock()
        self._counted += 1
        coin = note_id(self._device, self._start, self._counted)
        self._told[coin] = CoinTaken(self._device, coin, self._value)

    def _end_train(self) -> None:
        self.trains[self._train] += 1
        log.info("%s: a coin of %d pulses", self._device, self._train)
        self._train = 0

    # --- what it says of itself ------------------------------------------------------------------

    def _held(self, now_s: float) -> bool:
        return self._down_since_s is not None and now_s - self._down_since_s >= HELD_S

    def _changed(self, now_s: float) -> Sequence[Event]:
        if not self._recalled:
            return ()  # what came in before is told first: until then the core lets nothing in
        state: AcceptorState = "disabled"
        if self._held(now_s):
            state = "failed"
        elif self._train:
            state = "busy"
        elif self._recalled and self._wanted:
            state = "ready"
        if state == self._state:
            return ()
        self._state = state
        self._open_or_shut()
        held = "the pulse line is held: is the acceptor without power, or a wire off?"
        return (AcceptorChanged(self._device, state, held if state == "failed" else ""),)

    def _open_or_shut(self) -> None:
        if self._gate is None:
            return
        if self._recalled and self._wanted and self._state != "failed":
            self._gate.on()
        else:
            self._gate.off()

    def _disturbed(self, now_s: float) -> Sequence[Event]:
        if not self._glitches or now_s - self._glitch_told_s < GLITCHES_TOLD_S:
            return ()
        log.warning("%s: %d pulses were none", self._device, self._glitches)
        self._glitches, self._glitch_told_s = 0, now_s
        return (CoinRejected(self._device, "glitch"),)

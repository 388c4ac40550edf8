"""A simulated coin acceptor that speaks by pulses (like a CH-926), from the protocol page alone.

A coin is a train of pulses on an open collector: the wire is high by its pull-up, and low while a
pulse lasts. A train ends with silence. A second wire lets the acceptor take coins; while nobody
drives it, its own resistor keeps the acceptor shut.

It keeps the physical truth beside the wire: ``inserted == boxed + returned`` at any time, and of
what is in the box ``owed`` pulses were never given, because the power failed.

Source: docs/devices.md, pulse acceptors: 30 to 100 ms low, one or more pulses a coin, some 300 ms
of silence after a train. Not modelled: the way of a coin through the acceptor and its jams, the
belief of an acceptor in false coins, and acceptors that go on with a train when power is back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

EUROS: Mapping[int, int] = {10: 1, 20: 2, 50: 5, 100: 10, 200: 20}
"""A coin's value in minor units → its pulses."""


class Wires(Protocol):
    """The two wires between acceptor and host."""

    def drive(self, at_s: float, *, low: bool) -> None:
        """Pull the wire of pulses to ground at this time, or let it go."""

    def gate(self) -> bool | None:
        """Whether the host drives the other wire high; None while nobody drives it."""


class MockWires:
    """Pins of a `MockFactory` of gpiozero; who watches them is given the time of each edge.

    Args:
        factory: the one that the host's pins are of.
        coin: the number of the pin on which pulses come.
        inhibit: the number of the pin that lets the acceptor take coins.
    """

    def __init__(self, factory: Any, *, coin: int, inhibit: int) -> None:
        self._factory = factory
        self._coin = coin
        self._inhibit = inhibit

    def drive(self, at_s: float, *, low: bool) -> None:
        """See `Wires`."""
        pin = self._factory.pin(self._coin)
        before = bool(pin.state)
        # The pin itself would tell the time of this machine's clock.
        watching, pin.when_changed = pin.when_changed, None
        pin.drive_low() if low else pin.drive_high()
        if watching:
            pin.when_changed = watching
            if before == low:
                watching(at_s, int(not low))

    def gate(self) -> bool | None:
        """See `Wires`."""
        pin = self._factory.pin(self._inhibit)
        return bool(pin.state) if pin.function == "output" else None


@dataclass(frozen=True)
class Timing:
    """Of a train, in seconds. `decide_s` is from the coin to the first pulse."""

    width_s: float = 0.05
    gap_s: float = 0.1
    silence_s: float = 0.3
    decide_s: float = 0.2


class PulseAcceptor:
    """The device. All times are seconds of the caller's clock and must not go back.

    Args:
        wires: how it is wired.
        pulses: a coin's value → how many pulses tell it; what is not in it falls through.
        accept_high: whether a driven-high wire lets it take coins, or a driven-low one.
        timing: see `Timing`.
        widths: seconds of one pulse after the other instead of `timing.width_s`, for acceptors
            that are not as they should be; they begin anew when they are used up.
        boot_pulse_s: so long the wire is low when the power comes back; 0: not at all.
    """

    def __init__(
        self,
        wires: Wires,
        *,
        pulses: Mapping[int, int] = EUROS,
        accept_high: bool = True,
        timing: Timing | None = None,
        widths: tuple[float, ...] = (),
        boot_pulse_s: float = 0.0,
    ) -> None:
        if any(count < 1 for count in pulses.values()):
            raise ValueError("a coin has one pulse at least")
        self._wires = wires
        self.pulses = dict(pulses)
        self.accept_high = accept_high
        self.timing = timing or Timing()
        self._widths = deque(widths)
        self.boot_pulse_s = boot_pulse_s
        # The physical truth.
        self.inserted: list[int] = []
        self.boxed: list[int] = []
        self.returned: list[int] = []
        self.given = 0
        self.owed = 0
        self.powered = True
        # What is to come on the wire: when, low or not, and whether it ends a pulse of a coin.
        self._edges: deque[tuple[float, bool, bool]] = deque()
        self._free_s = float("-inf")
        self._stuck = False

    # What stands at the wires ------------------------------------------------------------------

    @property
    def open(self) -> bool:
        """Whether it takes coins: with power, and let by the wire that nobody has cut."""
        gate = self._wires.gate()
        return self.powered and gate is not None and gate == self.accept_high

    @property
    def next_s(self) -> float | None:
        """When the next edge comes, if one is on its way."""
        return self._edges[0][0] if self._edges else None

    def tick(self, now_s: float) -> None:
        """Let time pass: every edge that is due is driven, at its own time."""
        while self._edges and self._edges[0][0] <= now_s:
            at_s, low, ends = self._edges.popleft()
            if not self._stuck:
                self._wires.drive(at_s, low=low)
            if ends:
                self.given += 1
                self.owed -= 1

    # What hands and accidents do ---------------------------------------------------------------

    def insert(self, minor: int, now_s: float) -> str:
        """A guest drops a coin. One that is not taken falls through.

        Returns:
            What happened, for people.
        """
        self.tick(now_s)
        self.inserted.append(minor)
        count = self.pulses.get(minor, 0)
        if not self.open or not count:
            self.returned.append(minor)
            why = "not known" if self.open else "shut" if self.powered else "no power"
            return f"{minor} falls through: {why}"
        self.boxed.append(minor)
        self.owed += count
        begins_s = max(now_s + self.timing.decide_s, self._free_s)
        for _ in range(count):
            ends_s = begins_s + self._width_s()
            self._plan((begins_s, True, False), (ends_s, False, True))
            begins_s = ends_s + self.timing.gap_s
        self._free_s = begins_s - self.timing.gap_s + self.timing.silence_s
        return f"{minor} is in the box: {count} pulses"

    def glitch(self, width_s: float, now_s: float) -> None:
        """Something disturbs the wire for so long: a relay, a phone, somebody with a lighter."""
        self.tick(now_s)
        self._wires.drive(now_s, low=True)
        self._plan((now_s + width_s, False, False))

    def bounce(self, times: int, apart_s: float) -> None:
        """The next pulse on its way begins with a contact that bounces so often."""
        at_s = next((at_s for at_s, low, _ in self._edges if low), None)
        if at_s is None:
            return
        for count in range(times, 0, -1):
            again_s = at_s + 2 * count * apart_s
            self._plan((again_s - apart_s, False, False), (again_s, True, False))

    def stick(self, now_s: float) -> None:
        """The wire is held to ground: a short circuit, or an acceptor on the wrong voltage."""
        self.tick(now_s)
        self._wires.drive(now_s, low=True)
        self._stuck = True

    def release(self, now_s: float) -> None:
        """The wire is free again."""
        self._stuck = False
        self._wires.drive(now_s, low=False)

    def power_cut(self, now_s: float) -> None:
        """The power fails: a pulse ends here, and the rest of the train never comes."""
        self.tick(now_s)
        self.powered = False
        self._edges.clear()
        self._free_s = now_s
        if not self._stuck:
            self._wires.drive(now_s, low=False)

    def power_up(self, now_s: float) -> None:
        """The power is back. It remembers nothing."""
        self.powered = True
        if self.boot_pulse_s and not self._stuck:
            self._wires.drive(now_s, low=True)
            self._plan((now_s + self.boot_pulse_s, False, False))

    def _plan(self, *edges: tuple[float, bool, bool]) -> None:
        self._edges = deque(sorted((*self._edges, *edges), key=lambda edge: edge[0]))

    def _width_s(self) -> float:
        if not self._widths:
            return self.timing.width_s
        self._widths.rotate(-1)
        return self._widths[-1]

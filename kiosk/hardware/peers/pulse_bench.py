"""How the bench drops a coin into a pretended acceptor with pulses: on the driver's mock pins."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from kiosk.hardware.peers import Options
from kiosk.hardware.peers.bench import only
from kiosk.hardware.peers.money import minor
from kiosk.hardware.peers.pulse import MockWires, PulseAcceptor


def coin(
    words: list[str],
    factory: Any,
    options: Options,
    *,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> str:
    """``coin VALUE``: a coin goes in or falls through; takes as long as its pulses last.

    Args:
        words: what the coin is worth, such as 5 or 0.50.
        factory: the mock pins of the driver.
        options: the driver's.
        clock: seconds that never step.
        wait: lets so many of them pass.

    Returns:
        What happened, for people.

    Raises:
        ValueError: that is no coin.
    """
    only("coin", words, 1, "coin VALUE")
    value, unit = minor("coin", words[0]), int(options["pulse_minor"])
    if not value or value % unit:
        raise ValueError(
            f"coin: a pulse is worth {unit / 100:.2f}; {words[0]} is no pulses of that"
        )
    wires = MockWires(factory, coin=int(options["coin"]), inhibit=int(options["inhibit"]))
    acceptor = PulseAcceptor(
        wires, pulses={value: value // unit}, accept_high=bool(options["accept_high"])
    )
    told = acceptor.insert(value, clock())
    while (next_s := acceptor.next_s) is not None:
        wait(max(0.0, next_s - clock()))
        acceptor.tick(clock())
    wait(acceptor.timing.silence_s)  # the next coin has a train of its own
    return told

"""Lights and a coin acceptor of pulses on a gpiochip whose legs are driven and seen from outside.

Run inside as the kiosk's user, on arm64: the chip is the emulator's PL061 under Debian's driver,
the way to it gpiozero and lgpio as they ship. It has eight lines, of which one is the power button.
"""

from __future__ import annotations

from collections import Counter

from kiosk.core.ids import NoteId
from kiosk.core.messages import (
    AcceptCoins,
    AcceptorChanged,
    AcknowledgeCoin,
    CoinRejected,
    CoinTaken,
    DeviceUp,
    Light,
    RecallCoins,
    Sound,
)
from kiosk.hardware.gpio import Lights
from kiosk.hardware.pulse import PulseAcceptor
from tests.devices_vm.guest import Served, check, end, no_line, options, please, until

RED, GREEN, BLUE, BUZZER, COIN, INHIBIT = 4, 5, 6, 1, 7, 2
TRAINS = (1, 5, 10, 3)


def main() -> None:
    of_lights = options("gpio", red=RED, green=GREEN, blue=BLUE, buzzer=BUZZER)
    of_coins = options("pulse", coin=COIN, inhibit=INHIBIT, currency="RUB")
    lights = Served("lights", lambda: Lights("lights", of_lights, start=1, connect=no_line))
    check("the lights' pins are open", True, lights.told(DeviceUp).detail)
    for pattern in ("ready", "money", "out_of_order", "off"):
        lights.do(Light(pattern))
        please(f"see-{pattern}")
        check(f"{pattern} is seen on the legs", True)
    lights.do(Sound("attention"))
    please("hear")
    check("three tones are heard", True)

    acceptor = PulseAcceptor("coins", of_coins, start=1, connect=no_line)
    coins = Served("coins", lambda: acceptor)
    check("the acceptor's pins are open", True, coins.told(DeviceUp).detail)
    please("see-shut")
    coins.do(RecallCoins("coins", ""))
    coins.do(AcceptCoins("coins", (100,)))
    coins.told(AcceptorChanged, lambda event: event.state == "ready")
    please("see-open")
    check("the inhibit leg is high while it takes coins, and was not before", True)

    counted: set[NoteId] = set()

    def count() -> None:
        for event in coins.since(0, CoinTaken):
            if event.coin not in counted:
                counted.add(event.coin)
                coins.do(AcknowledgeCoin(event.coin))

    for number, pulses in enumerate(TRAINS, 1):
        please(f"train-{pulses}")

        def ended(number: int = number) -> bool:
            count()
            return sum(acceptor.trains.values()) >= number

        until(f"a train of {pulses}", ended)
        expected = Counter(TRAINS[:number])
        check(f"a train of {pulses} pulses is exact", acceptor.trains == expected, len(counted))
    check("each pulse is a coin of its own", len(counted) == sum(TRAINS), len(counted))
    please("glitches")
    coins.told(CoinRejected)
    count()
    check("what is too short is no pulse", len(counted) == sum(TRAINS), len(counted))
    coins.stop()
    please("see-shut")
    check("the inhibit leg is low when the driver has ended", True)
    lights.stop()


if __name__ == "__main__":
    main()
    end("pins")

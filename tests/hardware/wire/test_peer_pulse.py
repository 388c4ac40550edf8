"""The simulated pulse acceptor: what is on its wires, and that no coin vanishes from its truth."""

from __future__ import annotations

from itertools import pairwise

import pytest
from gpiozero import DigitalInputDevice, DigitalOutputDevice
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import strategies as st

from kiosk.hardware.peers.pulse import EUROS, MockWires, PulseAcceptor, Timing

COIN, INHIBIT = 17, 27


class Wires:
    """What was driven, and a gate to turn."""

    def __init__(self, *, high: bool | None = True) -> None:
        self.edges: list[tuple[float, bool]] = []
        self.high = high

    def drive(self, at_s: float, *, low: bool) -> None:
        self.edges.append((at_s, low))

    def gate(self) -> bool | None:
        return self.high

    def widths_ms(self) -> list[int]:
        lows = [at_s for at_s, low in self.edges if low]
        highs = [at_s for at_s, low in self.edges if not low]
        return [round((end - begin) * 1000) for begin, end in zip(lows, highs, strict=True)]


def test_a_coin_is_a_train_of_pulses_that_ends_with_silence() -> None:
    wires = Wires()
    peer = PulseAcceptor(wires)
    assert peer.insert(50, 0.0) == "50 is in the box: 5 pulses"
    assert "1 pulses" in peer.insert(10, 0.1)  # right behind it
    assert (peer.given, peer.owed) == (0, 6)
    assert peer.next_s == pytest.approx(0.2)
    peer.tick(10.0)
    assert wires.widths_ms() == [50] * 6
    begins = [at_s for at_s, low in wires.edges if low]
    gaps = [round((b - a) * 1000) for a, b in pairwise(begins)]
    assert gaps == [150, 150, 150, 150, 50 + 300]
    assert (peer.given, peer.owed, peer.next_s) == (6, 0, None)


@pytest.mark.parametrize("accept_high", [True, False])
def test_it_obeys_its_inhibit_wire_and_a_wire_that_nobody_drives_shuts_it(
    accept_high: bool,
) -> None:
    wires = Wires(high=None)
    peer = PulseAcceptor(wires, accept_high=accept_high)
    assert peer.insert(50, 0.0) == "50 falls through: shut"
    wires.high = not accept_high
    assert "shut" in peer.insert(100, 1.0)
    wires.high = accept_high
    assert "in the box" in peer.insert(200, 2.0)
    assert peer.insert(5, 2.0) == "5 falls through: not known"
    wires.high = not accept_high  # too late for the coin that is in
    peer.tick(20.0)
    assert (peer.returned, peer.boxed, peer.given) == ([50, 100, 5], [200], 20)


def test_a_power_cut_ends_a_pulse_early_and_the_rest_of_the_train_is_owed() -> None:
    wires = Wires()
    peer = PulseAcceptor(wires)
    peer.insert(50, 0.0)
    peer.tick(0.36)  # in the second pulse
    peer.power_cut(0.36)
    peer.tick(10.0)
    assert wires.widths_ms() == [50, 10]
    assert (peer.given, peer.owed, peer.boxed) == (1, 4, [50])
    assert peer.insert(50, 11.0) == "50 falls through: no power"
    peer.power_up(12.0)
    peer.insert(10, 12.0)
    peer.tick(20.0)
    assert (peer.given, peer.owed) == (2, 4)


def test_some_pulse_when_their_power_comes_back() -> None:
    wires = Wires()
    peer = PulseAcceptor(wires, boot_pulse_s=0.4)
    peer.power_cut(0.0)
    peer.power_up(1.0)
    peer.tick(2.0)
    assert wires.edges[1:] == [(1.0, True), (1.4, False)]
    assert peer.given == 0


def test_disturbances_are_on_the_wire_and_not_in_the_truth() -> None:
    wires = Wires()
    peer = PulseAcceptor(wires, widths=(0.03, 0.1))
    peer.glitch(0.002, 0.0)
    peer.insert(20, 0.1)
    peer.bounce(2, 0.001)
    peer.tick(5.0)
    assert wires.widths_ms() == [2, 1, 1, 26, 100]
    assert (peer.given, peer.owed) == (2, 0)
    peer.stick(6.0)
    peer.insert(10, 7.0)
    peer.tick(8.0)
    assert wires.edges[-1] == (6.0, True)
    peer.release(9.0)
    assert wires.edges[-1] == (9.0, False)


def test_on_mock_pins_a_host_sees_each_edge_at_its_time() -> None:
    factory = MockFactory()
    pulses = DigitalInputDevice(COIN, pull_up=True, pin_factory=factory)
    seen: list[tuple[float, bool]] = []

    def changed(ticks: float, level: int) -> None:
        seen.append((ticks, bool(level)))

    pulses.pin.when_changed = changed  # gpiozero holds it weakly
    peer = PulseAcceptor(MockWires(factory, coin=COIN, inhibit=INHIBIT), timing=Timing(0.06))
    assert not peer.open, "nobody drives the wire"
    gate = DigitalOutputDevice(INHIBIT, pin_factory=factory)
    assert not peer.open
    gate.on()
    peer.insert(20, 1.0)
    peer.tick(3.0)
    expected = [(1.2, False), (1.26, True), (1.36, False), (1.42, True)]
    assert seen == [(pytest.approx(at_s), level) for at_s, level in expected]
    gate.close()
    assert not peer.open
    pulses.close()


def test_a_coin_without_a_pulse_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="one pulse at least"):
        PulseAcceptor(Wires(), pulses={50: 0})


STEPS = st.lists(
    st.one_of(
        st.sampled_from([*EUROS, 1]).map(lambda coin: ("insert", coin)),
        st.sampled_from(["power_cut", "power_up", "stick", "release"]).map(lambda s: (s, 0)),
        st.floats(0.0, 0.5).map(lambda width_s: ("glitch", width_s)),
        st.sampled_from([None, False, True]).map(lambda high: ("gate", high)),
        st.floats(0.0, 2.0).map(lambda seconds: ("wait", seconds)),
    ),
    max_size=40,
)


@given(STEPS)
def test_every_coin_is_in_the_box_or_given_back_and_every_pulse_given_or_owed(
    steps: list[tuple[str, object]],
) -> None:
    wires, now_s = Wires(), 0.0
    peer = PulseAcceptor(wires)
    for verb, what in steps:
        if verb == "wait":
            now_s += float(str(what))
            peer.tick(now_s)
        elif verb == "gate":
            wires.high = what  # type: ignore[assignment]
        elif verb == "insert":
            peer.insert(int(str(what)), now_s)
        elif verb == "glitch":
            peer.glitch(float(str(what)), now_s)
        else:
            getattr(peer, verb)(now_s)
        assert sorted(peer.inserted) == sorted(peer.boxed + peer.returned)
        assert peer.given + peer.owed == sum(EUROS[coin] for coin in peer.boxed)
        assert peer.owed >= 0
    times = [at_s for at_s, _ in wires.edges]
    assert times == sorted(times)

"""What only coin acceptors with pulses do: trains that break off, disturbances, a held wire."""

from __future__ import annotations

import pytest

from kiosk.core.messages import CoinRejected
from kiosk.hardware import pulse
from tests.hardware.contract.coin_rigs import COINS, Defaults, Kiosk, Pulses


def test_the_power_of_an_acceptor_fails_in_the_middle_of_a_train(defaults: Defaults) -> None:
    rig = Pulses(defaults)
    kiosk = Kiosk(rig).open()
    rig.insert(1000)
    for _ in range(8):
        kiosk.events += kiosk.device.poll(rig.step())
    rig.peer.power_cut(rig.now_s)
    kiosk.poll(2)
    assert rig.peer.given <= len(kiosk.credited) <= rig.peer.given + 1  # one ends with the power
    assert 0 < len(kiosk.credited) < 10
    rig.peer.power_up(rig.now_s)
    before = len(kiosk.credited)
    rig.insert(500)
    kiosk.poll(2)
    assert len(kiosk.credited) == before + 5


def test_pulses_of_a_wrong_width_are_disturbances(defaults: Defaults) -> None:
    rig = Pulses(defaults, widths=(0.05, 0.25, 0.01))
    kiosk = Kiosk(rig).open()
    rig.insert(500)
    kiosk.poll(2)
    assert len(kiosk.credited) == 2
    assert CoinRejected(COINS, "glitch") in kiosk.events


@pytest.mark.parametrize("apart_s", [0.0002, 0.001, 0.003])
def test_a_contact_that_bounces_makes_no_coin_more(defaults: Defaults, apart_s: float) -> None:
    rig = Pulses(defaults)
    kiosk = Kiosk(rig).open()
    rig.insert(500)
    rig.peer.bounce(3, apart_s)
    kiosk.poll(2)
    assert kiosk.sums_agree


def test_disturbances_make_no_coin(defaults: Defaults) -> None:
    rig = Pulses(defaults)
    kiosk = Kiosk(rig).open()
    for _ in range(100):
        rig.peer.glitch(0.002, rig.now_s)
        rig.now_s += 0.003
    kiosk.poll(2)
    assert kiosk.credited == {}
    assert 1 <= kiosk.events.count(CoinRejected(COINS, "glitch")) <= 7


def test_a_wire_held_to_ground_is_a_fault_until_it_is_free(defaults: Defaults) -> None:
    rig = Pulses(defaults)
    kiosk = Kiosk(rig).open()
    rig.peer.stick(rig.now_s)
    kiosk.poll()
    assert kiosk.states()[-1] == "failed"
    assert not rig.insert(100)
    rig.peer.release(rig.now_s)
    kiosk.poll()
    assert kiosk.states()[-1] == "ready"
    assert kiosk.credited == {} and rig.insert(100)
    kiosk.poll(2)
    assert kiosk.sums_agree


def test_a_train_is_one_coin_for_the_counting(defaults: Defaults) -> None:
    rig = Pulses(defaults)
    kiosk = Kiosk(rig).open()
    for value in (500, 100, 1000, 500):
        rig.insert(value)
    kiosk.poll(6)
    assert isinstance(kiosk.device, pulse.PulseAcceptor)
    assert kiosk.device.trains == {5: 2, 1: 1, 10: 1}


def test_only_what_is_on_no_disk_yet_dies_with_the_kiosk(defaults: Defaults) -> None:
    """A pulse has no mark: nobody can tell it again."""
    rig = Pulses(defaults)
    kiosk = Kiosk(rig).open()
    rig.insert(500)
    kiosk.poll(2)
    kiosk.disk = False
    rig.insert(100)
    kiosk.poll(2)
    kiosk.die().open()
    rig.insert(200)
    kiosk.poll(2)
    assert (len(rig.box), len(kiosk.credited)) == (8, 7)

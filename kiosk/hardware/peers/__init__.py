"""Simulated devices: state machines at the far end of a transport, sharing no code with a driver.

`start` gives a driver's peer on a line of its own. What drives a peer from outside (the bench, a
test) does so through its verbs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Protocol

Options = Mapping[str, str | int | bool]
Verb = Callable[[list[str]], str]
"""Words in, what happened out; raises ValueError that says what is wrong with the words."""

PEERS: dict[str, str] = {
    "atol": "kiosk.hardware.peers.desk:fiscal",
    "ccnet": "kiosk.hardware.peers.notes:of_ccnet",
    "cctalk_coins": "kiosk.hardware.peers.money:coins",
    "cctalk_hopper": "kiosk.hardware.peers.money:hopper",
    "cctalk_notes": "kiosk.hardware.peers.money:notes",
    "escpos": "kiosk.hardware.peers.bench:printer",
    "id003": "kiosk.hardware.peers.notes:of_id003",
    "magstripe": "kiosk.hardware.peers.bench:stripe_reader",
    "nexo": "kiosk.hardware.peers.desk:terminal",
    "pcsc": "kiosk.hardware.peers.vpcd:start",
    "scanner": "kiosk.hardware.peers.bench:scanner",
    "ssp": "kiosk.hardware.peers.notes:of_ssp",
    "zvt": "kiosk.hardware.peers.desk:terminal_of_zvt",
}
"""Name of a driver → "module:function" that starts its peer; loaded when asked for."""


class RunningPeer(Protocol):
    """A simulated device that a driver can be connected to."""

    @property
    def port(self) -> str:
        """What the driver's `port` setting has to be."""

    @property
    def verbs(self) -> Mapping[str, Verb]:
        """What can be done to the device, by name."""

    def unplug(self) -> None:
        """Pull its cable."""

    def plug(self) -> None:
        """Put its cable back, under the same port."""

    def stop(self) -> None:
        """Take it away for good; safe to call twice."""


def start(driver: str, options: Options) -> RunningPeer:
    """Start the peer of this driver.

    Raises:
        ValueError: there is no peer for this driver, or an option is of no use.
    """
    if driver not in PEERS:
        raise ValueError(f"no simulated device for driver {driver!r}; there is {', '.join(PEERS)}")
    module, _, function = PEERS[driver].partition(":")
    running: RunningPeer = getattr(import_module(module), function)(options)
    return running

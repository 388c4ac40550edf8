"""Training (A12): the same kiosk over books of its own, in which nothing is meant.

What is written goes into a store of its own, made anew each time; what is taken comes from a
simulated acceptor: the real one is not even opened, so that no real note can get into these books.
Nor is that of coins, and there is none in its place: a coin could not be given back.
Nothing goes out: no mirror, no tills, no messages, no fiscal device, no terminal.

Source: docs/adr/0023-training.md.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.core import training, venue_file
from kiosk.core.clock import Now
from kiosk.core.config import Config, DeviceConfig
from kiosk.core.errors import ConfigError, Refused
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Effect, PretendNote
from kiosk.core.settings import ImportVenue, VenueDocuments
from kiosk.core.store import Store
from kiosk.core.venue import Venue
from kiosk.hardware import driver
from kiosk.hardware.peers import RunningPeer
from kiosk.runtime import Doer

log = logging.getLogger(__name__)

FOLDER = "training"
NEVER = ("fiscal", "payment", "coins", "hopper")
"""Roles of devices that would make something real, or take it."""


def of(chosen: Config) -> Config:
    """The settings of the machine for its training."""
    return replace(
        chosen.with_books_in(FOLDER),
        devices=tuple(_harmless(d) for d in chosen.devices if _role(d) not in NEVER),
    )


def _role(device: DeviceConfig) -> str:
    return driver(device.driver).role


def _harmless(device: DeviceConfig) -> DeviceConfig:
    if _role(device) != "acceptor":
        return device
    return replace(device, simulated=True, options={**device.options, "port": ""})


def begin(chosen: Config, now: Now) -> tuple[Config, Venue]:
    """The settings for training, and its books, made anew of the real ones.

    Raises:
        ConfigError: the real store is not there; or what lies in the training's place is no
            training, and is not touched.
        StorageFailed, LedgerCorrupt: a store cannot be read, or made.
    """
    made = of(chosen)
    chosen.store.must_exist()
    real = Venue.open(chosen.store.path, chosen.store.secrets_path, write=False)
    try:
        facts = real.store.facts
        documents = real.ask(VenueDocuments(), now, "cli")
        pins = training.pins_of_staff(real.books(now))
    except Refused as refused:
        raise ConfigError([f"{chosen.store.path}: {refused}; kiosk import venue.toml"]) from None
    finally:
        real.close()
    _forget(made.store.path, made.store.secrets_path)
    books = Venue.create(
        made.store.path,
        made.store.secrets_path,
        kiosk=str(facts["kiosk"]),
        currency=str(facts["currency"]),
        simulated=bool(facts["simulated"]),
        now=now,
        training=True,
    )
    file = venue_file.VenueFile(documents)
    done = books.do(ImportVenue(file), actor="cli", key="import:training", now=now)
    assert not isinstance(done, Refused), f"the settings of the real books were refused: {done}"
    training.give_pins(books.books(now), pins)
    return with_faces(made, file.settings["faces"]), books


def with_faces(chosen: Config, faces: list[int]) -> Config:
    """The simulated acceptor has the notes that the venue takes."""
    told = ",".join(map(str, faces))
    devices = tuple(
        replace(d, options={**d.options, "peer_faces": told}) if _role(d) == "acceptor" else d
        for d in chosen.devices
    )
    return replace(chosen, devices=devices)


def _forget(path: Path, secrets: Path) -> None:
    """Take away the books of a former training, and nothing else."""
    if path.exists():
        kept = Store.open(path, tables=(), write=False, older=True)
        try:
            meant = not kept.facts.get("training", False)
        finally:
            kept.close()
        if meant:
            raise ConfigError([f"{path}: these are no books of a training; move them away"])
    for file in (path, secrets):
        for left in file.parent.glob(f"{file.name}*"):
            left.unlink()


@dataclass(frozen=True)
class Pretending:
    """An acceptor's worker that puts pretended notes into its simulated acceptor."""

    worker: Doer
    peer: RunningPeer

    def do(self, effect: Effect) -> None:
        """See `runtime.Doer`."""
        if isinstance(effect, PretendNote):
            log.info("pretended: %s", self.peer.verbs["note"]([str(effect.face)]))
        else:
            self.worker.do(effect)


def pretending(
    devices: dict[DeviceId, Doer], peers: Callable[[DeviceId], RunningPeer | None], chosen: Config
) -> dict[DeviceId, Doer]:
    """The devices of a training: notes can be pretended."""
    made = dict(devices)
    for device in chosen.devices:
        peer = peers(device.name)
        if _role(device) == "acceptor" and peer is not None:
            made[device.name] = Pretending(devices[device.name], peer)
    return made

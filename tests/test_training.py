"""A12 around the core: the settings and the books of a training, and what it never touches."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk import training
from kiosk.app import check_kind
from kiosk.core import config
from kiosk.core.config import Config
from kiosk.core.errors import ConfigError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import PretendNote, RefuseNotes
from kiosk.core.settings import ImportVenue, VenueDocuments
from kiosk.core.staff import ListStaff, SetStaffPin
from kiosk.core.venue import Venue
from kiosk.core.venue_file import parse
from tests.core.guest import DEMO, NOW, Guest

REAL = """
[store]
folder = "{folder}/store"
mirror = "{folder}/mirror"
[api]
enabled = true
[alerts]
webhook = "https://example.org/x"
[devices.acceptor]
driver = "ccnet"
port = "/dev/serial/by-id/acceptor"
[devices.printer]
driver = "escpos"
port = "/dev/usb/lp0"
[devices.coins]
driver = "cctalk_coins"
port = "/dev/serial/by-id/coins"
[devices.fiscal]
driver = "atol"
port = "http://127.0.0.1:16732"
[devices.terminal]
driver = "nexo"
port = "127.0.0.1:9000"
"""


@pytest.fixture
def chosen(tmp_path: Path) -> Config:
    """A real kiosk with everything that makes something real, and a client with money."""
    file = tmp_path / "kiosk.toml"
    file.write_text(REAL.format(folder=tmp_path))
    return config.load(file)


@pytest.fixture
def real(chosen: Config) -> Config:
    store = chosen.store
    made = Venue.create(
        store.path, store.secrets_path, kiosk="K1", currency="RUB", simulated=False, now=NOW
    )
    made.do(ImportVenue(parse(DEMO)), actor="cli", key="import", now=NOW)
    made.do(SetStaffPin("106", "482915"), actor="cli", key="pin", now=NOW)
    guest = Guest(made)
    guest.top_up(500)
    made.close()
    return chosen


def test_A12_what_would_make_something_real_is_not_there(chosen: Config) -> None:
    made = training.of(chosen)
    assert [d.name for d in made.devices] == ["acceptor", "printer"]
    acceptor, printer = made.devices
    assert acceptor.simulated and not acceptor.options["port"] and not printer.simulated
    assert printer.options["port"] == "/dev/usb/lp0"
    assert made.store.mirror is None and not made.store.recovery_key
    assert not made.api.enabled and not made.alerts.webhook and not made.alerts.mail_to
    assert made.store.path == chosen.store.folder / "training/kiosk.db"
    assert made.store.control_socket != chosen.store.control_socket


def test_A12_the_books_are_made_anew_with_settings_people_and_pins_and_nobodys_money(
    real: Config,
) -> None:
    before = {file: file.read_bytes() for file in (real.store.path, real.store.secrets_path)}
    made, books = training.begin(real, NOW)
    kept = Venue.open(real.store.path, real.store.secrets_path, write=False)
    assert books.ask(VenueDocuments(), NOW) == kept.ask(VenueDocuments(), NOW)
    kept.close()
    facts = books.store.facts
    assert facts["training"] and facts["kiosk"] == "K1" and not facts["simulated"]
    people = {p.number: p.pin for p in books.ask(ListStaff(), NOW, "cli")}
    assert people["106"] == "set" and people["101"] == "none"
    assert books.ledger.seq == 1 and not books.store.table("clients").all()
    assert made.devices[0].options["peer_faces"] == "50,100,200,500,1000"
    Guest(books).top_up(500)
    books.close()
    assert {file: file.read_bytes() for file in before} == before, "the real books are untouched"
    _, again = training.begin(real, NOW)
    assert again.ledger.seq == 1 and not again.store.table("clients").all()
    again.close()


def test_A12_a_store_is_for_training_or_it_is_not_for_good(real: Config) -> None:
    made, books = training.begin(real, NOW)
    with pytest.raises(ConfigError, match="is for training for good"):
        check_kind(made, books)
    books.close()
    for file in (made.store.path, made.store.secrets_path):
        file.unlink()
    Venue.create(
        made.store.path,
        made.store.secrets_path,
        kiosk="K1",
        currency="RUB",
        simulated=False,
        now=NOW,
    ).close()
    with pytest.raises(ConfigError, match="no books of a training"):
        training.begin(real, NOW)
    assert made.store.path.exists(), "somebody's books are never removed"


def test_A12_without_real_books_there_is_no_training(chosen: Config) -> None:
    with pytest.raises(ConfigError, match="there is no store yet"):
        training.begin(chosen, NOW)
    assert not (chosen.store.folder / "training").exists()


def test_A12_only_pretended_notes_go_into_the_simulated_acceptor(chosen: Config) -> None:
    class Taken:
        def __init__(self) -> None:
            self.effects: list[object] = []
            self.verbs = {"note": lambda words: str(self.effects.append(("note", *words)))}

        def do(self, effect: object) -> None:
            self.effects.append(effect)

    name, worker, peer = DeviceId("acceptor"), Taken(), Taken()
    made = training.pretending({name: worker}, {name: peer}.get, training.of(chosen))  # type: ignore[dict-item, arg-type]
    made[name].do(PretendNote(name, 500))
    made[name].do(RefuseNotes(name))
    assert peer.effects == [("note", "500")] and worker.effects == [RefuseNotes(name)]

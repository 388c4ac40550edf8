"""Backups to where [backup] says: by night once, to a stick, a folder, a server; and back."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from kiosk import nightly_backup, sticks
from kiosk.core import backup, config, keyring, nightly
from kiosk.core.clients import EraseClient, GetClient
from kiosk.core.config import Config
from kiosk.core.errors import ConfigError, LedgerCorrupt, Refused
from kiosk.core.restore import Restore, restore
from kiosk.core.venue import Venue
from kiosk.nightly_backup import NotMade, Told
from kiosk.sticks import Mounts
from tests.api.opened import Clock
from tests.core.copies import PRIVATE, PUBLIC, chain, quiet
from tests.core.guest import NAME, NOW, PHONE, Guest, make_venue, shelf
from tests.web_dav import PASSWORD, USER, DavServer, dav_server, refuse, when

CA = trustme.CA()


@dataclass
class Machine:
    """A kiosk with a guest's money and name on the books, and its settings."""

    folder: Path
    guest: Guest
    chosen: Config
    clock: Clock = field(default_factory=Clock)

    @property
    def venue(self) -> Venue:
        return self.guest.venue

    def made(self, *, only_due: bool = False, helped: Any = None) -> Told:
        told = nightly_backup.run(self.chosen, Mounts(helped), self.clock, quiet, only_due=only_due)
        assert told is not None
        return told

    def due(self) -> bool:
        """Whether the nightly command has something to do; it does it."""
        told = nightly_backup.run(self.chosen, Mounts(None), self.clock, quiet, only_due=True)
        return told is not None

    def problem(self, **how: Any) -> str:
        with pytest.raises(NotMade) as told:
            self.made(**how)
        assert nightly.read(self.chosen.store.folder).problem == str(told.value)
        return str(told.value)

    def more(self) -> None:
        """Something else on the books."""
        self.guest.press("done", "leave")
        self.guest.top_up(500)

    def to(self, where: str, **more: str) -> None:
        self.chosen = replace(self.chosen, backup=replace(self.chosen.backup, to=where, **more))

    def store(self, **more: Any) -> None:
        self.chosen = replace(self.chosen, store=replace(self.chosen.store, **more))


@pytest.fixture
def machine() -> Iterator[Machine]:
    with shelf() as folder:
        kept = folder / "state"
        kept.mkdir()
        guest = Guest(make_venue(kept, now=NOW))
        guest.register(phone=PHONE, name=NAME)
        guest.printed()
        guest.press("leave")
        guest.top_up(500)
        (folder / "sticks").mkdir()
        made = config.load(None, simulated=True, environ={"STATE_DIRECTORY": str(kept)})
        machine = Machine(
            folder, guest, replace(made, sticks=config.SticksConfig(folder / "sticks"))
        )
        machine.store(recovery_key=PUBLIC, backups_max=2, min_free_mb=1)
        yield machine
        guest.venue.close()


@pytest.fixture
def there(machine: Machine) -> Iterator[DavServer]:
    (machine.folder / "there").mkdir()
    (machine.folder / "password").write_text(f"{PASSWORD}\n")
    CA.cert_pem.write_to_path(machine.folder / "ca.pem")
    with dav_server(machine.folder / "there", CA) as made:
        machine.to(
            made.url,
            user=USER,
            password_file=str(machine.folder / "password"),
            ca=str(machine.folder / "ca.pem"),
        )
        yield made


def restored(machine: Machine, copies: Path) -> Venue:
    """Another machine, of which nothing is there but what lies in `copies`."""
    to = machine.folder / "new"
    to.mkdir()
    wanted = Restore((copies,), "K1", to / "kiosk.db", to / "secrets.db", PRIVATE)
    assert restore(wanted, NOW, quiet).whole
    return Venue.open(to / "kiosk.db", to / "secrets.db", write=False)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


# --- when ---------------------------------------------------------------------------------------


def test_once_a_night_and_the_first_at_once(machine: Machine) -> None:
    (machine.folder / "sticks" / "STICK").mkdir()
    machine.to("stick")
    assert machine.due() and not machine.due()
    machine.clock.wait(3600 * 10)  # 04:00 in Moscow.
    assert not machine.due()
    machine.clock.wait(3600)
    assert machine.due() and not machine.due()


def test_what_failed_is_tried_again_and_remembered(machine: Machine) -> None:
    machine.to("stick")
    assert "no USB stick is plugged in" in machine.problem(only_due=True)
    assert not machine.due(), "not every quarter of an hour"
    (machine.folder / "sticks" / "STICK").mkdir()
    machine.clock.wait(3600)
    assert machine.due()
    kept = nightly.read(machine.chosen.store.folder)
    assert kept.problem == "" and kept.made is not None
    assert (kept.made.seq, kept.made.sealed) == (machine.venue.ledger.seq, True)
    proof = nightly.read_proof(machine.chosen.store.folder)
    assert proof == nightly.Proof(kept.made.at, kept.made.seq, 0)


def test_one_at_a_time(machine: Machine) -> None:
    machine.to("stick")
    lock = machine.chosen.store.folder / f"{nightly.FILE}.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(NotMade, match="another backup is being made"):
            machine.made()


def test_nowhere_is_a_mistake_of_the_settings(machine: Machine) -> None:
    with pytest.raises(ConfigError, match=r"\[backup\] to"):
        machine.made()


def test_books_that_are_not_sound_are_no_backup(machine: Machine) -> None:
    machine.to(str(machine.folder / "sticks"))
    store = machine.venue.store
    with store.transaction():
        document = dict(next(iter(store.table("balances"))))
        store.put("balances", document["id"], document | {"amount": document["amount"] + 1})
    with pytest.raises(LedgerCorrupt):
        machine.made()
    assert names(machine.folder / "sticks") == []
    assert "kiosk verify" in nightly.read(machine.chosen.store.folder).problem
    proof = nightly.read_proof(machine.chosen.store.folder)
    assert proof is not None and proof.problems


# --- a stick ------------------------------------------------------------------------------------


def test_the_stick_is_mounted_by_the_helper_and_taken_off(machine: Machine) -> None:
    asked: list[str] = []

    def helped(verb: str) -> None:
        asked.append(verb)
        if verb == "mount-sticks":
            (machine.folder / "sticks" / "STICK").mkdir()

    machine.to("stick")
    told = machine.made(helped=helped)
    assert asked == ["mount-sticks", "unmount-sticks"]
    folder = machine.folder / "sticks" / "STICK" / sticks.FOLDER
    assert told.made.to == str(folder)
    assert names(folder) == sorted(
        [told.made.file, f"{told.made.file}.sha256", "K1-secrets.sealed"]
    )


def test_it_is_taken_off_when_nothing_could_be_written(machine: Machine) -> None:
    asked: list[str] = []
    machine.to("stick")
    assert "no USB stick" in machine.problem(helped=asked.append)
    assert asked == ["mount-sticks", "unmount-sticks"]


def test_a_machine_whose_helper_refuses_says_so(machine: Machine) -> None:
    def helped(verb: str) -> None:
        raise Refused("err.no_helper")

    machine.to("stick")
    assert machine.problem(helped=helped)


def test_of_several_sticks_the_one_with_the_folder(machine: Machine) -> None:
    for name in ("A", "B"):
        (machine.folder / "sticks" / name).mkdir()
    machine.to("stick")
    assert "which of 2 sticks" in machine.problem()
    (machine.folder / "sticks" / "B" / sticks.FOLDER).mkdir()
    assert machine.made().made.to == str(machine.folder / "sticks" / "B" / sticks.FOLDER)
    assert names(machine.folder / "sticks" / "A") == []


# --- a folder -----------------------------------------------------------------------------------


def test_a_folder_that_is_away_is_never_made(machine: Machine) -> None:
    machine.to(str(machine.folder / "away"))
    assert "is the medium there?" in machine.problem()
    assert not (machine.folder / "away").exists()


def test_the_oldest_goes_when_the_new_one_is_proven(machine: Machine) -> None:
    machine.to(str(machine.folder / "sticks"))
    first = machine.made().made.file
    for _ in range(2):
        machine.more()
        told = machine.made()
    assert any(first in said and "removed" in said for said in told.said)
    assert len(backup.backups(machine.folder / "sticks", "K1")) == 2


# --- a server -----------------------------------------------------------------------------------


def test_a_server_gets_it_whole_and_the_machine_keeps_no_copy(
    machine: Machine, there: DavServer
) -> None:
    told = machine.made()
    file = told.made.file
    assert names(there.folder) == sorted([file, f"{file}.sha256", "K1-secrets.sealed"])
    assert told.made.to == there.url
    outgoing = machine.chosen.store.folder / nightly_backup.OUTGOING
    assert names(outgoing) == ["K1-secrets.sealed"]
    found = backup.Backup(there.folder / file, "K1", 1, told.made.seq)
    assert backup.changed(found) == "" and backup.prove(found.file, quiet)[1] == []
    kept = nightly.read(machine.chosen.store.folder)
    assert PASSWORD not in json.dumps(nightly.asdict(kept)) and kept.made == told.made


def test_the_checksum_comes_last(machine: Machine, there: DavServer) -> None:
    file = machine.made().made.file
    moved = [name for method, name in there.asked if method == "MOVE"]
    assert [name.removesuffix(".unfinished") for name in moved] == [
        file,
        "K1-secrets.sealed",
        f"{file}.sha256",
    ]


def test_a_lost_machine_comes_back_from_what_the_server_has(
    machine: Machine, there: DavServer
) -> None:
    machine.made()
    entries = chain(machine.venue)
    downloaded = machine.folder / "downloaded"
    shutil.copytree(there.folder, downloaded)
    new = restored(machine, downloaded)
    try:
        assert chain(new)[: len(entries)] == entries
        name = find_name(new)
        assert name.lower() == NAME
    finally:
        new.close()


def find_name(venue: Venue) -> str:
    (kept,) = list(venue.store.table("clients"))[:1]
    client = venue.ask(GetClient(kept["id"]), NOW, "cli")
    assert client is not None
    return client.name


def test_nobody_can_read_a_name_or_a_phone_on_the_server(
    machine: Machine, there: DavServer
) -> None:
    machine.made()
    machine.store(recovery_key="")
    machine.more()
    machine.made()
    for file in there.folder.iterdir():
        data = file.read_bytes()
        for planted in (NAME, NAME.title(), PHONE, PHONE[-7:]):
            assert planted.encode() not in data, file
    assert "secrets.db" not in names(there.folder)


def test_without_a_recovery_key_no_secrets_leave_the_machine(
    machine: Machine, there: DavServer
) -> None:
    machine.store(recovery_key="")
    told = machine.made()
    assert not told.made.sealed and nightly_backup.NO_KEY in told.said
    assert not [name for name in names(there.folder) if "secret" in name]


def test_what_is_not_sealed_is_not_sent(
    machine: Machine, there: DavServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsealed(path: Path, secrets: Path, folder: Path, key: str, now: object) -> int:
        shutil.copy(secrets, keyring.sealed_file(folder, "K1"))
        return 1

    monkeypatch.setattr(backup, "back_up_secrets", unsealed)
    assert "is not sealed and was not sent" in machine.problem()
    assert not [name for name in names(there.folder) if "secret" in name or "sha256" in name]


def test_the_oldest_goes_when_the_new_one_is_confirmed(machine: Machine, there: DavServer) -> None:
    (there.folder / "holiday.jpg").write_text("somebody else's")
    (there.folder / "K2-1-0000000001.db").write_text("another kiosk's")
    first = machine.made().made.file
    machine.more()
    second = machine.made().made.file
    machine.more()
    there.before = when("PUT", ".sha256.unfinished", refuse("507 Insufficient Storage"))
    assert "HTTP 507" in machine.problem()
    assert first in there.files, "the new one does not count yet"
    there.before = lambda *asked: None
    third = machine.made().made.file
    assert set(there.files) == {
        *(second, f"{second}.sha256", third, f"{third}.sha256"),
        *("K1-secrets.sealed", "holiday.jpg", "K2-1-0000000001.db"),
    }


def test_one_that_never_counted_goes_with_those_of_its_age(
    machine: Machine, there: DavServer
) -> None:
    torn = there.folder / "K1-1-0000000001.db"
    torn.write_text("without a checksum")
    machine.made()
    assert torn.name not in there.files


def test_one_that_fails_costs_no_room_and_is_tried_again(
    machine: Machine, there: DavServer
) -> None:
    there.before = when("PUT", ".db.unfinished", refuse("507 Insufficient Storage"))
    assert machine.problem() == "PUT: HTTP 507"
    outgoing = machine.chosen.store.folder / nightly_backup.OUTGOING
    assert names(outgoing) == ["K1-secrets.sealed"]
    there.before = lambda *asked: None
    (outgoing / "K1-1-0000000001.db").write_text("of an attempt that the power ended")
    (outgoing / "K1-unproven.db").write_text("and of another")
    machine.made()
    assert names(outgoing) == ["K1-secrets.sealed"]


def test_a_server_that_is_away_is_noticed_before_anything_is_copied(
    machine: Machine, there: DavServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.before = refuse("503 Service Unavailable")
    monkeypatch.setattr(backup, "back_up", lambda *given: pytest.fail("it was copied"))
    assert machine.problem() == "PROPFIND: HTTP 503"


def test_a_server_that_cannot_rename_or_list_is_served_too(
    machine: Machine, there: DavServer
) -> None:
    def plain(environ: dict[str, Any], start: Any, dav: Any) -> Any:
        if environ["REQUEST_METHOD"] in ("MOVE", "PROPFIND"):
            return refuse("405 Method Not Allowed")(environ, start, dav)
        return None

    there.before = plain
    told = machine.made()
    assert f"{told.made.file}.sha256" in there.files
    assert not [name for name in there.files if name.endswith(".unfinished")]
    assert any("sent twice" in said for said in told.said)
    assert any("not removed by the kiosk" in said for said in told.said)


def test_an_erased_client_leaves_the_server_with_the_next_backup(
    machine: Machine, there: DavServer
) -> None:
    machine.made()
    sealed = there.folder / "K1-secrets.sealed"
    before = [d for t, d in keyring.open_secrets(sealed, PRIVATE) if t == "keys"]
    client = str(next(iter(machine.venue.store.table("clients")))["id"])
    machine.guest.did(EraseClient(client, "asked for it"), key="erase")
    machine.made()
    after = [d for t, d in keyring.open_secrets(sealed, PRIVATE) if t == "keys"]
    assert len(after) == len(before) - 1


def test_a_password_file_that_is_none_is_told(machine: Machine, there: DavServer) -> None:
    file = machine.folder / "password"
    for text, told in (("", "no password is in it"), ("two\nlines", "no password is in it")):
        file.write_text(text)
        assert told in machine.problem()
    file.unlink()
    assert "No such file" in machine.problem()
    assert there.asked == []


def test_a_copy_on_its_way_leaves_the_guests_their_room(
    machine: Machine, there: DavServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = machine.chosen.store.path.stat().st_size
    usage: Callable[[int], Any] = lambda free: shutil._ntuple_diskusage(10**12, 0, free)  # noqa: E731
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(size + 3_999_999))
    assert "no room for a copy" in machine.problem()
    assert there.asked == []
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(size + 4_000_000))
    machine.made()


def test_a_night_is_a_day_after_the_other(machine: Machine, there: DavServer) -> None:
    assert machine.due()
    made = nightly.read(machine.chosen.store.folder).made
    assert made is not None
    assert made.at == nightly.stamp(machine.clock.now.wall)
    machine.clock.wait(timedelta(days=1).total_seconds())
    assert machine.due()

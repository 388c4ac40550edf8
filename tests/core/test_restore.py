"""Restoring: whatever is left of the copies, and whatever is wrong with them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.core import audit, backup, keyring, migrations, mirror, seal
from kiosk.core.clients import GetClient
from kiosk.core.errors import ConfigError, LedgerCorrupt, StoreInUse
from kiosk.core.ids import ClientId, EntryKey
from kiosk.core.ledger import Change, Entry, Ledger, Posting, digest
from kiosk.core.mirror import POLL_S, Mirror
from kiosk.core.store import Store
from kiosk.core.venue import TABLES as VENUE_TABLES
from kiosk.core.venue import Venue
from tests.core.copies import (
    PRIVATE,
    PUBLIC,
    back_up,
    busy,
    chain,
    documents,
    erase,
    mirrored,
    opened,
    person,
    post,
    quiet,
    restored,
    seal_secrets,
    sealed_documents,
)
from tests.core.guest import NAME, NOW, PHONE, Guest, make_venue, shelf

STORES = Path(__file__).parents[1] / "fixtures" / "stores"


# --- restoring ------------------------------------------------------------------------------------


@pytest.mark.parametrize("made_of", ["backup", "mirror", "both", "file"])
def test_everything_comes_back_from_any_copy(
    guest: Guest, stick: Path, elsewhere: Path, made_of: str
) -> None:
    busy(guest)
    venue = guest.venue
    seal_secrets(venue, stick)
    if made_of == "both":
        back_up(venue, stick)
        guest.insert(1000)
    if made_of in ("both", "mirror"):
        mirrored(venue, stick)
    copy = stick
    if made_of in ("backup", "file"):
        made = back_up(venue, stick)
        copy = made.file if made_of == "file" else stick
    done = restored(elsewhere, copy, stick / "K1-secrets.sealed", key=PRIVATE)
    assert done.whole, done.missing
    again = opened(elsewhere)
    assert documents(again) == documents(venue)
    assert chain(again)[:-1] == chain(venue)
    entry = again.ledger.entry(again.ledger.seq)
    assert entry is not None
    assert (entry.kind, entry.epoch, entry.seq) == ("store_restored", 2, venue.ledger.seq + 1)
    assert entry.refs["last"] == venue.ledger.seq
    assert again.ledger.verify() == []
    assert audit.audit(again.books(NOW)) == []
    client = ClientId(person(again))
    told = again.ask(GetClient(client), NOW)
    assert told is not None
    assert told.name.lower() == NAME
    again.close()
    assert sorted(
        p.name for p in elsewhere.iterdir() if not p.name.endswith((".lock", "-shm", "-wal"))
    ) == ["kiosk.db", "secrets.db", "secrets.db.copies"]


def test_the_restored_kiosk_goes_on_and_may_be_restored_again(
    guest: Guest, stick: Path, elsewhere: Path
) -> None:
    card = busy(guest)
    mirrored(guest.venue, stick)
    seal_secrets(guest.venue, stick)
    balance = guest.balance(card)
    restored(elsewhere, stick, key=PRIVATE)
    again = opened(elsewhere, write=True)
    second = Guest(again)
    second.top_up(500)
    assert again.ledger.epoch == 2
    assert second.balance(card) != balance
    mirrored(again, stick)
    copied = {p.name for p in stick.iterdir()}
    after = documents(again), chain(again)
    again.close()
    with shelf() as third:
        assert restored(third, stick, key=PRIVATE).whole
        last = opened(third)
        assert (documents(last), chain(last)[:-1]) == after
        assert last.ledger.epoch == 3
        assert last.ledger.verify() == []
        last.close()
    assert {p.name for p in stick.iterdir()} == copied


def test_a_lost_end_stays_on_the_mirror_and_the_new_epoch_follows(
    guest: Guest, stick: Path, elsewhere: Path
) -> None:
    busy(guest)
    made = back_up(guest.venue, stick)
    fork = guest.venue.ledger.seq
    for _ in range(4):
        guest.insert(1000)
    mirrored(guest.venue, stick)
    lost = chain(guest.venue)[fork:]
    # Restored from the backup alone: nobody had the stick with them.
    done = restored(elsewhere, made.file)
    assert "names and phones of 2 clients" not in str(done.missing)
    again = opened(elsewhere, write=True)
    post(again, 3)
    before = mirror.files(stick, "K1")[0].read_bytes()
    mirrored(again, stick)
    file = mirror.files(stick, "K1")[0]
    assert file.read_bytes().startswith(before)
    entries = [line for _, line in mirror.read(file) if isinstance(line, Entry)]
    assert [e.hash for e in entries] == chain(again)[:fork] + lost + chain(again)[fork:]
    wanted_ = documents(again), chain(again)
    again.close()
    with shelf() as third:
        # The reader picks the chain of the latest epoch, though the lost one is longer.
        restored(third, file)
        last = opened(third)
        assert (documents(last), chain(last)[:-1]) == wanted_
        assert last.ledger.epoch == 3
        last.close()


def test_the_store_of_a_dead_machine_is_a_copy_with_its_log(
    guest: Guest, stick: Path, elsewhere: Path
) -> None:
    busy(guest)
    venue = guest.venue
    log = venue.store.path.with_name("kiosk.db-wal")
    assert log.stat().st_size > 10_000
    for file in (venue.store.path, log):
        shutil.copy(file, stick)
    restored(elsewhere, stick / "kiosk.db")
    again = opened(elsewhere)
    assert chain(again)[:-1] == chain(venue)
    assert documents(again) == documents(venue)
    again.close()


def test_of_several_backups_the_newest_sound_one_is_taken(
    venue: Venue, stick: Path, elsewhere: Path
) -> None:
    files = []
    for _ in range(3):
        post(venue, 2)
        files.append(back_up(venue, stick))
    newest = files[2].file
    data = newest.read_bytes()
    at = data.index(b'"kind":"test"')
    newest.write_bytes(data[:at] + b'"kind":"text"' + data[at + 13 :])
    files[2].checksum.unlink()
    done = restored(elsewhere, stick)
    again = opened(elsewhere)
    assert again.ledger.seq == files[1].seq + 1
    again.close()
    assert not done.whole
    assert f"{newest} is not sound: entry " in str(done.missing)
    assert f"tells of entry {files[2].seq}; the store ends at entry {files[1].seq}" in str(
        done.missing
    )


def test_a_gap_is_named_and_what_follows_it_is_not_taken(
    venue: Venue, stick: Path, elsewhere: Path
) -> None:
    post(venue, 20)
    mirrored(venue, stick)
    (file,) = mirror.files(stick, "K1")
    lines = file.read_bytes().splitlines(keepends=True)
    lines[10] = lines[10].replace(b"test", b"text", 1)
    del lines[11]
    file.write_bytes(b"".join(lines))
    done = restored(elsewhere, stick)
    again = opened(elsewhere)
    assert again.ledger.seq == 9 + 1
    again.close()
    told = "\n".join(done.missing)
    assert f"{file}, line 11: was changed after it was written" in told
    assert "entries 10 to 11 of epoch 1 is in no copy: entries 12 to 21" in told
    assert "tells of entry 21; the store ends at entry 9" in told


def test_a_backup_bridges_a_gap_of_the_mirror(venue: Venue, stick: Path, elsewhere: Path) -> None:
    post(venue, 20)
    back_up(venue, stick)
    post(venue, 5)
    mirrored(venue, stick)
    (file,) = mirror.files(stick, "K1")
    lines = file.read_bytes().splitlines(keepends=True)
    del lines[11]
    file.write_bytes(b"".join(lines))
    assert restored(elsewhere, stick).missing == ["there is no sealed copy of the secrets"]
    again = opened(elsewhere)
    assert chain(again)[:-1] == chain(venue)
    again.close()


def test_a_store_that_is_there_is_never_written_over(guest: Guest, stick: Path) -> None:
    busy(guest)
    venue, here = guest.venue, guest.venue.store.path.parent
    back_up(venue, stick)
    guest.insert(1000)
    with pytest.raises(StoreInUse):
        restored(here, stick, replace=True)
    seq = venue.ledger.seq
    kept = documents(venue)
    venue.close()
    with pytest.raises(ConfigError, match="is there already; with --replace"):
        restored(here, stick)
    done = restored(here, stick, replace=True)
    assert (here / f"kiosk.db.replaced-{seq}").exists()
    assert f"replaced-{seq}" in str(done.did)
    assert f"{here / 'secrets.db'}: kept" in str(done.did)
    shutil.copy(here / f"kiosk.db.replaced-{seq}", here / "looked.db")
    old = Venue.open(here / "looked.db", here / "secrets.db")
    assert documents(old) == kept
    old.close()
    # The fixture closes it once more.
    guest.venue.__dict__.update(opened(here, write=True).__dict__)


def test_a_log_without_its_store_is_not_played_into_the_new_one(
    venue: Venue, stick: Path, elsewhere: Path
) -> None:
    back_up(venue, stick)
    (elsewhere / "kiosk.db-wal").write_bytes(b"of a store that was taken away")
    restored(elsewhere, stick)
    assert (elsewhere / "kiosk.db.replaced-damaged-wal").exists()
    again = opened(elsewhere)
    assert again.ledger.verify() == []
    again.close()


def test_the_epoch_is_above_every_epoch_that_is_known(
    venue: Venue, stick: Path, elsewhere: Path
) -> None:
    made = back_up(venue, stick)
    for epoch in (2, 3, 4):
        restored(elsewhere, made.file, replace=True)
        again = opened(elsewhere)
        assert again.ledger.epoch == epoch
        again.close()


def test_nothing_to_restore_from_changes_nothing(stick: Path, elsewhere: Path) -> None:
    with pytest.raises(ConfigError, match="nothing was changed"):
        restored(elsewhere, stick)
    with pytest.raises(ConfigError, match="is not there"):
        restored(elsewhere, stick / "gone")
    assert not [p for p in elsewhere.iterdir() if p.suffix != ".lock"]


def test_copies_of_two_stores_are_not_mixed(venue: Venue, stick: Path, elsewhere: Path) -> None:
    back_up(venue, stick)
    with shelf() as folder:
        other = make_venue(folder, now=NOW.later(5.0))
        post(other, 3)
        back_up(other, stick)
        other.close()
    with pytest.raises(ConfigError, match="copies of different stores called K1"):
        restored(elsewhere, stick)


def test_held_notes_are_told(guest: Guest, stick: Path, elsewhere: Path) -> None:
    guest.home()
    guest.press("top_up")
    guest.escrow(500)
    back_up(guest.venue, stick)
    done = restored(elsewhere, stick)
    assert "is held: kiosk note list" in str(done.look)


@pytest.mark.parametrize("given_key", ["", "wrong"])
def test_without_the_key_the_money_comes_back_and_the_names_do_not(
    guest: Guest, stick: Path, elsewhere: Path, given_key: str
) -> None:
    busy(guest)
    back_up(guest.venue, stick)
    seal_secrets(guest.venue, stick)
    key = seal.new_recovery_key()[0] if given_key else ""
    done = restored(elsewhere, stick, key=key)
    assert "names and phones of one client cannot be read" in str(done.missing)
    assert ("another key" if key else "--key FILE") in str(done.missing)
    again = opened(elsewhere, write=True)
    assert documents(again) == documents(guest.venue)
    (finding,) = audit.audit(again.books(NOW))
    assert "the secrets hold no key" in finding.what
    # It goes on: new guests, new keys.
    second = Guest(again)
    second.register("0499887766AA55", phone="9169998877", name=NAME)
    assert second.situation
    again.close()


class Cut(BaseException):
    """The power goes, and nothing that is called afterwards happens."""


@pytest.mark.parametrize("replace", [False, True])
def test_a_power_cut_leaves_no_store_or_a_whole_one(
    guest: Guest, stick: Path, monkeypatch: pytest.MonkeyPatch, replace: bool
) -> None:
    busy(guest)
    mirrored(guest.venue, stick)
    back_up(guest.venue, stick)
    old = chain(guest.venue)
    calls = ("rename", "replace", "unlink", "fsync", "fdatasync")
    real = {name: getattr(os, name) for name in calls}
    left = 0

    def counted(name: str) -> Callable[..., object]:
        def call(*args: object, **more: object) -> object:
            nonlocal left
            left -= 1
            if left <= 0:
                raise Cut
            return real[name](*args, **more)

        return call

    for step in range(1, 60):
        with shelf() as folder:
            if replace:
                guest.venue.store.backup(folder / "kiosk.db")
                guest.venue.books(NOW).secrets.backup(folder / "secrets.db")
            left, cut = step, False
            with monkeypatch.context() as patched:
                for name in calls:
                    patched.setattr(os, name, counted(name))
                try:
                    restored(folder, stick, replace=replace)
                except Cut:
                    cut = True
            if (folder / "kiosk.db").exists():
                whole = opened(folder)
                assert whole.ledger.verify() == []
                assert chain(whole)[: len(old)] == old
                whole.close()
            assert cut or (folder / "kiosk.db").exists()
            again = restored(folder, stick, replace=True)
            assert str(folder / "kiosk.db") not in str(again.missing)
            whole = opened(folder)
            assert chain(whole)[: len(old)] == old
            assert [e.kind for e in whole.ledger.entries()][len(old) :] == ["store_restored"]
            whole.close()
            if not cut:
                break
    else:
        raise AssertionError("it never came to its end")
    assert step > 5


# --- what a ledger takes up -----------------------------------------------------------------------


def test_a_ledger_takes_up_only_what_follows(venue: Venue, elsewhere: Path) -> None:
    post(venue, 4)
    entries = list(venue.ledger.entries())
    facts = dict(venue.store.facts)
    store = Store.create(elsewhere / "kiosk.db", facts=facts, tables=VENUE_TABLES)
    ledger = Ledger(store)
    ledger.adopt(entries[:2])
    third = entries[2]
    unbalanced = replace(third, postings=(Posting("1030", "RUB", 5),))
    unknown = replace(third, changes=(Change("treasures", "1", {"id": "1"}),))
    overdrawn = replace(
        third, postings=(Posting("1010:K1:b:5", "RUB", -5), Posting("1030", "RUB", 5))
    )
    for wrong in (
        [entries[3]],
        [third, third],
        [replace(third, prev="0" * 64)],
        [replace(third, reason="another")],
        [signed(replace(third, kiosk="K2"))],
        [signed(replace(third, id=entries[0].id))],
        [signed(unbalanced)],
        [signed(overdrawn)],
        [signed(unknown)],
        [third, entries[3], signed(replace(entries[3], seq=9))],
    ):
        with pytest.raises(LedgerCorrupt):
            ledger.adopt(wrong)
        assert (ledger.seq, ledger.head) == (2, entries[1].hash)
        assert len(store.table("entries")) == 2
    ledger.adopt(entries[2:])
    assert [e.hash for e in ledger.entries()] == chain(venue)
    assert ledger.verify() == []
    store.close()


def signed(entry: Entry) -> Entry:
    return replace(entry, hash=digest(entry.body()))


@pytest.mark.parametrize(("epoch", "kind"), [(2, "test"), (0, "store_restored")])
def test_an_epoch_that_no_restore_began_is_a_finding(venue: Venue, epoch: int, kind: str) -> None:
    ledger = venue.ledger
    forged = replace(
        list(ledger.entries())[-1],
        id=EntryKey("x"),
        seq=ledger.seq + 1,
        prev=ledger.head,
        epoch=epoch,
        kind=kind,
        changes=(),
    )
    ledger.adopt([signed(forged)])
    assert [f.what for f in ledger.verify()] == ["begins an epoch without a restore"]


# --- older formats --------------------------------------------------------------------------------


def lay(folder: Path) -> None:
    """The store of format 1 that is kept for ever."""
    for name, of in (("store.db", "kiosk.db"), ("secrets.db", "secrets.db")):
        shutil.copyfile(STORES / "1" / name, folder / of)


def mirrored_file(folder: Path, stick: Path) -> None:
    copier = Mirror(folder / "kiosk.db", stick)
    while copier.step(NOW) != POLL_S:
        assert not copier.problem
    copier.close()


@pytest.mark.parametrize("portion", [500, 3])
@pytest.mark.parametrize("lines", ["none", "before", "half", "after"])
@pytest.mark.parametrize("copied", [False, True])
def test_copies_of_an_older_format_come_back_in_this_one(
    stick: Path,
    elsewhere: Path,
    monkeypatch: pytest.MonkeyPatch,
    copied: bool,
    lines: str,
    portion: int,
) -> None:
    """A backup of format 1, a mirror before, in the middle of and after the migration."""
    if not copied and lines == "none":
        return
    monkeypatch.setattr(migrations, "DOCUMENTS_PER_ENTRY_MAX", portion)
    with shelf() as folder:
        lay(folder)
        if copied:
            backup.back_up(folder / "kiosk.db", stick, 5, quiet)
        if lines == "before":
            mirrored_file(folder, stick)
        migrated = opened(folder, write=True)
        expected = documents(migrated)
        post(migrated, 2)
        migrated.close()
        if lines in ("half", "after"):
            mirrored_file(folder, stick)
        if lines == "half":
            (file,) = mirror.files(stick, "K1")[-1:]
            whole = file.read_bytes().splitlines(keepends=True)
            first = next(n for n, line in enumerate(whole) if b'"store_migrated"' in line)
            file.write_bytes(b"".join(whole[: first + 1]))
        restored(elsewhere, stick)
        again = opened(elsewhere, write=True)
        assert documents(again) == expected
        assert again.ledger.verify() == []
        again.store.must_be_current()
        assert not list(elsewhere.glob("*.restored*"))
        again.close()


# --- erased is erased -----------------------------------------------------------------------------


@pytest.mark.parametrize("with_key", [False, True])
def test_who_was_erased_cannot_be_read_in_copies_made_before(
    guest: Guest, stick: Path, elsewhere: Path, with_key: bool
) -> None:
    busy(guest)
    venue, client = guest.venue, person(guest.venue)
    sealed = str((venue.store.get("clients", client) or {})["phone"])
    key = str((venue.books(NOW).secrets.get("keys", client) or {})["key"])
    assert seal.decrypt(key, client, sealed).endswith(PHONE)
    back_up(venue, stick)
    mirrored(venue, stick)
    seal_secrets(venue, stick)
    copied = {p: p.read_bytes() for p in stick.iterdir() if p.suffix != ".sealed"}
    erase(venue, client)
    assert keyring.renew(venue.store, venue.books(NOW).secrets, PUBLIC, NOW) == {}
    # The copies are as they were before, and the client stands in them.
    assert {p: p.read_bytes() for p in copied} == copied
    restored(elsewhere, stick, key=PRIVATE if with_key else "")
    again = opened(elsewhere, write=True)
    kept = again.store.get("clients", client) or {}
    assert kept["phone"] == sealed
    assert again.books(NOW).secrets.get("keys", client) is None
    told = again.ask(GetClient(ClientId(client)), NOW)
    assert told is not None
    assert (told.name, told.phone_masked) == ("", "")
    for kept_key in again.books(NOW).secrets.table("keys"):
        with pytest.raises(LedgerCorrupt):
            seal.decrypt(str(kept_key["key"]), client, sealed)
    assert again.ledger.verify() == []
    again.close()


def test_after_a_restore_nobody_is_believed_to_be_erased_in_the_sealed_copies(
    guest: Guest, stick: Path, elsewhere: Path
) -> None:
    """A client erased after the copy: he counts no more, and the next one counts again."""
    busy(guest)
    venue = guest.venue
    made = back_up(venue, stick)
    other = next(str(c["id"]) for c in venue.store.table("clients") if not c["name"])
    seal_secrets(venue, stick)
    erase(venue, other)
    assert keyring.renew(venue.store, venue.books(NOW).secrets, PUBLIC, NOW) == {}
    here = venue.store.path.parent
    for name in ("secrets.db", "secrets.db.copies"):
        shutil.copy(here / name, elsewhere / name)
    venue.books(NOW).secrets.backup(elsewhere / "secrets.db")
    restored(elsewhere, made.file)
    again = opened(elsewhere, write=True)
    client = person(again)
    erase(again, client)
    assert list(keyring.behind(again.store, elsewhere / "secrets.db")) == [stick]
    assert keyring.renew(again.store, again.books(NOW).secrets, PUBLIC, NOW) == {}
    assert client not in sealed_documents(stick)["keys"]
    again.close()


def test_a_restore_carries_out_the_erasures_that_are_on_the_books(
    guest: Guest, stick: Path, elsewhere: Path
) -> None:
    busy(guest)
    venue, client = guest.venue, person(guest.venue)
    seal_secrets(venue, stick)
    old = (stick / "K1-secrets.sealed").read_bytes()
    erase(venue, client)
    mirrored(venue, stick)
    # The sealed copy of before: somebody kept it in a drawer.
    (stick / "K1-secrets.sealed").write_bytes(old)
    assert client in sealed_documents(stick)["keys"]
    restored(elsewhere, stick, key=PRIVATE)
    again = opened(elsewhere)
    secrets = again.books(NOW).secrets
    assert secrets.get("keys", client) is None
    assert not [w for w in secrets.table("windows") if w["client"] == client]
    # The new machine knows of the copy that it was made from, and that it still holds the key.
    (finding,) = audit.audit(again.books(NOW))
    assert finding.where == str(stick)
    assert keyring.renew(again.store, secrets, PUBLIC, NOW) == {}
    assert client not in sealed_documents(stick)["keys"]
    assert audit.audit(again.books(NOW)) == []
    again.close()


def test_secrets_that_were_made_without_the_key_say_how_to_get_the_others(
    guest: Guest, stick: Path, elsewhere: Path
) -> None:
    busy(guest)
    seal_secrets(guest.venue, stick)
    mirrored(guest.venue, stick)
    restored(elsewhere, stick)
    again = restored(elsewhere, stick, key=PRIVATE, replace=True)
    assert any("which was kept" in told for told in again.missing)
    (elsewhere / "secrets.db").rename(elsewhere / "secrets.db.of-before")
    assert restored(elsewhere, stick, key=PRIVATE, replace=True).whole


def test_a_changed_backup_is_not_restored_from(venue: Venue, stick: Path, elsewhere: Path) -> None:
    copy = back_up(venue, stick).file
    # Where nothing is kept: only the checksum can tell.
    data = bytearray(copy.read_bytes())
    free = next(at for at in range(2048, len(data)) if data[at : at + 64] == bytes(64)) + 32
    data[free] = 1
    copy.write_bytes(data)
    with pytest.raises(ConfigError, match="was changed since it was made"):
        restored(elsewhere, stick)

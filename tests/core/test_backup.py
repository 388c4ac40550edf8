"""Backups, sealed secrets, restoring: whatever is left of the copies, and whatever is wrong."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core import audit, backup, keyring, mirror, restore, seal
from kiosk.core.cards import Card
from kiosk.core.claims import IssueClaim
from kiosk.core.clients import EraseClient, GetClient
from kiosk.core.errors import ConfigError, LedgerCorrupt, StorageFailed, StoreInUse
from kiosk.core.ids import ClientId, note_id
from kiosk.core.ledger import Draft, Entry
from kiosk.core.messages import NoteStacked
from kiosk.core.mirror import POLL_S, Mirror
from kiosk.core.restore import Restore, Restored
from kiosk.core.venue import Venue
from tests.core.guest import ACCEPTOR, NAME, NOW, PHONE, Guest, make_venue, rub, shelf

PRIVATE, PUBLIC = seal.new_recovery_key()
TABLES = ("balances", "clients", "cards", "notes", "claims", "slips", "series", "settings")


def quiet(what: str, done: int, of: int) -> None:
    del what
    assert 0 <= done <= of or not of


@pytest.fixture
def stick() -> Iterator[Path]:
    with shelf() as folder:
        yield folder


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """The folder of the machine that comes after."""
    with shelf() as folder:
        yield folder


def back_up(venue: Venue, folder: Path, kept: int = 5) -> backup.Backup:
    return backup.back_up(venue.store.path, folder, kept, quiet)[0]


def seal_secrets(venue: Venue, folder: Path) -> int:
    secrets = venue.store.path.with_name("secrets.db")
    return backup.back_up_secrets(venue.store.path, secrets, folder, PUBLIC, NOW)


def mirrored(venue: Venue, folder: Path) -> None:
    copier = Mirror(venue.store.path, folder)
    while copier.step(NOW) != POLL_S:
        assert not copier.problem
    copier.close()


def wanted(to: Path, *copies: Path, key: str = "", replace: bool = False) -> Restore:
    return Restore(copies, "K1", to / "kiosk.db", to / "secrets.db", key, replace)


def restored(to: Path, *copies: Path, key: str = "", replace: bool = False) -> Restored:
    return restore.restore(wanted(to, *copies, key=key, replace=replace), NOW, quiet)


def opened(folder: Path, write: bool = False) -> Venue:
    return Venue.open(folder / "kiosk.db", folder / "secrets.db", write=write)


def documents(venue: Venue) -> dict[str, dict[str, object]]:
    return {t: {d["id"]: dict(d) for d in venue.store.table(t)} for t in TABLES}


def chain(venue: Venue) -> list[str]:
    return [entry.hash for entry in venue.ledger.entries()]


def post(venue: Venue, count: int, kind: str = "test") -> None:
    for _ in range(count):
        key = f"{kind}:{venue.ledger.seq}"
        venue.ledger.post(Draft(kind), key=key, actor="cli", command="c", now=NOW)


def busy(guest: Guest) -> Card:
    """Money, a name, a phone, a note that nobody owns, a claim."""
    guest.home()
    guest.press("leave")
    guest.register("0433445566AA77", phone=PHONE, name=NAME)
    guest.printed()
    guest.press("leave")
    return guest.top_up(500, 100)


# --- backup ---------------------------------------------------------------------------------------


def test_a_backup_is_the_store_of_one_moment(guest: Guest, stick: Path) -> None:
    busy(guest)
    made = back_up(guest.venue, stick)
    seq = guest.venue.ledger.seq
    assert made.file.name == f"K1-1-{seq:010}.db"
    assert sorted(p.name for p in stick.iterdir()) == [made.file.name, made.checksum.name]
    assert [p.stat().st_mode & 0o777 for p in stick.iterdir()] == [0o600, 0o600]
    last, findings = backup.prove(made.file, quiet)
    assert (last, findings) == ((1, seq), [])
    told = hashlib.sha256(made.file.read_bytes()).hexdigest()
    assert made.checksum.read_text() == f"{told}  {made.file.name}\n"


def test_the_oldest_are_removed_when_the_new_one_is_sound(venue: Venue, stick: Path) -> None:
    (stick / "K2-1-0000000001.db").write_text("of another kiosk")
    (stick / "holiday.jpg").write_text("somebody's")
    for _ in range(5):
        post(venue, 1)
        back_up(venue, stick, kept=3)
    kept = [b.seq for b in backup.backups(stick, "K1")]
    assert kept == [6, 5, 4]
    assert len(list(stick.iterdir())) == 8


def test_a_store_that_is_not_sound_removes_no_backup(venue: Venue, stick: Path) -> None:
    made = back_up(venue, stick)
    post(venue, 5)
    with closing(sqlite3.connect(venue.store.path)) as db:
        db.execute("UPDATE entries SET doc = replace(doc, 'test', 'text') WHERE doc_id = 4")
        db.commit()
    with pytest.raises(LedgerCorrupt, match=r"entry 4 .*was changed after it was written"):
        back_up(venue, stick, kept=1)
    assert [b.file for b in backup.backups(stick, "K1")] == [made.file]
    assert sorted(stick.iterdir()) == sorted([made.file, made.checksum])


def test_a_backup_of_the_same_entry_takes_the_place_of_the_former(
    venue: Venue, stick: Path
) -> None:
    assert back_up(venue, stick).file == back_up(venue, stick, kept=1).file
    assert len(list(stick.iterdir())) == 2


def test_a_folder_that_is_not_there_is_not_made(venue: Venue, stick: Path) -> None:
    with pytest.raises(ConfigError, match="is no folder; it is never made"):
        back_up(venue, stick / "media")
    assert not list(stick.iterdir())


def test_a_full_medium_is_told_and_leaves_the_former(
    venue: Venue, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(venue, stick)
    post(venue, 1)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "sync_folder", full)
    with pytest.raises(StorageFailed, match="No space left"):
        back_up(venue, stick, kept=1)
    assert made.file.exists()


# --- the secrets ----------------------------------------------------------------------------------


def sealed_documents(folder: Path, key: str = PRIVATE) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for table, document in keyring.open_secrets(folder / "K1-secrets.sealed", key):
        found.setdefault(table, set()).add(str(document["id"]))
    return found


def test_the_secrets_are_sealed_whole_and_the_latest_only(guest: Guest, stick: Path) -> None:
    busy(guest)
    clients = {str(c["id"]) for c in guest.venue.store.table("clients")}
    # The anonymous client, too, has a key.
    assert seal_secrets(guest.venue, stick) == len(clients) + 2
    kept = sealed_documents(stick)
    assert kept["keys"] == clients | {"index", "signing"}
    assert kept["windows"]
    assert kept["pins"]
    seal_secrets(guest.venue, stick)
    assert [p.name for p in stick.iterdir()] == ["K1-secrets.sealed"]
    data = (stick / "K1-secrets.sealed").read_bytes()
    secrets = guest.venue.books(NOW).secrets
    for key in secrets.table("keys"):
        assert str(key["key"]).encode() not in data


def test_what_is_sealed_opens_with_no_other_key_and_not_when_changed(
    guest: Guest, stick: Path
) -> None:
    busy(guest)
    seal_secrets(guest.venue, stick)
    file = stick / "K1-secrets.sealed"
    whole = file.read_bytes()
    with pytest.raises(LedgerCorrupt, match="another key"):
        sealed_documents(stick, seal.new_recovery_key()[0])
    for at in (0, 20, whole.index(b"\n") + 30, len(whole) - 1):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        with pytest.raises(LedgerCorrupt):
            sealed_documents(stick)
    file.write_bytes(whole[:-20])
    with pytest.raises(LedgerCorrupt):
        sealed_documents(stick)


def erase(venue: Venue, client: str) -> None:
    done = venue.do(
        EraseClient(ClientId(client), "asked for it"), actor="cli", key=f"erase:{client}", now=NOW
    )
    assert isinstance(done, Entry)


def person(venue: Venue) -> str:
    """The client who gave a name."""
    return next(str(c["id"]) for c in venue.store.table("clients") if c["name"])


def test_after_an_erasure_each_sealed_copy_is_sealed_anew(guest: Guest, stick: Path) -> None:
    busy(guest)
    venue, books = guest.venue, guest.venue.books(NOW)
    away = stick / "away"
    for folder in (stick, away):
        folder.mkdir(exist_ok=True)
        seal_secrets(venue, folder)
    client = person(venue)
    key = str((books.secrets.get("keys", client) or {})["key"])
    assert client in sealed_documents(stick)["keys"]
    away.rename(stick / "pocket")
    erase(venue, client)
    assert keyring.behind(venue.store, books.secrets.path) == {stick: 1, away: 1}
    failed = keyring.renew(venue.store, books.secrets, PUBLIC, NOW)
    assert list(failed) == [away]
    for documents_ in sealed_documents(stick).values():
        assert not [name for name in documents_ if client in name]
    (finding,) = audit.audit(books)
    assert finding.where == str(away)
    assert "still holds the keys of an erased client: bring it there" in finding.what
    # An empty folder at its place is not the stick.
    away.mkdir()
    assert list(keyring.renew(venue.store, books.secrets, PUBLIC, NOW)) == [away]
    assert not list(away.iterdir())
    away.rmdir()
    (stick / "pocket").rename(away)
    assert keyring.renew(venue.store, books.secrets, PUBLIC, NOW) == {}
    assert client not in sealed_documents(away)["keys"]
    assert audit.audit(books) == []
    with closing(sqlite3.connect(books.secrets.path)) as db:
        assert key not in "".join(db.iterdump())


def test_it_is_sealed_for_the_former_key_where_none_is_configured(
    guest: Guest, stick: Path
) -> None:
    busy(guest)
    books = guest.venue.books(NOW)
    seal_secrets(guest.venue, stick)
    client = person(guest.venue)
    erase(guest.venue, client)
    assert keyring.renew(guest.venue.store, books.secrets, "", NOW) == {}
    assert client not in sealed_documents(stick)["keys"]


def test_who_is_erased_is_left_out_even_before_the_key_is_gone(guest: Guest, stick: Path) -> None:
    busy(guest)
    venue, client = guest.venue, person(guest.venue)
    secrets = venue.books(NOW).secrets
    kept = secrets.get("keys", client)
    erase(venue, client)
    with secrets.transaction():
        secrets.put("keys", client, kept)
    seal_secrets(venue, stick)
    assert client not in sealed_documents(stick)["keys"]


def test_a_copy_that_was_destroyed_is_forgotten_by_name(guest: Guest, stick: Path) -> None:
    busy(guest)
    seal_secrets(guest.venue, stick)
    secrets = guest.venue.books(NOW).secrets.path
    assert not keyring.forget_place(secrets, stick / "other")
    assert keyring.forget_place(secrets, stick)
    assert keyring.places(secrets) == {}


def test_a_copy_is_remembered_before_it_is_made(
    guest: Guest, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy(guest)
    secrets = guest.venue.books(NOW).secrets.path

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(keyring.seal, "seal_for", cut)
    with pytest.raises(KeyboardInterrupt):
        seal_secrets(guest.venue, stick)
    assert list(keyring.places(secrets)) == [stick]


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
    ) == ["kiosk.db", "secrets.db"]


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
    assert "names and phones of 1 clients cannot be read" in str(done.missing)
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


def test_a_power_cut_leaves_no_store_or_a_whole_one(
    guest: Guest, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy(guest)
    mirrored(guest.venue, stick)
    back_up(guest.venue, stick)

    class Cut(BaseException):
        pass

    calls = ("rename", "replace", "unlink", "fsync", "fdatasync")
    real = {name: getattr(os, name) for name in calls}
    renamed = Path.rename
    for step in range(1, 40):
        left = step

        def counted(name: str) -> object:
            def call(*args: object, **more: object) -> object:
                nonlocal left
                left -= 1
                if left == 0:
                    raise Cut
                return real[name](*args, **more)

            return call

        with shelf() as folder, monkeypatch.context() as patched:
            for name in calls:
                patched.setattr(os, name, counted(name))
            try:
                restored(folder, stick)
            except Cut:
                cut = True
            else:
                cut = False
            patched.undo()
            if (folder / "kiosk.db").exists():
                whole = opened(folder)
                assert whole.ledger.verify() == []
                assert chain(whole)[:-1] == chain(guest.venue)
                whole.close()
            elif cut:
                restored(folder, stick)
                assert (folder / "kiosk.db").exists()
            if not cut:
                break
    else:
        raise AssertionError("it never came to its end")
    assert step > 5
    assert Path.rename is renamed


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
    assert audit.audit(again.books(NOW)) == []
    again.close()


# --- what verify asks besides ---------------------------------------------------------------------


def test_the_audit_of_sound_books_finds_nothing(guest: Guest) -> None:
    busy(guest)
    guest.press("done")
    assert audit.audit(guest.venue.books(NOW)) == []
    guest.top_up()
    guest.escrow(200)
    assert guest.undecided()
    assert audit.audit(guest.venue.books(NOW)) == []


def spoil(venue: Venue, sql: str) -> None:
    with closing(sqlite3.connect(venue.store.path)) as db:
        db.execute(sql)
        db.commit()


@pytest.mark.parametrize(
    ("table", "document", "where", "what"),
    [
        ("notes", {"state": "void"}, "1010:K1:acceptor:500", "has 50000 RUB, but the notes"),
        ("notes", {"minor": 10000}, "1010:K1:acceptor:100", "has 10000 RUB, but the notes"),
        ("notes", {"state": "suspense"}, "2900:K1", "has 0 RUB, but the notes in suspense"),
    ],
)
def test_money_that_the_documents_do_not_explain_is_named(
    guest: Guest, table: str, document: dict[str, object], where: str, what: str
) -> None:
    busy(guest)
    store = guest.venue.store
    note = next(n for n in store.table(table) if n["minor"] == 50000)
    with store.transaction():
        store.put(table, note["id"], dict(note) | document)
    found = {f.where: f.what for f in audit.audit(guest.venue.books(NOW))}
    assert what in found[where]


def test_a_claim_without_its_money_is_named(guest: Guest) -> None:
    note = note_id(ACCEPTOR, guest.situation.house.start, 99)
    guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    venue = guest.venue
    if not len(venue.store.table("claims")):
        done = venue.do(IssueClaim(note, "en"), actor="cli", key=f"claim:{note}", now=NOW)
        assert isinstance(done, Entry)
    (claim,) = venue.store.table("claims")
    assert audit.audit(venue.books(NOW)) == []
    with venue.store.transaction():
        venue.store.put("claims", claim["id"], dict(claim) | {"state": "redeemed"})
    (finding,) = audit.audit(venue.books(NOW))
    assert finding.where == f"2910:{claim['id']}"
    assert finding.what == "has -50000 RUB, but the open claims make 0"


def test_secrets_that_do_not_fit_the_books_are_named(guest: Guest) -> None:
    busy(guest)
    books, client = guest.venue.books(NOW), person(guest.venue)
    key = books.secrets.get("keys", client)
    for other, what in (
        (None, "the secrets hold no key"),
        ({"id": client, "key": seal.new_key()}, "do not open with the key"),
    ):
        with books.secrets.transaction():
            books.secrets.put("keys", client, other)
        (finding,) = audit.audit(books)
        assert (finding.where, what in finding.what) == (f"client {client}", True)
    erase(guest.venue, client)
    assert audit.audit(books) == []
    with books.secrets.transaction():
        books.secrets.put("keys", client, key)
    (finding,) = audit.audit(books)
    assert "is erased, and the secrets still hold the key" in finding.what


# --- every bit ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proven() -> Iterator[backup.Backup]:
    with shelf() as folder, shelf() as copies:
        venue = make_venue(folder)
        Guest(venue).top_up(500)
        made = back_up(venue, copies)
        venue.close()
        yield made


@settings(max_examples=60)
@given(data=st.data())
def test_a_flipped_bit_anywhere_in_a_backup_is_found(
    proven: backup.Backup, data: st.DataObject
) -> None:
    whole = proven.file.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    try:
        proven.file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert "was changed since it was made" in backup.changed(proven)
    finally:
        proven.file.write_bytes(whole)
    assert backup.changed(proven) == ""


def test_a_changed_backup_is_not_restored_from(
    proven: backup.Backup, stick: Path, elsewhere: Path
) -> None:
    for file in (proven.file, proven.checksum):
        shutil.copy(file, stick)
    copy = stick / proven.file.name
    # Where nothing is kept: only the checksum can tell.
    data = bytearray(copy.read_bytes())
    free = next(at for at in range(2048, len(data)) if data[at : at + 64] == bytes(64)) + 32
    data[free] = 1
    copy.write_bytes(data)
    with pytest.raises(ConfigError, match="was changed since it was made"):
        restored(elsewhere, stick)

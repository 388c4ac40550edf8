"""Backups and sealed secrets, and what verify asks of the books besides."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core import audit, backup, keyring, seal
from kiosk.core.claims import IssueClaim
from kiosk.core.errors import ConfigError, LedgerCorrupt, StorageFailed
from kiosk.core.ids import note_id
from kiosk.core.ledger import Entry
from kiosk.core.messages import NoteStacked
from kiosk.core.venue import Venue
from tests.core.copies import (
    PUBLIC,
    back_up,
    busy,
    erase,
    person,
    post,
    quiet,
    seal_secrets,
    sealed_documents,
)
from tests.core.guest import ACCEPTOR, NOW, Guest, make_venue, rub, shelf

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

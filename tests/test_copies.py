"""The copies by the command line: backup, restore, verify, keys."""

from __future__ import annotations

import io
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from kiosk import app
from kiosk.__main__ import main
from kiosk.core import config, receipt_proof, seal
from kiosk.core.clients import SECRET_TABLES, EraseClient
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Entry, digest
from kiosk.core.mirror import POLL_S, files
from kiosk.core.proof import proof_code
from kiosk.core.second_copy import SecondCopy
from kiosk.core.store import Store
from kiosk.core.store_file import lock_for_writing
from kiosk.core.venue import TABLES, Venue
from tests.core.guest import NAME, NOW, PHONE, Guest, shelf

ROOT = Path(__file__).parents[1]
DEMO = str(ROOT / "kiosk/demo_venue.toml")

PUBLIC = seal.new_recovery_key()[1]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory where the machine has it: these tests are not about the disk."""
    with shelf() as folder:
        yield folder


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command on the machine of this test, which has a recovery key."""
    key = kiosk("keys", "new", str(tmp_path / "owner.key"))
    assert key.returncode == 0, key.stderr
    told = [line for line in key.stdout.splitlines() if not line.startswith("#")]
    assert told[0] == "[store]"
    settings(tmp_path, told[1])
    return lambda *words: kiosk(words[0], "--config", str(tmp_path / "kiosk.toml"), *words[1:])


def settings(tmp_path: Path, *lines: str) -> None:
    (tmp_path / "kiosk.toml").write_text(
        "\n".join(
            [
                f'[store]\nfolder = "{tmp_path / "kiosk"}"',
                f'secrets_folder = "{tmp_path / "secrets"}"',
                *lines,
                '[devices.stripe]\ndriver = "magstripe"\nsimulated = true\n',
            ]
        )
    )


def kiosk(*words: str) -> subprocess.CompletedProcess[str]:
    """The command, in this process: there are many, and each would import for a second."""
    out, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        code = main(words)
    return subprocess.CompletedProcess(words, code, out.getvalue(), errors.getvalue())


def kiosk_beside(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own."""
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "kiosk",
            words[0],
            "--config",
            str(folder / "kiosk.toml"),
            *words[1:],
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
    )


@contextmanager
def books(tmp_path: Path, *, write: bool = False) -> Iterator[Venue]:
    store, secrets = tmp_path / "kiosk" / "kiosk.db", tmp_path / "secrets" / "secrets.db"
    venue = Venue.open(store, secrets, write=write)
    yield venue
    venue.close()


@pytest.fixture
def served(run: Run, tmp_path: Path) -> Run:
    """The same, with a guest who gave a name and put money in, and has a receipt."""
    assert run("import", DEMO).returncode == 0
    with books(tmp_path, write=True) as venue:
        guest = Guest(venue)
        guest.register(phone=PHONE, name=NAME)
        guest.printed()
        guest.press("leave")
        guest.top_up(500, 100)
        guest.press("done")
    return run


def ok(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    return done.stdout


def told(done: subprocess.CompletedProcess[str], code: int, *parts: str) -> None:
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stdout + done.stderr


def lost(tmp_path: Path) -> None:
    """The machine burns."""
    for folder in (tmp_path / "kiosk", tmp_path / "secrets"):
        for file in folder.iterdir():
            file.unlink()


def code_of_receipt(venue: Venue) -> str:

    slip = next(s for s in venue.store.table("slips") if s["kind"] == "top_up_receipt")
    entry = venue.ledger.entry(slip["facts"]["entry"])
    assert entry is not None
    return proof_code(entry)


# --- backup and restore ---------------------------------------------------------------------------


def test_a_lost_machine_comes_back_from_its_backup(
    served: Run, tmp_path: Path, stick: Path
) -> None:
    with books(tmp_path) as venue:
        seq, chain = venue.ledger.seq, [e.hash for e in venue.ledger.entries()]
        clients = [dict(c) for c in venue.store.table("clients")]
    out = ok(served("backup", str(stick)))
    assert f"K1-1-{seq:010}.db: entries to {seq}, proven" in out
    assert "K1-secrets.sealed: 3 keys, sealed" in out
    lost(tmp_path)
    out = ok(served("restore", "--from", str(stick), "--key", str(tmp_path / "owner.key")))
    assert "restored, and all that the copies know is there" in out
    assert "count it" in out
    assert f"entry {seq + 1} begins epoch 2" in out
    assert "notes, claims and secrets agree" in ok(served("verify"))
    with books(tmp_path) as venue:
        assert [e.hash for e in venue.ledger.entries()][:-1] == chain
        assert [dict(c) for c in venue.store.table("clients")] == clients
    assert NAME.capitalize()[0] in ok(served("show", "client", clients[0]["id"]))


def test_a_backup_is_made_while_a_kiosk_writes(served: Run, tmp_path: Path, stick: Path) -> None:
    with books(tmp_path, write=True) as venue:
        guest = Guest(venue)
        made = [ok(kiosk_beside("backup", str(stick), folder=tmp_path))]
        guest.top_up(100)
        made.append(ok(kiosk_beside("backup", str(stick), folder=tmp_path)))
        seq = venue.ledger.seq
    assert f"entries to {seq}, proven" in made[1]
    told(served("verify", "--backup", str(next(stick.glob(f"*{seq}.db")))), 0, f"{seq} entries")


def test_without_a_recovery_key_the_backup_says_what_it_is_worth(
    served: Run, tmp_path: Path, stick: Path
) -> None:
    settings(tmp_path)
    out = ok(served("backup", str(stick)))
    assert "no name, phone or PIN could be restored; kiosk keys new FILE" in out
    assert not list(stick.glob("*.sealed"))


def test_a_restore_that_lacks_something_says_so_and_answers_1(
    served: Run, tmp_path: Path, stick: Path
) -> None:
    ok(served("backup", str(stick)))
    lost(tmp_path)
    done = served("restore", "--from", str(stick))
    told(done, 1, "NOT FOUND:", "name the private key with --key FILE", "cannot be read")
    assert "count it" in done.stdout
    told(served("verify"), 1, "name and phone cannot be read: the secrets hold no key")


def test_a_running_kiosk_is_not_restored_under_its_hands(
    served: Run, tmp_path: Path, stick: Path
) -> None:
    ok(served("backup", str(stick)))
    told(served("restore", "--from", str(stick)), 78, "is there already; with --replace")
    lock = lock_for_writing(tmp_path / "kiosk" / "kiosk.db")
    told(served("restore", "--from", str(stick), "--replace"), 75, "is in use: process")
    assert lock
    assert not list((tmp_path / "kiosk").glob("*replaced*"))


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("restore", "--from", "nowhere"), 78, "nowhere is not there"),
        (("restore", "--from", "."), 78, "no sound backup and no mirror of kiosk K1 was found"),
        (("restore", "--from", ".", "--key", "no.key"), 78, "no.key cannot be read"),
        (("backup", "nowhere"), 78, "is no folder; it is never made: is the medium there?"),
        (("verify", "--mirror", "nowhere"), 1, "holds no mirror of kiosk K1"),
        (("verify", "--backup", "nowhere"), 1, "nowhere does not exist"),
        (("verify", "--receipt", "K1-1"), 1, "is no code of a receipt"),
        (("verify", "--receipt", "K1-1", "--mirror", "."), 1, "in a second call"),
        (("verify", "--receipt", ""), 1, "is no code of a receipt"),
        (("verify", "--receipt", f"K1-1-{'9' * 20}-AAAA-AAAA-AAAA-AAAA"), 1, "is no receipt of"),
        (("keys", "lose"), 1, "usage: keys new FILE | keys forget DIR"),
        (("keys", "forget", "/media/gone"), 1, "/media/gone holds no copy of the secrets"),
    ],
)
def test_bad_input_is_one_sentence(
    served: Run, tmp_path: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    if words[0] == "restore":
        lost(tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    done = served(*(str(empty) if word == "." else word for word in words))
    told(done, code, sentence)
    assert len((done.stdout + done.stderr).splitlines()) == 1


def test_a_private_key_is_never_written_over_and_is_its_owners(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "owner.key"
    before = key.read_text()
    assert key.stat().st_mode & 0o777 == 0o600
    told(run("keys", "new", str(key)), 1, "exists already, and may be the only key")
    assert key.read_text() == before


def test_the_private_half_in_the_settings_is_a_mistake(run: Run, tmp_path: Path) -> None:
    private = (tmp_path / "owner.key").read_text().splitlines()[1]
    settings(tmp_path, f'recovery_key = "{private}"')
    told(run("verify"), 78, "is not the public half of a recovery key; write the line")


# --- erasure --------------------------------------------------------------------------------------


def test_an_erasure_reaches_the_copies_that_can_be_reached(
    served: Run, tmp_path: Path, stick: Path
) -> None:
    away = tmp_path / "away"
    away.mkdir()
    for folder in (stick, away):
        ok(served("backup", str(folder)))
    away.rename(tmp_path / "pocket")
    with books(tmp_path) as venue:
        client = next(str(c["id"]) for c in venue.store.table("clients") if c["name"])
    out = ok(served("client", "erase", client, "--reason", "asked for it"))
    assert f"{away} still holds the keys" in out
    told(served("verify"), 1, f"{away}: the copy of the secrets still holds the keys of an erased")
    (tmp_path / "pocket").rename(away)
    ok(served("backup", str(away)))
    ok(served("verify"))
    lost(tmp_path)
    for file in stick.glob("*.db"):
        # The backup of before the erasure, and the key of the owner: it does not open.
        done = served(
            *("restore", "--from", str(file), "--from", str(stick / "K1-secrets.sealed")),
            *("--key", str(tmp_path / "owner.key")),
        )
        told(done, 1, "the names and phones of one client cannot be read")


def test_a_copy_that_is_destroyed_is_forgotten(served: Run, tmp_path: Path, stick: Path) -> None:
    ok(served("backup", str(stick)))
    stick.rename(tmp_path / "destroyed")
    with books(tmp_path) as venue:
        client = next(str(c["id"]) for c in venue.store.table("clients") if c["name"])
    served("client", "erase", client, "--reason", "asked for it")
    told(served("verify"), 1, f"kiosk keys forget {stick}")
    ok(served("keys", "forget", str(stick)))
    ok(served("verify"))


def test_behind_a_running_kiosk_the_copies_are_sealed_anew(
    served: Run, tmp_path: Path, stick: Path
) -> None:
    ok(served("backup", str(stick)))
    before = (stick / "K1-secrets.sealed").read_bytes()
    with books(tmp_path, write=True) as venue:
        path, secrets = venue.store.path, venue.books(NOW).secrets.path
        second = SecondCopy(path, secrets, stick, "")
        second.step(NOW)
        assert (stick / "K1-secrets.sealed").read_bytes() == before
        client = next(str(c["id"]) for c in venue.store.table("clients") if c["name"])
        erase = EraseClient(ClientId(client), "asked for it")
        venue.do(erase, actor="cli", key="erase", now=NOW)
        stick.rename(tmp_path / "pocket")
        second.step(NOW)
        assert f"{stick} still holds the keys of erased clients" in str(second.problems)
        (tmp_path / "pocket").rename(stick)
        now = NOW.later(61.0)
        while (wait_s := second.step(now)) != POLL_S:
            now = now.later(wait_s)
        assert not second.problems
        assert (stick / "K1-secrets.sealed").read_bytes() != before
        assert files(stick, "K1")
        second.close()
    ok(served("verify"))


def test_an_erasure_does_not_wait_for_a_mirror_that_is_away(
    served: Run, tmp_path: Path, stick: Path
) -> None:
    ok(served("backup", str(stick)))
    before = (stick / "K1-secrets.sealed").read_bytes()
    with books(tmp_path, write=True) as venue:
        second = SecondCopy(
            venue.store.path, venue.books(NOW).secrets.path, tmp_path / "media", PUBLIC
        )
        now = NOW
        waits = []
        for _ in range(100):
            waits.append(second.step(now))
            now = now.later(waits[-1])
        assert set(waits) == {POLL_S}
        assert "the folder is not there" in str(second.problems)
        client = next(str(c["id"]) for c in venue.store.table("clients") if c["name"])
        erase = EraseClient(ClientId(client), "asked for it")
        venue.do(erase, actor="cli", key="erase", now=now)
        second.step(now)
        assert (stick / "K1-secrets.sealed").read_bytes() != before
        second.close()


def test_a_running_kiosk_keeps_its_mirror_up_in_a_thread_of_its_own(
    served: Run, tmp_path: Path, stick: Path, caplog: pytest.LogCaptureFixture
) -> None:
    away = tmp_path / "pocket"
    stick.rename(away)
    settings(tmp_path, f'mirror = "{stick}"')
    stop = threading.Event()
    with books(tmp_path, write=True) as venue:
        thread = app.second_copy(app.copier(config.load(tmp_path / "kiosk.toml")), stop)
        wait_for(lambda: "the folder is not there" in caplog.text)
        away.rename(stick)
        wait_for(lambda: bool(files(stick, "K1")))
        seq = venue.ledger.seq
        wait_for(lambda: len(files(stick, "K1")[0].read_bytes().splitlines()) == 1 + seq)
        stop.set()
        thread.join(60.0)
        assert not thread.is_alive()
    # Each problem is told once, however often it was tried.
    assert len([r for r in caplog.records if r.levelname == "WARNING"]) == 1


def wait_for(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < end_s
        threading.Event().wait(0.02)


def test_a_mistake_in_copying_does_not_end_the_kiosk(
    served: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*_: object) -> float:
        raise AssertionError("ours")

    monkeypatch.setattr(SecondCopy, "step", mistaken)
    thread = app.second_copy(app.copier(config.load(tmp_path / "kiosk.toml")), threading.Event())
    thread.join(60.0)
    assert "no more is copied: ended by a mistake of ours" in caplog.text


# --- verify ---------------------------------------------------------------------------------------


def rewritten(tmp_path: Path, sql: str) -> None:
    with closing(sqlite3.connect(tmp_path / "kiosk" / "kiosk.db")) as db:
        db.execute(sql)
        db.commit()


def mirror(tmp_path: Path, stick: Path) -> None:
    with books(tmp_path) as venue:
        second = SecondCopy(venue.store.path, venue.books(NOW).secrets.path, stick, "")
        now = NOW
        while (wait_s := second.step(now)) != POLL_S:
            assert not second.problems
            now = now.later(wait_s)
        second.close()


def test_the_copies_are_compared_with_the_store(served: Run, tmp_path: Path, stick: Path) -> None:
    ok(served("backup", str(stick)))
    mirror(tmp_path, stick)
    (copy,) = stick.glob("*.db")
    out = ok(served("verify", "--backup", str(copy), "--mirror", str(stick)))
    assert "0 behind the store" in out
    with books(tmp_path, write=True) as venue:
        before = venue.ledger.seq
        Guest(venue)
        behind = venue.ledger.seq - before
    assert f"{behind} behind the store" in ok(served("verify", "--mirror", str(stick)))
    # And with nothing left but them.
    lost(tmp_path)
    ok(served("verify", "--backup", str(copy), "--mirror", str(stick)))


def test_a_flipped_byte_in_a_copy_is_named(served: Run, tmp_path: Path, stick: Path) -> None:
    ok(served("backup", str(stick)))
    mirror(tmp_path, stick)
    (copy,) = stick.glob("*.db")
    (lines,) = files(stick, "K1")
    for file, begin in ((copy, b"note_settled"), (lines, b"note_settled")):
        data = file.read_bytes()
        at = data.index(begin)
        file.write_bytes(data[:at] + b"N" + data[at + 1 :])
    line = lines.read_bytes().count(b"\n", 0, at) + 1
    for _ in range(2):
        told(served("verify", "--backup", str(copy)), 1, "was changed since it was made", "entry ")
        told(served("verify", "--mirror", str(stick)), 1, f"line {line}: was changed")
        if (tmp_path / "kiosk" / "kiosk.db").exists():
            lost(tmp_path)


def test_a_store_that_was_set_back_is_told_by_its_copies(
    served: Run, tmp_path: Path, stick: Path
) -> None:
    store = tmp_path / "kiosk" / "kiosk.db"
    old = store.read_bytes()
    with books(tmp_path, write=True) as venue:
        Guest(venue).top_up(500)
        seq = venue.ledger.seq
        receipt = proof_of_last(venue)
    ok(served("backup", str(stick)))
    mirror(tmp_path, stick)
    told(served("verify", "--receipt", receipt), 0, "everything up to it is as it was")
    store.write_bytes(old)
    # The books themselves know nothing of what was cut off.
    ok(served("verify"))
    (copy,) = stick.glob("*.db")
    told(served("verify", "--mirror", str(stick)), 1, f"entry {seq}: the store ends before it")
    told(served("verify", "--backup", str(copy)), 1, "it was set back")
    told(served("verify", "--receipt", receipt), 1, "its end was cut off")
    with books(tmp_path, write=True) as venue:
        guest = Guest(venue)
        guest.top_up(100, 100, 100, 100)
        assert venue.ledger.seq > seq
    told(served("verify", "--mirror", str(stick)), 1, "its history was rewritten")
    told(served("verify", "--backup", str(copy)), 1, "its history was rewritten")
    told(served("verify", "--receipt", receipt), 1, "the history up to it was rewritten")


def proof_of_last(venue: Venue) -> str:

    entry = venue.ledger.entry(venue.ledger.seq)
    assert entry is not None
    return proof_code(entry)


# --- receipts -------------------------------------------------------------------------------------


def test_a_receipt_is_found_by_its_code_as_it_is_typed(served: Run, tmp_path: Path) -> None:
    with books(tmp_path) as venue:
        code = code_of_receipt(venue)
    for typed in (code, code.lower(), code.replace("-", " "), code.replace("-", "")):
        out = ok(served("verify", "--receipt", typed))
        assert "top_up_receipt 000001, 600.00: entry " in out
        assert "everything up to it is as it was when it was printed" in out


def test_a_receipt_is_found_by_the_text_of_its_qr_code(served: Run, tmp_path: Path) -> None:
    with books(tmp_path) as venue:
        slip = venue.store.get("slips", "top_up_receipt:1")
        assert slip is not None
        signed = receipt_proof.text(venue.books(NOW), slip)
    out = ok(served("verify", "--receipt", signed))
    assert "top_up_receipt 000001, 600.00: entry " in out
    assert "everything up to it is as it was when it was printed" in out
    other = signed[:40] + ("A" if signed[40] != "A" else "B") + signed[41:]
    told(served("verify", "--receipt", other), 1, "no genuine receipt of this kiosk")


def test_a_receipt_tells_that_its_slip_in_the_books_was_changed(
    served: Run, tmp_path: Path
) -> None:
    with books(tmp_path) as venue:
        slip = venue.store.get("slips", "top_up_receipt:1")
        assert slip is not None
        signed = receipt_proof.text(venue.books(NOW), slip)
    rewritten(tmp_path, "UPDATE slips SET doc = replace(doc, '60000', '50000')")
    told(served("verify", "--receipt", signed), 1, "top_up_receipt:1: the books say", "total")


def test_a_rewritten_history_is_told_by_a_receipt(served: Run, tmp_path: Path) -> None:
    """Somebody changes an amount, and makes all the hashes and balances anew."""
    with books(tmp_path) as venue:
        code = code_of_receipt(venue)
        facts = dict(venue.store.facts)
        entries = [e.document() for e in venue.ledger.entries()]
    lost(tmp_path)

    prev = "0" * 64
    with forged(tmp_path, facts) as venue:
        for document in entries:
            if document["kind"] == "note_held":
                document["refs"]["client"] = "K1-1-9p"
            body = {k: v for k, v in document.items() if k != "hash"} | {"prev": prev}
            prev = digest(body)
            venue.ledger.adopt([Entry.of(body | {"hash": prev})])
    out = served("verify")
    assert "was changed" not in out.stdout
    told(served("verify", "--receipt", code), 1, "the history up to it was rewritten")


@contextmanager
def forged(tmp_path: Path, facts: dict[str, object]) -> Iterator[Venue]:

    Store.create(tmp_path / "kiosk" / "kiosk.db", facts=facts, tables=TABLES).close()

    Store.create(
        tmp_path / "secrets" / "secrets.db", facts={"kiosk": "K1"}, tables=SECRET_TABLES
    ).close()
    with books(tmp_path, write=True) as venue:
        yield venue


def test_an_entry_changed_in_place_is_told_by_a_later_receipt(served: Run, tmp_path: Path) -> None:
    with books(tmp_path) as venue:
        code = code_of_receipt(venue)
    rewritten(tmp_path, "UPDATE entries SET doc = replace(doc, 'K1', 'K2') WHERE doc_id = 2")
    told(served("verify", "--receipt", code), 1, "entry 2: was changed after it was written")


def test_a_receipt_of_an_epoch_that_a_restore_gave_up(
    served: Run, tmp_path: Path, stick: Path
) -> None:
    ok(served("backup", str(stick)))
    with books(tmp_path, write=True) as venue:
        guest = Guest(venue)
        guest.top_up(500)
        guest.press("done")
        lost_code = proof_of_last(venue)
        kept_code = code_of_receipt(venue)
    lost(tmp_path)
    served("restore", "--from", str(stick), "--key", str(tmp_path / "owner.key"))
    told(served("verify", "--receipt", kept_code), 0, "everything up to it is as it was")
    told(served("verify", "--receipt", lost_code), 1, "of epoch 1 was lost when the store was")
    with books(tmp_path, write=True) as venue:
        Guest(venue).top_up(100, 100, 100, 100, 100)
    told(served("verify", "--receipt", lost_code), 1, "of epoch 1 was lost when the store was")
    told(served("verify", "--receipt", "K1-7-3-0000-0000-0000-0000"), 1, "know no epoch 7")


def test_a_receipt_of_another_kiosk(served: Run) -> None:
    told(served("verify", "--receipt", "K2-1-3-0000-0000-0000-0000"), 1, "is a receipt of kiosk K2")
    told(served("verify", "--receipt", "K1-1-3-0000-0000-0000-0000"), 1, "the code is mistyped")

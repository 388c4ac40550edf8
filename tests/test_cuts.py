"""The replay of power cuts itself: that it reads what was done, and that it finds what is wrong."""

from __future__ import annotations

import os
import random
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.prove import cuts, cuts_kiosk
from tests.prove.cuts_disk import Disk, fates
from tests.prove.cuts_trace import (
    AT_THE_END,
    Copied,
    Event,
    MadeFolder,
    Moved,
    Opened,
    Removed,
    Resized,
    Synced,
    Told,
    Untold,
    Wrote,
    events,
    record,
)

PLANTED = {
    "synchronous NORMAL": """
import kiosk.core.store_file as f
f._PRAGMAS = tuple(p.replace("synchronous = FULL", "synchronous = NORMAL") for p in f._PRAGMAS)
""",
    "synchronous OFF": """
import kiosk.core.store_file as f
f._PRAGMAS = tuple(p.replace("synchronous = FULL", "synchronous = OFF") for p in f._PRAGMAS)
""",
    "a journal instead of a log": """
import kiosk.core.store_file as f
f._PRAGMAS += ("journal_mode = DELETE",)
""",
    "no sync of the folder after a rename": """
import kiosk.core.store_copy as c, kiosk.core.store_file as f
real = f.sync_folder
f.sync_folder = c.sync_folder = lambda path: real(path) if path.is_dir() else None
""",
    "no sync of a new folder's name": """
import kiosk.core.store_file as f
real = f.sync_folder
f.sync_folder = lambda path: None if path.is_dir() else real(path)
""",
    "no sync of the emptied log": """
import kiosk.core.store as s
s.sync_file = lambda path: None
""",
    "the entry before the secrets": """
import contextlib
import kiosk.core.clients as c, kiosk.core.ledger as l
from dataclasses import replace
new_client, post, later = c._new_client, l.Ledger.post, []
class Late:
    def __init__(self, real): self.real = real
    def __getattr__(self, name): return getattr(self.real, name)
    def transaction(self): return contextlib.nullcontext()
    def put(self, *args): later.append((self.real, args))
def made(books, *args): return new_client(replace(books, secrets=Late(books.secrets)), *args)
def posted(*args, **named):
    done = post(*args, **named)
    for store, args in later:
        with store.transaction(): store.put(*args)
    later.clear()
    return done
c._new_client, l.Ledger.post = made, posted
""",
    "two commits for one operation": """
import kiosk.core.store as s
put = s.Store.put
def puts(self, table, id, document):
    put(self, table, id, document)
    if table == "entries":
        self.execute("COMMIT")
        self.execute("BEGIN IMMEDIATE")
s.Store.put = puts
""",
}
"""Faults by what they are, as Python that plants them in the recorded process alone.

Without the sync of the folder a new store's name is kept all the same, because SQLite syncs the
folder when it begins its log: it is the copy whose name is lost.
"""

RUN = "\nfrom tests.prove.cuts_record import main\nmain()\n"


def silent(line: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> cuts.Recording:
    return cuts.recorded("first", tmp_path_factory.mktemp("cuts") / "recorded")


@pytest.mark.slow
def test_no_disk_of_a_first_day_is_wrong(first_day: cuts.Recording, tmp_path: Path) -> None:
    done = cuts.replayed(first_day, 150, 2, silent, tmp_path)
    assert done.violations == []
    assert len(done.seen) > 100
    assert {seen.entries for seen in done.seen.values()} > {None, 0, 1, 2, 3, 8}


@pytest.mark.slow
@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(fault: str, tmp_path: Path) -> None:
    program = ("-c", PLANTED[fault] + RUN)
    recording = cuts.recorded("first", tmp_path / "recorded", program)
    assert cuts.replayed(recording, 100, 1, silent, tmp_path, enough=1).violations


@pytest.mark.slow
def test_a_violation_tells_all_that_is_needed(first_day: cuts.Recording, tmp_path: Path) -> None:
    # The truth is bent instead of the program: an entry is said to have been another.
    truth = first_day.truth
    place = next(n for n, step in enumerate(truth.life.steps) if step.name == "start:1")
    bent = replace(first_day, truth=replace(truth, hashes={**truth.hashes, place: "0" * 64}))
    done = cuts.replayed(bent, 60, 1, silent, tmp_path, enough=1)
    told = done.violations[0]
    assert re.search(r"cut before call \d+ \(.*; in .*; .* of \d+ unsynced changes, lost: ", told)
    assert "start:1 is there in place of start:1, or is another than it was" in told
    kept = Path(told.rpartition("--keep: ")[2].rstrip(")"))
    assert (kept / "store/kiosk.db").exists()


def test_one_sync_a_commit(first_day: cuts.Recording) -> None:
    assert "1.00 syncs a commit (most: 1)" in cuts.measured(first_day)


def test_what_is_kept_whole_is_what_the_program_sees(first_day: cuts.Recording) -> None:
    disk = Disk(first_day.before)
    for event in first_day.events:
        disk.take(event)
        whole = disk.after(dict.fromkeys(range(len(disk.unsynced())), "kept"))
        seen = disk.now()
        for name, data in whole.items():
            assert name.endswith("-shm") or data == seen[name], f"{name} after {event}"


@pytest.mark.slow
def test_what_the_acceptor_was_told_is_on_the_disk(tmp_path: Path) -> None:
    sound = cuts_kiosk.recorded_kiosk(tmp_path / "sound")
    assert cuts.replayed(sound, 60, 1, silent, tmp_path).violations == []
    program = (PLANTED["synchronous NORMAL"], "from kiosk.__main__ import main", "main()")
    faulty = cuts_kiosk.recorded_kiosk(tmp_path / "faulty", ("-c", "\n".join(program)))
    told = cuts.replayed(faulty, 60, 1, silent, tmp_path).violations
    assert any("acknowledged and not there" in violation for violation in told)


# --- the trace ---------------------------------------------------------------------------------

PROGRAM = """
import os, sys, threading
os.chdir(sys.argv[1])
os.mkdir("b")
f = os.open("b/one", os.O_RDWR | os.O_CREAT)
os.write(f, b"12"); os.write(f, b"34")
os.lseek(f, 1, os.SEEK_SET); os.write(f, b"x")
os.pwrite(f, b"zz", 6)
os.writev(f, [b"a", b"b"])
os.ftruncate(f, 5)
os.posix_fallocate(f, 0, 8)
os.fdatasync(f)
with open("b/two", "ab") as two: two.write(b"end"); two.flush(); two.write(b"ing")
t = os.open("b/two", os.O_RDWR); os.sendfile(f, t, 3, 2)
os.rename("b/two", "b/three")
os.link("b/three", "b/four")
os.unlink("b/four")
d = os.open("b", os.O_RDONLY); os.fsync(d)
thread = threading.Thread(target=os.fsync, args=(f,)); thread.start(); thread.join()
os.open("b/one", os.O_WRONLY | os.O_TRUNC)
os.write(1, b"told all")
open("/dev/null", "wb").write(b"elsewhere")
"""


def test_calls_are_read_from_a_trace(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    record([sys.executable, "-c", PROGRAM, str(folder)], tmp_path / "trace", cwd=tmp_path)
    assert events(tmp_path / "trace", folder) == [
        MadeFolder("b"),
        Opened("b/one", makes=True, empties=False),
        Wrote("b/one", 0, b"12"),
        Wrote("b/one", 2, b"34"),
        Wrote("b/one", 1, b"x"),
        Wrote("b/one", 6, b"zz"),
        Wrote("b/one", 2, b"ab"),
        Resized("b/one", 5),
        Resized("b/one", 8, grows=True),
        Synced("b/one"),
        Opened("b/two", makes=True, empties=False),
        Wrote("b/two", AT_THE_END, b"end"),
        Wrote("b/two", AT_THE_END, b"ing"),
        Opened("b/two", makes=False, empties=False),
        Copied("b/one", 4, "b/two", 3, 2),
        Moved("b/two", "b/three"),
        Moved("b/three", "b/four", link=True),
        Removed("b/four"),
        Synced("b"),
        Synced("b/one"),
        Opened("b/one", makes=False, empties=True),
        Told("all"),
    ]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("os.truncate('one', 1)", "truncate of .*one is not read here"),
        ("os.sync()", "sync is not read here"),
        ("os.sendfile(f, os.open('/etc/passwd', 0), 0, 2)", "one is a copy of /etc/passwd"),
        ("os.copy_file_range(os.open('one', os.O_RDONLY), f, 2)", "copy_file_range .* not read"),
        ("import mmap; mmap.mmap(f, 2)", "one is written through memory"),
        ("os.rename('one', '../one')", "across the border"),
    ],
)
def test_what_cannot_be_read_is_said(call: str, said: str, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    program = (
        f"import os; os.chdir({str(folder)!r}); f = os.open('one', os.O_RDWR | os.O_CREAT)\n"
        f"os.write(f, b'12')\n{call}"
    )
    record([sys.executable, "-c", program], tmp_path / "trace", cwd=tmp_path)
    with pytest.raises(Untold, match=said):
        events(tmp_path / "trace", folder)


def test_a_program_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(Untold, match=r"ended with 3"):
        record([sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "trace", cwd=tmp_path)


def test_a_machine_without_strace_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Untold, match="strace is missing: make setup installs it"):
        record(["true"], tmp_path / "trace", cwd=tmp_path)


def test_a_machine_that_forbids_tracing_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    forbids = tmp_path / "strace"
    forbids.write_text("#!/bin/sh\necho 'strace: PTRACE_TRACEME: not permitted' >&2\nexit 1\n")
    forbids.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(Untold, match=r"forbids tracing: in a container, .* SYS_PTRACE"):
        record(["true"], tmp_path / "trace", cwd=tmp_path)


# --- the disk ----------------------------------------------------------------------------------


def disk_of(*done: Event) -> Disk:
    disk = Disk()
    for event in done:
        disk.take(event)
    return disk


MADE = (Opened("f", makes=True, empties=False), Synced(""))


def test_a_write_is_lost_until_its_file_is_synced() -> None:
    disk = disk_of(*MADE, Wrote("f", 0, b"abc"))
    assert disk.after({}) == {"f": b""}
    assert disk.after({0: "kept"}) == {"f": b"abc"}
    assert disk.after({0: "size"}) == {"f": bytes(3)}
    disk.take(Synced("f"))
    assert disk.unsynced() == []
    assert disk.after({}) == {"f": b"abc"}


def test_a_write_is_torn_at_the_sectors_of_the_file() -> None:
    old = bytes(1536)
    disk = disk_of(*MADE, Wrote("f", 0, old), Synced("f"), Wrote("f", 500, b"x" * 600))
    assert disk.after({0: frozenset({0})}) == {"f": old[:500] + b"x" * 12 + old[512:]}
    assert disk.after({0: frozenset({1})}) == {"f": old[:512] + b"x" * 512 + old[1024:]}
    assert disk.after({0: frozenset({0, 2})}) == {
        "f": old[:500] + b"x" * 12 + old[512:1024] + b"x" * 76 + old[1100:]
    }


def test_writes_are_kept_in_any_order() -> None:
    disk = disk_of(*MADE, Wrote("f", 0, b"abc"), Wrote("f", 5, b"de"), Resized("f", 6))
    assert disk.after({1: "kept"}) == {"f": bytes(5) + b"de"}
    assert disk.after({0: "kept", 2: "kept"}) == {"f": b"abc" + bytes(3)}


def test_a_name_is_lost_until_its_folder_is_synced() -> None:
    disk = disk_of(Opened("f", makes=True, empties=False), Wrote("f", 0, b"a"), Synced("f"))
    assert disk.after({}) == {}
    assert disk.after({0: "kept"}) == {"f": b"a"}
    disk.take(Synced(""))
    assert disk.after({}) == {"f": b"a"}


def test_a_folder_whose_name_is_lost_takes_its_files_with_it() -> None:
    disk = disk_of(MadeFolder("d"), Opened("d/f", makes=True, empties=False), Synced("d"))
    assert disk.after({}) == {}
    assert disk.after({0: "kept"}) == {"d": None, "d/f": b""}


def test_a_rename_may_be_kept_before_what_stands_in_the_file() -> None:
    disk = disk_of(
        *MADE,
        Wrote("f", 0, b"old"),
        Synced("f"),
        Opened("f.new", makes=True, empties=False),
        Wrote("f.new", 0, b"new"),
        Moved("f.new", "f"),
    )
    assert disk.after({}) == {"f": b"old"}
    assert disk.after({2: "kept"}) == {"f": b""}
    assert disk.after({0: "kept", 1: "kept"}) == {"f": b"old", "f.new": b"new"}
    assert disk.after({1: "kept", 2: "kept"}) == {"f": b"new"}


def test_a_removed_file_is_back_when_its_folder_was_not_synced() -> None:
    disk = disk_of(*MADE, Wrote("f", 0, b"a"), Synced("f"), Removed("f"))
    assert disk.after({}) == {"f": b"a"}
    assert disk.after({0: "kept"}) == {}


def test_the_index_of_a_log_holds_anything_and_a_lock_nothing() -> None:
    disk = disk_of(
        Opened("f-shm", makes=True, empties=False),
        Opened("f.lock", makes=True, empties=False),
        Wrote("f-shm", 0, b"a"),
        Wrote("f.lock", 0, b"process 1"),
        Synced(""),
    )
    assert disk.unsynced() == []
    after = disk.after({})
    assert set(after) == {"f-shm"}
    assert len(set(after["f-shm"] or b"")) == 256


def test_the_fates_are_none_all_each_one_torn_ones_and_some_by_chance() -> None:
    disk = disk_of(*MADE, Wrote("f", 0, bytes(1024)), Wrote("f", 4096, b"x"), Resized("f", 9000))
    named = dict(fates(disk.unsynced(), random.Random(1), 5))
    assert named["nothing kept"] == {}
    assert named["all kept"] == {0: "kept", 1: "kept", 2: "kept"}
    assert named["all but change 2"] == {0: "kept", 1: "lost", 2: "kept"}
    assert named["change 3 alone"] == {2: "kept"}
    assert named["of change 1 the first half alone"] == {0: frozenset({0})}
    assert named["all, of change 1 the last half"] == {0: frozenset({1}), 1: "kept", 2: "kept"}
    assert named["all, of change 2 the size"] == {0: "kept", 1: "size", 2: "kept"}
    assert "of change 2 the first half alone" not in named, "one sector is never torn"
    assert len([name for name in named if name.startswith("by chance")]) == 5

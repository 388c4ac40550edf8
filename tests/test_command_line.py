"""The command line, no kiosk running: bad input, the books from outside.

Most commands are called in this process: a start of the interpreter takes longer than any of them.
What begins to run a kiosk is a process, and so is one command of each way to end.
"""

from __future__ import annotations

import io
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from tinydb import TinyDB
from tinydb.storages import JSONStorage

from kiosk.__main__ import main
from kiosk.core import cash, clients, clock, prepayments
from kiosk.core.ids import CardId, ClientId, VisitId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.recognition import Recognised
from kiosk.core.store_file import FORMAT_VERSION, lock_for_writing
from kiosk.core.venue import Venue

ROOT = Path(__file__).parents[1]
DEMO = str(ROOT / "kiosk/demo_venue.toml")
NUMBER = "7700004821"
NOTE = note_id("acceptor", 1, 1)

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command on the configuration of this test."""
    (tmp_path / "kiosk.toml").write_text(
        f'[store]\nfolder = "{tmp_path}"\n'
        '[devices.stripe]\ndriver = "magstripe"\nsimulated = true\n'
    )

    def command(
        verb: str, *words: str, config: str = "kiosk.toml", typed: str = "", process: bool = False
    ) -> subprocess.CompletedProcess[str]:
        argv = [verb, "--config", str(tmp_path / config), *words]
        if verb != "run" and not process:
            return here(argv, typed)
        return subprocess.run(
            [sys.executable, "-m", "kiosk", *argv],
            cwd=ROOT,
            capture_output=True,
            text=True,
            input=typed,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        )

    return command


def here(argv: list[str], typed: str) -> subprocess.CompletedProcess[str]:
    """The same in this process: what it wrote, and its exit code."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "stdin", io.StringIO(typed))
        try:
            code = main(argv)
        except SystemExit as ended:
            code = int(str(ended.code))
    return subprocess.CompletedProcess(argv, code, out.getvalue(), err.getvalue())


@pytest.fixture
def stored(run: Run, tmp_path: Path) -> Run:
    """The same, with a store in which a card is registered and a note of 500 is held."""
    assert run("import", DEMO).returncode == 0
    venue = Venue.open(tmp_path / "kiosk.db", tmp_path / "secrets.db")
    now = clock.system_now()
    read = Recognised("Striped guest card", "interface", "PDS", NUMBER)
    register = clients.RegisterCard(read, "guest", "en", "2026-11", "+79162041234", "7391", "Anna")
    venue.do(cash.RecordStart(1), actor="kiosk", key="start:1", now=now)
    entry = venue.do(register, actor="guest", key="register", now=now)
    card, client = CardId(entry.refs["card"]), ClientId(entry.refs["client"])
    value = Money.face(500, CURRENCIES["RUB"])
    held = cash.HoldNote(NOTE, value, client, card)
    assert venue.do(held, actor="kiosk", key=f"hold:{NOTE}", now=now).kind == "note_held"
    venue.close()
    return run


def told(done: subprocess.CompletedProcess[str], code: int, *parts: str) -> None:
    """One clear sentence (or a line each), no traceback, and this exit code."""
    assert done.returncode == code, done.stdout + done.stderr
    assert not done.stdout and "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr
    if code == 1 or len(parts) == 1:
        assert len(done.stderr.splitlines()) == 1, done.stderr


# --- bad input -----------------------------------------------------------------------------------


def test_a_wrong_configuration_lists_every_mistake(run: Run, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text(
        '[kiosk]\nid = "K 1"\nlangage = "en"\n[screen]\nwidth = "wide"\n[stor]\nfolder = "x"\n'
        '[devices.acceptor]\ndriver = "ccnett"\n'
        '[devices.printer]\ndriver = "escpos"\n'
        '[devices.stripe]\ndriver = "magstripe"\nport = "/dev/ttyS0"\nbuad = 9600\n'
    )
    done = run("run", config="wrong.toml")
    told(
        done,
        78,
        '[kiosk] id: "K 1" is not 1 to 12 letters and digits',
        'did you mean "language"?',
        "[screen] width: is a text in quotes; write a whole number",
        'unknown section; did you mean "store"?',
        'no driver "ccnett"; did you mean "ccnet"?',
        "[devices.printer]: the port is missing",
        'did you mean "baud"?',
    )
    assert len(done.stderr.splitlines()) == 7


@pytest.mark.parametrize(
    ("devices", "sentence"),
    [
        ('[devices.a]\ndriver = "ccnot"\n', 'no driver "ccnot"; did you mean "ccnet"?'),
        ('[devices.a]\ndriver = "ccnet"\n', "the port is missing"),
        ("", "no device is declared"),
    ],
)
def test_one_mistake_is_one_sentence(run: Run, tmp_path: Path, devices: str, sentence: str) -> None:
    (tmp_path / "kiosk.toml").write_text(f'[store]\nfolder = "{tmp_path}"\n{devices}')
    told(run("run"), 78, sentence)


def test_no_such_configuration(run: Run) -> None:
    told(run("run", config="nowhere.toml"), 78, "there is no such file")


@pytest.mark.parametrize(
    "words",
    [
        ("run",),
        ("verify",),
        ("entries",),
        ("show", "card", NUMBER),
        ("export", "--tinydb", "x"),
        ("note", "list"),
        ("card", "block", NUMBER, "--reason", "found"),
    ],
)
def test_without_a_store_every_command_names_the_import(run: Run, words: tuple[str, ...]) -> None:
    told(run(*words), 78, "there is no store yet; make one: kiosk import venue.toml")


def test_a_store_of_a_newer_version(stored: Run, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "kiosk.db")) as db:
        db.execute(f"PRAGMA user_version = {FORMAT_VERSION + 1}")
    told(stored("verify", process=True), 78, "was written by a newer version of the program")
    for words in (("run",), ("verify",), ("note", "list")):
        told(stored(*words), 78, "was written by a newer version of the program")


def test_a_second_kiosk_on_the_same_store(stored: Run, tmp_path: Path) -> None:
    lock = lock_for_writing(tmp_path / "kiosk.db")
    for words in (("run",), ("note", "settle", NOTE, "--reason", "found")):
        told(stored(*words, process=True), 75, "is in use: process")
    assert lock > 0
    assert stored("verify").returncode == 0


def test_a_simulated_store_refuses_real_devices(stored: Run, tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text(
        f'[store]\nfolder = "{tmp_path}"\n'
        '[devices.stripe]\ndriver = "magstripe"\nport = "/dev/ttyS0"\n'
    )
    told(stored("run", config="real.toml"), 78, "this store is simulated for good")


def test_a_real_store_refuses_simulated_devices(run: Run, tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text(
        f'[store]\nfolder = "{tmp_path}"\n'
        '[devices.stripe]\ndriver = "magstripe"\nport = "/dev/ttyS0"\n'
    )
    assert run("import", DEMO, config="real.toml").returncode == 0
    told(run("run"), 78, "this store is real for good")


def test_a_store_is_simulated_or_real(run: Run, tmp_path: Path) -> None:
    with (tmp_path / "kiosk.toml").open("a") as file:
        file.write('[devices.printer]\ndriver = "escpos"\nport = "tcp://127.0.0.1:1"\n')
    told(run("import", DEMO), 78, "some are simulated, some real")


def test_a_wrong_venue_makes_no_store(run: Run, tmp_path: Path) -> None:
    told(run("import", str(tmp_path / "no.toml")), 78, "there is no such file")
    (tmp_path / "no.toml").write_text("name = 3\n")
    assert run("import", str(tmp_path / "no.toml")).returncode == 78
    assert not (tmp_path / "kiosk.db").exists()


def test_the_bench_without_a_kiosk(stored: Run) -> None:
    told(stored("bench", "note", "500"), 1, "no kiosk is running here")
    told(stored("state"), 1, "no kiosk is running here")


# --- the books -----------------------------------------------------------------------------------


def test_import_again(run: Run) -> None:
    done = run("import", DEMO, process=True)
    assert (done.returncode, done.stdout) == (0, "entry 1: Orbit Club imported\n")
    told(run("import", DEMO, process=True), 1, "Nothing is different; nothing was changed.")


def test_note_settle_and_void(stored: Run) -> None:
    held = stored("note", "list").stdout
    assert held == f"{NOTE}  500.00  held  card •••• {NUMBER[-4:]}\n"
    told(stored("note", "settle", NOTE), 1, "say why: --reason TEXT")
    told(stored("note", "take", NOTE, "--reason", "x"), 1, "usage: note list | note settle|void ID")
    done = stored("note", "settle", NOTE, "--reason", "found in the cashbox")
    assert done.returncode == 0 and "note_settled" in done.stdout
    assert json.loads(stored("show", "card", NUMBER, "--json").stdout)["client"]["wallet"] == (
        "500.00"
    )
    entry = json.loads(stored("entries", "--json").stdout.splitlines()[-1])
    assert (entry["actor"], entry["reason"]) == ("cli", "found in the cashbox")
    told(stored("note", "void", NOTE, "--reason", "x"), 1, f"The note {NOTE} is not held")
    assert stored("note", "list").stdout == "no note waits for anybody\n"
    assert stored("verify").returncode == 0


def test_card_block(stored: Run) -> None:
    assert stored("card", "block", NUMBER, "--reason", "found").returncode == 0
    assert json.loads(stored("show", "card", NUMBER, "--json").stdout)["state"] == "blocked"
    assert stored("card", "unblock", NUMBER, "--reason", "fetched").returncode == 0
    assert json.loads(stored("show", "card", NUMBER, "--json").stdout)["state"] == "active"
    told(stored("card", "block", "4711", "--reason", "x"), 1, "there is no card 4711")
    told(stored("show", "card", "4711"), 1, "There is no card 4711.")


def test_tokens_of_tills(stored: Run) -> None:
    assert stored("token", "list").stdout == "no till has a token\n"
    told(stored("token", "new", "bar"), 1, "usage: token list | token new TILL SCOPE…")
    told(stored("token", "new", "cellar", "read"), 1, "There is no till cellar.")
    told(stored("token", "new", "bar", "read", "dance"), 1, "each once: read, serve, sell")
    made, token, hint = stored("token", "new", "bar", "serve", "read").stdout.splitlines()
    name = re.fullmatch(r"entry \d+: token_issued ([0-9a-f]{8}) of till bar", made)
    assert name and re.fullmatch("foyer-till-[a-z2-7]{52}", token) and "only once" in hint
    listed = stored("token", "list").stdout
    assert re.fullmatch(rf"{name[1]}  bar  read serve  active  \S+\n", listed)
    assert token not in stored("entries", "--json").stdout
    assert "token_revoked" in stored("token", "revoke", name[1]).stdout
    told(stored("token", "revoke", name[1]), 1, f"There is no token {name[1]} that is good.")
    assert "  revoked  " in stored("token", "list").stdout


def test_staff(stored: Run, tmp_path: Path) -> None:
    listed = stored("staff", "list").stdout.splitlines()
    assert listed[0] == "101  Vera  cashier  no PIN yet" and len(listed) == 7
    assert (
        "staff_pin_set 106" in stored("staff", "pin", "106", typed="482915\n", process=True).stdout
    )
    assert "106  Olga  owner  PIN set" in stored("staff", "list").stdout
    told(stored("staff", "pin", "101", typed="123456\n"), 1, "too easy to guess")
    told(stored("staff", "pin", "101"), 1, "A PIN has 6 digits.")
    told(stored("staff", "pin", "999", typed="482915\n"), 1, "There is no employee 999.")
    told(stored("staff", "pin", "101", "482915"), 1, "the PIN is asked for")
    assert "staff_unlocked 106" in stored("staff", "unlock", "106").stdout
    codes = [stored("staff", "recovery-code", *words).stdout for words in ((), ("106",))]
    assert [len(code.splitlines()[1]) for code in codes] == [29, 29] and codes[0] != codes[1]
    told(stored("staff", "recovery-code", "105"), 1, "105 is no owner who works here.")
    told(stored("staff", "fire", "105"), 1, "usage: staff list | staff pin NUMBER")
    kept = (tmp_path / "kiosk.db").read_bytes() + (tmp_path / "secrets.db").read_bytes()
    for secret in ("482915", *(code.splitlines()[1] for code in codes)):
        assert secret.encode() not in kept
    assert stored("verify").returncode == 0


def test_the_venue_is_exported_changed_and_imported_again(stored: Run, tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    assert stored("export", str(file)).stdout == f"{file}\n"
    assert "Nothing is different" in stored("import", str(file)).stderr
    told = stored("export", str(file))
    assert told.returncode == 78 and "is there already; name another file" in told.stderr
    text = file.read_text("utf-8")
    file.write_text(
        text.replace('name = "Vera"', 'name = "Nina"').replace("price = 180", "price = 1.8")
    )
    told = stored("import", str(file))
    assert told.returncode == 78 and "lemonade price: is a floating-point number" in told.stderr
    assert "Vera" in text and "Nina" not in stored("entries", "--json").stdout, "nothing changed"
    file.write_text(text.replace('name = "Vera"', 'name = "Nina"'))
    assert stored("import", str(file)).returncode == 0
    assert stored("export", str(tmp_path / "again.toml")).returncode == 0
    assert (tmp_path / "again.toml").read_text("utf-8") == file.read_text("utf-8")
    lost = stored("export", str(tmp_path / "nowhere" / "x.toml"))
    assert lost.returncode == 78 and "cannot be written" in lost.stderr
    assert "usage" in stored("export").stderr


def test_U5_stock_tinydb_opens_the_export(stored: Run, tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    assert stored("export", "--tinydb", str(file)).stdout == f"{file}\n"
    with TinyDB(file, storage=JSONStorage) as db:
        kinds = [entry["kind"] for entry in db.table("entries")]
        assert kinds[0] == "venue_imported" and kinds[-1] == "note_held"
        assert len(db.table("cards")) == 1 and len(db.table("notes")) == 1
    assert "Anna" not in file.read_text() and "9162041234" not in file.read_text()


def test_names_and_phones_are_masked(stored: Run) -> None:
    shown = stored("show", "card", NUMBER, "--json").stdout
    client = json.loads(shown)["client"]
    assert client["name"] == "A•••" and "2041234" not in shown
    entries = stored("entries", "--json").stdout
    (registered,) = [e for e in map(json.loads, entries.splitlines()) if "register" in e["kind"]]
    told_of = [c[2] for c in registered["changes"] if c[0] == "clients"]
    assert [(c["name"], c["phone"]) for c in told_of] == [("•••", "•••")]


def test_verify_names_the_entry_of_which_a_byte_changed(stored: Run, tmp_path: Path) -> None:
    assert "chain, sums and projections are sound" in stored("verify").stdout
    with closing(sqlite3.connect(tmp_path / "kiosk.db")) as db:
        tables = {t for (t,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        (entries,) = [t for t in tables if t.endswith("entries")]
        db.execute(
            f"UPDATE {entries} SET doc = replace(doc, '50000', '50001')"
            " WHERE doc LIKE '%note_held%'"
        )
        db.commit()
    done = stored("verify")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stdout.splitlines() == [
        f"entry 4 (hold:{NOTE}): was changed after it was written",
        f"notes {NOTE}: is not what the entries add up to",
    ]


def test_a_closed_pipe_ends_quietly(stored: Run, tmp_path: Path) -> None:
    config = str(tmp_path / "kiosk.toml")
    command = [sys.executable, "-m", "kiosk", "entries", "--json", "--config", config]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_E86_a_claim_that_was_no_note_says_where_its_money_came_from(
    run: Run, tmp_path: Path
) -> None:
    assert run("import", str(ROOT / "kiosk" / "demo_centre.toml")).returncode == 0
    venue = Venue.open(tmp_path / "kiosk.db", tmp_path / "secrets.db")
    now = clock.system_now()
    read = Recognised("Entrance card 1000", "entrance_card", "entrance-1000", "620001")
    visit = VisitId("K1-1-3v")
    for command, actor in (
        (cash.RecordStart(1), "kiosk"),
        (prepayments.BeginPrepayment(read, "en", 2), "guest"),
        (cash.HoldDeposit(NOTE, Money.face(500, CURRENCIES["RUB"]), visit), "kiosk"),
        (cash.SettleNote(NOTE), "kiosk"),
        (prepayments.AbandonPrepayment(visit), "kiosk"),
    ):
        done = venue.do(command, actor=actor, key=type(command).__name__, now=now)
        assert isinstance(done, Entry), done
    venue.close()
    done = run("claim", "list")
    assert done.returncode == 0
    assert done.stdout.startswith("000001  500.00")
    assert done.stdout.endswith(f"prepayment of visit {visit}\n")
    assert run("verify").returncode == 0

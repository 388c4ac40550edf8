"""The proof itself: it can fail, its faults are real patches, and its page says who finds them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.core.ledger import Entry
from kiosk.core.venue import Venue
from tests.core.guest import shelf
from tests.prove import __main__ as prove
from tests.prove import copyist, faults, kills
from tests.prove.parts import Outcome, Plan, Say
from tests.prove.teller import carry_out

ROOT = Path(__file__).parents[1]


# --- The command --------------------------------------------------------------------------------


def part(outcome: Outcome | Exception, seen: list[Plan] | None = None) -> object:
    def run(plan: Plan, say: Say) -> Outcome:
        assert plan.folder.is_dir()
        if seen is not None:
            seen.append(plan)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return run


def proven(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *words: str,
    **parts: object,
) -> tuple[int, list[str]]:
    """The exit code and the lines of a run with these parts."""
    monkeypatch.setattr(prove, "_part", parts.__getitem__)
    code = prove.main([*words, "--only", ",".join(parts)])
    return code, capsys.readouterr().out.splitlines()


def test_it_ends_with_one_line_of_figures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[Plan] = []
    sound = {"kills": part(Outcome("200 kills"), seen), "days": part(Outcome("9 days"), seen)}
    code, lines = proven(monkeypatch, capsys, **sound)
    assert (code, lines[-1]) == (0, "prove: 200 kills, 9 days: 0 violations")
    assert [(plan.long, plan.seed) for plan in seen] == [(False, prove.SEED)] * 2
    assert not any(plan.folder.exists() for plan in seen)


def test_a_violation_is_told_in_full_and_makes_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {"kills": part(Outcome("7 kills", ("a coin is lost",))), "cuts": part(OSError("full"))}
    code, lines = proven(monkeypatch, capsys, **found)
    assert (code, lines[-1]) == (1, "prove: 7 kills, cuts broken off: 2 violations")
    assert "violation 1: a coin is lost" in lines and "OSError: full" in lines


def test_the_long_form_takes_any_seed_and_says_which(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[Plan] = []
    for words in (["--long"], ["--long"], ["--long", "--seed", "7"]):
        _, lines = proven(monkeypatch, capsys, *words, kills=part(Outcome("7 kills"), seen))
        assert f"seed {seen[-1].seed}" in lines[0]
    first, second, third = (plan.seed for plan in seen)
    assert first != second and third == 7


def test_a_part_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        prove.main(["--only", "kills,coins"])
    assert "'coins' is none of kills, cuts" in capsys.readouterr().err


# --- Kills --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def life() -> Iterator[tuple[Path, list[str]]]:
    """A teller's store after a life that nobody ended, and what it told."""
    with shelf() as folder:
        store = folder / "store"
        store.mkdir()
        words = [sys.executable, "-m", "tests.prove.teller", str(store), "seed", "200"]
        ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
        yield store, ran.stdout.splitlines()


def told(lines: list[str]) -> kills.Told:
    heard = kills.Told()
    for line in lines:
        heard.hear(line)
    return heard


def test_a_whole_life_is_judged_sound(life: tuple[Path, list[str]]) -> None:
    store, lines = life
    assert kills.judge(store, told(lines)) == ""
    does = {operation["does"] for operation in told(lines).operations.values()}
    assert does >= {"hold", "settle", "receipt", "register", "suspend", "claim", "redeem", "erase"}


def test_what_was_under_way_may_be_there_or_not(life: tuple[Path, list[str]]) -> None:
    store, lines = life
    last = max(n for n, line in enumerate(lines) if line.startswith("did "))
    assert kills.judge(store, told(lines[:last])) == ""
    another = [*lines[: last + 1], 'do {"key": "start:2", "does": "start", "start": 2}']
    assert kills.judge(store, told(another)) == ""


def test_what_was_acknowledged_and_is_lost_is_found(life: tuple[Path, list[str]]) -> None:
    store, lines = life
    heard = told(lines)
    heard.done.append({"key": "settle:x", "seq": len(heard.done) + 1, "hash": "", "refs": {}})
    assert "acknowledged and lost" in kills.judge(store, heard)


def test_what_nobody_asked_for_is_found(life: tuple[Path, list[str]]) -> None:
    store, lines = life
    heard = told(lines)
    heard.done.pop()
    assert "nobody asked for" in kills.judge(store, heard)


def test_an_entry_that_was_told_otherwise_is_found(life: tuple[Path, list[str]]) -> None:
    store, lines = life
    heard = told(lines)
    heard.done[3]["hash"] = "0" * 64
    assert "acknowledged was" in kills.judge(store, heard)


def test_money_that_does_not_add_up_is_found(life: tuple[Path, list[str]]) -> None:
    store, lines = life
    heard = told(lines)
    held = next(o for o in heard.operations.values() if o["does"] == "hold")
    held["face"] += 50
    assert "reckoned, and on the books" in kills.judge(store, heard)


def test_a_guest_who_can_no_longer_be_read_is_found(life: tuple[Path, list[str]]) -> None:
    store, lines = life
    heard = told(lines)
    erased = {o["client"] for o in heard.operations.values() if o["does"] == "erase"}
    entries = {entry["key"]: entry for entry in heard.done}
    guest = next(
        o
        for o in heard.operations.values()
        if o["does"] == "register" and entries[o["key"]]["refs"]["client"] not in erased
    )
    guest["name"] = "Somebody else"
    assert "to be read is" in kills.judge(store, heard)


def test_a_store_that_is_gone_or_does_not_open_is_found(
    life: tuple[Path, list[str]], tmp_path: Path
) -> None:
    store, lines = life
    copy = tmp_path / "copy"
    shutil.copytree(store, copy)
    (copy / kills.BOOKS).write_bytes(b"")
    assert "it does not open" in kills.judge(copy, told(lines))
    (copy / kills.BOOKS).unlink()
    assert "the store is gone" in kills.judge(copy, told(lines))


def test_copies_that_are_not_whole_are_found(life: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder = tmp_path / "store"
    shutil.copytree(life[0], folder)
    copyist.main([str(folder)])
    assert copyist.judge(folder, acknowledged=True) == ""
    with closing(Venue.open(folder / kills.BOOKS, folder / kills.SECRETS)) as venue:
        note = {"does": "suspend", "note": "acceptor/99/1", "face": 50}
        assert isinstance(carry_out(venue, {"key": "one more"} | note), Entry)
    assert "restored are" in copyist.judge(folder, acknowledged=True)
    (copy,) = (folder / copyist.COPIES).glob("*.db")
    with copy.open("r+b") as file:
        file.truncate(copy.stat().st_size // 2)
    assert copyist.judge(folder, acknowledged=True)
    copy.unlink()
    assert "is gone" in copyist.judge(folder, acknowledged=True)


FEW = """
import sys
from pathlib import Path
from tests.prove import kills
from tests.prove.parts import Plan

outcome = kills.run(Plan(False, 3, Path(sys.argv[1])), print, wanted=8)
print(outcome)
assert not outcome.violations and int(outcome.figures.split()[0]) >= 8
"""


def test_a_few_kills_are_survived(tmp_path: Path) -> None:
    # In a process of its own: this one may have threads of other tests, and must not be forked.
    words = [sys.executable, "-c", FEW, str(tmp_path)]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


# --- Planted faults -----------------------------------------------------------------------------


def test_there_are_enough_faults_and_each_says_who_finds_it() -> None:
    known = faults.faults()
    assert len(known) >= 14
    for fault in known:
        for test in fault.found_by:
            assert test in prove.PARTS[:-1] or (ROOT / test.partition("::")[0]).exists(), fault


@pytest.mark.parametrize("fault", faults.faults(), ids=lambda fault: str(fault.name))
def test_a_planted_fault_still_applies(fault: faults.Fault) -> None:
    ran = subprocess.run(
        ["git", "apply", "--check", str(fault.patch)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"move the patch with the code: {ran.stderr}"


def test_the_page_lists_the_faults_and_who_finds_them() -> None:
    page = ROOT.joinpath("docs", "proof.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \| (.+) \|$", page, re.MULTILINE)
    assert [row[0] for row in rows] == [fault.name for fault in faults.faults()]
    for (_, says, found_by), fault in zip(rows, faults.faults(), strict=True):
        assert says == fault.told
        assert found_by == ", ".join(_named(test) for test in fault.found_by)


def _named(test: str) -> str:
    return test if test in prove.PARTS else f"`{test.removeprefix('tests/')}`"


def test_a_head_that_says_too_little_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "FAULTS", tmp_path)
    tmp_path.joinpath("x.patch").write_text("\ndiff --git a/x b/x\n")
    with pytest.raises(ValueError, match=r"x\.patch.*Found by"):
        faults.faults()


PATCH = """A sum is wrong.

Found by: {test}

diff --git a/tests/small.py b/tests/small.py
--- a/tests/small.py
+++ b/tests/small.py
@@ -1,2 +1,2 @@
 def test_sum() -> None:
-    assert 1 + 1 == 2
+    assert 1 + 1 == {result}
"""


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of one small test; what is planted into it is a patch in the folder answered."""
    tree, patches = tmp_path / "tree", tmp_path / "faults"
    (tree / "tests").mkdir(parents=True)
    patches.mkdir()
    (tree / "tests/small.py").write_text("def test_sum() -> None:\n    assert 1 + 1 == 2\n")
    (tree / "kiosk").mkdir()
    (tree / "kiosk/__init__.py").touch()
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    monkeypatch.setattr(faults, "ROOT", tree)
    monkeypatch.setattr(faults, "FAULTS", patches)
    monkeypatch.delenv("CI", raising=False)
    return patches


def found(folder: Path) -> Outcome:
    folder.mkdir()
    return faults.run(Plan(True, 1, folder), lambda line: None)


def test_a_fault_that_is_found_is_found(planted: Path, tmp_path: Path) -> None:
    text = PATCH.format(test="tests/small.py", result=3)
    planted.joinpath("sum.patch").write_text(text)
    assert found(tmp_path / "run") == Outcome("1 of 1 faults found")


@pytest.mark.parametrize(
    ("text", "violation"),
    [
        (PATCH.format(test="tests/small.py", result="2.0"), r"\(A sum is wrong\.\): tests/small"),
        (PATCH.format(test="tests/none.py", result="3"), "fails without a fault: does not run"),
        (
            PATCH.format(test="tests/small.py", result="3").replace("1 + 1 == 2", "1 + 1 == 4"),
            "does not apply any more",
        ),
        (PATCH.format(test="tests/small.py", result="3 +"), "does not run"),
    ],
    ids=["found by nobody", "no such test", "rotten", "broken"],
)
def test_a_fault_that_is_not_found_is_a_violation(
    planted: Path, tmp_path: Path, text: str, violation: str
) -> None:
    planted.joinpath("sum.patch").write_text(text)
    outcome = found(tmp_path / "run")
    assert outcome.figures == "0 of 1 faults found"
    (told_,) = outcome.violations
    assert re.search(violation, told_), told_

"""USB sticks: a file is on one whole or not at all, whatever becomes of the stick."""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kiosk import sticks
from kiosk.core.errands import Stick
from kiosk.core.errors import Refused
from kiosk.sticks import Mounts
from tests.core.guest import shelf

ROOT = Path(__file__).parents[1]
LINES = ["seq,at\r\n", *(f"{n},2026-11-22T15:00:00Z\r\n" for n in range(50_000))]


@pytest.fixture
def folder() -> Iterator[Path]:
    with shelf() as made:
        (made / "KINGSTON").mkdir()
        yield made


def put(folder: Path, text: Any = ("a",), file: str = "report.csv", stick: str = "KINGSTON") -> Any:
    return sticks.write(folder, str(folder / stick), file, text)


def refusal(folder: Path, *given: Any, **named: Any) -> str:
    with pytest.raises(Refused) as told:
        put(folder, *given, **named)
    return told.value.key


def test_a_file_is_there_with_all_its_text(folder: Path) -> None:
    made = put(folder, LINES)
    file = folder / "KINGSTON" / "report.csv"
    assert file.read_bytes().decode() == "".join(LINES)
    assert (made.file, made.size_bytes) == ("report.csv", file.stat().st_size)
    assert [path.name for path in (folder / "KINGSTON").iterdir()] == ["report.csv"]


def test_bytes_are_there_as_they_are(folder: Path) -> None:
    data = bytes(range(256)) * 9
    assert put(folder, [data], "diagnosis.zip").size_bytes == len(data)
    assert (folder / "KINGSTON" / "diagnosis.zip").read_bytes() == data


def test_what_is_there_already_stays(folder: Path) -> None:
    assert [put(folder, [text]).file for text in "abc"] == [
        "report.csv",
        "report-2.csv",
        "report-3.csv",
    ]
    assert (folder / "KINGSTON" / "report.csv").read_text() == "a"


@pytest.mark.parametrize(
    "name", ["", "../x.csv", "/etc/passwd", ".hidden", "a/b", "a\0b", "ж.csv", "x" * 101, "a b"]
)
def test_only_plain_names_come_onto_a_stick(folder: Path, name: str) -> None:
    assert refusal(folder, file=name) == "err.stick_file"
    assert not list((folder / "KINGSTON").iterdir())


@pytest.mark.parametrize("stick", ["SANDISK", "..", "KINGSTON/..", ""])
def test_only_sticks_are_written_to(folder: Path, stick: str) -> None:
    assert refusal(folder, stick=stick) == "err.stick_gone"


def test_what_does_not_fit_leaves_nothing(folder: Path) -> None:
    """A real limit of the kernel: a file that grows beyond it fails as on a full stick."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        assert refusal(folder, LINES) == "err.stick_full"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list((folder / "KINGSTON").iterdir())


def test_a_stick_that_is_pulled_while_writing(folder: Path) -> None:
    def lines() -> Iterator[str]:
        yield "seq\n"
        (folder / "KINGSTON").rename(folder.with_name(folder.name + "-pulled"))
        yield "1\n"

    pulled = folder.with_name(folder.name + "-pulled")
    try:
        assert refusal(folder, lines()) == "err.stick_gone"
        assert not list(folder.iterdir()), "nothing is written where it was"
    finally:
        pulled.rename(folder / "KINGSTON")
    # It is plugged in again: what was half written goes with the next file.
    (left,) = (folder / "KINGSTON").iterdir()
    assert left.name.startswith(".foyer-")
    put(folder)
    assert [path.name for path in (folder / "KINGSTON").iterdir()] == ["report.csv"]


def test_what_cannot_be_made_leaves_nothing_either(folder: Path) -> None:
    def lines() -> Iterator[str]:
        yield "seq\n"
        raise Refused("err.no_such_shift", number="7")

    assert refusal(folder, lines()) == "err.no_such_shift"
    assert not list((folder / "KINGSTON").iterdir())


def test_the_sticks_that_are_there(folder: Path) -> None:
    (folder / "a file").touch()
    (found,) = sticks.there(folder)
    assert isinstance(found, Stick)
    assert (found.id, found.name) == (str(folder / "KINGSTON"), "KINGSTON")
    assert found.free_bytes > 0
    assert sticks.there(folder / "nowhere") == ()


def test_a_folder_in_the_usual_places_that_is_no_mount_is_no_stick(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sticks, "USUAL", (folder,))
    assert sticks.there(None) == ()
    (folder / "KINGSTON" / "inner").mkdir()
    assert sticks.there(None) == ()


REAL = """
import subprocess, sys
from pathlib import Path
from kiosk import sticks
from kiosk.core.errors import Refused

sticks.USUAL = (Path(sys.argv[1]),)
stick = Path(sys.argv[1]) / "user" / "STICK"
stick.mkdir(parents=True)
mount = lambda *words: subprocess.run(["mount", *words], check=True)
mount("-t", "tmpfs", "-o", "size=64k,nr_inodes=16", "tmpfs", str(stick))

def refusal(text):
    try:
        sticks.write(None, str(stick), "report.csv", text)
    except Refused as refused:
        return refused.key, [path.name for path in stick.iterdir()]

(found,) = sticks.there(None)
print(found.name, found.free_bytes)
print(*refusal("x" * 1000 for _ in range(100)))
print(sticks.write(None, str(stick), "report.csv", ["a"]).file)
mount("-o", "remount,ro", str(stick))
print(*refusal(["a"]))
mount("-o", "remount,rw", str(stick))

def pulled():
    yield "a"
    subprocess.run(["umount", "-l", str(stick)], check=True)
    yield "b"

print(*refusal(pulled()))
print(sticks.there(None))
"""


@pytest.mark.e2e
def test_a_real_file_system_that_is_full_read_only_and_pulled(tmp_path: Path) -> None:
    """In a namespace of its own, where mounting is allowed and nobody sees it."""
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", sys.executable, "-c", REAL, tmp_path],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "STICK 65536",
        "err.stick_full []",
        "report.csv",
        "err.stick_read_only ['report.csv']",
        "err.stick_gone []",
        "()",
    ]


# --- mounting ------------------------------------------------------------------------------------


def test_sticks_are_mounted_for_as_long_as_somebody_needs_them() -> None:
    asked: list[str] = []
    mounts = Mounts(asked.append)
    with mounts.mounted():
        with mounts.mounted():
            pass
        assert asked == ["mount-sticks", "mount-sticks"]
    assert asked[2:] == ["unmount-sticks"]
    with pytest.raises(ZeroDivisionError), mounts.mounted():
        raise ZeroDivisionError
    assert asked[3:] == ["mount-sticks", "unmount-sticks"]


def test_a_helper_that_does_not_mount_is_told_and_one_that_does_not_unmount_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def deaf(verb: str) -> None:
        raise Refused("err.no_helper", verb=verb)

    with pytest.raises(Refused), Mounts(deaf).mounted():
        pytest.fail("nothing is mounted")

    def half(verb: str) -> None:
        if verb == "unmount-sticks":
            raise Refused("err.helper_failed")

    with Mounts(half).mounted():
        pass
    assert "still mounted" in caplog.text


def test_without_a_helper_nobody_is_asked() -> None:
    with Mounts(None).mounted():
        pass


# --- the helper's side ---------------------------------------------------------------------------

TOOL = """#!{python}
import json, os, sys
with open("{log}", "a") as log:
    print(os.path.basename(sys.argv[0]), *sys.argv[1:], file=log)
if sys.argv[0].endswith("lsblk"):
    print(open("{told}").read())
sys.exit(any(word in "{broken}".split() for word in sys.argv))
"""


class Machine:
    """The helper's script with tools that write down how they were called."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.log = folder, folder / "log"
        self.log.touch()
        (folder / "mountinfo").touch()
        self.disks()
        self.tools()
        monkeypatch.setenv("FOYER_TOOLS", str(folder))
        monkeypatch.setenv("FOYER_MOUNTS", str(folder / "mountinfo"))
        monkeypatch.setenv("FOYER_USER", "root")
        self.helper: ModuleType = _script()

    def tools(self, broken: str = "") -> None:
        for name in ("lsblk", "systemd-mount", "systemd-umount"):
            tool = self.folder / name
            told = {"python": sys.executable, "log": self.log, "told": self.folder / "disks"}
            tool.write_text(TOOL.format(**told, broken=broken))
            tool.chmod(0o700)

    def disks(self, *disks: dict[str, Any]) -> None:
        (self.folder / "disks").write_text(json.dumps({"blockdevices": list(disks)}))

    def mounted(self, *points: str) -> None:
        lines = (f"36 35 8:1 / {point} rw - vfat /dev/sda1 rw\n" for point in points)
        (self.folder / "mountinfo").write_text("".join(lines))

    def ask(self, verb: str) -> tuple[bool, list[str]]:
        self.log.write_text("")
        asked = json.dumps({"id": "0" * 16, "verb": verb}).encode()
        answer = self.helper.carry_out(asked)
        called = self.log.read_text().splitlines()
        return answer["ok"], [line for line in called if not line.startswith("lsblk")]


def _script() -> ModuleType:
    loader = SourceFileLoader("kiosk_helper", str(ROOT / "systemd" / "kiosk-helper"))
    spec = importlib.util.spec_from_loader("kiosk_helper", loader)
    assert spec is not None
    made = importlib.util.module_from_spec(spec)
    loader.exec_module(made)
    return made


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return Machine(tmp_path, monkeypatch)


def disk(path: str, *parts: dict[str, Any], tran: str = "usb", **own: Any) -> dict[str, Any]:
    return {"path": path, "tran": tran, "fstype": None, "mountpoints": [None], **own} | (
        {"children": list(parts)} if parts else {}
    )


def part(path: str, fstype: str = "vfat", label: Any = None, at: Any = None) -> dict[str, Any]:
    return {"path": path, "tran": None, "fstype": fstype, "label": label, "mountpoints": [at]}


@pytest.mark.e2e
def test_a_stick_is_mounted_so_that_nothing_runs_from_it(machine: Machine) -> None:
    machine.disks(disk("/dev/sda", part("/dev/sda1", "vfat", "KINGSTON")))
    ok, called = machine.ask("mount-sticks")
    assert ok
    (line,) = called
    assert line.startswith("systemd-mount ") and "--type=vfat" in line
    assert line.endswith("/dev/sda1 /run/foyer-sticks/KINGSTON")
    (options,) = [word for word in line.split() if word.startswith("--options=")]
    assert {"nodev", "nosuid", "noexec", "umask=0077"} <= {*options[10:].split(",")}


@pytest.mark.e2e
@pytest.mark.parametrize(
    "disks",
    [
        [disk("/dev/nvme0n1", part("/dev/nvme0n1p1"), tran="nvme")],
        [disk("/dev/sda", part("/dev/sda1", at="/boot"), part("/dev/sda2"))],
        [disk("/dev/sda", part("/dev/sda1", at="/media/foyer"))],
        [disk("/dev/sda", part("/dev/sda1", "ext4"))],
        [disk("/dev/sda", part("/dev/sda1", "crypto_LUKS"))],
        [disk("/dev/sda", part("/dev/sda1") | {"children": [part("/dev/mapper/x")]})],
        [disk("/dev/sda")],
        [],
    ],
    ids=["inside", "boot", "mirror", "ext4", "crypt", "inner", "empty", "none"],
)
def test_the_machines_own_disks_and_what_knows_owners_stay_as_they_are(
    machine: Machine, disks: list[dict[str, Any]]
) -> None:
    machine.disks(*disks)
    assert machine.ask("mount-sticks") == (True, [])


@pytest.mark.e2e
def test_every_stick_has_a_plain_name_of_its_own(machine: Machine) -> None:
    machine.mounted("/run/foyer-sticks/STICK", "/")
    machine.disks(
        disk("/dev/sda", part("/dev/sda1", at="/run/foyer-sticks/STICK")),
        disk("/dev/sdb", part("/dev/sdb1"), part("/dev/sdb2", "exfat", "../../etc")),
        disk("/dev/sdc", fstype="vfat", label="МОЯ ФЛЕШКА"),
    )
    _, called = machine.ask("mount-sticks")
    assert [line.split()[-2:] for line in called] == [
        ["/dev/sdb1", "/run/foyer-sticks/STICK-2"],
        ["/dev/sdb2", "/run/foyer-sticks/______etc"],
        ["/dev/sdc", "/run/foyer-sticks/__________"],
    ]


@pytest.mark.e2e
def test_one_that_is_broken_keeps_nobody_from_the_others(machine: Machine) -> None:
    machine.disks(disk("/dev/sda", part("/dev/sda1")), disk("/dev/sdb", part("/dev/sdb1")))
    machine.tools(broken="/dev/sda1")
    ok, called = machine.ask("mount-sticks")
    assert ok and [line.split()[-2] for line in called] == ["/dev/sda1", "/dev/sdb1"]


@pytest.mark.e2e
def test_all_are_unmounted_and_nothing_else(machine: Machine) -> None:
    machine.mounted("/", "/run/foyer-sticks/A", "/media/foyer", "/run/foyer-sticks/B")
    machine.tools(broken="/run/foyer-sticks/A")
    assert machine.ask("unmount-sticks") == (
        False,
        ["systemd-umount /run/foyer-sticks/A", "systemd-umount /run/foyer-sticks/B"],
    )
    machine.tools()
    assert machine.ask("unmount-sticks")[0]
    machine.mounted("/")
    assert machine.ask("unmount-sticks") == (True, [])


@pytest.mark.e2e
def test_a_verb_has_no_argument_by_which_another_place_is_mounted(machine: Machine) -> None:
    asked = {"id": "0" * 16, "verb": "mount-sticks", "path": "/dev/sda1"}
    assert machine.helper.carry_out(json.dumps(asked).encode())["problem"] == "wrong"
    assert not machine.log.read_text()


def test_the_program_and_the_helper_mean_the_same_place(machine: Machine) -> None:
    assert sticks.MOUNTED == machine.helper.STICKS
    assert os.path.commonpath([sticks.MOUNTED, "/run"]) == "/run"

"""systemd/kiosk-update on a machine in a folder: each step of an update, and a cut in each."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.slotted import NEW, OLD, Slotted


@pytest.fixture
def machine(tmp_path: Path) -> Slotted:
    made = Slotted(tmp_path)
    made.offer(new=NEW)
    made.start()
    made.step("alive")
    return made


def installed(machine: Slotted) -> Slotted:
    machine.want()
    assert machine.step("install") == 0, machine.said
    return machine


def on_trial(machine: Slotted) -> Slotted:
    assert installed(machine).step("switch") == 0, machine.said
    assert machine.start() == "B"
    return machine


def test_a_start_tells_slot_and_version_and_gives_the_slot_its_count_back(
    machine: Slotted,
) -> None:
    told = machine.told
    assert (told["slot"], told["version"], told["phase"]) == ("A", OLD, "none")
    assert machine.read("env")["BOOT_A_LEFT"] == "3"
    before = machine.calls
    assert machine.step("alive") == 0
    assert machine.calls[len(before) :] == ["fw_printenv"], "it is not written at each start"


def test_a_machine_without_slots_is_left_alone(machine: Slotted) -> None:
    (machine.folder / "cmdline").write_text("root=/dev/mmcblk0p2 rw\n")
    (machine.runs / "update").unlink()
    assert machine.step("boot") == machine.step("alive") == 0
    assert not (machine.runs / "update").exists()
    machine.want()
    assert machine.step("install") == 1 and "no_slots" in machine.said


def test_an_update_is_installed_beside_and_switched_to_only_when_asked(machine: Slotted) -> None:
    installed(machine)
    told = machine.told
    assert (told["phase"], told["to"], told["number"]) == ("ready", NEW, "1")
    assert machine.read("env")["BOOT_ORDER"].split()[0] == "A"
    assert machine.start() == "A", "an accidental power cut starts what ran before"
    assert machine.told["phase"] == "ready"
    assert machine.step("switch") == 0
    assert machine.calls[-2:] == ["rauc status mark-active other", "systemctl --no-block reboot"]
    assert machine.start() == "B"
    assert (machine.told["phase"], machine.told["version"]) == ("trial", NEW)


def test_nothing_but_the_kiosk_makes_a_trial_good(machine: Slotted) -> None:
    on_trial(machine)
    assert machine.step("alive") == 0 and machine.told["phase"] == "trial"
    assert machine.read("env")["BOOT_B_LEFT"] == "2", "the start is counted still"
    assert machine.step("good") == 0 and machine.told["phase"] == "good"
    assert machine.read("env")["BOOT_B_LEFT"] == "3"
    assert machine.start() == "B" and machine.told["phase"] == "good"
    assert machine.step("good") == 1, "there is no trial any more"
    machine.write(**{"foyer-helper/wanted": {"why": "devices"}})
    assert machine.step("bad") == 1 and machine.start() == "B"


def test_a_trial_that_is_bad_leads_back_and_says_why(machine: Slotted) -> None:
    on_trial(machine)
    machine.write(**{"foyer-helper/wanted": {"why": "devices"}})
    assert machine.step("bad") == 0
    assert machine.calls[-2:] == ["rauc status mark-bad booted", "systemctl --no-block reboot"]
    assert machine.start() == "A"
    assert (machine.told["phase"], machine.told["why"]) == ("back", "devices")
    assert machine.told["version"] == OLD


def test_a_trial_that_never_says_anything_is_over_after_three_starts(machine: Slotted) -> None:
    on_trial(machine)
    assert [machine.start(), machine.start(), machine.start()] == ["B", "B", "A"]
    assert (machine.told["phase"], machine.told["why"]) == ("back", "start")
    assert machine.step("alive") == 0
    assert machine.read("env")["BOOT_ORDER"] == "A", "the bad slot is not tried again"
    for _ in range(5):
        assert machine.start() == "A"


def test_a_trial_has_its_time(machine: Slotted) -> None:
    installed(machine)
    assert machine.step("late") == 0 and machine.told["phase"] == "ready"
    assert machine.step("switch") == 0
    machine.start()
    assert machine.step("late") == 0
    assert machine.start() == "A" and machine.told["why"] == "late"


@pytest.mark.parametrize(
    ("bundle", "older", "problem"),
    [
        ("unsigned", "yes", "signature"),
        ("old", "no", "older"),
    ],
)
def test_what_is_not_taken_changes_nothing(
    machine: Slotted, bundle: str, older: str, problem: str
) -> None:
    machine.offer(old="0.9-202601010000")
    machine.want(bundle, older)
    assert machine.step("install") == 1
    assert (machine.told["phase"], machine.told["problem"]) == ("none", problem)
    assert (machine.folder / "version-B").read_text() == OLD
    assert machine.step("switch") == 1 and machine.start() == "A"


def test_an_older_one_is_taken_where_somebody_says_so(machine: Slotted) -> None:
    machine.offer(new="0.9-202501010000")
    machine.want(older="yes")
    assert machine.step("install") == 0 and machine.told["phase"] == "ready"
    assert "rauc install --ignore-version-limit " + machine.bundle("new") in machine.calls


def test_a_stick_is_taken_over_read_only_and_given_back(machine: Slotted) -> None:
    bundle = machine.bundle("new")
    told = machine.ask("install-update", source="stick", file="STICK/new.raucb", older="no")
    assert told["ok"], machine.said
    assert machine.calls[-1] == "systemctl start --no-block kiosk-update@install.service"
    before = len(machine.calls)
    assert machine.step("install") == 0, machine.said
    mount, point = "systemd-mount --no-ask-password", str(machine.folder / "mount")
    assert machine.calls[before:] == [
        "systemd-umount /run/foyer-sticks/STICK",
        f"{mount} --collect --fsck=no --type=vfat "
        f"--options=ro,nodev,nosuid,noexec,umask=0077 /dev/sda1 {point}",
        f"rauc install {bundle}",
        f"systemd-umount {point}",
        "rauc status --detailed --output-format=json",
    ]


def test_the_helper_names_the_address_itself_and_takes_no_other(machine: Slotted) -> None:
    asked = {"source": "network", "file": "new.raucb", "older": "no"}
    assert machine.ask("install-update", **asked)["ok"]
    address = "https://example.org/foyer/new.raucb"
    assert machine.read("foyer-helper/wanted") == {"address": address, "older": "no"}
    wrong = [
        {"file": "../new.raucb"},
        {"file": "https://example.net/new.raucb"},
        {"file": "new.zip"},
        {"file": "-x.raucb"},
        {"source": "stick", "file": "OTHER/new.raucb"},
        {"source": "stick", "file": "../STICK/new.raucb"},
        {"source": "stick", "file": "new.raucb"},
        {"source": "file"},
        {"older": "perhaps"},
    ]
    for change in wrong:
        assert machine.ask("install-update", **(asked | change))["problem"] == "wrong", change
    (machine.folder / "kiosk.toml").write_text('[updates]\naddress = "http://example.org"\n')
    assert machine.ask("install-update", **asked)["problem"] == "wrong"
    assert machine.ask("mark-bad", why="devices")["ok"]
    assert machine.ask("mark-bad", why="a b; reboot")["problem"] == "wrong"
    assert machine.ask("mark-good")["ok"] and machine.ask("switch-update")["ok"]
    assert machine.calls[-2:] == [
        "systemctl start kiosk-update@good.service",
        "systemctl start kiosk-update@switch.service",
    ]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A folder in the network, and its address."""
    folder = tmp_path / "web"
    folder.mkdir()
    made = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder))
    )
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}", folder
    made.shutdown()
    made.server_close()


def test_a_bundle_from_the_network_is_brought_whole_and_removed(
    machine: Slotted, server: tuple[str, Path]
) -> None:
    address, folder = server
    (folder / "new.raucb").write_bytes(b"bundle" * 500_000)
    download = machine.folder / "system/update.raucb"
    machine.write(bundles={str(download): {"version": NEW}})
    machine.write(**{"foyer-helper/wanted": {"address": f"{address}/new.raucb", "older": "no"}})
    assert machine.step("install") == 0, machine.said
    assert machine.told["phase"] == "ready" and not download.exists()
    assert f"rauc install {download}" in machine.calls
    machine.write(**{"foyer-helper/wanted": {"address": f"{address}/gone.raucb", "older": "no"}})
    assert machine.step("install") == 1 and machine.told["problem"] == "unreachable"
    assert not download.exists()


# --- power cuts --------------------------------------------------------------------------------

STEPS = ("install", "switch", "good")
"""An update that goes well; the machine starts anew after `switch`."""


def whole(machine: Slotted, at: list[object] | None) -> str:
    """An update from its beginning to its end, cut once; the step in which that was, or ""."""
    machine.write(cut=at)
    machine.want()
    for step in STEPS:
        code = machine.step(step)
        if code < 0:
            return step
        if step == "switch":
            env = machine.read("env")
            machine.start()
            assert env["BOOT_ORDER"].split()[0] == machine.slot == "B"
            machine.write(cut=at)
    return ""


def serves(machine: Slotted) -> str:
    """Start until the machine either serves or is on trial; which of the two, and from where."""
    for _ in range(8):
        machine.start()
        told = machine.told
        version = (machine.folder / f"version-{machine.slot}").read_text()
        assert version in (OLD, NEW), "a slot that was half written is never started"
        if told["phase"] == "back" and told["slot"] == told["target"]:
            left = ["rauc status mark-bad booted", "systemctl --no-block reboot"]
            assert machine.calls[-2:] == left, "it restarts at once"
            continue
        assert machine.step("alive") == 0
        return f"{told['phase']} {machine.slot}"
    raise AssertionError("it never serves")


@pytest.mark.slow
def test_a_power_cut_in_any_step_leaves_a_machine_that_serves(tmp_path: Path) -> None:
    whole_one = Slotted(tmp_path / "whole")
    whole_one.offer(new=NEW)
    whole_one.start()
    assert whole(whole_one, None) == "" and whole_one.told["phase"] == "good"
    seen: dict[str, set[str]] = {}
    for call in range(1, len(whole_one.calls) + 1):
        for when in ("before", "between", "after"):
            machine = Slotted(tmp_path / f"{call}-{when}")
            machine.offer(new=NEW)
            machine.start()
            step = whole(machine, [call, when])
            if step:
                seen.setdefault(step, set()).add(serves(machine))
    assert seen == {
        "install": {"none A"},
        "switch": {"ready A", "trial B"},
        "good": {"trial B"},
    }


@pytest.mark.slow
def test_a_power_cut_on_the_way_back_leaves_a_machine_that_serves(tmp_path: Path) -> None:
    for call, when in ((1, "before"), (1, "after"), (2, "before"), (2, "after")):
        machine = Slotted(tmp_path / f"{call}-{when}")
        machine.offer(new=NEW)
        machine.start()
        on_trial(machine)
        machine.write(**{"foyer-helper/wanted": {"why": "balances"}})
        machine.write(cut=[len(machine.calls) + call, when])
        assert machine.step("bad") < 0
        assert serves(machine) == "back A" and machine.told["why"] == "balances"


def test_a_record_that_cannot_be_read_is_none(machine: Slotted) -> None:
    record = machine.folder / "system/update.json"
    for text in ("", "{", "[]", json.dumps({"phase": "ready"})):
        record.write_text(text)
        assert machine.step("boot") == 0, machine.said
        assert machine.told["slot"] == "A"

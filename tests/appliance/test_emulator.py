"""The amd64 twin as a whole machine: its kernel, its disk with dm-verity, a screen and a finger."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.appliance.data import SIMULATED, disk, prepared
from tests.appliance.emulator import Machine
from tests.appliance.frames import Watcher, difference

pytestmark = [pytest.mark.appliance, pytest.mark.timeout(1800)]

OUTSIDE = "rauc.slot=A console=ttyS0 systemd.watchdog_sec=180 systemd.setenv=WLR_RENDERER=pixman"
"""What U-Boot's script adds on a board, a console for people, and no GPU behind the screen."""


@dataclass(frozen=True)
class Boot:
    """A machine that was started, and what its screen showed meanwhile."""

    machine: Machine
    watcher: Watcher
    kernel_s: float
    """Seconds from the power to the kernel's first instruction."""


@pytest.fixture(scope="module")
def boot(amd64: Path, kept: Path) -> Iterator[Boot]:
    data, secrets = prepared(kept / "disk", SIMULATED, amd64 / "tree")
    arguments = (amd64 / "slot.txt").read_text().partition("foyer_args=")[2].strip()
    machine = Machine(
        kept,
        "amd64",
        disk(amd64 / "disk.img", kept, data, secrets),
        kernel=amd64 / "vmlinuz",
        initrd=amd64 / "initrd",
        append=f"{arguments} {OUTSIDE}",
    )
    watcher = Watcher(machine.start())
    try:
        with watcher:
            kernel_s = machine.hand()
            machine.until(lambda: machine.active("kiosk.service"), "READY", every_s=1.0)
            machine.see(
                "WelcomeView", lambda v: v["strip"] and all(i["tone"] == "good" for i in v["strip"])
            )
            machine.until(lambda: not watcher.frames[-1].splash, "the kiosk's picture")
        yield Boot(machine, watcher, kernel_s)
    finally:
        watcher.keep(kept / "frames")
        machine.end()


def monotonic_s(machine: Machine, name: str, unit: str = "") -> float:
    """A moment as systemd has it, in seconds since the kernel began."""
    return int(machine.run(f"systemctl show --value -p {name} {unit}")) / 1e6


def test_it_starts_from_the_splash_to_the_welcome_screen_and_nothing_else_is_seen(
    boot: Boot, kept: Path, figures: Callable[..., None]
) -> None:
    machine, frames = boot.machine, boot.watcher.frames
    machine.picture("welcome")
    splash = [frame for frame in frames if frame.splash]
    assert splash, "the splash was never seen"
    others = [f for f in frames if not (f.splash or f.blank or f.of_emulator)]
    assert others, "the kiosk was never seen"
    welcome = machine.screendump()
    strange = [f.at_s for f in others if difference(f.picture, welcome) > 40]
    assert not strange, f"neither splash nor kiosk, at {strange} s: {kept}/frames"
    assert others[0].at_s > splash[-1].at_s, "the kiosk came before the splash went"
    ready_s = monotonic_s(machine, "ActiveEnterTimestampMonotonic", "kiosk.service")
    userspace_s = monotonic_s(machine, "UserspaceTimestampMonotonic")
    used = {line.split()[0]: line.split()[2] for line in machine.run("free -m").splitlines()[1:]}
    kiosk = int(machine.run("systemctl show --value -p MemoryCurrent kiosk.service"))
    figures(
        firmware_s=round(boot.kernel_s, 1),
        initramfs_s=round(userspace_s, 1),
        userspace_s=round(ready_s - userspace_s, 1),
        picture_s=others[0].at_s,
        memory_mb=int(used["Mem:"]),
        kiosk_mb=round(kiosk / 1e6),
    )


def test_no_unit_has_failed(boot: Boot) -> None:
    failed = boot.machine.run("systemctl --failed --no-legend --plain").split()[::5]
    assert failed == [], boot.machine.run(f"journalctl --no-pager -b -u {failed[0]}")


@pytest.mark.parametrize("folder", ["/", "/usr", "/etc", "/opt/foyer", "/boot"])
def test_the_root_cannot_be_written(boot: Boot, folder: str) -> None:
    said = boot.machine.say(f"touch {folder}/written")
    assert said.code != 0 and "Read-only file system" in said.out
    remounted = boot.machine.say("mount -o remount,rw /")
    assert remounted.code != 0, "it was made writable"


def test_the_root_is_proven_and_data_has_a_journal(boot: Boot) -> None:
    mounts = {
        fields[1]: (fields[0], fields[2], fields[3].split(","))
        for fields in map(str.split, boot.machine.run("cat /proc/mounts").splitlines())
    }
    assert mounts["/"][1] == "squashfs"
    assert "verity" in boot.machine.run("dmsetup table root || cat /sys/block/dm-0/dm/uuid").lower()
    for place in ("/data", "/secrets"):
        assert mounts[place][1] == "ext4" and "data=journal" in mounts[place][2]
        assert "rw" in mounts[place][2]
    for place in ("/tmp", "/var", "/run"):
        assert mounts[place][1] == "tmpfs"
    assert mounts["/var/lib/foyer"][0] == mounts["/data"][0], "the store is on the disk"
    assert boot.machine.run("cat /proc/swaps").count("\n") == 1, "no swap"


def test_nobody_can_sign_in_and_nothing_listens(boot: Boot) -> None:
    assert boot.machine.run("grep ^root: /etc/shadow").split(":")[1].startswith(("!", "*"))
    assert boot.machine.say("pgrep -x agetty").code != 0
    told = boot.machine.run("cat /proc/net/tcp /proc/net/tcp6")
    listening = [line.split()[1] for line in told.splitlines() if line.split()[3:4] == ["0A"]]
    # Simulated devices of the test are spoken to on the machine itself.
    loopback = ("0100007F:", "00000000000000000000000001000000:")
    assert [address for address in listening if not address.startswith(loopback)] == []
    assert "policy drop" in boot.machine.run("nft list ruleset")


def test_a_tap_changes_the_screen(boot: Boot, kept: Path) -> None:
    machine = boot.machine
    machine.see("WelcomeView")
    before = machine.screendump()
    targets = json.loads(machine.ask("targets", bench=True))["targets"]
    target = next(t for t in targets if t["id"] == "access")
    machine.tap(target["x"] + target["width"] / 2, target["y"] + target["height"] / 2)
    machine.see("AccessView")
    machine.until(lambda: difference(before, machine.screendump()) > 10, "another picture")
    machine.picture("tapped")


def test_the_machine_is_the_same_after_its_power_was_cut(
    boot: Boot, figures: Callable[..., None]
) -> None:
    """Last: the next start is only waited for as far as it says who it is, and that it serves."""
    machine = boot.machine
    identity = machine.run("cat /etc/machine-id").strip()
    assert len(identity) == 32
    machine.kill()
    machine.start()
    machine.hand()
    assert machine.run("cat /etc/machine-id").strip() == identity
    machine.until(lambda: machine.active("kiosk.service"), "READY", every_s=1.0)
    figures(again_s=round(machine.seconds, 1))
    machine.see("WelcomeView")
    proven = machine.run(
        "runuser -u kiosk -- /opt/foyer/bin/kiosk verify --config /etc/foyer/kiosk.toml",
        limit_s=300,
    )
    assert "are sound" in proven

"""The disk of an image, of a tree of two files: what is where, what the change of a byte does.

No part of it boots anything.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from image import layout, wheels
from tests.appliance.data import ROOT

pytestmark = pytest.mark.appliance

MIB = 1 << 20
SIZES = layout.Sizes(firmware=40, boot=40, root=4, secrets=16, data_min=120)


def told(*words: str | Path, wrong: bool = False) -> str:
    """What a tool says, to both sides; it fails when that is wanted, and only then."""
    done = subprocess.run(
        [str(word) for word in words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert (done.returncode != 0) == wrong, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the steps before leave, with next to nothing in it."""
    out = tmp_path_factory.mktemp("out")
    (out / "tree/usr").mkdir(parents=True)
    (out / "tree/usr/words").write_bytes(os.urandom(300_000))
    (out / "tree/etc").mkdir()
    (out / "tree/etc/hostname").write_text("foyer\n")
    (out / "vmlinuz").write_bytes(os.urandom(5000))
    (out / "initrd").write_bytes(os.urandom(7000))
    for name in ("firmware/start4.elf", "firmware/u-boot.bin", "dtbs/bcm2711-rpi-4-b.dtb"):
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text(name)
    (out / "dtbs/bcm2835-rpi-a.dtb").write_text("a board without 64 bits")
    subprocess.run(
        [ROOT / "image/root.sh", "arm64"],
        env={**os.environ, "OUT": str(out)},
        check=True,
        stdout=subprocess.PIPE,
    )
    return out


@pytest.fixture(scope="module")
def disk(out: Path) -> Path:
    """The disk of it; its data is not empty."""
    data = out / "data"
    (data / "etc").mkdir(parents=True)
    (data / "etc/kiosk.toml").write_text('[kiosk]\nid = "K1"\n')
    made = out / "disk.img"
    layout.disk(out, "arm64", made, SIZES, data, None)
    return made


@pytest.fixture
def own(disk: Path, tmp_path: Path) -> Path:
    """A copy of the disk that a test may change."""
    made = tmp_path / "disk.img"
    told("cp", "--sparse=always", disk, made)
    return made


def table(disk: Path) -> dict[str, dict[str, object]]:
    """The partitions by name, in bytes."""
    found = json.loads(told("sfdisk", "--json", disk))["partitiontable"]
    assert found["label"] == "gpt"
    return {
        part["name"]: {
            **part,
            "start": part["start"] * 512,
            "size": part["size"] * 512,
            "number": int(part["node"].removeprefix(str(disk))),
        }
        for part in found["partitions"]
    }


def cut(disk: Path, name: str, to: Path) -> Path:
    """A partition as a file."""
    part = table(disk)[name]
    first, size = f"skip={int(str(part['start'])) // MIB}", f"count={int(str(part['size'])) // MIB}"
    told("dd", f"if={disk}", f"of={to}", "bs=1M", first, size, "conv=sparse", "status=none")
    return to


# --- the table ------------------------------------------------------------------------------


def test_every_partition_is_where_the_script_of_the_bootloader_looks(disk: Path) -> None:
    script = (ROOT / "image/boot.cmd").read_text()
    slots = dict(re.findall(r"setenv slot (\w); setenv part (\d)", script))
    found = table(disk)
    assert slots == {slot: str(found[f"boot_{slot.lower()}"]["number"]) for slot in "AB"}
    (sector, sectors) = re.search(r"read \${scratch} (0x\w+) (0x\w+)", script).groups()  # type: ignore[union-attr]
    assert int(sector, 16) * 512 == found["state"]["start"]
    assert int(sectors, 16) * 512 == layout.STATE_BYTES <= int(str(found["state"]["size"]))
    assert found["firmware"]["number"] == 1
    assert "LegacyBIOSBootable" in str(found["firmware"]["attrs"])


def test_every_partition_has_the_name_that_the_rule_knows(disk: Path) -> None:
    rule = (ROOT / "systemd/71-foyer.rules").read_text()
    names = re.search(r'ID_PART_ENTRY_NAME}=="([^"]+)"', rule)
    assert names and set(names[1].split("|")) == set(table(disk))


def test_data_is_the_last_so_that_it_can_grow_and_nothing_overlaps(disk: Path) -> None:
    found = sorted(table(disk).values(), key=lambda part: int(str(part["start"])))
    assert found[-1]["name"] == "data"
    ends = [int(str(part["start"])) + int(str(part["size"])) for part in found]
    assert all(end <= int(str(part["start"])) for end, part in zip(ends, found[1:], strict=False))
    assert "No errors detected" in told("sfdisk", "--verify", disk)


def test_the_size_is_a_power_of_two_and_little_of_it_is_used(disk: Path) -> None:
    size = disk.stat().st_size
    assert size & (size - 1) == 0
    assert disk.stat().st_blocks * 512 < 128 * MIB


def test_a_pi_3_finds_the_firmware_in_the_old_table(disk: Path) -> None:
    with disk.open("rb") as opened:
        sector = opened.read(512)
    assert sector[510:] == b"\x55\xaa"
    entries = [struct.unpack_from("<B3xB3xII", sector, 446 + 16 * n) for n in range(4)]
    firmware = table(disk)["firmware"]
    first, length = int(str(firmware["start"])) // 512, int(str(firmware["size"])) // 512
    assert entries[0] == (0x80, 0x0C, first, length)
    # The kernel and U-Boot take the new table only where the old one says so, from sector 1.
    assert entries[1][1:3] == (0xEE, 1)
    assert entries[2:] == [(0, 0, 0, 0)] * 2


def head(disk: Path) -> bytes:
    """The old table."""
    with disk.open("rb") as opened:
        return opened.read(512)[446:]


def test_a_larger_card_is_taken_whole_and_the_old_table_stays(own: Path) -> None:
    """The very command of the first start, on a file."""
    before, old = table(own), head(own)
    os.truncate(own, own.stat().st_size * 2)
    lines = (ROOT / "image/overlay/usr/lib/foyer/grow").read_text().splitlines()
    (command,) = (line for line in lines if "sfdisk" in line)
    told("sh", "-euc", f'disk="{own}" number={before["data"]["number"]}\n{command}')
    after = table(own)
    assert int(str(after["data"]["size"])) > int(str(before["data"]["size"])) + 200 * MIB
    assert {**after, "data": 0} == {**before, "data": 0}
    assert head(own) == old
    assert "No errors detected" in told("sfdisk", "--verify", own)


def test_what_does_not_fit_is_not_written(out: Path, tmp_path: Path) -> None:
    small = dataclasses.replace(SIZES, root=1)
    with pytest.raises(SystemExit, match=r"root\.verity does not fit its partition root_a: 1 MiB"):
        layout.disk(big(out, tmp_path), "arm64", tmp_path / "disk.img", small, None, None)


def big(out: Path, folder: Path) -> Path:
    """The same parts, with a root of 2 MiB."""
    copy = folder / "out"
    shutil.copytree(out, copy, ignore=shutil.ignore_patterns("*.img", "tree"))
    (copy / "root.verity").write_bytes(os.urandom(2 * MIB))
    return copy


# --- the file systems -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["data", "secrets"])
def test_what_is_written_there_goes_through_a_journal(
    disk: Path, name: str, tmp_path: Path
) -> None:
    image = cut(disk, name, tmp_path / name)
    told("e2fsck", "-fn", image)
    said = told("dumpe2fs", "-h", image)
    assert re.search(r"^Filesystem features: .*\bhas_journal\b", said, re.M)
    assert re.search(r"^Default mount options: .*\bjournal_data( |$)", said, re.M)
    assert re.search(r"^Errors behavior: +Remount read-only$", said, re.M)
    assert re.search(rf"^Filesystem volume name: +{name}$", said, re.M)


def test_the_first_content_of_data_is_there(disk: Path, tmp_path: Path) -> None:
    image = cut(disk, "data", tmp_path / "data")
    assert 'id = "K1"' in told("debugfs", "-R", "cat /etc/kiosk.toml", image)


def test_both_slots_hold_what_was_built_together(disk: Path, out: Path, tmp_path: Path) -> None:
    for slot in "ab":
        image = cut(disk, f"boot_{slot}", tmp_path / slot)
        for name in ("vmlinuz", "initrd", "slot.txt"):
            told("mcopy", "-i", image, f"::{name}", tmp_path / f"{slot}-{name}")
            assert (tmp_path / f"{slot}-{name}").read_bytes() == (out / name).read_bytes()
        root = cut(disk, f"root_{slot}", tmp_path / "root").read_bytes()
        assert root.startswith((out / "root.verity").read_bytes())


def test_a_pi_finds_its_files_and_no_boards_that_it_is_not(disk: Path, tmp_path: Path) -> None:
    image = cut(disk, "firmware", tmp_path / "firmware")
    names = {line.removeprefix("::/") for line in told("mdir", "-b", "-i", image).split()}
    assert names == {
        "boot.scr",
        "config.txt",
        "start4.elf",
        "u-boot.bin",
        "bcm2711-rpi-4-b.dtb",
    }


def test_the_script_of_the_bootloader_is_the_one_here(disk: Path, tmp_path: Path) -> None:
    image = cut(disk, "firmware", tmp_path / "firmware")
    told("mcopy", "-i", image, "::boot.scr", tmp_path / "boot.scr")
    told("dumpimage", "-T", "script", "-p", "0", "-o", tmp_path / "boot.cmd", tmp_path / "boot.scr")
    # Behind the lengths of its parts, of which there is one.
    assert (tmp_path / "boot.cmd").read_bytes()[8:] == (ROOT / "image/boot.cmd").read_bytes()


# --- the counter of the slots ---------------------------------------------------------------


def environment(disk: Path, folder: Path) -> Path:
    """What fw_printenv is told of a disk: as the image tells it, at the partition's place."""
    kept = (ROOT / "image/rauc/fw_env.config").read_text()
    at = int(str(table(disk)["state"]["start"]))
    file = folder / "fw_env.config"
    file.write_text(kept.replace("/dev/foyer/state 0x0", f"{disk} {at:#x}"))
    assert str(disk) in file.read_text()
    return file


def test_a_new_card_has_three_tries_for_each_slot(own: Path, tmp_path: Path) -> None:
    config = environment(own, tmp_path)
    said = told("fw_printenv", "-c", config)
    assert set(said.split("\n")) >= {"BOOT_ORDER=A B", "BOOT_A_LEFT=3", "BOOT_B_LEFT=3"}
    told("fw_setenv", "-c", config, "BOOT_ORDER", "B A")
    assert "BOOT_ORDER=B A" in told("fw_printenv", "-c", config)
    assert table(own).keys() == {part.name for part in layout.parts(SIZES)}


def test_a_counter_of_which_a_byte_changed_is_not_believed(own: Path, tmp_path: Path) -> None:
    config = environment(own, tmp_path)
    flip(own, int(str(table(own)["state"]["start"])) + 8)
    assert "BOOT_ORDER" not in told("fw_printenv", "-c", config, wrong=True)


# --- the root -------------------------------------------------------------------------------


def flip(file: Path, at: int) -> None:
    """Change one bit."""
    with file.open("r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)[0]
        opened.seek(at)
        opened.write(bytes([byte ^ 1]))


def arguments(disk: Path, folder: Path) -> dict[str, str]:
    """The kernel's arguments of slot A."""
    image = cut(disk, "boot_a", folder / "boot")
    told("mcopy", "-i", image, "::slot.txt", folder / "slot.txt")
    line = (folder / "slot.txt").read_text().removeprefix("foyer_args=")
    return dict(word.partition("=")[::2] for word in line.split())


def verified(root: Path, verity: str, wrong: bool = False) -> None:
    """Compare each block with the hash in the kernel's arguments."""
    checksum, _, offset = verity.partition(":")
    told("veritysetup", "verify", f"--hash-offset={offset}", root, root, checksum, wrong=wrong)


@pytest.mark.parametrize("where", ["the first block", "the last block", "the hashes"])
def test_a_byte_of_the_root_that_changed_is_found(disk: Path, tmp_path: Path, where: str) -> None:
    verity = arguments(disk, tmp_path)["foyer.verity"]
    root = cut(disk, "root_a", tmp_path / "root")
    verified(root, verity)
    offset = int(verity.partition(":")[2])
    place = {"the first block": 0, "the last block": offset - 4096, "the hashes": offset + 4096}
    flip(root, place[where])
    verified(root, verity, wrong=True)


def test_nothing_of_the_kernel_is_written_on_the_guests_screen(disk: Path, tmp_path: Path) -> None:
    said = arguments(disk, tmp_path)
    assert said["console"] == "tty3"
    assert {"quiet", "splash"} <= said.keys()
    assert said["root"] == "/dev/mapper/root" and "ro" in said
    assert said["panic"] == "10"


def test_no_disk_may_be_missing() -> None:
    lines = (ROOT / "image/overlay/etc/fstab").read_text().splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    options = {row[1]: row[3].split(",") for row in rows}
    for place in ("/data", "/secrets"):
        assert "nofail" not in options[place]
        assert {"data=journal", "errors=remount-ro", "nosuid", "nodev"} <= set(options[place])
    assert not [row for row in rows if row[2] == "swap"]
    assert {row[2] for row in rows if row[1] in ("/var", "/tmp")} == {"tmpfs"}


# --- what it is made of ---------------------------------------------------------------------


@pytest.mark.parametrize(("arch", "pins"), [("amd64", False), ("arm64", True)])
def test_each_processor_gets_the_packages_that_are_for_it(arch: str, pins: bool) -> None:
    lock = (ROOT / "requirements/runtime.txt").read_text()
    found = wheels.wanted(lock, arch)
    names = {entry.partition("==")[0] for entry in found}
    assert names >= {"kivy", "cryptography", "tinydb"}
    assert ("adafruit-lgpio" in names) == pins
    assert not names & {"pyscard", "pywin32", "lgpio"}
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}$", entry) for entry in found)


def shells() -> Iterable[Path]:
    """Every file of the project that a shell runs."""
    for name in told("git", "-C", ROOT, "ls-files", "image", "setup", "systemd", ".ci").split("\n"):
        file = ROOT / name
        if not file.is_file():
            continue
        with file.open("rb") as opened:
            first = opened.readline()
        if file.suffix == ".sh" or re.match(rb"#!.*\b(ba|da)?sh\b", first):
            yield file


def test_the_shell_has_nothing_to_say_about_the_scripts() -> None:
    found = list(shells())
    assert {file.name for file in found} >= {"base.sh", "build", "grow", "foyer-root", "install.sh"}
    # What is read in from elsewhere is looked at where it is a file of the project.
    assert told("shellcheck", "-x", "-P", ROOT, "-e", "SC1091", *found) == ""


def hosts() -> set[str]:
    """The hosts from which this machine's packages come."""
    files = [*Path("/etc/apt").glob("sources.list"), *Path("/etc/apt/sources.list.d").iterdir()]
    text = "\n".join(file.read_text("utf-8", "replace") for file in files)
    found = (urlsplit(url).hostname for url in re.findall(r"\w+://[^\s\]]+", text))
    return {host for host in found if host and "." in host}


def naming(host: str, *places: Path) -> str:
    """The files in which a host is named."""
    words = ["grep", "-rlIF", "--exclude-dir=.git", "--", host, *map(str, places)]
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False).stdout


def test_no_file_of_the_image_names_where_packages_come_from(amd64: Path) -> None:
    tree = amd64 / "tree"
    assert hosts()
    for host in hosts():
        for place in (ROOT / "image", tree / "etc", tree / "opt", tree / "usr"):
            assert naming(host, place) == ""
    assert not list(tree.glob("etc/apt")) and not list(tree.glob("usr/bin/apt*"))
    assert not list(tree.glob("var/*"))
    assert naming(str(ROOT), tree / "opt", tree / "etc", tree / "usr/local") == ""


def test_a_host_that_is_named_would_be_found(tmp_path: Path) -> None:
    host = min(hosts())
    (tmp_path / "sources.list").write_text(f"deb http://{host}/debian trixie main\n")
    assert naming(host, tmp_path)


def test_the_image_has_no_door_but_the_tills(amd64: Path) -> None:
    tree = amd64 / "tree"
    assert not [name for name in ("sshd", "telnetd") if list(tree.glob(f"usr/sbin/{name}"))]
    shadow = (tree / "etc/shadow").read_text().splitlines()
    assert all(line.split(":")[1][0] in "!*" for line in shadow)
    for unit in ("getty@.service", "serial-getty@.service", "debug-shell.service"):
        assert (tree / "etc/systemd/system" / unit).readlink() == Path("/dev/null")
    said = told("chroot", tree, "/usr/sbin/nft", "--check", "--file", "/etc/nftables.conf")
    assert said == ""
    rules = (tree / "etc/nftables.conf").read_text()
    assert "hook input priority filter; policy drop;" in rules

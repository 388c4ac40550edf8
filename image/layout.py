"""The disk of an image: what lies where, and the file systems of it. No loop device, no mount.

`layout.py OUT ARCH` makes OUT/disk.img of what the other steps left in OUT; `--data FOLDER` and
`--secrets FOLDER` are the first content of those partitions (without: empty, as on a new card),
`--disk FILE` another place for the disk.

The numbers are those of `image/boot.cmd`, the names those of `systemd/71-foyer.rules`.
"""

from __future__ import annotations

import argparse
import shutil
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
MIB = 1 << 20
SECTOR = 512

ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
FAT = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"
LINUX = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"

STATE_BYTES = 0x4000
"""U-Boot's environment with its checksum: RAUC's names, which image/boot.cmd counts down."""
STATE = "BOOT_ORDER=A B\nBOOT_A_LEFT=3\nBOOT_B_LEFT=3\n"
JOURNAL_MIB = 64
"""On data all that is written goes through the journal first."""


@dataclass(frozen=True)
class Part:
    """A partition: its name, where it begins and how long it is in MiB, its type in the table."""

    name: str
    start: int
    size: int
    type: str

    @property
    def end(self) -> int:
        """The first MiB after it."""
        return self.start + self.size


@dataclass(frozen=True)
class Sizes:
    """In MiB.

    A root takes 350 MiB now; twice that leaves room for what later versions bring. Data grows at
    the first start to what the card has.
    """

    firmware: int = 64
    boot: int = 160
    root: int = 640
    secrets: int = 32
    data_min: int = 256


def parts(sizes: Sizes) -> list[Part]:
    """The partitions in the order of their numbers; the disk's size is a power of two.

    The firmware's is the first by number, where boards and U-Boot look, though the counter of the
    slots lies before it: at 2 MiB, where image/boot.cmd reads it without any table.
    """
    firmware = Part("firmware", 4, sizes.firmware, ESP)
    found = [firmware, Part("state", 2, 1, LINUX)]
    at = firmware.end
    for name, size, kind in (
        ("boot_a", sizes.boot, FAT),
        ("boot_b", sizes.boot, FAT),
        ("root_a", sizes.root, LINUX),
        ("root_b", sizes.root, LINUX),
        ("secrets", sizes.secrets, LINUX),
    ):
        found.append(Part(name, at, size, kind))
        at += size
    # The last MiB is the table's copy. QEMU takes a card of no other size than a power of two.
    whole = 1
    while whole < at + sizes.data_min + 1:
        whole *= 2
    return [*found, Part("data", at, whole - at - 1, LINUX)]


def table(found: Sequence[Part]) -> str:
    """The partition table as sfdisk reads it."""
    lines = ["label: gpt"]
    for number, part in enumerate(found, 1):
        # U-Boot looks for its script on a partition that can be booted from, and on no other.
        marked = ", attrs=LegacyBIOSBootable" if part.name == "firmware" else ""
        lines.append(
            f"{number}: start={part.start}MiB, size={part.size}MiB, "
            f"type={part.type}, name={part.name}{marked}"
        )
    return "\n".join([*lines, ""])


def hybrid(firmware: Part) -> bytes:
    """The four entries of the old table, for a Pi 3, which knows no other: the firmware's first.

    The second covers the new table, from sector 1 as the kernel and U-Boot want to see it.
    """

    def entry(active: int, kind: int, start: int, sectors: int) -> bytes:
        chs = b"\xfe\xff\xff"
        return struct.pack("<B3sB3sII", active, chs, kind, chs, start, sectors)

    first = firmware.start * MIB // SECTOR
    own = entry(0x80, 0x0C, first, firmware.size * MIB // SECTOR)
    return own + entry(0, 0xEE, 1, first - 1) + bytes(32)


def run(*words: str | Path, told: str | None = None) -> None:
    """Run a tool; what it said only when it failed."""
    done = subprocess.run(
        [str(word) for word in words],
        input=told,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))}: {done.stdout.strip()}")


def empty(file: Path, size: int) -> Path:
    """A file of so many MiB of nothing, which takes no room."""
    file.unlink(missing_ok=True)
    with file.open("wb") as made:
        made.truncate(size * MIB)
    return file


def fat(file: Path, size: int, label: str, content: Sequence[Path]) -> Path:
    """A FAT file system of so many MiB with these files and folders."""
    run("mkfs.vfat", "-F", "32", "-n", label, empty(file, size))
    if content:
        run("mcopy", "-s", "-Q", "-i", file, *content, "::")
    return file


def ext4(file: Path, size: int, label: str, content: Path | None, journal: int) -> Path:
    """An ext4 of so many MiB with a folder's content, its data going through the journal."""
    words: list[str | Path] = ["mke2fs", "-q", "-t", "ext4", "-L", label, "-m", "0"]
    words += ["-J", f"size={journal}", "-E", "lazy_itable_init=0,lazy_journal_init=0"]
    words += ["-d", content] if content else []
    run(*words, empty(file, size))
    # Also where somebody mounts it without a word of options; and a damaged one is not written to.
    run("tune2fs", "-o", "journal_data", "-e", "remount-ro", file)
    return file


def counter(file: Path) -> Path:
    """The state of the slots on a new card: A first, three tries each."""
    run("mkenvimage", "-s", hex(STATE_BYTES), "-o", file, "-", told=STATE)
    return file


def starts(out: Path, arch: str) -> list[Path]:
    """What the firmware's partition holds: what a Pi starts with, and U-Boot's script."""
    script = out / "boot.scr"
    run("mkimage", "-A", "arm64", "-T", "script", "-d", HERE / "boot.cmd", script)
    if arch != "arm64":
        return [script]
    firmware = sorted((out / "firmware").iterdir())
    boards = sorted(file for file in (out / "dtbs").iterdir() if file.name.startswith(BOARDS))
    return [script, HERE / "config.txt", *firmware, *boards]


BOARDS = ("bcm2837-rpi-", "bcm2711-rpi-", "bcm2712-")
"""The families of Pi 3, 4 and 5."""


def place(disk: Path, image: Path, part: Part) -> None:
    """Lay an image where its partition is; what is nothing in it takes no room."""
    if image.stat().st_size > part.size * MIB:
        room = f"{part.size} MiB, and {image.stat().st_size / MIB:.0f} are needed"
        sys.exit(f"{image} does not fit its partition {part.name}: {room} (Sizes in {__file__})")
    at = part.start * MIB // 4096
    flags = ["bs=4096", f"seek={at}", "conv=notrunc,sparse", "status=none"]
    run("dd", f"if={image}", f"of={disk}", *flags)


def disk(
    out: Path, arch: str, file: Path, sizes: Sizes, data: Path | None, secrets: Path | None
) -> None:
    """Make the disk of OUT/{vmlinuz, initrd, slot.txt, root.verity}: both slots are the same."""
    found = {part.name: part for part in parts(sizes)}
    slot = [out / "vmlinuz", out / "initrd", out / "slot.txt"]
    boot = fat(out / "boot.vfat", sizes.boot, "FOYERBOOT", slot)
    images = {
        "firmware": fat(out / "firmware.vfat", sizes.firmware, "FOYER", starts(out, arch)),
        "state": counter(out / "state.bin"),
        "boot_a": boot,
        "boot_b": boot,
        "root_a": out / "root.verity",
        "root_b": out / "root.verity",
        "secrets": ext4(file.with_suffix(".secrets"), sizes.secrets, "secrets", secrets, 4),
        "data": ext4(file.with_suffix(".data"), found["data"].size, "data", data, JOURNAL_MIB),
    }
    empty(file, found["data"].end + 1)
    run("sfdisk", "--quiet", file, told=table(list(found.values())))
    with file.open("r+b") as made:
        made.seek(446)
        made.write(hybrid(found["firmware"]))
    for name, image in images.items():
        place(file, image, found[name])
    images["secrets"].unlink()
    images["data"].unlink()


def main() -> None:
    """Make a disk as the command line says."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("out", type=Path)
    words.add_argument("arch", choices=("amd64", "arm64"))
    words.add_argument("--disk", type=Path)
    words.add_argument("--data", type=Path)
    words.add_argument("--secrets", type=Path)
    given = words.parse_args()
    for tool in ("sfdisk", "mkfs.vfat", "mcopy", "mke2fs", "mkenvimage", "mkimage"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing; image/tools.sh installs what an image is made with")
    file = given.disk or given.out / "disk.img"
    disk(given.out, given.arch, file, Sizes(), given.data, given.secrets)


if __name__ == "__main__":
    main()

"""What the tests lay on a machine's data partition: a configuration, a store with a venue in it.

As a machine has it that was set up and taken into service; the first boot has tests of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.appliance.emulator import overlay, write_into

ROOT = Path(__file__).parents[2]

SIMULATED = """
[kiosk]
id = "K1"

[store]
folder = "/var/lib/foyer"
secrets_folder = "/secrets/foyer"

[screen]
fullscreen = true

[devices.stripe]
driver = "magstripe"
simulated = true

[devices.acceptor]
driver = "ccnet"
simulated = true

[devices.printer]
driver = "escpos"
simulated = true
"""
"""All devices simulated, in the kiosk's own process; a card is swiped (no virtual reader there)."""


def prepared(folder: Path, configuration: str, tree: Path) -> tuple[Path, Path]:
    """Make the contents of both partitions in a folder: of data, and of secrets.

    Args:
        folder: empty, or new.
        configuration: kiosk.toml as it will be on the machine.
        tree: the image's root, which says what number the kiosk's user has.
    """
    users = (line.split(":") for line in (tree / "etc/passwd").read_text().splitlines())
    uid = next(int(words[2]) for words in users if words[0] == "kiosk")
    data, secrets = folder / "data", folder / "secrets"
    (data / "etc").mkdir(parents=True)
    secrets.mkdir()
    (data / "etc/kiosk.toml").write_text(configuration)
    here = configuration.replace('"/var/lib/foyer"', f'"{data}/foyer"')
    here = here.replace('"/secrets/foyer"', f'"{secrets}/foyer"')
    beside = folder / "kiosk.toml"
    beside.write_text(here)
    subprocess.run(
        [
            *(sys.executable, "-m", "kiosk.__main__", "import"),
            *("--config", beside, ROOT / "kiosk/demo_venue.toml"),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for owned in (data / "etc", data / "foyer", secrets / "foyer"):
        for path in (owned, *owned.rglob("*")):
            os.chown(path, uid, uid)
            path.chmod(0o700 if path.is_dir() else 0o600)
    return data, secrets


def partition(content: Path, image: Path, size: int, label: str) -> Path:
    """An ext4 file system of so many bytes with a folder's contents, as a partition of the disk."""
    image.unlink(missing_ok=True)
    with image.open("wb") as made:
        made.truncate(size)
    words = ["mke2fs", "-q", "-t", "ext4", "-L", label, "-d", str(content), str(image)]
    subprocess.run(words, check=True, capture_output=True)
    return image


def offsets(disk: Path) -> dict[str, tuple[int, int]]:
    """Where the partitions of a disk image are: name → first byte, bytes."""
    told = subprocess.run(
        ["sfdisk", "--dump", disk], check=True, capture_output=True, text=True
    ).stdout
    found = {}
    for line in told.splitlines():
        if " : start=" not in line or "name=" not in line:
            continue
        words = dict(
            part.strip().split("=", 1) for part in line.split(":", 1)[1].split(",") if "=" in part
        )
        name = words["name"].strip('"')
        found[name] = int(words["start"]) * 512, int(words["size"]) * 512
    return found


def disk(image: Path, folder: Path, data: Path, secrets: Path) -> Path:
    """A disk of one's own over an image, with these contents of its last two partitions."""
    made, places = overlay(image, folder), offsets(image)
    for name, content in (("data", data), ("secrets", secrets)):
        begin, size = places[name]
        part = partition(content, folder / f"{name}.ext4", size, name)
        write_into(made, part, begin)
        part.unlink()
    return made


def empty(folder: Path) -> Path:
    """A folder of this name, new."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder

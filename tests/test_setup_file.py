"""systemd/kiosk-setup-file as a process of its own, over a folder in the partition's place."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.set_up import FILE

SCRIPT = Path(__file__).parents[1] / "systemd" / "kiosk-setup-file"
UNIT = SCRIPT.with_name("kiosk-setup-file.service")
SECRET = 'password = "secret12"\npin_hash = "scrypt$14$8$1$aa$bb"\n'


class Card:
    """The first partition of a card, and where the kiosk looks."""

    def __init__(self, folder: Path) -> None:
        self.firmware, self.place = folder / "firmware", folder / "setup"
        self.config = folder / "kiosk.toml"
        self.firmware.mkdir()
        (self.firmware / "config.txt").write_text("arm_64bit=1\n")

    def run(self, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-I", str(SCRIPT)],
            env={
                "FOYER_FIRMWARE": str(self.firmware),
                "FOYER_SETUP": str(self.place),
                "FOYER_CONFIG": str(self.config),
                "FOYER_USER": pwd.getpwuid(os.getuid()).pw_name,
            },
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done
        assert "secret12" not in done.stdout + done.stderr
        return done.stdout + done.stderr

    def given(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in self.place.glob("foyer-*")}


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(tmp_path)


def test_what_is_on_the_card_comes_to_the_kiosk_alone(card: Card) -> None:
    (card.firmware / "foyer-setup.toml").write_text(SECRET)
    (card.firmware / "foyer-venue.toml").write_text("[venue]\n")
    (card.firmware / "other.toml").write_text("no\n")
    (card.firmware / "foyer-long.toml").write_bytes(b" " * 300_000)
    (card.firmware / "foyer-link.toml").symlink_to("/etc/shadow")
    card.run()
    assert card.given() == {"foyer-setup.toml": SECRET, "foyer-venue.toml": "[venue]\n"}
    assert all(path.stat().st_mode & 0o777 == 0o400 for path in card.place.glob("foyer-*"))
    # Again, as before each start, until there is a kiosk: a corrected file is the one that counts.
    (card.firmware / "foyer-setup.toml").write_text("[kiosk]\n")
    card.run()
    assert card.given()["foyer-setup.toml"] == "[kiosk]\n"
    assert (card.firmware / "foyer-setup.toml").exists()


def test_once_there_is_a_kiosk_nothing_secret_stays(card: Card) -> None:
    file = card.firmware / "foyer-setup.toml"
    file.write_text(SECRET)
    card.run()
    card.config.touch()
    # Who holds the file open sees what the place on the card holds now.
    with file.open("rb") as held:
        assert "removed" in card.run()
        assert held.read() == b" " * len(SECRET)
    assert not file.exists() and card.given() == {}
    left = {path.name for path in card.firmware.iterdir()}
    assert left == {"config.txt", "foyer-setup.used.txt"}
    assert all("secret12" not in p.read_text() for p in card.firmware.iterdir())
    assert (card.place / "done").exists()


def test_a_card_without_a_file_is_left_as_it_is(card: Card) -> None:
    card.run()
    card.config.touch()
    card.run()
    assert [path.name for path in card.firmware.iterdir()] == ["config.txt"]


def test_what_cannot_be_done_is_told(card: Card) -> None:
    (card.firmware / "foyer-setup.toml").write_text(SECRET)
    card.place.mkdir()
    (card.place / ".foyer-setup.toml").mkdir()
    assert "foyer-setup.toml: " in card.run(code=1)


def test_unit_script_and_program_mean_the_same_places() -> None:
    overlay = SCRIPT.parents[1] / "image/overlay/etc/systemd/system/kiosk.service.d/first-boot.conf"
    told = overlay.read_text("utf-8")
    assert f"{FILE}=/run/foyer-setup/foyer-setup.toml" in told
    assert "After=kiosk-setup-file.service" in told
    unit = UNIT.read_text("utf-8")
    assert "RuntimeDirectory=foyer-setup\n" in unit
    assert "ConditionPathExists=!/run/foyer-setup/done" in unit
    assert '"/run/foyer-setup"' in SCRIPT.read_text("utf-8")

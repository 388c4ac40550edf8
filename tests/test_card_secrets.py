"""The file of the venue's card keys, as ``kiosk keys cards`` makes it."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from kiosk import card_secrets
from kiosk.hardware import card_keys


def test_a_first_key_and_a_newer_one(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    told = card_secrets.make(folder, newer=False)
    file = folder / "cards.keys"
    assert "version 1" in told
    first = card_keys.masters(file)
    assert (first.newest, first.versions) == (1, (1,))
    told += card_secrets.make(folder, newer=True)
    both = card_keys.masters(file)
    assert both.versions == (2, 1)
    assert both.by_version[1] == first.by_version[1] != both.by_version[2]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [kept.name for kept in folder.iterdir()] == ["cards.keys"]
    assert not re.search("[0-9a-fA-F]{32}", told), "no key is shown"


def test_nothing_is_made_by_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no key yet"):
        card_secrets.make(tmp_path, newer=True)
    card_secrets.make(tmp_path, newer=False)
    before = (tmp_path / "cards.keys").read_text()
    with pytest.raises(ValueError, match="has keys already"):
        card_secrets.make(tmp_path, newer=False)
    (tmp_path / "cards.keys").chmod(0o644)
    with pytest.raises(ValueError, match="chmod 600"):
        card_secrets.make(tmp_path, newer=True)
    assert (tmp_path / "cards.keys").read_text() == before


def test_after_the_last_version_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "cards.keys"
    file.write_text(f"255 {'0F' * 16}\n")
    file.chmod(0o600)
    with pytest.raises(ValueError, match="version 255"):
        card_secrets.make(tmp_path, newer=True)

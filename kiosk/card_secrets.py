"""``kiosk keys cards``: the venue's keys for genuine cards, made where the secrets are.

A key is never shown. It goes into no backup, sealed or not, as whoever had an old copy could make
cards: the owner copies the file once, to where the private half of the recovery key lies.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from kiosk.core.errors import DeviceError
from kiosk.core.store_file import make_folder, private, sync_folder
from kiosk.hardware import card_keys


def make(folder: Path, *, newer: bool) -> str:
    """Make the first key, or a newer one beside those that are there; what is to be told.

    Args:
        folder: of the secrets.
        newer: there is a key already, and another shall take its place on the cards.

    Raises:
        ValueError: there is a key and no newer one is wanted, there is none to be newer than, or
            the file cannot be read or written.
    """
    file = folder / card_keys.FILE
    before = _before(file)
    if before and not newer:
        raise ValueError(
            f"{file} has keys already; kiosk keys cards new makes a newer one beside them"
        )
    if newer and not before:
        raise ValueError(f"{file} has no key yet: kiosk keys cards makes the first")
    version = card_keys.parsed(before, str(file)).newest + 1 if before else 1
    if version > card_keys.VERSIONS_MAX:
        raise ValueError(f"{file} has version {card_keys.VERSIONS_MAX}; there is none after it")
    text = before or "# The venue's keys for its cards: VERSION KEY. Who has them can make cards.\n"
    _write(file, f"{text.rstrip()}\n{version} {secrets.token_hex(card_keys.BLOCK)}\n")
    return (
        f"{file}: version {version}. Copy the file to where the private recovery key lies, and\n"
        "nowhere else: without it no genuine card proves anything again. The readers read it when\n"
        "the kiosk is started anew. At the desk: Devices, the reader, Make cards genuine."
    )


def _before(file: Path) -> str:
    if not file.exists():
        return ""
    try:
        card_keys.masters(file)
        return file.read_text("ascii")
    except (DeviceError, OSError, UnicodeError) as error:
        raise ValueError(str(error)) from None


def _write(file: Path, text: str) -> None:
    draft = file.with_name(file.name + ".new")
    try:
        make_folder(file.parent)
        with open(draft, "w", encoding="ascii", opener=private) as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        if os.geteuid() == 0:
            # Made by root, read by the kiosk's own user.
            owner = file.parent.stat()
            os.chown(draft, owner.st_uid, owner.st_gid)
        draft.replace(file)
        sync_folder(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ValueError(f"{file} cannot be written: {error}") from None

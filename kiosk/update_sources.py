"""Where updates come from: a folder in the network, and sticks."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import httpx

from kiosk import sticks
from kiosk.core import updates
from kiosk.core.errands import UpdateFound
from kiosk.core.errors import Refused
from kiosk.core.updates import Newest

ANSWER_S = 20.0
TEXT_BYTES_MAX = 4096
BUNDLES_MAX = 10
"""So many of a stick are shown."""
_BUNDLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,93}\.raucb")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def look_up(address: str) -> Newest:
    """Which version is the newest at an address.

    Raises:
        Refused: ``err.updates_unreachable``, ``err.updates_text``.
    """
    name = f"newest-{ARCHITECTURES.get(os.uname().machine, os.uname().machine)}.txt"
    try:
        with (
            httpx.Client(timeout=ANSWER_S, follow_redirects=False) as client,
            client.stream("GET", f"{address.rstrip('/')}/{name}") as answer,
        ):
            if not answer.is_success:
                raise Refused("err.updates_unreachable")
            text = b""
            for portion in answer.iter_bytes():
                text += portion
                if len(text) > TEXT_BYTES_MAX:
                    raise Refused("err.updates_text")
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        raise Refused("err.updates_unreachable") from None
    return updates.newest(text.decode("utf-8", "replace"))


def on_sticks(folder: Path | None) -> Iterator[UpdateFound]:
    """The bundles on the sticks that are mounted, by stick and name."""
    for stick in sticks.there(folder):
        try:
            with os.scandir(stick.id) as inside:
                names = sorted(
                    one.name
                    for one in inside
                    if _BUNDLE.fullmatch(one.name) and one.is_file(follow_symlinks=False)
                )
        except OSError:  # It was just pulled.
            continue
        for name in names[:BUNDLES_MAX]:
            file = f"{Path(stick.id).name}/{name}"
            yield UpdateFound("stick", file, updates.version_of(name), stick.name)

"""The lines that were chosen at the desk: a small file beside the store, read after kiosk.toml.

Only `port` and `socket` of devices that are declared stand in it, and they go before kiosk.toml's.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from kiosk.core.errors import ConfigError

FILE = "devices.toml"
OPTIONS = ("port", "socket")

_HEAD = """\
# Written by the kiosk: lines that were chosen at the desk. They go before those of kiosk.toml.
# Without this file, or without a section, kiosk.toml counts again.
"""

Chosen = Mapping[str, Mapping[str, str]]
"""Device -> option -> value."""


def read(path: Path, declared: Mapping[str, Mapping[str, object]]) -> Chosen:
    """What was chosen; nothing where there is no file.

    Args:
        path: the file.
        declared: the devices of the kiosk with their options.

    Raises:
        ConfigError: every mistake of the file, a line each.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read ({error}); remove it"]) from None
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = f"{path}: is not TOML: {error}; correct that line, or remove the file"
        raise ConfigError([told]) from None
    devices = given.get("devices", {})
    if set(given) - {"devices"} or not isinstance(devices, dict):
        raise ConfigError([f"{path}: only sections [devices.NAME] stand here; remove the rest"])
    mistakes = [
        told
        for name, options in devices.items()
        for told in _mistakes(f"{path}: [devices.{name}]", options, declared.get(name))
    ]
    if mistakes:
        raise ConfigError(mistakes)
    return {name: dict(options) for name, options in devices.items()}


def _mistakes(where: str, options: object, declared: Mapping[str, object] | None) -> list[str]:
    if declared is None:
        return [f"{where}: kiosk.toml declares no such device; remove the section"]
    if not isinstance(options, dict):
        return [f"{where}: is no section; write port under it"]
    told = []
    for option, value in options.items():
        if option not in OPTIONS or option not in declared:
            has = " or ".join(o for o in OPTIONS if o in declared) or "nothing"
            told.append(f"{where} {option}: cannot be chosen here, only {has}; remove it")
        elif not isinstance(value, str) or not value:
            told.append(f"{where} {option}: is no text; write a line in quotes, or remove it")
    return told


def write(path: Path, chosen: Chosen) -> None:
    """Keep what was chosen, whole or not at all.

    Raises:
        OSError: the disk refused; what was there is there still.
    """
    lines = [_HEAD]
    for name, options in sorted(chosen.items()):
        lines.append(f"[devices.{name}]")
        # A JSON text is a TOML one, but for DEL, which no path of a device has.
        lines += [f"{option} = {json.dumps(value)}" for option, value in sorted(options.items())]
        lines.append("")
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8") as made:
        made.write("\n".join(lines))
        made.flush()
        os.fsync(made.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

"""The direction of the imports, kept: CONTRIBUTING.md, "Where things are"."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE_OF_DEVICES = [
    f"kiosk.core.{word}"
    for word in ("messages", "money", "documents", "errors", "ids", "clock", "config")
]
NOT_SEEN_BY_SCREENS = [f"!kiosk.core.{word}" for word in ("venue", "store", "ledger", "seal")]
NOT_ABOVE = ["!kiosk.app", "!kiosk.__main__"]

# Modules; what they may import of the kiosk; which libraries. A name stands for itself and all
# below it, "!" takes away; the first row that fits a module counts.
RULES: list[tuple[str, list[str], list[str]]] = [
    ("kiosk.__main__", ["kiosk", "!kiosk.__main__"], []),
    ("kiosk.app", ["kiosk", "!kiosk.__main__", "!kiosk.app"], ["kivy"]),
    ("kiosk.core.seal", ["kiosk.core"], ["cryptography"]),
    ("kiosk.core", ["kiosk.core"], ["tinydb"]),
    (
        "kiosk.hardware.peers",
        [
            *CORE_OF_DEVICES,
            "kiosk.hardware.peers",
            "kiosk.hardware.device",
            "kiosk.hardware.transport",
        ],
        ["PIL", "segno", "cryptography"],
    ),
    (
        "kiosk.hardware",
        [*CORE_OF_DEVICES, "kiosk.hardware", "!kiosk.hardware.peers"],
        [
            "serial",
            "smartcard",
            "cryptography",
            "gpiozero",
            "escpos",
            "h11",
            "PIL",
            "evdev",
            "hidraw",
        ],
    ),
    ("kiosk.screens.view", ["kiosk.core", *NOT_SEEN_BY_SCREENS, "kiosk.screens.view"], []),
    (
        "kiosk.screens.present",
        ["kiosk.core", *NOT_SEEN_BY_SCREENS, "kiosk.screens.view", "kiosk.screens.present"],
        [],
    ),
    (
        "kiosk.screens",
        ["kiosk.core", *NOT_SEEN_BY_SCREENS, "kiosk.screens"],
        ["kivy", "segno", "PIL"],
    ),
    (
        "kiosk.api",
        [
            *("kiosk.__version__", "kiosk.api", "kiosk.core", "kiosk.reporting", "kiosk.runtime"),
            *("kiosk.health", "kiosk.metrics"),
        ],
        ["fastapi", "h11", "starlette", "uvicorn", "pydantic", "swagger_ui_bundle"],
    ),
    ("kiosk.till_door", ["kiosk.till_door"], ["httpx"]),
    ("kiosk.webdav", ["kiosk.webdav"], ["httpx"]),
    ("kiosk.webhook", ["kiosk.core", "kiosk.notices"], ["httpx"]),
    ("kiosk.update_sources", ["kiosk.core", "kiosk.sticks"], ["httpx"]),
    # The first start has a window of its own, before there is a venue; what it decides and says
    # knows neither window nor disk, but for what a plan is made of.
    ("kiosk.first_boot.shell", ["kiosk", *NOT_ABOVE, "!kiosk.api"], []),
    ("kiosk.first_boot.errands", ["kiosk", *NOT_ABOVE, "!kiosk.api", "!kiosk.screens"], []),
    (
        "kiosk.first_boot.present",
        ["kiosk.core", "kiosk.first_boot", "kiosk.screens.view", "kiosk.screens.present"],
        [],
    ),
    (
        "kiosk.first_boot.venue_pages",
        ["kiosk.core", "kiosk.first_boot", "kiosk.screens.view", "kiosk.screens.present"],
        [],
    ),
    (
        "kiosk.first_boot.words",
        ["kiosk.core", "kiosk.first_boot", "kiosk.screens.view", "kiosk.screens.present"],
        [],
    ),
    ("kiosk.first_boot", ["kiosk.core", "kiosk.first_boot"], []),
    # Imported when it is switched on, and by nobody else.
    ("kiosk", ["kiosk", *NOT_ABOVE, "!kiosk.screens.app", "!kiosk.api"], []),
]
THREADS = {"_thread", "asyncio", "concurrent", "multiprocessing", "queue", "sched", "threading"}
WALL_CLOCK = {
    *("time.sleep", "time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns"),
    *("datetime.now", "datetime.today", "datetime.utcnow", "date.today"),
}


def below(name: str, parents: list[str]) -> bool:
    return any(name == parent or name.startswith(parent + ".") for parent in parents)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            dots = "." * node.level
            yield from (
                (node.lineno, f"{dots}{node.module or ''}.{alias.name}") for alias in node.names
            )


def violations(module: str, source: str) -> list[str]:
    tree = ast.parse(source)
    _, kiosk, libraries = next(rule for rule in RULES if below(module, [rule[0]]))
    allowed = [name for name in kiosk if not name.startswith("!")]
    denied = [name[1:] for name in kiosk if name.startswith("!")]
    found: list[str] = []
    used: set[str] = set()
    for line, name in imports(tree):
        top = name.partition(".")[0]
        if top == "kiosk":
            wrong = below(name, denied) or not below(name, allowed)
        elif top in sys.stdlib_module_names:
            wrong = below(module, ["kiosk.core"]) and top in THREADS
        else:
            used.add(top)
            wrong = top not in libraries
        if wrong:
            found.append(f"{module}:{line} may not import {name}")
    if below(module, ["kiosk.hardware"]) and len(used) > 1:
        found.append(f"{module} imports {sorted(used)}: a driver has one library")
    if below(module, ["kiosk.core"]) and module != "kiosk.core.clock":
        found += [
            f"{module}:{node.lineno} reads the clock: {ast.unparse(node)}; time is an argument"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and ".".join(ast.unparse(node).split(".")[-2:]) in WALL_CLOCK
        ]
    return found


def test_every_import_goes_in_the_agreed_direction() -> None:
    files = sorted(ROOT.joinpath("kiosk").rglob("*.py"))
    assert files
    found: list[str] = []
    for path in files:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found += violations(module, path.read_text("utf-8"))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("kiosk.core.flow", "import kivy"),
        ("kiosk.core.flow", "import threading"),
        ("kiosk.core.flow", "from kiosk.hardware.ccnet import Ccnet"),
        ("kiosk.core.flow", "import cryptography"),
        ("kiosk.core.flow", "import time\ntime.sleep(1)"),
        ("kiosk.core.flow", "import datetime\ndatetime.datetime.now()"),
        ("kiosk.core.flow", "def later():\n    from kiosk.screens import view"),
        ("kiosk.hardware.ccnet", "from kiosk.hardware.peers import ccnet"),
        ("kiosk.hardware.ccnet", "from kiosk.core.venue import do"),
        ("kiosk.hardware.ccnet", "import serial, gpiozero"),
        ("kiosk.hardware.peers.ccnet", "from kiosk.hardware import ccnet"),
        ("kiosk.hardware.peers.ccnet", "import serial"),
        ("kiosk.screens.present", "from kivy.app import App"),
        ("kiosk.screens.present", "from kiosk.core import venue"),
        ("kiosk.screens.guest.home", "from kiosk.core.store import Store"),
        ("kiosk.screens.guest.home", "from kiosk.runtime import Runtime"),
        ("kiosk.runtime", "from kiosk.app import main"),
        ("kiosk.runtime", "import kivy"),
        ("kiosk.runtime", "from kiosk.api import door"),
        ("kiosk.runtime", "import fastapi"),
        ("kiosk.api.visits", "from kiosk.screens import present"),
        ("kiosk.api.visits", "from kiosk.app import run"),
        ("kiosk.app", "import serial"),
        ("kiosk.first_boot.steps", "from kiosk.hardware import found"),
        ("kiosk.first_boot.steps", "from kiosk.screens import view"),
        ("kiosk.first_boot.present", "from kiosk.screens.app import Shell"),
        ("kiosk.first_boot.shell", "import kivy"),
        ("kiosk.screens.guest.home", "from .. import view"),
    ],
)
def test_a_planted_violation_is_found(module: str, source: str) -> None:
    assert violations(module, source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("kiosk.core.clock", "import time\ntime.monotonic()"),
        ("kiosk.core.store", "from tinydb.table import Document"),
        ("kiosk.hardware.ccnet", "from kiosk.hardware.transport import Transport"),
        ("kiosk.hardware.pcsc", "from smartcard import scard"),
        ("kiosk.screens.guest.home", "from kivy.uix.label import Label"),
        ("kiosk.app", "from kiosk.hardware.peers import ccnet"),
        ("kiosk.runtime", "import threading\nfrom kiosk.core.venue import Venue"),
        ("kiosk.app", "from kiosk.api.door import Door"),
        ("kiosk.api.visits", "from fastapi import APIRouter\nfrom pydantic import Field"),
    ],
)
def test_what_the_plan_allows_is_allowed(module: str, source: str) -> None:
    assert violations(module, source) == []

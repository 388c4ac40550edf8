"""The image opens the tills' port when the configuration lets tills in, and never else."""

import importlib.util
import subprocess
import tomllib
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "image/overlay/usr/lib/foyer/firewall"
OPEN = '[api]\nenabled = true\nhost = "0.0.0.0"\n'


@pytest.fixture(scope="module")
def firewall() -> ModuleType:
    loader = SourceFileLoader("firewall", str(SCRIPT))
    spec = importlib.util.spec_from_loader("firewall", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("written", "port"),
    [
        ("", None),
        ("[api]\nenabled = true\n", None),
        ('[api]\nenabled = true\nhost = "::1"\n', None),
        (OPEN.replace("true", "false"), None),
        (OPEN.replace("true", '"true"'), None),
        (OPEN, 8480),
        (OPEN.replace("0.0.0.0", "192.168.1.20") + "port = 9000\n", 9000),
        (OPEN + "port = 70000\n", None),
        (OPEN + "port = true\n", None),
        (OPEN + 'port = "22, 80"\n', None),
    ],
)
def test_the_port_is_the_configurations(
    firewall: ModuleType, written: str, port: int | None
) -> None:
    assert firewall.port(written) == port


def test_without_a_word_it_is_the_kiosks_own(firewall: ModuleType) -> None:
    default = tomllib.loads((ROOT / "kiosk/default.toml").read_text("utf-8"))["api"]
    assert not default["enabled"]
    assert default["port"] == firewall.PORT


@pytest.mark.parametrize("written", ["[api", '[api]\nenabled = true\nhost = "till"\n', "api = 1\n"])
def test_a_configuration_that_cannot_be_read_opens_nothing(
    firewall: ModuleType, written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda words, check: asked.append(words[1:]))
    monkeypatch.setattr(firewall, "CONFIGURATION", tmp_path / "kiosk.toml")
    for text in (None, written, OPEN):
        if text is not None:
            (tmp_path / "kiosk.toml").write_text(text)
        firewall.main()
    flush = ["flush", "set", "inet", "foyer", "tills"]
    add = ["add", "element", "inet", "foyer", "tills", "{ 8480 }"]
    assert asked == [flush, flush, flush, add]

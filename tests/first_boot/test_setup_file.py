"""The file for fleets: what is right makes a kiosk, what is wrong is told all at once."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk import set_up
from kiosk.__main__ import main
from kiosk.core import seal
from kiosk.core.errors import ConfigError, Refused
from kiosk.first_boot import setup_file
from kiosk.first_boot.setup_file import Network, Setup
from kiosk.machine import Helper, StartAgain
from tests.first_boot.test_creation import at, must_be_finished, opened

HASH = seal.pin_hash("482917")
FILE = f"""
[kiosk]
id = "K2"
language = "ru"

[venue]
kind = "club"
name = "Orbit Club"
currency = "RUB"
time_zone = "Europe/Moscow"

[network]
link = "wifi"
network = "Club 5"
password = "secret12"

[owner]
name = "Olga"
card = "9900000106"
pin_hash = "{HASH}"

[screen]
fullscreen = true

[devices.reader]
driver = "pcsc"

[devices.printer]
driver = "escpos"
port = "tcp://192.168.1.50:9100"
"""


def read(folder: Path, text: str) -> Setup:
    file = folder / "foyer-setup.toml"
    file.write_text(text, "utf-8")
    return setup_file.read(file, at(folder))


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        read(folder, text)
    return list(error.value.mistakes)


class Asked(Helper):
    """A helper that notes what it is asked."""

    def __init__(self, refuses: tuple[str, ...] = ()) -> None:
        super().__init__(Path("request"), Path("answer"))
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._refuses = refuses

    def ask(self, verb: str, **arguments: str) -> dict[str, Any]:
        self.asked.append((verb, arguments))
        if verb in self._refuses:
            raise Refused("err.helper_failed")
        return {}


def test_a_file_makes_a_kiosk(tmp_path: Path) -> None:
    setup = read(tmp_path, FILE)
    assert setup.complete
    assert setup.network == Network("wifi", "Club 5", "secret12")
    set_up._create(setup, at(tmp_path), Asked())
    must_be_finished(at(tmp_path))
    made = opened(at(tmp_path))
    assert made.store.facts["kiosk"] == "K2"
    # Nobody was there to keep a recovery code.
    assert made.books(set_up.system_now()).secrets.get("tokens", "staff:1") is None
    made.close()
    text = (tmp_path / "kiosk.toml").read_text("utf-8")
    assert "[screen]\nfullscreen = true" in text and 'port = "tcp://192.168.1.50:9100"' in text
    assert "secret12" not in text and HASH not in text


def test_a_venue_may_come_in_a_file_of_its_own(tmp_path: Path) -> None:
    demo = Path(set_up.__file__).with_name("demo_centre.toml")
    shutil.copy(demo, tmp_path / "foyer-venue.toml")
    start, end = FILE.index("[venue]"), FILE.index("[network]")
    text = FILE[:start] + '[venue]\nfile = "foyer-venue.toml"\n' + FILE[end:]
    setup = read(tmp_path, text)
    assert setup.answers.venue == "Jupiter Park" and setup.answers.zone == "Asia/Yekaterinburg"
    assert mistakes(tmp_path, text.replace("foyer-venue.toml", "foyer-other.toml")) == [
        f"{tmp_path}/foyer-other.toml: there is no such file; check the path"
    ]
    (told,) = mistakes(tmp_path, text.replace('file = "foyer-venue.toml"', 'file = "../x.toml"'))
    assert "[venue] file" in told.split("; ")[0]
    of_one = re.sub('number = "[0-9]+"', 'number = "1"', demo.read_text("utf-8"), count=1)
    (tmp_path / "foyer-venue.toml").write_text(of_one, "utf-8")
    (told,) = mistakes(tmp_path, text)
    assert "is the owner's number" in told


def test_all_mistakes_are_told_at_once_with_place_and_suggestion(tmp_path: Path) -> None:
    text = (
        FILE.replace('language = "ru"', 'language = "rus"')
        .replace("currency =", "curency =")
        .replace('kind = "club"', 'kind = "clubb"')
        .replace('link = "wifi"', 'link = "wlan"')
        .replace('password = "secret12"', 'password = "short"')
        .replace("[owner]", '[owner]\npin = "482917"')
        .replace('driver = "escpos"', 'driver = "escpoz"')
        .replace("[screen]\nfullscreen", "[screen]\nfulscreen")
        + "\n[sceen]\nwidth = 1\n"
    )
    told = mistakes(tmp_path, text)
    for part in (
        '[sceen]: unknown section; did you mean "screen"?',
        '[kiosk] language: cannot be "rus"; did you mean "ru"?',
        '[venue] curency: unknown setting; did you mean "currency"?',
        '[venue] kind: cannot be "clubb"; did you mean "club"?',
        "[venue] currency: is missing",
        '[network] link: cannot be "wlan"',
        "[network] password: is not 8 to 63",
        "[owner] pin: a PIN must not stand here",
        '"escpoz"',
        '[screen] fulscreen: unknown setting; did you mean "fullscreen"?',
    ):
        assert any(part in mistake for mistake in told), (part, told)
    assert all(mistake.startswith("foyer-setup.toml: ") for mistake in told), told
    assert len(told) == len(set(told))
    assert not any("482917" in mistake or "short" in mistake for mistake in told)
    assert not (tmp_path / "kiosk.toml").exists() and not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("[kiosk]\n", "[kiosk]\nstore = 1\n"), "[kiosk] store: unknown setting"),
        (('id = "K2"', 'id = "K-2"'), "1 to 12 letters and digits"),
        (('name = "Olga"\n', ""), "[owner] name: is missing"),
        (("[devices.reader]\ndriver", "[devices.reader]\ndrivr"), "names no driver"),
        (("Europe/Moscow", "Europe/Moskow"), "names no time zone"),
        (('network = "Club 5"\n', ""), "[network] network: is missing"),
        (('link = "wifi"', 'link = "cable"'), "is of a Wi-Fi"),
        (('link = "wifi"\n', ""), "[network] link: is missing"),
        (("[network]", '[network]\naddress = "192.168.1.20"'), "192.168.1.20/24"),
        (("[network]", '[network]\ngateway = "192.168.1.1"'), "needs an address"),
        ((HASH, "482917"), "is no hash of a PIN"),
        (("[kiosk]", "kiosk = 1\n[other]"), "kiosk: is a section"),
        (("[screen]", "[store]"), "[store]: unknown section"),
        (("[kiosk]", "[kiosk"), "is not TOML"),
    ],
)
def test_each_mistake_is_told(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    assert change[0] in FILE
    assert any(told in mistake for mistake in mistakes(tmp_path, FILE.replace(*change)))


def test_without_a_hash_the_pin_is_set_at_the_screen(tmp_path: Path) -> None:
    from kiosk.first_boot.scenes import OwnerPin, Summary, Surroundings
    from kiosk.first_boot.shell import beginning
    from tests.first_boot.owner import ZONES, Owner, machine

    setup = read(tmp_path, FILE.replace(f'pin_hash = "{HASH}"\n', ""))
    assert not setup.complete
    state = beginning(Surroundings(ZONES), setup)
    assert state.scene == OwnerPin()
    made = Owner(state, answers=machine).digits("830174").press("next")
    made.digits("830174").press("next")
    assert made.state.scene == Summary()
    # The venue came in the file: it is not asked about here.
    names = {b.id: b for b in made.view.options and [o.button for o in made.view.options]}  # type: ignore[union-attr]
    assert not names["correct:venue"].enabled and names["correct:devices"].enabled
    made.press("make")
    plan = next(effect.plan for effect in made.did if hasattr(effect, "plan"))
    assert plan.venue is setup.plan.venue and plan.more == setup.plan.more
    assert plan.owner is not None and plan.owner.pin == "830174"


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_an_editor_of_windows_may_have_written_it(tmp_path: Path, bom: bytes) -> None:
    file = tmp_path / "foyer-setup.toml"
    file.write_bytes(bom + FILE.replace("\n", "\r\n").encode())
    assert setup_file.read(file, at(tmp_path)).complete
    file.write_bytes(b"\xff\xfe" + FILE.encode("utf-16-le"))
    with pytest.raises(ConfigError, match="is not UTF-8"):
        setup_file.read(file, at(tmp_path))


# --- the first start of an appliance ----------------------------------------------------------


def environ(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    file = folder / "foyer-setup.toml"
    named = {"FOYER_FIRST_BOOT": "1", "FOYER_SETUP_FILE": str(file)}
    named["STATE_DIRECTORY"] = str(folder / "store")
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    return named


def test_an_appliance_with_a_right_file_asks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = environ(tmp_path, monkeypatch)
    config = tmp_path / "kiosk.toml"
    assert set_up.wanted(config, of)
    (tmp_path / "foyer-setup.toml").write_text(FILE, "utf-8")
    helper = Asked()
    monkeypatch.setattr(Helper, "of", lambda environ: helper)
    with pytest.raises(StartAgain):
        set_up.first_start(config, of)
    must_be_finished(at(tmp_path))
    assert [verb for verb, _ in helper.asked] == ["set-zone", "set-network", "use-setup-file"]
    assert helper.asked[1][1]["password"] == "secret12"
    # Now it is a kiosk.
    assert not set_up.wanted(config, of)


def test_a_network_that_is_not_there_keeps_no_kiosk_from_its_guests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = environ(tmp_path, monkeypatch)
    (tmp_path / "foyer-setup.toml").write_text(FILE, "utf-8")
    monkeypatch.setattr(Helper, "of", lambda environ: Asked(("set-network", "use-setup-file")))
    with pytest.raises(StartAgain):
        set_up.first_start(tmp_path / "kiosk.toml", of)
    must_be_finished(at(tmp_path))


def test_a_wrong_file_opens_the_assistant_with_its_mistakes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.first_boot import shell

    of = environ(tmp_path, monkeypatch)
    (tmp_path / "foyer-setup.toml").write_text(FILE.replace("RUB", "RUR"), "utf-8")
    opened_with: dict[str, Any] = {}

    def run(place: Any, errands: Any, **more: Any) -> int:
        opened_with.update(more)
        return 0

    monkeypatch.setattr(shell, "run", run)
    assert set_up.first_start(tmp_path / "kiosk.toml", of) == 0
    assert opened_with["setup"] is None
    assert opened_with["mistakes"] == (
        'foyer-setup.toml: [venue] currency: cannot be "RUR"; did you mean "RUB"?',
    )


def test_without_the_environment_a_missing_file_is_a_mistake(tmp_path: Path) -> None:
    assert not set_up.wanted(tmp_path / "kiosk.toml", {})
    assert not set_up.wanted(None, {"FOYER_FIRST_BOOT": "1"})
    assert main(["run", "--config", str(tmp_path / "kiosk.toml")]) == 78


# --- by hand ----------------------------------------------------------------------------------


def test_set_up_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, config = tmp_path / "foyer-setup.toml", tmp_path / "made" / "kiosk.toml"
    config.parent.mkdir()
    machine = tmp_path / "machine.toml"
    machine.write_text(f'[store]\nfolder = "{tmp_path}/store"\n', "utf-8")
    file.write_text(FILE, "utf-8")
    assert main(["set-up", str(file), "--check"]) == 0
    assert "is right" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "foyer-setup.toml",
        "machine.toml",
        "made",
    ]
    words = ["set-up", str(file), "--config", str(config), "--machine", str(machine)]
    assert main(words) == 0
    assert main(["verify", "--config", str(config)]) == 0
    assert main(words) == 78
    assert "is there already" in capsys.readouterr().err


def test_a_pin_becomes_a_hash(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said: Callable[[str], Any] = lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))  # noqa: E731
    said("482917\n")
    assert main(["set-up", "--hash"]) == 0
    hashed = capsys.readouterr().out.strip().removeprefix('pin_hash = "').removesuffix('"')
    assert seal.pin_fits("482917", hashed) and "482917" not in hashed
    for easy in ("123456\n", "12345\n", "abcdef\n"):
        said(easy)
        assert main(["set-up", "--hash"]) == 1

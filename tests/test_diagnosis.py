"""The diagnostic bundle: nothing that was planted about people is in any of its files."""

from __future__ import annotations

import io
import json
import logging
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kiosk import card_secrets, diagnosis
from kiosk.__main__ import main
from kiosk.control import Control
from kiosk.core import config, nightly
from kiosk.core.config import AlertsConfig, Config
from kiosk.core.messages import AcceptorChanged, PrinterChanged
from kiosk.core.nightly import Made, Nights
from kiosk.diagnosis import TEXT_BYTES_MAX, Found, bundle, found, masked
from kiosk.health import Health
from kiosk.log_ring import LogRing
from kiosk.verbs import Kiosk, answer
from tests.api.opened import OpenDoor, open_door
from tests.core.guest import ACCEPTOR, NOW, PRINTER

NAME, PHONE, PIN, UID = "Ermintrude", "9162045511", "739164", "04A9B8C7D6E5F4"
STRIPE = "4276550012349876"
LONG = "550001311299"
PASSWORDS = {
    "webhook": "https://hook:p4ssw0rd@chat.example/T0123/B4567/verysecret",
    "smtp_user": "boss.mailer",
    "mail_from": "kiosk-sender@venue.example",
}
PLANTED = (
    *(NAME, NAME.lower(), PHONE, PHONE[3:], PIN, UID, UID[-6:], STRIPE, STRIPE[-8:], LONG),
    *("p4ssw0rd", "verysecret", "boss.mailer", "owner.person", "kiosk-sender", "nas-user"),
    *("s3cr3t-folder",),
)


@pytest.fixture
def ring() -> Iterator[LogRing]:
    """The whole log of the kiosk, as `kiosk run` sets it up, and louder."""
    made, root = LogRing(), logging.getLogger()
    level = root.level
    root.addHandler(made)
    root.setLevel(logging.DEBUG)
    yield made
    root.removeHandler(made)
    root.setLevel(level)


@pytest.fixture
def opened(ring: LogRing) -> Iterator[OpenDoor]:
    """A kiosk at which somebody was served, at the screen and through the door."""
    with open_door() as made:
        guest = made.guest
        guest.register(uid=UID, phone=PHONE, name=NAME, pin=PIN)
        guest.printed()
        guest.press("leave")
        guest.top_up(500, 100, uid=UID)
        guest.press("done", "leave")
        made.post("/v1/cards/identify", {"signal": "contactless", "text": UID})
        made.post("/v1/cards/identify", {"signal": "magnetic", "text": f";{STRIPE}=9912?"})
        made.post("/v1/people", {"staff": "101", "pin": PIN})
        made.get("/v1/venue", "foyer-till-" + "b" * 52)
        made.get(f"/v1/clients?phone={PHONE}")
        yield made


def chosen(opened: OpenDoor) -> Config:
    of: Config = opened.door._house.chosen
    alerts = replace(of.alerts, **PASSWORDS, mail_to=("owner.person@venue.example",))
    backup = replace(of.backup, to="https://nas.example/s3cr3t-folder", user="nas-user")
    folder = opened.venue.store.path.parent
    kept = replace(of.store, folder=folder, secrets_folder=folder)
    return replace(of, alerts=alerts, backup=backup, store=kept)


def files(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        return {name.rpartition("/")[2]: packed.read(name).decode() for name in packed.namelist()}


def told(opened: OpenDoor, ring: LogRing) -> Found:
    health = Health(chosen(opened), opened.runtime, lambda: opened.board.shown)
    return found(health, ring)


def test_nothing_about_people_is_in_it(opened: OpenDoor, ring: LogRing) -> None:
    # What a device says of itself may be anything, and so may a library.
    opened.runtime.inbox.put(PrinterChanged(PRINTER, "ok", False, f"E7 after {STRIPE}"))
    opened.runtime.inbox.put(AcceptorChanged(ACCEPTOR, "failed", f"card {UID}"))
    logging.getLogger("kiosk.planted").warning("a card %s of +7 916 204-55-11, %s", UID, LONG)
    logging.getLogger("other").error("GET https://hook:p4ssw0rd@chat.example/ %s", STRIPE)
    folder = opened.venue.store.path.parent
    card_secrets.make(folder, newer=False)
    keys = (folder / "cards.keys").read_text().split()
    made = Made(nightly.stamp(NOW.wall), "https://nas.example/s3cr3t-folder", "f.db", 9, 1, True)
    nightly.write(folder, Nights(made, made.at, "PUT: HTTP 507"))
    packed = files(bundle(chosen(opened), told(opened, ring), NOW))
    for name, text in packed.items():
        for planted in (*PLANTED, *opened.tokens.values(), keys[-1]):
            assert planted not in text, (name, planted)
        assert "916 204" not in text, name
    assert "a card … of …" in packed["log.txt"], "the log is there, without them"
    assert "GET https://chat.example/… …" in packed["log.txt"]


def test_the_log_itself_has_none_of_it(opened: OpenDoor, ring: LogRing) -> None:
    """Masking is the second lock, not the first."""
    lines = "\n".join(diagnosis.log_lines(ring))
    assert "POST /v1/cards/identify" in lines
    for planted in (*PLANTED, *opened.tokens.values()):
        assert planted not in lines, planted


def test_what_a_technician_finds_in_it(opened: OpenDoor, ring: LogRing) -> None:
    opened.runtime.inbox.put(AcceptorChanged(ACCEPTOR, "jammed_cassette", "E3"))
    packed = files(bundle(chosen(opened), told(opened, ring), NOW))
    assert set(packed) == {
        *("README.txt", "versions.txt", "configuration.json", "store.json", "machine.json"),
        *("units.txt", "journal.txt", "health.txt", "health.json", "devices.json", "log.txt"),
    }
    for name in set(packed) - {"README.txt"}:
        assert name.partition(".")[0] in packed["README.txt"]
    assert "Foyer " in packed["versions.txt"] and "kivy" in packed["versions.txt"].lower()
    settings = json.loads(packed["configuration.json"])
    assert settings["alerts"]["webhook"] == "https://chat.example/…"
    assert settings["alerts"]["smtp_user"] == "(set)" and settings["alerts"]["mail_to"] == "(set)"
    assert settings["backup"]["to"] == "https://nas.example/…"
    assert settings["timeouts"]["idle_s"] == 30
    (fault,) = json.loads(packed["devices.json"])
    assert (fault["word"], fault["detail"], fault["until"]) == ("jammed_cassette", "E3", "")
    store = json.loads(packed["store.json"])
    assert store["entries"] == opened.venue.ledger.seq and store["format"]
    assert json.loads(packed["machine.json"])["disk_free_bytes"] > 0
    assert "kiosk K1, Foyer" in packed["health.txt"]


def test_the_slots_of_an_appliance_and_its_last_update(
    opened: OpenDoor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("FOYER_HELPER_ANSWER", str(tmp_path / "answer"))
    packed = files(bundle(chosen(opened), None, NOW))
    assert json.loads(packed["machine.json"])["slots"] is None
    update = {"slot": "A", "version": "1.2", "phase": "back", "to": "1.3", "why": "devices"}
    (tmp_path / "update").write_text(json.dumps(update))
    slots = json.loads(files(bundle(chosen(opened), None, NOW))["machine.json"])["slots"]
    assert (slots["slot"], slots["phase"], slots["why"]) == ("A", "back", "devices")


def test_every_setting_that_is_secret_is_left_out() -> None:
    """A new setting with such a name is left out by itself; one of alerts must be thought of."""
    made = config.load(None, simulated=True, environ={"HOME": "/nowhere"})
    secret = {n: f"{n}-is-secret" for n in ("mail_from", "smtp_user", "smtp_password_file")}
    alerts = AlertsConfig(**{**vars(made.alerts), **secret})
    text = json.dumps(diagnosis.configuration(replace(made, alerts=alerts)))
    assert "is-secret" not in text


def test_without_a_kiosk_that_runs_the_rest_is_there(opened: OpenDoor) -> None:
    packed = files(bundle(chosen(opened), None, NOW))
    assert "log.txt" not in packed and "store.json" in packed
    nowhere = replace(chosen(opened).store, folder=Path("/nowhere"))
    broken = files(bundle(replace(chosen(opened), store=nowhere), None, NOW))
    assert "StorageFailed" in broken["store.json"] and "versions.txt" in broken


def test_it_stays_small(opened: OpenDoor, ring: LogRing) -> None:
    whole = told(opened, ring)
    long = replace(whole, log=tuple(f"{n} a line of the log" for n in range(200_000)))
    text = files(bundle(chosen(opened), long, NOW))["log.txt"]
    assert len(text.encode()) <= TEXT_BYTES_MAX + 20
    assert text.startswith("(cut off)") and text.endswith("199999 a line of the log\n")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2026-11-23T17:58:39.123456+00:00 info x", "2026-11-23T17:58:39.123456+00:00 info x"),
        ("2026-11-23 17:58 seq 12345", "2026-11-23 17:58 seq 12345"),
        ("at 192.168.100.17:8480, 53 ms", "at 192.168.100.17:8480, 53 ms"),
        ("K1 usb-FTDI_FT232R_USB_UART_A50285BI", "K1 usb-FTDI_FT232R_USB_UART_A50285BI"),
        ("call +7 (916) 204-55-11 now", "call … now"),
        ("card 04A1B2C3D4E5F6.", "card …."),
        ("mail a.b@c.example!", "mail …"),
        ("foyer-till-abcdefgh2345 ok", "… ok"),
        ("https://u:p@h.example:8443/x", "https://h.example:8443/…"),
    ],
)
def test_what_is_masked(text: str, kept: str) -> None:
    assert masked(text) == kept


def test_masking_a_long_line_takes_no_time() -> None:
    hard = "1 " * 20_000 + "a1" * 20_000 + "@" * 20_000 + "http://" + "x" * 20_000
    assert masked(hard)


# --- by the command line -------------------------------------------------------------------------


@pytest.fixture
def running(opened: OpenDoor, ring: LogRing, tmp_path: Path) -> Iterator[Path]:
    """The kiosk listens on its socket; the settings that lead to it."""
    of = chosen(opened)
    file = tmp_path / "kiosk.toml"
    stripe = '[devices.stripe]\ndriver = "magstripe"\nsimulated = true\n'
    file.write_text(f'[store]\nfolder = "{of.store.folder}"\n{stripe}')
    health = Health(of, opened.runtime, lambda: opened.board.shown, clock=opened.clock)
    kiosk = Kiosk(of, opened.runtime, {}, {}, object(), health, ring)  # type: ignore[arg-type]
    control = Control(of.store.control_socket, lambda request: answer(kiosk, request))
    control.start()
    yield file
    control.stop()


def said(capsys: pytest.CaptureFixture[str], *words: Any) -> tuple[int, str]:
    code = main([str(word) for word in words])
    caught = capsys.readouterr()
    return code, caught.out + caught.err


def test_kiosk_health(opened: OpenDoor, running: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = said(capsys, "health", "--config", running)
    assert code == 0 and "serves guests" in text and "cashbox of acceptor: 2 notes" in text
    opened.runtime.inbox.put(PrinterChanged(PRINTER, "out"))
    opened.board.step(opened.clock.now)
    code, text = said(capsys, "health", "--config", running)
    assert code == 1 and "WAITS: alarm, now: paper_out" in text
    code, text = said(capsys, "health", "--json", "--config", running)
    assert code == 1 and json.loads(text)["waiting"] == [["alarm", "now", "paper_out"]]


def test_books_that_a_proof_found_wrong_need_a_person(
    opened: OpenDoor, running: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = opened.venue.store.path.parent
    nightly.write_proof(folder, nightly.Proof(nightly.stamp(NOW.wall), 9, 3))
    code, text = said(capsys, "health", "--config", running)
    assert code == 1 and "books: 3 PROBLEMS" in text


def test_kiosk_diagnose(running: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = tmp_path / "made.zip"
    code, text = said(capsys, "diagnose", made, "--config", running)
    assert code == 0, text
    assert "log.txt" in files(made.read_bytes())
    code, text = said(capsys, "diagnose", made, "--config", running)
    assert code != 0 and "exists" in text, "nothing is written over"


def test_a_kiosk_that_does_not_run_is_told(
    opened: OpenDoor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kiosk.toml"
    stripe = '[devices.stripe]\ndriver = "magstripe"\nsimulated = true\n'
    file.write_text(f'[store]\nfolder = "{opened.venue.store.path.parent}"\n{stripe}')
    code, text = said(capsys, "health", "--config", file)
    assert code == 1 and "no kiosk runs" in text
    code, text = said(capsys, "diagnose", tmp_path / "x.zip", "--config", file)
    assert code == 0 and "no kiosk runs" in text
    assert sys.version.split()[0] in files((tmp_path / "x.zip").read_bytes())["versions.txt"]

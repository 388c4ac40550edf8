"""The door of a kiosk that runs as a process, and its page in a real browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.api.opened import open_door, refusal
from tests.browser import Browsers, complaints
from tests.e2e.machine import Kiosk, free_port, until

pytestmark = [pytest.mark.e2e, pytest.mark.beside]

READ = {"signal": "magnetic", "text": ";550001=311299?"}
PIN = "730164"


def test_a_till_at_a_running_kiosk_leaves_no_secret_anywhere(
    kiosk_on: Callable[..., Kiosk], tmp_path: Path
) -> None:
    kiosk, port = kiosk_on(), free_port()
    with kiosk.config.open("a") as config:
        config.write(f"[api]\nenabled = true\nport = {port}\n")
    scopes = ("read", "serve", "people", "events")
    token = kiosk.command("token", "new", "bar", *scopes).splitlines()[1]
    kiosk.start().ready()
    ask = httpx.Client(base_url=f"http://127.0.0.1:{port}/v1", trust_env=False, timeout=60)
    with ask as till:
        refusal(till.get("/visits"), 401, "err.door_token")
        till.headers["Authorization"] = f"Bearer {token}"
        health = till.get("/health").json()
        assert health["state"] == "ok" and all(device["up"] for device in health["devices"])
        key = {"Idempotency-Key": "1"}
        first, again = (till.post("/visits", json={"read": READ}, headers=key) for _ in range(2))
        assert first.status_code == 200 and first.json() == again.json()
        refusal(till.post("/people", json={"staff": "101", "pin": PIN}), 403, "err.pin_none")
        order = {"order": "1", "place": "Bar", "visit": 1, "lines": [{"item": "pizza"}]}
        told = till.post("/orders", json=order, headers={"Idempotency-Key": "2"})
        assert told.status_code == 200, told.text
        # A token that is revoked while the kiosk runs is refused at once.
        name = kiosk.command("token", "list").split()[0]
        kiosk.command("token", "revoke", name)
        refusal(till.get("/visits"), 401, "err.door_token")
    until(lambda: "GET - 401 - " in kiosk.log(), kiosk.log)
    exported = tmp_path / "store.json"
    kiosk.command("export", "--tinydb", str(exported))
    everything = {
        "log": kiosk.log(),
        "entries": json.dumps(kiosk.entries()),
        "export": exported.read_text("utf-8"),
        "list": kiosk.command("token", "list"),
    }
    assert "POST /v1/orders 200 bar" in everything["log"]
    for name, text in everything.items():
        assert [s for s in (token, token[11:], PIN, READ["text"]) if s in text] == [], name


def test_a_kiosk_without_a_door_has_nothing_of_it_in_memory() -> None:
    heavy = ("fastapi", "starlette", "uvicorn", "pydantic", "kiosk.api")
    looked = f"import sys, kiosk.app; print([m for m in {heavy!r} if m in sys.modules])"
    told = subprocess.run(
        [sys.executable, "-c", looked],
        env={**os.environ, "KIVY_NO_ARGS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines()[-1] == "[]"


def test_the_page_of_the_door_works_without_anything_from_elsewhere(browsers: Browsers) -> None:
    with open_door() as door:
        browser = browsers((1200, 900), "en")
        browser.get(f"{door.base_url}/docs")
        shown = "//span[contains(@class, 'opblock-summary-path')]"
        WebDriverWait(browser, 60, 0.05).until(
            lambda found: len(found.find_elements(By.XPATH, shown)) > 20
        )
        words = browser.find_element(By.TAG_NAME, "body").text
        assert "Foyer: the door for tills" in words and "/v1/visits" in words
        assert "Unable to render" not in words
        assert complaints(browser) == []

"""The whole way on the running kiosk: a guest calls, a cable is pulled, and people hear of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from kiosk.webhook import SIGNATURE, signature
from tests.browser import Browsers, complaints
from tests.e2e.machine import Kiosk, free_port, until
from tests.e2e.test_desk import TILL, sees
from tests.test_webhook import SECRET, Receiver

pytestmark = [pytest.mark.e2e, pytest.mark.beside]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.end()


def told(receiver: Receiver) -> list[tuple[str, str]]:
    """What the webhook was told so far, after each signature is looked at."""
    notices: list[tuple[str, str]] = []
    for headers, body in list(receiver.got):
        seconds, mark = (part.partition("=")[2] for part in headers[SIGNATURE].split(","))
        assert mark == signature(SECRET, int(seconds), body)
        notices += [(n["what"], n["key"]) for n in json.loads(body)["notices"]]
    return notices


def test_a_call_and_a_pulled_cable_reach_the_desk_and_the_webhook(
    kiosk_on: Callable[..., Kiosk], receiver: Receiver, browsers: Browsers, tmp_path: Path
) -> None:
    kiosk, port, secret = kiosk_on(), free_port(), tmp_path / "secret"
    secret.write_bytes(SECRET)
    with kiosk.config.open("a") as settings:
        settings.write(
            f"[api]\nenabled = true\nport = {port}\n"
            f'[alerts]\nwebhook = "http://127.0.0.1:{receiver.port}/"\n'
            f'webhook_secret_file = "{secret}"\n'
        )
    kiosk.start()
    kiosk.ready()
    token = kiosk.command("token", "new", "bar", "read", "serve", "events").splitlines()[1]
    browser = browsers(TILL)
    browser.get(f"http://127.0.0.1:{port}/desk")
    until(lambda: browser.switch_to.active_element.get_attribute("id") == "token", "the page")
    browser.switch_to.active_element.send_keys(token, Keys.ENTER)
    sees(browser, "#nothing", "Nobody waits")

    assert "help_called" in kiosk.bench("help")
    sees(
        browser, "#calls .what", "Help call 1: a guest is at the kiosk. On the screen: the welcome"
    )
    until(lambda: told(receiver) == [("began", "help:1")], "the webhook was not told")
    assert kiosk.command("help", "list").split()[0] == "1"
    browser.find_element(By.CSS_SELECTOR, "#calls button").click()
    sees(browser, "#nothing", "Nobody waits")
    until(lambda: told(receiver)[1:] == [("ended", "help:1")], "the webhook was not told")
    assert kiosk.command("help", "list") == "nobody calls\n"

    kiosk.cable.pull()
    sees(browser, "#alarms .what", "The printer does not answer (printer).")
    until(lambda: told(receiver)[2:] == [("began", "printer:printer_off")], "no alarm")
    kiosk.cable.put_back()
    sees(browser, "#nothing", "Nobody waits")
    until(lambda: told(receiver)[3:] == [("ended", "printer:printer_off")], "no end of the alarm")
    assert complaints(browser) == []
    assert token not in kiosk.log() and SECRET.decode() not in kiosk.log()


def test_the_command_line_answers_a_call_too(kiosk: Kiosk) -> None:
    kiosk.bench("help")
    with pytest.raises(ValueError, match="already"):
        kiosk.bench("help")
    assert "help_answered" in kiosk.command("help", "answer", "1")
    # Asked twice, it is the same answer.
    assert "help_answered" in kiosk.command("help", "answer", "1")
    assert kiosk.command("help", "list") == "nobody calls\n"

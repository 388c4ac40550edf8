"""The desk's page in real browsers: calls, tasks and alarms, and a connection that is lost."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from kiosk import notices
from kiosk.core.calls import CallHelp, GetCall
from kiosk.core.cash import SuspendNote
from kiosk.core.ids import CardId, NoteId
from kiosk.core.messages import DeviceDown, DeviceUp, PrinterChanged
from tests.api.opened import OpenDoor, open_door
from tests.browser import Browsers, complaints
from tests.core.guest import ACCEPTOR, PRINTER, rub

pytestmark = [pytest.mark.e2e, pytest.mark.beside]

TILL = (1024, 768)
GIVE_UP_S = 60
SHOTS = os.environ.get("FOYER_SHOTS", "")
"""A folder where the pages are kept as pictures, for who wants to look at them."""


@pytest.fixture
def door() -> Iterator[OpenDoor]:
    with open_door() as opened:
        board, hub = opened.board, opened.door.hub
        opened.runtime.listeners.append(board.tell)
        board.listeners.append(lambda: hub.publish("task", {"waiting": len(board.shown)}))
        stop = threading.Event()
        threads = notices.start(board, stop)
        yield opened
        stop.set()
        notices.end(board)
        for thread in threads:
            thread.join()


@pytest.fixture
def page(door: OpenDoor, browsers: Browsers) -> Callable[..., WebDriver]:
    """Opens the desk's page; the attendant has typed the till's token."""

    def opened(language: str = "en", token: str = "all") -> WebDriver:
        browser = browsers(TILL, language)
        browser.get(f"{door.base_url}/desk")
        until(browser, lambda: browser.switch_to.active_element.get_attribute("id") == "token")
        browser.switch_to.active_element.send_keys(door.tokens.get(token, token), Keys.ENTER)
        return browser

    return opened


def until(browser: WebDriver, condition: Callable[[], object]) -> None:
    WebDriverWait(browser, GIVE_UP_S, 0.05).until(lambda _: condition())


def texts(browser: WebDriver, selector: str) -> list[str]:
    """What is shown; read at once, for the page changes while it is looked at."""
    script = """return [...document.querySelectorAll(arguments[0])]
        .filter(e => e.checkVisibility()).map(e => e.textContent)"""
    found: list[str] = browser.execute_script(script, selector)
    return found


def sees(browser: WebDriver, selector: str, *expected: str) -> None:
    """Wait until exactly these are shown, each by how it begins."""

    def there() -> bool:
        found = texts(browser, selector)
        return len(found) == len(expected) and all(map(str.startswith, found, expected))

    try:
        until(browser, there)
    except Exception:
        raise AssertionError(f"{selector}: {texts(browser, selector)}, not {expected}") from None


def shot(browser: WebDriver, name: str) -> None:
    if SHOTS:
        browser.save_screenshot(str(Path(SHOTS) / f"{name}.png"))


def call(door: OpenDoor, number: int = 1) -> None:
    done = door.do(CallHelp("top_up", "en", CardId(""), "err.jam_unknown"), "guest")
    assert done.refs["call"] == f"help:{number}"


NOTHING = "Nobody waits, and everything works."
CALL = "Help call 1: a guest is at the kiosk. On the screen: N\u201104."


def test_a_call_appears_is_answered_by_key_and_disappears_on_a_second_browser(
    door: OpenDoor, page: Callable[..., WebDriver]
) -> None:
    first, second = page(), page(token="hall")
    for browser in (first, second):
        sees(browser, "#nothing", NOTHING)
    shot(first, "desk-nothing")
    call(door)
    for browser in (first, second):
        sees(browser, "#calls .what", CALL)
        until(browser, lambda b=browser: "A guest calls!" in b.title)
        until(browser, lambda b=browser: b.execute_script("return document.body.dataset.rung"))
    shot(first, "desk-call")
    # With the keyboard alone: languages, leave, then the one button of the page.
    button = first.find_element(By.CSS_SELECTOR, "#calls button")
    for _ in range(10):
        if first.switch_to.active_element == button:
            break
        first.switch_to.active_element.send_keys(Keys.TAB)
    first.switch_to.active_element.send_keys(Keys.ENTER)
    for browser in (first, second):
        sees(browser, "#calls .what")
        sees(browser, "#nothing", NOTHING)
        until(browser, lambda b=browser: b.title == "At the desk")
        assert complaints(browser) == []
    answered = door.ask(GetCall("help:1"))
    assert (answered.state, answered.answered_by) == ("answered", "till:bar")


def test_a_pulled_printer_cable_shows_an_alarm_and_goes(
    door: OpenDoor, page: Callable[..., WebDriver]
) -> None:
    browser = page()
    sees(browser, "#nothing", NOTHING)
    door.runtime.inbox.put(DeviceDown(PRINTER, "printer", "the cable"))
    sees(browser, "#alarms .what", "The printer does not answer (printer).")
    sees(browser, "#alarms .do", "Check its cable and its power.")
    door.runtime.inbox.put(DeviceUp(PRINTER, "printer"))
    door.runtime.inbox.put(PrinterChanged(PRINTER, "low"))
    sees(browser, "#alarms .what", "The paper will soon run out")
    door.runtime.inbox.put(PrinterChanged(PRINTER))
    sees(browser, "#nothing", NOTHING)


def test_a_lost_connection_is_told_in_words_and_comes_back_by_itself(
    door: OpenDoor, page: Callable[..., WebDriver]
) -> None:
    browser = page()
    sees(browser, "#nothing", NOTHING)
    offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    sees(browser, "#lost", "No connection to the kiosk since")
    sees(browser, "#nothing")
    shot(browser, "desk-lost")
    call(door)
    assert texts(browser, "#calls .what") == []
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", {**offline, "offline": False})
    sees(browser, "#calls .what", CALL)
    sees(browser, "#lost")


def test_a_kiosk_that_ends_is_told_in_words(door: OpenDoor, page: Callable[..., WebDriver]) -> None:
    browser = page()
    sees(browser, "#nothing", NOTHING)
    door.door.stop()
    sees(browser, "#lost", "No connection to the kiosk since")


CONTRAST = """
const light = c => c.map(v => v / 255)
  .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const parts = text => text.match(/[\\d.]+/g).map(Number);
const ground = e => {
  for (; e; e = e.parentElement) {
    const made = parts(getComputedStyle(e).backgroundColor);
    if (made.length === 3 || made[3] === 1) return made;
  }
  return [255, 255, 255];
};
return [...document.body.querySelectorAll("*")]
  .filter(e => e.checkVisibility())
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(e => {
    const [one, two] = [parts(getComputedStyle(e).color).slice(0, 3), ground(e).slice(0, 3)]
      .map(light).sort((a, b) => b - a);
    return [e.textContent, (one + 0.05) / (two + 0.05)];
  });
"""


def test_every_text_has_a_contrast_of_seven_and_fits_the_till(
    door: OpenDoor, page: Callable[..., WebDriver]
) -> None:
    door.do(SuspendNote(NoteId(f"{ACCEPTOR}/1/1"), rub(1000)), "kiosk")
    door.runtime.inbox.put(PrinterChanged(PRINTER, "out", True))
    call(door)
    browser = page("ru")
    sees(browser, "#calls button", "Иду")
    seen = browser.execute_script(CONTRAST)
    browser.find_element(By.ID, "leave").click()
    until(browser, lambda: texts(browser, "#enter label"))
    seen += browser.execute_script(CONTRAST)
    assert len(seen) > 15
    assert [(text, ratio) for text, ratio in seen if ratio < 7] == []
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    assert wide <= TILL[0]


@pytest.mark.parametrize("token", ["foyer-till-" + "a" * 52, "read", "what is this"])
def test_a_token_that_is_not_good_is_refused_in_words_and_not_kept(
    page: Callable[..., WebDriver], token: str
) -> None:
    browser = page(token=token)
    until(browser, lambda: texts(browser, "#said"))
    until(browser, lambda: texts(browser, "#enter label"))
    assert browser.execute_script("return sessionStorage.getItem('foyer.token')") is None


@pytest.mark.parametrize(
    ("language", "calling", "coming"),
    [
        ("ru", "Вызов 1: у киоска гость.", "Иду"),
        ("de", "Hilferuf 1: Ein Gast steht am Kiosk.", "Ich komme"),
    ],
)
def test_the_page_speaks_the_language_of_the_browser_and_another_on_demand(
    door: OpenDoor, page: Callable[..., WebDriver], language: str, calling: str, coming: str
) -> None:
    note = NoteId(f"{ACCEPTOR}/1/1")
    door.do(SuspendNote(note, rub(1000)), "kiosk")
    door.runtime.inbox.put(PrinterChanged(PRINTER, "out", True))
    call(door)
    browser = page(language)
    sees(browser, "#calls .what", calling)
    sees(browser, "#calls button", coming)
    assert len(texts(browser, "#alarms .what")) == 2 and len(texts(browser, "#tasks .what")) == 1
    shot(browser, f"desk-{language}")
    browser.find_element(By.CSS_SELECTOR, '#languages [lang="en"]').click()
    sees(browser, "#calls .what", CALL)
    sees(browser, "#calls button", "I am coming")
    assert complaints(browser) == []


def test_the_token_stays_in_this_window_only_and_goes_with_it(
    door: OpenDoor, page: Callable[..., WebDriver]
) -> None:
    browser = page()
    sees(browser, "#nothing", NOTHING)
    browser.refresh()
    sees(browser, "#nothing", NOTHING)
    shot(browser, "desk-again")
    assert browser.get_cookies() == []
    assert door.tokens["all"] not in browser.page_source + browser.current_url
    browser.find_element(By.ID, "leave").click()
    until(browser, lambda: texts(browser, "#enter label"))
    shot(browser, "desk-enter")
    browser.refresh()
    until(browser, lambda: texts(browser, "#enter label"))

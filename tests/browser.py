"""A headless Chromium for tests of pages: Debian's own, with Debian's driver, and no way out.

The fixtures are for tests that are marked `e2e`; `make chromium` provides the programs. Nothing is
looked up or fetched by Selenium itself, which would do both for a driver that it is not told of.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.chrome.webdriver import WebDriver

PLACE = Path(__file__).parents[1] / "build/chromium"
DESKTOP = (1280, 900)
PHONE = (390, 844)

_SWITCHES = (
    "--headless=new",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-sync",
    # Whatever a page or the browser itself asks for, this machine is the whole world.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)

Browsers = Callable[..., WebDriver]
"""Opens one more browser: `size` in CSS pixels, `language` (``ru``), `dark`."""


def start(
    profile: Path,
    size: tuple[int, int] = DESKTOP,
    language: str = "en",
    dark: bool = False,
) -> WebDriver:
    """A browser with a profile of its own, which nobody used before.

    Skips the test where `make chromium` did not find one.
    """
    if not PLACE.joinpath("driver").exists():
        pytest.skip("there is no Chromium with its driver (make chromium says why)")
    options = Options()
    options.binary_location = PLACE.joinpath("browser").read_text().strip()
    for switch in (*_SWITCHES, f"--user-data-dir={profile}", f"--accept-lang={language}"):
        options.add_argument(switch)
    if os.geteuid() == 0:
        # Chromium's sandbox refuses to be set up by root.
        options.add_argument("--no-sandbox")
    if dark:
        options.add_argument("--force-dark-mode")
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = Service(
        PLACE.joinpath("driver").read_text().strip(),
        log_output=str(profile.with_suffix(".log")),
        env={**os.environ, "LANGUAGE": language},
    )
    started = webdriver.Chrome(options=options, service=service)
    wide, high = size
    # The window is not the page: headless or not, it may be wider than a phone at the least.
    started.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": wide, "height": high, "deviceScaleFactor": 1, "mobile": False},
    )
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    started.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    return started


def complaints(browser: WebDriver) -> list[str]:
    """What the browser's console said since the last question: errors, refused requests."""
    return [str(line["message"]) for line in browser.get_log("browser")]


@pytest.fixture
def browsers(tmp_path: Path) -> Iterator[Browsers]:
    """Opens browsers as `start` does; they are closed when the test is over."""
    opened: list[WebDriver] = []

    def browse(
        size: tuple[int, int] = DESKTOP, language: str = "en", dark: bool = False
    ) -> WebDriver:
        profile = tmp_path / f"browser-{len(opened)}"
        opened.append(start(profile, size, language, dark))
        return opened[-1]

    yield browse
    for browser in opened:
        browser.quit()


@pytest.fixture
def browser(browsers: Browsers) -> WebDriver:
    """One browser: a desktop's size, in English, light."""
    return browsers()

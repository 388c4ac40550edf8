"""The browser of the tests: it shows pages of this machine, and of nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.webdriver import WebDriver

from tests.browser import PHONE, Browsers, complaints

pytestmark = [pytest.mark.e2e, pytest.mark.beside]


def test_a_page_is_shown_and_its_complaints_are_heard(browser: WebDriver, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>Here</title><script>console.error('oh')</script>")
    browser.get(page.as_uri())
    assert browser.title == "Here"
    (said,) = complaints(browser)
    assert "oh" in said


def test_nothing_comes_from_elsewhere(browser: WebDriver) -> None:
    with pytest.raises(WebDriverException, match="ERR_NAME_NOT_RESOLVED"):
        browser.get("http://example.org/")


def test_it_is_a_phone_in_another_language_in_the_dark(browsers: Browsers) -> None:
    browser = browsers(size=PHONE, language="de", dark=True)
    browser.get("about:blank")
    told = "return [innerWidth, innerHeight, navigator.language, matchMedia(arguments[0]).matches]"
    seen = browser.execute_script(told, "(prefers-color-scheme: dark)")
    assert seen == [*PHONE, "de", True]

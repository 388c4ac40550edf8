"""The page that checks receipts, in a browser, with what a scanner reads off paper and screen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import segno
import zxingcpp
from PIL import Image, ImageEnhance
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from kiosk import receipt_page
from kiosk.core import seal
from kiosk.core.receipt_proof import FORM, Line, Minutes, Receipt, from_base45, to_base45, write
from kiosk.core.slips import SlipDocument
from kiosk.hardware.escpos_bytes import JobWriter
from kiosk.hardware.peers.printer import ReceiptPrinter
from kiosk.hardware.printer_profiles import PROFILES
from tests.browser import PHONE, Browsers, complaints
from tests.core.guest import NOW, Guest, make_venue, shelf
from tests.core.test_receipt_proof import FINAL, TOP_UP
from tests.core.test_slips import receipt

pytestmark = [pytest.mark.e2e, pytest.mark.beside]
GIVE_UP_S = 60
LIGHT = 235
"""What white is on a screen, of 255."""


@pytest.fixture
def guest() -> Iterator[Guest]:
    with shelf() as folder:
        venue = make_venue(folder)
        yield Guest(venue)
        venue.close()


@pytest.fixture
def page(guest: Guest, tmp_path: Path) -> str:
    """The address of this kiosk's page."""
    file = tmp_path / "receipt.html"
    file.write_text(receipt_page.page(guest.venue.books(NOW)), "utf-8")
    return file.as_uri()


@pytest.fixture
def sign(guest: Guest) -> Callable[[Receipt], str]:
    kept = guest.venue.books(NOW).secrets.get("keys", "signing")
    assert kept
    return lambda receipt: write(str(kept["key"]), receipt)


def checked(browser: WebDriver, told: str) -> str:
    """Pastes a text; the verdict's word."""
    browser.execute_script("delete document.getElementById('verdict').dataset.word")
    browser.execute_script(
        "const field = document.getElementById('text'); field.value = arguments[0];"
        "field.dispatchEvent(new Event('input'))",
        told,
    )
    return verdict(browser)


def verdict(browser: WebDriver) -> str:
    shown = browser.find_element(By.ID, "verdict")
    WebDriverWait(browser, GIVE_UP_S).until(lambda _: shown.get_attribute("data-word"))
    return str(shown.get_attribute("data-word"))


def words(browser: WebDriver) -> str:
    shown = browser.find_element(By.TAG_NAME, "main").text
    return " ".join(shown.replace("\u00a0", " ").split())


def changed(told: str, place: int) -> str:
    return told[:place] + ("A" if told[place] != "A" else "B") + told[place + 1 :]


def printed(guest: Guest, paper_mm: int) -> list[str]:
    """What a scanner reads from the slip of a top-up that the printer made, dot by dot."""
    document = guest.venue.ask(SlipDocument(receipt(guest)), guest.now)
    peer = ReceiptPrinter(paper_mm=paper_mm)
    epson = PROFILES["epson"]
    peer.feed(JobWriter(epson, epson.columns[paper_mm]).job(document), 0.0)
    (slip,) = peer.receipts
    assert "TOTAL" in slip.text
    return [code.text for code in zxingcpp.read_barcodes(slip.image.convert("L"))]


def on_screen(told: str, pixels: int) -> Image.Image:
    """The code as screens draw it, in a picture of the screen at 70 % contrast."""
    modules = [
        list(line) for line in segno.make(told, error="m", micro=False).matrix_iter(border=4)
    ]
    code = Image.new("L", (len(modules), len(modules)), LIGHT)
    code.putdata([15 if dark else LIGHT for line in modules for dark in line])
    side = len(modules) * pixels
    screen = Image.new("L", (1280, 800), 30)
    screen.paste(code.resize((side, side), Image.Resampling.NEAREST), (600, 60))
    return ImageEnhance.Contrast(screen).enhance(0.7)


@pytest.mark.parametrize("paper_mm", [80, 58])
def test_what_the_slip_says_is_genuine_and_one_changed_character_is_not(
    guest: Guest, page: str, browser: WebDriver, paper_mm: int
) -> None:
    (told,) = printed(guest, paper_mm)
    browser.get(page)
    assert checked(browser, told) == "good"
    shown = words(browser)
    assert "Genuine Kiosk K1 signed this receipt" in shown
    assert "Top-up receipt No. 000001" in shown and "Total 500.00 RUB" in shown
    assert "Note 500.00 RUB 500.00 RUB" in shown and "Balance after 500.00 RUB" in shown
    assert "SIMULATED: made for a trial" in shown and "Kiosk K1 22 November 2026" in shown
    for place in (len(FORM) + 12, len(told) // 2, len(told) - 1):
        assert checked(browser, changed(told, place)) == "changed"
        assert "Not genuine" in words(browser) and "Top-up receipt" not in words(browser)
    assert complaints(browser) == []


@pytest.mark.parametrize(("said", "pixels"), [(TOP_UP, 3), (FINAL, 3), (FINAL, 2)])
def test_a_code_on_a_screen_of_little_contrast_is_genuine(
    page: str,
    sign: Callable[[Receipt], str],
    browser: WebDriver,
    said: Receipt,
    pixels: int,
) -> None:
    (code,) = zxingcpp.read_barcodes(on_screen(sign(said), pixels))
    browser.get(page)
    assert checked(browser, code.text) == "good"
    assert checked(browser, changed(code.text, 99)) == "changed"
    assert complaints(browser) == []


def test_another_kiosks_receipt_is_unknown_even_of_the_same_number(
    page: str, browser: WebDriver
) -> None:
    browser.get(page)
    assert checked(browser, write(seal.new_key(), TOP_UP)) == "unknown"
    assert "Unknown kiosk" in words(browser) and "000184" not in words(browser)


def test_a_key_signs_for_its_own_kiosk_only(
    page: str, sign: Callable[[Receipt], str], browser: WebDriver
) -> None:
    browser.get(page)
    assert checked(browser, sign(replace(TOP_UP, kiosk="K2"))) == "changed"


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ("FOYER:CLAIM:K1:000007:50000:RUB:20261123T101500Z:AAAA", "form"),
        ("K1-1-184-5C4G-K29A-XX7T-0M3Q", "form"),
        ("FOYER:R2:0000", "newer"),
        ("FOYER:R1:", "changed"),
        ("FOYER:R1:::::", "changed"),
        ("FOYER:R1:a", "changed"),
    ],
)
def test_what_is_no_receipt_is_told_apart(
    page: str, browser: WebDriver, told: str, word: str
) -> None:
    browser.get(page)
    assert checked(browser, told) == word
    assert complaints(browser) == []


def test_what_the_page_reads_is_what_the_kiosk_wrote(
    page: str, sign: Callable[[Receipt], str], browser: WebDriver
) -> None:
    """Every field, in a receipt that no kiosk would issue."""
    whole = replace(
        FINAL,
        lines=(Line("Кофе №1", 2, -(10**13)), Line("Tea ₽", 1, 5)),
        notes=((50_000, 2),),
        discount=1_234,
        markup=99,
        earlier=10**10,
        before=-5,
        after=0,
        points=-7,
        minutes=Minutes("internet", 60, 0, 60),
        marks=("training", "simulated"),
    )
    browser.get(page)
    assert checked(browser, sign(whole)) == "good"
    shown = words(browser)
    for told in (
        "TRAINING: no money was paid. SIMULATED: made for a trial",
        "Receipt No. 000184",
        "22 November 2026 at 18:47:03 GMT+3",
        "Visit 4821 Card •••• 4821",
        "2 × Кофе №1 -100,000,000,000.00 RUB Tea ₽ 0.05 RUB",
        "Note 500.00 RUB × 2 1,000.00 RUB Internet minutes 60",
        "Discount -12.34 RUB Up to the minimum 0.99 RUB Total 12,500.00 RUB",
        "on other receipts 100,000,000.00 RUB From the prepayment 1,000.00 RUB",
        "Bank card •••• 9010 11,515.00 RUB Change 15.00 RUB",
        "Bonus taken back 7 Balance before -0.05 RUB Balance after 0.00 RUB",
        "Minutes before 0 Minutes now 60",
        f"Proof {whole.proof} Signed with the key",
    ):
        assert told in shown


def test_a_currency_without_a_minor_unit_and_lines_left_out(
    page: str, sign: Callable[[Receipt], str], browser: WebDriver
) -> None:
    browser.get(page)
    assert checked(browser, sign(replace(FINAL, currency="JPY", decimals=0))) == "good"
    shown = words(browser)
    assert "Total 1,250,000 JPY" in shown and "Further lines, not in the code 15" in shown


def test_the_page_as_it_ships_knows_no_kiosk(browser: WebDriver, tmp_path: Path) -> None:
    browser.get(receipt_page.FILE.as_uri())
    assert verdict(browser) == "keyless"
    assert "This page knows no kiosk yet" in words(browser)
    assert checked(browser, write(seal.new_key(), TOP_UP)) == "keyless"


def test_it_speaks_the_browsers_language_and_changes_it(
    page: str, sign: Callable[[Receipt], str], browsers: Browsers
) -> None:
    browser = browsers(size=PHONE, language="ru", dark=True)
    browser.get(page)
    checked(browser, sign(FINAL))
    assert "Подлинный" in words(browser) and "Итого 12 500,00 RUB" in words(browser)
    browser.find_element(By.CSS_SELECTOR, "button[lang=de]").click()
    assert "Echt" in words(browser) and "Summe 12.500,00 RUB" in words(browser)
    wide, shown = browser.execute_script("return [document.body.scrollWidth, innerWidth]")
    assert wide <= shown, "a phone shows all of it"


def test_nothing_but_the_pages_own_script_can_run(
    page: str, guest: Guest, browser: WebDriver, tmp_path: Path
) -> None:
    """A venue with a name like this, and whoever gets something into the page after all."""
    text = receipt_page.page(guest.venue.books(NOW))
    evil = text.replace("</main>", "<script>document.title = 'taken'</script></main>")
    file = tmp_path / "evil.html"
    file.write_text(evil, "utf-8")
    browser.get(file.as_uri())
    assert browser.title != "taken"
    assert any("Content Security Policy" in line for line in complaints(browser))
    asked = "return fetch('http://localhost:1/').then(() => 'sent', () => 'refused')"
    browser.get(page)
    assert browser.execute_script(asked) == "refused"
    assert any("Content Security Policy" in line for line in complaints(browser))


def test_a_picture_is_offered_where_the_browser_reads_codes_and_only_there(
    page: str, sign: Callable[[Receipt], str], browser: WebDriver, tmp_path: Path
) -> None:
    """Debian's Chromium has no detector; the page is told of one, which reads by zxing's answer."""
    browser.get(page)
    assert browser.execute_script("return 'BarcodeDetector' in window") is False
    assert not browser.find_element(By.ID, "picture").is_displayed()
    assert not browser.find_element(By.ID, "camera").is_displayed()
    picture = tmp_path / "screen.png"
    on_screen(sign(TOP_UP), 3).save(picture)
    (code,) = zxingcpp.read_barcodes(Image.open(picture))
    source = (
        "window.BarcodeDetector = class {"
        " static async getSupportedFormats() { return ['qr_code']; }"
        " async detect(image) {"
        f" return image.width === 1280 ? [{{rawValue: {json.dumps(code.text)}}}] : []; }} }}"
    )
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
    browser.get(page)
    button = browser.find_element(By.ID, "picture")
    WebDriverWait(browser, GIVE_UP_S).until(lambda _: button.is_displayed())
    browser.find_element(By.ID, "file").send_keys(str(picture))
    assert verdict(browser) == "good"
    nothing = tmp_path / "nothing.png"
    Image.new("L", (8, 8)).save(nothing)
    browser.execute_script("delete document.getElementById('verdict').dataset.word")
    browser.find_element(By.ID, "file").send_keys(str(nothing))
    assert verdict(browser) == "no_code"
    assert complaints(browser) == []


def test_signed_nonsense_is_of_a_later_program(
    page: str, guest: Guest, sign: Callable[[Receipt], str], browser: WebDriver
) -> None:
    kept = guest.venue.books(NOW).secrets.get("keys", "signing")
    assert kept
    head = from_base45(sign(TOP_UP).removeprefix(FORM))[:5]
    said = head + b"\x80"
    signature = seal.sign_bytes(str(kept["key"]), FORM.encode() + said)
    browser.get(page)
    assert checked(browser, FORM + to_base45(said + signature)) == "newer"

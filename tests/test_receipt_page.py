"""The page that checks receipts, as a file: what it allows itself, and what is written into it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk import receipt_page
from kiosk.__main__ import main
from kiosk.core import receipt_proof
from kiosk.core.errors import EXIT_CONFIG
from kiosk.core.tickets import public_keys
from kiosk.core.venue import Venue
from tests.core.guest import DEMO, NOW, Guest, make_venue, shelf

SHIPPED = receipt_page.FILE.read_text("utf-8")


def block(page: str, begin: str, end: str) -> str:
    (found,) = re.findall(f"{begin}(.*?){end}", page, re.DOTALL)
    return str(found)


def trusted(page: str) -> dict[str, object]:
    return dict(json.loads(block(page, '<script type="application/json" id="trusted">', "</")))


@pytest.fixture
def venue() -> Iterator[Venue]:
    with shelf() as folder:
        made = make_venue(folder)
        yield made
        made.close()


def test_the_page_runs_its_own_script_and_style_and_asks_for_nothing() -> None:
    policy = block(SHIPPED, 'http-equiv="Content-Security-Policy" content="', '"')
    for name, tag in (("script", "script"), ("style", "style")):
        inline = block(SHIPPED, f"<{tag}>", f"</{tag}>").encode()
        digest = base64.b64encode(hashlib.sha256(inline).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy, f"the {name} changed: sha256-{digest}"
    assert policy.startswith("default-src 'none'; ")
    assert not re.findall(r"\s(?:style|on\w+)=", SHIPPED), "the policy forbids it"
    assert re.findall(r"https?://[^\"]+", SHIPPED) == ["http://www.w3.org/2000/svg"]


def test_page_and_program_read_the_same_form() -> None:
    assert f'const FORM = "{receipt_proof.FORM}";' in SHIPPED
    labels = {"cp1251": "windows-1251", "cp1252": "windows-1252"}
    charsets = [labels.get(name, name) for name in receipt_proof.CHARSETS]
    assert f"const CHARSETS = {json.dumps(charsets)};" in SHIPPED
    for lists, count in (
        ("kinds", len(receipt_proof.KINDS)),
        ("tenders", len(receipt_proof.TENDERS)),
        ("returned", len(receipt_proof.TENDERS)),
        ("minutes_of", len(receipt_proof.MINUTES)),
        ("marks", len(receipt_proof.MARKS)),
    ):
        found = re.findall(rf"^    {lists}: (\[.*\]),$", SHIPPED, re.MULTILINE)
        assert [len(json.loads(words)) for words in found] == [count] * 3, lists


def test_each_language_says_everything() -> None:
    parts = re.split(r"^  (\w\w): \{$", block(SHIPPED, "const WORDS = {\n", "\n};"), flags=re.M)
    keys = {
        name: set(re.findall(r"(?:^    |, )([a-z_]+): [\"\[]", said, re.MULTILINE))
        for name, said in zip(parts[1::2], parts[2::2], strict=True)
    }
    assert set(keys) == {"en", "ru", "de"}
    assert keys["en"] == keys["ru"] == keys["de"] and len(keys["en"]) > 40


def test_a_venues_page_has_its_name_and_the_keys_that_its_kiosk_ever_had(venue: Venue) -> None:
    Guest(venue)
    page = receipt_page.page(venue.books(NOW))
    told = trusted(page)
    (key,) = told["keys"]  # type: ignore[misc]
    assert told["venue"] == venue.books(NOW).settings()["name"]
    assert told["zone"] == "Europe/Moscow"
    assert key["kiosk"] == "K1" and [key["public"]] == public_keys(venue.books(NOW))
    assert key["since"].endswith("Z")
    assert trusted(SHIPPED) == {"venue": "", "zone": "", "keys": []}
    written = block(page, 'id="trusted">', "</")
    assert page.replace(written, block(SHIPPED, 'id="trusted">', "</")) == SHIPPED


def test_no_name_of_a_venue_ends_its_block() -> None:
    name = "</script><script>alert(1)</script>"
    with shelf() as folder:
        old = re.search(r'^name = "(.*)"$', DEMO, re.MULTILINE)
        assert old
        venue = make_venue(folder, DEMO.replace(old[0], f'name = "{name}"', 1))
        Guest(venue)
        page = receipt_page.page(venue.books(NOW))
        venue.close()
    assert name not in page and trusted(page)["venue"] == name
    assert page.count("</script>") == SHIPPED.count("</script>")


def test_the_page_is_written_by_the_command_and_over_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "kiosk.toml"
    with shelf() as folder:
        settings.write_text(
            f'[store]\nfolder = "{folder}"\nsecrets_folder = "{folder}"\n'
            '[devices.stripe]\ndriver = "magstripe"\nsimulated = true\n'
        )
        venue = make_venue(folder)
        file = tmp_path / "receipt.html"
        words = ["export", "--config", str(settings), "--receipt-page", str(file)]
        assert main(words) == 1
        assert "has signed nothing yet" in capsys.readouterr().err
        assert not file.exists()
        Guest(venue)
        expected = receipt_page.page(venue.books(NOW))
        venue.close()
        assert main(words) == 0
        assert capsys.readouterr().out == f"{file}\n"
        assert file.read_text("utf-8") == expected
        file.write_text("mine")
        assert main(words) == EXIT_CONFIG
        assert "is there already" in capsys.readouterr().err
        assert file.read_text("utf-8") == "mine"

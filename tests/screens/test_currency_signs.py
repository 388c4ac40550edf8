"""A sum must be readable: the fonts of the screen have the sign of each currency."""

from pathlib import Path

import pytest
from PIL import ImageFont

from kiosk.core.money import CURRENCIES, Currency

FONTS = sorted(Path("kiosk/screens/assets").glob("Inter*.otf"))
NO_CHARACTER = "\uffff"


def drawn(font: Path, text: str) -> bytes:
    return bytes(ImageFont.truetype(font, 40).getmask(text))


@pytest.mark.parametrize("font", FONTS, ids=lambda font: font.stem)
@pytest.mark.parametrize("currency", CURRENCIES.values(), ids=lambda currency: currency.code)
def test_the_sign_of_a_currency_can_be_drawn(currency: Currency, font: Path) -> None:
    missing = drawn(font, NO_CHARACTER)
    assert all(drawn(font, sign) != missing for sign in currency.symbol)


def test_the_dram_has_a_sign_that_these_fonts_lack() -> None:
    assert drawn(FONTS[0], "֏") == drawn(FONTS[0], NO_CHARACTER)

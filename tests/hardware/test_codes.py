"""What scanners and keypads send becomes a code or an identifier, or is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.messages import CardPresented, CardRefused
from kiosk.hardware.codes import as_code, as_stripe, as_uid, code_of, uid_of


@pytest.mark.parametrize(
    ("typed", "form", "reversed_", "told"),
    [
        ("04a1b2c3d4e5f6", "hex", False, "04A1B2C3D4E5F6"),
        ("F6E5D4C3B2A104", "hex", True, "04A1B2C3D4E5F6"),
        ("DEADBEEF", "hex", False, "DEADBEEF"),
        ("3735928559", "decimal", False, "DEADBEEF"),
        ("0000000001", "decimal", False, "00000001"),
        ("0000000001", "decimal", True, "01000000"),
        ("01303895906903542", "decimal", False, "04A1E2EC5AE5F6"),
    ],
)
def test_a_uid_is_the_same_however_it_is_typed(
    typed: str, form: str, reversed_: bool, told: str
) -> None:
    assert uid_of(typed, form, reversed_=reversed_) == told


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("", "hex"),
        ("04A1B", "hex"),
        ("04A1B2", "hex"),
        ("04A1B2C3D4", "hex"),
        ("04 A1 B2 C3", "hex"),
        ("٠٤A1B2C3", "hex"),
        ("4294967296", "decimal"),
        ("72057594037927936", "decimal"),
        ("123456789012345678", "decimal"),
        ("٠٤", "decimal"),
        ("DEADBEEF", "decimal"),
    ],
)
def test_what_is_no_uid(typed: str, form: str) -> None:
    assert uid_of(typed, form) is None


def test_K07_an_identifier_that_is_made_anew_at_every_tap_is_refused() -> None:
    event = as_uid("reader", "hex", reversed_=False)
    assert event("08A1B2C3") == CardRefused("reader", "contactless", "random_uid")
    assert event("A1B2C308") == CardPresented("reader", "contactless", "A1B2C308")
    last_first = as_uid("reader", "hex", reversed_=True)
    assert last_first("A1B2C308") == CardRefused("reader", "contactless", "random_uid")
    assert event("08A1B2C3D4E5F6") == CardPresented("reader", "contactless", "08A1B2C3D4E5F6")


def test_K07_a_typed_bank_card_is_refused() -> None:
    told = as_stripe("reader")(";4111111111111111=2905101?")
    assert told == CardRefused("reader", "magnetic", "bank_card")


@given(st.text(max_size=600), st.text(max_size=3), st.text(max_size=3))
def test_any_text_is_survived(text: str, prefix: str, suffix: str) -> None:
    code = code_of(text, prefix, suffix)
    assert code is None or (code.isascii() and code in text)
    for event in (as_code("r", prefix, suffix), as_uid("r", "hex", reversed_=True)):
        assert isinstance(event(text), (CardPresented, CardRefused))
    assert isinstance(as_uid("r", "decimal", reversed_=False)(text), (CardPresented, CardRefused))


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40))
def test_a_code_comes_out_as_it_was_put_in(code: str) -> None:
    assert code_of(f"<]Q1{code}>", "<", ">") == code

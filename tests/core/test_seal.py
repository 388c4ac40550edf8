"""Sealed texts, PINs, windows of phones."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core import seal
from kiosk.core.errors import LedgerCorrupt
from kiosk.core.phones import NotAPhone, PhonePlan, search_digits

RUSSIA = PhonePlan()


def counting():
    """Bytes that are not random, and never the same twice."""
    number = itertools.count()
    return lambda size: next(number).to_bytes(size, "big")


@given(st.text(max_size=60))
def test_a_sealed_text_opens_with_its_key_for_its_client(text):
    key = seal.new_key(counting())
    sealed = seal.encrypt(key, "K1-0-7p", text)
    assert seal.decrypt(key, "K1-0-7p", sealed) == text
    if len(text) > 3:
        assert text not in sealed


def test_a_sealed_text_opens_with_nothing_else():
    random = counting()
    key, other = seal.new_key(random), seal.new_key(random)
    sealed = seal.encrypt(key, "K1-0-7p", "Anna")
    changed = sealed[:-6] + ("B" if sealed[-6] != "B" else "C") + sealed[-5:]
    for k, client, text in [
        (other, "K1-0-7p", sealed),
        (key, "K1-0-8p", sealed),
        (key, "K1-0-7p", changed),
        (key, "K1-0-7p", "gcm1:AAAA"),
        (key, "K1-0-7p", "gcm1:no base64"),
        (key, "K1-0-7p", "Anna"),
    ]:
        with pytest.raises(LedgerCorrupt, match=client) as caught:
            seal.decrypt(k, client, text)
        assert "Anna" not in str(caught.value)


def test_the_same_text_is_sealed_differently_each_time():
    key = seal.new_key()
    assert seal.encrypt(key, "p", "Anna") != seal.encrypt(key, "p", "Anna")
    assert seal.encrypt(key, "p", "Anna", bytes) == seal.encrypt(key, "p", "Anna", bytes)


def test_keys_and_tokens_are_long_and_new():
    assert len({seal.new_key() for _ in range(50)}) == 50
    tokens = {seal.new_token() for _ in range(50)}
    assert {len(token) for token in tokens} == {20}
    assert len(tokens) == 50
    assert len({seal.token_hash(token) for token in tokens}) == 50
    assert seal.token_hash("A" * 32) == seal.token_hash("A" * 32)


def test_a_pin_fits_itself_alone_and_its_hash_says_nothing_of_it():
    stored = seal.pin_hash("4821")
    assert seal.pin_fits("4821", stored)
    assert not seal.pin_fits("4822", stored)
    assert not seal.pin_fits("", stored)
    assert "4821" not in stored
    assert seal.pin_hash("4821") != stored, "a salt of its own each time"


def test_the_dummy_fits_nothing_and_costs_the_same():
    assert not seal.pin_fits("0000", seal.DUMMY_PIN_HASH)
    made, dummy = seal.pin_hash("1234").split("$"), seal.DUMMY_PIN_HASH.split("$")
    assert made[:4] == dummy[:4]
    assert [len(part) for part in made] == [len(part) for part in dummy]


def test_an_old_hash_with_other_parameters_still_fits():
    salt = bytes(16)
    kept = seal._scrypt("4821", salt, 4, 8, 1)
    assert seal.pin_fits("4821", f"scrypt$4$8$1${seal._text(salt)}${seal._text(kept)}")


@pytest.mark.parametrize("stored", ["", "4821", "bcrypt$1$2$3$AAAA$AAAA", "scrypt$x$8$1$AAAA$AAAA"])
def test_a_hash_of_unknown_form_is_told(stored):
    with pytest.raises(LedgerCorrupt):
        seal.pin_fits("4821", stored)


@pytest.mark.parametrize("typed", ["4567", "34567", "234567", "9161", "1234", "8 916 123-45-67"])
def test_C3_C4_C35_four_digits_or_more_find_the_phone(typed):
    key = seal.new_key()
    of_phone = seal.windows(key, "+79161234567")
    wanted = seal.windows(key, search_digits(typed, RUSSIA))
    assert wanted
    assert set(wanted) <= set(of_phone)


@given(st.text("0123456789", min_size=11, max_size=11), st.text("0123456789", max_size=11))
def test_C4_whatever_part_of_the_phone_is_found(phone, typed):
    key = seal.new_key(counting())
    found = set(seal.windows(key, typed)) <= set(seal.windows(key, phone))
    if typed in phone:
        assert found


def test_C5_fewer_than_four_digits_find_nobody():
    assert seal.windows(seal.new_key(), "456") == []
    assert seal.windows(seal.new_key(), "4 5-6") == []


def test_windows_say_nothing_without_the_key():
    one, other = seal.new_key(), seal.new_key()
    assert set(seal.windows(one, "+79161234567")).isdisjoint(seal.windows(other, "+79161234567"))
    assert len(seal.windows(one, "+79161234567")) == 8
    assert len(seal.windows(one, "55555555")) == 1, "a repeated window stands once"


@pytest.mark.parametrize(
    "typed",
    ["+7 916 204-12-34", "8 (916) 204 12 34", "89162041234", "79162041234", "916 204 1234"],
)
def test_C35_all_ways_to_write_a_phone_are_one(typed):
    assert RUSSIA.normal(typed) == "+79162041234"


@pytest.mark.parametrize("typed", ["", "+", "916204123", "+7916204123", "891620412345", "+49 1"])
def test_what_is_no_phone_is_refused_without_telling_it(typed):
    with pytest.raises(NotAPhone) as caught:
        RUSSIA.normal(typed)
    assert "916" not in str(caught.value)


def test_a_foreign_phone_keeps_its_country():
    assert RUSSIA.normal("+49 170 1234567") == "+491701234567"
    germany = PhonePlan("49", "0", (3, 4, 4))
    assert germany.normal("0170 1234 5678") == "+4917012345678"


def test_a_phone_as_it_is_typed_and_as_it_is_masked():
    assert RUSSIA.shown("") == ("+7", "___ ___ __ __")
    assert RUSSIA.shown("916204") == ("+7 916 204", "__ __")
    assert RUSSIA.shown("91620412") == ("+7 916 204 12", "__")
    assert RUSSIA.shown("9162041234") == ("+7 916 204 12 34", "")
    assert RUSSIA.masked("+79162041234") == "+7 ••• •••-12-34"
    assert RUSSIA.masked("+491701234567") == "+• ••• •••-45-67"

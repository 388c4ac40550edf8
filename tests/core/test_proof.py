"""The code on a receipt: made from an entry, and read again as people type it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.ids import EntryKey
from kiosk.core.ledger import GENESIS, Entry
from kiosk.core.proof import Proof, parse, proof_code

HASH = hashlib.sha256(b"an entry").hexdigest()
ENTRY = Entry(
    *(EntryKey("receipt:1"), "K1", 1, 184, "slip_issued", "", "synced", "kiosk", "", ""),
    *((), (), {}, GENESIS, HASH),
)
CODE = proof_code(ENTRY)


def test_the_code_names_the_entry_and_80_bits_of_its_hash() -> None:
    head, check = CODE.rsplit("-", 4)[0], "".join(CODE.rsplit("-", 4)[1:])
    assert head == "K1-1-184"
    # By the letter of Crockford's base32, not by our code.
    plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    expected = base64.b32encode(bytes.fromhex(HASH)[:10]).decode()
    assert check == expected.translate(str.maketrans(plain, crockford))


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.lower(),
        f"  {CODE}\n",
        CODE.replace("-", " "),
        CODE.replace("-", "\N{EN DASH}"),
        CODE.replace("1", "l").replace("0", "o"),
        CODE.replace("1", "I").replace("0", "O"),
        "K1-1-184-" + CODE.removeprefix("K1-1-184-").replace("-", ""),
    ],
)
def test_what_people_type_is_forgiven(typed: str) -> None:
    (proof,) = parse(typed, "K1")
    assert proof.fits(ENTRY)


def test_without_any_dash_one_of_the_readings_is_right() -> None:
    proofs = parse(CODE.replace("-", ""), "K1")
    assert [(p.epoch, p.seq) for p in proofs] == [(1, 184), (11, 84), (118, 4)]
    assert [p.fits(ENTRY) for p in proofs] == [True, False, False]


@pytest.mark.parametrize("kiosk", ["K1", "k", "Ol1L0O", "7", "LOBBY"])
@given(epoch=st.integers(1, 10**4), seq=st.integers(1, 10**12), salt=st.binary(max_size=4))
def test_every_code_is_read_again(kiosk: str, epoch: int, seq: int, salt: bytes) -> None:
    entry = replace(ENTRY, kiosk=kiosk, epoch=epoch, seq=seq, hash=hashlib.sha256(salt).hexdigest())
    assert parse(proof_code(entry), kiosk) == (
        Proof(epoch, seq, proof_code(entry)[-19:].replace("-", "")),
    )
    assert any(p.fits(entry) for p in parse(proof_code(entry).replace("-", ""), kiosk))


def test_another_entry_does_not_fit() -> None:
    (proof,) = parse(CODE, "K1")
    for other in ({"seq": 185}, {"epoch": 2}, {"hash": "0" + HASH[1:]}):
        assert not proof.fits(replace(ENTRY, **other))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "too short"),
        ("K1-1", "too short"),
        ("K1-1-184", "too short"),
        (CODE[:-4] + "UUUU", "'U' is not in such codes"),
        (CODE[:-5], "too short, or garbled"),
        (CODE.replace("K1", "K11", 1), "is a receipt of kiosk K11"),
        (CODE.replace("K1", "B2", 1).replace("-", ""), "no receipt of kiosk K1"),
        (CODE.replace("-1-", "-X-"), "no receipt of kiosk K1"),
    ],
)
def test_what_is_no_code_of_this_kiosk_is_refused_with_a_reason(typed: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse(typed, "K1")

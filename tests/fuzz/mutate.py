"""Bytes that nobody meant: what lines, storms and liars make of good ones. Fast, and seeded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

LONG = 6000
"""So often a byte is repeated at most: more than the digits that Python reads as a number."""
_TELLING = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF, 0x02, 0x30, 0x39, 0x41)


def _place(rng: Random, data: bytes) -> int:
    return int(rng.random() * len(data))


def flipped(rng: Random, data: bytes) -> bytes:
    """One to four bits are the other way round."""
    spoilt = bytearray(data)
    for _ in range(1 + int(rng.random() * 4)):
        spoilt[_place(rng, data)] ^= 1 << int(rng.random() * 8)
    return bytes(spoilt)


def changed(rng: Random, data: bytes) -> bytes:
    """One byte is another, often one that means something."""
    at = _place(rng, data)
    told = _TELLING[int(rng.random() * len(_TELLING))]
    other = told if rng.random() < 0.5 else int(rng.random() * 256)
    return data[:at] + bytes((other,)) + data[at + 1 :]


def cut(rng: Random, data: bytes) -> bytes:
    """The beginning, the end or something between is missing."""
    one, other = sorted((_place(rng, data), _place(rng, data)))
    part = rng.random()
    if part < 0.4:
        return data[:other]
    return data[one:] if part < 0.6 else data[:one] + data[other + 1 :]


def filled(rng: Random, data: bytes) -> bytes:
    """Something stands between that was not there."""
    at = _place(rng, data)
    return data[:at] + rng.randbytes(1 + int(rng.random() * 8)) + data[at:]


def doubled(rng: Random, data: bytes) -> bytes:
    """A part comes twice, or many times."""
    one, other = sorted((_place(rng, data), _place(rng, data)))
    part = data[one : other + 1]
    often = 2 if rng.random() < 0.9 else 2 + int(rng.random() * 40)
    return data[:one] + part * often + data[other + 1 :]


def swollen(rng: Random, data: bytes) -> bytes:
    """One byte goes on and on; seldom, since it takes its time."""
    at = _place(rng, data)
    often = LONG if rng.random() < 0.02 else int(rng.random() * 300)
    return data[:at] + data[at : at + 1] * often + data[at:]


_WAYS: Sequence[Callable[[Random, bytes], bytes]] = (
    *(flipped,) * 4,
    *(changed,) * 4,
    *(cut,) * 3,
    *(filled,) * 2,
    *(doubled,) * 2,
    swollen,
)


def mutated(rng: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """These bytes, spoilt once to three times; `seeds` are others to splice them with."""
    while True:
        if not data:
            return rng.randbytes(int(rng.random() * 20))
        way = rng.random()
        if way < 0.08:
            other = seeds[int(rng.random() * len(seeds))]
            data = data[: _place(rng, data)] + other[int(rng.random() * (len(other) + 1)) :]
        elif way < 0.12:
            data = data + seeds[int(rng.random() * len(seeds))]
        else:
            data = _WAYS[int(rng.random() * len(_WAYS))](rng, data)
        if rng.random() < 0.7:
            return data


def noise(rng: Random) -> bytes:
    """Bytes without any sense, mostly few."""
    return rng.randbytes(int(rng.random() ** 3 * 400))

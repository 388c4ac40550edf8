"""Who is signed in at which till: in memory only, for as long as somebody does something there."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace

from kiosk.core.seal import Random, token_hash

IDLE_S = 120.0
SIGNED_IN_MAX = 200
"""At all tills together; who was idle longest goes first."""
_BEGINS = "foyer-person-"
_BYTES = 32


@dataclass(frozen=True)
class Signed:
    """A person at a till, and when he did something there last."""

    staff: str
    till: str
    at_s: float


class SignedIn:
    """The people who are signed in, by the hash of what they were given. For one thread only."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._people: dict[str, Signed] = {}

    def enter(self, staff: str, till: str, now_s: float) -> str:
        """Let a person in whose PIN was right; the token that tells him from others."""
        token = _BEGINS + base64.b32encode(self._random(_BYTES)).decode().rstrip("=").lower()
        self._people = {
            name: signed for name, signed in self._people.items() if now_s - signed.at_s < IDLE_S
        }
        while len(self._people) >= SIGNED_IN_MAX:
            del self._people[min(self._people, key=lambda name: self._people[name].at_s)]
        self._people[token_hash(token)] = Signed(staff, till, now_s)
        return token

    def find(self, token: str, till: str, now_s: float) -> str:
        """The number of who is signed in at this till by this token, or nothing."""
        name = token_hash(token)
        signed = self._people.get(name)
        if signed is None or signed.till != till:
            return ""
        if now_s - signed.at_s >= IDLE_S:
            del self._people[name]
            return ""
        self._people[name] = replace(signed, at_s=now_s)
        return signed.staff

    def leave(self, token: str) -> None:
        """The token is good for nothing any more."""
        self._people.pop(token_hash(token), None)

    def put_out(self, staff: str) -> None:
        """Let a person go wherever he is signed in: the role, or the PIN, has changed."""
        self._people = {n: s for n, s in self._people.items() if s.staff != staff}

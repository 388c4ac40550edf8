"""What clients are found by: parts of phones and names, each under a key, in the secrets.

A phone is found by any four digits in a row, a name by a whole word or by the first letters of one.
Who is found so is decrypted and compared. Nothing of it is in the ledger.
Source: docs/ledger.md, "Personal data"; docs/criteria.md C3-C5, C35, M38.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from tinydb import where

from kiosk.core import seal
from kiosk.core.seal import Random
from kiosk.core.store import Store

CANDIDATES_MAX = 2_000
"""So many with a part in common are looked at: opening each takes some 40 µs."""
LETTERS_MIN = 2
"""Of a word of two letters the whole is asked for; of a longer one the first three will do."""
_BEGINNING = 3


def make_index_key(secrets: Store, random: Random) -> None:
    """Give a new store of secrets the key under which phones and names are indexed."""
    if secrets.get("keys", "index") is None:
        with secrets.transaction():
            secrets.put("keys", "index", {"id": "index", "key": seal.new_key(random)})


def words(name: str) -> list[str]:
    """The words of a name as they are compared: without capitals, accents and signs."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c)))


def same_beginning(name: str, typed: Sequence[str]) -> bool:
    """Whether each word that was typed begins some word of the name."""
    kept = words(name)
    return all(any(word.startswith(part) for word in kept) for part in typed)


def parts(secrets: Store, phone: str, name: str) -> set[str]:
    """Under which parts a client with this phone and this name, either empty, is found."""
    key = index_key(secrets)
    found = words(name)
    beginnings = {text for word in found for text in (word, word[:_BEGINNING])}
    made = {*seal.windows(key, phone), *(_of_word(key, text) for text in beginnings)}
    return made | {_of_whole(key, found)} if len(found) > 1 else made


def put(secrets: Store, client: str, wanted: Iterable[str]) -> None:
    """Let a client be found by these parts, too; in an open transaction."""
    for window in sorted(wanted):
        name = f"{window}:{client}"
        secrets.put("windows", name, {"id": name, "window": window, "client": client})


def put_only(secrets: Store, client: str, wanted: Iterable[str] = ()) -> None:
    """Let a client be found by these parts and by nothing else; in an open transaction."""
    missing = set(wanted)
    for found in secrets.table("windows").search(where("client") == client):
        if found["window"] in missing:
            missing.remove(found["window"])
        else:
            secrets.put("windows", found["id"], None)
    put(secrets, client, missing)


def with_digits(secrets: Store, digits: str) -> tuple[list[str], bool]:
    """Who has the rarest part of these digits: half the town has that of its operator.

    Returns:
        Clients, newest first, and whether there may be more of them.
    """
    made = seal.windows(index_key(secrets), digits)
    hits = [_latest(secrets, window) for window in made]
    found = min(hits, key=len, default=[])
    return found, len(found) == CANDIDATES_MAX


def with_last_digits(secrets: Store, phone: str) -> list[str]:
    """All who have the last digits of a phone: few, whatever the phone."""
    last = seal.windows(index_key(secrets), phone)[-1:]
    found = secrets.table("windows").search(where("window").one_of(last))
    return sorted({str(hit["client"]) for hit in found})


def with_words(secrets: Store, typed: Sequence[str]) -> tuple[list[str], bool]:
    """Who has the rarest of these words, whole or as the first letters of one; see `with_digits`.

    Those of whom it is a whole word come first: of a common beginning not all are looked at.
    """
    key = index_key(secrets)
    each = [list(_with_word(secrets, key, word)) for word in sorted(typed, key=len, reverse=True)]
    rarest = min(each, key=lambda hits: len(hits[-1]), default=[])
    found = list(dict.fromkeys(client for hits in rarest for client in hits))
    return found, any(len(hits) == CANDIDATES_MAX for hits in rarest)


def with_whole_name(secrets: Store, name: str) -> list[str]:
    """Who has this name of two words or more, in any order of them, newest first."""
    found = words(name)
    return _latest(secrets, _of_whole(index_key(secrets), found)) if len(found) > 1 else []


def _with_word(secrets: Store, key: str, word: str) -> Iterator[list[str]]:
    """Of whom it is a word; then, where it is a long one, who has a word that begins as it does."""
    for text in dict.fromkeys((word, word[:_BEGINNING])):
        yield _latest(secrets, _of_word(key, text))


def _of_word(key: str, text: str) -> str:
    # A name may be made of digits; it must not be found as a phone.
    return seal.keyed(key, f"name:{text}")


def _of_whole(key: str, found: Sequence[str]) -> str:
    return seal.keyed(key, f"names:{' '.join(sorted(found))}")


def _latest(secrets: Store, window: str) -> list[str]:
    hits = secrets.latest("windows", "window", window, CANDIDATES_MAX)
    return [str(hit["client"]) for hit in hits]


def index_key(secrets: Store) -> str:
    """The key of the index: what is made of it cannot be made without the secrets."""
    kept = secrets.get("keys", "index")
    assert kept, "the index key is made with the store"
    return str(kept["key"])

"""NDEF messages: what a tag's file says, of whatever bytes.

Source: NFC Forum, NFC Data Exchange Format (NDEF) 1.0; Type 4 Tag Operation 2.0 for the length
that stands before a message in its file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

LENGTH_BYTES: Final = 2
RECORDS_MAX: Final = 16

_BEGIN, _END, _CHUNK, _SHORT, _WITH_ID, _TYPE = 0x80, 0x40, 0x20, 0x10, 0x08, 0x07


class NdefWrong(Exception):
    """The bytes are no NDEF message; says where."""


@dataclass(frozen=True)
class Record:
    """A record: which family its type is of (0 to 7), the type, the payload, each as it stands."""

    family: int
    type: bytes
    payload: bytes


def message_of(file: bytes) -> bytes:
    """The message in a tag's file: its length, big-endian, stands before it. Empty: there is none.

    Raises:
        NdefWrong: the file is shorter than it says.
    """
    length = int.from_bytes(file[:LENGTH_BYTES], "big")
    if len(file) < LENGTH_BYTES + length:
        raise NdefWrong(f"the file has {len(file)} bytes, its message would have {length}")
    return file[LENGTH_BYTES : LENGTH_BYTES + length]


def records(message: bytes) -> list[Record]:
    """The records of a message; of one that is cut into chunks nothing is made.

    Raises:
        NdefWrong: it is no message.
    """
    found: list[Record] = []
    at, ended = 0, False
    while not ended:
        if len(found) == RECORDS_MAX:
            raise NdefWrong(f"more than {RECORDS_MAX} records")
        flags = _byte(message, at)
        if bool(flags & _BEGIN) != (not found):
            raise NdefWrong(f"byte {at}: no record begins the message, or two do")
        if flags & _CHUNK or flags & _TYPE > 5:
            raise NdefWrong(f"byte {at}: a record in chunks, or of no known family")
        type_bytes = _byte(message, at + 1)
        size: Literal[1, 4] = 1 if flags & _SHORT else 4
        payload_bytes = int.from_bytes(_bytes(message, at + 2, size), "big")
        at += 2 + size
        id_bytes = _byte(message, at) if flags & _WITH_ID else 0
        at += 1 if flags & _WITH_ID else 0
        kind = _bytes(message, at, type_bytes)
        at += type_bytes + id_bytes
        found.append(Record(flags & _TYPE, kind, _bytes(message, at, payload_bytes)))
        at += payload_bytes
        ended = bool(flags & _END)
    if at != len(message):
        raise NdefWrong(f"byte {at}: the message goes on behind its last record")
    return found


def short_record(family: int, kind: bytes, payload: bytes) -> bytes:
    """A message of one record, with a payload of at most 255 bytes."""
    head = bytes([_BEGIN | _END | _SHORT | family, len(kind), len(payload)])
    return head + kind + payload


def _bytes(message: bytes, at: int, count: int) -> bytes:
    if len(message) < at + count:
        raise NdefWrong(f"byte {len(message)}: the message ends in a record")
    return message[at : at + count]


def _byte(message: bytes, at: int) -> int:
    return _bytes(message, at, 1)[0]

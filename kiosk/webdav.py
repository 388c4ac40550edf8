"""A folder on a server that speaks WebDAV (RFC 4918), or at least takes files by PUT.

What is not whole never has a file's name: it is sent under another one, read back, and renamed.
"""

from __future__ import annotations

import hashlib
import logging
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import httpx

# It tells each request with its whole address.
logging.getLogger("httpx").setLevel(logging.WARNING)

ANSWER_S: Final = 60.0
PORTION_BYTES: Final = 262_144
LISTING_BYTES_MAX: Final = 4_000_000
DRAFT: Final = ".unfinished"
"""The ending of what is not whole; the next attempt writes over it."""

_NO_SUCH_METHOD = frozenset({400, 403, 405, 501})
_LIST = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<propfind xmlns="DAV:"><prop><getcontentlength/></prop></propfind>'
)


class ServerFailed(Exception):
    """It cannot be reached, or refused; the text says why, without a password or a token."""


@dataclass(frozen=True)
class Login:
    """Who asks: `user` with a password, or, without one, a token; neither where both are empty."""

    user: str
    secret: str

    def __repr__(self) -> str:
        return "Login()"


class Server:
    """A folder on a server, as long as somebody uses it.

    Args:
        address: the folder's, ``https://…``.
        login: who asks.
        ca: the path of the certificate that signed the server's; empty: the system's authorities.

    Raises:
        ServerFailed: `ca` cannot be read.
    """

    def __init__(self, address: str, login: Login, ca: str = "") -> None:
        self._address = address.rstrip("/") + "/"
        headers = {}
        if login.secret and not login.user:
            headers["Authorization"] = f"Bearer {login.secret}"
        try:
            trusted = ssl.create_default_context(cafile=ca or None)
        except (OSError, ssl.SSLError) as error:
            raise ServerFailed(f"{ca}: no certificate can be read from it ({error})") from None
        self._client = httpx.Client(
            auth=(login.user, login.secret) if login.user else None,
            headers=headers,
            verify=trusted,
            timeout=ANSWER_S,
            # A proxy of the surroundings has no business with it; nor has who is redirected to.
            trust_env=False,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *gone: object) -> None:
        self._client.close()

    def put(self, file: Path, name: str, sha256: str) -> bool:
        """Put a file there under this name, whole or not at all; what has that name is replaced.

        It is read back before it gets its name.

        Args:
            file: what is sent.
            name: what it is called there.
            sha256: of the file, in hex.

        Returns:
            Whether it was renamed; where the server cannot do that it was sent once more.

        Raises:
            ServerFailed: it refused, or gives back something else; what had the name is there,
                unless the server cannot rename.
            OSError: the file cannot be read.
        """
        draft = name + DRAFT
        size = file.stat().st_size
        self._send(file, draft, size)
        self._must_be(draft, size, sha256)
        renamed = self._rename(draft, name)
        if not renamed:
            # What was sent first stays until this is confirmed: one whole copy is always there.
            self._send(file, name, size)
        self._must_be(name, size, sha256)
        if not renamed:
            self.remove(draft)
        return renamed

    def names(self) -> dict[str, int] | None:
        """The files there with their sizes in bytes; None: this server does not tell.

        Raises:
            ServerFailed: it refused.
        """
        headers = {"Depth": "1", "Content-Type": "application/xml"}
        answer = self._ask("PROPFIND", "", headers=headers, content=_LIST)
        if answer.status_code in _NO_SUCH_METHOD:
            return None
        if answer.status_code != 207:
            raise _refused("PROPFIND", answer)
        try:
            return dict(_files(ElementTree.fromstring(answer.content)))
        except (ElementTree.ParseError, ValueError):
            raise ServerFailed("PROPFIND: what came is no list of files") from None

    def remove(self, name: str) -> None:
        """Take a file away, if it is there.

        Raises:
            ServerFailed: it refused.
        """
        answer = self._ask("DELETE", name)
        if not answer.is_success and answer.status_code not in (404, 410):
            raise _refused("DELETE", answer)

    def _rename(self, draft: str, name: str) -> bool:
        """Give a file its name; False: this server cannot."""
        whole = self._address + name
        # Behind a proxy some take the whole address for another server's (502), and a path alone
        # (RFC 4918, 8.3) for theirs; older ones know the whole address only.
        for destination in (whole, urlsplit(whole).path):
            headers = {"Destination": destination, "Overwrite": "T"}
            answer = self._ask("MOVE", draft, headers=headers)
            if answer.is_success:
                return True
            if answer.status_code not in _NO_SUCH_METHOD | {502}:
                raise _refused("MOVE", answer)
        return False

    def _send(self, file: Path, name: str, size: int) -> None:
        # With its length: not every server takes a body of which nobody says where it ends.
        headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
        with file.open("rb") as opened:
            portions = iter(lambda: opened.read(PORTION_BYTES), b"")
            answer = self._ask("PUT", name, headers=headers, content=portions)
        if not answer.is_success:
            raise _refused("PUT", answer)

    def _must_be(self, name: str, size: int, sha256: str) -> None:
        """What is there under this name is what was sent, to the last bit."""
        made, got = hashlib.sha256(), 0
        try:
            with self._client.stream(
                "GET", self._address + name, headers={"Accept-Encoding": "identity"}
            ) as answer:
                if answer.status_code != 200:
                    raise _refused("GET", answer)
                for portion in answer.iter_bytes():
                    got += len(portion)
                    made.update(portion)
                    if got > size:
                        break
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _unreachable(error) from None
        if got != size or made.hexdigest() != sha256:
            told = f"{got} bytes of {size}" if got != size else "other bytes"
            raise ServerFailed(f"{name}: the server gives back {told} than were sent")

    def _ask(
        self,
        method: str,
        name: str,
        headers: dict[str, str] | None = None,
        content: str | Iterator[bytes] | None = None,
    ) -> httpx.Response:
        """The answer; of a long one only so much that it fits into memory."""
        try:
            with self._client.stream(
                method, self._address + name, headers=headers, content=content
            ) as answer:
                body = b""
                for portion in answer.iter_bytes():
                    body += portion
                    if len(body) > LISTING_BYTES_MAX:
                        raise ServerFailed(f"{method}: the answer does not end")
                return httpx.Response(answer.status_code, content=body)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _unreachable(error) from None


def _files(listing: ElementTree.Element) -> Iterator[tuple[str, int]]:
    for told in listing.iter("{DAV:}response"):
        href, size = told.findtext("{DAV:}href"), told.findtext(".//{DAV:}getcontentlength")
        if href and size:
            yield unquote(urlsplit(href).path).rpartition("/")[2], int(size)


def _refused(method: str, answer: httpx.Response) -> ServerFailed:
    # Neither its words nor its headers: they are not ours to repeat.
    return ServerFailed(f"{method}: HTTP {answer.status_code}")


def _unreachable(error: Exception) -> ServerFailed:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return ServerFailed(f"its certificate is not trusted: {cause.verify_message}")
    return ServerFailed(f"it cannot be reached ({type(error).__name__})")

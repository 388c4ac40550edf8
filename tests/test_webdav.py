"""Files to an independent WebDAV server over TLS: whole and read back, or not there."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from kiosk.webdav import DRAFT, Login, Server, ServerFailed
from tests.core.guest import shelf
from tests.web_dav import PASSWORD, USER, Answer, App, DavServer, dav_server, refuse, when

CA = trustme.CA()
BYTES = b"the books " * 60_000
NAME = "K1-1-0000000184.db"


@pytest.fixture
def folder() -> Iterator[Path]:
    with shelf() as made:
        CA.cert_pem.write_to_path(made / "ca.pem")
        (made / "here").write_bytes(BYTES)
        (made / "there").mkdir()
        yield made


@pytest.fixture
def there(folder: Path) -> Iterator[DavServer]:
    with dav_server(folder / "there", CA) as made:
        yield made


def server(there: DavServer, folder: Path, **other: str) -> Server:
    login = Login(other.get("user", USER), other.get("secret", PASSWORD))
    return Server(there.url, login, other.get("ca", str(folder / "ca.pem")))


def put(there: DavServer, folder: Path, **other: str) -> bool:
    with server(there, folder, **other) as reached:
        return reached.put(folder / "here", NAME, hashlib.sha256(BYTES).hexdigest())


def failure(there: DavServer, folder: Path, **other: str) -> str:
    with pytest.raises(ServerFailed) as told:
        put(there, folder, **other)
    assert PASSWORD not in str(told.value) and USER not in str(told.value)
    return str(told.value)


def test_a_file_gets_its_name_when_it_was_read_back(there: DavServer, folder: Path) -> None:
    assert put(there, folder)
    assert (there.folder / NAME).read_bytes() == BYTES
    assert there.asked == [
        ("PUT", NAME + DRAFT),
        ("GET", NAME + DRAFT),
        ("MOVE", NAME + DRAFT),
        ("GET", NAME),
    ]
    with server(there, folder) as reached:
        assert reached.names() == {NAME: len(BYTES)}
        reached.remove(NAME)
        reached.remove(NAME)
        assert reached.names() == {}


def test_what_has_the_name_is_replaced(there: DavServer, folder: Path) -> None:
    (there.folder / NAME).write_bytes(b"older")
    assert put(there, folder)
    assert there.files == {NAME: len(BYTES)}


def test_a_server_behind_a_proxy_renames_all_the_same(there: DavServer, folder: Path) -> None:
    there.scheme = "http"
    assert put(there, folder)
    assert there.files == {NAME: len(BYTES)}
    assert [asked for asked, _ in there.asked] == ["PUT", "GET", "MOVE", "MOVE", "GET"]


@pytest.mark.parametrize("status", ["405 Method Not Allowed", "501 Not Implemented"])
def test_a_server_that_cannot_rename_gets_it_again(
    there: DavServer, folder: Path, status: str
) -> None:
    there.before = when("MOVE", "", refuse(status))
    assert not put(there, folder)
    assert (there.folder / NAME).read_bytes() == BYTES
    assert there.files == {NAME: len(BYTES)}
    assert there.asked[-3:] == [("PUT", NAME), ("GET", NAME), ("DELETE", NAME + DRAFT)]


def test_one_that_does_not_list_says_so(there: DavServer, folder: Path) -> None:
    there.before = when("PROPFIND", "", refuse("405 Method Not Allowed"))
    with server(there, folder) as reached:
        assert reached.names() is None
    there.before = when("PROPFIND", "", refuse("500 Oops"))
    with server(there, folder) as reached, pytest.raises(ServerFailed, match="HTTP 500"):
        reached.names()


def shortened(environ: dict[str, Any], start: Any, dav: App) -> Answer:
    """A server whose disk is full, and which does not say so."""
    data = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))[: len(BYTES) // 2]
    environ |= {"wsgi.input": io.BytesIO(data), "CONTENT_LENGTH": str(len(data))}
    return dav(environ, start)


def flipped(environ: dict[str, Any], start: Any, dav: App) -> Answer:
    """A server on whose way a bit changes."""
    data = bytearray(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    data[len(data) // 2] ^= 1
    environ["wsgi.input"] = io.BytesIO(bytes(data))
    return dav(environ, start)


def nothing(environ: dict[str, Any], start: Any, dav: App) -> Answer:
    """A server that says yes and keeps nothing."""
    del dav
    environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start("201 Created", [("Content-Length", "0")])
    return [b""]


@pytest.mark.parametrize(
    ("then", "told"),
    [
        (shortened, "gives back 300000 bytes of 600000"),
        (flipped, "other bytes than were sent"),
        (nothing, "GET: HTTP 404"),
        (refuse("507 Insufficient Storage"), "PUT: HTTP 507"),
        (refuse("301 Moved Permanently"), "PUT: HTTP 301"),
    ],
    ids=lambda of: getattr(of, "__name__", None),
)
def test_what_is_not_whole_never_has_the_name(
    there: DavServer, folder: Path, then: Any, told: str
) -> None:
    (there.folder / NAME).write_bytes(b"older")
    there.before = when("PUT", DRAFT, then)
    assert told in failure(there, folder)
    assert (there.folder / NAME).read_bytes() == b"older"
    there.before = lambda *asked: None
    assert put(there, folder), "what is left over is written over"
    assert there.files == {NAME: len(BYTES)}


def test_a_line_that_breaks_is_a_failure(there: DavServer, folder: Path) -> None:
    def hangs_up(environ: dict[str, Any], start: Any, dav: App) -> Answer:
        del start, dav
        environ["wsgi.input"].read(1000)
        raise ConnectionAbortedError

    there.before = when("PUT", "", hangs_up)
    assert failure(there, folder) != ""
    assert there.files == {}


def test_a_wrong_password_is_told_and_nothing_sent(there: DavServer, folder: Path) -> None:
    assert failure(there, folder, secret="wrong") == "PUT: HTTP 401"
    assert there.files == {}


def test_a_token_is_told_as_one(there: DavServer, folder: Path) -> None:
    assert failure(there, folder, user="", secret="t0ken") == "PUT: HTTP 401"
    assert there.headers[0]["HTTP_AUTHORIZATION"] == "Bearer t0ken"
    failure(there, folder, user="", secret="")
    assert "HTTP_AUTHORIZATION" not in there.headers[-1]


def test_a_certificate_that_nobody_signed_is_refused(there: DavServer, folder: Path) -> None:
    trustme.CA().cert_pem.write_to_path(folder / "other.pem")
    told = failure(there, folder, ca=str(folder / "other.pem"))
    assert "its certificate is not trusted" in told
    assert "its certificate is not trusted" in failure(there, folder, ca="")
    assert there.asked == [] and there.files == {}
    with pytest.raises(ServerFailed, match="no certificate can be read"):
        server(there, folder, ca=str(folder / "here"))


def test_nobody_there(folder: Path) -> None:
    with dav_server(folder / "there", CA) as gone:
        url = gone.url
    gone_now = pytest.raises(ServerFailed, match="cannot be reached")
    with Server(url, Login("", ""), str(folder / "ca.pem")) as reached, gone_now:
        reached.names()


def test_a_login_is_in_no_repr() -> None:
    assert PASSWORD not in repr(Login(USER, PASSWORD))

"""An independent WebDAV server (wsgidav) over TLS, for tests: a folder that others serve.

It is as good as the standard library's own WSGI server: one request a connection, HTTP/1.0. It
knows no quota; a test that wants one, or a fault, puts it before the server by `before`.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import trustme
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

USER, PASSWORD = "foyer", "correct horse battery"

Answer = Iterable[bytes]
App = Callable[[dict[str, Any], Any], Answer]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up in the middle is what some tests are about."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class _Body:
    """What was sent, and no more: whoever reads on would wait for the next request."""

    def __init__(self, body: Any, left: int) -> None:
        self._body, self._left = body, left

    def read(self, most: int = -1) -> bytes:
        data: bytes = self._body.read(self._left if most < 0 else min(most, self._left))
        self._left -= len(data)
        return data


class DavServer:
    """The server.

    Attributes:
        folder: what it serves, as ``<url>/``.
        asked: the methods that were asked for, with the names, in order.
        scheme: how it thinks that it is asked: behind a proxy not as it is.
        before: sees each request first; what it returns is the answer, None: the server's own.
    """

    def __init__(self, folder: Path, ca: trustme.CA) -> None:
        self.folder = folder
        self.asked: list[tuple[str, str]] = []
        self.headers: list[dict[str, Any]] = []
        self.scheme = "https"
        self.before: Callable[[dict[str, Any], Any, App], Answer | None] = lambda *asked: None
        dav = WsgiDAVApp(
            {
                "provider_mapping": {"/backups": FilesystemProvider(str(folder))},
                "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
                "http_authenticator": {"accept_basic": True, "accept_digest": False},
                "dir_browser": {"enable": False},
                "property_manager": False,
                "lock_storage": False,
                "verbose": 0,
                "logging": {"enable": False},
            }
        )

        def app(environ: dict[str, Any], start: Any) -> Answer:
            name = environ["PATH_INFO"].rpartition("/")[2]
            self.asked.append((environ["REQUEST_METHOD"], name))
            self.headers.append(dict(environ))
            environ["wsgi.url_scheme"] = self.scheme
            length = int(environ.get("CONTENT_LENGTH") or 0)
            environ["wsgi.input"] = _Body(environ["wsgi.input"], length)
            answer = self.before(environ, start, dav)
            return dav(environ, start) if answer is None else answer

        self._server = make_server("127.0.0.1", 0, app, _Server, _Quiet)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("127.0.0.1").configure_cert(context)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._server.server_port}/backups"

    @property
    def files(self) -> dict[str, int]:
        """What lies there, with its size."""
        return {file.name: file.stat().st_size for file in self.folder.iterdir()}

    def end(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def dav_server(folder: Path, ca: trustme.CA) -> Iterator[DavServer]:
    made = DavServer(folder, ca)
    try:
        yield made
    finally:
        made.end()


def refuse(status: str) -> Callable[[dict[str, Any], Any, App], Answer]:
    """Answers every request that it sees so."""

    def answer(environ: dict[str, Any], start: Any, dav: App) -> Answer:
        del environ, dav
        start(status, [("Content-Length", "0")])
        return [b""]

    return answer


def when(method: str, name: str, then: Any) -> Callable[[dict[str, Any], Any, App], Answer | None]:
    """`then` for requests of this method whose name ends so; the server itself for others."""

    def answer(environ: dict[str, Any], start: Any, dav: App) -> Answer | None:
        hit = environ["REQUEST_METHOD"] == method and environ["PATH_INFO"].endswith(name)
        return then(environ, start, dav) if hit else None

    return answer

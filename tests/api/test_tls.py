"""TLS: where others could listen there is no door without it."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from kiosk.api.door import Door, tls
from kiosk.core import config
from kiosk.core.config import ApiConfig
from kiosk.core.errors import ConfigError
from tests.api.opened import open_door
from tests.core.guest import shelf


@pytest.fixture
def folder() -> Iterator[Path]:
    with shelf() as made:
        yield made


def chosen(**api: Any) -> ApiConfig:
    made = config.load(None, simulated=True, environ={"HOME": "/nowhere"})
    return replace(made.api, **{"enabled": True, **api})


def pair(folder: Path, mode: int = 0o600) -> tuple[trustme.CA, dict[str, str]]:
    authority = trustme.CA()
    made = authority.issue_cert("127.0.0.1")
    certificate, key = folder / "door.pem", folder / "door.key"
    certificate.write_bytes(b"".join(part.bytes() for part in made.cert_chain_pems))
    key.write_bytes(made.private_key_pem.bytes())
    key.chmod(mode)
    return authority, {"certificate": str(certificate), "key": str(key)}


def mistake(made: ApiConfig) -> str:
    with pytest.raises(ConfigError) as told:
        tls(made)
    (only,) = told.value.mistakes
    return only


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "kiosk.local"])
def test_there_is_no_door_to_others_without_tls(host: str) -> None:
    assert "name a certificate and its key" in mistake(chosen(host=host))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "127.0.0.9", "localhost"])
def test_this_machine_needs_none(host: str) -> None:
    assert tls(chosen(host=host)) is None


def test_a_till_speaks_tls_and_nothing_older_than_1_2(folder: Path) -> None:
    authority, files = pair(folder)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with open_door(verify=trusting, **files) as door:
        assert door.base_url.startswith("https://127.0.0.1:")
        assert door.get("/v1/health").json()["state"] == "ok"
        with pytest.raises(httpx.ConnectError), door.client(verify=True) as stranger:
            stranger.get("/v1/health")
        with pytest.raises(httpx.HTTPError):
            httpx.get(door.base_url.replace("https", "http") + "/v1/health", trust_env=False)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("DEFAULT:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        place = ("127.0.0.1", int(door.base_url.rpartition(":")[2]))
        with socket.create_connection(place) as line, pytest.raises(ssl.SSLError):
            old.wrap_socket(line)


def test_a_key_that_everybody_reads_is_refused(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, files = pair(folder, 0o604)
    assert "can be read by every user" in mistake(chosen(**files))
    Path(files["key"]).chmod(0o640)
    with caplog.at_level(logging.WARNING):
        assert tls(chosen(**files)) is not None
    assert "by its group (mode 640)" in caplog.text


def test_files_that_are_of_no_use_are_told(folder: Path) -> None:
    _, files = pair(folder)
    told = "name two PEM files that belong together"
    assert told in mistake(chosen(certificate=files["certificate"], key=str(folder / "none")))
    other = folder / "other"
    other.mkdir()
    _, others = pair(other)
    assert told in mistake(chosen(certificate=files["certificate"], key=others["key"]))
    assert told in mistake(chosen(certificate=files["key"], key=files["key"]))


def test_a_place_where_somebody_else_listens_is_told() -> None:
    with open_door() as first:
        port = int(first.base_url.rpartition(":")[2])
        chosen_too = replace(
            config.load(None, simulated=True, environ={"HOME": "/nowhere"}),
            api=chosen(port=port),
        )
        second = Door(chosen_too, first.runtime)
        with pytest.raises(ConfigError, match=f"nobody can listen at 127.0.0.1:{port}"):
            second.start()
        second.stop()
        assert first.get("/v1/health").status_code == 200

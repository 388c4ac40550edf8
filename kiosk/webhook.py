"""Notices to an address that takes JSON by POST, signed so that the receiver can tell ours.

The header ``Foyer-Signature: t=<seconds>,v1=<hex>`` is the HMAC-SHA256 of ``<seconds>.<body>`` with
the text of the secret file. What was not answered by 2xx is sent again: the receiver tells repeats
by the notices' ids.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from kiosk.core.clock import Now, system_now
from kiosk.core.tasks import plain, say
from kiosk.core.texts import Texts
from kiosk.notices import Notice, Send, Undelivered

# It tells each request with its whole address, which may have a password in it.
logging.getLogger("httpx").setLevel(logging.WARNING)

ANSWER_S = 10.0
SIGNATURE = "Foyer-Signature"


def webhook(
    address: str,
    secret_file: str,
    kiosk: str,
    texts: Callable[[], Texts],
    *,
    clock: Callable[[], Now] = system_now,
    tls: ssl.SSLContext | None = None,
) -> Send:
    """What sends notices to `address`; see `Notice` for their ids.

    Args:
        address: http or https.
        secret_file: the path of the secret; empty: nothing is signed.
        kiosk: the name of this kiosk.
        texts: the words, for the sentences that are sent along.
        clock: tells the time.
        tls: what to trust; None for the system's authorities.
    """

    def send(notices: Sequence[Notice]) -> None:
        said = texts()
        told = {
            "kiosk": kiosk,
            "language": said.language,
            "notices": [_notice(notice, said) for notice in notices],
        }
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        if secret_file:
            seconds = int(clock().wall.timestamp())
            headers[SIGNATURE] = f"t={seconds},v1={signature(_secret(secret_file), seconds, body)}"
        try:
            verify = tls if tls is not None else True
            with httpx.Client(verify=verify, timeout=ANSWER_S) as client:
                answer = client.post(address, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            # Not its text: that may repeat the address, with a password in it.
            raise Undelivered(type(error).__name__) from None
        if not answer.is_success:
            raise Undelivered(f"HTTP {answer.status_code}")

    return send


def signature(secret: bytes, seconds: int, body: bytes) -> str:
    """The hex HMAC-SHA256 that a receiver compares."""
    return hmac.new(secret, b"%d.%s" % (seconds, body), hashlib.sha256).hexdigest()


def _secret(path: str) -> bytes:
    try:
        secret = Path(path).read_bytes().strip()
    except OSError as error:
        raise Undelivered(f"{path}: {error.strerror}") from None
    if not secret:
        # Anybody could sign with nothing, and the receiver would believe it.
        raise Undelivered(f"{path}: empty")
    return secret


def _notice(notice: Notice, texts: Texts) -> dict[str, Any]:
    task = notice.task
    told, do = say(task, texts)
    return {
        "id": notice.id,
        "what": notice.what,
        "at": notice.at.isoformat(),
        "key": task.key,
        "kind": task.kind,
        "severity": task.severity,
        "since": task.since,
        "sentence": task.sentence,
        "arguments": plain(task),
        "text": told,
        "do": do,
    }

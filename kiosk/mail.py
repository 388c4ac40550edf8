"""Notices by mail: one message for all that waits, in the language of the kiosk.

What began is told, and of alarms that they are over; that a task was done, whoever did it knows.
That the kiosk is blocked, and open again, stands in the subject (E82).
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

from kiosk.core.clock import Now, system_now
from kiosk.core.config import AlertsConfig
from kiosk.core.tasks import say
from kiosk.core.texts import Texts
from kiosk.notices import Notice, Send, Undelivered

ANSWER_S = 10.0


def mail(
    chosen: AlertsConfig,
    kiosk: str,
    venue: Callable[[], str],
    texts: Callable[[], Texts],
    *,
    clock: Callable[[], Now] = system_now,
    tls: ssl.SSLContext | None = None,
) -> Send:
    """What sends notices to the addresses of ``[alerts]``.

    Args:
        chosen: the settings.
        kiosk: the name of this kiosk.
        venue: tells that of the venue.
        texts: the words.
        clock: tells the time.
        tls: what to trust; None for the system's authorities.
    """

    def send(notices: Sequence[Notice]) -> None:
        told = [n for n in notices if n.what == "began" or n.task.kind == "alarm"]
        if told:
            _deliver(chosen, compose(told, chosen, kiosk, venue(), texts(), clock().wall), tls)

    return send


def compose(
    notices: Sequence[Notice],
    chosen: AlertsConfig,
    kiosk: str,
    venue: str,
    texts: Texts,
    at: datetime,
) -> EmailMessage:
    """The message; its subject is the weightiest of the notices."""
    message = EmailMessage()
    first = min(notices, key=_weight)
    what = _headline(first, texts)
    if len(notices) > 1:
        what = texts.say("alert.more", what=what, n=len(notices) - 1)
    message["Subject"] = _line(texts.say("alert.subject", kiosk=kiosk, what=what))
    message["From"] = chosen.mail_from
    message["To"] = ", ".join(chosen.mail_to)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = make_msgid(domain=chosen.mail_from.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    foot = texts.say("alert.foot", venue=venue, kiosk=kiosk)
    parts = [_paragraph(notice, texts) for notice in notices]
    message.set_content(_whole("\n\n".join([*parts, foot]) + "\n"))
    return message


def _line(text: str) -> str:
    """A text as a header may have it, whatever a device's own words are in it.

    No line ends; and no encoded word (RFC 2047), for that is decoded once more, line ends and all.
    """
    return _whole(" ".join(text.split()).replace("=?", "= ?"))


def _whole(text: str) -> str:
    """A text without halves of characters, which no message can carry."""
    return text.encode("utf-8", "replace").decode()


def _weight(notice: Notice) -> tuple[bool, bool, bool]:
    return notice.task.sentence != "alarm.blocked", notice.what != "began", _later(notice)


def _later(notice: Notice) -> bool:
    return notice.task.severity != "now"


def _headline(notice: Notice, texts: Texts) -> str:
    if notice.task.sentence == "alarm.blocked":
        return texts.say("alert.blocked" if notice.what == "began" else "alert.unblocked")
    told, _ = say(notice.task, texts)
    return told if notice.what == "began" else texts.say("alert.over", what=told)


def _paragraph(notice: Notice, texts: Texts) -> str:
    told, do = say(notice.task, texts)
    began = notice.what == "began"
    what = told if began else _headline(notice, texts)
    line = texts.say("alert.line", at=texts.moment(notice.at), what=what)
    return f"{line}\n{do}" if began else line


def _deliver(chosen: AlertsConfig, message: EmailMessage, tls: ssl.SSLContext | None) -> None:
    trusted = tls if tls is not None else ssl.create_default_context()
    try:
        with _connected(chosen, trusted) as server:
            if chosen.smtp_tls == "starttls":
                server.starttls(context=trusted)
            if chosen.smtp_user:
                server.login(chosen.smtp_user, _password(chosen.smtp_password_file))
            server.send_message(message)
    except smtplib.SMTPResponseException as error:
        raise Undelivered(f"{chosen.smtp_host}: SMTP {error.smtp_code}") from None
    except smtplib.SMTPRecipientsRefused as error:
        codes = sorted({code for code, _ in error.recipients.values()})
        raise Undelivered(f"{chosen.smtp_host}: SMTP {codes[0]}") from None
    except (smtplib.SMTPException, OSError, ValueError) as error:
        # A server's own words are not ours to repeat, and of what cannot be encoded, a user's name
        # or a password, not a letter.
        raise Undelivered(f"{chosen.smtp_host}: {_why(error)}") from None


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return getattr(error, "strerror", None) or type(error).__name__


def _connected(chosen: AlertsConfig, tls: ssl.SSLContext) -> smtplib.SMTP:
    if chosen.smtp_tls == "tls":
        return smtplib.SMTP_SSL(chosen.smtp_host, chosen.smtp_port, timeout=ANSWER_S, context=tls)
    return smtplib.SMTP(chosen.smtp_host, chosen.smtp_port, timeout=ANSWER_S)


def _password(path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except OSError as error:
        raise Undelivered(f"{path}: {error.strerror}") from None

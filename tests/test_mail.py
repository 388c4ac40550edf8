"""Mail about what waits, to a real SMTP server with TLS; E82: block and unblock."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from kiosk.core import capabilities
from kiosk.core.capabilities import DeviceState, Machine
from kiosk.core.clock import Now
from kiosk.core.config import AlertsConfig
from kiosk.core.ids import DeviceId
from kiosk.core.messages import DeviceUp, FiscalStatus, PrinterChanged, RulesChanged
from kiosk.core.tasks import Task, alarm, alarms, blocked_reasons
from kiosk.core.texts import Texts
from kiosk.mail import compose, mail
from kiosk.notices import (
    RETRY_MAX_S,
    SETTLE_S,
    Board,
    Looked,
    Notice,
    Outbox,
    Send,
    Undelivered,
)
from tests.core.guest import NOW, PRINTER

FISCAL = DeviceId("fiscal")
PASSWORD = "a long secret of the mail server"
HELP = Task(
    "help:7",
    "2026-11-22T15:00:00.000000Z",
    "now",
    "task.help_card",
    {"number": 7, "scene": "N-04", "card": "•••• 4821"},
)
PAPER = alarm(PRINTER, "paper_out", device=PRINTER)


class Anywhere(Controller):  # type: ignore[misc]
    """A server on whatever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Post:
    """A mail server that keeps what it gets; who signs in needs the password."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.tls: list[bool] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        parsed = message_from_bytes(content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.messages.append(parsed)
        self.tls.append(session.ssl is not None)
        return "250 OK"


def check(server: SMTP, session: Session, envelope: Envelope, how: str, data: Any) -> AuthResult:
    return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def server(post: Post, authority: trustme.CA) -> Iterator[Controller]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    controller = Anywhere(
        post,
        hostname="127.0.0.1",
        port=0,
        tls_context=context,
        require_starttls=True,
        authenticator=check,
        auth_required=True,
    )
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def chosen(server: Controller, tmp_path: Path) -> AlertsConfig:
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    return AlertsConfig(
        webhook="",
        webhook_secret_file="",
        mail_to=("anna@venue.example", "boris@venue.example"),
        mail_from="kiosk@venue.example",
        smtp_host="localhost",
        smtp_port=server.port,
        smtp_tls="starttls",
        smtp_user="kiosk",
        smtp_password_file=str(secret),
        quiet_s=300,
    )


def sender(chosen: AlertsConfig, trusting: ssl.SSLContext | None, language: str = "en") -> Send:
    texts = Texts.of(language, "Europe/Moscow")
    return mail(chosen, "K1", lambda: "Arena", lambda: texts, clock=lambda: NOW, tls=trusting)


def began(task: Task, now: Now = NOW) -> Notice:
    return Notice("began", task, now.wall)


def over(task: Task, now: Now = NOW) -> Notice:
    return Notice("ended", task, now.wall)


def test_a_call_arrives_over_starttls_with_what_to_do(
    post: Post, chosen: AlertsConfig, trusting: ssl.SSLContext
) -> None:
    sender(chosen, trusting)([began(HELP)])
    (message,) = post.messages
    assert post.tls == [True]
    assert message["To"] == "anna@venue.example, boris@venue.example"
    assert message["From"] == "kiosk@venue.example"
    assert message["Subject"].startswith("K1: Help call 7: a guest with the card •••• 4821")
    text = message.get_content()
    assert text.splitlines()[0].startswith("22.11.2026 18:00:00 MSK  Help call 7")
    assert "Go there." in text and "Venue: Arena. Kiosk: K1." in text


@pytest.mark.parametrize(
    ("language", "subject", "unblocked"),
    [
        ("en", "K1: The kiosk is blocked", "The kiosk is open again"),
        ("ru", "K1: Киоск заблокирован", "Киоск снова открыт"),
        ("de", "K1: Der Kiosk ist gesperrt", "Der Kiosk ist wieder offen"),
    ],
)
def test_mail_is_in_the_language_of_the_kiosk(
    post: Post,
    chosen: AlertsConfig,
    trusting: ssl.SSLContext,
    language: str,
    subject: str,
    unblocked: str,
) -> None:
    blocked = alarms(Machine(), books_failed=True)[-1]
    send = sender(chosen, trusting, language)
    send([began(PAPER), began(blocked)])
    send([over(blocked)])
    assert post.messages[0]["Subject"].startswith(subject)
    assert unblocked in post.messages[1]["Subject"] and unblocked in post.messages[1].get_content()


def test_what_is_over_is_mailed_of_alarms_and_not_of_calls(
    post: Post, chosen: AlertsConfig, trusting: ssl.SSLContext
) -> None:
    send = sender(chosen, trusting)
    send([over(HELP)])
    assert post.messages == []
    send([over(PAPER)])
    assert post.messages[0]["Subject"] == "K1: Over: The printer has no paper (printer)."


@pytest.mark.parametrize(
    ("change", "trusted", "why"),
    [
        ({"smtp_password_file": "/nowhere"}, True, "/nowhere: No such file or directory"),
        ({"smtp_port": 1}, True, "localhost: Connection refused"),
        ({}, False, "localhost: unable to get local issuer certificate"),
        ({"smtp_user": ""}, True, "localhost: SMTP 530"),
        ({"smtp_tls": "none", "smtp_user": ""}, True, "localhost: SMTP 530"),
    ],
)
def test_what_cannot_be_sent_says_why_and_no_secret(
    post: Post,
    chosen: AlertsConfig,
    trusting: ssl.SSLContext,
    change: dict[str, Any],
    trusted: bool,
    why: str,
) -> None:
    with pytest.raises(Undelivered) as undelivered:
        sender(replace(chosen, **change), trusting if trusted else None)([began(HELP)])
    assert str(undelivered.value) == why
    assert post.messages == []


def test_a_wrong_password_says_so_and_not_what_it_is(
    post: Post, chosen: AlertsConfig, trusting: ssl.SSLContext
) -> None:
    Path(chosen.smtp_password_file).write_text("another secret")
    with pytest.raises(Undelivered, match=r"^localhost: SMTP 535$"):
        sender(chosen, trusting)([began(HELP)])
    assert post.messages == []


@pytest.mark.parametrize("word", ["пароль".encode(), b"\xff\xfe"])
def test_a_password_that_no_server_takes_is_told_and_mail_goes_on(
    post: Post, chosen: AlertsConfig, trusting: ssl.SSLContext, word: bytes
) -> None:
    path = Path(chosen.smtp_password_file)
    right = path.read_bytes()
    path.write_bytes(word)
    send = sender(chosen, trusting)
    with pytest.raises(Undelivered, match=r"^localhost: Unicode(En|De)codeError$"):
        send([began(HELP)])
    path.write_bytes(right)
    send([began(HELP)])
    assert len(post.messages) == 1


def test_a_devices_words_cannot_add_a_header(chosen: AlertsConfig) -> None:
    wicked = alarm(PRINTER, "printer_error", device=PRINTER, error="x\r\nBcc: thief@evil.example")
    message = compose([began(wicked)], chosen, "K1", "Arena", Texts.of("en"), NOW.wall)
    assert message["Bcc"] is None
    assert "\n" not in message["Subject"]
    assert message_from_bytes(bytes(message), policy=policy.default)["Bcc"] is None


@pytest.mark.parametrize(
    "said",
    [
        "=?utf-8?q?=0D=0ABcc:_evil@example.org?=",
        "=?utf-8?b?DQpCY2M6IGV2aWxAZXhhbXBsZS5vcmc=?=",
        "==??utf-8?q?=0D=0ABcc:_evil@example.org?=",
        "half \ud800",
    ],
)
def test_what_a_device_encodes_stays_in_its_line(chosen: AlertsConfig, said: str) -> None:
    fault = alarm(PRINTER, "printer_error", device=PRINTER, error=said)
    message = compose([began(fault)], chosen, "kiosk-1", "Venue", Texts.of("en"), NOW.wall)
    sent = message_from_bytes(message.as_bytes())
    assert sent.keys() == message.keys() and sent["Bcc"] is None


# --- E82, from the devices to the letter box ------------------------------------------------------


class Kiosk:
    """A board over a machine whose law wants a receipt on paper; time by hand."""

    def __init__(self, send: Send) -> None:
        devices = {PRINTER: DeviceState("printer"), FISCAL: DeviceState("fiscal")}
        self.machine = Machine(devices)
        self.now = NOW
        self.board = Board(lambda: Looked((), self.machine, False), 300)
        self.board.outboxes = (Outbox("mail", send, self.board.wake),)

    def tell(self, *events: Any) -> None:
        for event in events:
            self.machine = capabilities.told(self.machine, event)
        self.board.wake()
        self.pass_(0)

    def pass_(self, seconds: float) -> None:
        self.now = self.now.later(seconds)
        self.board.step(self.now)
        self.board.outboxes[0].step(self.now)


@pytest.fixture
def kiosk(chosen: AlertsConfig, trusting: ssl.SSLContext) -> Kiosk:
    made = Kiosk(sender(chosen, trusting))
    made.tell(
        RulesChanged("", "paper"),
        DeviceUp(PRINTER, "printer"),
        PrinterChanged(PRINTER),
        DeviceUp(FISCAL, "fiscal"),
        FiscalStatus(FISCAL, "open", 1),
    )
    return made


def subjects(post: Post) -> list[str]:
    return [str(message["Subject"]) for message in post.messages]


BLOCKED, OPEN = "K1: The kiosk is blocked", "K1: The kiosk is open again: every reason is gone."


@pytest.mark.parametrize(
    ("bad", "good", "why"),
    [
        (RulesChanged("too_long", "paper"), RulesChanged("", "paper"), "open for too long"),
        (PrinterChanged(PRINTER, "low"), PrinterChanged(PRINTER), "paper will soon run out"),
        (PrinterChanged(PRINTER, "out"), PrinterChanged(PRINTER), "printer has no paper"),
        (PrinterChanged(PRINTER, error="cutter"), PrinterChanged(PRINTER), "needs attention"),
    ],
)  # fmt: skip
def test_E82_mail_says_that_the_kiosk_is_blocked_and_why_and_that_it_is_open_again(
    post: Post, kiosk: Kiosk, bad: Any, good: Any, why: str
) -> None:
    kiosk.tell(bad)
    kiosk.pass_(SETTLE_S)
    (subject,) = subjects(post)
    assert subject.startswith(BLOCKED)
    assert why in post.messages[0].get_content()
    kiosk.tell(good)
    kiosk.pass_(SETTLE_S)
    assert [s.split(" (and")[0] for s in subjects(post)[1:]] == [OPEN]


def test_E82_an_expired_fiscal_shift_blocks_where_the_venue_is_fiscal(
    post: Post, kiosk: Kiosk
) -> None:
    kiosk.tell(RulesChanged("", "fiscal"), FiscalStatus(FISCAL, "expired", 1))
    kiosk.pass_(SETTLE_S)
    assert subjects(post)[0].startswith(BLOCKED)
    assert "over 24 hours" in post.messages[0].get_content()
    kiosk.tell(FiscalStatus(FISCAL, "open", 2))
    kiosk.pass_(SETTLE_S)
    assert subjects(post)[1].startswith(OPEN)


def test_E82_it_is_open_again_only_when_all_reasons_are_gone(post: Post, kiosk: Kiosk) -> None:
    kiosk.tell(RulesChanged("too_long", "paper"), PrinterChanged(PRINTER, "out"))
    kiosk.pass_(SETTLE_S)
    assert [s.startswith(BLOCKED) for s in subjects(post)] == [True]
    assert blocked_reasons(kiosk.machine) == ("shift_too_long", "paper_out")
    # A device's reason goes by itself; the other stays, and so does the block.
    kiosk.tell(PrinterChanged(PRINTER))
    kiosk.pass_(SETTLE_S)
    kiosk.pass_(3600)
    assert not any(s.startswith(OPEN) for s in subjects(post))
    assert blocked_reasons(kiosk.machine) == ("shift_too_long",)
    kiosk.tell(RulesChanged("", "paper"))
    kiosk.pass_(SETTLE_S)
    assert [s for s in subjects(post) if s.startswith(OPEN)] == [OPEN]


def test_E82_a_dead_mail_server_tells_both_later(
    post: Post, kiosk: Kiosk, chosen: AlertsConfig
) -> None:
    password = Path(chosen.smtp_password_file)
    password.rename(password.with_suffix(".away"))
    kiosk.tell(PrinterChanged(PRINTER, "out"))
    kiosk.pass_(SETTLE_S)
    assert [t.sentence for t in kiosk.board.shown][-1] != "alarm.mail_down"
    kiosk.pass_(1)
    assert "alarm.mail_down" in [t.sentence for t in kiosk.board.shown]
    kiosk.tell(PrinterChanged(PRINTER))
    kiosk.pass_(SETTLE_S)
    password.with_suffix(".away").rename(password)
    kiosk.pass_(RETRY_MAX_S)
    (message,) = post.messages
    assert "is blocked" in message.get_content() and "is open again" in message.get_content()

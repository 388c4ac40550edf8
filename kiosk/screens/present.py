"""From the situation to the View: words, figures, buttons. Pure; no kivy, no venue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import assert_never

from kiosk.core.capabilities import Capabilities
from kiosk.core.clock import Now
from kiosk.core.documents import layout
from kiosk.core.journey import offered
from kiosk.core.money import Money
from kiosk.core.registration import PIN_DIGITS, phone_complete
from kiosk.core.situation import (
    Access,
    Bill,
    CardHome,
    Closed,
    Done,
    History,
    NoteGoing,
    Problem,
    Registering,
    Situation,
    TapToRegister,
    TopUp,
    Unknown,
    Welcome,
)
from kiosk.core.texts import THIN_SPACE, Texts, code
from kiosk.core.visits import Order, Visit
from kiosk.screens.view import (
    AccessView,
    Button,
    CardHomeView,
    DoneView,
    Figure,
    Frame,
    HistoryView,
    KeypadView,
    NameView,
    Note,
    ProblemView,
    QuestionView,
    Row,
    SlipLine,
    Status,
    TopUpView,
    View,
    VisitStrip,
    VisitView,
    Wallet,
    WelcomeView,
)

SLIP_COLUMNS = 36
"""Width of the slip on the screen; the paper's own may be wider."""


def present(situation: Situation, now: Now) -> View:
    """The View of a situation; `now` only decides what "today" means."""
    return _Screen(situation, now).view()


class _Screen:
    """What every scene's View needs: the words, what is offered, the frame."""

    def __init__(self, situation: Situation, now: Now) -> None:
        self.situation = situation
        self.now = now
        self.texts = Texts.of(situation.choice.language, situation.venue.time_zone)
        self.say = self.texts.say
        self.able: Capabilities = offered(situation)

    def view(self) -> View:
        scene = self.situation.scene
        match scene:
            case Welcome():
                return self.welcome()
            case Access():
                return self.access()
            case TapToRegister():
                return self.tap_to_register()
            case Unknown():
                return self.unknown()
            case Registering():
                return self.registering(scene)
            case CardHome():
                return self.home(scene)
            case Bill():
                return self.bill(scene)
            case History():
                return self.history(scene)
            case TopUp():
                return self.top_up(scene)
            case Done():
                return self.done(scene)
            case Problem():
                return self.problem(scene)
            case Closed():
                return self.closed(scene)
            case _:
                assert_never(scene)

    # --- what they share -----------------------------------------------------------------------

    def frame(self, title: str, subtitle: str = "", leave: Button | None = None) -> Frame:
        situation, timer = self.situation, self.situation.timer
        more = timer and timer.extensions < situation.house.times.extensions_max
        short = self.say("language.short")
        access = Button("access", self.say("button.access", language=short), "language")
        inside = isinstance(situation.scene, (Access, Closed))
        return Frame(
            page=situation.page,
            title=title,
            subtitle=subtitle,
            language=situation.choice.language,
            large=situation.choice.large,
            contrast=situation.choice.contrast,
            access=None if inside else access,
            leave=leave,
            deadline_s=timer.end_s if timer else None,
            warn_s=timer.warn_s if timer else None,
            more_time=self.button("more_time", "clock", "primary") if more else None,
            more_time_question=self.say("frame.more_time"),
            mark=self.say("frame.simulated") if situation.house.simulated else "",
        )

    def button(self, name: str, icon: str = "", kind: str = "secondary", text: str = "") -> Button:
        words = text or self.say(f"button.{name}")
        match kind:
            case "primary":
                return Button(name, words, icon, "primary")
            case "quiet":
                return Button(name, words, icon, "quiet")
            case "link":
                return Button(name, words, icon, "link")
            case _:
                return Button(name, words, icon)

    def leaving(self, word: str = "finish") -> Button:
        icon = "close" if word == "cancel" else "finish"
        return Button("leave", self.say(f"button.{word}"), icon)

    def back(self) -> Button:
        return self.button("back", "back", "quiet")

    def figure(self, money: Money) -> Figure:
        return Figure(self.texts.number(money), money.currency.symbol)

    def moment(self, at: str) -> datetime:
        return datetime.fromisoformat(at).astimezone(UTC)

    def day(self, at: str) -> str:
        """The time of day for today, else the date."""
        when = self.moment(at)
        if self.texts.date(when) == self.texts.date(self.now.wall):
            return self.texts.time(when)
        return self.texts.date(when)

    def args(self, given: Mapping[str, str | Money]) -> dict[str, str | int]:
        faces = self.faces()
        told = {k: self.texts.money(v) if isinstance(v, Money) else v for k, v in given.items()}
        if "date" in told:
            # A card's date has no time of day; noon is the same day everywhere.
            told["date"] = self.texts.date(datetime.fromisoformat(f"{told['date']}T12:00+00:00"))
        return {"faces": faces, **told}

    def faces(self) -> str:
        currency = self.situation.venue.currency
        faces = [Money.face(face, currency) for face in self.situation.venue.faces]
        *some, last = [self.texts.whole(face) for face in faces]
        bare = [text.removesuffix(currency.symbol).strip() for text in some]
        return ", ".join([*bare, last])

    # --- scenes --------------------------------------------------------------------------------

    def welcome(self) -> View:
        able, say = self.able, self.say
        way = _way(able)
        readable = able.contactless or able.stripe
        body = "welcome.body" if able.cash == "" else "welcome.body_no_cash"
        buttons = (self.button("register", "register"),) if readable else ()
        return WelcomeView(
            frame=self.frame(self.situation.venue.name),
            headline=say(f"welcome.headline{way}" if readable else "welcome.headline_none"),
            body=say(body if readable else "welcome.body_none"),
            hint=say(_hint(able)) if readable else say("err.reader_offline"),
            card_name=self.situation.venue.name,
            buttons=buttons,
            strip=self.strip(),
            help_line=say("welcome.help") if readable else say("problem.desk", code="R-01"),
        )

    def strip(self) -> tuple[Status, ...]:
        able, say = self.able, self.say
        items = []
        if able.cash is not None:
            word, icon = ("strip.cash", "cash") if not able.cash else ("strip.cash_off", "cash_off")
            items.append(Status(icon, say(word), "warning" if able.cash else "good"))
        if able.receipts is not None:
            off = bool(able.receipts)
            word = "strip.receipts_off" if off else "strip.receipts"
            items.append(
                Status("printer_off" if off else "receipt", say(word), "warning" if off else "good")
            )
        readers = self.situation.machine.of("reader")
        for device, state in readers:
            if not state.up and (able.contactless or able.stripe):
                taps = device in self.situation.house.contactless
                word = "strip.tap_off" if taps else "strip.swipe_off"
                items.append(Status("card_off", say(word), "warning"))
        return tuple(items)

    def access(self) -> View:
        choice, say = self.situation.choice, self.say
        languages = tuple(
            Button(f"language:{language}", Texts.of(language).say("language.name"))
            for language in self.situation.house.languages
        )
        switches = (
            (Button("large", say("access.larger"), "text_size"), choice.large),
            (Button("contrast", say("access.contrast"), "contrast"), choice.contrast),
        )
        return AccessView(
            frame=self.frame(say("access.title")),
            headline=say("access.headline"),
            languages=languages,
            current_language=f"language:{choice.language}",
            switches=switches,
            back=self.back(),
        )

    def tap_to_register(self) -> View:
        way = _way(self.able)
        return QuestionView(
            frame=self.frame(self.say("register.title"), leave=self.leaving("cancel")),
            icon="contactless" if self.able.contactless else "card",
            tone="info",
            headline=self.say(f"register.tap.headline{way}"),
            body=(self.say("register.tap.body"), self.say(_hint(self.able))),
            buttons=(),
            back=self.back(),
        )

    def unknown(self) -> View:
        return QuestionView(
            frame=self.frame(self.say("register.title"), leave=self.leaving("cancel")),
            icon="card_unknown",
            tone="info",
            headline=self.say("register.unknown.headline"),
            body=(self.say("err.unknown_card"),),
            buttons=(
                Button("register", self.say("button.register_this"), "register", "primary"),
                Button("staff", self.say("button.ask_staff"), "help"),
            ),
        )

    def registering(self, scene: Registering) -> View:
        say = self.say
        number = {"terms": 1, "terms_text": 1, "choice": 2, "phone": 2, "phone_use": 2, "name": 4}
        step = say("register.step", step=number.get(scene.step, 3), steps=4)
        if scene.step == "name" and not scene.phone:
            step = say("register.step", step=3, steps=3)
        frame = self.frame(say("register.title"), step, self.leaving("cancel"))
        match scene.step:
            case "terms":
                return self.terms(frame)
            case "choice":
                return self.choice(frame)
            case "terms_text":
                version = self.situation.venue.terms_version
                body = tuple(say(f"register.terms.{n}") for n in (1, 2, 3))
                full = say("register.terms.full", version=version)
                headline = say("register.terms.headline")
                return self.reading(frame, headline, (*body, full), "document")
            case "phone_use":
                body = tuple(say(f"register.privacy.{n}") for n in (1, 2, 3))
                return self.reading(frame, say("register.privacy.headline"), body, "lock")
            case "phone":
                return self.phone(frame, scene)
            case "pin" | "pin_again":
                return self.pin(frame, scene)
            case "name":
                return self.name(frame, scene)
            case _:
                assert_never(scene.step)

    def terms(self, frame: Frame) -> View:
        return QuestionView(
            frame=frame,
            icon="document",
            tone="info",
            headline=self.say("register.terms.headline"),
            body=tuple(self.say(f"register.terms.{n}") for n in (1, 2, 3)),
            buttons=(
                self.button("agree", "check", "primary"),
                Button("text", self.say("button.terms"), "document", "link"),
            ),
            back=self.back(),
        )

    def choice(self, frame: Frame) -> View:
        without = "without_no_slip" if self.able.receipts else "without"
        return QuestionView(
            frame=frame,
            icon="phone",
            tone="info",
            headline=self.say("register.choice.headline"),
            body=(
                self.say("register.choice.with"),
                self.say(f"register.choice.{without}"),
            ),
            buttons=(
                self.button("with_phone", "phone", "primary"),
                self.button("without_phone", "phone_off"),
            ),
            back=self.back(),
        )

    def reading(self, frame: Frame, headline: str, body: tuple[str, ...], icon: str) -> View:
        return QuestionView(
            frame=frame,
            icon=icon,
            tone="info",
            headline=headline,
            body=body,
            buttons=(Button("back", self.say("button.continue"), "check", "primary"),),
        )

    def phone(self, frame: Frame, scene: Registering) -> View:
        say = self.say
        shown, missing = self.situation.venue.phone.shown(scene.digits)
        whole = phone_complete(self.situation, scene)
        why = "" if whole and scene.consent else "register.phone.consent_missing"
        next_ = Button(
            "next",
            say("button.next"),
            "",
            "primary",
            enabled=whole and scene.consent,
            why="" if not why or not whole else say(why),
        )
        return KeypadView(
            frame=frame,
            headline=say("register.phone.headline"),
            body=say("register.phone.body"),
            shown=shown,
            missing=missing,
            keys_enabled=not whole,
            next=next_,
            back=self.back(),
            consent=(Button("consent", say("register.phone.consent")), scene.consent),
            consent_link=Button("phone_use", say("register.phone.consent_link"), "", "link"),
            other=Button("without_phone", say("register.phone.without"), "", "link"),
        )

    def pin(self, frame: Frame, scene: Registering) -> View:
        say, again = self.say, scene.step == "pin_again"
        typed = len(scene.digits)
        return KeypadView(
            frame=frame,
            headline=say("register.pin.again" if again else "register.pin.headline"),
            body=say("register.pin.again_body" if again else "register.pin.body"),
            shown="●" * typed,
            missing="○" * (PIN_DIGITS - typed),
            keys_enabled=typed < PIN_DIGITS,
            next=Button("next", say("button.next"), "", "primary", enabled=typed == PIN_DIGITS),
            back=self.back(),
            problem=say(scene.problem) if scene.problem else "",
        )

    def name(self, frame: Frame, scene: Registering) -> View:
        say = self.say
        keyboard = Texts.of(scene.keyboard or self.situation.choice.language)
        rows = tuple(
            tuple(letter.upper() if scene.shift else letter for letter in row)
            for row in keyboard.say("keyboard.rows").split()
        )
        many = len(self.situation.house.languages) > 1
        other = Button("keyboard", keyboard.say("language.short"), "language")
        skip = "button.next" if scene.name.strip() else "button.without_name"
        return NameView(
            frame=frame,
            headline=say("register.name.headline"),
            body=say("register.name.body"),
            shown=scene.name,
            placeholder=say("register.name.placeholder"),
            rows=rows,
            layout=other if many else None,
            next=Button("next", say(skip), "", "primary"),
            back=self.back(),
            erase=Button("erase", "", "backspace"),
            space=Button("key: ", say("button.space")),
        )

    def home(self, scene: CardHome) -> View:
        say, client = self.say, scene.client
        hello = say("home.hello_name", name=client.name) if client.name else say("home.hello")
        latest, tone = "", "neutral"
        if scene.latest:
            amount, at = self.texts.money(scene.latest.amount), scene.latest.at
            when = self.moment(at)
            if self.texts.date(when) == self.texts.date(self.now.wall):
                latest = say("home.latest_today", amount=amount, time=self.texts.time(when))
            else:
                latest = say("home.latest_on", amount=amount, date=self.texts.date(when))
            tone = "good" if scene.latest.amount.minor > 0 else "neutral"
        task, body = self.task(scene)
        return CardHomeView(
            frame=self.frame(hello, self.masked(scene.card.number), self.leaving()),
            balance_name=say("home.balance"),
            balance=self.figure(client.wallet),
            latest=latest,
            latest_tone="good" if tone == "good" else "neutral",
            wallets=self.wallets(scene),
            visit=self.visit_strip(scene.visit) if scene.visit else None,
            primary=self.top_up_button(),
            buttons=(self.button("history", "history"),),
            task=task,
            task_body=body,
        )

    def masked(self, number: str) -> str:
        return self.say("card.masked", last=number[-4:])

    def top_up_button(self, word: str = "top_up") -> Button | None:
        """None where this kiosk takes no cash at all."""
        if self.able.cash is None:
            return None
        why = "" if not self.able.cash else self.say("strip.cash_off")
        text = self.say(f"button.{word}")
        return Button("top_up", text, "top_up", "primary", enabled=not why, why=why)

    def task(self, scene: CardHome) -> tuple[Button | None, str]:
        if scene.undecided:
            amount = self.texts.money(scene.undecided[0].value)
            body = self.say("home.task_note", amount=amount)
            return self.button("print_check_slip", "receipt"), body
        if scene.unprinted and not self.able.receipts and self.able.receipts is not None:
            body = self.say("home.task_receipt")
            return Button("receipt", self.say("button.print_receipt"), "printer"), body
        return None, ""

    def wallets(self, scene: CardHome) -> tuple[Wallet, ...]:
        """Only what the guest has: packages and bonus come with their own journeys."""
        say, client, texts = self.say, scene.client, self.texts
        made = []
        if client.bonus:
            made.append(
                Wallet(
                    "bonus",
                    "bonus",
                    say("wallet.bonus"),
                    f"{client.bonus:,}".replace(",", THIN_SPACE),
                    say("wallet.bonus_unit"),
                    say("wallet.bonus_note"),
                )
            )
        if client.minutes_game:
            words = texts.plural("wallet.minutes", client.minutes_game)
            time = texts.duration(client.minutes_game)
            made.append(Wallet("game", "game", say("wallet.game"), time, "", words))
        if client.minutes_net:
            words = texts.plural("wallet.minutes", client.minutes_net)
            time = texts.duration(client.minutes_net)
            made.append(Wallet("internet", "internet", say("wallet.internet"), time, "", words))
        return tuple(made)

    def visit_strip(self, visit: Visit) -> VisitStrip:
        since = self.texts.time(self.moment(visit.since))
        return VisitStrip(
            button=Button("visit", self.say("button.visit"), "visit"),
            headline=self.texts.plural("home.visit", len(visit.orders)),
            note=self.say("home.visit_note", time=since),
            total=self.figure(visit.total),
        )

    def bill(self, scene: Bill) -> View:
        say, visit = self.say, scene.visit
        money = self.texts.money
        short = visit.balance is not None and visit.balance.minor < 0
        to_pay = "visit.to_pay_nothing"
        if visit.to_pay:
            cash = self.able.cash == ""
            to_pay = "visit.to_pay_or_top_up" if short and cash else "visit.to_pay"
        own = visit.unpaid - visit.to_pay if visit.personal else visit.deposits
        sums = [(say("visit.total"), self.texts.number(visit.total))]
        if visit.unpaid != visit.total:
            sums.append((say("visit.unpaid"), self.texts.number(visit.unpaid)))
        if own:
            word = "visit.on_card" if visit.personal else "visit.paid_in_advance"
            sums.append((say(word), self.texts.number(-own)))
        since = say("visit.since", time=self.texts.time(self.moment(visit.since)))
        if visit.balance is None:
            name, balance = say("visit.no_limit"), self.figure(visit.unpaid)
        else:
            name = say("visit.short" if short else "visit.may_spend")
            balance = self.figure(visit.balance)
        return VisitView(
            frame=self.frame(say("visit.title"), since, self.leaving()),
            rows=tuple(self.order_row(order) for order in visit.orders),
            sums=tuple(sums),
            balance_name=name,
            balance=balance,
            short=short,
            to_pay=say(to_pay, amount=money(visit.to_pay)) if visit.to_pay else say(to_pay),
            minimum="",
            primary=self.top_up_button(),
            buttons=(),
            back=self.back(),
        )

    def order_row(self, order: Order) -> Row:
        def line(text: str, quantity: int) -> str:
            if quantity == 1:
                return text
            return self.say("visit.items", n=quantity, item=text)

        items = ", ".join(line(li.text, li.quantity) for li in order.lines)
        return Row(
            when=self.day(order.at),
            text=order.place or self.say("visit.order", number=order.order),
            note=items,
            amount=self.texts.number(order.total),
            state=self.say("visit.paid") if order.paid else "",
            state_tone="good" if order.paid else "neutral",
        )

    def history(self, scene: History) -> View:
        say = self.say
        names = {"note_settled": "history.top_up"}
        rows = tuple(
            Row(
                when=self.day(m.at),
                text=say(names.get(m.kind, "history.correction")),
                note=self.texts.money(m.after),
                amount=("+" if m.amount.minor > 0 else "") + self.texts.number(m.amount),
                state_tone="good" if m.amount.minor > 0 else "neutral",
            )
            for m in scene.rows
        )
        return HistoryView(
            frame=self.frame(say("history.title"), self.masked(scene.card.number), self.leaving()),
            rows=rows,
            empty=say("history.empty"),
            back=self.back(),
        )

    def top_up(self, scene: TopUp) -> View:
        say, taken = self.say, scene.taken
        currency = self.situation.venue.currency
        inserted = sum((n.value for n in taken), Money(0, currency))
        after = scene.client.wallet
        going = scene.going is not None
        ready = self.able.cash == "" and not scene.stalled
        problem = say(scene.problem, **self.args(scene.problem_args)) if scene.problem else ""
        done = None
        if taken:
            text = say("button.done_amount", amount=self.texts.whole(inserted))
            waiting = going or scene.finishing
            why = say("topup.checking") if waiting else ""
            done = Button("done", text, "check", "primary", enabled=not waiting, why=why)
        leave = None if taken or going else self.leaving("cancel")
        accepted = say("topup.accepted", faces=self.faces())
        return TopUpView(
            frame=self.frame(say("topup.title"), self.masked(scene.card.number), leave),
            inserted_name=say("topup.inserted"),
            inserted=self.figure(inserted),
            notes=tuple(self.note(n) for n in scene.notes),
            sums=(
                (say("topup.before"), self.texts.money(after - inserted), False),
                (say("topup.after"), self.texts.money(after), True),
            ),
            headline=say("topup.headline" if ready else "topup.wait"),
            accepted=f"{accepted}. {say('topup.other_notes')}",
            advice=say("topup.no_receipt") if self.able.receipts else say("topup.advice"),
            done=done,
            problem=problem,
        )

    def note(self, note: NoteGoing) -> Note:
        if note.state == "checking":
            return Note(self.say("topup.checking"), "checking")
        amount = self.texts.whole(note.value)
        if note.state == "returned":
            return Note(self.say("topup.returned", amount=amount), "returned")
        return Note(amount, "taken")

    def done(self, scene: Done) -> View:
        say, number = self.say, f"{scene.number:06}"
        failed = scene.printing == "failed"
        if scene.task == "registered":
            title, headline, figure = say("register.title"), say("register.done.headline"), None
            lines = [say("register.done.phone")] if scene.phone_given else []
            key = "register.done.slip_kept" if failed else "register.done.slip"
            body = " ".join([*lines, say(key, number=number)])
        else:
            total = scene.total or Money(0, self.situation.venue.currency)
            amount = self.texts.money(total)
            title, figure = say("done.title"), self.figure(scene.client.wallet)
            headline = say("done.headline")
            body = say("done.body_no_slip" if failed else "done.body", amount=amount, number=number)
            if scene.timed_out:
                body = say("err.timeout_card", amount=amount)
        take = "done.take_slip" if scene.task == "registered" else "done.take"
        note = {"printing": "done.printing", "printed": take}.get(scene.printing, "")
        more = self.button("home", "card", text=say("button.something_else"))
        top_up = self.top_up_button()
        first = scene.task == "registered" and top_up is not None and top_up.enabled
        leave = Button("leave", say("button.finish"), "finish", "secondary" if first else "primary")
        buttons = (top_up, leave) if first and top_up else (leave, more)
        return DoneView(
            frame=self.frame(title, self.masked(scene.card.number), self.leaving()),
            headline=headline,
            figure=figure,
            body=body,
            slip=self.slip(scene) if not failed else (),
            slip_note=say(note) if note else "",
            printing=scene.printing == "printing",
            buttons=buttons,
        )

    def slip(self, scene: Done) -> tuple[SlipLine, ...]:
        """The very document that is printed; a recovery code stays on the paper alone."""
        shown = []
        for line in layout(scene.document, SLIP_COLUMNS, {}):
            if not line.qr:
                shown.append(SlipLine(line.text, line.style))
            elif scene.task != "registered":
                shown.append(SlipLine(line.qr, "qr"))
        return tuple(shown)

    def problem(self, scene: Problem) -> View:
        money = {
            "safe": "money.safe",
            "nothing": "money.nothing_taken",
            "recorded": "money.note_recorded",
        }[scene.money]
        known = code(scene.key)
        text = self.say(scene.key, **self.args(scene.args))
        leave = Button("leave", self.say("button.finish"), "finish", "primary")
        on = Button("continue", self.say("button.continue"), "", "primary")
        registered = isinstance(scene.back, Done) and scene.back.task == "registered"
        headline = self.say("money.card_registered" if registered else money)
        return ProblemView(
            frame=self.frame(self.say("problem.title"), leave=self.leaving()),
            icon=_icon(known),
            tone="warning",
            headline=headline,
            body=(text,),
            code=known,
            footer=self.say("welcome.help"),
            buttons=(on,) if scene.back is not None else (leave,),
        )

    def closed(self, scene: Closed) -> View:
        key = "err.storage_note" if scene.held else "err.storage"
        money = "money.note_recorded" if scene.held else "money.nothing_taken"
        return ProblemView(
            frame=self.frame(self.situation.venue.name),
            icon="out_of_service",
            tone="bad",
            headline=self.say(money),
            body=(self.say(key),),
            code=code(key),
            footer=self.say("welcome.help"),
            buttons=(),
        )


def _way(able: Capabilities) -> str:
    return "_swipe" if able.stripe and not able.contactless else ""


def _hint(able: Capabilities) -> str:
    if able.contactless and able.stripe:
        return "welcome.hint"
    return "welcome.hint_tap" if able.contactless else "welcome.hint_swipe"


_ICONS = {"R": "card_off", "K": "card_off", "P": "receipt", "N": "cash", "X": "blocked"}


def _icon(known: str) -> str:
    return _ICONS.get(known[:1], "alert")

"""Every screen with realistic contents, and in English and Russian with the longest plausible ones.

`samples` is the seam: it answers the Views of one language and size of text by their names.
Names that begin with "long-" are there to break a layout, not to be pretty.
"""

from __future__ import annotations

from dataclasses import replace

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
    WaitView,
    Wallet,
    WelcomeView,
)
from tests.screens.situations import RECEIPT, real_views

NOW_S = 1000.0
"""The moment at which samples are shown: countdowns are counted from here."""

RUSSIAN_ROWS = ("йцукенгшщзхъ", "фывапролджэё", "⇧ячсмитьбю-")
ENGLISH_ROWS = ("qwertyuiop", "asdfghjkl", "⇧zxcvbnm-'")


def money(minor: int, language: str) -> str:
    sign = "−" if minor < 0 else ""
    whole, part = divmod(abs(minor), 100)
    point = "," if language == "ru" else "."
    return f"{sign}{whole:,}".replace(",", "\u202f") + f"{point}{part:02d}"


def samples(language: str, large: bool, contrast: bool) -> dict[str, View]:
    """The real screens first, then, in two languages, those that stretch the layout."""
    real = real_views(language, large, contrast, NOW_S)
    if language not in ("en", "ru"):
        return real
    made = stretched(language, large, contrast)
    return real | {f"x-{n}": v for n, v in made.items()}


def stretched(language: str, large: bool, contrast: bool) -> dict[str, View]:
    """Views made by hand: long names, large sums, long lists, and screens yet to come."""
    ru = language == "ru"

    def t(english: str, russian: str) -> str:
        return russian if ru else english

    def m(minor: int) -> str:
        return money(minor, language)

    def mr(minor: int) -> str:
        return f"{m(minor)}\u00a0₽"

    access = Button("access", f"Aa · {language.upper()}")
    finish = Button("leave", t("Finish", "Завершить"), "finish")
    cancel = Button("leave", t("Cancel", "Отмена"), "close")
    back = Button("back", t("Back", "Назад"), "back", "quiet")
    more_time = Button("more_time", t("Yes, more time", "Да, ещё время"), "", "primary")

    def frame(
        title: str, left_s: float | None = 42.0, leave: Button | None = finish, subtitle: str = ""
    ) -> Frame:
        return Frame(
            page=7,
            title=title,
            subtitle=subtitle,
            language=language,
            large=large,
            contrast=contrast,
            access=access,
            leave=leave,
            deadline_s=None if left_s is None else NOW_S + left_s,
            warn_s=None if left_s is None else NOW_S + left_s - 20,
            more_time=more_time,
            more_time_question=t("Need more time?", "Нужно ещё время?"),
            mark="SIMULATED",
        )

    desk = t("Need help? Ask at the desk", "Нужна помощь? Обратитесь на стойку")
    register = Button("register", t("Register a card", "Зарегистрировать карту"), "register")
    welcome = WelcomeView(
        frame=replace(frame("Orbit Club", None, None)),
        headline=t("Tap your card", "Приложите карту"),
        body=t(
            "See your balance, top up, or check what you have spent.",
            "Посмотрите баланс, пополните карту или проверьте, сколько потратили.",
        ),
        hint=t(
            "Hold the card to the lit reader below, or swipe it with the stripe facing you",
            "Поднесите карту к светящемуся считывателю внизу или проведите полосой к себе",
        ),
        card_name="Orbit",
        buttons=(register,),
        strip=(
            Status("cash", t("Cash", "Наличные"), "good"),
            Status("receipt", t("Receipts", "Чеки"), "good"),
        ),
        help_line=desk,
    )
    degraded = replace(
        welcome,
        strip=(
            Status(
                "cash_off", t("Cash not available now", "Наличные сейчас не принимаются"), "warning"
            ),
            Status("printer_off", t("No paper receipts", "Без бумажных чеков"), "warning"),
        ),
    )
    access_view = AccessView(
        frame=frame(t("Language and text", "Язык и текст"), 28.0, None),
        headline=t("Language and size of text", "Язык и размер текста"),
        languages=(Button("language:en", "English"), Button("language:ru", "Русский")),
        current_language=f"language:{language}",
        switches=(
            (Button("large", t("Larger text", "Крупный текст"), "text_size"), large),
            (Button("contrast", t("High contrast", "Высокий контраст"), "contrast"), contrast),
        ),
        back=back,
    )
    wait = WaitView(
        frame=frame(t("One moment", "Одну минуту"), None, None),
        headline=t("Finishing your note…", "Заканчиваем приём купюры…"),
        body=t("It takes a few seconds.", "Это займёт несколько секунд."),
    )
    unknown = QuestionView(
        frame=frame(t("New card", "Новая карта"), 15.0 + 20),
        icon="card_unknown",
        tone="info",
        headline=t("This card is not known here.", "Эта карта здесь не зарегистрирована."),
        body=(t("You can register it now.", "Вы можете зарегистрировать её сейчас."),),
        buttons=(
            Button("register", t("Register it", "Зарегистрировать"), "register", "primary"),
            Button("leave", t("Not now", "Не сейчас")),
        ),
    )
    terms = QuestionView(
        frame=frame(t("New card", "Новая карта"), 55, cancel, t("step 1 of 4", "шаг 1 из 4")),
        icon="document",
        tone="info",
        headline=t("Three things to know", "Три важные вещи"),
        body=(
            t(
                "Money on the card pays for everything here and does not expire.",
                "Деньгами на карте можно платить за всё здесь, и они не сгорают.",
            ),
            t(
                "A note that was taken is on your card at once; no change is given.",
                "Принятая купюра сразу зачисляется на карту; сдача не выдаётся.",
            ),
            t(
                "Keep the registration slip: it brings your balance back if you lose the card.",
                "Сохраните талон регистрации: он вернёт баланс, если карта потеряется.",
            ),
        ),
        buttons=(Button("agree", t("I agree", "Согласен"), "check", "primary"),),
        back=back,
    )
    with_phone = QuestionView(
        frame=frame(t("New card", "Новая карта"), 51, cancel, t("step 2 of 4", "шаг 2 из 4")),
        icon="phone",
        tone="neutral",
        headline=t("With a phone number?", "Указать номер телефона?"),
        body=(
            t(
                "With it the desk can find your balance if you lose the card.",
                "По нему на стойке найдут ваш баланс, если карта потеряется.",
            ),
        ),
        buttons=(
            Button("with_phone", t("With a phone", "С телефоном"), "phone", "primary"),
            Button("without_phone", t("Without a phone", "Без телефона"), "phone_off"),
        ),
        back=back,
    )
    forward = Button("next", t("Next", "Далее"), "", "primary")
    phone = KeypadView(
        frame=frame(t("New card", "Новая карта"), 51, cancel, t("step 2 of 4", "шаг 2 из 4")),
        headline=t("Your phone number", "Ваш номер телефона"),
        body=t(
            "So that we can find your balance if you lose the card.",
            "Чтобы найти ваш баланс, если карта потеряется.",
        ),
        shown="+7 916 204",
        missing="__ __",
        keys_enabled=True,
        next=replace(forward, enabled=False),
        back=back,
        consent=(
            Button(
                "consent",
                t(
                    "Keep my number to look after my card.",
                    "Храните мой номер, чтобы вести мою карту.",
                ),
            ),
            True,
        ),
        consent_link=Button("how", t("How we use it", "Как мы его используем"), "", "link"),
        other=Button(
            "without_phone", t("continue without a phone", "продолжить без телефона"), "", "link"
        ),
    )
    phone_empty = replace(
        phone,
        shown="+7",
        missing="___ ___ __ __",
        consent=(phone.consent[0], False) if phone.consent else None,
        next=replace(
            forward,
            enabled=False,
            why=t("Enter the number and tick the box", "Введите номер и поставьте галочку"),
        ),
    )
    pin = KeypadView(
        frame=frame(t("New card", "Новая карта"), 48, cancel, t("step 3 of 4", "шаг 3 из 4")),
        headline=t("Choose a PIN", "Придумайте PIN-код"),
        body=t(
            "Four digits. You need them if you lose the card.",
            "Четыре цифры. Они понадобятся, если вы потеряете карту.",
        ),
        shown="● ●",
        missing="○ ○",
        keys_enabled=True,
        next=replace(forward, enabled=False),
        back=back,
    )
    pin_wrong = replace(
        pin,
        headline=t("The same PIN again", "Повторите PIN-код"),
        problem=t(
            "The two PINs differ. Choose one again.", "PIN-коды не совпали. Введите ещё раз."
        ),
    )
    name = NameView(
        frame=frame(t("New card", "Новая карта"), 57, cancel, t("step 4 of 4", "шаг 4 из 4")),
        headline=t("Your name, if you like", "Ваше имя, если хотите"),
        body=t("We greet you with it.", "Так мы будем к вам обращаться."),
        shown=t("Anna", "Анна"),
        placeholder=t("Your name", "Ваше имя"),
        rows=tuple(tuple(r) for r in (RUSSIAN_ROWS if ru else ENGLISH_ROWS)),
        layout=Button("layout", "EN" if ru else "РУ", "language"),
        next=forward,
        back=back,
        erase=Button("erase", "", "backspace"),
        space=Button("key: ", t("space", "пробел")),
    )
    name_empty = replace(
        name, shown="", next=Button("next", t("Skip", "Пропустить"), "", "primary")
    )
    top_up_button = Button("top_up", t("Top up", "Пополнить"), "top_up", "primary")
    history_button = Button("history", t("History", "История"), "history")
    receipt_button = Button("receipt", t("Last receipt", "Последний чек"), "receipt")
    visit_strip = VisitStrip(
        button=Button("visit", t("Your visit", "Ваш визит"), "visit"),
        headline=t("Your visit · 3 orders", "Ваш визит: 3 заказа"),
        note=t("since 17:05 · pay when you leave", "с 17:05 · оплата при выходе"),
        total=Figure(m(164000), "₽"),
    )
    wallets = (
        Wallet(
            "bonus",
            "bonus",
            t("Bonus", "Бонусы"),
            "180",
            t("pts", "б."),
            t("for play time", "на игру"),
        ),
        Wallet(
            "game",
            "game",
            t("Game time", "Игровое время"),
            t("5 h 00", "5 ч 00"),
            "",
            t("300 minutes", "300 минут"),
        ),
        Wallet(
            "internet",
            "internet",
            t("Internet", "Интернет"),
            t("0 h 45", "0 ч 45"),
            "",
            t("45 minutes", "45 минут"),
        ),
    )
    home = CardHomeView(
        frame=frame(
            t("Hello, Anna", "Здравствуйте, Анна"),
            42,
            finish,
            t("card •••• 4821", "карта •••• 4821"),
        ),
        balance_name=t("Balance", "Баланс"),
        balance=Figure(m(125000), "₽"),
        latest=t(f"{mr(50000)} today at 18:42", f"{mr(50000)} сегодня в 18:42"),
        latest_tone="good",
        wallets=wallets,
        visit=visit_strip,
        primary=top_up_button,
        buttons=(history_button, receipt_button),
    )
    home_new = replace(
        home,
        frame=frame(t("Hello", "Здравствуйте"), 42, finish, t("card •••• 4821", "карта •••• 4821")),
        balance=Figure(m(0), "₽"),
        latest="",
        wallets=(),
        visit=None,
        buttons=(history_button,),
    )
    home_long = replace(
        home,
        frame=frame(
            t("Hello, Maximilian-Alexander", "Здравствуйте, Александра-Виктория"),
            42,
            finish,
            t("card •••• 4821", "карта •••• 4821"),
        ),
        balance=Figure(m(123456789), "₽"),
        latest=t(
            f"{mr(123456789)} yesterday at 18:42", f"{mr(123456789)} вчера, 22 сентября, в 18:42"
        ),
        visit=replace(visit_strip, total=Figure(m(123456789), "₽")),
        task=Button("check_slip", t("Print the slip", "Напечатать талон"), "receipt"),
        task_body=t(
            "A note of 500 ₽ is being checked. Take a slip for it.",
            "Купюра 500 ₽ проверяется. Возьмите талон на неё.",
        ),
    )
    home_no_cash = replace(
        home,
        primary=replace(
            top_up_button,
            enabled=False,
            why=t(
                "Cash is not taken now. Please ask at the desk.",
                "Наличные сейчас не принимаются. Обратитесь на стойку.",
            ),
        ),
        visit=None,
        wallets=wallets[:2],
        latest_tone="neutral",
    )

    def order(when: str, text: str, note: str, minor: int, paid: bool = False) -> Row:
        return Row(
            when,
            text,
            note,
            m(minor),
            t("paid", "оплачено") if paid else "",
            "good" if paid else "neutral",
        )

    orders = (
        order(
            "17:20", t("Lane 4", "Дорожка 4"), t("Bowling, 1 hour", "Боулинг, 1 час"), 120000, True
        ),
        order("17:48", t("Bar", "Бар"), t("2 × lemonade, pizza", "2 × лимонад, пицца"), 86000),
        order("18:31", t("Arcade", "Автоматы"), t("Tickets × 6", "Билеты × 6"), 30000),
        order("18:40", t("Bar", "Бар"), t("Ice cream × 4", "Мороженое × 4"), 48000),
    )
    visit = VisitView(
        frame=frame(
            t("Your visit", "Ваш визит"),
            38,
            finish,
            t("since 17:05 · 4 guests", "с 17:05 · гостей: 4"),
        ),
        rows=orders,
        sums=(
            (t("Orders not yet paid", "Заказы не оплачены"), m(164000)),
            (t("Balance of the card", "Баланс карты"), m(150000)),
        ),
        balance_name=t("Short", "Не хватает"),
        balance=Figure(m(-14000), "₽"),
        short=True,
        to_pay=t(
            f"To pay at the exit: {mr(14000)}. Or add money now.",
            f"К оплате на выходе: {mr(14000)}. Или пополните сейчас.",
        ),
        minimum="",
        primary=Button("top_up", t("Add money", "Пополнить"), "top_up", "primary"),
        buttons=(),
        back=back,
    )
    visit_fine = replace(
        visit,
        rows=orders[:2],
        sums=((t("Orders not yet paid", "Заказы не оплачены"), m(86000)),),
        balance_name=t("You may still spend", "Ещё можно потратить"),
        balance=Figure(m(39000), "₽"),
        short=False,
        to_pay=t(f"To pay at the exit: {mr(0)}", f"К оплате на выходе: {mr(0)}"),
        minimum=t("Minimum 1\u202f000\u00a0₽ reached", "Минимум 1\u202f000\u00a0₽ набран"),
    )
    visit_long = replace(
        visit,
        rows=tuple(
            order(
                f"{10 + n // 2}:{'20' if n % 2 else '45'}",
                t("Restaurant and karaoke hall", "Ресторан и зал караоке"),
                t(
                    "Burger with three kinds of cheese × 12, lemonade 0.5 l × 12",
                    "Бургер с тремя видами сыра × 12, лимонад 0,5 л × 12",
                ),
                123456789,
                n % 3 == 0,
            )
            for n in range(14)
        ),
        balance=Figure(m(-123456789), "₽"),
        sums=(
            (t("Orders not yet paid", "Заказы не оплачены"), m(123456789)),
            (t("Balance of the card", "Баланс карты"), m(123456789)),
        ),
    )
    history = HistoryView(
        frame=frame(t("History", "История"), 25, finish, t("card •••• 4821", "карта •••• 4821")),
        rows=tuple(
            Row(
                t(f"{22 - n} Nov 18:4{n % 10}", f"{22 - n} ноя 18:4{n % 10}"),
                t("Top-up in cash", "Пополнение наличными") if n % 2 else t("Bar", "Бар"),
                t("500 ₽ + 200 ₽", "500 ₽ + 200 ₽") if n % 2 else t("2 × lemonade", "2 × лимонад"),
                ("+" if n % 2 else "−") + m(70000 + n),
                "",
            )
            for n in range(5)
        ),
        empty="",
        back=back,
    )
    history_empty = replace(
        history,
        rows=(),
        empty=t("Nothing has happened on this card yet.", "По этой карте ещё ничего не было."),
    )
    top_up = TopUpView(
        frame=frame(t("Top up · cash", "Пополнение наличными"), 118, None),
        inserted_name=t("Inserted", "Внесено"),
        inserted=Figure(m(70000), "₽"),
        notes=(
            Note("500\u00a0₽", "taken"),
            Note("200\u00a0₽", "taken"),
            Note(t("checking…", "проверяем…"), "checking"),
        ),
        sums=(
            (t("Balance before", "Баланс до"), mr(125000), False),
            (t("Balance now", "Баланс сейчас"), mr(195000), True),
        ),
        headline=t("Insert notes", "Вставляйте купюры"),
        accepted=t(
            "50 to 1\u202f000\u00a0₽ notes. Larger notes: at the desk.",
            "Купюры от 50 до 1\u202f000\u00a0₽. Крупнее — на стойке.",
        ),
        advice=t(
            "No change is given. Each note is on your card once it is taken.",
            "Сдача не выдаётся. Каждая принятая купюра сразу на карте.",
        ),
        done=Button("done", t("Done · 700\u00a0₽", "Готово · 700\u00a0₽"), "check", "primary"),
    )
    top_up_start = replace(
        top_up,
        frame=frame(t("Top up · cash", "Пополнение наличными"), 40, cancel),
        inserted=Figure(m(0), "₽"),
        notes=(),
        sums=((t("Balance now", "Баланс сейчас"), mr(125000), True),),
        done=None,
    )
    top_up_returned = replace(
        top_up,
        inserted=Figure(m(123456789), "₽"),
        notes=(
            *(Note("1\u202f000\u00a0₽", "taken") for _ in range(14)),
            Note(t("500 ₽ returned", "500 ₽ возвращена"), "returned"),
        ),
        sums=(
            (t("Balance before", "Баланс до"), mr(123456789), False),
            (t("Balance now", "Баланс сейчас"), mr(123456789), True),
        ),
        problem=t(
            "This note was returned. Try it again or another one.",
            "Эта купюра возвращена. Попробуйте ещё раз или другую.",
        ),
        done=Button(
            "done",
            t("Done · 1\u202f234\u202f567\u00a0₽", "Готово · 1\u202f234\u202f567\u00a0₽"),
            "check",
            "primary",
        ),
    )
    width = 42
    slip = tuple(
        SlipLine(text, style)  # type: ignore[arg-type]
        for text, style in (
            ("ORBIT CLUB", "title"),
            (t("Kiosk 1 · TOP-UP", "Киоск 1 · ПОПОЛНЕНИЕ").center(width), "normal"),
            ("", "normal"),
            ("22.11.2026 18:47:03 +03:00", "normal"),
            (t("Receipt 000184", "Чек 000184"), "normal"),
            (t("Card •••• 4821", "Карта •••• 4821"), "normal"),
            ("─" * width, "normal"),
            (t("500 ₽ note", "Купюра 500 ₽").ljust(width - 6) + m(50000), "normal"),
            (t("200 ₽ note", "Купюра 200 ₽").ljust(width - 6) + m(20000), "normal"),
            (t("TOTAL", "ИТОГО").ljust(width - 8) + f"{m(70000)} ₽", "strong"),
            (t("Balance before", "Баланс до").ljust(width - 10) + f"{m(125000)} ₽", "normal"),
            (t("Balance after", "Баланс после").ljust(width - 10) + f"{m(195000)} ₽", "normal"),
            ("─" * width, "normal"),
            (RECEIPT, "qr"),
            ("5f3a 9c01".center(width), "small"),
            ("SIMULATED".center(width), "strong"),
        )
    )
    done = DoneView(
        frame=frame(t("Top up", "Пополнение"), 35),
        headline=t("Your card has", "На вашей карте"),
        figure=Figure(m(195000), "₽"),
        body=t(f"{mr(70000)} added · receipt 000184", f"{mr(70000)} зачислено · чек 000184"),
        slip=slip,
        slip_note=t("Take your receipt", "Возьмите чек"),
        printing=False,
        buttons=(
            Button("leave", t("Finish", "Завершить"), "finish", "primary"),
            Button("again", t("Something else", "Другая операция")),
        ),
    )
    printing = replace(done, printing=True, slip_note=t("Printing your receipt…", "Печатаем чек…"))
    registered = replace(
        done,
        frame=frame(t("New card", "Новая карта"), 35),
        headline=t("Your card is registered", "Карта зарегистрирована"),
        figure=None,
        body=t(
            "Keep the slip: it brings your balance back. Your number is confirmed at the desk.",
            "Сохраните талон: он вернёт баланс. Номер телефона подтверждается на стойке.",
        ),
        buttons=(
            Button("top_up", t("Top up", "Пополнить"), "top_up", "primary"),
            Button("leave", t("Finish", "Завершить"), "finish"),
        ),
    )
    safe = t("Your money is safe.", "Ваши деньги в безопасности.")
    nothing = t("Nothing was taken.", "Ничего не списано.")
    told = t("The attendant has been told.", "Администратор уже знает.")
    ask = t("Ask at the desk with this code.", "Назовите этот код на стойке.")
    go_on = Button("continue", t("Continue", "Продолжить"), "", "primary")
    leave_now = Button("leave", t("Finish", "Завершить"), "finish", "primary")

    def problem(
        code: str,
        icon: str,
        tone: str,
        headline: str,
        *body: str,
        buttons: tuple[Button, ...] = (leave_now,),
        title: str = "",
        footer: str = told,
    ) -> ProblemView:
        return ProblemView(
            frame=frame(title or t("Top up · cash", "Пополнение наличными"), 58),
            icon=icon,
            tone=tone,  # type: ignore[arg-type]
            headline=headline,
            body=body,
            code=code,
            footer=footer,
            buttons=buttons,
        )

    card_title = t("Your card", "Ваша карта")
    problems = {
        "R-01": problem(
            "R-01",
            "reader",
            "warning",
            nothing,
            t(
                "The card reader is being restarted. Please wait a moment.",
                "Считыватель карт перезапускается. Подождите немного.",
            ),
            buttons=(),
            title=card_title,
        ),
        "R-02": problem(
            "R-02",
            "contactless",
            "warning",
            nothing,
            t(
                "We could not read the card. Hold it still on the sign and tap again.",
                "Не удалось прочитать карту. Держите её неподвижно на знаке и приложите ещё раз.",
            ),
            title=card_title,
            footer=ask,
        ),
        "R-03": problem(
            "R-03",
            "card_off",
            "bad",
            safe,
            t(
                "This card cannot be read. Ask staff.",
                "Эту карту не удаётся прочитать. Обратитесь к персоналу.",
            ),
            title=card_title,
            footer=ask,
        ),
        "K-02": problem(
            "K-02",
            "card_off",
            "warning",
            safe,
            t(
                "This card cannot be used here. Please ask staff.",
                "Эту карту нельзя использовать здесь. Обратитесь к персоналу.",
            ),
            title=card_title,
            footer=told,
        ),
        "K-03": problem(
            "K-03",
            "blocked",
            "bad",
            safe,
            t(
                "This card is blocked. Its balance is safe. Ask staff.",
                "Эта карта заблокирована. Её баланс в безопасности. Обратитесь к персоналу.",
            ),
            title=card_title,
            footer=ask,
        ),
        "K-07": problem(
            "K-07",
            "bank_card",
            "info",
            nothing,
            t(
                "This is a bank card or a phone. Please use the card of this venue.",
                "Это банковская карта или телефон. Приложите карту этого заведения.",
            ),
            title=card_title,
            footer="",
        ),
        "K-08": problem(
            "K-08",
            "card_unknown",
            "info",
            nothing,
            t(
                "This card is not one of ours. Ask staff.",
                "Это не наша карта. Обратитесь к персоналу.",
            ),
            title=card_title,
            footer=ask,
        ),
        "N-03": problem(
            "N-03",
            "cash_off",
            "warning",
            safe,
            t(
                f"The note machine stopped. {mr(70000)} is already on your card.",
                f"Приём купюр остановлен. {mr(70000)} уже на вашей карте.",
            ),
        ),
        "N-04": problem(
            "N-04",
            "cash_off",
            "warning",
            t(
                "Your note is recorded and will be checked.",
                "Ваша купюра записана и будет проверена.",
            ),
            t(
                "The machine stopped while taking your note. Please take this slip: "
                f"it is worth {mr(50000)} after checking.",
                "Аппарат остановился, принимая купюру. Возьмите талон: "
                f"после проверки он стоит {mr(50000)}.",
            ),
            buttons=(
                Button("print_slip", t("Print the slip", "Напечатать талон"), "receipt", "primary"),
                Button("leave", t("Finish", "Завершить"), "finish"),
            ),
        ),
        "N-05": problem(
            "N-05",
            "cash_off",
            "info",
            nothing,
            t(
                "Cash is closed here. Please pay at the desk.",
                "Приём наличных здесь закрыт. Оплатите на стойке.",
            ),
        ),
        "P-02": problem(
            "P-02",
            "receipt",
            "warning",
            f"{safe}\n" + t("The printer is out of paper.", "В принтере нет бумаги."),
            t(
                f"No paper. Your payment is booked. {mr(70000)} is on your card. "
                "Your receipt is kept as number 000184: ask at the desk.",
                f"Нет бумаги. Платёж проведён, {mr(70000)} на вашей карте. "
                "Чек сохранён под номером 000184: спросите на стойке.",
            ),
            buttons=(
                Button("continue", t("Continue without", "Продолжить без чека"), "", "primary"),
                Button("leave", t("Finish", "Завершить"), "finish"),
            ),
        ),
        "P-04": problem(
            "P-04",
            "printer_alert",
            "warning",
            safe,
            t(
                "The printer needs attention. You can continue without a paper receipt.",
                "Принтеру нужно внимание. Вы можете продолжить без бумажного чека.",
            ),
            buttons=(go_on,),
        ),
        "S-01": problem(
            "S-01",
            "out_of_service",
            "bad",
            t(
                "Your note is recorded and will be checked.",
                "Ваша купюра записана и будет проверена.",
            ),
            t(
                "This kiosk is out of service. Nothing was charged.",
                "Этот киоск не работает. Ничего не списано.",
            ),
            buttons=(),
        ),
        "T-01": problem(
            "T-01",
            "check_circle",
            "good",
            safe,
            t(f"Your {mr(70000)} was added to your card.", f"Ваши {mr(70000)} зачислены на карту."),
            footer="",
        ),
    }
    out_of_service = replace(
        problems["S-01"],
        frame=frame("Orbit Club", None, None),
        headline=t("This kiosk is out of service", "Этот киоск не работает"),
        body=(
            t(
                "Nothing was charged. Please go to the desk by the entrance.",
                "Ничего не списано. Подойдите к стойке у входа.",
            ),
        ),
        code="S-01",
    )
    warned = replace(home, frame=replace(home.frame, deadline_s=NOW_S + 12, warn_s=NOW_S - 8))
    noticed = replace(
        home,
        frame=replace(
            home.frame,
            notice=t(
                "The printer needs attention. You can continue without a receipt.",
                "Принтеру нужно внимание. Можно продолжить без чека.",
            ),
            notice_tone="warning",
        ),
    )
    return {
        "welcome": welcome,
        "welcome-degraded": degraded,
        "access": access_view,
        "wait": wait,
        "K-01-unknown": unknown,
        "register-terms": terms,
        "register-with-phone": with_phone,
        "register-phone": phone,
        "register-phone-empty": phone_empty,
        "register-pin": pin,
        "register-pin-differs": pin_wrong,
        "register-name": name,
        "register-name-empty": name_empty,
        "registered": registered,
        "home": home,
        "home-new": home_new,
        "home-no-cash": home_no_cash,
        "home-notice": noticed,
        "home-more-time": warned,
        "long-home": home_long,
        "visit-short": visit,
        "visit": visit_fine,
        "long-visit": visit_long,
        "history": history,
        "history-empty": history_empty,
        "top-up-start": top_up_start,
        "top-up": top_up,
        "long-top-up": top_up_returned,
        "printing": printing,
        "done": done,
        "out-of-service": out_of_service,
        **problems,
    }

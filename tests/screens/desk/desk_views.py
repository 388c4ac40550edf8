"""Pages of the desk made by hand, with every part of one: the five pictures, and what strains them.

Words are in the language that is asked for where their length matters; the real pages of the
sections have an audit of their own.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.view import (
    Actions,
    Bars,
    Button,
    Cell,
    Column,
    DeskView,
    Entries,
    Entry,
    Fact,
    Facts,
    Frame,
    Holding,
    Holdings,
    Keys,
    Line,
    Meter,
    Pane,
    Say,
    Search,
    SignInView,
    Slip,
    SlipLine,
    Stack,
    Table,
    Tile,
    Tiles,
    View,
)

ENGLISH = ("1234567890", "qwertyuiop", "asdfghjkl", "⇧zxcvbnm-'")
RUSSIAN = ("1234567890", "йцукенгшщзхъ", "фывапролджэё", "⇧ячсмитьбю-")
RAIL = (
    ("today", "dashboard", "Today", "Сегодня", "Heute"),
    ("clients", "clients", "Clients", "Клиенты", "Kunden"),
    ("visits", "visit", "Visits", "Визиты", "Besuche"),
    ("cards", "cards", "Cards", "Карты", "Karten"),
    ("minutes", "clock", "Minutes", "Минуты", "Minuten"),
    ("cash", "bank", "Cash", "Наличные", "Bargeld"),
    ("reports", "chart", "Reports", "Отчёты", "Berichte"),
    ("devices", "devices", "Devices", "Устройства", "Geräte"),
    ("settings", "settings", "Settings", "Настройки", "Einstellungen"),
    ("audit", "audit", "Audit", "Аудит", "Prüfung"),
)


def desk_views(language: str, large: bool, contrast: bool, now_s: float) -> dict[str, View]:
    """The pages by their names."""
    at = {"en": 0, "ru": 1, "de": 2}[language]

    def t(*words: str) -> str:
        return words[at]

    rail = tuple(Button(f"section:{n}", words[at], icon) for n, icon, *words in RAIL)
    frame = Frame(
        page=11,
        title="",
        subtitle=t(
            "An attendant is working here: 12 minutes",
            "Здесь работает сотрудник: 12 минут",
            "Hier arbeitet jemand vom Haus: 12 Minuten",
        ),
        language=language,
        large=large,
        contrast=contrast,
        palette="day",
        access=Button("access", f"Aa · {language.upper()}"),
        deadline_s=now_s + 90,
        warn_s=now_s + 70,
        more_time=Button(
            "more_time", t("Yes, more time", "Да, ещё время", "Ja, mehr Zeit"), "", "primary"
        ),
        more_time_question=t("Need more time?", "Нужно ещё время?", "Mehr Zeit nötig?"),
        mark="SIMULATED",
    )

    def page(section: str, title: str, *stacks: Stack, **more: object) -> DeskView:
        made = DeskView(
            frame=frame,
            rail=rail,
            current=f"section:{section}",
            person="Olga",
            shift=t("Shift 12 since 10:02", "Смена 12 с 10:02", "Schicht 12 seit 10:02"),
            lock=Button("lock", t("Sign out", "Выйти", "Abmelden"), "lock"),
            title=title,
            subtitle="",
            stacks=stacks,
        )
        return replace(made, **more)  # type: ignore[arg-type]

    back = Button("back", t("Back", "Назад", "Zurück"), "back")
    change = t("Change", "Изменить", "Ändern")
    found = Table(
        (
            Column(),
            Column(),
            Column(align="right"),
            Column(align="right"),
            Column(align="right"),
        ),
        tuple(
            Line(
                (
                    Cell(name, strong=True),
                    Cell(f"…{digits}"),
                    Cell(sum_),
                    Cell(bonus, tone="bonus"),
                    Cell(when, tone="muted"),
                ),
                id=f"client:{number}",
                selected=number == 0,
            )
            for number, (name, digits, sum_, bonus, when) in enumerate(
                (
                    ("Anna K.", "204 42 18", "1 250.00", "180", t("today", "сегодня", "heute")),
                    ("Denis", "611 42 18", "0.00", "25", t("2 months", "2 месяца", "2 Monate")),
                    ("—", "093 42 18", "340.00", "0", "12 Nov"),
                )
            )
        ),
        foot=t("3 clients of 18 204", "3 клиента из 18 204", "3 Kunden von 18 204"),
    )
    many = replace(
        found,
        lines=tuple(
            replace(found.lines[n % 3], id=f"client:{n}", selected=n == 4) for n in range(50)
        ),
        foot=t("50 clients of 18 204", "50 клиентов из 18 204", "50 Kunden von 18 204"),
    )
    search = Pane(
        (
            Search(
                "4218",
                t(
                    "last 4–6 digits of the phone",
                    "последние 4–6 цифр телефона",
                    "letzte 4–6 Ziffern der Nummer",
                ),
            ),
        ),
        card=False,
    )
    client = Pane(
        (
            Say("Anna K.", "title"),
            Say("+7 916 204 42 18 · " + t("card", "карта", "Karte") + " •••• 4821", tone="muted"),
            Holdings(
                (
                    Holding(
                        t("Game balance", "Игровой счёт", "Spielguthaben"),
                        "1 250.00",
                        button=Button("change:game", change),
                    ),
                    Holding(
                        t("Bonus balance", "Бонусный счёт", "Bonuspunkte"),
                        "180",
                        tone="bonus",
                        button=Button("change:bonus", change),
                    ),
                )
            ),
            Facts(
                (
                    Fact(t("Played", "Сыграно", "Gespielt"), "86 h 20 m"),
                    Fact(t("Spent", "Потрачено", "Ausgegeben"), "24 610.00 ₽"),
                    Fact(
                        t("Last visit", "Последний визит", "Letzter Besuch"),
                        t("today 17:05", "сегодня 17:05", "heute 17:05"),
                    ),
                    Fact(
                        t("Usually comes", "Обычно приходит", "Kommt meist"),
                        t("Fri, Sat evening", "пт, сб вечером", "Fr, Sa abends"),
                    ),
                )
            ),
            Bars(
                (2, 4, 1, 7, 5, 9, 3, 6, 10, 4, 8, 11),
                ("",) * 12,
                t(
                    "visits a week, 12 weeks",
                    "визиты по неделям, 12 недель",
                    "Besuche je Woche, 12 Wochen",
                ),
                marked=11,
            ),
        ),
        foot=(
            Button("transactions", t("Transactions", "Операции", "Buchungen"), kind="quiet"),
            Button("block", t("Block card", "Блокировать", "Karte sperren"), kind="quiet"),
            Button("top_up", t("Top up…", "Пополнить…", "Aufladen…"), "pencil", "primary"),
        ),
    )
    clients = t("Clients", "Клиенты", "Kunden")
    digits = Keys("digits")
    pages: dict[str, View] = {
        "clients": page(
            "clients",
            clients,
            Stack((search, Pane((found,), card=False)), 1.55),
            Stack((client,)),
            front=0,
        ),
        "client-detail": page(
            "clients",
            clients,
            Stack((search, Pane((many,), card=False)), 1.55),
            Stack((client,)),
            front=1,
            back=back,
        ),
        "client-search": page(
            "clients", clients, Stack((search, Pane((many,), card=False))), keys=digits
        ),
    }
    task = (
        Tile(
            t("500 ₽ note to decide", "Решить судьбу купюры 500 ₽", "500-₽-Schein entscheiden"),
            t(
                "held 18:31, the power failed · card •••• 4821",
                "задержана в 18:31, отключение питания · карта •••• 4821",
                "gehalten 18:31, Stromausfall · Karte •••• 4821",
            ),
            "question",
            "warning",
            id="task:1",
        ),
        Tile(
            t("Claim 0007 · 200 ₽", "Квитанция 0007 · 200 ₽", "Anspruch 0007 · 200 ₽"),
            t(
                "printed 16:10, not redeemed",
                "напечатана в 16:10, не погашена",
                "gedruckt 16:10, nicht eingelöst",
            ),
            "ticket",
            "info",
            id="task:2",
        ),
        Tile(
            t(
                "Paper for about 40 slips",
                "Бумаги примерно на 40 чеков",
                "Papier für etwa 40 Belege",
            ),
            t(
                "change the roll before the evening",
                "замените рулон до вечера",
                "Rolle vor dem Abend wechseln",
            ),
            "receipt",
            "warning",
            id="task:3",
        ),
    )
    ready = t("ready", "готов", "bereit")
    lamps = Tiles(
        (
            Tile(
                t("Card reader", "Считыватель", "Kartenleser"),
                icon="contactless",
                tone="good",
                value=ready,
            ),
            Tile(
                t("Printer", "Принтер", "Drucker"),
                icon="printer",
                tone="warning",
                value=t("paper low", "мало бумаги", "wenig Papier"),
            ),
            Tile(t("Notes", "Купюры", "Scheine"), icon="cash", tone="good", value=ready),
            Tile(
                t("Coins", "Монеты", "Münzen"),
                icon="coin",
                tone="bad",
                value=t(
                    "not answering since 18:31", "не отвечает с 18:31", "antwortet nicht seit 18:31"
                ),
            ),
            Tile(
                t("Ledger", "Журнал", "Buch"),
                icon="storage",
                tone="good",
                value=t(
                    "412 906 entries, verified 18:00",
                    "412 906 записей, проверено в 18:00",
                    "412 906 Einträge, geprüft 18:00",
                ),
            ),
        )
    )
    pages["today"] = page(
        "today",
        t("Today", "Сегодня", "Heute"),
        Stack(
            (
                Pane((Say(t("To do", "Дела", "Zu tun"), "title"), Tiles(task))),
                Pane(
                    (
                        Say(t("The day", "День", "Der Tag"), "title"),
                        Holdings(
                            (
                                Holding(t("top-ups", "пополнений", "Aufladungen"), "86"),
                                Holding(t("₽ taken", "₽ принято", "₽ eingenommen"), "41 200"),
                                Holding(t("new cards", "новых карт", "neue Karten"), "12"),
                            ),
                            plain=True,
                        ),
                        Bars(
                            (2, 4, 9, 8, 7, 13, 20, 27, 30, 34),
                            tuple(str(h) for h in range(10, 20)),
                            "",
                            marked=9,
                        ),
                    )
                ),
            )
        ),
        Stack(
            (
                Pane(
                    (
                        Say(t("Cash in the box", "Наличные в кассете", "Bargeld im Fach"), "title"),
                        Holdings(
                            (
                                Holding(
                                    t(
                                        "212 of 600 notes · last collected yesterday 22:40",
                                        "212 купюр из 600 · инкассация вчера в 22:40",
                                        "212 von 600 Scheinen · zuletzt geleert gestern 22:40",
                                    ),
                                    "23 450.00",
                                    "₽",
                                ),
                            ),
                            plain=True,
                        ),
                        Meter(212, 600, ""),
                        Actions(
                            (
                                Button(
                                    "collect",
                                    t("Collect…", "Инкассация…", "Leeren…"),
                                    kind="primary",
                                ),
                                Button(
                                    "close",
                                    t("Close the shift…", "Закрыть смену…", "Schicht schließen…"),
                                    kind="quiet",
                                ),
                            )
                        ),
                    )
                ),
                Pane((Say(t("Devices", "Устройства", "Geräte"), "title"), lamps)),
            )
        ),
    )
    devices = tuple(
        Tile(
            name,
            note,
            icon,
            tone,  # type: ignore[arg-type]
            value,
            id=f"device:{number}",
        )
        for number, (name, icon, tone, value, note) in enumerate(
            (
                (
                    t("Contactless reader", "Бесконтактный считыватель", "Kontaktloser Leser"),
                    "contactless",
                    "good",
                    ready,
                    "ACR122U · 18:47 · 0",
                ),
                (
                    t("Stripe reader", "Считыватель полосы", "Magnetstreifenleser"),
                    "card",
                    "good",
                    ready,
                    "serial ttyUSB0 · 2 / 61",
                ),
                (
                    t("Receipt printer", "Чековый принтер", "Belegdrucker"),
                    "printer",
                    "warning",
                    t("Paper is running low", "Бумага заканчивается", "Papier geht zur Neige"),
                    "80 mm",
                ),
                (
                    t("Note acceptor", "Купюроприёмник", "Scheinannahme"),
                    "cash",
                    "good",
                    ready,
                    "ccTalk 40 · 212 / 600",
                ),
                (
                    t("Coin acceptor", "Монетоприёмник", "Münzannahme"),
                    "coin",
                    "bad",
                    t("Not answering", "Не отвечает", "Antwortet nicht"),
                    "18:31",
                ),
                (
                    t("Lights and buzzer", "Подсветка и зуммер", "Leuchten und Summer"),
                    "lights",
                    "good",
                    ready,
                    "GPIO 5 · 6 · 13 · 19",
                ),
                (
                    t("Ledger", "Журнал", "Buch"),
                    "storage",
                    "good",
                    t("In order", "В порядке", "In Ordnung"),
                    "18 204 · 412 906",
                ),
                (t("Machine", "Компьютер", "Rechner"), "thermometer", "good", "54 °C", "Pi 4"),
                (t("Venue hub", "Узел заведения", "Hauszentrale"), "sync", "good", ready, "4 s"),
            )
        )
    )
    pages["devices"] = page(
        "devices",
        t("Devices", "Устройства", "Geräte"),
        Stack((Pane((Tiles(devices, 3),), card=False),)),
        subtitle=t("checked 2 s ago", "проверено 2 с назад", "vor 2 s geprüft"),
        heads=(
            Button("test", t("Test everything", "Проверить всё", "Alles prüfen"), "play"),
            Button("log", t("Log", "Журнал", "Protokoll"), "log"),
        ),
    )
    counted = tuple(
        Line(
            (
                Cell(face, strong=True),
                Cell(want, tone="muted"),
                Cell(have, tone="bad" if want != have else "neutral", strong=want != have),
                Cell(worth),
            )
        )
        for face, want, have, worth in (
            ("50 ₽", "31", "31", "1 550"),
            ("100 ₽", "74", "74", "7 400"),
            ("200 ₽", "38", "38", "7 600"),
            ("500 ₽", "17", "16", "8 000"),
            ("1 000 ₽", "5", "5", "5 000"),
        )
    )
    pages["collect"] = page(
        "cash",
        t("Collect the cashbox", "Инкассация", "Geldfach leeren"),
        Stack(
            (
                Pane(
                    (
                        Table(
                            (
                                Column(t("Note", "Купюра", "Schein")),
                                Column(t("Expected", "Ожидается", "Erwartet"), "right"),
                                Column(t("Counted", "Посчитано", "Gezählt"), "right"),
                                Column(t("Sum", "Сумма", "Summe"), "right"),
                            ),
                            counted,
                        ),
                    )
                ),
                Pane(
                    (
                        Say(
                            t(
                                "One 500 ₽ note is missing.",
                                "Не хватает одной купюры 500 ₽.",
                                "Ein 500-₽-Schein fehlt.",
                            ),
                            "heading",
                        ),
                        Say(
                            t(
                                "What may explain it: the power failed at 18:31 while a 500 ₽ note "
                                "was being taken; that note is still to be decided.",
                                "Возможная причина: в 18:31 отключилось питание, когда принималась "
                                "купюра 500 ₽; по ней ещё нет решения.",
                                "Mögliche Erklärung: Um 18:31 fiel der Strom aus, während ein "
                                "500-₽-Schein angenommen wurde; über ihn ist noch zu entscheiden.",
                            ),
                            tone="muted",
                        ),
                        Actions(
                            (
                                Button(
                                    "decide",
                                    t("Decide it now", "Решить сейчас", "Jetzt entscheiden"),
                                    kind="link",
                                ),
                            )
                        ),
                    ),
                    foot=(
                        Button(
                            "finish",
                            t("Finish and print", "Завершить и напечатать", "Beenden und drucken"),
                            "printer",
                            "primary",
                        ),
                    ),
                    tone="bad",
                ),
            )
        ),
        subtitle=t(
            "Count the notes. The kiosk compares after you have counted.",
            "Посчитайте купюры. Киоск сравнит после подсчёта.",
            "Zählen Sie die Scheine. Der Kiosk vergleicht danach.",
        ),
        keys=digits,
        back=back,
    )
    rules = tuple(
        Line(
            (
                Cell(str(number), strong=True),
                Cell(kind, strong=True),
                Cell(signal, tone="muted"),
                Cell(pattern, mono=True),
                Cell(card),
            ),
            id=f"rule:{number}",
            selected=number == 2,
            tone="good" if number == 2 else "",
        )
        for number, kind, signal, pattern, card in (
            (
                1,
                t("Prefix", "Префикс", "Präfix"),
                t("stripe", "полоса", "Streifen"),
                "771=",
                t("Entrance, no prepayment", "Вход без предоплаты", "Eintritt ohne Vorauszahlung"),
            ),
            (
                2,
                t("Prefix", "Префикс", "Präfix"),
                t("stripe", "полоса", "Streifen"),
                "772=",
                t(
                    "Entrance, prepaid 1 000",
                    "Вход с предоплатой 1 000",
                    "Eintritt, 1 000 vorausbezahlt",
                ),
            ),
            (
                3,
                t("Mask", "Маска", "Maske"),
                t("stripe", "полоса", "Streifen"),
                "773=#########=",
                t("Entrance, limit 3 000", "Вход, лимит 3 000", "Eintritt, Grenze 3 000"),
            ),
            (
                4,
                t("Expression", "Выражение", "Ausdruck"),
                t("contactless", "бесконтактно", "kontaktlos"),
                "04[0-9A-F]{12}",
                t("Personal card", "Личная карта", "Persönliche Karte"),
            ),
        )
    )
    pages["recognition"] = page(
        "cards",
        t("How cards are recognised", "Как распознаются карты", "Wie Karten erkannt werden"),
        Stack(
            (
                Pane(
                    (
                        Table((Column(), Column(), Column(), Column(), Column(share=1)), rules),
                        Actions(
                            (Button("new", t("New rule", "Новое правило", "Neue Regel"), "plus"),)
                        ),
                    )
                ),
                Pane(
                    (
                        Say(
                            t(
                                "Swipe or tap a card now",
                                "Проведите или приложите карту",
                                "Karte jetzt durchziehen oder auflegen",
                            ),
                            "heading",
                            icon="contactless",
                        ),
                        Say(
                            t(
                                "Nothing is booked.",
                                "Ничего не проводится.",
                                "Nichts wird gebucht.",
                            ),
                            tone="muted",
                        ),
                        Facts(
                            (
                                Fact(
                                    t("The reader sent", "Прислал считыватель", "Der Leser sandte"),
                                    ";772=000012345=00417?",
                                ),
                                Fact(t("Card number", "Номер карты", "Kartennummer"), "417"),
                                Fact(
                                    t("Type", "Тип", "Art"),
                                    t(
                                        "Entrance, prepaid 1 000",
                                        "Вход с предоплатой 1 000",
                                        "Eintritt, 1 000 vorausbezahlt",
                                    ),
                                ),
                                Fact(
                                    t("On file", "В картотеке", "Registriert"),
                                    t(
                                        "yes, visit open since 17:05",
                                        "да, визит открыт с 17:05",
                                        "ja, Besuch offen seit 17:05",
                                    ),
                                ),
                            )
                        ),
                    )
                ),
            )
        ),
        subtitle=t(
            "One rule for each entrance card type. 4 types, 4 rules",
            "По одному правилу на тип входной карты. 4 типа, 4 правила",
            "Eine Regel je Eintrittskartenart. 4 Arten, 4 Regeln",
        ),
    )
    why = t("A reason is needed.", "Нужна причина.", "Ein Grund ist nötig.")
    form = Entries(
        (
            Entry(
                "field:amount",
                t("Amount", "Сумма", "Betrag"),
                "−1 250,50",
                "₽",
                says=t(
                    "at most 5 000.00 a shift",
                    "не больше 5 000,00 за смену",
                    "höchstens 5 000,00 je Schicht",
                ),
                focused=True,
            ),
            Entry(
                "field:reason",
                t("Reason", "Причина", "Grund"),
                options=tuple(
                    Button(f"choose:reason={n}", w)
                    for n, w in (
                        ("gift", t("Gift", "Подарок", "Geschenk")),
                        ("fault", t("Technical fault", "Техническая ошибка", "Technischer Fehler")),
                        (
                            "mistake",
                            t("Mistake at the desk", "Ошибка на стойке", "Irrtum an der Kasse"),
                        ),
                    )
                ),
                chosen="choose:reason=fault",
                problem=why,
            ),
            Entry(
                "field:comment",
                t("Comment", "Комментарий", "Bemerkung"),
                t("the note was torn", "купюра была порвана", "der Schein war zerrissen"),
            ),
            Entry(
                "switch:receipt",
                t("Print a slip", "Печатать квитанцию", "Beleg drucken"),
                says=t(
                    "for the client, and a copy for the desk",
                    "клиенту и копию на стойку",
                    "für den Kunden, und eine Kopie",
                ),
                switch=True,
                on=True,
            ),
        )
    )
    feet = (
        Button("cancel", t("Cancel", "Отмена", "Abbrechen"), kind="quiet"),
        Button(
            "save",
            t("Change the balance", "Изменить баланс", "Guthaben ändern"),
            "check",
            "primary",
        ),
    )
    change_page = page(
        "clients",
        t("Change the game balance", "Изменение игрового счёта", "Spielguthaben ändern"),
        Stack((Pane((Say("Anna K.", "heading"), form), foot=feet),)),
        back=back,
    )
    letters = Keys(
        "letters",
        tuple(tuple(line) for line in (RUSSIAN if language == "ru" else ENGLISH)),
        layout=Button("keyboard", language.upper(), "language"),
        space=t("Space", "Пробел", "Leertaste"),
    )
    typed = tuple(replace(e, focused=e.id == "field:comment") for e in form.entries)
    pages["change"] = replace(change_page, keys=Keys("digits", point=",", sign=True))
    pages["change-letters"] = replace(
        change_page,
        stacks=(Stack((Pane((Say("Anna K.", "heading"), Entries(typed)), foot=feet),)),),
        keys=letters,
    )
    pages["change-rest"] = replace(
        change_page,
        frame=replace(
            frame,
            notice=t(
                "The balance is now 1 250.00 ₽. The slip is being printed.",
                "Теперь на счёте 1 250,00 ₽. Квитанция печатается.",
                "Das Guthaben beträgt jetzt 1 250,00 ₽. Der Beleg wird gedruckt.",
            ),
            notice_tone="good",
        ),
    )
    pages["refused"] = replace(
        pages["collect"],
        frame=replace(
            frame,
            notice=t(
                "Nothing was booked: the cashbox must be out first. (N-05)",
                "Ничего не проведено: сначала выньте кассету. (N-05)",
                "Nichts wurde gebucht: Das Geldfach muss zuerst heraus. (N-05)",
            ),
            notice_tone="bad",
        ),
    )
    lines = tuple(
        SlipLine(text, style)  # type: ignore[arg-type]
        for text, style in (
            ("Orbit Club", "title"),
            ("--------------------------------", "normal"),
            ("Z-REPORT 12            23.11.2026", "strong"),
            ("Cash                    41 200.00", "normal"),
            ("Cards                    8 350.00", "normal"),
            ("", "normal"),
            ("FOYER:R1:-10-09A5L4602D0D96ZBNO74QZJ", "qr"),
        )
    )
    pages["slip"] = page(
        "cash",
        t("Shift 12", "Смена 12", "Schicht 12"),
        Stack(
            (
                Pane(
                    (Slip(lines),),
                    foot=(
                        Button(
                            "print",
                            t("Print as COPY", "Напечатать КОПИЮ", "Als KOPIE drucken"),
                            "printer",
                            "primary",
                        ),
                    ),
                ),
            )
        ),
        Stack(
            (
                Pane(
                    (
                        Say(
                            t("Nothing is missing.", "Всё сходится.", "Nichts fehlt."),
                            "strong",
                            "good",
                            "check_circle",
                        ),
                        Table(
                            (Column(), Column(align="right")),
                            (),
                            empty=t("No differences.", "Расхождений нет.", "Keine Abweichungen."),
                        ),
                    )
                ),
            )
        ),
        back=back,
    )
    pages["signin"] = SignInView(
        frame=replace(
            frame,
            title=t("Staff", "Сотрудники", "Personal"),
            subtitle="",
            leave=None,
            deadline_s=now_s + 60,
            warn_s=now_s + 40,
        ),
        headline=t("Who works here?", "Кто здесь работает?", "Wer arbeitet hier?"),
        body=t(
            "Show your staff card, or type your number and your PIN.",
            "Приложите карту сотрудника или введите номер и PIN-код.",
            "Legen Sie Ihre Dienstkarte auf oder geben Sie Nummer und PIN ein.",
        ),
        entries=Entries(
            (
                Entry("field:number", t("Staff number", "Номер сотрудника", "Dienstnummer"), "106"),
                Entry(
                    "field:pin",
                    "PIN",
                    "••••",
                    focused=True,
                    problem=t(
                        "Wrong PIN. 3 tries left.",
                        "Неверный PIN-код. Осталось 3 попытки.",
                        "Falsche PIN. Noch 3 Versuche.",
                    ),
                ),
            )
        ),
        keys=digits,
        next=Button("next", t("Sign in", "Войти", "Anmelden"), "key", "primary"),
        back=back,
    )
    return {f"desk-{name}": view for name, view in pages.items()}

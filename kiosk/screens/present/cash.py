"""Notes going in, and the end of a task with its slip (G9a)."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core import top_up as money_in
from kiosk.core.documents import Document, QrCode, layout
from kiosk.core.messages import Role
from kiosk.core.money import Money
from kiosk.core.situation import Done, NoteGoing, TopUp
from kiosk.screens.present.words import Words
from kiosk.screens.view import Button, DoneView, Figure, Note, SlipLine, TopUpView, View

SLIP_COLUMNS = 36
"""Width of the slip on the screen; the paper's own may be wider."""


def top_up(words: Words, scene: TopUp) -> View:
    """G9a: what was taken, what is being checked, and what it comes to."""
    say = words.say
    currency = words.situation.venue.currency
    inserted = scene.total or Money(0, currency)
    going = scene.going is not None
    problem = say(scene.problem, **words.args(scene.problem_args)) if scene.problem else ""
    leave = None if scene.taken or going else words.leaving("cancel")
    accepted = _accepted(words)
    pretended = money_in.pretended(words.situation)
    kind = scene.purpose.kind if scene.purpose else "top_up"
    title = say("topup.title" if kind == "top_up" else f"topup.title_{kind}")
    return TopUpView(
        frame=words.frame(title, words.masked(scene.card.number), leave),
        inserted_name=_inserted_name(words, scene),
        inserted=words.figure(inserted),
        notes=_notes(words, scene),
        sums=_sums(words, scene, inserted),
        headline=say("topup.pretend_headline" if pretended else _headline(words, scene)),
        accepted=accepted,
        advice=_advice(words, scene),
        done=_enough(words, scene, inserted) if scene.taken else None,
        problem=problem,
        pretend=tuple(_pretend(words, face) for face in pretended),
    )


def _inserted_name(words: Words, scene: TopUp) -> str:
    """``Inserted``, and of how much where a sum is asked for."""
    wanted = scene.purpose.exact if scene.purpose else None
    if wanted is None:
        return words.say("topup.inserted")
    return words.say("topup.inserted_of", amount=words.texts.money(wanted))


def _sums(words: Words, scene: TopUp, inserted: Money) -> tuple[tuple[str, str, bool], ...]:
    """What the notes make of the balance, or of what is still missing."""
    say, money = words.say, words.texts.money
    if scene.missing is not None:
        return ((say("topup.missing"), money(scene.missing), True),)
    if scene.client is not None:
        after = scene.client.wallet
        return (
            (say("topup.before"), money(after - inserted), False),
            (say("topup.after"), money(after), True),
        )
    before = scene.before or Money(0, inserted.currency)
    return (
        (say("topup.visit_before"), money(before), False),
        (say("topup.visit_after"), money(before + inserted), True),
    )


def _advice(words: Words, scene: TopUp) -> str:
    """What becomes of the notes: of those that go in, and of those inside if the guest stops."""
    if words.able.receipts:
        return words.say("topup.no_receipt")
    kind = scene.purpose.kind if scene.purpose else "top_up"
    coins = "" if words.able.coins is None else "_coins"
    if kind == "top_up" or not scene.visit:
        return words.say(f"topup.advice{coins}")
    if kind == "deposit":
        return words.say(f"topup.advice_deposit{coins}")
    return words.say(f"topup.{'stop' if scene.taken and scene.missing else 'advice'}_{kind}")


def _enough(words: Words, scene: TopUp, inserted: Money) -> Button:
    """*Done* with what is inside; before it is enough, the way out with it."""
    waiting = scene.going is not None or scene.finishing
    why = words.say("topup.checking") if waiting else ""
    amount = words.texts.whole(inserted)
    if scene.missing:
        text = words.say("button.stop_amount", amount=amount)
        return Button("done", text, "close", enabled=not waiting, why=why)
    text = words.say("button.done_amount", amount=amount)
    return Button("done", text, "check", "primary", enabled=not waiting, why=why)


def _pretend(words: Words, face: str) -> Button:
    amount = words.texts.whole(Money.face(int(face), words.situation.venue.currency))
    return Button(f"pretend:{face}", amount, "note")


def _accepted(words: Words) -> str:
    """Which notes and coins go in here; what does not work now is not named."""
    say, able = words.say, words.able
    told = []
    if able.notes is not None and (able.notes == "" or able.coins != ""):
        told.append(say("topup.accepted", faces=words.faces()))
    # Beside coins there is no room for where other notes are taken.
    if able.coins == "":
        told.append(say("topup.accepted_coins", coins=words.coins()))
    elif told:
        told.append(say("topup.other_notes"))
    return ". ".join(told)


def _notes(words: Words, scene: TopUp) -> tuple[Note, ...]:
    """Each note, and all coins in one line, the last."""
    notes = tuple(_note(words, n) for n in scene.notes if not n.coin)
    coins = [n.value for n in scene.notes if n.coin]
    if not coins:
        return notes
    amount = words.texts.money(sum(coins[1:], coins[0]))
    return (*notes, Note(words.say("topup.coins", amount=amount), "taken"))


def _note(words: Words, note: NoteGoing) -> Note:
    if note.state == "checking":
        return Note(words.say("topup.checking"), "checking")
    amount = words.texts.whole(note.value)
    if note.state == "returned":
        return Note(words.say("topup.returned", amount=amount), "returned")
    return Note(amount, "taken")


def _headline(words: Words, scene: TopUp) -> str:
    """What the guest is asked to do now; with a silent machine, first what becomes of the note."""
    if scene.stalled:
        return "money.note_recorded"
    if scene.going is not None:
        return "topup.moment"
    notes = words.able.notes == "" and _open(words, "acceptor") and scene.ready
    coins = words.able.coins == "" and _open(words, "coins")
    if notes:
        return "topup.headline_both" if coins else "topup.headline"
    if coins:
        return "topup.headline_coins"
    return "topup.wait" if words.able.notes is not None else "topup.wait_coins"


def _open(words: Words, role: Role) -> bool:
    """Whether an acceptor says that it takes what is put in."""
    found = words.situation.machine.of(role)
    return bool(found) and found[0][1].acceptor in ("ready", "busy")


def done(words: Words, scene: Done) -> View:
    """The end of a task: what is true now, and the slip."""
    say, number = words.say, f"{scene.number:06}"
    failed = scene.printing == "failed"
    if scene.task == "registered":
        title, headline, figure = say("register.title"), say("register.done.headline"), None
        lines = [say("register.done.phone")] if scene.phone_given else []
        key = "register.done.slip_kept" if failed else "register.done.slip"
        body = " ".join([*lines, say(key, number=number)])
    elif scene.task not in ("topped_up", "reprinted"):
        args = words.args(scene.args)
        title = say(f"done.{scene.task}.title")
        figure = words.figure(scene.figure) if scene.figure else _minutes(words, scene)
        headline, body = (say(f"done.{scene.task}.{part}", **args) for part in ("headline", "body"))
        if failed:
            body = f"{body} {say('done.slip_kept', number=number)}"
    else:
        total = scene.total or Money(0, words.situation.venue.currency)
        amount = words.texts.money(total)
        title, figure = say("done.title"), words.figure(scene.client.wallet)
        headline = say("done.headline")
        body = say("done.body_no_slip" if failed else "done.body", amount=amount, number=number)
        if scene.timed_out:
            body = say("err.timeout_card", amount=amount)
    if scene.fiscal_waits:
        body = f"{body} {say('err.fiscal_down')}"
    kind = "_slip" if scene.task == "registered" else ""
    notes = {"printing": f"done.printing{kind}", "printed": f"done.take{kind}"}
    note = notes.get(scene.printing, "")
    more = words.button("home", "card", text=say("button.something_else"))
    top_up = words.top_up_button()
    first = scene.task == "registered" and top_up is not None and top_up.enabled
    if scene.then is not None:
        # The money is there now: on with what it was for.
        first, top_up = True, words.button("home", "next", "primary", text=say("button.continue"))
    leave = Button("leave", say("button.finish"), "finish", "secondary" if first else "primary")
    buttons: tuple[Button, ...] = (top_up, leave) if first and top_up else (leave, more)
    slip = _slip(scene.task, scene.document) if scene.document and not failed else ()
    code = words.button("receipt_code", "qr") if scene.code else None
    if code and not slip:
        buttons, code = (*buttons, code), None
    return DoneView(
        frame=words.frame(title, words.masked(scene.card.number), words.leaving()),
        headline=headline,
        figure=figure,
        body=body,
        slip=slip,
        slip_note=say(note) if note else "",
        printing=scene.printing == "printing",
        buttons=buttons,
        code=code,
    )


def _minutes(words: Words, scene: Done) -> Figure | None:
    """The minutes that the guest has now, where they are what was bought."""
    if not scene.task.startswith("minutes_"):
        return None
    held = int(str(dict(scene.args)["held"]))
    return Figure(words.texts.count(held), words.say("minutes.unit"))


def _slip(task: str, document: Document) -> tuple[SlipLine, ...]:
    """The very document that is printed; a recovery code stays on the paper alone."""
    secret = task == "registered"
    parts = tuple(p for p in document.parts if not (secret and isinstance(p, QrCode)))
    return tuple(
        SlipLine(line.qr, "qr") if line.qr else SlipLine(line.text, line.style)
        for line in layout(replace(document, parts=parts), SLIP_COLUMNS, {})
    )

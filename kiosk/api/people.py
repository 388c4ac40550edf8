"""People at a till: whoever signs in there gives commands in his own name."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Header, Response
from pydantic import Field

from kiosk.api.callers import At, Caller, reads
from kiosk.api.forms import Form, Name, Pin, Read, Told
from kiosk.api.signed_in import IDLE_S
from kiosk.core.errors import Refused
from kiosk.core.permissions import Role
from kiosk.core.staff import ListStaff
from kiosk.core.tokens import SignInAtTill

router = APIRouter(prefix="/v1/people", tags=["people"])

Greeter = Annotated[Caller, Depends(reads("people"))]


class SignIn(Form):
    """Who somebody is: a number, or an employee's card that was read; and the PIN."""

    staff: Name | None = None
    read: Read | None = None
    pin: Pin = Field(repr=False)


class PersonTold(Told):
    """Who signed in, and the token for the header ``Staff-Token``."""

    staff: str
    role: Role
    token: str = Field(repr=False)
    idle_s: int


@router.post("")
async def sign_in(who: SignIn, caller: Greeter) -> PersonTold:
    """Sign a person in at this till. Wrong PINs are counted, and lock, as at the kiosk.

    The token is good while something is done with it every 120 seconds.
    """

    def work(at: At) -> tuple[str, Role]:
        at.pin_is_tried()
        # A key of its own each time: a repeat would be told the entry without a look at the PIN.
        signal, text = (who.read.signal, who.read.text) if who.read else ("", "")
        command = SignInAtTill(who.staff or "", signal, text, who.pin)
        key = f"sign_in:{at.till}:{uuid4()}"
        done = at.runtime.command(command, actor=f"till:{at.till}", key=key, now=at.now)
        if isinstance(done, Refused):
            raise done
        staff = str(done.refs["staff"])
        people = at.runtime.ask(ListStaff(), actor="kiosk", now=at.now)
        return staff, next(p.role for p in people if p.number == staff)

    staff, role = await caller.ask(work)
    token = caller.house.signed_in.enter(staff, caller.till, caller.house.clock().mono_s)
    return PersonTold(staff=staff, role=role, token=token, idle_s=int(IDLE_S))


@router.delete("", status_code=204)
async def sign_out(
    caller: Greeter,
    token: Annotated[str, Header(alias="Staff-Token", max_length=200)],
) -> Response:
    """The person whose ``Staff-Token`` this is leaves the till."""
    caller.house.signed_in.leave(token)
    return Response(status_code=204)

"""The HTTP door: how tills and stations speak to the kiosk. docs/tills.md tells them how.

No rule of the venue lives here. A route turns a request into a command or a query, has it carried
out in the core thread, and turns what comes back into JSON. Imported only when ``[api]`` is on.

A request comes by the `porter` (token, limits, body, log), is checked by the form that its route
declares (`forms`), and is carried out by its `callers.Caller`. What goes wrong is a `Refused` of
the venue or a `refusals.TurnedAway`; both have one form of answer.

A new route is a function in the file of its noun, whose router stands in `application.ROUTERS`::

    router = APIRouter(prefix="/v1/menu", tags=["venue"])

    class Sale(Form):                          # strict; what is unknown is refused
        card: Name
        package: Name
        amount: Minor = 0                      # money is in minor units

    @router.get("")
    async def menu(caller: Reader) -> MenuTold:
        return await caller.ask(lambda at: told(MenuTold, at.ask(Menu()), at))

    @router.post("/sale")                      # Seller: the token's scope, and the key of a write
    async def sell(sale: Sale, caller: Seller) -> Written:
        return await caller.write(lambda at: SellPackage(..., amount=at.money(sale.amount)))

`at` is the moment in the core thread (`callers.At`): what it does is done between two events of
the kiosk, so it must not wait. ``caller.write`` gives the command the key ``till:TILL:KEY``; a
repeat answers the same entry. ``callers.reads(SCOPE)`` and ``callers.writes(SCOPE)`` make a kind of
caller. What a till is not told of its own right, it is told when a person has signed in there: the
actor is then ``staff:NUMBER``, and the venue's rights decide.

Events for tills and pages: ``Hub.publish(name, data)``, from any thread; see `events`.
"""

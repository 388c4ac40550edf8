"""Who may do what: the roles of the people who work here, their rights, what needs which right.

A person's role stands in the table `staff`; the rights of a role are those of `ROLES` unless the
venue's file has its own (``[rights]``). docs/permissions.md is the whole table, role by command.
"""

from __future__ import annotations

from typing import Literal, get_args

from kiosk.core.books import Books
from kiosk.core.errors import Refused

Role = Literal["cashier", "administrator", "collector", "technician", "manager", "owner", "auditor"]
Right = Literal[
    "own",
    "serve",
    "void",
    "override",
    "sell",
    "find_clients",
    "change_balance",
    "goodwill",
    "edit_packages",
    "edit_venue",
    "cards",
    "identity",
    "erase",
    "shift",
    "collect",
    "notes",
    "devices",
    "staff",
    "reports",
    "code_from_keyboard",
]
ROLES_KNOWN: tuple[Role, ...] = get_args(Role)
RIGHTS_KNOWN: tuple[Right, ...] = tuple(right for right in get_args(Right) if right != "own")
"""The rights that a venue may give to other roles."""

_DESK: tuple[Role, ...] = ("cashier", "administrator", "manager", "owner")
_SENIOR: tuple[Role, ...] = ("administrator", "manager", "owner")
_HEADS: tuple[Role, ...] = ("manager", "owner")

ROLES: dict[Right, tuple[Role, ...]] = {
    "own": ROLES_KNOWN,
    "serve": _DESK,
    "void": _SENIOR,
    "override": _HEADS,
    "sell": _DESK,
    "find_clients": _DESK,
    "change_balance": ("administrator", "owner"),
    "goodwill": _HEADS,
    "edit_packages": _SENIOR,
    "edit_venue": _HEADS,
    "cards": _DESK,
    "identity": _SENIOR,
    "erase": _HEADS,
    "shift": _DESK,
    "collect": ("collector", "manager", "owner"),
    "notes": _SENIOR,
    "devices": ("technician", "manager", "owner"),
    "staff": _HEADS,
    "reports": ("administrator", "manager", "owner", "auditor"),
    "code_from_keyboard": _SENIOR,
}
"""The roles that have a right, where the venue says nothing else.

`own` is what concerns oneself (the own PIN, signing out), and no venue takes it away.
"""

RIGHTS: dict[str, Right] = {
    # commands
    "AddStaff": "staff",
    "ChangeStaff": "staff",
    "SetStaffPin": "own",
    "UnlockStaff": "staff",
    "IssueToken": "staff",
    "RevokeToken": "staff",
    "IssueRecoveryCode": "own",
    "SignOut": "own",
    "ImportVenue": "edit_venue",
    "ChangeSettings": "edit_venue",
    "BeginTraining": "edit_venue",
    # Whoever is left alone with a kiosk in training has to get it back to the guests.
    "EndTraining": "own",
    "RegisterCard": "cards",
    "BlockCard": "cards",
    "UnblockCard": "cards",
    "EraseClient": "erase",
    "SetGroup": "identity",
    "MergeClients": "identity",
    "KeepApart": "identity",
    "IssuePromoCode": "identity",
    "RedeemPromoCode": "sell",
    "ResetPin": "identity",
    "ChangePhone": "identity",
    "ChangeName": "identity",
    "ReportLost": "cards",
    "MoveCard": "cards",
    "SettleNote": "notes",
    "VoidNote": "notes",
    "IssueClaim": "notes",
    "RedeemClaim": "notes",
    "CreditFromSuspense": "notes",
    "BeginPayOut": "notes",
    "SettlePayOut": "notes",
    "TryHopper": "devices",
    "FillHopper": "collect",
    "CountHopper": "collect",
    "CreateVisit": "serve",
    "DescribeVisit": "serve",
    "SaveOrder": "serve",
    "PayOrder": "serve",
    "VoidOrder": "void",
    "CalculateVisit": "serve",
    "IssueOrderBill": "serve",
    "IssueVisitBill": "serve",
    "VoidVisit": "void",
    "PayDebt": "serve",
    "AbandonPrepayment": "notes",
    "Deposit": "serve",
    "RecordFiscal": "devices",
    "BeginTerminalPayment": "sell",
    "RecordTerminalPayment": "notes",
    "IssuePaymentSlip": "sell",
    # Whose wallet a card empties is no matter of the desk alone.
    "PointCard": "identity",
    "OpenShift": "shift",
    "CloseShift": "shift",
    "FloatIn": "shift",
    "WithdrawCash": "shift",
    "CollectDrawer": "shift",
    "ReverseTillMovement": "void",
    "ReprintSlip": "shift",
    "IssueXReport": "shift",
    "IssueTransactionsList": "reports",
    "IssueReportSlip": "reports",
    "IssueTestPage": "devices",
    "RecordMaintenance": "devices",
    "RecordEnrolment": "edit_venue",
    # Whoever works here may turn the sound down.
    "SetVolume": "own",
    "VoidReceipt": "void",
    "CollectCashbox": "collect",
    "CountCollection": "collect",
    "ClearStrike": "override",
    # Whoever works here may go to a guest who calls, and look what waits.
    "AnswerHelp": "own",
    "SetPackages": "edit_packages",
    "SellPackage": "sell",
    "UndoPackage": "void",
    "ConvertMinutes": "sell",
    "AdjustMinutes": "change_balance",
    "ChangeBalance": "change_balance",
    "ReverseChange": "change_balance",
    "TopUpAtDesk": "sell",
    "ReverseTopUp": "void",
    "RecordChargeback": "void",
    "StartSession": "sell",
    "StopSession": "sell",
    "SetRecognition": "edit_venue",
    "ExtendSession": "sell",
    "SwitchSession": "sell",
    "PaySession": "sell",
    # queries
    "CheckChange": "change_balance",
    "ChangeOffered": "own",
    "BalanceChanges": "reports",
    "ClientTransactions": "find_clients",
    "Transactions": "reports",
    "ReportNames": "reports",
    "Explain": "reports",
    "Journal": "reports",
    "GetJournalEntry": "reports",
    "ExplainClient": "find_clients",
    "BalanceAsOf": "reports",
    "ClientBalanceAsOf": "find_clients",
    "CheckPackages": "edit_packages",
    "MinutesOf": "find_clients",
    "MinutesOutstanding": "reports",
    "Sales": "sell",
    "SessionsOf": "find_clients",
    "UnpaidSessions": "sell",
    "GetVenue": "own",
    "GetVolume": "own",
    "GetOpening": "own",
    "LastStart": "own",
    "RestedIn": "own",
    "Menu": "own",
    "MoneyReasons": "own",
    "Packages": "own",
    "Stations": "own",
    "Quote": "own",
    "CardsOfHolder": "cards",
    "WaysToProve": "find_clients",
    "OwnData": "find_clients",
    "OwnDataText": "identity",
    "GetSlip": "serve",
    "TillSlip": "serve",
    "CardWithoutSlip": "cards",
    "GetNote": "notes",
    "LastNote": "notes",
    "NotesWithoutReceipt": "notes",
    "GetCoinsOfDevice": "notes",
    "GetPayOut": "notes",
    "GetRoll": "serve",
    # What is in a hopper is seen by whoever fills it, tries it, or pays with it.
    "OpenPayOuts": "own",
    "HopperHolds": "own",
    "CanPay": "own",
    "CoinKnown": "notes",
    "CoinsWelcome": "notes",
    "SlipOfNote": "notes",
    # A ticket is worth its money to whoever has its text. A till is told of its own slips only.
    "SlipDocument": "notes",
    "OpenClaims": "notes",
    "ClaimOfNote": "notes",
    "CheckTicket": "notes",
    "GetPrepayment": "serve",
    "FiscalOf": "serve",
    "NextFiscal": "devices",
    "WaitingFiscal": "devices",
    "CurrentFiscalShift": "devices",
    "FiscalShifts": "reports",
    "PaymentOnTheWay": "sell",
    "GetTerminalPayment": "sell",
    "OpenTerminalPayments": "notes",
    "TopUpsWithoutBonus": "find_clients",
    "BonusOf": "own",
    "PaymentsLeftOpen": "find_clients",
    "GetSession": "sell",
    "RunningSessions": "sell",
    "ListStaff": "own",
    "SignedIn": "own",
    "CommandsOf": "own",
    "GetTraining": "own",
    "ListTills": "staff",
    "ListTokens": "staff",
    "FindToken": "staff",
    "VenueDocuments": "edit_venue",
    "OpenStrikes": "cards",
    "OpenCalls": "own",
    "GetCall": "own",
    "Tasks": "own",
    "DayFigures": "shift",
    "BooksFigures": "own",
    "GetRules": "devices",
    "ExplainRead": "devices",
    "GetRecognition": "devices",
    "CheckRecognition": "devices",
    "TypedNumber": "code_from_keyboard",
    "GetCard": "cards",
    "GetGenuine": "cards",
    "CardsOf": "find_clients",
    "PromoCodes": "identity",
    "Duplicates": "identity",
    "FindCard": "cards",
    "ReadCard": "cards",
    "GetClient": "find_clients",
    "FindClients": "find_clients",
    "ListClients": "find_clients",
    "ClientOfCard": "find_clients",
    "ClientStatistics": "find_clients",
    "ClientHabits": "find_clients",
    "CountClients": "find_clients",
    "DeskTopUps": "void",
    "ListSegment": "find_clients",
    "Groups": "find_clients",
    "Movements": "find_clients",
    "LastReceipts": "find_clients",
    "HeldNotes": "notes",
    "SuspendedNotes": "notes",
    "NoteHistory": "notes",
    "LatestNotes": "notes",
    "NotesOfVisit": "notes",
    "PendingPrepayments": "notes",
    "DepositRefusal": "serve",
    "DepositsOf": "serve",
    "OpenVisit": "serve",
    "OpenVisits": "serve",
    "GetVisit": "serve",
    "OfferOnCard": "serve",
    "UnpaidOrders": "serve",
    "OrderDue": "serve",
    "GetVisitRules": "own",
    "GetCardKind": "own",
    "VisitBill": "serve",
    "UnpaidVisits": "serve",
    "OwedBy": "serve",
    "FindVisits": "serve",
    "OrderBill": "serve",
    "GetCardAccounts": "cards",
    "CurrentShift": "shift",
    "EndOfShift": "shift",
    "TillMovements": "shift",
    "DrawerContents": "shift",
    "FormerShifts": "shift",
    "ShiftSlips": "shift",
    "PrintQueue": "shift",
    "ToPrintAgain": "shift",
    "Collections": "collect",
    "BoxContents": "collect",
    "GetBoxState": "collect",
    "GetTakenBox": "collect",
    "SlipOfCollection": "collect",
    "CashboxTasks": "collect",
    "XReport": "shift",
    "ZReport": "shift",
    "ReadReport": "reports",
}
"""What a command, or a query, needs where a person of the staff gives it.

Every query stands here, and every command that staff may give; what does not is refused.
"""


TILL_ASKS = frozenset(
    {
        "GetVenue",
        "GetOpening",
        "Menu",
        "Packages",
        "Stations",
        "Quote",
        "FindCard",
        "ReadCard",
        "GetCard",
        "OfferOnCard",
        "OpenVisit",
        "OpenVisits",
        "GetVisit",
        "VisitBill",
        "TillSlip",
        "OrderBill",
        "UnpaidOrders",
        "DepositsOf",
        "DepositRefusal",
        "GetTerminalPayment",
        "GetSession",
        "RunningSessions",
        "UnpaidSessions",
        "SlipDocument",
        "OpenCalls",
        "GetCall",
        "Tasks",
    }
)
"""What a till asks: what it sells, whose card it read, visits and sessions. Nobody stands there
with a name: what is known of clients, staff and claims is for people who sign in."""


def may(books: Books, role: str, right: Right) -> bool:
    """Whether a role has a right in this venue."""
    given = books.settings().get("rights", {}) if right in RIGHTS_KNOWN else {}
    return role in given.get(right, ROLES[right])


def need(books: Books, right: Right) -> None:
    """Let only an actor go on who has the right.

    The command line of the machine has every right; the kiosk, a guest and a till have none.

    Raises:
        Refused: ``err.not_allowed``: nobody of this number works here, or the role lacks it.
    """
    if books.actor == "cli":
        return
    kind, _, number = books.actor.partition(":")
    person = books.get("staff", number) if kind == "staff" else None
    if not person or person["state"] != "active" or not may(books, person["role"], right):
        raise Refused("err.not_allowed")


def need_to_ask(books: Books, name: str) -> None:
    """Let a person of the staff, or a till, go on who may ask this query; and the machine itself.

    Raises:
        Refused: ``err.not_allowed``.
    """
    match books.actor.partition(":")[0]:
        case "staff":
            need_for(books, name)
        case "till" if name not in TILL_ASKS:
            raise Refused("err.not_allowed")


def need_for(books: Books, name: str) -> None:
    """Let a person of the staff go on who may give this command, or ask this query.

    Raises:
        Refused: as `need`; or the table does not say which right it needs.
    """
    if name not in RIGHTS:
        raise Refused("err.not_allowed")
    need(books, RIGHTS[name])

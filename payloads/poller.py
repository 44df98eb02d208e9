"""What the pollers for mails, holds and wallets write to Temporal's history: what waits, never for whom."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PollOrder:
    """`failed`: the last time work was found, none of it could be done, so it is not looked for at once."""

    failed: bool = False


@dataclass(frozen=True)
class CodesWaiting:
    """Requests for links, codes that are not in a mail yet, and urgent mails that are due."""

    requests: bool = False
    notices: bool = False
    mails: bool = False


@dataclass(frozen=True)
class MailsWaiting:
    """Deadlines that are near and messages left unread, each without a notice; other notices, movements of the ledger
    that nobody has read, and due mails.
    """

    deadlines: bool = False
    notices: bool = False
    movements: bool = False
    mails: bool = False


@dataclass(frozen=True)
class WalletsWaiting:
    """Wallets that may have enough now for a deal that waits."""

    wallets: bool = False


@dataclass(frozen=True)
class StatementsRead:
    """How many pages of banks' statements were read, and how often banks were asked to return something."""

    pages: int = 0
    returns_asked: int = 0


@dataclass(frozen=True)
class EventsNumbered:
    """How many events of marketplaces were numbered."""

    events: int = 0


@dataclass(frozen=True)
class HoldsWaiting:
    """Holds between wallets that have expired."""

    holds: bool = False

"""What the lookouts for mails and holds write to Temporal's history: what waits, never for whom."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lookout:
    """`in_vain`: the last time work was found, none of it could be done, so it is not found again at once."""

    in_vain: bool = False


@dataclass(frozen=True)
class CodesWaiting:
    """Requests for links, codes that are not in a mail yet, and urgent mails that are due."""

    requests: bool = False
    notices: bool = False
    mails: bool = False


@dataclass(frozen=True)
class MailsWaiting:
    """Near deadlines without a reminder, other notices, movements of the ledger that nobody has read, due mails."""

    deadlines: bool = False
    notices: bool = False
    movements: bool = False
    mails: bool = False


@dataclass(frozen=True)
class HoldsWaiting:
    """Holds between wallets that have expired."""

    holds: bool = False

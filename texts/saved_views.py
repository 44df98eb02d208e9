"""Views of the Temporal UI for operators: a name, what it lists, and the query behind it.

Only what the search attributes know: a view helps to look, and decides nothing. `make up` prints their addresses, and
the first page of `/admin` links to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class SavedView:
    """`query` is in the list filter's language, as the UI's own filters write it."""

    name: str
    query: str


_RUNNING: Final = '`ExecutionStatus`="Running"'

SAVED_VIEWS: Final = (
    SavedView("Deals", '`WorkflowType`="Deal"'),
    SavedView("Deals under way", f'`WorkflowType`="Deal" AND {_RUNNING}'),
    SavedView("Flagged", f"`Flagged`=true AND {_RUNNING}"),
    SavedView("Deals that wait for banks", '`DealState`="settling"'),
    SavedView("Disputes", f'`DealState`="disputed" AND {_RUNNING}'),
    SavedView("Payments at a bank", f'`PaymentState`="processing" AND {_RUNNING}'),
    SavedView("Owed to sellers", f'`PaymentState`="payable" AND {_RUNNING}'),
    SavedView("Refunds under way", f'`WorkflowType`="Refund" AND {_RUNNING}'),
    SavedView("Withdrawals that wait for money", '`WithdrawalState`="awaiting_funds"'),
    SavedView("Withdrawals that wait for an approver", '`WithdrawalState`="awaiting_approval"'),
    SavedView("Top-ups under way", f'`WorkflowType`="TopUp" AND {_RUNNING}'),
)


def address(view: SavedView, namespace_url: str) -> str:
    """Where the view is, in a namespace of the UI such as http://127.0.0.1:8233/namespaces/default."""
    return f"{namespace_url.rstrip('/')}/workflows?query={quote(view.query, safe='')}"

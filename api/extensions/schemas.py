from __future__ import annotations

from api.fields import PartyIn
from edge.wire import Timestamp


class ExtensionIn(PartyIn):
    pay_by: Timestamp
    """The deadline instead of the one that stands, which it must be after."""

"""Delays by a bank: a payment that meets a bank's limit says why, and until when the bank is not asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped


class Delayable:
    """Columns of a row whose next step a bank has deferred."""

    delay_reason: Mapped[str | None]
    """The bank's code for its limit, such as `too_many_codes_sent`."""
    delayed_until: Mapped[datetime | None]
    """When the bank is asked again, by the market database's clock."""

    def defer(self, reason: str, until: datetime) -> None:
        self.delay_reason, self.delayed_until = reason, until

    def clear_delay(self) -> None:
        """The bank has answered, or its answer is no longer needed."""
        self.delay_reason = self.delayed_until = None

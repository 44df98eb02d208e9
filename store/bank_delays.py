"""A limit of a bank that lasts: the payment that meets it says why, and until when the bank is left alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped


class Delayable:
    """Columns of a row whose next step a bank has put off."""

    delay_reason: Mapped[str | None]
    """The bank's code for its limit, such as `too_many_codes_sent`."""
    delayed_until: Mapped[datetime | None]
    """When the bank is asked again, by the market database's clock."""

    def put_off(self, reason: str, until: datetime) -> None:
        self.delay_reason, self.delayed_until = reason, until

    def go_on(self) -> None:
        """The bank has answered, or nobody waits for that answer any more."""
        self.delay_reason = self.delayed_until = None

"""The stories of mails. A schedule starts each often.

Codes and links have a separate story, because people are waiting for them: other mails, however many or stuck, never
delay them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.mail import MailActivities
    from activities.notices import NoticeActivities
    from activities.wallet_notices import WalletNoticeActivities

# A failure is due again at the next run; a long retry of this one would only be in its way.
ONCE_MORE = RetryPolicy(maximum_attempts=2)


@workflow.defn(name="Codes")
class CodesWorkflow:
    """Codes and links for passwords: answer requests for links, write codes, send both."""

    @workflow.run
    async def run(self) -> int:
        await _run(MailActivities.answer_password_requests, "answer requests for links")
        await _run(NoticeActivities.write_codes, "write the codes of withdrawals")
        return await workflow.execute_activity_method(
            MailActivities.send_codes,
            start_to_close_timeout=timedelta(minutes=2),
            retry_policy=ONCE_MORE,
            summary="send codes and links",
        )


@workflow.defn(name="Mails")
class MailsWorkflow:
    """All other mails: turn notices into mails, send what waits."""

    @workflow.run
    async def run(self) -> int:
        if not workflow.patched("codes-apart"):
            await _run(MailActivities.answer_password_requests, "answer requests for links", timedelta(seconds=60))
        if workflow.patched("notices"):
            await _run(NoticeActivities.note_deadlines, "note near deadlines")
            await _run(NoticeActivities.tell_notices, "write to the parties of deals")
        if workflow.patched("wallet-mails"):
            await _run(WalletNoticeActivities.write_wallet_mails, "mail owners of wallets about movements")
        return await workflow.execute_activity_method(
            MailActivities.send_mails,
            start_to_close_timeout=timedelta(minutes=5),
            retry_policy=ONCE_MORE,
            summary="send waiting mails",
        )


async def _run(activity: Any, summary: str, within: timedelta = timedelta(minutes=2)) -> None:
    """A later run retries failed notices; waiting mails are sent all the same."""
    try:
        await workflow.execute_activity_method(
            activity, start_to_close_timeout=within, retry_policy=ONCE_MORE, summary=summary
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        workflow.logger.warning("%s: failed", summary)

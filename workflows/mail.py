"""The mails' story: answer who asked for a link, tell what happened, send what waits. A schedule starts it often."""

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

# What fails is due again at the next run; a run that is repeated for long would only be in its way.
ONCE_MORE = RetryPolicy(maximum_attempts=2)


@workflow.defn(name="Mails")
class MailsWorkflow:
    @workflow.run
    async def run(self) -> int:
        await workflow.execute_activity_method(
            MailActivities.answer_password_requests,
            start_to_close_timeout=timedelta(seconds=60),
            retry_policy=ONCE_MORE,
            summary="answer who asked for a link",
        )
        if workflow.patched("notices"):
            await self._tell(NoticeActivities.note_deadlines, "note deadlines that are near")
            await self._tell(NoticeActivities.tell_notices, "write to the parties of deals")
        if workflow.patched("wallet-mails"):
            await self._tell(WalletNoticeActivities.write_wallet_mails, "tell owners of wallets what has happened")
        return await workflow.execute_activity_method(
            MailActivities.send_mails,
            start_to_close_timeout=timedelta(minutes=5),
            retry_policy=ONCE_MORE,
            summary="send waiting mails",
        )

    async def _tell(self, activity: Any, summary: str) -> None:
        """What fails is told by a later run; mails that wait are sent all the same."""
        try:
            await workflow.execute_activity_method(
                activity, start_to_close_timeout=timedelta(minutes=2), retry_policy=ONCE_MORE, summary=summary
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            workflow.logger.warning("%s: failed", summary)

"""The mails' story: answer who asked for a link, then send what waits. A schedule starts it every few seconds."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.mail import MailActivities
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
        if workflow.patched("wallet-mails"):
            await workflow.execute_activity_method(
                WalletNoticeActivities.write_wallet_mails,
                start_to_close_timeout=timedelta(minutes=2),
                retry_policy=ONCE_MORE,
                summary="tell owners of wallets what has happened",
            )
        return await workflow.execute_activity_method(
            MailActivities.send_mails,
            start_to_close_timeout=timedelta(minutes=5),
            retry_policy=ONCE_MORE,
            summary="send waiting mails",
        )

"""The stories of mails.

Codes and links have a separate story, because people are waiting for them: other mails, however many or stuck, never
delay them.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

from workflows.lookout import look_out, work
from workflows.policies import WAITING

with workflow.unsafe.imports_passed_through():
    from activities.lookout import LookoutActivities
    from activities.mail import MailActivities
    from activities.notices import NoticeActivities
    from activities.wallet_notices import WalletNoticeActivities
    from payloads.lookout import CodesWaiting, Lookout, MailsWaiting

_SENDING = timedelta(minutes=5)


@workflow.defn(name="Codes")
class CodesWorkflow:
    """Codes and links for passwords: answer requests for links, write codes, send both."""

    @workflow.run
    async def run(self, lookout: Lookout) -> None:
        await look_out(lookout, self._once)

    async def _once(self, lookout: Lookout) -> Lookout:
        waiting: CodesWaiting = await workflow.execute_activity_method(
            LookoutActivities.wait_for_codes, lookout, summary="wait for codes and links", **WAITING
        )
        done = 0
        if waiting.requests:
            done += await work(MailActivities.answer_password_requests, "answer requests for links")
        if waiting.notices:
            done += await work(NoticeActivities.write_codes, "write the codes of withdrawals")
        if waiting.mails or done:
            done += await work(MailActivities.send_codes, "send codes and links")
        return Lookout(in_vain=waiting != CodesWaiting() and not done)


@workflow.defn(name="Mails")
class MailsWorkflow:
    """All other mails: turn notices into mails, send what waits."""

    @workflow.run
    async def run(self, lookout: Lookout) -> None:
        await look_out(lookout, self._once)

    async def _once(self, lookout: Lookout) -> Lookout:
        waiting: MailsWaiting = await workflow.execute_activity_method(
            LookoutActivities.wait_for_mails, lookout, summary="wait for mails", **WAITING
        )
        done = 0
        if waiting.deadlines:
            done += await work(NoticeActivities.note_deadlines, "note near deadlines")
        if waiting.notices or done:
            done += await work(NoticeActivities.tell_notices, "write to the parties of deals")
        if waiting.movements:
            done += await work(WalletNoticeActivities.write_wallet_mails, "mail owners of wallets about movements")
        if waiting.mails or done:
            done += await work(MailActivities.send_mails, "send waiting mails", _SENDING)
        return Lookout(in_vain=waiting != MailsWaiting() and not done)

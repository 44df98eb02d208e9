"""The stories of mails.

Codes and links have a separate story, because people are waiting for them: other mails, however many or stuck, never
delay them.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

from workflows.policies import WAITING
from workflows.poller import poll, work

with workflow.unsafe.imports_passed_through():
    from activities.mail import MailActivities
    from activities.notices import NoticeActivities
    from activities.poller import PollerActivities
    from activities.wallet_notices import WalletNoticeActivities
    from payloads.poller import CodesWaiting, MailsWaiting, PollOrder

_SENDING = timedelta(minutes=5)


@workflow.defn(name="Codes")
class CodesWorkflow:
    """Codes and links for passwords: answer requests for links, write codes, send both."""

    @workflow.run
    async def run(self, order: PollOrder) -> None:
        await poll(order, self._once)

    async def _once(self, order: PollOrder) -> PollOrder:
        waiting: CodesWaiting = await workflow.execute_activity_method(
            PollerActivities.wait_for_codes, order, summary="wait for codes and links", **WAITING
        )
        done = 0
        if waiting.requests:
            done += await work(MailActivities.answer_password_requests, "answer requests for links")
        if waiting.notices:
            done += await work(NoticeActivities.write_codes, "write the codes of withdrawals")
        if waiting.mails or done:
            done += await work(MailActivities.send_codes, "send codes and links")
        return PollOrder(failed=waiting != CodesWaiting() and not done)


@workflow.defn(name="Mails")
class MailsWorkflow:
    """All other mails: turn notices into mails, send what waits."""

    @workflow.run
    async def run(self, order: PollOrder) -> None:
        await poll(order, self._once)

    async def _once(self, order: PollOrder) -> PollOrder:
        waiting: MailsWaiting = await workflow.execute_activity_method(
            PollerActivities.wait_for_mails, order, summary="wait for mails", **WAITING
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
        return PollOrder(failed=waiting != MailsWaiting() and not done)

"""Real requests about wallets."""

from __future__ import annotations

from sqlalchemy import text

from activities.notices import NoticeActivities
from edge.sealing import Sealer
from tests.fixtures.bank import read_code
from tests.fixtures.corrections import correction
from tests.fixtures.suspense import in_suspense, is_held_back
from tests.openapi.exploring import Real
from tests.openapi.market_recipes import EARLIER, recipe
from tests.openapi.market_stand import Stand, top_up_of


@recipe("POST /users/{user_id}/wallets")
async def open_wallet(stand: Stand) -> Real:
    user = await stand.shop.api.client.user("Walter", "walter@example.test")
    return Real(path={"user_id": user["id"]}, body={"currency": "RUB"})


@recipe("POST /holds")
async def hold(stand: Stand) -> Real:
    return Real(body=await stand.pair() | {"expires_in_s": 3600})


@recipe("POST /holds/{hold_id}/capture")
@recipe("POST /holds/{hold_id}/void")
@recipe("GET /holds/{hold_id}")
async def about_a_hold(stand: Stand) -> Real:
    made = await stand.shop.api.client.make("/holds", await stand.pair() | {"expires_in_s": 3600})
    return Real(path={"hold_id": made["hold_id"]})


@recipe("POST /payment-requests/{request_id}/confirmation")
@recipe("POST /payment-requests/{request_id}/decline")
@recipe("POST /payment-requests/{request_id}/retraction")
@recipe("GET /payment-requests/{request_id}")
async def about_a_request(stand: Stand) -> Real:
    made = await stand.shop.api.client.make("/payment-requests", await stand.pair())
    return Real(path={"request_id": made["request_id"]})


@recipe("POST /corrections")
async def request_correction(stand: Stand) -> Real:
    return Real(body=correction(await stand.wallet()))


@recipe("POST /corrections/{correction_id}/approval")
async def approve_correction(stand: Stand) -> Real:
    made = await stand.shop.api.operator.make("/corrections", correction(await stand.wallet()))
    return Real(path={"correction_id": made["id"]}, body={"approve": True})


@recipe("POST /corrections/{correction_id}/retraction")
@recipe("GET /corrections/{correction_id}")
async def about_a_correction(stand: Stand) -> Real:
    staff = stand.shop.api.caller(stand.staff_key)
    made = await staff.make("/corrections", correction(await stand.wallet()))
    await staff.aclose()
    return Real(path={"correction_id": made["id"]})


@recipe("POST /top-ups")
async def order_top_up(stand: Stand) -> Real:
    return Real(body=top_up_of(await stand.usdt_wallet()))


@recipe("POST /top-ups/{top_up_id}/failure")
async def fail_top_up(stand: Stand) -> Real:
    return Real(path={"top_up_id": (await stand.top_up())["top_up_id"]}, body={"reason": "A wrong address was shown."})


@recipe("GET /top-ups/{top_up_id}")
async def about_a_top_up(stand: Stand) -> Real:
    return Real(path={"top_up_id": (await stand.top_up())["top_up_id"]})


@recipe("GET /incoming-transfers/{incoming_id}")
async def read_incoming(stand: Stand) -> Real:
    return Real(path={"incoming_id": str((await in_suspense(stand.shop.api.database)).id)})


@recipe("POST /incoming-transfers/{incoming_id}/assign")
async def assign(stand: Stand) -> Real:
    incoming = await in_suspense(stand.shop.api.database)
    body = {"wallet_id": await stand.wallet(), "reason": "By phone"}
    return Real(path={"incoming_id": str(incoming.id)}, body=body)


@recipe("POST /incoming-transfers/{incoming_id}/return")
async def send_back(stand: Stand) -> Real:
    incoming = await in_suspense(stand.shop.api.database)
    return Real(path={"incoming_id": str(incoming.id)}, body={"reason": "Sent by mistake"})


@recipe("POST /incoming-transfers/{incoming_id}/dismiss")
async def dismiss(stand: Stand) -> Real:
    incoming = await is_held_back(stand.shop.api.database)
    return Real(path={"incoming_id": str(incoming.id)}, body={"reason": "No explorer has it"})


@recipe("POST /resolutions/{resolution_id}/approval")
async def approve_resolution(stand: Stand) -> Real:
    return Real(path={"resolution_id": await _resolution(stand, stand.shop.api.operator_key)}, body={"approve": True})


@recipe("POST /resolutions/{resolution_id}/retraction")
@recipe("GET /resolutions/{resolution_id}")
async def about_a_resolution(stand: Stand) -> Real:
    return Real(path={"resolution_id": await _resolution(stand, stand.staff_key)})


async def _resolution(stand: Stand, key: str) -> str:
    """Asked for with this key."""
    incoming, staff = await in_suspense(stand.shop.api.database), stand.shop.api.caller(key)
    body = {"wallet_id": await stand.wallet(), "reason": "By phone"}
    made = await staff.make(f"/incoming-transfers/{incoming.id}/assign", body)
    await staff.aclose()
    return str(made["id"])


@recipe("POST /wallets/{wallet_id}/withdrawals")
async def withdraw(stand: Stand) -> Real:
    made = await stand.withdrawal()
    owner = (await stand.shop.api.client.read(f"/wallets/{made['wallet_id']}"))["user_id"]
    [account] = (await stand.shop.api.client.read(f"/users/{owner}/accounts"))["items"]
    body = {"account_id": account["id"], "amount": {"amount": "1.00", "currency": "RUB"}}
    return Real(path={"wallet_id": made["wallet_id"]}, body=body)


@recipe("POST /withdrawals/{withdrawal_id}/confirmation")
async def confirm_withdrawal(stand: Stand) -> Real:
    api, after = stand.shop.api, stand.post.mailbox.last_id
    made = await stand.withdrawal()
    letters = NoticeActivities(api.database, Sealer(api.settings.sealing_key_bytes), "https://market.example.test")
    await letters.write_codes()
    await stand.post.deliver()
    owner = (await api.client.read(f"/wallets/{made['wallet_id']}"))["user_id"]
    email = (await api.client.read(f"/users/{owner}"))["email"]
    code = next(
        read_code(mail.text) for mail in stand.post.mailbox.mails(to=email, after=after) if "ode" in mail.subject
    )
    return Real(path={"withdrawal_id": made["withdrawal_id"]}, body={"code": code})


@recipe("POST /withdrawals/{withdrawal_id}/codes")
async def another_code_of_a_withdrawal(stand: Stand) -> Real:
    made = await stand.withdrawal()
    async with stand.shop.api.database.transaction() as session:
        await session.execute(
            text(f"UPDATE confirmation_codes SET {EARLIER} WHERE subject = :subject"),
            {"subject": f"withdrawal/{made['withdrawal_id']}"},
        )
    return Real(path={"withdrawal_id": made["withdrawal_id"]})


@recipe("POST /withdrawals/{withdrawal_id}/test-clock")
async def advance_withdrawal_clock(stand: Stand) -> Real:
    return Real(path={"withdrawal_id": (await stand.withdrawal())["withdrawal_id"]}, body={"seconds": 1})


@recipe("POST /withdrawals/{withdrawal_id}/approval")
async def approve_withdrawal(stand: Stand) -> Real:
    made = await stand.withdrawal_to_address("1001")
    return Real(path={"withdrawal_id": made["withdrawal_id"]}, body={"approve": True})


@recipe("POST /withdrawals/{withdrawal_id}/cancellation")
@recipe("GET /withdrawals/{withdrawal_id}")
async def about_a_withdrawal(stand: Stand) -> Real:
    return Real(path={"withdrawal_id": (await stand.withdrawal())["withdrawal_id"]})

"""The market's REST API as a marketplace's back end calls it: plain HTTP, one key per intention, retries."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import httpx

BASE_PATH: Final = "/api/v1"
MAX_TRIES: Final = 8
FIRST_PAUSE_S: Final = 0.1  # doubled after each try: about 25 s in all, longer than a restart of the API
POLL_S: Final = 0.1
LONGEST_POLL_S: Final = 1.0  # longer waits poll less often

Json = dict[str, Any]
OnReply = Callable[[httpx.Response], Awaitable[None]]


class Refused(Exception):
    """A refusal by the market; `code` is stable, `status` is HTTP's, `body` the whole problem."""

    def __init__(self, reply: httpx.Response) -> None:
        self.status = reply.status_code
        self.body: Json = reply.json() if "json" in reply.headers.get("content-type", "") else {}
        self.code = str(self.body.get("code", "no_problem"))
        super().__init__(f"{self.status} {self.code}: {self.body.get('detail', reply.text[:200])}")


class NotReached(Exception):
    """The expected state was not reached in time; the message gives the actual one."""


class MarketClient:
    """Calls the market at `base_url` (scheme, host, port) with the API key of a marketplace or of an operator.

    Amounts are strings such as `"115.60"`, ids strings, answers the JSON objects of the API. `on_reply` sees every
    reply before it is returned.
    """

    def __init__(
        self, base_url: str, api_key: str | None, *, timeout_s: float = 10.0, on_reply: OnReply | None = None
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url.rstrip("/") + BASE_PATH,
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=timeout_s,
            event_hooks={"response": [on_reply] if on_reply else []},
            trust_env=False,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    # --- any request

    async def get(self, path: str, **query: str | int | None) -> httpx.Response:
        """One GET; parameters that are None are omitted."""
        given = {name: value for name, value in query.items() if value is not None}
        return await self._http.get(path, params=given or None)

    async def post(self, path: str, body: object, *, key: str | None = None) -> httpx.Response:
        """One POST, under `key` or a fresh one."""
        return await self._http.post(path, json=body, headers={"Idempotency-Key": key or new_key()})

    async def put(self, path: str, body: object, *, key: str | None = None) -> httpx.Response:
        """One PUT, under `key` or a fresh one."""
        return await self._http.put(path, json=body, headers={"Idempotency-Key": key or new_key()})

    async def form(self, path: str, **fields: str) -> httpx.Response:
        """One form POST, as OAuth uses."""
        return await self._http.post(path, data=fields)

    async def read(self, path: str, **query: str | int | None) -> Json:
        """A GET, repeated until the market answers. Raises `Refused`."""
        return await self._patiently(lambda: self.get(path, **query))

    async def make(self, path: str, body: Json, *, key: str | None = None) -> Json:
        """A POST, repeated under the same key, by default a fresh one, until the market answers. Raises `Refused`."""
        one = key or new_key()
        return await self._patiently(lambda: self.post(path, body, key=one))

    async def _patiently(self, send: Callable[[], Awaitable[httpx.Response]]) -> Json:
        for number in range(1, MAX_TRIES + 1):
            try:
                reply = await send()
            except httpx.TransportError:
                if number == MAX_TRIES:
                    raise
            else:
                if not _may_come(reply) or number == MAX_TRIES:
                    return _answer(reply)
            await asyncio.sleep(FIRST_PAUSE_S * 2 ** (number - 1))
        raise AssertionError("unreachable")

    # --- nouns

    async def banks(self) -> list[Json]:
        items: list[Json] = (await self.read("/banks"))["items"]
        return items

    async def user(self, name: str, email: str, reference: str | None = None, *, language: str = "en") -> Json:
        return await self.make("/users", {"name": name, "email": email, "reference": reference, "language": language})

    async def account(self, user_id: str, number: str, currency: str = "RUB", *, payout: bool = False) -> Json:
        return await self.make(f"/users/{user_id}/accounts", {"number": number, "currency": currency, "payout": payout})

    async def offer(
        self,
        seller_id: str,
        price: str,
        currency: str = "RUB",
        *,
        title: str = "A thing",
        pay_within_s: int = 600,
        quantity: int = 1,
        terms: Json | None = None,
    ) -> Json:
        offer: Json = {
            "seller_id": seller_id,
            "title": title,
            "description": "",
            "price": {"amount": price, "currency": currency},
            "pay_within_s": pay_within_s,
            "quantity": quantity,
        }
        if terms is not None:
            offer["terms"] = terms
        return await self.make("/offers", offer)

    async def moderate(self, offer_id: str, *, approve: bool = True, commission_percent: str | None = None) -> Json:
        """Needs an operator's key."""
        body = {"approve": approve, "commission_percent": commission_percent}
        return await self.make(f"/offers/{offer_id}/moderation", body)

    async def buy(self, offer_id: str, buyer_id: str) -> Json:
        return await self.make("/deals", {"offer_id": offer_id, "buyer_id": buyer_id})

    async def propose(self, buyer_id: str, seller_id: str, price: str, currency: str = "RUB", **changes: Any) -> Json:
        """A service deal of the buyer for the seller to answer; `changes` are further fields of the request."""
        body = {"buyer_id": buyer_id, "seller_id": seller_id, "title": "A service", "description": "As discussed"}
        return await self.make("/service-deals", body | {"price": {"amount": price, "currency": currency}} | changes)

    async def confirm(self, deal_id: str, seller_id: str) -> Json:
        return await self.make(f"/deals/{deal_id}/confirmation", {"user_id": seller_id})

    async def propose_contract(self, buyer_id: str, seller_id: str, amounts: Sequence[str], **changes: Any) -> Json:
        """A contract of one milestone for each amount in roubles; `changes` are further fields of the request."""
        body = {"buyer_id": buyer_id, "seller_id": seller_id, "title": "A house", "description": "As planned"}
        milestones = [{"title": f"Part {number}", "amount": amount} for number, amount in enumerate(amounts, start=1)]
        return await self.make("/contracts", body | {"currency": "RUB", "milestones": milestones} | changes)

    async def say(self, deal_id: str, user_id: str, text: str) -> Json:
        return await self.make(f"/deals/{deal_id}/messages", {"user_id": user_id, "text": text})

    async def deal(self, deal_id: str) -> Json:
        return await self.read(f"/deals/{deal_id}")

    async def events(self, deal_id: str) -> list[Json]:
        """All events of a deal and of its payments, oldest first."""
        found: list[Json] = []
        after: int | None = 0
        while after is not None:
            answer = await self.read(f"/deals/{deal_id}/events", after=after)
            found, after = found + answer["items"], answer["next"]
        return found

    async def quote(self, deal_id: str, account_id: str, amount: str | None = None) -> Json:
        return await self.read(f"/deals/{deal_id}/quote", account_id=account_id, amount=amount)

    async def pay(self, deal_id: str, account_id: str, amount: str | None = None, currency: str = "RUB") -> Json:
        """Pays `amount`, or the whole rest."""
        money = None if amount is None else {"amount": amount, "currency": currency}
        return await self.make(f"/deals/{deal_id}/payments", {"account_id": account_id, "amount": money})

    async def payment(self, payment_id: str) -> Json:
        return await self.read(f"/payments/{payment_id}")

    async def new_code(self, payment_id: str) -> Json:
        return await self.make(f"/payments/{payment_id}/codes", {})

    async def submit(self, payment_id: str, code: str) -> Json:
        return await self.make(f"/payments/{payment_id}/code-attempts", {"code": code})

    async def cancel(self, payment_id: str) -> Json:
        return await self.make(f"/payments/{payment_id}/cancellation", {})

    async def pay_out_to(self, payment_id: str, account_id: str) -> Json:
        return await self.make(f"/payments/{payment_id}/payout-account", {"account_id": account_id})

    async def refund_account(self, payment_id: str, account_id: str) -> Json:
        return await self.make(f"/payments/{payment_id}/refund-account", {"account_id": account_id})

    async def cancel_deal(self, deal_id: str, user_id: str, reason: str | None = None) -> Json:
        """On behalf of a party. The deal ends when the other party asks too, or at once before any money was paid."""
        return await self.make(f"/deals/{deal_id}/cancellation", {"user_id": user_id, "reason": reason})

    async def extend(self, deal_id: str, user_id: str, pay_by: str) -> Json:
        """On behalf of a party. The deadline changes when the other party asks for the same."""
        return await self.make(f"/deals/{deal_id}/extension", {"user_id": user_id, "pay_by": pay_by})

    async def accept(self, deal_id: str, buyer_id: str) -> Json:
        return await self.make(f"/deals/{deal_id}/acceptance", {"user_id": buyer_id})

    async def refund(
        self, deal_id: str, cause: str, amount: str | None = None, *, seller_id: str | None = None
    ) -> Json:
        """Refunds an amount in roubles, or the whole rest; `seller_id` with the cause `seller`."""
        money = None if amount is None else {"amount": amount, "currency": "RUB"}
        body = {"amount": money, "cause": cause, "reason": "As agreed", "user_id": seller_id}
        return await self.make(f"/deals/{deal_id}/refunds", body)

    # --- waiting

    async def until_deal(self, deal_id: str, *states: str, within_s: float = 60.0) -> Json:
        """Waits until the deal is in one of `states`. Raises `NotReached`."""
        return await self._until(f"/deals/{deal_id}", states, within_s)

    async def until_payment(self, payment_id: str, *states: str, within_s: float = 60.0) -> Json:
        """Waits until the payment is in one of `states`. Raises `NotReached`."""
        return await self._until(f"/payments/{payment_id}", states, within_s)

    async def until_refund(self, refund_id: str, *states: str, within_s: float = 60.0) -> Json:
        """Waits until the refund is in one of `states`. Raises `NotReached`."""
        return await self._until(f"/refunds/{refund_id}", states, within_s)

    async def _until(self, path: str, states: tuple[str, ...], within_s: float) -> Json:
        give_up = time.monotonic() + within_s
        pause_s = POLL_S
        while True:
            answer = await self.read(path)
            if answer["state"] in states:
                return answer
            if time.monotonic() > give_up:
                raise NotReached(f"{path} is {answer['state']} after {within_s:g} s, not {' or '.join(states)}")
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, LONGEST_POLL_S)


def new_key() -> str:
    """A fresh idempotency key: one per intention, the same for all its tries."""
    return secrets.token_urlsafe(16)


def _answer(reply: httpx.Response) -> Json:
    if reply.status_code >= 400:
        raise Refused(reply)
    answer: Json = reply.json()
    return answer


def _may_come(reply: httpx.Response) -> bool:
    """Whether repeating the request under the same key may get a different answer later."""
    if reply.status_code >= 500:
        return True
    return reply.status_code == 409 and Refused(reply).code == "request_in_progress"

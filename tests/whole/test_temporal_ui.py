"""What operators see of a stack: in the Temporal UI each step of a deal with its bank and amount, and what is awaited;
in Prometheus what went through each program; at a collector of traces what a request has caused.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

import httpx
import pytest
import pytest_asyncio
from holdfast_client.models.deal_now_out import DealNowOut
from playwright.async_api import Browser, Page, expect
from temporalio.client import Client

from bench.spans import Span
from demo.market import Payment
from demo.world import Person, World
from schedules import WORKFLOWS
from tests.checks.test_alarms import METRIC, SDK, expressions
from tests.fixtures.browser import picture
from tests.fixtures.receiver import Receiver
from tests.fixtures.sagas import eventually
from tests.fixtures.traces import spans_in, way_to
from tests.replay.histories import texts
from tests.whole.conftest import Whole
from texts.saved_views import SAVED_VIEWS, address

SILENT = 3  # a bank of its own for the deal that is paid late, so that the time until then is that of the other tests
LATE_S = 20  # to pay: longer than a busy machine needs to submit a code
SILENT_S = 600.0  # the bank, longer than the test lasts
FOLLOW = """(main, address) => {
    const link = document.createElement("a");
    link.href = address;
    main.append(link);
    link.click();
    link.remove();
}"""
# Metrics that the SDK exports only once they happen.
SELDOM = {"temporal_workflow_task_execution_failed_total"}
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")

pytestmark = pytest.mark.timeout(300)


@dataclass
class Operator:
    """A browser at the Temporal UI of a stack on which people have traded."""

    world: World
    page: Page
    client: Client
    collector: Receiver
    paid: DealNowOut
    payment: Payment
    late: DealNowOut
    late_payment: Payment

    async def _open(self, path: str) -> None:
        """Follows a link within the UI, which takes a processor a second; to load it anew takes five."""
        before, address = self.page.url, f"{self.world.stack.urls['temporal_ui']}/namespaces/default/workflows{path}"
        if before == "about:blank":
            await self.page.goto(address)
        else:
            await self.page.locator("main").evaluate(FOLLOW, address)
            await self.page.wait_for_url(lambda url: url != before, timeout=60_000)

    async def misses(self, workflow: str, *wanted: str) -> list[str]:
        """What of `wanted` the page of a workflow, with its history, does not show in time."""
        await self._open(f"/{quote(workflow, safe='')}")
        await self.page.get_by_role("tab", name="Event History").click()
        missing = []
        for text in wanted:
            try:
                await expect(self.page.locator("main")).to_contain_text(text, timeout=60_000)
            except AssertionError:
                missing.append(text)
        await picture(self.page, f"temporal-{workflow.partition('/')[0]}-{wanted[0].lower()}")
        return missing

    async def unnamed(self, workflow: str, *wanted: str) -> list[str]:
        """What of `wanted` the history of a workflow does not have in time; without its page, which takes seconds."""
        handle = self.client.get_workflow_handle(workflow)

        async def missing() -> list[str]:
            shown = list(texts(await handle.fetch_history()))
            return [one for one in wanted if not any(one in text for text in shown)]

        return await eventually(missing, lambda found: not found, f"{wanted} in the history of {workflow}")

    async def list(self, query: str = "") -> list[str]:
        """The ids of deals, payments and so on, on the list's first page, which is to have the deal that was paid."""
        if query:
            await self.page.goto("about:blank")  # or the rows of the list before would be taken for those of this one
        await self._open(query)
        links = "main table tbody a[href*='/workflows/']"
        # The tables of a workflow's page have such links too, and stand until the list has come.
        await expect(self.page.locator(f"{links}[href*='{self.paid.id}']").first).to_be_visible(timeout=60_000)
        await picture(self.page, f"temporal-list-{'view' if query else 'default'}")
        addresses = await self.page.locator(links).evaluate_all("links => links.map(link => link.getAttribute('href'))")
        paths = [unquote(address).split("/workflows/")[1] for address in addresses]
        return ["/".join(path.split("/")[:2]) for path in paths]  # after it the run


async def bought(world: World, pay_within_s: int = 600, bank_id: int = 1) -> tuple[DealNowOut, Person]:
    """A new deal between the same people as before; a buyer at another bank is another one."""
    buyer, seller = world.cast[bank_id][0], world.cast[2][0]
    return await world.bought(seller, buyer, "300.00", "A chair", pay_within_s), buyer


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def operator(whole: Whole, browser: Browser) -> AsyncIterator[Operator]:
    """One deal was paid. Of another a code is submitted to a bank that does not answer; the time to pay goes by."""
    world = whole.stand.world
    late, buyer = await bought(world, LATE_S, SILENT)
    late_payment = await world.market.pay(late.id, buyer.account_id)
    code = await world.code(buyer)
    await world.bank.behave(SILENT, slow_s=SILENT_S, steps=("debit",))
    await world.market.submit(late_payment.id, code)
    paid, buyer = await bought(world)
    payment = await world.pay(paid, buyer)
    await world.market.until_deal(paid.id, "completed")
    context = await browser.new_context(viewport={"width": 1500, "height": 1400})
    page = await context.new_page()
    yield Operator(world, page, whole.stand.client, whole.collector, paid, payment, late, late_payment)
    await context.close()
    await world.bank.behave(SILENT)


async def test_each_step_of_a_paid_deal_is_named_with_its_bank_and_amount(operator: Operator) -> None:
    missing = await operator.misses(
        f"payment/{operator.payment.id}",
        "Completed",
        "open 300.00 RUB at account at bank 1, and have a code mailed",
        "try 1: redeem the code at account at bank 1, hold 300.00 RUB and the fee",
        "capture what is held: capture 1 of 300.00 RUB, account at bank 1",
        "pay the seller: credit 1 of 300.00 RUB, account at bank 2",
        "pay the platform's commission: commission 1 of 300.00 RUB, account at bank 1",
    )
    assert missing == []
    assert await operator.unnamed(f"deal/{operator.paid.id}", "payment deadline", "do books and banks agree?") == []


async def test_a_refund_names_what_goes_back(operator: Operator) -> None:
    paid = operator.paid
    refund = await operator.world.market.refund_by_seller(paid.id, "100.00", paid.seller_id)
    await operator.world.market.until_refund(refund.id, "refunded")
    wanted = "claw back from the seller and the platform, of 100.00 RUB"
    assert await operator.unnamed(f"refund/{refund.id}", wanted) == []


async def test_a_deal_that_waits_for_a_code_has_a_named_timer(operator: Operator) -> None:
    deal, buyer = await bought(operator.world)
    await operator.world.market.pay(deal.id, buyer.account_id)
    await operator.world.code(buyer)
    assert await operator.misses(f"deal/{deal.id}", "Running", "payment deadline") == []


async def test_a_late_bank_is_a_pending_step_with_its_tries(operator: Operator) -> None:
    await operator.world.market.until_deal(operator.late.id, "settling")
    missing = await operator.misses(
        f"payment/{operator.late_payment.id}",
        "Running",
        f"try 1: redeem the code at account at bank {SILENT}",
        "Pending Activities",
    )
    assert missing == []
    assert await operator.unnamed(f"deal/{operator.late.id}", "close to new money: deadline") == []


async def test_the_list_is_of_deals_and_payments_and_a_view_narrows_it(operator: Operator) -> None:
    """By now codes and mails were sent, and banks and fees copied, for all deals of this module."""
    count = operator.client.count_workflows
    by_type = {type_: (await count(f"WorkflowType = '{type_}'")).count for type_ in WORKFLOWS.values()}
    assert set(by_type.values()) == {1}, by_type  # a line each, since the start

    listed = await operator.list()
    assert {f"deal/{operator.paid.id}", f"payment/{operator.payment.id}"} <= set(listed), listed
    view = next(view for view in SAVED_VIEWS if view.name == "Deals")
    narrowed = await operator.list(f"?{urlsplit(address(view, 'http://ui')).query}")
    assert narrowed
    assert all(run.startswith("deal/") for run in narrowed), narrowed


async def test_every_program_says_what_went_through_it_on_a_listener_of_its_own(operator: Operator) -> None:
    site, read = operator.world.stack.site, {}
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        for part in ("api_metrics", "worker_metrics", "temporal_metrics", "bank_metrics", "signer_metrics"):
            read[part] = (await client.get(f"{site.http(part)}/metrics")).raise_for_status().text
        assert (await client.get(f"{site.http('api')}/metrics")).status_code == httpx.codes.NOT_FOUND

    paid = 'method="POST",route="/api/v1/deals/{deal_id}/payments",status="201"'
    assert f"holdfast_http_requests_total{{{paid}}}" in read["api_metrics"]
    assert 'holdfast_bank_calls_total{outcome="done"}' in read["worker_metrics"]
    for source in ("pool", "market"):
        assert f'holdfast_figures_up{{source="{source}"}} 1.0' in read["worker_metrics"]
    assert 'holdfast_figures_up{source="bank"} 1.0' in read["bank_metrics"]
    assert 'holdfast_bank_guarantee_minor{bank="1",currency="RUB"}' in read["bank_metrics"]
    assert 'holdfast_signer_day_limit_minor{purpose="withdrawal"} 5e+10' in read["signer_metrics"]
    assert [part for part, text in read.items() if ID.search(text)] == []
    named = {name for asked in expressions() for name in METRIC.findall(asked) if name.startswith(SDK)}
    assert [name for name in sorted(named - SELDOM) if name not in read["temporal_metrics"]] == []


async def test_one_trace_leads_from_a_request_to_the_statements_of_the_bank_and_names_nobody(
    operator: Operator,
) -> None:
    world = operator.world
    deal, buyer = await bought(world)
    payment = await world.market.pay(deal.id, buyer.account_id)
    code = await world.code(buyer)
    await world.market.submit(payment.id, code)
    await world.market.until_deal(deal.id, "completed")

    async def ways() -> set[tuple[str, ...]]:
        """Of the requests about the deal and its payment, to each statement of the bank."""
        spans = spans_in(operator.collector.received)
        began = {one.trace for one in spans if not one.parent and {deal.id, payment.id} & set(one.attributes.values())}
        at_bank = [one for one in spans if one.trace in began and one.program == "holdfast-bank" and _is_sql(one)]
        return {tuple(way_to(one, spans)[:-1]) for one in at_bank}

    def request(address: str, workflow: str, step: str, call: str) -> tuple[str, ...]:
        return (
            f"api: POST /api/v1/{address}",
            f"api: wake {workflow}",
            f"worker: {step}",
            "worker: POST",
            f"bank: {call}",
        )

    wanted = {
        request("deals/{deal_id}/payments", "Payment", "open_operation", "POST /api/v1/operations"),
        request(
            "payments/{payment_id}/code-attempts", "Payment", "debit", "POST /api/v1/operations/{operation_key}/debit"
        ),
    }
    await eventually(ways, lambda found: found >= wanted, f"traces of payment {payment.id}")

    sent = b"".join(one.body for one in operator.collector.received)
    logged = b"".join(world.stack.logs[program].read_bytes() for program in ("api", "worker", "bank", "signer"))
    assert b"INSERT INTO" in sent and b"worker_ready" in logged
    site = world.stack.site
    keys = [site.secret(name) for name in ("pepper", "sealing_key", site.bank_key("payments"), "signer_key")]
    assert buyer.number.encode() not in sent  # lines of the bank name the path of a request, which may have it
    for secret in (code, code.replace("-", ""), buyer.email, *keys):
        assert secret.encode() not in sent + logged, secret


def _is_sql(span: Span) -> bool:
    return "db.query.text" in span.attributes

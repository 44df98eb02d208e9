"""Two builds of the worker side by side: which of them takes an open deal, and that nothing is done twice meanwhile."""

from __future__ import annotations

from typing import Any

from temporalio.common import VersioningBehavior

from deployments import Deployment
from releases import BUILD_ID, WORKFLOWS
from replay_check import deploy
from tests.fixtures.commands import Outcome, holdfast
from tests.fixtures.commands import market as variables
from tests.fixtures.sagas import Market, eventually
from tests.fixtures.withholding import withheld, withhold
from tests.replay.reordered import DelayedPayment

OLD, NEW = "holdfast-0.0.9-0123456789ab", BUILD_ID


async def _builds(market: Market, workflow_id: str) -> list[str]:
    """The builds that took the workflow's tasks, in the order of their first one."""
    history = await market.environment.client.get_workflow_handle(workflow_id).fetch_history()
    taken = [one.workflow_task_completed_event_attributes.deployment_version.build_id for one in history.events]
    return list(dict.fromkeys(filter(None, taken)))


async def _statuses(deployment: Deployment) -> dict[str, str]:
    return {build.id: build.status for build in await deployment.builds()}


async def _command(market: Market, *words: str) -> Outcome:
    """`holdfast deploy …` with the settings of this market's worker."""
    where = {"TEMPORAL_ADDRESS": market.environment.client.service_client.config.target_host}
    names = {"HOLDFAST_TASK_QUEUE": market.task_queue, "HOLDFAST_DEPLOYMENT": market.task_queue}
    return await holdfast("deploy", *words, **variables(market.stored, **where, **names))


async def test_open_deals_go_on_with_the_new_build_while_the_old_one_runs(idle_market: Market) -> None:
    market, deployment = idle_market, Deployment(idle_market.environment.client, idle_market.task_queue)
    async with market.working(build=OLD), market.working(build=NEW):
        await eventually(deployment.builds, lambda found: len(found) == 2, "both builds")
        await deploy(market.sagas, deployment, build=OLD)

        _, buyer, deal = await market.sale()
        first = await market.paid(deal, buyer, "200.00")
        await market.until(first, "held")
        _, silent_buyer, silent = await market.sale(sellers_bank=1, buyers_bank=2)
        asked, code = await market.asked_for_code(silent, silent_buyer)
        await withhold(market.bank, 2, "debit")
        await market.submit(asked, code)
        await withheld(market.bank)
        open_ones = {f"deal/{deal.id}", f"payment/{first.id}", f"deal/{silent.id}", f"payment/{asked.id}"}
        await eventually(market.sagas.open_workflow_ids, lambda seen: seen >= open_ones, "all in Temporal's list")
        assert {name for one in open_ones for name in await _builds(market, one)} == {OLD}

        others = [kind for kind in WORKFLOWS if kind.__name__ != "PaymentWorkflow"]
        refused = await deploy(market.sagas, deployment, build=NEW, workflows=[*others, DelayedPayment])
        assert f"payment/{first.id}" in refused.misfits
        assert await _statuses(deployment) == {OLD: "current", NEW: "inactive"}

        assert (await _command(market, "ramp", "10")).err == "This build gets 10 % of the workflows."
        assert f"{NEW}  ramping 10 % since " in (await _command(market, "status")).out
        assert (await _command(market, "current")).err == "This build is current."
        assert (await _statuses(deployment))[NEW] == "current"
        await market.until(await market.paid(deal, buyer), "completed")
        await market.until(deal, "completed")
        await market.bank_reports(2, asked)
        await market.until(silent, "completed")
        for one in open_ones:
            assert await _builds(market, one) == [OLD, NEW]

        await market.redrive()
        assert await market.alarms() == {}
        await eventually(lambda: _statuses(deployment), lambda seen: seen[OLD] == "drained", "the old build drained")


async def test_an_open_deal_goes_over_to_a_deployment_back_to_its_older_build_and_out_of_it_again(
    idle_market: Market,
) -> None:
    market, deployment = idle_market, Deployment(idle_market.environment.client, idle_market.task_queue)
    async with market.working(build=OLD), market.working(build=NEW), market.working():
        await eventually(deployment.builds, lambda found: len(found) == 2, "both builds")
        _, buyer, deal = await market.sale()

        async def part(amount: str | None = None) -> set[str]:
            """Pays one, and which build took the tasks of its payment."""
            paid = await market.paid(deal, buyer, *[amount] if amount else [])
            await market.until(paid, "held" if amount else "completed")
            return set(await _builds(market, f"payment/{paid.id}"))

        assert await part("10.00") == set()
        assert (await _command(market, "current")).err == "This build is current."
        assert await part("20.00") == {NEW}
        await deploy(market.sagas, deployment, build=OLD)
        assert await part("30.00") == {OLD}
        off = await _command(market, "off")
        assert off.err == "No build is current: workers without HOLDFAST_DEPLOYMENT take every workflow."
        assert "current" not in (await _statuses(deployment)).values()
        assert await part() == set()
        await market.until(deal, "completed")
        assert await _builds(market, f"deal/{deal.id}") == [NEW, OLD]
        assert await market.alarms() == {}


async def test_a_build_without_a_worker_does_not_become_current(idle_market: Market) -> None:
    async with idle_market.working(build=OLD):
        deployment = Deployment(idle_market.environment.client, idle_market.task_queue)
        await eventually(deployment.builds, lambda found: len(found) == 1, "the build")
        refused = await _command(idle_market, "current")
        assert (refused.status, len(refused.err.splitlines())) == (1, 1)
        assert "Temporal refused" in refused.err
        assert "No build is current" in (await _command(idle_market, "status")).err


def test_no_definition_says_a_behaviour_which_temporal_refuses_of_a_worker_without_a_deployment() -> None:
    kinds: dict[str, Any] = {one.__name__: vars(one)["__temporal_workflow_definition"] for one in WORKFLOWS}
    said = {name for name, kind in kinds.items() if kind.versioning_behavior is not VersioningBehavior.UNSPECIFIED}
    assert said == set()

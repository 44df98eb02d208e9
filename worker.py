"""The worker: runs workflows and activities of one task queue until it is stopped."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
import uvloop
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker

from activities.chain_notices import chain_notices
from activities.checkpoint import books_are_current, books_notices
from activities.code import CodeActivities
from activities.deal import DealActivities
from activities.delays import Delays
from activities.directory import DirectoryActivities
from activities.expiry import ExpiryActivities
from activities.failpoints import FailPoint
from activities.feed import FeedActivities
from activities.funding import FundingActivities
from activities.incoming_transfers import IncomingTransferActivities
from activities.logs import ActivityLogs
from activities.mail import MailActivities
from activities.notices import NoticeActivities
from activities.outgoing import OutgoingActivities
from activities.override import OverrideActivities
from activities.payment import PaymentActivities
from activities.payment_request import PaymentRequestActivities
from activities.poller import PollerActivities
from activities.redriver import RedriverActivities, RedriverWatch
from activities.refund import RefundActivities
from activities.release import ReleaseActivities
from activities.scanner import ScannerActivities
from activities.sweep import SweepActivities
from activities.top_up import TopUpActivities
from activities.wallet_notices import WalletNoticeActivities
from activities.webhook import WebhookActivities
from activities.withdrawal import WithdrawalActivities
from activities.withdrawal_transfer import WithdrawalTransferActivities
from bank.banks import Banks
from edge.database import OUTAGES, Database
from edge.health import serve_health
from edge.mailer import Mailer
from edge.metrics import Reader, pool_of, serve_metrics
from edge.observed import observe
from edge.outward import Outward
from edge.sealing import Sealer
from edge.startup import complain, leave, load
from market.banks import banks_of
from rails.chain import chain_of
from rails.outgoing import Outgoing, outgoing_of
from rails.rails import Rails
from releases import BUILD_ID, WORKFLOWS, identity
from sagas import Sagas, connect
from settings import CACHED_WORKFLOWS, MarketSettings
from store.operations.bank_client_alarms import bank_client_alarms
from store.operations.figures import market_figures
from store.operations.webhook_alarms import webhook_alarms
from store.wallets.confirmation_codes import CodeRules
from workflows.sandbox import sandboxed

log = structlog.get_logger()

# How the SDK marks what `activity.defn` decorates.
_ACTIVITY = "__temporal_activity_definition"

# With the client's short task time-out: a killed worker's workflows continue elsewhere after 5 to 7 s.
STICKY_TIMEOUT = timedelta(seconds=2)
GRACE = timedelta(seconds=10)
CONNECT_AGAIN_S = 1.0
# What a worker does at once. A task of a workflow lasts as long as the steps within it: milliseconds, or two seconds
# while a bank is silent, and so many go on beside it. With many more, a thousand deals that wake in one second would
# wait for each other until their steps have no time left. An activity waits for a bank, for 5 s at most.
WORKFLOW_TASKS = 40
ACTIVITIES = 100
LOOK_AFTER_SCHEDULES_S = 5.0


def activities(
    database: Database,
    banks: Banks,
    sealer: Sealer,
    codes: CodeRules,
    sagas: Sagas,
    *,
    redrive_every_s: float,
    directory_every_s: float = 60.0,
) -> list[Any]:
    """Every activity except those of mails, bound to its dependencies."""
    rails = Rails(database, banks, sealer, codes)
    return activities_of(
        DealActivities(database, banks, sagas),
        PaymentActivities(database, rails, sagas),
        CodeActivities(database, rails, sealer, sagas),
        ReleaseActivities(database, rails, sagas),
        RefundActivities(database, banks, rails, sagas),
        OverrideActivities(database, banks, sagas),
        RedriverActivities(database, banks, sagas, every_s=redrive_every_s),
        DirectoryActivities(database, banks, every_s=directory_every_s),
        ExpiryActivities(database),
        FeedActivities(database, sagas),
        FundingActivities(database, sagas),
        PaymentRequestActivities(database, sagas),
        TopUpActivities(database, sagas),
        WithdrawalActivities(database, banks, sagas),
    )


def sending_activities(database: Database, chain: Outgoing | None, sagas: Sagas, settings: MarketSettings) -> list[Any]:
    """Activities that move money on the chain; without `chain` nothing leaves, and nothing is swept."""
    return activities_of(
        OutgoingActivities(database, chain, sagas),
        SweepActivities(database, chain, sagas, settings.sweep_rules, every_s=settings.sweep_every_s),
        WithdrawalTransferActivities(database, chain, sagas),
    )


def watching_activities(database: Database, sealer: Sealer, settings: MarketSettings) -> list[Any]:
    """Activities that poll for mails and holds, and those of mails; without a mail server mails wait."""
    url = settings.smtp_url
    mailer = None if url is None else Mailer(url.get_secret_value(), settings.mail_sender)
    return activities_of(
        PollerActivities(database, mails_every_s=settings.mails_every_s, holds_every_s=settings.expiry_every_s),
        MailActivities(database, sealer, settings.pepper_bytes, mailer, settings.public_url),
        NoticeActivities(database, sealer, settings.public_url),
        WalletNoticeActivities(database, sealer, settings.public_url),
    )


def activities_of(*bound: object) -> list[Any]:
    """The methods of these objects that are activities."""
    return [getattr(one, name) for one in bound for name in dir(one) if hasattr(getattr(one, name), _ACTIVITY)]


def build_worker(
    client: Client,
    task_queue: str,
    bound: Sequence[Any],
    *,
    sandbox: bool = True,
    fail_point: str | None = None,
    cached: int = CACHED_WORKFLOWS,
    deployment: str | None = None,
    build_id: str = BUILD_ID,
) -> Worker:
    """A worker over `bound` activities; outside the sandbox it does about twice as much. It dies at `fail_point`.

    It keeps `cached` workflows in memory; one beyond them is replayed from its history when it is woken. As part of a
    `deployment` it gets nothing to do before its build is current or ramping.
    """
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=bound,
        workflow_runner=sandboxed() if sandbox else UnsandboxedWorkflowRunner(),
        **identity(deployment, build_id),
        max_cached_workflows=cached,
        max_concurrent_workflow_tasks=WORKFLOW_TASKS,
        max_concurrent_activities=ACTIVITIES,
        max_concurrent_local_activities=WORKFLOW_TASKS,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        sticky_queue_schedule_to_start_timeout=STICKY_TIMEOUT,
        graceful_shutdown_timeout=GRACE,
        interceptors=[ActivityLogs(), Delays(), *([] if fail_point is None else [FailPoint(fail_point)])],
    )


async def main(settings: MarketSettings) -> None:
    """Runs until SIGTERM or SIGINT, then lets running activities finish."""
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    sealer = Sealer(settings.sealing_key_bytes)
    banks = banks_of(settings, database)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    _measure_temporal(settings)
    client = await _connected(settings.payload_key_bytes, stop)
    if client is None:
        return
    sagas = Sagas(client, settings.task_queue)
    if settings.fail_point is not None:
        log.warning("worker_will_die", at=settings.fail_point)
    with suppress(*OUTAGES):  # then the first redriver asks
        await books_are_current(database, banks)
    outgoing = outgoing_of(settings.node, settings.tron_second_url, settings.signer)
    chain = chain_of(settings.node, settings.tron_second_url, settings.tron_second_above, settings.signer)
    outward = Outward(settings.webhook_host_names)
    bound = [
        *activities(
            database,
            banks,
            sealer,
            CodeRules(settings.pepper_bytes),
            sagas,
            redrive_every_s=settings.redrive_every_s,
            directory_every_s=settings.directory_every_s,
        ),
        *watching_activities(database, sealer, settings),
        *sending_activities(database, outgoing, sagas, settings),
        *activities_of(
            IncomingTransferActivities(database, banks, sagas, every_s=settings.statements_every_s),
            ScannerActivities(database, sagas, chain, first_block=settings.tron_first_block),
            WebhookActivities(database, sealer, outward, sagas),
        ),
    ]
    readers: dict[str, Reader] = {"pool": pool_of(database), "market": partial(market_figures, database)}
    watch = RedriverWatch(database, settings.redrive_overdue_s)
    checks = {"database": database.reachable, "temporal": sagas.ready, "redriver": watch.comes_round}
    worker = build_worker(
        client,
        settings.task_queue,
        bound,
        sandbox=settings.sandbox,
        fail_point=settings.fail_point,
        cached=settings.cached_workflows,
        deployment=settings.deployment,
    )
    async with (
        worker,
        serve_health(settings.worker_host, settings.worker_port, checks, partial(_notices, database)),
        serve_metrics(settings.metrics_host, settings.worker_metrics_port, readers),
    ):
        log.info("worker_ready", task_queue=settings.task_queue, build=BUILD_ID, pid=os.getpid())
        await keep_schedules(sagas, settings, stop)
    for clients in (outgoing, chain, outward, banks):
        if clients is not None:
            await clients.aclose()
    await database.close()


def _measure_temporal(settings: MarketSettings) -> None:
    """Has the SDK serve its own metrics, in the units that Prometheus expects; before the first client is made."""
    if settings.temporal_metrics_port is not None:
        metrics = PrometheusConfig(
            bind_address=f"{settings.metrics_host}:{settings.temporal_metrics_port}",
            counters_total_suffix=True,
            unit_suffix=True,
            durations_as_seconds=True,
        )
        Runtime.set_default(Runtime(telemetry=TelemetryConfig(metrics=metrics)))


async def _notices(database: Database) -> list[str]:
    async with database.reading() as session:
        others = [*await webhook_alarms(session), *await bank_client_alarms(session)]
    return [*await books_notices(database), *await chain_notices(database), *others]


async def keep_schedules(sagas: Sagas, settings: MarketSettings, stop: asyncio.Event) -> None:
    """Keeps the schedules until `stop`: without them nothing is redriven, and they can be deleted or lost."""
    renewed = False
    while not stop.is_set():
        renewed |= await sagas.keep_schedules(settings.schedules_every_s, renew=not renewed)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_AFTER_SCHEDULES_S)


async def _connected(keys: Sequence[bytes], stop: asyncio.Event) -> Client | None:
    """A client once Temporal answers, however long that takes; None when stopped before."""
    while not stop.is_set():
        try:
            return await connect(keys, lazy=False)
        except RuntimeError as error:
            log.warning("temporal_not_reached", error=str(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), CONNECT_AGAIN_S)
    return None


if __name__ == "__main__":
    observe("worker")
    try:
        uvloop.run(main(load(MarketSettings)))
    except Exception as error:  # noqa: BLE001 # every failure is reported, and the process ends
        leave(complain("worker", error))
    leave(0)

"""Time-outs and retries of activities. Each figure is here with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio.common import RetryPolicy

# A killed worker is noticed after this long instead of the default 10 s. Longer than a step that is taken within a
# task, with time for a busy worker to say so: a task that times out is taken again, with everything in it.
TASK_TIMEOUT = timedelta(seconds=5)

# Differences between books and banks may disappear by themselves: a bank lists an operation late, a correction.
COMPARED_AGAIN_AFTER_S = 300

# One transaction on our own database: short, and tried until it succeeds. Every such activity may run twice.
TRANSACTION: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=10),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(milliseconds=100),
        backoff_coefficient=2,
        maximum_interval=timedelta(seconds=10),
    ),
}

# One question to a bank. The activity succeeds only with the bank's final answer; while the outcome is unknown it fails
# and is tried again, for days if need be, at most once a minute: asking must not fill a history.
BANK: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=15),
    "heartbeat_timeout": timedelta(seconds=4),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(milliseconds=500),
        backoff_coefficient=2,
        maximum_interval=timedelta(seconds=60),
    ),
}

# Polling for work: one activity waits for it, ten minutes at most. A killed worker's poller continues elsewhere.
WAITING: dict[str, Any] = {
    "start_to_close_timeout": timedelta(minutes=11),
    "heartbeat_timeout": timedelta(seconds=10),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1),
        backoff_coefficient=2,
        maximum_interval=timedelta(seconds=5),
    ),
}

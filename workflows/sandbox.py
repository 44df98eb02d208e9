"""The sandbox that workflows run in, and what of the product is not imported anew for each of them."""

from __future__ import annotations

from typing import Final

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

# Names of activities, rules without input and output, frozen payloads: nothing there remembers anything. Imported anew,
# they were most of what the start of a workflow costs. The workflows' own modules stay inside.
PASSED_THROUGH: Final = (
    "activities",
    "audit",
    "bank",
    "domain",
    "edge",
    "ledger",
    "market",
    "payloads",
    "rails",
    "store",
)


def sandboxed() -> SandboxedWorkflowRunner:
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))

"""The sandbox that workflows run in, and the parts of the product that are not imported again for each of them."""

from __future__ import annotations

from typing import Final

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

# Names of activities, rules without input and output, frozen payloads: none of these keeps state. Importing them again
# was most of the cost of starting a workflow. The workflows' own modules stay inside.
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
    "signer",
    "store",
    "tron",
)


def sandboxed() -> SandboxedWorkflowRunner:
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))

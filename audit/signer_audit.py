"""The signer's own audit, requested over HTTP: what it has signed, and the addresses that it has given out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Final

from audit.report import Result, Store, Violation
from signer.client import SignerClient, SignerUnavailable

NAME: Final = "signer_audits_itself"
TIMEOUT_S: Final = 1800.0  # it reads every signature again, and there are more each day

CHECKS: Final = {
    "signatures_within_their_rules": (
        22,
        "Each signature is for a transaction that its purpose allows, by its sender.",
    ),
    "days_within_their_limit": (22, "What was signed for a purpose in 24 hours is within the limit of that day."),
    "addresses_are_of_the_seed": (22, "Each address that was given out is derived from the seed."),
}


async def examine(base_url: str, key: str) -> list[Result]:
    """The signer's checks as it reports them; one failed check when it does not answer."""
    try:
        async with aclosing(SignerClient(base_url, key, timeout_s=TIMEOUT_S)) as client:
            report = await client.audit()
        return [_result(check, report["violations"]) for check in report["checks"]]
    except SignerUnavailable as why:
        return [_failed(str(why))]
    except (KeyError, TypeError, ValueError):
        return [_failed("its answer is not understood")]


def _failed(why: str) -> Result:
    violation = Violation(NAME, f"the signer was asked for its own audit: {why}")
    return Result(Store.SIGNER, NAME, None, "The signer proves what it has signed.", 0, (violation,), 1)


def _result(check: Mapping[str, Any], found: list[Mapping[str, Any]]) -> Result:
    invariant, sentence = CHECKS[check["name"]]
    name = f"signer.{check['name']}"
    violations = tuple(Violation(name, str(one["detail"])) for one in found if one["check"] == check["name"])
    broken = max(int(check["broken"]), len(violations))
    # Not every market has withdrawals to addresses.
    return Result(Store.SIGNER, name, invariant, sentence, int(check["examined"]), violations, broken, rare=True)

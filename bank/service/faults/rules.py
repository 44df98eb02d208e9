"""The faults that a request meets: a pure function of the seed and the request's number.

Rules are objects as stored: `do`, `steps` (empty: all), `times` (how often still; null: always), `probability`, and the
values of their kind. There are three groups: delays, failures before the work, and changes of the answer. In each the
first rule that applies is used, and only used rules are counted down.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Final

Rule = Mapping[str, Any]

ASK: Final = "ask"  # the step of questions; only rules that name it apply to them

_PHASES: Final = ("delay", "gate", "reply")


@dataclass(frozen=True, slots=True)
class Drawn:
    """The faults of one request: a delay in seconds, a failure before its work, a change of its answer."""

    delay_s: float = 0.0
    gate: Rule | None = None
    reply: Rule | None = None


def draw(rules: Sequence[Rule], seed: int, number: int, step: str) -> tuple[Drawn, list[Rule]]:
    """The faults of the `number`-th request at `step`, and the rules after it."""
    left = list(rules)
    taken: dict[str, tuple[int, Rule]] = {}
    for phase in _PHASES:
        if phase == "reply" and "gate" in taken:
            break  # without work there is no answer to change
        for position, rule in enumerate(left):
            if _phase(rule) == phase and _applies(rule, seed, number, position, step):
                taken[phase] = position, rule
                break
    for position, rule in taken.values():
        if rule["times"] is not None:
            left[position] = {**rule, "times": rule["times"] - 1}
    delay_s = 0.0
    if "delay" in taken:
        position, rule = taken["delay"]
        delay_s = delay_of(rule["delay"], _uniform(seed, number, position, "delay"))
    gate, reply = taken.get("gate"), taken.get("reply")
    return Drawn(delay_s, gate and gate[1], reply and reply[1]), left


def delay_of(distribution: Rule, uniform: float) -> float:
    """The delay in seconds at the quantile `uniform`, strictly between 0 and 1."""
    match distribution["kind"]:
        case "constant":
            return float(distribution["seconds"])
        case "uniform":
            low, high = distribution["low_s"], distribution["high_s"]
            return float(low + uniform * (high - low))
        case "exponential":
            drawn = -distribution["mean_s"] * math.log(1 - uniform)
        case "lognormal":
            drawn = distribution["median_s"] * math.exp(distribution["sigma"] * NormalDist().inv_cdf(uniform))
        case kind:
            raise ValueError(f"no such distribution: {kind}")
    return float(min(drawn, distribution["cap_s"]))


def _phase(rule: Rule) -> str:
    match rule:
        case {"do": "delay"}:
            return "delay"
        case {"do": "busy" | "refuse"} | {"do": "fail", "when": "before"}:
            return "gate"
    return "reply"


def _applies(rule: Rule, seed: int, number: int, position: int, step: str) -> bool:
    named = step in rule["steps"] or (not rule["steps"] and step != ASK)
    if not named or rule["times"] == 0:
        return False
    return bool(rule["probability"] >= 1 or _uniform(seed, number, position, "applies") < rule["probability"])


def _uniform(seed: int, number: int, position: int, what: str) -> float:
    """A number between 0 and 1, the same on every machine and in every run."""
    digest = hashlib.sha256(f"{seed}/{number}/{position}/{what}".encode()).digest()
    return (int.from_bytes(digest[:6], "big") + 0.5) / 2**48

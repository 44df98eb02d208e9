"""What a program shows its operators while it runs: log lines; traces and failures where somebody takes them."""

from __future__ import annotations

from edge import failures, logs, tracing


def observe(program: str, *, of_strangers: bool = False) -> None:
    """Called once, at the start of a program. `of_strangers`: others than our programs may call it."""
    logs.configure(program, report=failures.configure(program, logs.said))
    tracing.configure(program, of_strangers=of_strangers)

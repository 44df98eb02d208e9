"""`python -m checks`: every gate, then the names of those that failed. `python -m checks codes`: the error codes."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from checks.docs import codes
from checks.gates import Result, run_all
from checks.tree import Repository


def main(arguments: list[str]) -> int:
    root = Path.cwd()
    if arguments == ["codes"]:
        for code in codes(Repository(root)):
            print(f"{code.status or '':3} {code.code:32} {code.path}:{code.line}")
        return 0
    results = run_all(root)
    for result in results:
        _show(result)
    failed = [result.gate for result in results if not result.passed]
    if failed:
        print(f"\nfailed gates: {', '.join(failed)}")
        return 1
    print(f"\nall {len(results)} gates passed")
    return 0


def _show(result: Result) -> None:
    print(f"{'ok    ' if result.passed else 'FAILED'} {result.gate:12} {result.seconds:5.1f} s")
    if not result.passed:
        print("\n".join(f"    {line}" for line in result.report.splitlines()))


if __name__ == "__main__":
    gc.disable()  # a million nodes of syntax trees stay until the end
    sys.exit(main(sys.argv[1:]))

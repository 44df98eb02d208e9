"""Starts one leashed command and waits: `python -m tests.devstack.run_leashed LOG COMMAND…` prints the two pids."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from devstack.process import Launch, LeashedProcess


async def main(log: Path, command: list[str]) -> None:
    process = LeashedProcess.spawn("command", Launch(command), log)
    await process.started()
    sys.stdout.write(f"{process.leash_pid} {process.pid}\n")
    sys.stdout.flush()
    await process.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))

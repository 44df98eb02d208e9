"""A stack as a program of its own, for the tests that send it signals: `python -m tests.devstack.run_stack FOLDER`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from devstack.stack import Stack
from tests.devstack.children import tiny_program


async def main(folder: Path) -> None:
    programs = [tiny_program("mail", "mail_http"), tiny_program("api", "api", after=("mail",))]
    async with Stack(folder, programs=programs, preparations=[], report=lambda line: None) as stack:
        sys.stdout.write(json.dumps({"pids": stack.pids, "urls": stack.urls}) + "\n")
        sys.stdout.flush()
        await stack.until_stopped()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

"""From nothing to the first verified webhook, and to a paid deal: a developer who follows docs/integrate.md, timed.

The clone is of what is committed. Its environment is set up as on any machine, from the package index that pip knows.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx

from bench.guide import GUIDES, follow
from bench.options import Options
from bench.report import progress
from devstack.people import BUYER, KEY_KEPT_AS, settle_people
from devstack.site import ROOT
from devstack.stack import Stack

GUIDE: Final = "integrate.md"
FIRST: Final = "webhook.test"
_CODE: Final = re.compile(r"(?<![\w-])[0-9A-Z]{4}-[0-9A-Z]{4}(?![\w-])")


async def run(options: Options) -> None:
    """Prints a line for each step; seconds."""
    with TemporaryDirectory(prefix="holdfast-first-") as folder:
        clone = Path(folder) / "holdfast"
        for step, command in (
            ("git clone", ["git", "clone", "--quiet", str(ROOT), str(clone)]),
            ("set-up of the environment", ["make", "--silent", "-C", str(clone), ".venv/.ready"]),
        ):
            progress(f"{step} …")
            began = time.monotonic()
            await asyncio.to_thread(subprocess.run, command, check=True)
            _line(step, time.monotonic() - began)
        here = [str(clone / ".venv/bin/python"), "-m", "bench.first_webhook", str(Path(folder) / "state")]
        await asyncio.to_thread(subprocess.run, here, check=True, cwd=clone)


async def measure(state: Path) -> None:
    """A new stack, and the guide on it."""
    began = time.monotonic()
    async with Stack(state, report=progress) as stack:
        await settle_people(stack.site)
        up = time.monotonic()
        _line("start of the stack", up - began)
        os.environ |= {"API": stack.site.http("api"), "KEY": stack.site.secret(KEY_KEPT_AS)}
        seen: dict[str, float] = {}
        with httpx.Client(base_url=stack.urls["mail"], timeout=60, trust_env=False) as mails:
            await asyncio.to_thread(
                follow,
                GUIDES / GUIDE,
                dict[str, Any](),
                lambda _: _code(mails),
                lambda said: seen.setdefault(said, time.monotonic()),
            )
        _line(f"the guide, to the first verified webhook ({FIRST})", seen[FIRST] - up)
        _line("the guide, to a paid deal and its webhooks", time.monotonic() - up)


def _code(mails: httpx.Client) -> str:
    """The buyer's newest code: the guide asks for one."""
    after = 0
    while True:
        for mail in mails.get("/api/mails", params={"to": BUYER.email, "after_id": after, "wait_s": 30}).json():
            after = mail["id"]
            if found := _CODE.search(mail["text"]):
                return found[0]


def _line(step: str, seconds: float) -> None:
    print(f"  {step:<60} {seconds:6.1f} s", flush=True)


if __name__ == "__main__":
    asyncio.run(measure(Path(sys.argv[1])))

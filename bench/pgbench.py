"""pgbench, PostgreSQL's own benchmark, on the server of a benchmark."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from devstack.ports import HOST
from devstack.postgres import APP, PostgresServer, binaries

_RATE: Final = re.compile(r"tps = ([0-9.]+)")


async def rate_of(
    postgres: PostgresServer, database: str, script: str, clients: int, *, seconds: int = 0, times: int = 0
) -> float:
    """Transactions per second, `clients` at a time: for some seconds, or so many times each.

    The seconds begin before it connects. On a busy machine they can be over before the first transaction, and no rate
    is printed; each client then makes one.
    """
    pgbench = await asyncio.create_subprocess_exec(
        str(binaries() / "pgbench"),
        *("-h", HOST, "-p", str(postgres.port), "-U", APP, "-n", "-M", "prepared", "-f", "-"),
        *("-c", str(clients), "-j", str(min(clients, 2))),
        *(("-T", str(seconds)) if seconds else ("-t", str(times))),
        database,
        env={"PGPASSWORD": postgres.password(APP), "LC_ALL": "C"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await pgbench.communicate(script.encode())
    assert pgbench.returncode == 0, errors.decode()
    found = _RATE.search(out.decode())
    if found is None and seconds:
        return await rate_of(postgres, database, script, clients, times=1)
    assert found is not None, out.decode()
    return float(found[1])

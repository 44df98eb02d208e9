"""`python -m tests.prove [proof…]`: proves the sagas on a real stack, and says what it counted.

make prove                                     every proof in full
make prove ARGS="--short"                      every proof, a few minutes
make prove ARGS="model --seed 7"               one proof again, as the seed had it
make prove ARGS="--scene swept"                one scene of `crashes` or several, at each point; with --short at one
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from devstack.postgres import PostgresServer
from tests.fixtures.databases import Databases
from tests.prove.crashes import SCENES
from tests.prove.forks import Forks
from tests.prove.programs import LOADED
from tests.prove.proofs import PROOFS, Proof, Size, crashes
from tests.prove.stacks import OwnStacks


async def _run(proofs: Mapping[str, Proof], size: Size, seed: int) -> bool:
    clean = True
    with TemporaryDirectory(prefix="holdfast-prove-") as folder:
        server = PostgresServer(Path(folder) / "postgres", durable=False)
        await server.start()
        forks = Forks(*LOADED)
        stacks = OwnStacks(Databases(server), forks)
        try:
            for name, proof in proofs.items():
                began = time.monotonic()
                sys.stdout.write(f"{name}: seed {seed}\n")
                sys.stdout.flush()
                figures = await proof(stacks, size, seed)
                for difference in figures.differences[:20]:
                    sys.stdout.write(f"  DIFFERENCE {difference}\n")
                sys.stdout.write(f"  {figures.line()} · {time.monotonic() - began:.0f} s\n")
                sys.stdout.flush()
                clean = clean and not figures.differences
        finally:
            await forks.aclose()
            await server.stop()
    return clean


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description="Proves the sagas on a real stack.")
    parser.add_argument("names", nargs="*", metavar="proof", help=f"of {', '.join(PROOFS)}; all by default")
    parser.add_argument("--short", action="store_true", help="as many deals as make test has time for")
    parser.add_argument("--seed", type=int, default=None, help="of everything that is drawn; another one each time")
    parser.add_argument("--scene", action="append", choices=[scene.name for scene in SCENES], help="of `crashes` alone")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in PROOFS]:
        parser.error(f"there is no proof {unknown[0]}; there are {', '.join(PROOFS)}")
    seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    size = Size.SHORT if options.short else Size.FULL
    proofs = {name: PROOFS[name] for name in options.names or PROOFS}
    if options.scene:
        proofs = {"crashes": partial(crashes, scenes=options.scene)}
    return 0 if asyncio.run(_run(proofs, size, seed)) else 1


if __name__ == "__main__":
    sys.exit(main())

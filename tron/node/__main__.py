"""`python -m tron.node` serves; with `--control` there are the faucet and the commands, too."""

from __future__ import annotations

import sys

from edge.starting import run

if __name__ == "__main__":
    run("tron", "tron.node.program:main", sys.argv[1:])

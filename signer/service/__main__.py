"""`python -m signer.service` serves; `migrate` brings the database up to date, `make-seed` makes the seed in it."""

from __future__ import annotations

import sys

from edge.starting import run

if __name__ == "__main__":
    run("signer", "signer.service.program:main", sys.argv[1:])

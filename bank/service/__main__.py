"""`python -m bank.service` serves; `python -m bank.service migrate` brings the database to the newest schema."""

from __future__ import annotations

import sys

from edge.starting import run

if __name__ == "__main__":
    run("bank", "bank.service.program:main", sys.argv[1:])

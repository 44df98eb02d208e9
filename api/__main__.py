"""The API as a program: `python -m api`. Serves until SIGTERM or SIGINT, then lets requests in progress finish."""

from __future__ import annotations

from edge.starting import run

if __name__ == "__main__":
    run("api", "api.program:main")

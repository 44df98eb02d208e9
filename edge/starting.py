"""Start of a program: its code is loaded, it runs, and its end is reported. Standard library only until then."""

from __future__ import annotations

import gc
from importlib import import_module
from typing import NoReturn


def run(name: str, program: str, *arguments: object) -> NoReturn:
    """Calls `program`, given as `module:function`, and ends the process with the status that it returns.

    Loading creates no garbage, and collecting meanwhile would take a fifth of the start-up time.
    """
    gc.disable()
    try:
        module, _, function = program.partition(":")
        called = getattr(import_module(module), function)
        gc.freeze()
        gc.enable()
        status = int(called(*arguments))
    except Exception as error:  # noqa: BLE001 # every failure is reported, and the process ends
        from edge.startup import complain  # noqa: PLC0415  # loads the database's driver, which the program has by now

        status = complain(name, error)
    from edge.startup import leave  # noqa: PLC0415  # see above

    leave(status)

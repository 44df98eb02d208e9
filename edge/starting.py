"""How a program begins: its code is loaded, it runs, and what ended it is told. Standard library alone until then."""

from __future__ import annotations

import gc
from importlib import import_module
from typing import NoReturn


def run(name: str, program: str, *arguments: object) -> NoReturn:
    """Calls `program`, given as `module:function`, and ends the process with the status that it returns.

    Nothing of what is loaded is garbage, and to look for garbage meanwhile is a fifth of the whole start.
    """
    gc.disable()
    try:
        module, _, function = program.partition(":")
        called = getattr(import_module(module), function)
        gc.freeze()
        gc.enable()
        status = int(called(*arguments))
    except Exception as error:  # noqa: BLE001  # whatever it is, it is told and the process ends
        from edge.startup import complain  # noqa: PLC0415  # loads the database's driver, which the program has by now

        status = complain(name, error)
    from edge.startup import leave  # noqa: PLC0415  # see above

    leave(status)

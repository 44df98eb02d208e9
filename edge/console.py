"""Shared by all commands of a command line: one line for a failure, an exit status, imports on demand."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import make_url

from edge.startup import WrongSettings, explain

MAX_NAME = 200  # characters


class Failed(Exception):
    """A command failed; the message is one line for the person at the terminal."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def status_of(command: Callable[[], object]) -> int:
    """Runs the command. A failure of the environment prints one line, a bug a traceback."""
    try:
        command()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    except Failed as failed:
        say(f"holdfast: {failed}")
        return failed.status
    except Exception as error:  # noqa: BLE001 # every failure is reported, and the process ends
        line = explain(error)
        hint = "; or name a local stack with --stack" if line and line.startswith("settings missing") else ""
        say(f"holdfast: {line}{hint}" if line else traceback.format_exc())
        return 2 if isinstance(error, WrongSettings) else 1
    return 0


def call(function: str, *arguments: object, **options: object) -> int:
    """The exit status of `module:function`, imported now: stack and audit are not installed everywhere."""
    module, _, name = function.partition(":")
    try:
        found: Any = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise Failed(f"{error.name} is not installed here") from None
    return int(found(*arguments, **options) or 0)


def named(name: str | None) -> str | None:
    """A name given on the command line, by the rule that REST has for names. Raises `Failed`."""
    from edge.characters import is_line  # noqa: PLC0415  # commands import what they need when they need it

    if name is not None and not (is_line(name) and len(name) <= MAX_NAME):
        raise Failed(f"a name is one line of 1 to {MAX_NAME} characters, some of them visible", 2)
    return name


def role_in(url: str) -> str:
    """The role in a database URL."""
    role = make_url(url).username
    if role is None:
        raise Failed("the database URL names no role", 2)
    return role


def say(line: str) -> None:
    """Prints for people; standard output is for what a script reads."""
    sys.stderr.write(f"{line}\n")

"""Failures of the stack on one machine, in words that help to fix them.

StackError
├── PortTaken      a port that the user named is in use by another program
├── FolderInUse    another stack, or another server, is running on the same folder
├── ForeignFolder  a folder that this program did not create, or cannot write to
└── NotReady       a part was not ready in time, or died before it was
"""

from __future__ import annotations


class StackError(Exception):
    """A part of the embedded stack failed; the message gives the cause and the remedy."""


class PortTaken(StackError):
    pass


class FolderInUse(StackError):
    pass


class ForeignFolder(StackError):
    pass


class NotReady(StackError):
    pass

"""What can go wrong on one machine, told in words that help to mend it.

StackError
├── PortTaken      a port the user named is in use by another program
├── FolderInUse    another stack, or another server, runs on the same folder
├── ForeignFolder  a folder that this program did not make, or cannot write to
└── NotReady       a part did not become ready in its time, or died before it was
"""

from __future__ import annotations


class StackError(Exception):
    """A part of the embedded stack cannot do what it was asked to; the message names the cause and the remedy."""


class PortTaken(StackError):
    pass


class FolderInUse(StackError):
    pass


class ForeignFolder(StackError):
    pass


class NotReady(StackError):
    pass

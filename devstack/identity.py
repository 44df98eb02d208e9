"""The user that PostgreSQL runs as: PostgreSQL refuses root, so root has to run it as another user.

An ordinary user runs it directly. Root runs it as `nobody` if `nobody` can reach the programs and the data. Otherwise
(a folder with mode 0700 on the way: root's home, `mktemp -d`) root runs it inside a user namespace in which root's
files belong to user 1000 (Linux, `unshare` of util-linux).
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import StackError

REMEDY = (
    "PostgreSQL does not run as root. Run as another user, or move the checkout and the state folder "
    "to where other users may walk."
)


@dataclass(frozen=True, slots=True)
class Identity:
    """`prefix` precedes the command; `uid`/`gid` None: unchanged. `owner` must own the data folder."""

    name: str
    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None
    owner: int = 0

    @property
    def hint(self) -> str:
        """A hint for when it fails; containers often forbid user namespaces."""
        return f"\n{REMEDY}" if self.name == "unshare" else ""


def open_to_others(path: Path) -> bool:
    """Whether any user can reach `path` (search permission on every existing folder on the way)."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents if folder.exists())


def choose_identity(paths: list[Path], *, uid: int | None = None, unshare: str | None = None) -> Identity:
    """The user for programs that must reach `paths`; `uid` and `unshare` default to this process and machine.

    Raises StackError when this is root and neither way works.
    """
    uid = os.geteuid() if uid is None else uid
    if uid != 0:
        return Identity("self", owner=uid)
    if all(open_to_others(path) for path in paths):
        nobody = pwd.getpwnam("nobody")
        return Identity("nobody", uid=nobody.pw_uid, gid=nobody.pw_gid, owner=nobody.pw_uid)
    unshare = unshare or shutil.which("unshare")
    if unshare is None:
        raise StackError(f"{REMEDY} On Linux, util-linux (unshare) would do too.")
    prefix = (unshare, "--user", "--map-user=1000", "--map-group=1000", "--")
    return Identity("unshare", prefix=prefix, owner=0)


def give(folder: Path, owner: int) -> None:
    """Make `owner` the owner of `folder` and everything in it, in case root's choice has changed since the last run."""
    if os.geteuid() != 0 or (folder.exists() and folder.stat().st_uid == owner):
        return
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, owner, -1, follow_symlinks=False)

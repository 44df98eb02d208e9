"""The state folder of a stack: its owner, its secrets, and a lock that allows one stack at a time."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

from devstack.errors import FolderInUse, ForeignFolder
from devstack.files import lock_file, read_json, write_private, write_private_json

MARKER = "holdfast-state"
LOCK = "lock"
# Parts of a killed stack end within their grace periods; a new one waits that long for the last of them.
LEFTOVER_PATIENCE_S = 20.0
LOG_BYTES = 5 * 1024 * 1024


class StateFolder:
    """A folder created by this program: marked, locked while a stack runs on it, with its secrets in 0600 files."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path).absolute()
        self.logs = self.path / "logs"
        self._lock: int | None = None

    async def open(self, *, fresh: bool = False) -> None:
        """Create or take the folder and lock it; `fresh` empties it first.

        Raises ForeignFolder when it has other content or another owner, FolderInUse when a stack runs on it.
        """
        self._claim()
        self._lock = await self._acquire()
        if fresh:
            for child in self.path.iterdir():
                if child.name not in (MARKER, LOCK):
                    shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()
        write_private(self.path / "pid", f"{os.getpid()}\n")
        self.logs.mkdir(exist_ok=True, mode=0o700)
        self._close_to_others()
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > LOG_BYTES:
                log.replace(log.with_suffix(".log.1"))

    def _close_to_others(self) -> None:
        """Our files can be read only by their owner, in folders that only the owner can list.

        Root's PostgreSQL runs as another user, who must be able to reach its data; that folder is its own and 0700.
        """
        walked = (self.path, self.path / "postgres") if os.geteuid() == 0 else ()
        for folder in (self.path, self.path / "postgres", self.path / "temporal", self.logs):
            if not folder.exists():
                continue
            folder.chmod(0o711 if folder in walked else 0o700)
            for file in folder.iterdir():
                if file.is_file() and not file.is_symlink():
                    file.chmod(0o600)

    def _claim(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        if (self.path / MARKER).exists():
            owner = (self.path / MARKER).stat().st_uid
            if owner != os.geteuid():
                raise ForeignFolder(f"{self.path} belongs to user {owner}: run as that user, or name another folder")
            return
        if any(self.path.iterdir()):
            raise ForeignFolder(
                f"{self.path} has content that is not of this program. Name an empty or a new folder; "
                f"this one is neither used nor emptied."
            )
        (self.path / MARKER).write_text("State of a local holdfast stack; `holdfast up --fresh` empties this folder.\n")

    async def _acquire(self) -> int:
        lock = await lock_file(self.path / LOCK, 0)
        if lock is None:
            pid = self._owner_pid()
            if pid is not None:
                raise FolderInUse(f"another stack (pid {pid}) runs on {self.path}: stop it, or name another folder")
            lock = await lock_file(self.path / LOCK, LEFTOVER_PATIENCE_S)
        if lock is None:
            raise FolderInUse(f"processes of an earlier stack still run on {self.path}")
        return lock

    def _owner_pid(self) -> int | None:
        """The pid of the stack that last wrote it, if that process exists."""
        try:
            pid = int((self.path / "pid").read_text())
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        return pid

    def share_lock(self) -> int:
        """A descriptor for a child to inherit: the folder stays locked until the last child has ended."""
        if self._lock is None:
            raise RuntimeError("the state folder is not open")
        return os.dup(self._lock)

    def close(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def secrets(self) -> dict[str, Any]:
        """The stored secrets; peppers and the sealing key are generated on first use."""
        path = self.path / "secrets.json"
        known = read_json(path)
        if "pepper" not in known:
            known |= {
                "pepper": secrets.token_urlsafe(32),
                "bank_pepper": secrets.token_urlsafe(32),
                "sealing_key": base64.b64encode(secrets.token_bytes(32)).decode(),
            }
            write_private_json(path, known)
        if "deposit_keys" not in known:  # a state folder may be older than wallets
            known |= {"deposit_keys": f"payment-system={secrets.token_urlsafe(32)}"}
            write_private_json(path, known)
        if "signer_key" not in known:  # likewise older than the signer
            known |= {"signer_key": secrets.token_urlsafe(32), "signer_passphrase": secrets.token_urlsafe(32)}
            write_private_json(path, known)
        return known

    def keep_secret(self, name: str, value: str) -> None:
        write_private_json(self.path / "secrets.json", {**self.secrets, name: value})

"""The seed at rest: encrypted with a key that scrypt (RFC 7914) makes of the passphrase."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from edge.database import only_transaction
from edge.sealing import SealBroken, Sealer
from edge.startup import WrongSettings
from signer.service.models import Seed
from signer.service.vault import Vault

SEED_BYTES: Final = 32
COST: Final = 2**17  # scrypt's N with r=8 and p=1, as OWASP recommends: 128 MB and half a second for each guess
_SALT_BYTES: Final = 16
_CONTEXT: Final = "seed"


@dataclass(frozen=True, slots=True)
class SeedMade:
    """`main` is the address of the main wallet; `new` False: the database had this seed already."""

    main: str
    new: bool


async def make_seed(owner_url: str, passphrase: bytes, *, seed: bytes | None = None, cost: int = COST) -> SeedMade:
    """Stores `seed`, or a new random one, encrypted. A database that has one keeps it.

    Raises `WrongSettings` when it has one that `passphrase` does not open, or another one than `seed`.
    """
    async with only_transaction(owner_url) as session:
        found = await _stored(session)
        if found is not None:
            kept = _opened(found, passphrase)
            if seed is not None and seed != kept:
                raise WrongSettings("the database has another seed, which is never replaced")
            return SeedMade(Vault(kept).main, new=False)
        drawn = os.urandom(SEED_BYTES) if seed is None else seed
        salt = os.urandom(_SALT_BYTES)
        main = Vault(drawn).main
        sealed = _sealer(passphrase, salt, cost).seal(drawn.hex(), _CONTEXT)
        session.add(Seed(id=1, salt=salt, cost=cost, sealed=sealed, main_address=main))
    return SeedMade(main, new=True)


async def open_vault(url: str, passphrase: bytes) -> Vault:
    """The keys of the seed in the database. Raises `WrongSettings` when there is none, or it does not open."""
    async with only_transaction(url) as session:
        found = await _stored(session)
    if found is None:
        raise WrongSettings("there is no seed: `python -m signer.service make-seed` makes it")
    vault = Vault(_opened(found, passphrase))
    if vault.main != found.main_address:
        raise WrongSettings("the seed is not that of the recorded main wallet")
    return vault


async def _stored(session: AsyncSession) -> Seed | None:
    return (await session.scalars(select(Seed))).one_or_none()


def _opened(stored: Seed, passphrase: bytes) -> bytes:
    try:
        return bytes.fromhex(_sealer(passphrase, stored.salt, stored.cost).open(stored.sealed, _CONTEXT))
    except SealBroken:
        raise WrongSettings("the passphrase does not open the seed") from None


def _sealer(passphrase: bytes, salt: bytes, cost: int) -> Sealer:
    return Sealer([Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase)])

"""Keys are derived as every other wallet derives them, and are nowhere to be read."""

from __future__ import annotations

import hashlib

import pytest
from tronpy.keys import Signature

from edge.startup import WrongSettings
from signer.service.rules import Account, Source
from signer.service.seeds import make_seed, open_vault
from signer.service.vault import LAST_INDEX, Vault
from tests.fixtures.databases import FreshDatabase
from tests.fixtures.signer import CHEAP, PASSPHRASE, SEED

# The seed of "abandon … about" (BIP 39's first vector), whose first address on TRON wallets show.
KNOWN = bytes.fromhex(
    "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc1"
    "9a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4"
)


def test_the_first_address_of_a_known_seed_is_the_one_that_wallets_show() -> None:
    assert Vault(KNOWN).address(Source(index=0)) == "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH"


def test_every_source_has_an_address_of_its_own_and_signs_for_it() -> None:
    vault, digest = Vault(SEED), hashlib.sha256(b"a transaction").digest()
    sources = [Source(account=Account.MAIN), Source(account=Account.GAS)]
    sources += [Source(index=index) for index in (0, 1, LAST_INDEX)]
    addresses = [vault.address(source) for source in sources]
    assert len(set(addresses)) == len(sources)
    for source, address in zip(sources, addresses, strict=True):
        signature = vault.sign(source, digest)
        assert signature == vault.sign(source, digest)
        signer = Signature(signature).recover_public_key_from_msg_hash(digest)
        assert signer.to_base58check_address() == address


def test_a_vault_shows_no_key() -> None:
    assert repr(Vault(SEED)) == f"Vault(main={Vault(SEED).main!r})"


async def test_a_seed_is_made_once_and_opened_by_its_passphrase_alone(fresh_database: FreshDatabase) -> None:
    import signer.service

    stored = await fresh_database("signer", signer.service.migrate)
    with pytest.raises(WrongSettings, match="make-seed"):
        await open_vault(stored.url, PASSPHRASE.encode())
    made = await make_seed(stored.owner_url, PASSPHRASE.encode(), cost=CHEAP)
    again = await make_seed(stored.owner_url, PASSPHRASE.encode(), cost=CHEAP)
    assert (made.new, again.new, again.main) == (True, False, made.main)
    assert (await open_vault(stored.url, PASSPHRASE.encode())).main == made.main
    with pytest.raises(WrongSettings, match="does not open"):
        await open_vault(stored.url, b"another passphrase")
    with pytest.raises(WrongSettings, match="another seed"):
        await make_seed(stored.owner_url, PASSPHRASE.encode(), seed=SEED, cost=CHEAP)

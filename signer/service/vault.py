"""The keys: derived from one seed (BIP 32, BIP 44 with coin 195), and only ever in the memory of this program."""

from __future__ import annotations

from typing import Final

from bip32 import BIP32
from tronpy.keys import PrivateKey

from signer.service.rules import Account, Source

_ADDRESSES: Final = "m/44'/195'/0'/0"
_ACCOUNTS: Final = "m/44'/195'/1'/0"
_PLACES: Final = {Account.MAIN: 0, Account.GAS: 1}
LAST_INDEX: Final = 2**31 - 1  # of a child that is not hardened


class Vault:
    """Signs, and says addresses. Nothing of it gives a key away, its text form included."""

    def __init__(self, seed: bytes) -> None:
        root = BIP32.from_seed(seed)
        self._addresses = _branch(root, _ADDRESSES)
        self._accounts = _branch(root, _ACCOUNTS)
        self.main = self.address(Source(account=Account.MAIN))
        self.gas = self.address(Source(account=Account.GAS))

    def address(self, source: Source) -> str:
        return str(self._key(source).public_key.to_base58check_address())

    def addresses(self, first: int, count: int) -> list[tuple[int, str]]:
        """Of the indexes from `first`; a millisecond each, so not on a loop that serves."""
        return [(index, self.address(Source(index=index))) for index in range(first, first + count)]

    def sign(self, source: Source, digest: bytes) -> bytes:
        """The signature of `digest` (32 bytes), 65 bytes. The same again for the same digest (RFC 6979)."""
        return bytes(self._key(source).sign_msg_hash(digest).to_bytes())

    def __repr__(self) -> str:
        return f"Vault(main={self.main!r})"

    def _key(self, source: Source) -> PrivateKey:
        if source.account is not None:
            return PrivateKey(self._accounts.get_privkey_from_path([_PLACES[source.account]]))
        assert source.index is not None and 0 <= source.index <= LAST_INDEX, source
        return PrivateKey(self._addresses.get_privkey_from_path([source.index]))


def _branch(root: BIP32, path: str) -> BIP32:
    """The node at `path`, so that a key is one step from it instead of five from the root."""
    chaincode, key = root.get_extended_privkey_from_path(path)
    return BIP32(chaincode, privkey=key)

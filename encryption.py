"""Encrypts what goes to Temporal, so that only our programs and the codec server can read it.

Payloads are arguments, results, signals, updates, and the texts that the UI shows of a workflow. Messages and traces of
failures are encrypted too. Names, ids and search attributes are not: Temporal finds workflows by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from temporalio.api.common.v1 import Payload
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec

from edge.sealing import Sealer

ENCODING: Final = b"binary/encrypted"
_CONTEXT: Final = "temporal/payload"


class Encryption(PayloadCodec):
    """Encrypts with the first of `keys` (32 bytes each), and decrypts with any.

    A payload that is not encrypted stays as it is: it was written before there were keys. Decoding raises `SealBroken`
    for one that was changed, or whose key is gone; a worker then tries the task again until it has the key.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._sealer = Sealer(keys)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._decrypted(payload) for payload in payloads]

    def _encrypted(self, payload: Payload) -> Payload:
        sealed = self._sealer.seal_bytes(payload.SerializeToString(), _CONTEXT)
        return Payload(metadata={"encoding": ENCODING}, data=sealed)

    def _decrypted(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        return Payload.FromString(self._sealer.open_bytes(payload.data, _CONTEXT))


def converter(keys: Sequence[bytes]) -> DataConverter:
    """What a client of Temporal converts with: without keys nothing is encrypted."""
    if not keys:
        return DataConverter.default
    return replace(
        DataConverter.default,
        payload_codec=Encryption(keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )

"""Signed messages between programs by the Standard Webhooks convention: `webhook-id`, `-timestamp`, `-signature`.

The signature is HMAC-SHA256 over id, timestamp and body. A message is accepted within five minutes of its timestamp, by
this machine's clock. A wrong clock costs messages, never money: no amount is ever taken from one.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from standardwebhooks import Webhook, WebhookVerificationError

from domain.errors import Unauthenticated

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
SECRET_BYTES: Final = 32
SIGNS: Final = r"^whsec_([A-Za-z0-9+/]{4}){4,40}([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"  # at least 12 bytes in base64


def new_secret() -> str:
    """A fresh signing secret, `whsec_` and 32 random bytes in base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def is_secret(text: str) -> bool:
    """Whether messages can be signed with it."""
    return re.fullmatch(SIGNS, text) is not None


def signed(secret: str, message: str, at: datetime, body: str, *others: str) -> dict[str, str]:
    """The headers for `body`: `message` names it for ever, `at` (aware, UTC) is the time of sending.

    While a secret is replaced the `others` sign too: a receiver accepts a message that any secret it knows has signed.
    """
    signatures = [Webhook(each).sign(msg_id=message, timestamp=at, data=body) for each in (secret, *others)]
    return {ID: message, TIMESTAMP: str(int(at.timestamp())), SIGNATURE: " ".join(signatures)}


def verify(secrets_: Sequence[str], headers: Mapping[str, str], body: bytes) -> str:
    """The message's id if one of `secrets_` signed it recently. Raises `Unauthenticated` `bad_signature`."""
    given = {name: headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE)}
    for secret in filter(None, secrets_):
        try:
            Webhook(secret).verify(body, given, json_parse=False)
        # Besides its own errors, the library raises those of decoding base64, numbers and UTF-8.
        except (WebhookVerificationError, ValueError):
            continue
        return given[ID]
    raise Unauthenticated("bad_signature", "The message is not signed with the secret agreed on, or is too old.")

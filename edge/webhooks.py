"""Signed messages between programs by the Standard Webhooks convention: `webhook-id`, `-timestamp`, `-signature`.

The signature is HMAC-SHA256 over id, timestamp and body; a message is believed within five minutes of its timestamp,
by this machine's clock. A wrong clock costs messages, never money: nothing in them is to be trusted with an amount.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from standardwebhooks import Webhook, WebhookVerificationError

from domain.errors import Unauthenticated

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """A fresh signing secret, `whsec_` and 32 random bytes in base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def signed(secret: str, message: str, at: datetime, body: str) -> dict[str, str]:
    """The headers that go with `body`: `message` names it for ever, `at` (aware, UTC) is when it is sent."""
    signature = Webhook(secret).sign(msg_id=message, timestamp=at, data=body)
    return {ID: message, TIMESTAMP: str(int(at.timestamp())), SIGNATURE: signature}


def verify(secrets_: Sequence[str], headers: Mapping[str, str], body: bytes) -> str:
    """The message's id when one of `secrets_` has signed it just now; raises `Unauthenticated` `bad_signature`."""
    given = {name: headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE)}
    for secret in filter(None, secrets_):
        try:
            Webhook(secret).verify(body, given, json_parse=False)
        # Beside its own errors the library lets those of reading base64, numbers and UTF-8 through.
        except (WebhookVerificationError, ValueError):
            continue
        return given[ID]
    raise Unauthenticated("bad_signature", "The message is not signed with the secret agreed on, or is too old.")

"""Signed messages: accepted with the secret, recent and unchanged; never otherwise."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import Unauthenticated
from edge.webhooks import ID, SIGNATURE, TIMESTAMP, new_secret, signed, verify

SECRET, OTHER = new_secret(), new_secret()
BODY = '{"data": "дань"}'


def now() -> datetime:
    return datetime.now(UTC)


def test_a_signed_message_is_accepted_with_the_secret() -> None:
    assert verify([SECRET], signed(SECRET, "msg_1", now(), BODY), BODY.encode()) == "msg_1"
    assert verify([OTHER, SECRET], signed(SECRET, "msg_1", now(), BODY), BODY.encode()) == "msg_1"


def test_the_signature_is_the_conventions() -> None:
    headers = signed(SECRET, "msg_1", now(), BODY)
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    content = f"msg_1.{headers[TIMESTAMP]}.{BODY}".encode()
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    assert headers[SIGNATURE] == f"v1,{expected}"


Forgery = Callable[[dict[str, str]], tuple[dict[str, str], bytes]]

# What is made of the headers of a good message signed just now, and the body that comes with it.
FORGED: dict[str, Forgery] = {
    "another secret": lambda good: (signed(OTHER, "msg_1", now(), BODY), BODY.encode()),
    "another body": lambda good: (good, BODY.encode() + b" "),
    "another id": lambda good: (good | {ID: "msg_2"}, BODY.encode()),
    "another time": lambda good: (good | {TIMESTAMP: str(int(good[TIMESTAMP]) + 1)}, BODY.encode()),
    "too old": lambda good: (signed(SECRET, "msg_1", now() - timedelta(minutes=6), BODY), BODY.encode()),
    "too new": lambda good: (signed(SECRET, "msg_1", now() + timedelta(minutes=6), BODY), BODY.encode()),
    "no signature": lambda good: ({ID: "msg_1", TIMESTAMP: good[TIMESTAMP]}, BODY.encode()),
    "no version": lambda good: (good | {SIGNATURE: good[SIGNATURE].removeprefix("v1,")}, BODY.encode()),
    "no base64": lambda good: (good | {SIGNATURE: "v1,é"}, BODY.encode()),
    "no number": lambda good: (good | {TIMESTAMP: "nan"}, BODY.encode()),
    "no UTF-8": lambda good: (good, b"\xff\xfe"),
    "nothing": lambda good: ({}, b""),
}


@pytest.mark.parametrize("case", FORGED)
def test_nothing_else_is_believed(case: str) -> None:
    headers, body = FORGED[case](signed(SECRET, "msg_1", now(), BODY))
    with pytest.raises(Unauthenticated, match="bad_signature"):
        verify([SECRET], headers, body)


def test_without_a_secret_nothing_is_believed() -> None:
    for none in ([], [""]):
        with pytest.raises(Unauthenticated):
            verify(none, signed(SECRET, "msg_1", now(), BODY), BODY.encode())


def test_no_two_secrets_are_the_same() -> None:
    assert len({new_secret() for _ in range(100)}) == 100

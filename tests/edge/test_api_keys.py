from __future__ import annotations

import pytest

from edge.api_keys import digest, new_api_key, prefix_of


def test_a_key_has_256_random_bits_behind_a_prefix_that_may_be_shown() -> None:
    keys = [new_api_key("bank") for _ in range(200)]
    assert len({key.secret for key in keys}) == len({key.prefix for key in keys}) == 200
    for key in keys:
        assert key.secret.startswith(f"hf_bank_{key.prefix}_")
        assert len(key.secret.removeprefix(f"hf_bank_{key.prefix}_")) == 43  # 32 bytes in base64url
        assert prefix_of(key.secret) == key.prefix
        assert key.secret not in repr(key)


@pytest.mark.parametrize("text", ["", "hf_bank", "hf_bank_0123_x", "Bearer x", "hf_BANK_" + "0" * 12 + "_" + "a" * 43])
def test_what_is_no_key_has_no_prefix(text: str) -> None:
    assert prefix_of(text) is None


def test_a_digest_needs_the_pepper() -> None:
    secret = new_api_key("shop").secret
    assert digest(secret, b"a") == digest(secret, b"a")
    assert digest(secret, b"a") != digest(secret, b"b")
    assert len(digest(secret, b"a")) == 32


@pytest.mark.parametrize("kind", ["", "Bank", "a_b", "a" * 17])
def test_a_kind_is_a_short_plain_word(kind: str) -> None:
    with pytest.raises(ValueError):
        new_api_key(kind)

"""Tokens of people: what is given for a password, what a refresh gives, and what ends them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import jwt
import pytest
from jwt.warnings import InsecureKeyLengthWarning
from sqlalchemy import text

from edge.tokens import AUDIENCE, ISSUER, Claims, Tokens
from store.people.password_links import disable, set_password
from tests.fixtures.market import Api
from tests.fixtures.people import PASSWORD, People, Somebody
from tests.fixtures.refusals import refusal

UUID_ = UUID("01890000-0000-7000-8000-000000000000")


async def log_in(api: Api, somebody: Somebody, password: str = PASSWORD) -> httpx.Response:
    nobody = api.caller(None)
    reply = await nobody.form("/oauth/token", grant_type="password", username=somebody.login, password=password)
    await nobody.aclose()
    return reply


async def refresh(api: Api, token: str) -> httpx.Response:
    nobody = api.caller(None)
    reply = await nobody.form("/oauth/token", grant_type="refresh_token", refresh_token=token)
    await nobody.aclose()
    return reply


async def status(api: Api, access_token: str, path: str = "/banks") -> int:
    caller = api.caller(access_token)
    reply = await caller.get(path)
    await caller.aclose()
    return reply.status_code


async def test_a_password_gives_a_token_for_a_quarter_of_an_hour(people: People) -> None:
    client = await people.client()
    reply = await log_in(people.api, client)
    answer = reply.json()
    assert (reply.status_code, answer["token_type"], answer["expires_in"]) == (200, "Bearer", 900)
    assert reply.headers["cache-control"] == "no-store"
    assert await status(people.api, answer["access_token"], f"/users/{client.owner_id}") == 200


async def test_a_token_says_all_that_it_must_and_no_two_are_alike(people: People) -> None:
    client = await people.client()
    tokens = [(await log_in(people.api, client)).json()["access_token"] for _ in range(2)]
    claims = [jwt.decode(token, options={"verify_signature": False}) for token in tokens]
    header = jwt.get_unverified_header(tokens[0])
    assert (header["alg"], len(header["kid"])) == ("HS256", 16)
    assert set(claims[0]) == {"iss", "aud", "exp", "iat", "sub", "jti", "grant"}
    assert claims[0]["sub"] == str(client.login_id)
    assert claims[0]["exp"] - claims[0]["iat"] == 900
    assert claims[0]["jti"] != claims[1]["jti"]


async def test_wrong_unknown_and_missing_are_refused_as_oauth_says(people: People) -> None:
    client, nobody = await people.client(), people.api.caller(None)
    wrong, unknown = (
        await log_in(people.api, client, "wrong password"),
        await log_in(people.api, Somebody(client.login_id, "nobody@example.test", "", client.owner_id)),
    )
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    assert refusal(wrong) == refusal(unknown)
    cases: list[tuple[dict[str, str], str]] = [
        ({}, "invalid_request"),
        ({"grant_type": "password", "username": "x"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "nonsense"}, "invalid_grant"),
    ]
    for form, error in cases:
        reply = await nobody.form("/oauth/token", **form)
        assert (reply.status_code, reply.json()["error"], reply.json()["code"]) == (400, error, error)
    too_long = await nobody.form("/oauth/token", grant_type="password", username="x" * 1001, password="x")
    await nobody.aclose()
    assert (too_long.status_code, too_long.json()["field"]) == (422, "username")


async def test_too_many_tries_are_refused_with_the_time_to_retry(people: People) -> None:
    client = await people.client()
    replies = [await log_in(people.api, client, "wrong password") for _ in range(11)]
    assert [reply.status_code for reply in replies] == [400] * 10 + [429]
    assert 0 < int(replies[-1].headers["retry-after"]) <= 900


@pytest.mark.source("wallet:23")
async def test_each_refresh_token_is_used_once_and_an_old_one_ends_the_family(people: People) -> None:
    api, client = people.api, await people.client()
    first = (await log_in(api, client)).json()
    second = (await refresh(api, first["refresh_token"])).json()
    third = (await refresh(api, second["refresh_token"])).json()
    other = (await log_in(api, client)).json()
    assert [await status(api, each["access_token"]) for each in (first, second, third, other)] == [200] * 4

    stolen = await refresh(api, first["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert (await refresh(api, third["refresh_token"])).status_code == 400, "the thief's and the owner's end alike"
    assert [await status(api, each["access_token"]) for each in (first, second, third, other)] == [401, 401, 401, 200]


async def test_a_log_in_ends_when_its_owner_says_so(people: People) -> None:
    api, nobody = people.api, people.api.caller(None)
    tokens = (await log_in(api, await people.client())).json()
    replies = [await nobody.form("/oauth/revoke", token=token) for token in (tokens["refresh_token"], "nonsense")]
    missing = await nobody.form("/oauth/revoke")
    await nobody.aclose()
    assert [reply.status_code for reply in replies] == [200, 200]
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")
    assert await status(api, tokens["access_token"]) == 401
    assert (await refresh(api, tokens["refresh_token"])).status_code == 400


async def test_an_access_token_ends_its_log_in_too_and_an_expired_one_ends_nothing(people: People) -> None:
    api, client, nobody = people.api, await people.client(), people.api.caller(None)
    ended, kept = (await log_in(api, client)).json(), (await log_in(api, client)).json()
    claims = jwt.decode(kept["access_token"], options={"verify_signature": False})
    now = datetime.now(UTC)
    over = Claims(client.login_id, claims["grant"], now - timedelta(minutes=16), now - timedelta(minutes=1))
    keys = Tokens(api.settings.sealing_key_bytes)
    replies = [await nobody.form("/oauth/revoke", token=t) for t in (ended["access_token"], keys.write(over))]
    await nobody.aclose()
    assert [reply.status_code for reply in replies] == [200, 200]
    assert [await status(api, each["access_token"]) for each in (ended, kept)] == [401, 200]
    assert [(await refresh(api, each["refresh_token"])).status_code for each in (ended, kept)] == [400, 200]


async def test_a_field_of_the_form_that_comes_twice_is_refused(people: People) -> None:
    tokens = (await log_in(people.api, await people.client())).json()
    form = {"grant_type": "password", "token": [tokens["refresh_token"], "nonsense"]}
    async with httpx.AsyncClient(base_url=f"{people.api.address}/api/v1/oauth", trust_env=False) as http:
        shown = [await http.post(path, data=form) for path in ("/revoke", "/token")]
    assert [(reply.status_code, reply.json()["error"], reply.json()["field"]) for reply in shown] == [
        (400, "invalid_request", "token")
    ] * 2
    assert await status(people.api, tokens["access_token"]) == 200


@pytest.mark.parametrize("how", ["disabled", "password"])
async def test_who_is_disabled_or_has_a_new_password_has_no_tokens_left_at_once(people: People, how: str) -> None:
    api, client = people.api, await people.client()
    tokens = (await log_in(api, client)).json()
    async with people.database.transaction() as session:
        if how == "disabled":
            await disable(session, client.login_id)
        else:
            await set_password(session, client.login_id, "$argon2id$none")
    assert await status(api, tokens["access_token"]) == 401
    assert (await refresh(api, tokens["refresh_token"])).status_code == 400


async def test_a_token_expires_by_the_databases_clock(people: People) -> None:
    client = await people.client()
    tokens = (await log_in(people.api, client)).json()
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    keys = Tokens(people.api.settings.sealing_key_bytes)
    now = datetime.now(UTC)
    late = Claims(client.login_id, claims["grant"], now - timedelta(minutes=16), now - timedelta(minutes=1))
    assert await status(people.api, keys.write(late)) == 401
    assert await status(people.api, tokens["access_token"]) == 200
    async with people.database.transaction() as session:
        over = text("UPDATE grants SET expires_at = clock_timestamp() WHERE login_id = :id")
        await session.execute(over, {"id": client.login_id})
    assert await status(people.api, tokens["access_token"]) == 401
    assert (await refresh(people.api, tokens["refresh_token"])).status_code == 400


async def test_a_token_that_we_did_not_sign_so_is_refused(people: People) -> None:
    token = (await log_in(people.api, await people.client())).json()["access_token"]
    header, payload, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    unsigned = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    foreign = jwt.encode(claims, "k" * 64, algorithm="HS256", headers=jwt.get_unverified_header(token))
    forged = [
        f"{unsigned}.{payload}.",
        f"{unsigned}.{payload}.{signature}",
        f"{header}.{payload}x.{signature}",
        foreign,
    ]
    assert [await status(people.api, each) for each in [*forged, "a.b.c", "..", "x" * 3000 + ".."]] == [401] * 7


def test_every_claim_is_required_and_of_the_right_kind() -> None:
    keys = Tokens([b"a" * 32])
    now = datetime.fromtimestamp(1_700_000_000, UTC)
    good = jwt.decode(
        token := keys.write(Claims(UUID_, UUID_, now, now + timedelta(minutes=15))), options={"verify_signature": False}
    )
    assert keys.read(token) == Claims(UUID_, UUID_, now, now + timedelta(minutes=15))

    def signed(claims: dict[str, object], algorithm: str = "HS256") -> str:
        header = jwt.get_unverified_header(token)
        return jwt.encode(claims, keys._keys[header["kid"]], algorithm=algorithm, headers={"kid": header["kid"]})

    assert keys.read(signed(good)) is not None
    changes: list[dict[str, object]] = [
        {"iss": "another"},
        {"aud": "another"},
        {"aud": [AUDIENCE, "another"]},
        {"sub": "nobody"},
        {"exp": 1.5},
        {"exp": 10**30},
        {"exp": 10**18},
        {"iat": -(10**18)},
        {"iat": "now"},
    ]
    assert [keys.read(signed(good | change)) for change in changes] == [None] * len(changes)
    assert [keys.read(signed({k: v for k, v in good.items() if k != name})) for name in good] == [None] * len(good)
    with pytest.warns(InsecureKeyLengthWarning):
        other = signed(good, "HS512")
    assert keys.read(other) is None
    assert (good["iss"], good["aud"]) == (ISSUER, AUDIENCE)


def test_a_key_can_be_replaced_while_its_tokens_live() -> None:
    now = datetime.fromtimestamp(1_700_000_000, UTC)
    claims = Claims(UUID_, UUID_, now, now + timedelta(minutes=15))
    old, both, new = Tokens([b"a" * 32]), Tokens([b"b" * 32, b"a" * 32]), Tokens([b"b" * 32])
    assert both.read(old.write(claims)) == claims
    assert new.read(both.write(claims)) == claims
    assert new.read(old.write(claims)) is None

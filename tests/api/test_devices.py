"""Strangers who guess passwords are stopped, and a device that has logged in before still can."""

from __future__ import annotations

import httpx
import pytest

from domain.errors import TooMany, Unauthenticated
from domain.rate_limits import LOGIN
from market.devices import Devices
from store.operations.rate_limits import Try, count
from store.people.password_links import RESET, make_link
from tests.fixtures.people import PASSWORD, People, Somebody


async def beset(people: People, somebody: Somebody) -> None:
    """As many wrong passwords as a login has, from everywhere: counted, but not worked out."""
    async with people.database.transaction() as session:
        for _ in range(LOGIN.most + 1):
            await count(session, people.pepper, [Try(LOGIN, somebody.login)])


async def log_in(
    http: httpx.AsyncClient, somebody: Somebody, device: str = "", password: str = PASSWORD
) -> httpx.Response:
    form = {"grant_type": "password", "username": somebody.login, "password": password, "device_token": device}
    return await http.post("/oauth/token", data=form)


async def test_a_device_that_came_in_before_is_not_kept_out_by_strangers_and_has_tries_of_its_own(
    people: People,
) -> None:
    owner, other = await people.client(), await people.client()
    async with httpx.AsyncClient(base_url=f"{people.api.address}/api/v1", trust_env=False, timeout=120) as http:
        device = (await log_in(http, owner)).json()["device_token"]
        both = (await log_in(http, other, device)).json()["device_token"]
        foreign = (await log_in(http, other)).json()["device_token"]
        await beset(people, owner)
        kept_out = [await log_in(http, owner, said) for said in ("", foreign, device[:-1], device + "x", "~" * 900)]
        let_in = [await log_in(http, owner, said) for said in (device, both)]
        refreshed = await http.post(
            "/oauth/token", data={"grant_type": "refresh_token", "refresh_token": let_in[0].json()["refresh_token"]}
        )
        wrong = [(await log_in(http, owner, device, "wrong password")).status_code for _ in range(11)]
    assert [reply.status_code for reply in kept_out] == [429] * 5
    assert [reply.status_code for reply in let_in] == [200, 200]
    assert let_in[0].json()["device_token"] == device, "no new tries for who comes in again"
    assert "device_token" not in refreshed.json(), "nor for who holds a token and guesses the password"
    assert wrong == [400] * 10 + [429]


async def test_the_reader_of_the_mail_can_log_in_after_a_new_password(people: People) -> None:
    owner = await people.client()
    async with people.database.transaction() as session:
        _, link = await make_link(session, people.pepper, owner.login_id, RESET)
    await beset(people, owner)
    async with httpx.AsyncClient(base_url=f"{people.api.address}/api/v1", trust_env=False, timeout=120) as http:
        kept_out = await log_in(http, owner)
        chosen = await http.post("/passwords", json={"token": link, "password": "a new long password"})
        let_in = await log_in(http, owner, chosen.json()["device_token"], "a new long password")
    assert (kept_out.status_code, chosen.status_code, let_in.status_code) == (429, 200, 200)


async def test_an_ipv6_network_is_one_caller_however_many_addresses_it_has(people: People) -> None:
    owner = await people.client()
    for number in range(10):
        with pytest.raises(Unauthenticated):
            await people.log_in.session(owner.login, "wrong password", f"2001:db8:1:2::{number:x}")
    with pytest.raises(TooMany):
        await people.log_in.session(owner.login, PASSWORD, "2001:db8:1:2:ffff::1")
    assert await people.log_in.session(owner.login, PASSWORD, "2001:db8:1:3::1")


def test_a_device_remembers_only_the_logins_of_a_household() -> None:
    devices, others = Devices(b"pepper"), Devices(b"another")
    said = ""
    for number in range(7):
        said = devices.with_(f"login-{number}", said)
    assert [bool(devices.of(f"login-{number}", said)) for number in range(7)] == [False] * 2 + [True] * 5
    assert [bool(others.of(f"login-{number}", said)) for number in range(7)] == [False] * 7
    assert len(said) < 1000

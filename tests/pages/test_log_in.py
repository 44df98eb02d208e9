"""Coming in: the language that is taken over, and nothing that tells whether somebody is known."""

from __future__ import annotations

import time

import httpx

from store.house import allow_sign_up
from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.people import PASSWORD

TRIES = 4  # of one login from one address ten are let through


async def _language(cabinet: Cabinet, somebody: Person) -> str:
    [(language,)] = await cabinet.rows("SELECT language FROM users WHERE CAST(id AS text) = :id", id=somebody.user_id)
    return str(language)


async def test_who_logs_in_is_written_to_in_the_language_that_he_reads(cabinet: Cabinet) -> None:
    klara = await cabinet.client("Klara", 1)
    written = [await _language(cabinet, klara)]
    for chosen in ("ru", "en"):
        again = cabinet.stranger()
        await again.read(f"/language/{chosen}")
        await cabinet.log_in(again, klara.email, "not this one")
        refused = await _language(cabinet, klara)
        await cabinet.log_in(again, klara.email)
        written.append(f"{refused} {await _language(cabinet, klara)}")
    by_browser = cabinet.stranger()
    by_browser.http.headers["Accept-Language"] = "ru-RU,ru;q=0.9,en;q=0.5"
    await cabinet.log_in(by_browser, klara.email)
    assert [*written, await _language(cabinet, klara)] == ["en", "en ru", "ru en", "ru"]


async def _told(cabinet: Cabinet, path: str, to: str | None = None, /, **fields: str) -> tuple[int, str, float]:
    """What a stranger's form is answered with, without what is his own in it, and in how many seconds."""
    stranger = cabinet.stranger()
    await stranger.read(path)
    begun = time.perf_counter()
    said = await stranger.send(to, **fields)
    taken_s = time.perf_counter() - begun
    for value in fields.values():
        said = said.replace(value, "…")
    return stranger.page.status_code, f"{stranger.at} {said}", taken_s


async def test_a_page_tells_nobody_whether_a_login_or_an_address_is_known(cabinet: Cabinet) -> None:
    known, gone = await cabinet.client("Klara", 1), await cabinet.client("Gone", 1)
    await cabinet.rows(
        "UPDATE logins SET disabled_at = clock_timestamp() WHERE name = :name RETURNING id", name=gone.email
    )
    async with cabinet.market.database.transaction() as session:
        await allow_sign_up(session, cabinet.market.marketplace_id)
    emails = (known.email, gone.email, "nobody@example.test")
    for answers in (
        [await _told(cabinet, "/log-in", login=email, password="not this one") for email in emails],
        [await _told(cabinet, "/password", "/password/asked", email=email) for email in emails],
        [await _told(cabinet, "/sign-up", name="Nina", email=email) for email in emails],
    ):
        assert len({(status, said) for status, said, _ in answers}) == 1


async def test_a_wrong_password_takes_as_long_for_a_stranger_as_for_a_client(cabinet: Cabinet) -> None:
    """Argon2 is worked out for both: without it an unknown login would be answered in a tenth of the time."""
    known = await cabinet.client("Klara", 1)
    taken_s: dict[str, list[float]] = {known.email: [], "nobody@example.test": []}
    for _ in range(TRIES):
        for email, times in taken_s.items():
            times.append((await _told(cabinet, "/log-in", login=email, password="not this one"))[2])
    fast, slow = sorted(min(times) for times in taken_s.values())
    assert fast > slow / 2
    hashing = [await _timed(cabinet, email) for email in taken_s]
    assert min(hashing) > max(hashing) / 2


async def test_an_unknown_address_takes_as_long_as_a_known_one_to_be_written_to(cabinet: Cabinet) -> None:
    """What is asked for is stored alike for all and looked at later, or somebody known would take longer."""
    known = await cabinet.client("Klara", 1)
    async with cabinet.market.database.transaction() as session:
        await allow_sign_up(session, cabinet.market.marketplace_id)
    for path, action, fields in (("/password", "/password/asked", {}), ("/sign-up", "/sign-up", {"name": "Nina"})):
        taken_s: dict[str, list[float]] = {known.email: [], "nobody@example.test": []}
        for _ in range(2 * TRIES):
            for email, times in taken_s.items():
                times.append((await _told(cabinet, path, action, email=email, **fields))[2])
        fast, slow = sorted(min(times) for times in taken_s.values())
        assert fast > slow / 2, path


async def _timed(cabinet: Cabinet, login: str) -> float:
    """The least that the API takes to refuse this login: what else the machine does only adds to it."""
    form = {"grant_type": "password", "username": login, "password": PASSWORD + "!"}
    times = []
    async with httpx.AsyncClient(base_url=cabinet.served.address, trust_env=False, timeout=30) as http:
        for _ in range(TRIES):
            begun = time.perf_counter()
            reply = await http.post("/api/v1/oauth/token", data=form)
            times.append(time.perf_counter() - begun)
            assert reply.json()["error"] == "invalid_grant"
    return min(times)

"""Mails about a contract: one for all milestones while it is proposed and answered; then as for any deal."""

from __future__ import annotations

from tests.fixtures.letters import Letters


async def test_a_contract_is_mailed_once_however_many_milestones_it_has(letters: Letters) -> None:
    shop, client = letters.shop, letters.shop.api.client
    await letters.received()
    contract = await shop.contract()
    [proposed] = await letters.news()
    assert [*proposed.to] == [shop.seller["email"]] and "A house" in proposed.subject
    assert "600.00 RUB" in proposed.text.replace("\u00a0", " ")
    await client.make(f"/contracts/{contract['id']}/confirmation", {"user_id": shop.seller["id"]})
    [(who, subject)] = await letters.received()
    assert who == "buyer" and "Part 1" in subject
    other = await shop.contract()
    await letters.received()
    await client.make(f"/contracts/{other['id']}/denial", {"user_id": shop.seller["id"]})
    [(who, subject)] = await letters.received()
    assert who == "buyer" and "A house" in subject

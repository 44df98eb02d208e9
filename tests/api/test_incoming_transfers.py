"""The work list of money in suspense over REST: two operators, one transfer, and nothing for anybody else."""

from __future__ import annotations

from tests.api.test_corrections import Staff, staff
from tests.fixtures.market import Api
from tests.fixtures.suspense import in_suspense, is_held_back
from tests.fixtures.wallets import Wallets

__all__ = ["staff"]


async def _listed(api: Api, **query: str) -> list[str]:
    """The ids on all pages of the list."""
    found: list[str] = []
    page = {"limit": "2"} | query
    while True:
        answer = await api.operator.read("/incoming-transfers", **page)
        found += [one["id"] for one in answer["items"]]
        if answer["next"] is None:
            return found
        page["after"] = answer["next"]


async def test_an_operator_assigns_what_is_in_suspense_and_another_one_approves(wallets: Wallets, staff: Staff) -> None:
    wallet, owner = await wallets.person()
    incoming = await in_suspense(wallets.api.database)
    path, body = f"/incoming-transfers/{incoming.id}/assign", {"wallet_id": wallet, "reason": "By phone"}
    assert str(incoming.id) in await _listed(wallets.api, state="unmatched")
    asked = await staff.olga.make(path, body)
    assert (asked["state"], asked["way"], await wallets.balance(wallet)) == ("requested", "assign", "0.00")
    again = await staff.olga.post(path, body)
    assert (again.status_code, again.json()["code"]) == (409, "resolution_open")
    approval = f"/resolutions/{asked['id']}/approval"
    for caller, code in ((staff.olga, "own_resolution"), (staff.paul, "approver_key_needed")):
        refused = await caller.post(approval, {"approve": True})
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    assert (await staff.anna.make(approval, {"approve": True}))["state"] == "assigned"
    ended = await staff.vera.post(approval, {"approve": False})
    assert (ended.status_code, ended.json()["code"]) == (409, "resolution_ended")
    assert await wallets.balance(wallet) == "70.00"
    shown = await wallets.api.operator.read(f"/incoming-transfers/{incoming.id}")
    assert (shown["state"], shown["wallet_id"]) == ("assigned", wallet)
    assert str(incoming.id) not in await _listed(wallets.api, state="unmatched")
    assert str(incoming.id) in await _listed(wallets.api)
    assert (await owner.read(f"/wallets/{wallet}"))["operations"][0]["amount"]["amount"] == "70.00"


async def test_a_rejected_or_retracted_resolution_moves_nothing_and_leaves_the_transfer_for_another(
    wallets: Wallets, staff: Staff
) -> None:
    incoming = await in_suspense(wallets.api.database)
    path, body = f"/incoming-transfers/{incoming.id}/return", {"reason": "Sent by mistake"}
    rejected = await staff.olga.make(path, body)
    await staff.anna.make(f"/resolutions/{rejected['id']}/approval", {"approve": False})
    retracted = await staff.olga.make(path, body)
    strange = await staff.anna.post(f"/resolutions/{retracted['id']}/retraction", {})
    assert (strange.status_code, strange.json()["code"]) == (403, "other_operator")
    await staff.olga.make(f"/resolutions/{retracted['id']}/retraction", {})
    approved = await staff.olga.make(path, body)
    waiting = await staff.olga.read("/resolutions", open_only="true", limit="200")
    assert approved["id"] in [one["id"] for one in waiting["items"]]
    assert (await staff.anna.make(f"/resolutions/{approved['id']}/approval", {"approve": True}))["state"] == "returning"
    states = [(await staff.paul.read(f"/resolutions/{one['id']}"))["state"] for one in (rejected, retracted, approved)]
    assert states == ["rejected", "withdrawn", "returning"]


async def test_what_is_held_back_is_listed_and_dismissed_by_two_operators(wallets: Wallets, staff: Staff) -> None:
    incoming = await is_held_back(wallets.api.database)
    path, body = f"/incoming-transfers/{incoming.id}/dismiss", {"reason": "No explorer has it"}
    assert str(incoming.id) in await _listed(wallets.api, state="held_back")
    asked = await staff.olga.make(path, body)
    assert (asked["state"], asked["way"]) == ("requested", "dismiss")
    again = await staff.olga.post(path, body)
    assert (again.status_code, again.json()["code"]) == (409, "resolution_open")
    approval = f"/resolutions/{asked['id']}/approval"
    own = await staff.olga.post(approval, {"approve": True})
    assert (own.status_code, own.json()["code"]) == (403, "own_resolution")
    assert (await staff.anna.make(approval, {"approve": True}))["state"] == "dismissed"
    assert (await wallets.api.operator.read(f"/incoming-transfers/{incoming.id}"))["state"] == "dismissed"
    assert str(incoming.id) not in await _listed(wallets.api, state="held_back")
    unmatched = await in_suspense(wallets.api.database)
    for id_ in (incoming.id, unmatched.id):
        refused = await staff.olga.post(f"/incoming-transfers/{id_}/dismiss", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_held_back")


async def test_what_cannot_be_resolved_is_refused_by_name(wallets: Wallets, staff: Staff) -> None:
    wallet, _ = await wallets.person()
    dollars = await in_suspense(wallets.api.database, currency="USD")
    nobody, reason = "0198c0de-0000-7000-8000-000000000000", {"reason": "By phone"}
    assign, send_back = f"/incoming-transfers/{dollars.id}/assign", f"/incoming-transfers/{dollars.id}/return"
    cases = [
        (assign, {"wallet_id": wallet} | reason, 409, "wrong_currency"),
        (assign, reason, 422, "missing_field"),
        (assign, {"wallet_id": wallet, "top_up_id": nobody} | reason, 422, "invalid_field"),
        (assign, {"wallet_id": nobody} | reason, 404, "unknown_wallet"),
        (assign, {"top_up_id": nobody} | reason, 404, "unknown_top_up"),
        (assign, {"wallet_id": wallet, "reason": " "}, 422, "invalid_field"),
        (send_back, {}, 422, "missing_field"),
        (f"/incoming-transfers/{nobody}/return", reason, 404, "unknown_incoming_transfer"),
        (f"/resolutions/{nobody}/retraction", {}, 404, "unknown_resolution"),
    ]
    for path, body, status, code in cases:
        answer = await staff.olga.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
    assert (await wallets.api.operator.read(f"/incoming-transfers/{dollars.id}"))["state"] == "unmatched"

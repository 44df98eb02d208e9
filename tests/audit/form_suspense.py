"""Forms about money in suspense: an administrator asks, and another one, who is an approver, decides."""

from __future__ import annotations

from store.chain.incoming_transfers import IncomingTransfer
from tests.audit.form_world import Ground
from tests.fixtures.bank_transfers import bank_transfers
from tests.fixtures.cabinet import Person
from tests.fixtures.suspense import is_held_back


async def resolved(ground: Ground, administrator: Person, wallet: str) -> None:
    """Bank transfers: one credited by its reference, one assigned, one returned, and one whose return is rejected.

    And one on the chain, which is dismissed.
    """
    transfers, payer = await bank_transfers(ground.market), await ground.market.party(1)
    _, data = await transfers.begin(payer)
    await transfers.pay(payer, data)
    strays = [await transfers.pay(payer, data, amount, "for the rent") for amount in ("5.00", "6.00", "7.00")]
    await transfers.read()
    assigned, returned, left = [await transfers.known(key) for key in strays]
    approver = await ground.administrator(approver=True)
    assert "Nothing is in suspense" not in await administrator.read("/admin/suspense")
    await _ask(administrator, assigned, "assignment", wallet_id=wallet, reason="By phone")
    await administrator.send(f"/admin/suspense/{assigned.id}/decision", word="retract")
    await _ask(administrator, assigned, "assignment", wallet_id=wallet, reason="By phone")
    for transfer, word in ((assigned, "approve"), (returned, "approve"), (left, "reject")):
        if transfer is not assigned:
            await _ask(administrator, transfer, "return", reason="Sent by mistake")
        await approver.read(f"/admin/suspense/{transfer.id}")
        assert "It is recorded." in await approver.send(f"/admin/suspense/{transfer.id}/decision", word=word)
    await _dismissed(ground, administrator, approver)
    assert await transfers.reader.return_due() == 1
    assert (await transfers.known(returned.external_id)).state == "returned"


async def _dismissed(ground: Ground, administrator: Person, approver: Person) -> None:
    """What one provider of the chain alone reports."""
    doubtful = await is_held_back(ground.market.database)
    assert "Held back" in await administrator.read("/admin/suspense")
    await _ask(administrator, doubtful, "dismissal", reason="No explorer has it")
    await approver.read(f"/admin/suspense/{doubtful.id}")
    assert "It is recorded." in await approver.send(f"/admin/suspense/{doubtful.id}/decision", word="approve")


async def _ask(administrator: Person, transfer: IncomingTransfer, what: str, **fields: str) -> None:
    await administrator.read(f"/admin/suspense/{transfer.id}")
    assert "It is recorded." in await administrator.send(f"/admin/suspense/{transfer.id}/{what}", **fields)

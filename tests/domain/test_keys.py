from __future__ import annotations

from domain import keys


def test_every_identity_is_made_of_the_business_id_and_the_step_alone() -> None:
    assert keys.deal_workflow("d") == "deal/d"
    assert keys.payment_workflow("p") == "payment/p"
    assert keys.operation_key("p") == "payment/p/operation"
    assert keys.code_key("p", 2) == "payment/p/code/2"
    assert keys.debit_key("p", 3) == "payment/p/debit/3"
    assert keys.step_key("p", "capture", 1) == "payment/p/capture/1"
    assert keys.ledger_key("p", "hold") == "payment/p/ledger/hold"


def test_a_key_at_a_bank_leads_back_to_its_payment_and_no_other_key_does() -> None:
    made = [keys.operation_key("p"), keys.code_key("p", 1), keys.debit_key("p", 2), keys.step_key("p", "void", 1)]
    assert {keys.payment_of_key(key) for key in made} == {"p"}
    for foreign in ("", "payment", "payment/p", "deal/p/x", "payments/p/debit/1", keys.payment_workflow("p")):
        assert keys.payment_of_key(foreign) is None


def test_no_two_identities_of_a_payment_are_the_same() -> None:
    made = [
        keys.operation_key("p"),
        *(keys.code_key("p", n) for n in (1, 2, 3)),
        *(keys.debit_key("p", n) for n in range(1, 16)),
        *(
            keys.step_key("p", step, n)
            for step in ("capture", "credit", "commission", "void", "refund")
            for n in (1, 2)
        ),
        *(keys.ledger_key("p", leg) for leg in ("hold", "fee", "hold/capture", "fee/capture", "hold/void", "payable")),
    ]
    assert len(set(made)) == len(made)


def test_the_keys_of_clawbacks_are_distinguished_from_others() -> None:
    assert keys.is_clawback_key(keys.step_key("p", "refund", 2))
    for other in (keys.step_key("p", "void", 1), keys.debit_key("p", 1), keys.workflow_id("Refund", "r"), ""):
        assert not keys.is_clawback_key(other)

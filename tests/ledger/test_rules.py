"""The rules alone, without a database, against a model that was written without looking at them."""

from __future__ import annotations

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import Capture, Command, Hold, Post, Void
from ledger.commands import fingerprint
from tests.ledger.memory import Memory
from tests.ledger.model import Model, ModelAccount
from tests.ledger.strategies import calls

FREE, GUARDED, OVERDRAFT, DOLLARS, CLOSED, UNKNOWN = 1, 2, 3, 4, 5, 99
WORLD = {
    FREE: ModelAccount("RUB", None),
    GUARDED: ModelAccount("RUB", 0),
    OVERDRAFT: ModelAccount("RUB", -50),
    DOLLARS: ModelAccount("USD", 0),
    CLOSED: ModelAccount("RUB", None, closed=True),
}
IDS = [*WORLD, UNKNOWN, FREE, GUARDED, OVERDRAFT]


@settings(max_examples=250)
@given(calls(IDS))
def test_any_sequence_of_calls_is_answered_and_booked_as_the_model_says(
    sequence: list[tuple[list[Command], bool]],
) -> None:
    memory, model = Memory.of(WORLD), Model(WORLD)
    for commands, linked in sequence:
        _, words = memory.call(commands, linked=linked)
        assert words == model.call(commands, linked=linked)
        for number, account in memory.accounts.items():
            assert (account.balance_minor, account.held_minor, account.incoming_minor) == (
                model.balance(number),
                model.held(number),
                model.incoming(number),
            )


@settings(max_examples=100)
@given(calls(IDS))
def test_every_plan_is_balanced_chained_and_above_the_floors(sequence: list[tuple[list[Command], bool]]) -> None:
    memory = Memory.of(WORLD)
    for commands, linked in sequence:
        before = copy.deepcopy(memory.accounts)
        plan, _ = memory.call(commands, linked=linked)
        posted = [row.id for row in plan.transfers if row.refusal is None]
        assert sorted(entry.transfer_id for entry in plan.entries) == sorted(posted * 2)
        for transfer_id in posted:
            legs = [entry for entry in plan.entries if entry.transfer_id == transfer_id]
            assert sum(leg.amount_minor for leg in legs) == 0
            assert sum(leg.held_minor for leg in legs) == sum(leg.incoming_minor for leg in legs)
        for entry in plan.entries:
            account = before[entry.account_id]
            account.version += 1
            account.balance_minor += entry.amount_minor
            account.held_minor += entry.held_minor
            account.incoming_minor += entry.incoming_minor
            assert entry[2] == account.version
            assert entry[6:] == (account.balance_minor, account.held_minor, account.incoming_minor)
            if account.floor_minor is not None:
                assert account.balance_minor - account.held_minor >= account.floor_minor
            assert account.held_minor >= 0 and account.incoming_minor >= 0


def test_a_balance_that_no_bigint_could_carry_refuses_its_own_transfer() -> None:
    memory = Memory.of(WORLD)
    memory.accounts[GUARDED].balance_minor = 2**62 - 10
    commands = [Post("a", FREE, GUARDED, 10, "RUB"), Post("b", FREE, GUARDED, 1, "RUB")]
    assert memory.call(commands, linked=False)[1] == ["posted", "bad_amount"]


_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
_COMMANDS = st.one_of(
    st.builds(Post, st.just("k"), st.integers(1, 3), st.integers(1, 3), st.integers(0, 12), _TEXTS, _TEXTS),
    st.builds(Hold, st.just("k"), st.integers(1, 3), st.integers(1, 3), st.integers(0, 12), _TEXTS, _TEXTS),
    st.builds(Capture, st.just("k"), st.sampled_from("ab"), st.none() | st.integers(0, 3)),
    st.builds(Void, st.just("k"), st.sampled_from("ab")),
)


@given(_COMMANDS, _COMMANDS)
def test_two_commands_have_one_fingerprint_exactly_when_they_are_the_same(one: Command, other: Command) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (one == other)

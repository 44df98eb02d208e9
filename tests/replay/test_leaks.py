"""What Temporal keeps is open to every operator: no codes, addresses, names, account numbers or keys are in it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from tests.fixtures.sagas import Market
from tests.replay import histories
from tests.replay.histories import Recorded, closed_history, recorded
from tests.replay.stories import lost_reply
from tests.replay.wallet_stories import BOOK
from tests.replay.watched import WatchedMarket

# What every recording handles: addresses and names of people, and the wrong code.
CANARIES = ("@example.test", "Ottilie", "AAAA-AAAA", "AAAAAAAA")


async def test_what_the_server_keeps_of_a_whole_deal_contains_no_secret(market: Market) -> None:
    """As fetched from the server, with the errors that a lost reply leaves there."""
    watched = WatchedMarket.over(market)
    ids = await lost_reply(watched)
    played = {part: await closed_history(watched, workflow_id) for part, workflow_id in ids.items()}
    assert {part: histories.end_of(history) for part, history in played.items()} == BOOK["lost-reply"].ends

    # Two API keys, a code in two spellings, name, address and account number of two people; all but the keys and
    # the payer's own number were also mailed.
    assert len(watched.secrets) == 2 + 2 + 3 * 2
    mails = [(*mail.to, mail.text) for mail in watched.mailbox.mails() if mail.to[0] in watched.secrets]
    mailed = {secret for secret in watched.secrets if any(secret in text for mail in mails for text in mail)}
    assert len(mailed) == 5

    for part, history in played.items():
        assert histories.leaks(history, watched.secrets) == [], part
        description = await watched.environment.client.get_workflow_handle(ids[part]).describe()
        assert histories.leaks(MessageToDict(description.raw_description), watched.secrets) == [], part


@pytest.mark.parametrize("file", recorded(), ids=str)
def test_a_recorded_history_contains_no_secret_and_no_trace_of_a_machine(file: Recorded) -> None:
    assert histories.leaks(file.history(), CANARIES) == []
    assert histories.machine_traces(file.history()) == []


def _payload(text: str) -> dict[str, Any]:
    encoding = base64.b64encode(b"json/plain").decode()
    return {"metadata": {"encoding": encoding}, "data": base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize(
    "planted",
    [
        _payload('{"email":"someone@example.test"}'),
        {"lastFailure": {"message": "the code of Someone@Example.test"}},
        {"indexedFields": {"someone@example.test": 1}},
        [{"deep": [_payload('"ABCD-EFGH"')]}],
        _payload('"hf_bank_0123abcd_secret"'),
    ],
)
def test_a_secret_is_found_anywhere(planted: Any) -> None:
    assert histories.leaks({"events": [planted]}, ["someone@example.test"]) != []
    assert histories.leaks({"events": [_payload('"nothing"')]}, ["someone@example.test"]) == []

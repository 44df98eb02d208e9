"""The OpenAPI document says who may call, what repeats and how everything is refused. Replies must match it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from api.examples import EXAMPLES
from edge.documents import CODES
from tests.fixtures.market import Api

OF_STRANGERS = {
    f"/api/v1/{path}" for path in ("oauth/token", "oauth/revoke", "sign-ups", "password-resets", "passwords")
}
ERRORS = Path(__file__).parents[2] / "docs/errors.md"
REFUSALS_OF_WRITES = {"401", "403", "409", "413", "422", "503"}


def operations(api: Api) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in api.contract.document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


async def test_everything_but_health_needs_a_key(api: Api) -> None:
    open_to_all = {path for path, _, operation in operations(api) if "security" not in operation}
    assert open_to_all == {"/health", "/ready"} | OF_STRANGERS
    assert api.contract.document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"


async def test_every_post_takes_an_idempotency_key_and_documents_its_refusals(api: Api) -> None:
    # A bank's webhook is named by its webhook-id: a repeat is counted and changes nothing.
    # Unknown callers have no keys: their requests are counted, and links and tokens are used once.
    shown = {"/api/v1/bank-webhooks", "/api/v1/bank-webhooks/{client_id}"} | OF_STRANGERS
    posts = [(path, operation) for path, method, operation in operations(api) if method == "post" and path not in shown]
    assert len(posts) >= 25
    for path, operation in posts:
        [header] = [field for field in operation["parameters"] if field["in"] == "header"]
        assert (path, header["name"], header["required"]) == (path, "Idempotency-Key", True)
        assert set(operation["responses"]) >= REFUSALS_OF_WRITES


async def test_every_refusal_is_a_problem(api: Api) -> None:
    for path, _, operation in operations(api):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert (path, list(response["content"])) == (path, ["application/problem+json"])


async def test_an_operation_is_called_as_people_say_it_and_no_two_are_called_the_same(api: Api) -> None:
    named = [(operation["operationId"], operation["summary"]) for _, _, operation in operations(api)]
    assert ("create_deal", "Create a deal") in named
    assert len({name for name, _ in named}) == len(named) == len({summary for _, summary in named})
    for name, summary in named:
        assert (name, name.split("_")[0].capitalize()) == (name, summary.split()[0])
        assert re.fullmatch("[a-z_]+", name) and not summary.endswith(".")


async def test_every_code_of_an_operation_is_listed_with_its_status(api: Api) -> None:
    rows = re.findall(r"^\| `([a-z0-9_]+)` \| ([^|]*) \| ([^|]*) \|", ERRORS.read_text(), re.MULTILINE)
    listed = {(code, status) for code, statuses, who in rows if "M" in who for status in statuses.split(", ")}
    declared = {
        (code, status)
        for _, _, operation in operations(api)
        for status, response in operation["responses"].items()
        for code in response.get(CODES, ())
    }
    assert len(declared) > 150
    assert declared <= listed
    for _, _, operation in operations(api):
        for status, response in operation["responses"].items():
            where = (operation["operationId"], status)
            assert (where, CODES in response) == (where, int(status) >= 400)


async def test_every_example_is_of_an_operation_and_as_its_schema_wants_it(api: Api) -> None:
    shown = {
        operation["operationId"]: operation["requestBody"]["content"]["application/json"]
        for _, _, operation in operations(api)
        if "example" in str(operation.get("requestBody"))
    }
    assert shown.keys() == EXAMPLES.keys()
    for name, content in shown.items():
        schema = content["schema"] | {"components": api.contract.document["components"]}
        assert (name, [error.message for error in Draft202012Validator(schema).iter_errors(content["example"])]) == (
            name,
            [],
        )


async def test_the_document_is_served(api: Api) -> None:
    reply = await api.client.get("/../../openapi.json")
    assert reply.status_code == 200
    assert reply.json() == api.contract.document


async def test_the_documentation_page_works_where_no_other_host_is_reached(api: Api) -> None:
    page = await api.client.get("/../../docs")
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert page.status_code == 200
    assert "://" not in page.text
    assert len(files) >= 2
    for file in files:
        assert (file, (await api.client.get(f"/../..{file}")).status_code) == (file, 200)

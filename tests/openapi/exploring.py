"""An API against its own OpenAPI document, by schemathesis with all its checks: the same for all our APIs.

A *recipe* makes one real request to an operation of the document, which must succeed. Every operation needs one, so
that none is only ever refused; values from recipes (account numbers, operation keys, codes) are then mixed into half of
the generated requests, so that they get further than the first look-up.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx
from jsonschema import Draft202012Validator

from edge.documents import CODES
from edge.idempotency import HEADER
from tests.openapi.configuration import configuration
from tests.openapi.examples import documented
from tests.openapi.repeats import Repeats

# Importing schemathesis takes seconds, and recipes are for other tests too: only what explores imports it.
if TYPE_CHECKING:
    from schemathesis import Case, HookContext, Response
    from schemathesis.core.failures import Failure
    from schemathesis.engine import events

T = TypeVar("T")

FORM: Final = "application/x-www-form-urlencoded"
METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Real:
    """A request that must succeed. An Idempotency-Key is added where the document requires one."""

    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


Recipe = Callable[[T], Awaitable[Real]]
"""Makes what the request needs; called in the test's event loop, once, before anything is sent by schemathesis."""


@dataclass(frozen=True, slots=True)
class Explored:
    """`reals` and `statuses`: answers by operation and status, of the recipes and of all requests."""

    findings: list[str]
    reals: dict[str, int]
    statuses: Counter[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What is particular to one API.

    `decides`: codes with which it refuses by a 422 what the document cannot rule out, such as an unknown currency; for
    one operation only, with its label before the code. `unlisted`: places such as `query.state` whose real values are
    not mixed in: schemathesis fails where their schema is a reference. `spares`: whether a request may be sent; not one
    that would disable the API for all later ones.
    """

    decides: frozenset[str]
    unlisted: frozenset[str] = frozenset()
    spares: Callable[[Case], bool] = lambda case: True


def operations(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The operations of a document by label, such as `POST /api/v1/operations`."""
    return {
        f"{method.upper()} {path}": found[method]
        for path, found in document["paths"].items()
        for method in METHODS
        if method in found
    }


async def real_requests(
    document: Mapping[str, Any],
    recipes: Mapping[str, Recipe[T]],
    api: T,
    where: str,
    otherwise: Callable[[T, str], Real | None] = lambda api, label: None,
) -> dict[str, Real]:
    """A real request for every operation: by its recipe, plain when it needs no input, else as `otherwise` has it.

    Raises AssertionError naming operations without a recipe and recipes without an operation; `where` is their file.
    """
    known = operations(document)
    plain = {label for label, operation in known.items() if not _needs_input(label, operation)}
    others = {label: otherwise(api, label) for label in known.keys() - recipes.keys() - plain}
    made = {label: real for label, real in others.items() if real is not None}
    missing = sorted(others.keys() - made.keys())
    assert not missing, (
        f"operations without a recipe: {', '.join(missing)}. Every operation must be seen to succeed: add to {where}\n"
        f'    @recipe("{missing[0]}")\n    async def …(…) -> Real: …\n'
        "that makes what the request needs and returns its path, query and body"
    )
    stale = sorted(recipes.keys() - known.keys())
    assert not stale, f"recipes in {where} for operations that the document does not have: {', '.join(stale)}"
    found = {label: await recipes[label](api) if label in recipes else made.get(label, Real()) for label in known}
    return {label: replace(real, body=documented(known[label], real.body)) for label, real in found.items()}


async def ask(
    http: httpx.AsyncClient, label: str, real: Real, secret: str | None, idempotency_key: str
) -> httpx.Response:
    """The answer to a real request with this key or token, or with none."""
    method, path = label.split()
    headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    headers |= {**real.headers, HEADER: idempotency_key, "Content-Type": real.media_type}
    sent: dict[str, Any] = {"data": real.body} if real.media_type == FORM else {"content": json.dumps(real.body)}
    sent = {} if real.body is None else sent  # JSON is sent as it was signed
    return await http.request(method, path.format(**real.path), params=dict(real.query), headers=headers, **sent)


def explore(
    url: str,
    headers: Mapping[str, str],
    reals: Mapping[str, Real],
    rules: Rules,
    *,
    max_examples: int,
    headers_of: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> Explored:
    """Sends the real requests, which are the documented examples, then generated ones: boundaries, random, sequences.

    Blocking.

    `headers_of` are those of one operation, beside `headers`; `max_examples` is per operation and kind of generation.
    The same seed sends the same to the same API.
    """
    import schemathesis
    from schemathesis.core.result import Ok
    from schemathesis.engine import from_schema

    document = httpx.get(f"{url}/openapi.json", trust_env=False).json()
    given = {label: dict(headers_of.get(label, {})) for label in operations(document)}
    schema = schemathesis.openapi.from_url(
        f"{url}/openapi.json",
        config=configuration(headers, given, _varied(document), reals, rules.unlisted, max_examples),
    )

    repeats = Repeats(schema.raw_schema, reals)

    @schema.hook
    def filter_case(context: HookContext, case: Case) -> bool:
        return rules.spares(case) and not repeats.has(case)

    @schema.hook
    def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
        if type(failure).__name__ != "RejectedPositiveData" or response.status_code not in (400, 422):
            return True
        said = response.json()
        code = said.get("error", said.get("code"))  # OAuth has a word of its own for it
        if not rules.decides.isdisjoint({code, f"{case.operation.label} {code}"}) or _has_whole_float(case.body):
            return False  # to JSON Schema 1.0 is an integer; to us it is a float, on purpose: nothing is coerced
        # A value of a dictionary also replaces a null, even if it belongs with other values.
        return _is_valid(schema.raw_schema, case)

    found = Explored([], {}, Counter())
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), "the document does not describe its operations"
        operation = result.ok()
        _send_real(
            operation.label,
            operation,
            reals[operation.label],
            {**headers, **headers_of.get(operation.label, {})},
            found,
        )
    for event in from_schema(schema).execute():
        _take(event, found)
    return found


def key_of(label: str) -> str:
    """The Idempotency-Key of an operation's real request."""
    return f"real/{label.replace(' ', '')}"


def _send_real(label: str, operation: Any, real: Real, headers: Mapping[str, str], found: Explored) -> None:
    from schemathesis.core.failures import FailureGroup

    given: dict[str, Any] = {
        "path_parameters": dict(real.path),
        "query": dict(real.query),
        "headers": {**headers, **real.headers},
    }
    if operation.headers.get("Idempotency-Key") is not None:
        given["headers"]["Idempotency-Key"] = key_of(label)
    if real.body is not None:
        given |= {"body": dict(real.body), "media_type": real.media_type}
    case = operation.Case(**given)
    response = case.call()
    found.reals[label] = response.status_code
    found.statuses[label, response.status_code] += 1
    try:
        case.validate_response(response)
    except FailureGroup as failures:
        found.findings.extend(f"{label}: {failure}" for failure in failures.exceptions)
    if response.status_code >= 300:
        found.findings.append(f"{label}: its recipe was answered {response.status_code}: {response.text}")


def _take(event: events.EngineEvent, found: Explored) -> None:
    from schemathesis.engine import events

    if isinstance(event, events.NonFatalError | events.FatalError):
        error = event.value if isinstance(event, events.NonFatalError) else event.exception
        found.findings.append(f"schemathesis itself: {error!r}")
    if isinstance(event, events.ScenarioFinished):
        for key, interaction in event.recorder.interactions.items():
            if interaction.response is not None and key in event.recorder.cases:
                operation = event.recorder.cases[key].value.operation
                found.statuses[operation.label, interaction.response.status_code] += 1
                found.findings.extend(_undeclared(operation, interaction.response))
        for checks in event.recorder.checks.values():
            for check in checks:
                if check.failure_info is not None:
                    failed = check.failure_info
                    found.findings.append(f"{check.name}: {failed.failure}\n{failed.code_sample}")


def _undeclared(operation: Any, response: Response) -> list[str]:
    """The code of a refusal that the document does not have for this operation and status."""
    declared = operation.definition.raw["responses"].get(str(response.status_code), {})
    if response.status_code < 400 or CODES not in declared:
        return []
    code = json.loads(response.content or b"{}").get("code")
    return [] if code in declared[CODES] else [f"{operation.label}: undeclared {response.status_code} {code}"]


def _is_valid(document: Mapping[str, Any], case: Case) -> bool:
    """Whether the body is what the document allows."""
    request = document["paths"][case.path][case.method.lower()].get("requestBody")
    if request is None:
        return True
    body_schema = next(iter(request["content"].values()))["schema"]
    return bool(Draft202012Validator({**body_schema, "components": document["components"]}).is_valid(case.body))


def _has_whole_float(value: object) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_whole_float, value.values() if isinstance(value, dict) else value))
    return isinstance(value, float) and value.is_integer()


def _varied(document: Mapping[str, Any]) -> set[str]:
    """The operations with a body or a query that no earlier one has: else only ids and headers could be random."""
    first: dict[str, str] = {}
    for label, operation in operations(document).items():
        queried = [parameter for parameter in operation.get("parameters", []) if parameter["in"] == "query"]
        body = {
            media_type: said["schema"]
            for media_type, said in operation.get("requestBody", {"content": {}})["content"].items()
        }
        if queried or body:
            first.setdefault(json.dumps([queried, body], sort_keys=True), label)
    return set(first.values())


def _needs_input(label: str, operation: Mapping[str, Any]) -> bool:
    required = any(parameter.get("required") for parameter in operation.get("parameters", []))
    return required or "requestBody" in operation or not label.startswith("GET ")

from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.code_in import CodeIn
from ...models.problem import Problem
from ...models.submit_code_late_problem import SubmitCodeLateProblem
from ...models.submitted_out import SubmittedOut
from ...types import Response


def _get_kwargs(
    payment_id: UUID,
    *,
    body: CodeIn,
    idempotency_key: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/payments/{payment_id}/code-attempts".format(
            payment_id=quote(str(payment_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | SubmitCodeLateProblem | SubmittedOut | None:
    if response.status_code == 202:
        response_202 = SubmittedOut.from_dict(response.json())

        return response_202

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    if response.status_code == 409:

        def _parse_response_409(data: object) -> Problem | SubmitCodeLateProblem:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_409_late_problem = SubmitCodeLateProblem.from_dict(data)

                return response_409_late_problem
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            response_409_type_1 = Problem.from_dict(data)

            return response_409_type_1

        response_409 = _parse_response_409(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = Problem.from_dict(response.json())

        return response_415

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Problem | SubmitCodeLateProblem | SubmittedOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    payment_id: UUID,
    *,
    client: AuthenticatedClient,
    body: CodeIn,
    idempotency_key: str,
) -> Response[Problem | SubmitCodeLateProblem | SubmittedOut]:
    """Submit a payment's code

     Submits the code that the payer got. In time means stored at or before the deal's `pay_by`.

    The answer does not wait for the bank. After too many wrong codes of this payer, account or
    marketplace it is 429:
    nothing is stored, and the same code may be sent again.

    Args:
        payment_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (CodeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Problem | SubmitCodeLateProblem | SubmittedOut]
    """

    kwargs = _get_kwargs(
        payment_id=payment_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    payment_id: UUID,
    *,
    client: AuthenticatedClient,
    body: CodeIn,
    idempotency_key: str,
) -> Problem | SubmitCodeLateProblem | SubmittedOut | None:
    """Submit a payment's code

     Submits the code that the payer got. In time means stored at or before the deal's `pay_by`.

    The answer does not wait for the bank. After too many wrong codes of this payer, account or
    marketplace it is 429:
    nothing is stored, and the same code may be sent again.

    Args:
        payment_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (CodeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Problem | SubmitCodeLateProblem | SubmittedOut
    """

    return sync_detailed(
        payment_id=payment_id,
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    payment_id: UUID,
    *,
    client: AuthenticatedClient,
    body: CodeIn,
    idempotency_key: str,
) -> Response[Problem | SubmitCodeLateProblem | SubmittedOut]:
    """Submit a payment's code

     Submits the code that the payer got. In time means stored at or before the deal's `pay_by`.

    The answer does not wait for the bank. After too many wrong codes of this payer, account or
    marketplace it is 429:
    nothing is stored, and the same code may be sent again.

    Args:
        payment_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (CodeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Problem | SubmitCodeLateProblem | SubmittedOut]
    """

    kwargs = _get_kwargs(
        payment_id=payment_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    payment_id: UUID,
    *,
    client: AuthenticatedClient,
    body: CodeIn,
    idempotency_key: str,
) -> Problem | SubmitCodeLateProblem | SubmittedOut | None:
    """Submit a payment's code

     Submits the code that the payer got. In time means stored at or before the deal's `pay_by`.

    The answer does not wait for the bank. After too many wrong codes of this payer, account or
    marketplace it is 429:
    nothing is stored, and the same code may be sent again.

    Args:
        payment_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (CodeIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Problem | SubmitCodeLateProblem | SubmittedOut
    """

    return (
        await asyncio_detailed(
            payment_id=payment_id,
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed

from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.assign_in import AssignIn
from ...models.problem import Problem
from ...models.resolution_out import ResolutionOut
from ...types import Response


def _get_kwargs(
    incoming_id: UUID,
    *,
    body: AssignIn,
    idempotency_key: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/incoming-transfers/{incoming_id}/assign".format(
            incoming_id=quote(str(incoming_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | ResolutionOut | None:
    if response.status_code == 201:
        response_201 = ResolutionOut.from_dict(response.json())

        return response_201

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
        response_409 = Problem.from_dict(response.json())

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

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Problem | ResolutionOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    incoming_id: UUID,
    *,
    client: AuthenticatedClient,
    body: AssignIn,
    idempotency_key: str,
) -> Response[Problem | ResolutionOut]:
    """Assign an incoming transfer

     Asks for a transfer in suspense to go to a wallet or top-up. Nothing moves before a second operator
    approves.

    Args:
        incoming_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (AssignIn): Exactly one of wallet and top-up. A top-up counts the money as paid when
            it was.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | ResolutionOut]
    """

    kwargs = _get_kwargs(
        incoming_id=incoming_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    incoming_id: UUID,
    *,
    client: AuthenticatedClient,
    body: AssignIn,
    idempotency_key: str,
) -> Problem | ResolutionOut | None:
    """Assign an incoming transfer

     Asks for a transfer in suspense to go to a wallet or top-up. Nothing moves before a second operator
    approves.

    Args:
        incoming_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (AssignIn): Exactly one of wallet and top-up. A top-up counts the money as paid when
            it was.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | ResolutionOut
    """

    return sync_detailed(
        incoming_id=incoming_id,
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    incoming_id: UUID,
    *,
    client: AuthenticatedClient,
    body: AssignIn,
    idempotency_key: str,
) -> Response[Problem | ResolutionOut]:
    """Assign an incoming transfer

     Asks for a transfer in suspense to go to a wallet or top-up. Nothing moves before a second operator
    approves.

    Args:
        incoming_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (AssignIn): Exactly one of wallet and top-up. A top-up counts the money as paid when
            it was.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | ResolutionOut]
    """

    kwargs = _get_kwargs(
        incoming_id=incoming_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    incoming_id: UUID,
    *,
    client: AuthenticatedClient,
    body: AssignIn,
    idempotency_key: str,
) -> Problem | ResolutionOut | None:
    """Assign an incoming transfer

     Asks for a transfer in suspense to go to a wallet or top-up. Nothing moves before a second operator
    approves.

    Args:
        incoming_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (AssignIn): Exactly one of wallet and top-up. A top-up counts the money as paid when
            it was.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | ResolutionOut
    """

    return (
        await asyncio_detailed(
            incoming_id=incoming_id,
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.top_up_in import TopUpIn
from ...models.top_up_now_out import TopUpNowOut
from ...types import Response


def _get_kwargs(
    *,
    body: TopUpIn,
    idempotency_key: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/top-ups",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | TopUpNowOut | None:
    if response.status_code == 201:
        response_201 = TopUpNowOut.from_dict(response.json())

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
) -> Response[Problem | TopUpNowOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: TopUpIn,
    idempotency_key: str,
) -> Response[Problem | TopUpNowOut]:
    """Create a top-up

     Announces money that will come into a wallet through a gateway; `gateway_data` says how to pay it.

    What arrives is credited when it is final: any amount, at any time. With `deal_id` it pays that
    deal.

    Args:
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (TopUpIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TopUpNowOut]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: TopUpIn,
    idempotency_key: str,
) -> Problem | TopUpNowOut | None:
    """Create a top-up

     Announces money that will come into a wallet through a gateway; `gateway_data` says how to pay it.

    What arrives is credited when it is final: any amount, at any time. With `deal_id` it pays that
    deal.

    Args:
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (TopUpIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TopUpNowOut
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: TopUpIn,
    idempotency_key: str,
) -> Response[Problem | TopUpNowOut]:
    """Create a top-up

     Announces money that will come into a wallet through a gateway; `gateway_data` says how to pay it.

    What arrives is credited when it is final: any amount, at any time. With `deal_id` it pays that
    deal.

    Args:
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (TopUpIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TopUpNowOut]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: TopUpIn,
    idempotency_key: str,
) -> Problem | TopUpNowOut | None:
    """Create a top-up

     Announces money that will come into a wallet through a gateway; `gateway_data` says how to pay it.

    What arrives is credited when it is final: any amount, at any time. With `deal_id` it pays that
    deal.

    Args:
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (TopUpIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TopUpNowOut
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed

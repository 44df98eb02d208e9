from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.top_ups_out import TopUpsOut
from ...types import UNSET, Response, Unset


def _get_kwargs(
    wallet_id: UUID,
    *,
    after: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_after: None | str | Unset
    if isinstance(after, Unset):
        json_after = UNSET
    elif isinstance(after, UUID):
        json_after = str(after)
    else:
        json_after = after
    params["after"] = json_after

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/wallets/{wallet_id}/top-ups".format(
            wallet_id=quote(str(wallet_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | TopUpsOut | None:
    if response.status_code == 200:
        response_200 = TopUpsOut.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | TopUpsOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    wallet_id: UUID,
    *,
    client: AuthenticatedClient,
    after: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> Response[Problem | TopUpsOut]:
    """List a wallet's top-ups

     The wallet's top-ups, oldest first.

    Args:
        wallet_id (UUID):
        after (None | Unset | UUID): `next` of the page before, or the last id that was read.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TopUpsOut]
    """

    kwargs = _get_kwargs(
        wallet_id=wallet_id,
        after=after,
        limit=limit,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    wallet_id: UUID,
    *,
    client: AuthenticatedClient,
    after: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> Problem | TopUpsOut | None:
    """List a wallet's top-ups

     The wallet's top-ups, oldest first.

    Args:
        wallet_id (UUID):
        after (None | Unset | UUID): `next` of the page before, or the last id that was read.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TopUpsOut
    """

    return sync_detailed(
        wallet_id=wallet_id,
        client=client,
        after=after,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    wallet_id: UUID,
    *,
    client: AuthenticatedClient,
    after: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> Response[Problem | TopUpsOut]:
    """List a wallet's top-ups

     The wallet's top-ups, oldest first.

    Args:
        wallet_id (UUID):
        after (None | Unset | UUID): `next` of the page before, or the last id that was read.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TopUpsOut]
    """

    kwargs = _get_kwargs(
        wallet_id=wallet_id,
        after=after,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    wallet_id: UUID,
    *,
    client: AuthenticatedClient,
    after: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> Problem | TopUpsOut | None:
    """List a wallet's top-ups

     The wallet's top-ups, oldest first.

    Args:
        wallet_id (UUID):
        after (None | Unset | UUID): `next` of the page before, or the last id that was read.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TopUpsOut
    """

    return (
        await asyncio_detailed(
            wallet_id=wallet_id,
            client=client,
            after=after,
            limit=limit,
        )
    ).parsed

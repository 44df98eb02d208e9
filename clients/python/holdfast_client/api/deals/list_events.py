from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.events_out import EventsOut
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    deal_id: UUID,
    *,
    after: int | Unset = 0,
    limit: int | Unset = 50,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["after"] = after

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/deals/{deal_id}/events".format(
            deal_id=quote(str(deal_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> EventsOut | Problem | None:
    if response.status_code == 200:
        response_200 = EventsOut.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[EventsOut | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    deal_id: UUID,
    *,
    client: AuthenticatedClient,
    after: int | Unset = 0,
    limit: int | Unset = 50,
) -> Response[EventsOut | Problem]:
    """List a deal's events

     What happened to the deal and to its payments, oldest first.

    Events about codes of the buyer are left out for a seller who asks with their own token.

    Args:
        deal_id (UUID):
        after (int | Unset): `next` of the page before. Default: 0.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[EventsOut | Problem]
    """

    kwargs = _get_kwargs(
        deal_id=deal_id,
        after=after,
        limit=limit,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    deal_id: UUID,
    *,
    client: AuthenticatedClient,
    after: int | Unset = 0,
    limit: int | Unset = 50,
) -> EventsOut | Problem | None:
    """List a deal's events

     What happened to the deal and to its payments, oldest first.

    Events about codes of the buyer are left out for a seller who asks with their own token.

    Args:
        deal_id (UUID):
        after (int | Unset): `next` of the page before. Default: 0.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        EventsOut | Problem
    """

    return sync_detailed(
        deal_id=deal_id,
        client=client,
        after=after,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    deal_id: UUID,
    *,
    client: AuthenticatedClient,
    after: int | Unset = 0,
    limit: int | Unset = 50,
) -> Response[EventsOut | Problem]:
    """List a deal's events

     What happened to the deal and to its payments, oldest first.

    Events about codes of the buyer are left out for a seller who asks with their own token.

    Args:
        deal_id (UUID):
        after (int | Unset): `next` of the page before. Default: 0.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[EventsOut | Problem]
    """

    kwargs = _get_kwargs(
        deal_id=deal_id,
        after=after,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    deal_id: UUID,
    *,
    client: AuthenticatedClient,
    after: int | Unset = 0,
    limit: int | Unset = 50,
) -> EventsOut | Problem | None:
    """List a deal's events

     What happened to the deal and to its payments, oldest first.

    Events about codes of the buyer are left out for a seller who asks with their own token.

    Args:
        deal_id (UUID):
        after (int | Unset): `next` of the page before. Default: 0.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        EventsOut | Problem
    """

    return (
        await asyncio_detailed(
            deal_id=deal_id,
            client=client,
            after=after,
            limit=limit,
        )
    ).parsed

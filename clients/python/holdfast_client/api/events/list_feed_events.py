from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.feed_out import FeedOut
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    types: None | str | Unset = UNSET,
    after: int | Unset = 0,
    limit: int | Unset = 50,
    with_objects: bool | Unset = False,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_types: None | str | Unset
    if isinstance(types, Unset):
        json_types = UNSET
    else:
        json_types = types
    params["types"] = json_types

    params["after"] = after

    params["limit"] = limit

    params["with_objects"] = with_objects

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/events",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> FeedOut | Problem | None:
    if response.status_code == 200:
        response_200 = FeedOut.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[FeedOut | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    types: None | str | Unset = UNSET,
    after: int | Unset = 0,
    limit: int | Unset = 50,
    with_objects: bool | Unset = False,
) -> Response[FeedOut | Problem]:
    """List events

     What has happened in the marketplace, in the order of numbers, which have no gaps. No event is ever
    inserted
    before one that was read: who reads on after the last number misses nothing.

    Args:
        types (None | str | Unset): Only these, separated by commas: `deal.funded,deal.completed`.
        after (int | Unset): `number` of the last event that was read. Default: 0.
        limit (int | Unset):  Default: 50.
        with_objects (bool | Unset): Also shows each object, as it is now. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FeedOut | Problem]
    """

    kwargs = _get_kwargs(
        types=types,
        after=after,
        limit=limit,
        with_objects=with_objects,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    types: None | str | Unset = UNSET,
    after: int | Unset = 0,
    limit: int | Unset = 50,
    with_objects: bool | Unset = False,
) -> FeedOut | Problem | None:
    """List events

     What has happened in the marketplace, in the order of numbers, which have no gaps. No event is ever
    inserted
    before one that was read: who reads on after the last number misses nothing.

    Args:
        types (None | str | Unset): Only these, separated by commas: `deal.funded,deal.completed`.
        after (int | Unset): `number` of the last event that was read. Default: 0.
        limit (int | Unset):  Default: 50.
        with_objects (bool | Unset): Also shows each object, as it is now. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FeedOut | Problem
    """

    return sync_detailed(
        client=client,
        types=types,
        after=after,
        limit=limit,
        with_objects=with_objects,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    types: None | str | Unset = UNSET,
    after: int | Unset = 0,
    limit: int | Unset = 50,
    with_objects: bool | Unset = False,
) -> Response[FeedOut | Problem]:
    """List events

     What has happened in the marketplace, in the order of numbers, which have no gaps. No event is ever
    inserted
    before one that was read: who reads on after the last number misses nothing.

    Args:
        types (None | str | Unset): Only these, separated by commas: `deal.funded,deal.completed`.
        after (int | Unset): `number` of the last event that was read. Default: 0.
        limit (int | Unset):  Default: 50.
        with_objects (bool | Unset): Also shows each object, as it is now. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FeedOut | Problem]
    """

    kwargs = _get_kwargs(
        types=types,
        after=after,
        limit=limit,
        with_objects=with_objects,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    types: None | str | Unset = UNSET,
    after: int | Unset = 0,
    limit: int | Unset = 50,
    with_objects: bool | Unset = False,
) -> FeedOut | Problem | None:
    """List events

     What has happened in the marketplace, in the order of numbers, which have no gaps. No event is ever
    inserted
    before one that was read: who reads on after the last number misses nothing.

    Args:
        types (None | str | Unset): Only these, separated by commas: `deal.funded,deal.completed`.
        after (int | Unset): `number` of the last event that was read. Default: 0.
        limit (int | Unset):  Default: 50.
        with_objects (bool | Unset): Also shows each object, as it is now. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FeedOut | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            types=types,
            after=after,
            limit=limit,
            with_objects=with_objects,
        )
    ).parsed

from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.overrides_out import OverridesOut
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    deal_id: None | Unset | UUID = UNSET,
    open_only: bool | Unset = False,
    after: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_deal_id: None | str | Unset
    if isinstance(deal_id, Unset):
        json_deal_id = UNSET
    elif isinstance(deal_id, UUID):
        json_deal_id = str(deal_id)
    else:
        json_deal_id = deal_id
    params["deal_id"] = json_deal_id

    params["open_only"] = open_only

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
        "url": "/api/v1/overrides",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> OverridesOut | Problem | None:
    if response.status_code == 200:
        response_200 = OverridesOut.from_dict(response.json())

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


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[OverridesOut | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    deal_id: None | Unset | UUID = UNSET,
    open_only: bool | Unset = False,
    after: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> Response[OverridesOut | Problem]:
    """List overrides

     Overrides in the order of their requests, with their reasons.

    Args:
        deal_id (None | Unset | UUID):
        open_only (bool | Unset): Leave out those that have ended. Default: False.
        after (None | Unset | UUID): `next` of the page before, or the last id that was read.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OverridesOut | Problem]
    """

    kwargs = _get_kwargs(
        deal_id=deal_id,
        open_only=open_only,
        after=after,
        limit=limit,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    deal_id: None | Unset | UUID = UNSET,
    open_only: bool | Unset = False,
    after: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> OverridesOut | Problem | None:
    """List overrides

     Overrides in the order of their requests, with their reasons.

    Args:
        deal_id (None | Unset | UUID):
        open_only (bool | Unset): Leave out those that have ended. Default: False.
        after (None | Unset | UUID): `next` of the page before, or the last id that was read.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OverridesOut | Problem
    """

    return sync_detailed(
        client=client,
        deal_id=deal_id,
        open_only=open_only,
        after=after,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    deal_id: None | Unset | UUID = UNSET,
    open_only: bool | Unset = False,
    after: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> Response[OverridesOut | Problem]:
    """List overrides

     Overrides in the order of their requests, with their reasons.

    Args:
        deal_id (None | Unset | UUID):
        open_only (bool | Unset): Leave out those that have ended. Default: False.
        after (None | Unset | UUID): `next` of the page before, or the last id that was read.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OverridesOut | Problem]
    """

    kwargs = _get_kwargs(
        deal_id=deal_id,
        open_only=open_only,
        after=after,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    deal_id: None | Unset | UUID = UNSET,
    open_only: bool | Unset = False,
    after: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> OverridesOut | Problem | None:
    """List overrides

     Overrides in the order of their requests, with their reasons.

    Args:
        deal_id (None | Unset | UUID):
        open_only (bool | Unset): Leave out those that have ended. Default: False.
        after (None | Unset | UUID): `next` of the page before, or the last id that was read.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OverridesOut | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            deal_id=deal_id,
            open_only=open_only,
            after=after,
            limit=limit,
        )
    ).parsed

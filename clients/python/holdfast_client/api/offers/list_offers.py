from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.offer_state import OfferState
from ...models.offers_out import OffersOut
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    after: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
    state: None | OfferState | Unset = UNSET,
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

    json_state: None | str | Unset
    if isinstance(state, Unset):
        json_state = UNSET
    elif isinstance(state, OfferState):
        json_state = state.value
    else:
        json_state = state
    params["state"] = json_state

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/offers",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> OffersOut | Problem | None:
    if response.status_code == 200:
        response_200 = OffersOut.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[OffersOut | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    after: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
    state: None | OfferState | Unset = UNSET,
) -> Response[OffersOut | Problem]:
    """List offers

     Offers in order of creation; with `state=pending` those that await moderation.

    Args:
        after (None | Unset | UUID): `next` of the page before, or the last id that was read.
        limit (int | Unset):  Default: 50.
        state (None | OfferState | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OffersOut | Problem]
    """

    kwargs = _get_kwargs(
        after=after,
        limit=limit,
        state=state,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    after: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
    state: None | OfferState | Unset = UNSET,
) -> OffersOut | Problem | None:
    """List offers

     Offers in order of creation; with `state=pending` those that await moderation.

    Args:
        after (None | Unset | UUID): `next` of the page before, or the last id that was read.
        limit (int | Unset):  Default: 50.
        state (None | OfferState | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OffersOut | Problem
    """

    return sync_detailed(
        client=client,
        after=after,
        limit=limit,
        state=state,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    after: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
    state: None | OfferState | Unset = UNSET,
) -> Response[OffersOut | Problem]:
    """List offers

     Offers in order of creation; with `state=pending` those that await moderation.

    Args:
        after (None | Unset | UUID): `next` of the page before, or the last id that was read.
        limit (int | Unset):  Default: 50.
        state (None | OfferState | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OffersOut | Problem]
    """

    kwargs = _get_kwargs(
        after=after,
        limit=limit,
        state=state,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    after: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
    state: None | OfferState | Unset = UNSET,
) -> OffersOut | Problem | None:
    """List offers

     Offers in order of creation; with `state=pending` those that await moderation.

    Args:
        after (None | Unset | UUID): `next` of the page before, or the last id that was read.
        limit (int | Unset):  Default: 50.
        state (None | OfferState | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OffersOut | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            after=after,
            limit=limit,
            state=state,
        )
    ).parsed

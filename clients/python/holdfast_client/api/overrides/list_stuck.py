from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.stuck_list_out import StuckListOut
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    older_than_s: int | Unset = 60,
    limit: int | Unset = 50,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["older_than_s"] = older_than_s

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/stuck",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | StuckListOut | None:
    if response.status_code == 200:
        response_200 = StuckListOut.from_dict(response.json())

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
) -> Response[Problem | StuckListOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    older_than_s: int | Unset = 60,
    limit: int | Unset = 50,
) -> Response[Problem | StuckListOut]:
    """List what is stuck

     What an operator should look at, oldest first; whether the redriver is on time and the books are
    current.

    Args:
        older_than_s (int | Unset): From how many seconds on a bank's answer is late. Default: 60.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | StuckListOut]
    """

    kwargs = _get_kwargs(
        older_than_s=older_than_s,
        limit=limit,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    older_than_s: int | Unset = 60,
    limit: int | Unset = 50,
) -> Problem | StuckListOut | None:
    """List what is stuck

     What an operator should look at, oldest first; whether the redriver is on time and the books are
    current.

    Args:
        older_than_s (int | Unset): From how many seconds on a bank's answer is late. Default: 60.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | StuckListOut
    """

    return sync_detailed(
        client=client,
        older_than_s=older_than_s,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    older_than_s: int | Unset = 60,
    limit: int | Unset = 50,
) -> Response[Problem | StuckListOut]:
    """List what is stuck

     What an operator should look at, oldest first; whether the redriver is on time and the books are
    current.

    Args:
        older_than_s (int | Unset): From how many seconds on a bank's answer is late. Default: 60.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | StuckListOut]
    """

    kwargs = _get_kwargs(
        older_than_s=older_than_s,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    older_than_s: int | Unset = 60,
    limit: int | Unset = 50,
) -> Problem | StuckListOut | None:
    """List what is stuck

     What an operator should look at, oldest first; whether the redriver is on time and the books are
    current.

    Args:
        older_than_s (int | Unset): From how many seconds on a bank's answer is late. Default: 60.
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | StuckListOut
    """

    return (
        await asyncio_detailed(
            client=client,
            older_than_s=older_than_s,
            limit=limit,
        )
    ).parsed

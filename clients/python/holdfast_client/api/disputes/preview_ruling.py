from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.division_out import DivisionOut
from ...models.problem import Problem
from ...models.ruling import Ruling
from ...types import UNSET, Response, Unset


def _get_kwargs(
    dispute_id: UUID,
    *,
    ruling: Ruling,
    amount: None | str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_ruling = ruling.value
    params["ruling"] = json_ruling

    json_amount: None | str | Unset
    if isinstance(amount, Unset):
        json_amount = UNSET
    else:
        json_amount = amount
    params["amount"] = json_amount

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/disputes/{dispute_id}/preview".format(
            dispute_id=quote(str(dispute_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> DivisionOut | Problem | None:
    if response.status_code == 200:
        response_200 = DivisionOut.from_dict(response.json())

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

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

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
) -> Response[DivisionOut | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    dispute_id: UUID,
    *,
    client: AuthenticatedClient,
    ruling: Ruling,
    amount: None | str | Unset = UNSET,
) -> Response[DivisionOut | Problem]:
    """Preview a ruling

     What a ruling would move: to whom, with commission and fees, before it is made.

    Args:
        dispute_id (UUID):
        ruling (Ruling): Whose the money is after a dispute; the words of the overrides that
            decide.
        amount (None | str | Unset): What goes back to the buyer, in the deal's currency: of a
            split.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DivisionOut | Problem]
    """

    kwargs = _get_kwargs(
        dispute_id=dispute_id,
        ruling=ruling,
        amount=amount,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    dispute_id: UUID,
    *,
    client: AuthenticatedClient,
    ruling: Ruling,
    amount: None | str | Unset = UNSET,
) -> DivisionOut | Problem | None:
    """Preview a ruling

     What a ruling would move: to whom, with commission and fees, before it is made.

    Args:
        dispute_id (UUID):
        ruling (Ruling): Whose the money is after a dispute; the words of the overrides that
            decide.
        amount (None | str | Unset): What goes back to the buyer, in the deal's currency: of a
            split.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DivisionOut | Problem
    """

    return sync_detailed(
        dispute_id=dispute_id,
        client=client,
        ruling=ruling,
        amount=amount,
    ).parsed


async def asyncio_detailed(
    dispute_id: UUID,
    *,
    client: AuthenticatedClient,
    ruling: Ruling,
    amount: None | str | Unset = UNSET,
) -> Response[DivisionOut | Problem]:
    """Preview a ruling

     What a ruling would move: to whom, with commission and fees, before it is made.

    Args:
        dispute_id (UUID):
        ruling (Ruling): Whose the money is after a dispute; the words of the overrides that
            decide.
        amount (None | str | Unset): What goes back to the buyer, in the deal's currency: of a
            split.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DivisionOut | Problem]
    """

    kwargs = _get_kwargs(
        dispute_id=dispute_id,
        ruling=ruling,
        amount=amount,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    dispute_id: UUID,
    *,
    client: AuthenticatedClient,
    ruling: Ruling,
    amount: None | str | Unset = UNSET,
) -> DivisionOut | Problem | None:
    """Preview a ruling

     What a ruling would move: to whom, with commission and fees, before it is made.

    Args:
        dispute_id (UUID):
        ruling (Ruling): Whose the money is after a dispute; the words of the overrides that
            decide.
        amount (None | str | Unset): What goes back to the buyer, in the deal's currency: of a
            split.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DivisionOut | Problem
    """

    return (
        await asyncio_detailed(
            dispute_id=dispute_id,
            client=client,
            ruling=ruling,
            amount=amount,
        )
    ).parsed

from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.operator_undisputed_part_out import OperatorUndisputedPartOut
from ...models.problem import Problem
from ...models.undisputed_part_out import UndisputedPartOut
from ...types import UNSET, Response


def _get_kwargs(
    deal_id: UUID,
    *,
    amount: str,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["amount"] = amount

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/deals/{deal_id}/dispute/undisputed-part".format(
            deal_id=quote(str(deal_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> OperatorUndisputedPartOut | UndisputedPartOut | Problem | None:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> OperatorUndisputedPartOut | UndisputedPartOut:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_200_type_0 = OperatorUndisputedPartOut.from_dict(data)

                return response_200_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            response_200_type_1 = UndisputedPartOut.from_dict(data)

            return response_200_type_1

        response_200 = _parse_response_200(response.json())

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
) -> Response[OperatorUndisputedPartOut | UndisputedPartOut | Problem]:
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
    amount: str,
) -> Response[OperatorUndisputedPartOut | UndisputedPartOut | Problem]:
    """Preview an undisputed part

     What it would move if the buyer released this part, and the banks' fees that are no longer free
    after it.

    Args:
        deal_id (UUID):
        amount (str): Of the price, in the deal's currency.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OperatorUndisputedPartOut | UndisputedPartOut | Problem]
    """

    kwargs = _get_kwargs(
        deal_id=deal_id,
        amount=amount,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    deal_id: UUID,
    *,
    client: AuthenticatedClient,
    amount: str,
) -> OperatorUndisputedPartOut | UndisputedPartOut | Problem | None:
    """Preview an undisputed part

     What it would move if the buyer released this part, and the banks' fees that are no longer free
    after it.

    Args:
        deal_id (UUID):
        amount (str): Of the price, in the deal's currency.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OperatorUndisputedPartOut | UndisputedPartOut | Problem
    """

    return sync_detailed(
        deal_id=deal_id,
        client=client,
        amount=amount,
    ).parsed


async def asyncio_detailed(
    deal_id: UUID,
    *,
    client: AuthenticatedClient,
    amount: str,
) -> Response[OperatorUndisputedPartOut | UndisputedPartOut | Problem]:
    """Preview an undisputed part

     What it would move if the buyer released this part, and the banks' fees that are no longer free
    after it.

    Args:
        deal_id (UUID):
        amount (str): Of the price, in the deal's currency.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OperatorUndisputedPartOut | UndisputedPartOut | Problem]
    """

    kwargs = _get_kwargs(
        deal_id=deal_id,
        amount=amount,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    deal_id: UUID,
    *,
    client: AuthenticatedClient,
    amount: str,
) -> OperatorUndisputedPartOut | UndisputedPartOut | Problem | None:
    """Preview an undisputed part

     What it would move if the buyer released this part, and the banks' fees that are no longer free
    after it.

    Args:
        deal_id (UUID):
        amount (str): Of the price, in the deal's currency.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OperatorUndisputedPartOut | UndisputedPartOut | Problem
    """

    return (
        await asyncio_detailed(
            deal_id=deal_id,
            client=client,
            amount=amount,
        )
    ).parsed

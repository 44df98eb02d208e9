from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.quote_out import QuoteOut
from ...types import UNSET, Response, Unset


def _get_kwargs(
    deal_id: UUID,
    *,
    account_id: None | Unset | UUID = UNSET,
    wallet_id: None | Unset | UUID = UNSET,
    amount: None | str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_account_id: None | str | Unset
    if isinstance(account_id, Unset):
        json_account_id = UNSET
    elif isinstance(account_id, UUID):
        json_account_id = str(account_id)
    else:
        json_account_id = account_id
    params["account_id"] = json_account_id

    json_wallet_id: None | str | Unset
    if isinstance(wallet_id, Unset):
        json_wallet_id = UNSET
    elif isinstance(wallet_id, UUID):
        json_wallet_id = str(wallet_id)
    else:
        json_wallet_id = wallet_id
    params["wallet_id"] = json_wallet_id

    json_amount: None | str | Unset
    if isinstance(amount, Unset):
        json_amount = UNSET
    else:
        json_amount = amount
    params["amount"] = json_amount

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/deals/{deal_id}/quote".format(
            deal_id=quote(str(deal_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | QuoteOut | None:
    if response.status_code == 200:
        response_200 = QuoteOut.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | QuoteOut]:
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
    account_id: None | Unset | UUID = UNSET,
    wallet_id: None | Unset | UUID = UNSET,
    amount: None | str | Unset = UNSET,
) -> Response[Problem | QuoteOut]:
    """Quote a payment

     What the buyer would pay from an account, with its bank's fee, or from a wallet. Nothing is
    reserved.

    Args:
        deal_id (UUID):
        account_id (None | Unset | UUID):
        wallet_id (None | Unset | UUID):
        amount (None | str | Unset): In the deal's currency; absent: all that is left.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | QuoteOut]
    """

    kwargs = _get_kwargs(
        deal_id=deal_id,
        account_id=account_id,
        wallet_id=wallet_id,
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
    account_id: None | Unset | UUID = UNSET,
    wallet_id: None | Unset | UUID = UNSET,
    amount: None | str | Unset = UNSET,
) -> Problem | QuoteOut | None:
    """Quote a payment

     What the buyer would pay from an account, with its bank's fee, or from a wallet. Nothing is
    reserved.

    Args:
        deal_id (UUID):
        account_id (None | Unset | UUID):
        wallet_id (None | Unset | UUID):
        amount (None | str | Unset): In the deal's currency; absent: all that is left.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | QuoteOut
    """

    return sync_detailed(
        deal_id=deal_id,
        client=client,
        account_id=account_id,
        wallet_id=wallet_id,
        amount=amount,
    ).parsed


async def asyncio_detailed(
    deal_id: UUID,
    *,
    client: AuthenticatedClient,
    account_id: None | Unset | UUID = UNSET,
    wallet_id: None | Unset | UUID = UNSET,
    amount: None | str | Unset = UNSET,
) -> Response[Problem | QuoteOut]:
    """Quote a payment

     What the buyer would pay from an account, with its bank's fee, or from a wallet. Nothing is
    reserved.

    Args:
        deal_id (UUID):
        account_id (None | Unset | UUID):
        wallet_id (None | Unset | UUID):
        amount (None | str | Unset): In the deal's currency; absent: all that is left.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | QuoteOut]
    """

    kwargs = _get_kwargs(
        deal_id=deal_id,
        account_id=account_id,
        wallet_id=wallet_id,
        amount=amount,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    deal_id: UUID,
    *,
    client: AuthenticatedClient,
    account_id: None | Unset | UUID = UNSET,
    wallet_id: None | Unset | UUID = UNSET,
    amount: None | str | Unset = UNSET,
) -> Problem | QuoteOut | None:
    """Quote a payment

     What the buyer would pay from an account, with its bank's fee, or from a wallet. Nothing is
    reserved.

    Args:
        deal_id (UUID):
        account_id (None | Unset | UUID):
        wallet_id (None | Unset | UUID):
        amount (None | str | Unset): In the deal's currency; absent: all that is left.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | QuoteOut
    """

    return (
        await asyncio_detailed(
            deal_id=deal_id,
            client=client,
            account_id=account_id,
            wallet_id=wallet_id,
            amount=amount,
        )
    ).parsed

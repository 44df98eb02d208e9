from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.account_out import AccountOut
from ...models.advance_in import AdvanceIn
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    user_id: UUID,
    account_id: UUID,
    *,
    body: AdvanceIn,
    idempotency_key: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/users/{user_id}/accounts/{account_id}/test-clock".format(
            user_id=quote(str(user_id), safe=""),
            account_id=quote(str(account_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> AccountOut | Problem | None:
    if response.status_code == 200:
        response_200 = AccountOut.from_dict(response.json())

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
) -> Response[AccountOut | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    user_id: UUID,
    account_id: UUID,
    *,
    client: AuthenticatedClient,
    body: AdvanceIn,
    idempotency_key: str,
) -> Response[AccountOut | Problem]:
    """Advance a sandbox account's time

     Payouts begin to go to a newly chosen account that much sooner; `payout_from` shows when. Only in a
    sandbox.

    Args:
        user_id (UUID):
        account_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (AdvanceIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AccountOut | Problem]
    """

    kwargs = _get_kwargs(
        user_id=user_id,
        account_id=account_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    user_id: UUID,
    account_id: UUID,
    *,
    client: AuthenticatedClient,
    body: AdvanceIn,
    idempotency_key: str,
) -> AccountOut | Problem | None:
    """Advance a sandbox account's time

     Payouts begin to go to a newly chosen account that much sooner; `payout_from` shows when. Only in a
    sandbox.

    Args:
        user_id (UUID):
        account_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (AdvanceIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AccountOut | Problem
    """

    return sync_detailed(
        user_id=user_id,
        account_id=account_id,
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    user_id: UUID,
    account_id: UUID,
    *,
    client: AuthenticatedClient,
    body: AdvanceIn,
    idempotency_key: str,
) -> Response[AccountOut | Problem]:
    """Advance a sandbox account's time

     Payouts begin to go to a newly chosen account that much sooner; `payout_from` shows when. Only in a
    sandbox.

    Args:
        user_id (UUID):
        account_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (AdvanceIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AccountOut | Problem]
    """

    kwargs = _get_kwargs(
        user_id=user_id,
        account_id=account_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    user_id: UUID,
    account_id: UUID,
    *,
    client: AuthenticatedClient,
    body: AdvanceIn,
    idempotency_key: str,
) -> AccountOut | Problem | None:
    """Advance a sandbox account's time

     Payouts begin to go to a newly chosen account that much sooner; `payout_from` shows when. Only in a
    sandbox.

    Args:
        user_id (UUID):
        account_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (AdvanceIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AccountOut | Problem
    """

    return (
        await asyncio_detailed(
            user_id=user_id,
            account_id=account_id,
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed

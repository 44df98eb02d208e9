from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.webhook_in import WebhookIn
from ...models.webhook_out import WebhookOut
from ...types import UNSET, Response, Unset


def _get_kwargs(
    client_id: UUID,
    *,
    body: WebhookIn,
    webhook_id: None | str | Unset = UNSET,
    webhook_timestamp: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(webhook_id, Unset):
        headers["webhook-id"] = webhook_id

    if not isinstance(webhook_timestamp, Unset):
        headers["webhook-timestamp"] = webhook_timestamp

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/bank-webhooks/{client_id}".format(
            client_id=quote(str(client_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | WebhookOut | None:
    if response.status_code == 200:
        response_200 = WebhookOut.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

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
) -> Response[Problem | WebhookOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    client_id: UUID,
    *,
    client: AuthenticatedClient,
    body: WebhookIn,
    webhook_id: None | str | Unset = UNSET,
    webhook_timestamp: None | str | Unset = UNSET,
) -> Response[Problem | WebhookOut]:
    """Receive a webhook of a registered bank client

     The same from a registered client, signed with its own secret. It reports on its own banks only.

    Args:
        client_id (UUID):
        webhook_id (None | str | Unset): Id of the message; a repeat has the same.
        webhook_timestamp (None | str | Unset): Seconds since 1970.
        body (WebhookIn): The bank has an answer. It contains no amount: the market asks the bank,
            and only that answer counts.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | WebhookOut]
    """

    kwargs = _get_kwargs(
        client_id=client_id,
        body=body,
        webhook_id=webhook_id,
        webhook_timestamp=webhook_timestamp,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    client_id: UUID,
    *,
    client: AuthenticatedClient,
    body: WebhookIn,
    webhook_id: None | str | Unset = UNSET,
    webhook_timestamp: None | str | Unset = UNSET,
) -> Problem | WebhookOut | None:
    """Receive a webhook of a registered bank client

     The same from a registered client, signed with its own secret. It reports on its own banks only.

    Args:
        client_id (UUID):
        webhook_id (None | str | Unset): Id of the message; a repeat has the same.
        webhook_timestamp (None | str | Unset): Seconds since 1970.
        body (WebhookIn): The bank has an answer. It contains no amount: the market asks the bank,
            and only that answer counts.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | WebhookOut
    """

    return sync_detailed(
        client_id=client_id,
        client=client,
        body=body,
        webhook_id=webhook_id,
        webhook_timestamp=webhook_timestamp,
    ).parsed


async def asyncio_detailed(
    client_id: UUID,
    *,
    client: AuthenticatedClient,
    body: WebhookIn,
    webhook_id: None | str | Unset = UNSET,
    webhook_timestamp: None | str | Unset = UNSET,
) -> Response[Problem | WebhookOut]:
    """Receive a webhook of a registered bank client

     The same from a registered client, signed with its own secret. It reports on its own banks only.

    Args:
        client_id (UUID):
        webhook_id (None | str | Unset): Id of the message; a repeat has the same.
        webhook_timestamp (None | str | Unset): Seconds since 1970.
        body (WebhookIn): The bank has an answer. It contains no amount: the market asks the bank,
            and only that answer counts.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | WebhookOut]
    """

    kwargs = _get_kwargs(
        client_id=client_id,
        body=body,
        webhook_id=webhook_id,
        webhook_timestamp=webhook_timestamp,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    client_id: UUID,
    *,
    client: AuthenticatedClient,
    body: WebhookIn,
    webhook_id: None | str | Unset = UNSET,
    webhook_timestamp: None | str | Unset = UNSET,
) -> Problem | WebhookOut | None:
    """Receive a webhook of a registered bank client

     The same from a registered client, signed with its own secret. It reports on its own banks only.

    Args:
        client_id (UUID):
        webhook_id (None | str | Unset): Id of the message; a repeat has the same.
        webhook_timestamp (None | str | Unset): Seconds since 1970.
        body (WebhookIn): The bank has an answer. It contains no amount: the market asks the bank,
            and only that answer counts.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | WebhookOut
    """

    return (
        await asyncio_detailed(
            client_id=client_id,
            client=client,
            body=body,
            webhook_id=webhook_id,
            webhook_timestamp=webhook_timestamp,
        )
    ).parsed

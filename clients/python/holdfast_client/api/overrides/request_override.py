from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.override_in import OverrideIn
from ...models.override_out import OverrideOut
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    *,
    body: OverrideIn,
    idempotency_key: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/overrides",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> OverrideOut | Problem | None:
    if response.status_code == 202:
        response_202 = OverrideOut.from_dict(response.json())

        return response_202

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
) -> Response[OverrideOut | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: OverrideIn,
    idempotency_key: str,
) -> Response[OverrideOut | Problem]:
    """Request an override

     Overrides a deal or a payment. Above the market's limit it first awaits approval by a second person.

    `ask`: the bank is asked now. `force`: an unknown result counts as known; a refusal only after the
    bank has voided
    the operation. The bank is still asked. `release` and `refund` of a payment: what a bank refused is
    repeated.
    `release`, `refund`, `split` of a deal: an inspection or a dispute is decided. `extend`: both
    parties agreed.

    Args:
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (OverrideIn): An operator's request for a payment or a deal, with its reason. No
            codes and no secrets: it is kept for ever.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OverrideOut | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: OverrideIn,
    idempotency_key: str,
) -> OverrideOut | Problem | None:
    """Request an override

     Overrides a deal or a payment. Above the market's limit it first awaits approval by a second person.

    `ask`: the bank is asked now. `force`: an unknown result counts as known; a refusal only after the
    bank has voided
    the operation. The bank is still asked. `release` and `refund` of a payment: what a bank refused is
    repeated.
    `release`, `refund`, `split` of a deal: an inspection or a dispute is decided. `extend`: both
    parties agreed.

    Args:
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (OverrideIn): An operator's request for a payment or a deal, with its reason. No
            codes and no secrets: it is kept for ever.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OverrideOut | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: OverrideIn,
    idempotency_key: str,
) -> Response[OverrideOut | Problem]:
    """Request an override

     Overrides a deal or a payment. Above the market's limit it first awaits approval by a second person.

    `ask`: the bank is asked now. `force`: an unknown result counts as known; a refusal only after the
    bank has voided
    the operation. The bank is still asked. `release` and `refund` of a payment: what a bank refused is
    repeated.
    `release`, `refund`, `split` of a deal: an inspection or a dispute is decided. `extend`: both
    parties agreed.

    Args:
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (OverrideIn): An operator's request for a payment or a deal, with its reason. No
            codes and no secrets: it is kept for ever.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OverrideOut | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: OverrideIn,
    idempotency_key: str,
) -> OverrideOut | Problem | None:
    """Request an override

     Overrides a deal or a payment. Above the market's limit it first awaits approval by a second person.

    `ask`: the bank is asked now. `force`: an unknown result counts as known; a refusal only after the
    bank has voided
    the operation. The bank is still asked. `release` and `refund` of a payment: what a bank refused is
    repeated.
    `release`, `refund`, `split` of a deal: an inspection or a dispute is decided. `extend`: both
    parties agreed.

    Args:
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (OverrideIn): An operator's request for a payment or a deal, with its reason. No
            codes and no secrets: it is kept for ever.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OverrideOut | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed

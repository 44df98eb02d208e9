from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.override_out import OverrideOut
from ...models.problem import Problem
from ...models.ruling_in import RulingIn
from ...types import Response


def _get_kwargs(
    dispute_id: UUID,
    *,
    body: RulingIn,
    idempotency_key: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/disputes/{dispute_id}/decision".format(
            dispute_id=quote(str(dispute_id), safe=""),
        ),
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
    dispute_id: UUID,
    *,
    client: AuthenticatedClient,
    body: RulingIn,
    idempotency_key: str,
) -> Response[OverrideOut | Problem]:
    """Decide a dispute

     The arbiter decides for the seller (`release`), the buyer (`refund`) or both (`split`), with a
    reason for them.

    It is refused before the other party has answered or `answer_by` is over. It is an override of the
    deal: above the
    market's limit it first awaits approval by a second person.

    Args:
        dispute_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (RulingIn): The arbiter's decision, with its reason for both parties. No codes and no
            secrets: it is kept for ever.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OverrideOut | Problem]
    """

    kwargs = _get_kwargs(
        dispute_id=dispute_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    dispute_id: UUID,
    *,
    client: AuthenticatedClient,
    body: RulingIn,
    idempotency_key: str,
) -> OverrideOut | Problem | None:
    """Decide a dispute

     The arbiter decides for the seller (`release`), the buyer (`refund`) or both (`split`), with a
    reason for them.

    It is refused before the other party has answered or `answer_by` is over. It is an override of the
    deal: above the
    market's limit it first awaits approval by a second person.

    Args:
        dispute_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (RulingIn): The arbiter's decision, with its reason for both parties. No codes and no
            secrets: it is kept for ever.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OverrideOut | Problem
    """

    return sync_detailed(
        dispute_id=dispute_id,
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    dispute_id: UUID,
    *,
    client: AuthenticatedClient,
    body: RulingIn,
    idempotency_key: str,
) -> Response[OverrideOut | Problem]:
    """Decide a dispute

     The arbiter decides for the seller (`release`), the buyer (`refund`) or both (`split`), with a
    reason for them.

    It is refused before the other party has answered or `answer_by` is over. It is an override of the
    deal: above the
    market's limit it first awaits approval by a second person.

    Args:
        dispute_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (RulingIn): The arbiter's decision, with its reason for both parties. No codes and no
            secrets: it is kept for ever.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OverrideOut | Problem]
    """

    kwargs = _get_kwargs(
        dispute_id=dispute_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    dispute_id: UUID,
    *,
    client: AuthenticatedClient,
    body: RulingIn,
    idempotency_key: str,
) -> OverrideOut | Problem | None:
    """Decide a dispute

     The arbiter decides for the seller (`release`), the buyer (`refund`) or both (`split`), with a
    reason for them.

    It is refused before the other party has answered or `answer_by` is over. It is an override of the
    deal: above the
    market's limit it first awaits approval by a second person.

    Args:
        dispute_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (RulingIn): The arbiter's decision, with its reason for both parties. No codes and no
            secrets: it is kept for ever.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OverrideOut | Problem
    """

    return (
        await asyncio_detailed(
            dispute_id=dispute_id,
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed

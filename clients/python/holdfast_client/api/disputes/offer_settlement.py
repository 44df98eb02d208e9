from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.dispute_out import DisputeOut
from ...models.offer_to_settle_in import OfferToSettleIn
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    deal_id: UUID,
    *,
    body: OfferToSettleIn,
    idempotency_key: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/deals/{deal_id}/dispute/offers".format(
            deal_id=quote(str(deal_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> DisputeOut | Problem | None:
    if response.status_code == 202:
        response_202 = DisputeOut.from_dict(response.json())

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
) -> Response[DisputeOut | Problem]:
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
    body: OfferToSettleIn,
    idempotency_key: str,
) -> Response[DisputeOut | Problem]:
    """Offer to settle a dispute

     A party offers to end the dispute with `back` for the buyer and the rest for the seller.

    It replaces their last offer.

    Args:
        deal_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (OfferToSettleIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DisputeOut | Problem]
    """

    kwargs = _get_kwargs(
        deal_id=deal_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    deal_id: UUID,
    *,
    client: AuthenticatedClient,
    body: OfferToSettleIn,
    idempotency_key: str,
) -> DisputeOut | Problem | None:
    """Offer to settle a dispute

     A party offers to end the dispute with `back` for the buyer and the rest for the seller.

    It replaces their last offer.

    Args:
        deal_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (OfferToSettleIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DisputeOut | Problem
    """

    return sync_detailed(
        deal_id=deal_id,
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    deal_id: UUID,
    *,
    client: AuthenticatedClient,
    body: OfferToSettleIn,
    idempotency_key: str,
) -> Response[DisputeOut | Problem]:
    """Offer to settle a dispute

     A party offers to end the dispute with `back` for the buyer and the rest for the seller.

    It replaces their last offer.

    Args:
        deal_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (OfferToSettleIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DisputeOut | Problem]
    """

    kwargs = _get_kwargs(
        deal_id=deal_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    deal_id: UUID,
    *,
    client: AuthenticatedClient,
    body: OfferToSettleIn,
    idempotency_key: str,
) -> DisputeOut | Problem | None:
    """Offer to settle a dispute

     A party offers to end the dispute with `back` for the buyer and the rest for the seller.

    It replaces their last offer.

    Args:
        deal_id (UUID):
        idempotency_key (str): Names this request. The same key with the same body gets the same
            answer again.
        body (OfferToSettleIn):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DisputeOut | Problem
    """

    return (
        await asyncio_detailed(
            deal_id=deal_id,
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed

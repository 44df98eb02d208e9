from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.body_create_token import BodyCreateToken
from ...models.create_token_o_auth_problem import CreateTokenOAuthProblem
from ...models.problem import Problem
from ...models.token_out import TokenOut
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: BodyCreateToken | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/oauth/token",
    }

    if not isinstance(body, Unset):
        _kwargs["data"] = body.to_dict()
    headers["Content-Type"] = "application/x-www-form-urlencoded"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> CreateTokenOAuthProblem | Problem | TokenOut | None:
    if response.status_code == 200:
        response_200 = TokenOut.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = CreateTokenOAuthProblem.from_dict(response.json())

        return response_400

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = Problem.from_dict(response.json())

        return response_415

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[CreateTokenOAuthProblem | Problem | TokenOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: BodyCreateToken | Unset = UNSET,
) -> Response[CreateTokenOAuthProblem | Problem | TokenOut]:
    """Create an access token

     An access token for a quarter of an hour, in exchange for login and password, or for a refresh
    token.

    A refresh token is used once. A second use ends the whole log-in: the token may be stolen.

    The answer to a password has a `device_token`, which grants no access. Kept on the device and sent
    with its next
    log-in, it keeps other people's wrong passwords from shutting this device out.

    Args:
        body (BodyCreateToken | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreateTokenOAuthProblem | Problem | TokenOut]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: BodyCreateToken | Unset = UNSET,
) -> CreateTokenOAuthProblem | Problem | TokenOut | None:
    """Create an access token

     An access token for a quarter of an hour, in exchange for login and password, or for a refresh
    token.

    A refresh token is used once. A second use ends the whole log-in: the token may be stolen.

    The answer to a password has a `device_token`, which grants no access. Kept on the device and sent
    with its next
    log-in, it keeps other people's wrong passwords from shutting this device out.

    Args:
        body (BodyCreateToken | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreateTokenOAuthProblem | Problem | TokenOut
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: BodyCreateToken | Unset = UNSET,
) -> Response[CreateTokenOAuthProblem | Problem | TokenOut]:
    """Create an access token

     An access token for a quarter of an hour, in exchange for login and password, or for a refresh
    token.

    A refresh token is used once. A second use ends the whole log-in: the token may be stolen.

    The answer to a password has a `device_token`, which grants no access. Kept on the device and sent
    with its next
    log-in, it keeps other people's wrong passwords from shutting this device out.

    Args:
        body (BodyCreateToken | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreateTokenOAuthProblem | Problem | TokenOut]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: BodyCreateToken | Unset = UNSET,
) -> CreateTokenOAuthProblem | Problem | TokenOut | None:
    """Create an access token

     An access token for a quarter of an hour, in exchange for login and password, or for a refresh
    token.

    A refresh token is used once. A second use ends the whole log-in: the token may be stolen.

    The answer to a password has a `device_token`, which grants no access. Kept on the device and sent
    with its next
    log-in, it keeps other people's wrong passwords from shutting this device out.

    Args:
        body (BodyCreateToken | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreateTokenOAuthProblem | Problem | TokenOut
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed

"""The signer as the process that people start; its seed, keys and passphrase are nowhere to be found."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from bip32 import BIP32

from devstack.postgres import SUPERUSER, PostgresServer, binaries
from edge.startup import WrongSettings, load
from signer.client import Signed, SignerClient
from signer.service.settings import SignerSettings
from tests.fixtures.databases import Databases
from tests.fixtures.patience import until
from tests.fixtures.signer import KEY, PASSPHRASE, TOKEN, token_transfer

ROOT = Path(__file__).parents[2]
CANARY = bytes.fromhex("c0ffee" * 10 + "d00d")  # a seed that nothing else has
USER = "TJzXt1sZautjqXnpjQT4xSCBHNSYgBkDr3"


def secrets() -> dict[str, str]:
    """What must not be found, as it would be written: hex of bytes, text as it is."""
    root = BIP32.from_seed(CANARY)
    paths = ("m/44'/195'/0'/0/0", "m/44'/195'/1'/0/0", "m/44'/195'/1'/0/1", "m/44'/195'/1'/0")
    found = {path: root.get_privkey_from_path(path).hex() for path in paths}
    found |= {"seed": CANARY.hex(), "passphrase": PASSPHRASE, "key": KEY, "xpriv": root.get_xpriv()[:60]}
    return found


def settings(databases: Databases, name: str, port: int) -> dict[str, str]:
    stored = databases.named(name)
    return {
        "HOLDFAST_SIGNER_DATABASE_URL": stored.url,
        "HOLDFAST_SIGNER_DATABASE_OWNER_URL": stored.owner_url,
        "HOLDFAST_SIGNER_DATABASE_APP_ROLE": "holdfast_app",
        "HOLDFAST_SIGNER_KEYS": KEY,
        "HOLDFAST_SIGNER_PASSPHRASE": PASSPHRASE,
        "HOLDFAST_SIGNER_TOKEN_CONTRACT": TOKEN,
        "HOLDFAST_SIGNER_PORT": str(port),
    }


async def test_no_secret_is_in_logs_answers_the_process_list_or_the_database(
    databases: Databases, postgres: PostgresServer, unused_tcp_port: int
) -> None:
    await postgres.create_database("signer_program")
    environment = {**os.environ, **settings(databases, "signer_program", unused_tcp_port)}
    said: list[bytes] = []

    async def start(*arguments: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "signer.service", *arguments)
        return await asyncio.create_subprocess_exec(
            *command, env=environment, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe
        )

    async def done(*arguments: str, given: str = "") -> int:
        program = await start(*arguments)
        said.extend(await program.communicate(given.encode()))
        return program.returncode or 0

    assert await done("migrate") == 0
    assert await done() == 2  # no seed yet
    assert await done("make-seed", "-", given="no hex") == 2
    assert await done("make-seed", "-", given=CANARY.hex()) == 0
    program = await start()
    url = f"http://127.0.0.1:{unused_tcp_port}"
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:

        async def ready() -> int:
            try:
                return (await http.get("/ready")).status_code
            except httpx.TransportError:
                return 0

        assert await until(ready, lambda status: status in (200, 503)) == 200
        client = SignerClient(url, KEY, timeout_s=60)
        main = (await client.accounts()).main
        assert isinstance(await client.sign("w/1", "withdrawal", token_transfer(main, USER, 5), "main"), Signed)
        http.headers["Authorization"] = f"Bearer {KEY}"
        bodies: list[Any] = [{"key": KEY}, {"key": "k", "purpose": CANARY.hex()}, []]
        for body in bodies:
            said.append((await http.post("/api/v1/signatures", json=body)).content)
        answers = [await http.get(path) for path in ("/api/v1/accounts", "/api/v1/audit", "/openapi.json", "/none")]
        said.extend(answer.content for answer in answers)
        said.append(process_list())
        assert b"signer.service" in said[-1]
        await client.aclose()
    program.send_signal(signal.SIGTERM)
    said.extend(await program.communicate())
    assert program.returncode in (0, -signal.SIGTERM)
    said.append(await dump(postgres, "signer_program"))
    everything = b"\n".join(said).lower()
    assert main.lower().encode() in everything
    assert [name for name, secret in secrets().items() if secret.lower().encode() in everything] == []
    await postgres.drop_database("signer_program")


def process_list() -> bytes:
    return b"\n".join(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())


async def dump(server: PostgresServer, database: str) -> bytes:
    """All rows, bytes in hex as pg_dump writes them."""
    url = server.url(database, SUPERUSER, driver="postgresql")
    program = await asyncio.create_subprocess_exec(
        str(binaries() / "pg_dump"), f"--dbname={url}", stdout=asyncio.subprocess.PIPE, env={"PATH": os.environ["PATH"]}
    )
    shown, _ = await program.communicate()
    assert program.returncode == 0
    return shown


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"PASSPHRASE_FILE": "/nowhere"}, "not both"),
        ({"PASSPHRASE": None}, "PASSPHRASE_FILE is needed"),
        ({"KEYS": "short"}, "KEYS"),
        ({"TOKEN_CONTRACT": "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6x"}, "TOKEN_CONTRACT"),
        ({"HOST": "0.0.0.0"}, "TRUSTED_PROXIES"),
    ],
)
def test_wrong_settings_are_named_without_their_values(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str | None], said: str
) -> None:
    given = settings(databases, "none", 8200) | {f"HOLDFAST_SIGNER_{name}": value for name, value in changes.items()}
    for name, value in given.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    with pytest.raises(WrongSettings, match=said) as refused:
        load(SignerSettings)
    assert PASSPHRASE not in str(refused.value)


def test_a_passphrase_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\n")
    chosen = SignerSettings(database_url="x", keys=KEY, token_contract=TOKEN, passphrase=None, passphrase_file=file)
    assert chosen.read_passphrase() == PASSPHRASE.encode()
    file.write_text("short")
    with pytest.raises(ValueError, match="fewer than 16"):
        chosen.read_passphrase()

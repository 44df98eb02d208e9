"""`holdfast up`: it prints who can log in, and these people can, at once. Ctrl-C ends it in good order."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from holdfast_client import AuthenticatedClient
from holdfast_client.api.offers import list_offers
from holdfast_client.models.offers_out import OffersOut

from bank.service.faults.accounts import ENDINGS
from demo.first_webhook import first_webhook
from devstack.people import ADMINISTRATOR, BUYER, SELLER
from devstack.programs import PROGRAMS
from devstack.site import ROOT
from tests.devstack.children import alive, mentioning, plain_environment, psutil


def _hidden(page: str, name: str) -> str:
    return re.findall(rf'name="{name}" value="([^"]+)"', page)[0]


def _on_the_pages(address: str, login: str, password: str) -> str:
    """The name of the person logged in then, from the next page."""
    with httpx.Client(base_url=address, follow_redirects=True, trust_env=False, timeout=120) as browser:
        csrf = _hidden(browser.get("/log-in").text, "csrf")
        form = {"csrf": csrf, "login": login, "password": password, "next": "/my/profile"}
        return browser.post("/log-in", data=form).raise_for_status().text


def _at_the_administration(address: str, login: str, password: str) -> tuple[int, str]:
    headers = {"Origin": address, "Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=120) as browser:
        token = _hidden(browser.get("/admin/login").text, "csrftoken")
        form = {"csrftoken": token, "username": login, "password": password}
        came = browser.post("/admin/login", data=form)
        return came.status_code, browser.get("/admin/moderation").raise_for_status().text


def _offers(address: str, key: str) -> list[str]:
    """Their titles, as a marketplace asks for them."""
    with AuthenticatedClient(address, key, timeout=httpx.Timeout(120), httpx_args={"trust_env": False}) as client:
        listed = list_offers.sync(client=client)
    assert isinstance(listed, OffersOut)
    return [offer.title for offer in listed.items]


@pytest.mark.source("wallet:33-40")
@pytest.mark.usefixtures("preferred_ports")
@pytest.mark.timeout(300)  # six programs start and are asked, on a machine that has other things to do
def test_it_prints_people_and_their_log_ins_and_each_of_them_works(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "cli", "up", "--folder", str(tmp_path / "state")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=plain_environment()) as command:
        try:
            assert command.stdout is not None
            printed: dict[str, str] = {}
            for line in command.stdout:
                title, _, rest = line.rstrip("\n").partition("  ")
                printed[title] = rest.strip()
                if line.startswith("Ctrl-C"):
                    break
            address, password = printed["Pages"].rstrip("/"), printed["Password of each"]
            shown = printed["Log in"]
            cabinets = [_on_the_pages(address, customer.login, password) for customer in (BUYER, SELLER)]
            key = printed["Marketplace's key"]
            offers = _offers(address, key)
            event = asyncio.run(first_webhook(address, key))
            came, moderation = _at_the_administration(address, ADMINISTRATOR, password)
            below = psutil.Process(command.pid).children(recursive=True)
        finally:
            command.send_signal(signal.SIGINT)
            command.communicate(timeout=120)
    assert all(login in shown for login in (BUYER.login, SELLER.login, ADMINISTRATOR))
    assert [customer.name in page for customer, page in zip((BUYER, SELLER), cabinets, strict=True)] == [True, True]
    assert (came, "A pair of skis" in moderation) == (303, True)
    assert printed["Views in Temporal"].startswith("Deals: http://127.0.0.1:")
    assert printed["Views in Temporal"].endswith("/namespaces/default/workflows?query=%60WorkflowType%60%3D%22Deal%22")
    assert "A walnut desk" in offers
    assert (event.type_, event.data.state) == ("offer.submitted", "pending")
    assert printed["Deposit key"]
    assert printed["Test accounts"]
    assert printed["Test clock"].startswith(f"POST {address}/api/v1/deals/")
    number, _, does = printed[""].partition(" ")
    assert (number, does) == ("0010000000012", ENDINGS["0000000012"].does)
    assert printed["Administration"] == f"{address}/admin/"
    assert (command.returncode, [one for one in below if alive(one)], mentioning(tmp_path)) == (0, [], [])
    assert len(below) > 2 * len(PROGRAMS)  # each on its leash, beside the servers
    assert "database system is shut down" in (tmp_path / "state" / "logs" / "postgres.log").read_text()

"""The mail catcher as a program: `python -m devstack.mail`. SMTP in, a page and JSON out.

Reads HOLDFAST_MAIL_SMTP_PORT (default 1025) and HOLDFAST_MAIL_HTTP_PORT (default 8025); both listen on
127.0.0.1 only.

    GET /                                   the page, newest first; `?to=` one recipient
    GET /api/mails?to=&after_id=&wait_s=    JSON list, oldest first; waits up to `wait_s` for the first
    GET /docs/                              the site of docs/, if `make docs` has made it
    GET /health  GET /ready                 for the supervisor
"""

from __future__ import annotations

import asyncio
import os
import sys
from html import escape
from pathlib import Path
from string import Template

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from devstack.files import GUIDES
from devstack.mailbox import Mail, Mailbox
from devstack.ports import HOST
from edge.stack_word import stack_header

SHOWN_MAILS = 200
LONGEST_WAIT_S = 30.0
# The bodies can contain anything: no scripts, no outgoing requests, HTML only in a sandboxed frame.
HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'"}

PAGE = Template(Path(__file__).with_name("mail.html").read_text())
ENTRY = Template(
    '<article id="mail-$id"><h2>$subject</h2>'
    '<p class="head">No. $id · to $to · from $mail_from · $at</p>$body</article>'
)


class Html(str):
    """Text that is already markup; `fill` escapes everything else."""


def fill(template: Template, **values: object) -> Html:
    """The template with every value escaped, unless it is Html."""
    return Html(
        template.substitute(
            {name: value if isinstance(value, Html) else escape(str(value)) for name, value in values.items()}
        )
    )


def entry(mail: Mail) -> Html:
    if mail.text or not mail.html:
        body = fill(Template("<pre>$text</pre>"), text=mail.text)
    else:
        body = fill(Template('<iframe sandbox title="Mail $id" srcdoc="$html"></iframe>'), id=mail.id, html=mail.html)
    return fill(
        ENTRY,
        id=mail.id,
        subject=mail.subject or "(no subject)",
        to=", ".join(mail.to),
        mail_from=mail.mail_from or "(nobody)",
        at=mail.at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        body=body,
    )


def application(mailbox: Mailbox, guides: Path = GUIDES) -> Starlette:
    """The page and the JSON of `mailbox`, which live on one event loop, and the site in `guides` if it is there."""

    async def page(request: Request) -> Response:
        mails = mailbox.mails(to=request.query_params.get("to"))
        shown = mails[-SHOWN_MAILS:][::-1]
        summary = f"{len(mails)} kept, {len(shown)} shown, the newest first." if mails else "Nothing has come yet."
        entries = Html("\n".join(entry(mail) for mail in shown))
        return HTMLResponse(fill(PAGE, count=len(mails), summary=summary, mails=entries), headers=HEADERS)

    async def mails_as_json(request: Request) -> Response:
        query = request.query_params
        try:
            after, wait_s = int(query.get("after_id", "0")), float(query.get("wait_s", "0"))
        except ValueError:
            return JSONResponse({"detail": "after_id is an integer, wait_s a number of seconds"}, status_code=422)
        wait_s = min(max(wait_s, 0.0), LONGEST_WAIT_S)
        to = query.get("to")
        mails = mailbox.mails(to=to, after=after)
        if not mails and wait_s > 0:
            mails = await mailbox.wait_for_any(to=to, after=after, within_s=wait_s)
        return JSONResponse([mail.as_json() for mail in mails])

    async def well(request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=stack_header())

    return Starlette(
        routes=[
            Route("/", page),
            Route("/api/mails", mails_as_json),
            Route("/health", well),
            Route("/ready", well),
            Mount("/docs", StaticFiles(directory=guides, html=True, check_dir=False)),
        ]
    )


async def serve(smtp_port: int, http_port: int) -> None:
    """Run both servers until SIGTERM or SIGINT."""
    mailbox = Mailbox()
    await mailbox.start(smtp_port)
    config = uvicorn.Config(
        application(mailbox), host=HOST, port=http_port, log_level="warning", timeout_graceful_shutdown=1
    )
    try:
        await uvicorn.Server(config).serve()
    finally:
        await mailbox.stop()


def main() -> int:
    smtp_port = int(os.environ.get("HOLDFAST_MAIL_SMTP_PORT", "1025"))
    http_port = int(os.environ.get("HOLDFAST_MAIL_HTTP_PORT", "8025"))
    asyncio.run(serve(smtp_port, http_port))
    return 0


if __name__ == "__main__":
    sys.exit(main())

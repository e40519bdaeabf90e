"""Dagster's web server as `cape ui` starts it: one that answers its own pages, and no page of another site.

Dagster's server has no login and takes a mutation out of a link, so that any page in a browser on this machine could
start runs (`GET /graphql?query=mutation…`), or read through a websocket. A browser says which page asks; that is held
against the address that is asked, and changes are taken only in the form that no page of another site can send.

Belongs here: that check before Dagster's own application. Does not belong here: starting and ending the server
(`serve.py`), who may reach it (deploy/README.md), what its pages may do.
"""

import sys
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from dagster_webserver import cli
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

#: First argument: whether the server is asked under this machine's own names alone, or also under others, by a proxy.
THIS_MACHINE, ANY_NAME = "this-machine", "any-name"
GRAPHQL = "/graphql"


class OwnPagesOnly:
    """Answers what comes from the server's own pages or from a program, which names no page; refuses the rest."""

    def __init__(self, app: ASGIApp, names: str) -> None:
        self.app, self.names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif why := refusal(scope, Headers(scope=scope), self.names):
            close = WebSocketClose(code=1008, reason=why)
            await (close if scope["type"] == "websocket" else PlainTextResponse(why, 403))(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def refusal(scope: Scope, headers: Headers, names: str) -> str | None:
    """Why a request is refused; None where it is answered."""
    host = headers.get("host", "")
    if names == THIS_MACHINE and not is_this_machine(host):
        return "This server is asked under the names of its own machine only."  # else a name may lead here (DNS)
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return "This server answers pages of its own address only."
    if scope["type"] == "http" and scope["path"].rstrip("/").endswith(GRAPHQL):
        return _refused_question(scope["method"], headers)
    return None


def _refused_question(method: str, headers: Headers) -> str | None:
    """A question is sent as JSON; the page for asking by hand is opened by a link, which asks nothing yet."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_page = method in ("GET", "HEAD") and "text/html" in headers.get("accept", "")
    if is_page or (method == "POST" and kind == "application/json"):
        return None
    return "Questions are taken as JSON by POST only, so that no link or form can ask."


def is_this_machine(host: str) -> bool:
    """Whether a Host header names the machine itself: localhost or a loopback address, with or without a port."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def guarded(make: Callable[..., Any], names: str) -> Callable[..., Any]:
    """The function that makes Dagster's application, with the check before what it makes."""

    def make_guarded(*arguments: Any, **named: Any) -> Any:
        app = make(*arguments, **named)
        app.add_middleware(OwnPagesOnly, names=names)
        return app

    return make_guarded


def main() -> None:
    """`python -m cape_pipeline.web_server this-machine|any-name …`, then the arguments of dagster-webserver."""
    names = sys.argv.pop(1)
    cli.create_app_from_workspace_process_context = guarded(cli.create_app_from_workspace_process_context, names)
    cli.main()


if __name__ == "__main__":
    main()

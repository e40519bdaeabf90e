"""The UI answers its own pages and programs; pages of other sites, links, forms and foreign names are refused."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette

from cape_pipeline.web_server import ANY_NAME, THIS_MACHINE, OwnPagesOnly, guarded, is_this_machine

HERE = "http://127.0.0.1:3000"
JSON = "application/json"
ANSWERED, REFUSED = "answered", "refused"


class Dagster(Starlette):
    """An application that answers whatever reaches it."""

    async def answer(self, scope: Any, _receive: Any, send: Any) -> None:
        kind = "websocket.accept" if scope["type"] == "websocket" else "http.response.start"
        await send({"type": kind, "status": 200, "headers": []})

    def build_middleware_stack(self) -> Any:
        app: Any = self.answer
        for middleware in reversed(self.user_middleware):
            app = middleware.cls(app, *middleware.args, **middleware.kwargs)
        return app


def ask(
    method: str,
    path: str,
    *,
    origin: str | None = None,
    kind: str = "",
    accept: str = "*/*",
    names: str = THIS_MACHINE,
    address: str = HERE,
) -> str:
    """What becomes of a request: its first message tells. A websocket is asked for by the method WEBSOCKET."""
    scope_type = "websocket" if method == "WEBSOCKET" else "http"
    headers = {"host": urlsplit(address).netloc, "accept": accept, "content-type": kind}
    told = [(name.encode(), text.encode()) for name, text in {**headers, "origin": origin}.items() if text is not None]
    where, _, query = path.partition("?")
    scope = {"type": scope_type, "method": method, "path": where, "query_string": query.encode(), "headers": told}
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": f"{scope_type}.request"}

    asyncio.run(guarded(Dagster, names)()(scope, receive, send))
    answered = sent[0]["type"] == "websocket.accept" or sent[0].get("status") == 200
    assert answered or sent[0]["type"] == "websocket.close" or sent[0]["status"] == 403
    return ANSWERED if answered else REFUSED


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:3000", "localhost:3000", "LOCALHOST", "[::1]:3000", "127.8.8.8"]
)
def test_these_name_the_machine_itself(host: str) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize(
    "host",
    ["", "10.0.0.1", "example.com", "localhost.example.com", "127.0.0.1.example.com:3000", "[::", "0.0.0.0:3000", "@"],
)
def test_these_do_not(host: str) -> None:
    assert not is_this_machine(host)


@pytest.mark.parametrize("origin", [None, HERE, HERE.upper()])
def test_its_own_pages_and_programs_are_answered(origin: str | None) -> None:
    assert ask("GET", "/runs", origin=origin) == ANSWERED
    assert ask("POST", "/graphql", origin=origin, kind=JSON) == ANSWERED
    assert ask("POST", "/graphql", origin=origin, kind="Application/JSON; charset=utf-8") == ANSWERED
    assert ask("WEBSOCKET", "/graphql", origin=origin) == ANSWERED


@pytest.mark.parametrize(
    "origin", ["https://example.com", "null", "http://127.0.0.1:3001", "http://localhost:3000", "http://127.0.0.1", ""]
)
def test_a_page_of_another_address_is_refused_whatever_it_asks(origin: str) -> None:
    assert ask("GET", "/runs", origin=origin) == REFUSED
    assert ask("POST", "/graphql", origin=origin, kind=JSON) == REFUSED
    assert ask("POST", "/report_asset_check/a", origin=origin, kind=JSON) == REFUSED
    assert ask("WEBSOCKET", "/graphql", origin=origin) == REFUSED


@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "/prefix/graphql"])
@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("GET", ""),
        ("GET", JSON),
        ("POST", "text/plain"),
        ("POST", "application/x-www-form-urlencoded"),
        ("POST", f"multipart/form-data; boundary={JSON}"),
        ("POST", f"text/plain; {JSON}"),
        ("POST", ""),
        ("PUT", JSON),
    ],
)
def test_no_link_and_no_form_can_ask_a_question(path: str, method: str, kind: str) -> None:
    assert ask(method, f"{path}?query=mutation{{x}}", kind=kind) == REFUSED


def test_the_page_for_asking_by_hand_is_opened() -> None:
    assert ask("GET", "/graphql", accept="text/html,*/*") == ANSWERED


def test_a_foreign_name_that_leads_here_is_refused_unless_a_proxy_answers_for_it() -> None:
    address = "http://rebound.example.com:3000"
    assert ask("GET", "/runs", address=address) == REFUSED
    assert ask("WEBSOCKET", "/graphql", address=address) == REFUSED
    assert ask("GET", "/runs", address=address, names=ANY_NAME) == ANSWERED
    assert ask("POST", "/graphql", address=address, names=ANY_NAME, origin=HERE, kind=JSON) == REFUSED
    assert ask("POST", "/graphql", address=address, names=ANY_NAME, origin=address, kind=JSON) == ANSWERED


def test_what_is_neither_http_nor_a_websocket_passes() -> None:
    seen: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["type"])

    asyncio.run(OwnPagesOnly(app, THIS_MACHINE)({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]

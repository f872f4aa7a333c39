"""Who may ask: nobody but the browser that was given the token, and only from the desk's pages.

Other users of this computer can connect to the port, and pages of other sites can make the
instructor's browser do so. Against the first stand the token and the cookie it is exchanged for;
against the second SameSite, the Host header (a name of theirs may lead to 127.0.0.1) and, for
writes, the Origin and a secret in the form. All pages lie below a secret folder: browsers send a
cookie to every port of a host, so a cookie for ``/`` would go to another user's server as well.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "desk"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not no-referrer: with that, forms are sent with the origin "null".
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
REFUSED = "This desk is its owner's: open the address that `autograder desk` printed."


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The secrets of one desk; they end with it."""

    port: int
    folder: str = field(default_factory=_secret)
    token: str = field(default_factory=_secret)
    """In the address that is printed."""
    cookie: str = field(default_factory=_secret)
    form: str = field(default_factory=_secret)
    """In every form that writes."""

    @property
    def base(self) -> str:
        """What every address begins with, after host and port."""
        return f"/{self.folder}"

    @property
    def address(self) -> str:
        """What is printed and opened: it leads in, once, with the token."""
        return f"http://127.0.0.1:{self.port}{self.base}/enter?token={self.token}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a request may name as its host."""
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"


def same(given: str, wanted: str) -> bool:
    """Compare secrets in a time that tells nothing."""
    return secrets.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


class Guard:
    """Lets through what comes from the desk's own pages, and adds the headers to every answer."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self.app, self.keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["type"] != "http":
            return
        answer = self._instead(scope)
        await (answer or self.app)(scope, receive, with_headers)

    def _instead(self, scope: Scope) -> Response | None:
        """What is answered in the app's place; None lets the request through."""
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self.keys.hosts:
            return PlainTextResponse(REFUSED, 403)
        if scope["path"] == f"{self.keys.base}/enter":
            return self._enter(scope)
        if not same(_cookie(headers), self.keys.cookie):
            return PlainTextResponse(REFUSED, 403)
        if scope["method"] not in ("GET", "HEAD") and not self._is_own(headers):
            return PlainTextResponse("This write does not come from a page of this desk.", 403)
        return None

    def _is_own(self, headers: Headers) -> bool:
        return headers.get("origin", "") == f"http://{headers['host']}"

    def _enter(self, scope: Scope) -> Response:
        """Exchange the token for the cookie.

        Not a redirect: after a link from elsewhere, such as the terminal's, browsers keep back a
        SameSite cookie until a page of ours has asked.
        """
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if not same(token, self.keys.token):
            return PlainTextResponse(REFUSED, 403)
        way = f'<meta http-equiv="refresh" content="0;url={self.keys.base}/">'
        answer = HTMLResponse(f"<!doctype html><title>Desk</title>{way}")
        answer.set_cookie(
            COOKIE, self.keys.cookie, path=self.keys.base, httponly=True, samesite="strict"
        )
        return answer


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""

"""The inspector's page on this machine alone: an address with a token, and answers from Python.

waitress serves it (pure Python, no dependencies of its own, kept by the Pylons project): what a server
needs beyond ``http.server``, it has: a request is read whole before a thread is held, bounded in size and
in time, by a bounded number of connections and threads. What is let in at all is decided here.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from hmac import compare_digest
from http import HTTPStatus
from secrets import token_urlsafe
from threading import Lock
from time import time
from typing import Any

from convalgebra.inspector.answers import answer
from convalgebra.inspector.page import page, policy
from convalgebra.inspector.requests import RequestError

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")
LARGEST_REQUEST = 64 * 1024
LARGEST_HEADER = 16 * 1024
LARGEST_ANSWER = 1024 * 1024
LONGEST_LINE = 200
# Seconds: for a request to arrive, for its headers alone, and for which an answer waits for the one before.
SILENCE = 20
HEADERS_SILENCE = 5
PATIENCE = 20
CONNECTIONS = 64
THREADS = 6
# Answers that may wait at once: fewer than there are threads, so that pages always come.
WAITING = 3

HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
SHUT = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_LOG = logging.getLogger("convalgebra.inspector")
_HTML = "text/html; charset=utf-8"
_JSON = "application/json; charset=utf-8"

Ask = Callable[[Any], Mapping[str, Any]]
_Start = Callable[[str, list[tuple[str, str]]], object]


@dataclass(frozen=True)
class Reply:
    """A status with its content; ``more`` are headers beside those that every answer has."""

    status: HTTPStatus
    content: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    csp: str = SHUT
    more: tuple[tuple[str, str], ...] = ()


class Refusal(Exception):  # noqa: N818 - it is an answer, not a mistake of ours
    """A request that is not let in; it carries the reply."""

    def __init__(self, status: HTTPStatus, text: str, *more: tuple[str, str]) -> None:
        super().__init__(text)
        self.reply = Reply(status, text.encode(), more=more)


@dataclass
class Application:
    """What is behind the address: the page, the page as a file, and the answers. A WSGI application.

    ``data`` is that of the page in its place "server", ``file_data`` that of the file. ``port`` is known
    once it is bound; before, nobody is let in.
    """

    data: Mapping[str, Any]
    file_data: Mapping[str, Any]
    ask: Ask = answer
    token: str = field(default_factory=partial(token_urlsafe, 24))
    port: int = 0
    _counting: Lock = field(default_factory=Lock)
    _waiting: int = 0
    _waiting_lock: Lock = field(default_factory=Lock)

    def __call__(self, environ: dict[str, Any], start_response: _Start) -> Iterable[bytes]:
        """Answer one request, whatever it is, with the headers that every answer has."""
        try:
            reply = self._reply(environ)
        except Refusal as refusal:
            reply = refusal.reply
        except Exception as error:
            # Whatever it is, the next question is answered: one line where the page is served from.
            _LOG.error("%s: %s", type(error).__name__, " ".join(str(error).split())[:LONGEST_LINE])
            broken = {"error": f"Python failed at this ({type(error).__name__})"}
            reply = _json(HTTPStatus.INTERNAL_SERVER_ERROR, broken)
        headers = [
            ("Content-Type", reply.kind),
            ("Content-Length", str(len(reply.content))),
            ("Content-Security-Policy", reply.csp),
            *HEADERS,
            *reply.more,
        ]
        start_response(f"{reply.status.value} {reply.status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.content]

    def _reply(self, environ: Mapping[str, Any]) -> Reply:
        self._check_sender(environ)
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        _check_method(method, ("GET", "HEAD", "POST"))
        if path == "/favicon.ico":  # browsers ask for it without being told of one
            return Reply(HTTPStatus.NO_CONTENT)
        token, slash, rest = path.removeprefix("/").partition("/")
        if not compare_digest(token.encode("utf-8", "replace"), self.token.encode()):
            raise Refusal(
                HTTPStatus.FORBIDDEN, "the address lacks its token: open the one that was printed"
            )
        if not slash:
            there = ("Location", f"/{self.token}/")
            raise Refusal(HTTPStatus.PERMANENT_REDIRECT, "the address ends with /", there)
        if rest == "ask":
            _check_method(method, ("POST",))
            return self._answered(environ)
        if rest not in ("", "page.html"):
            raise Refusal(HTTPStatus.NOT_FOUND, "there is no such page")
        _check_method(method, ("GET", "HEAD"))
        return self._file() if rest else self._page()

    def _check_sender(self, environ: Mapping[str, Any]) -> None:
        """Let in what asks for this machine by name, from a page of ours or from no page at all.

        Another host name is one that a stranger's page has had pointed here.
        """
        host = environ.get("HTTP_HOST", "")
        if host not in {f"{name}:{self.port}" for name in NAMES}:
            raise Refusal(HTTPStatus.FORBIDDEN, "this host is not served here")
        if environ.get("HTTP_ORIGIN", f"http://{host}") != f"http://{host}":
            raise Refusal(HTTPStatus.FORBIDDEN, "pages from elsewhere are not answered")

    def _page(self) -> Reply:
        nonce = token_urlsafe(18)
        content = page(self.data, nonce=nonce).encode()
        return Reply(HTTPStatus.OK, content, _HTML, policy(nonce))

    def _file(self) -> Reply:
        content = page(self.file_data).encode()
        save = ("Content-Disposition", 'attachment; filename="page.html"')
        return Reply(HTTPStatus.OK, content, _HTML, SHUT, (save,))

    def _answered(self, environ: Mapping[str, Any]) -> Reply:
        if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != "application/json":
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a question is application/json")
        body = environ["wsgi.input"].read(LARGEST_REQUEST + 1)
        if len(body) > LARGEST_REQUEST:
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {LARGEST_REQUEST} bytes")
        try:
            found = self._in_turn(_decoded(body))
        except RequestError as error:
            return _json(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        return _json(HTTPStatus.OK, found)

    def _in_turn(self, request: Any) -> Mapping[str, Any]:
        """Answer one question at a time: each may take much memory, and all of a processor."""
        with self._waiting_lock:
            if self._waiting >= WAITING:
                raise _busy()
            self._waiting += 1
        try:
            if not self._counting.acquire(timeout=PATIENCE):
                raise _busy()
            try:
                return self.ask(request)
            finally:
                self._counting.release()
        finally:
            with self._waiting_lock:
                self._waiting -= 1


def _busy() -> Refusal:
    return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "busy with other questions", ("Retry-After", "1"))


def _check_method(method: str, allowed: tuple[str, ...]) -> None:
    if method not in allowed:
        raise Refusal(
            HTTPStatus.METHOD_NOT_ALLOWED, f"only {', '.join(allowed)}", ("Allow", ", ".join(allowed))
        )


def _decoded(body: bytes) -> Any:
    """Return what JSON says; raise ``RequestError`` for what is none, or has numbers that JSON lacks."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise RequestError("request: it is no JSON") from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _json(status: HTTPStatus, found: Mapping[str, Any]) -> Reply:
    content = json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    if len(content) > LARGEST_ANSWER:
        raise Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "the answer is too long to be sent")
    return Reply(status, content, _JSON)


class Server:
    """The application on a port of this machine, bound but not yet answering.

    Raises ``OSError`` where the port is taken or not to be had.
    """

    def __init__(self, application: Application, port: int = 0) -> None:
        from waitress import create_server  # noqa: PLC0415 - only who serves needs it
        from waitress.channel import HTTPChannel  # noqa: PLC0415

        class Deadlined(HTTPChannel):  # type: ignore[misc]
            """A connection whose request has its time as a whole: a byte now and then wins none."""

            last_activity: float
            began = 0.0

            def handle_read(self) -> None:
                if self.request is None:
                    self.began = time()
                super().handle_read()
                if self.request is not None:
                    less = 0 if self.request.headers_finished else max(0, SILENCE - HEADERS_SILENCE)
                    self.last_activity = self.began - less

        # What it says of a queue is no news to a user; what goes wrong still is told.
        logging.getLogger("waitress").setLevel(logging.ERROR)
        self._server = create_server(
            application,
            host=HOST,
            port=port,
            ident="",
            threads=THREADS,
            connection_limit=CONNECTIONS,
            channel_timeout=SILENCE,
            cleanup_interval=1,
            max_request_header_size=LARGEST_HEADER,
            max_request_body_size=LARGEST_REQUEST + 1,
            log_socket_errors=False,
        )
        self._server.channel_class = Deadlined
        application.port = int(self._server.effective_port)
        self.address = f"http://{HOST}:{application.port}/{application.token}/"

    def run(self) -> None:
        """Answer until an interrupt; then the threads have ended, and the port is free."""
        try:
            self._server.run()
        finally:
            self.close()

    def close(self) -> None:
        """Free the port, and let go of all who are connected."""
        from waitress import wasyncore  # noqa: PLC0415

        self._server.task_dispatcher.shutdown(timeout=2)
        wasyncore.close_all(self._server._map)

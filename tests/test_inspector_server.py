"""The inspector's server, over real connections to a real process: who is let in, and what is answered."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest

import convalgebra as ca
from convalgebra.inspector.answers import answer
from convalgebra.inspector.requests import LARGEST, MOST_SIZES, RequestError, read
from tests.browsers import launched, opened

# A shell may start a command in the background with interrupts ignored: here they never are.
CODE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from convalgebra.cli import main; main(prog_name='convalgebra')"
)
VALUES = {"in_channels": 1, "out_channels": 2, "input_size": [5, 5], "kernel_size": [3, 3]}
QUESTION = {"type": "conv", "axes": 2, "values": {**VALUES, "padding": [[1, 1], [0, 1]]}}


class Served:
    """A process that serves, its port and its token."""

    def __init__(self, *arguments, before=""):
        command = [sys.executable, "-c", before + CODE, "inspect", "--no-browser", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/([\w-]{32})/", self.address)
        assert found, self.process.communicate(timeout=20)
        self.port, self.token = int(found[1]), found[2]

    def asked(self, method, path, body=None, **headers):
        """Return status, headers and content; a header of None is left out."""
        given = {"Host": f"127.0.0.1:{self.port}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None and "Content-Length" not in given:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            reply = connection.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()

    def question(self, request, **headers):
        """Return the status and the answer to a question, which may be bytes of any kind."""
        body = request if isinstance(request, bytes) else json.dumps(request).encode()
        given = {"Content_Type": "application/json", **headers}
        status, _, content = self.asked("POST", f"/{self.token}/ask", body, **given)
        return status, json.loads(content) if content.startswith(b"{") else content.decode()

    def interrupted(self):
        """Interrupt it; return its exit code and what it wrote on standard error."""
        self.process.send_signal(signal.SIGINT)
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors


@pytest.fixture(scope="module")
def served():
    found = Served("conv", "--input", "5,5")
    yield found
    code, errors = found.interrupted()
    assert code == 130
    assert "Traceback" not in errors


# --- who is let in -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 403),
        ("/wrong/", 403),
        ("/%E4%BD%A0/", 403),
        ("/{token}x/", 403),
        ("/{token}/../{token}/", 404),
        ("/{token}/../../etc/passwd", 404),
        ("/{token}/%2e%2e/%2e%2e/etc/passwd", 404),
        ("/{token}/front/main.js", 404),
        ("/{token}//", 404),
        ("/../{token}/", 403),
        ("/?token={token}", 403),
    ],
)
def test_what_lacks_the_token_or_is_elsewhere_is_refused(served, path, status):
    found, headers, content = served.asked("GET", path.format(token=served.token))
    assert found == status
    assert served.token.encode() not in content
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", "", None]
)
def test_another_host_is_refused(served, host):
    given = None if host is None else host.format(port=served.port)
    assert served.asked("GET", f"/{served.token}/", Host=given)[0] == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", "http://127.0.0.1", "https://127.0.0.1:{port}"]
)
def test_another_origin_is_refused(served, origin):
    given = origin.format(port=served.port)
    assert served.question(QUESTION, Origin=given)[0] == 403
    assert served.asked("GET", f"/{served.token}/", Origin=given)[0] == 403


def test_the_page_itself_is_let_in_by_either_name(served):
    for name in ("127.0.0.1", "localhost"):
        host = f"{name}:{served.port}"
        assert served.question(QUESTION, Host=host, Origin=f"http://{host}")[0] == 200
    other = f"http://localhost:{served.port}"
    assert served.question(QUESTION, Origin=other)[0] == 403


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "ask"), ("HEAD", "ask"), ("POST", ""), ("POST", "page.html")]
)
def test_each_path_has_its_methods(served, method, path):
    status, headers, _ = served.asked(
        method, f"/{served.token}/{path}", b"{}" if method == "POST" else None
    )
    assert status == 405
    assert headers["Allow"] == ("POST" if path == "ask" else "GET, HEAD")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_other_methods_are_refused(served, method):
    for path in ("", "ask", "nothing"):
        assert served.asked(method, f"/{served.token}/{path}")[0] == 405


def test_no_other_address_of_the_machine_is_bound(served):
    others = {found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in {*others, "127.0.0.2"} - {"127.0.0.1"}:
        with pytest.raises(OSError), socket.create_connection((address, served.port), timeout=2):  # noqa: PT011
            pass


# --- what is answered ----------------------------------------------------------------------------


def test_the_page_comes_with_a_policy_of_its_own(served):
    seen = []
    for _ in range(2):
        status, headers, content = served.asked("GET", f"/{served.token}/")
        policy = headers["Content-Security-Policy"]
        nonce = re.search(r"script-src 'nonce-([\w-]+)'", policy)[1]
        assert status == 200
        assert f'<script nonce="{nonce}">'.encode() in content
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "connect-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        seen.append(nonce)
    assert seen[0] != seen[1]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers


def test_the_page_as_a_file_asks_nobody(served):
    status, headers, content = served.asked("GET", f"/{served.token}/page.html")
    assert status == 200
    assert headers["Content-Disposition"].startswith("attachment")
    assert b'"place":"file"' in content
    assert served.token.encode() not in content


def test_head_has_the_headers_alone(served):
    status, headers, content = served.asked("HEAD", f"/{served.token}/")
    assert (status, content) == (200, b"")
    assert int(headers["Content-Length"]) > 10_000


def test_an_address_without_its_last_slash_is_led_on(served):
    status, headers, _ = served.asked("GET", f"/{served.token}")
    assert (status, headers["Location"]) == (308, f"/{served.token}/")


def test_a_question_is_answered_with_what_the_operator_says(served):
    status, found = served.question(QUESTION)
    op = ca.conv(1, 2, (5, 5), 3, padding=((1, 1), (0, 1)))
    assert status == 200
    assert found["legal"] is True
    assert found["shape"] == list(op.shape)
    assert found["multiplications"]["value"] == op.multiplications == found["measured"]["multiplications"]
    assert found["measured"]["additions"] == op.additions
    assert found["multiplications"]["mathml"].startswith("<math>")


def test_what_no_operator_has_is_told_with_the_reason(served):
    status, found = served.question({**QUESTION, "values": {**VALUES, "kernel_size": [3, 9]}})
    assert (status, found["legal"], found["measured"]) == (200, False, None)
    assert "kernel_size 9" in found["reason"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 20_000,
        b"[1]",
        b'{"type": NaN}',
        b"9" * 5000,
        json.dumps({**QUESTION, "more": 1}).encode(),
        json.dumps({**QUESTION, "type": "no such type"}).encode(),
    ],
)
def test_what_no_page_sends_is_a_bad_request(served, body):
    status, found = served.question(body)
    assert status == 400
    assert found["error"]


def test_a_question_that_is_no_json_by_its_type_is_refused(served):
    for kind in ("text/plain", "application/x-www-form-urlencoded", None):
        assert served.question(QUESTION, Content_Type=kind)[0] == 415


def test_a_long_request_is_refused_before_it_is_read(served):
    path, kind = f"/{served.token}/ask", {"Content_Type": "application/json"}
    assert served.asked("POST", path, b" " * (64 * 1024 + 1), **kind)[0] == 413
    assert served.asked("POST", path, b"", Content_Length=str(10**12), **kind)[0] == 413


@pytest.mark.parametrize(
    ("type_name", "values"),
    [
        ("conv", {**VALUES, "in_channels": LARGEST, "out_channels": LARGEST}),
        ("conv", {**VALUES, "input_size": [LARGEST, LARGEST]}),
        ("conv", {**VALUES, "input_size": [1, 10**30]}),
        ("conv", {**VALUES, "kernel_size": [LARGEST, LARGEST], "padding": [[LARGEST, LARGEST]] * 2}),
        ("locally_connected", {**VALUES, "input_size": [1000, 1000], "kernel_size": [9, 9]}),
        ("upsample_bilinear", {"channels": 1, "input_size": [64, 64], "factor": [200, 200]}),
        ("dilated_polyphase", {**VALUES, "input_size": [999, 999], "dilation": 200}),
        ("winograd", {**VALUES, "tile": 10_000}),
    ],
)
def test_oversized_settings_are_refused_at_once(served, type_name, values):
    started = time.monotonic()
    status, found = served.question({"type": type_name, "axes": 2, "values": values})
    assert status == 400
    assert "at most" in found["error"]
    assert time.monotonic() - started < 2


def test_a_slow_client_holds_up_nobody(served):
    slow = []
    for _ in range(8):  # more than there are threads
        connection = socket.create_connection(("127.0.0.1", served.port), timeout=10)
        connection.sendall(b"POST /" + served.token.encode() + b"/ask HTTP/1.1\r\nContent-Length: 9\r\n")
        slow.append(connection)
    started = time.monotonic()
    assert served.question(QUESTION)[0] == 200
    assert time.monotonic() - started < 5
    for connection in slow:
        connection.close()


def test_two_tabs_at_once_have_each_its_own_answer(served):
    found = {}

    def tab(size):
        for _ in range(3):
            values = {**VALUES, "input_size": [size, size]}
            found.setdefault(size, []).append(served.question({**QUESTION, "values": values}))

    tabs = [threading.Thread(target=tab, args=(size,)) for size in (6, 9)]
    for one in tabs:
        one.start()
    for one in tabs:
        one.join(timeout=30)
    for size in (6, 9):
        op = ca.conv(1, 2, (size, size), 3)
        assert [status for status, _ in found[size]] == [200] * 3
        assert [one["measured"]["multiplications"] for _, one in found[size]] == [op.multiplications] * 3


def seconds_of_a_trickle(port):
    """Send a request a byte at a time; return for how long it was listened to."""
    started = time.monotonic()
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        connection.settimeout(0.2)
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        while time.monotonic() - started < 10:
            try:
                connection.sendall(b"x")
                if connection.recv(100) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    return time.monotonic() - started


def test_a_trickle_is_cut_off_and_an_interrupt_ends_it_and_frees_the_port():
    first = Served(before="from convalgebra.inspector import server; server.SILENCE = 1\n")
    assert first.question(QUESTION)[0] == 200
    assert 0.5 < seconds_of_a_trickle(first.port) < 8
    taken = subprocess.run(
        [sys.executable, "-c", CODE, "inspect", "--no-browser", "--port", str(first.port)],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert taken.returncode == 1
    assert f"--port {first.port}" in taken.stderr
    assert "Traceback" not in taken.stderr
    waiting = socket.create_connection(("127.0.0.1", first.port), timeout=5)
    code, errors = first.interrupted()
    waiting.close()
    assert code == 130
    assert errors.endswith("interrupted; the page is no longer served\n")
    assert "Traceback" not in errors
    with closing(socket.socket()) as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", first.port))


def test_headers_have_less_time_than_a_request():
    first = Served(
        before="from convalgebra.inspector import server; server.SILENCE, server.HEADERS_SILENCE = 30, 1\n"
    )
    assert seconds_of_a_trickle(first.port) < 8
    body = json.dumps(QUESTION).encode()
    head = (
        f"POST /{first.token}/ask HTTP/1.1\r\nHost: 127.0.0.1:{first.port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with closing(socket.create_connection(("127.0.0.1", first.port), timeout=20)) as connection:
        connection.sendall(head.encode())
        time.sleep(4)  # the headers have come: what follows has its time
        connection.sendall(body)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    first.interrupted()


def test_numbers_that_no_integer_holds_are_counted_all_the_same(served):
    values = {"in_channels": 1, "out_channels": 1, "input_size": [40], "kernel_size": [17], "tile": 16}
    status, found = served.question({"type": "winograd", "axes": 1, "values": values})
    assert status == 200
    assert found["measured"]["multiplications"] == found["multiplications"]["value"] == 64


def test_whatever_fails_is_one_line_and_an_answer():
    failing = (
        "from convalgebra.inspector import server\n"
        "def broken(request): raise ZeroDivisionError('a secret of\\nthe machine')\n"
        "made = server.Application\n"
        "server.Application = lambda *given: made(*given, ask=broken)\n"
    )
    first = Served(before=failing)
    body = json.dumps(QUESTION).encode()
    status, headers, content = first.asked(
        "POST", f"/{first.token}/ask", body, Content_Type="application/json"
    )
    assert status == 500
    assert json.loads(content) == {"error": "Python failed at this (ZeroDivisionError)"}
    assert headers["Content-Type"].startswith("application/json")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert first.asked("GET", f"/{first.token}/")[0] == 200
    _, errors = first.interrupted()
    assert errors.count("ZeroDivisionError: a secret of the machine\n") == 1
    assert "Traceback" not in errors


# --- how a question is read ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {**VALUES, "in_channels": True},
        {**VALUES, "in_channels": 1.0},
        {**VALUES, "in_channels": "D"},
        {**VALUES, "in_channels": None},
        {**VALUES, "in_channels": [1]},
        {**VALUES, "input_size": 5},
        {**VALUES, "input_size": [5]},
        {**VALUES, "input_size": [5, 5, 5]},
        {**VALUES, "kernel_size": [3, "m"]},
        {**VALUES, "padding": [1, 1]},
        {**VALUES, "padding": [[1, 1, 1], [1, 1]]},
        {**VALUES, "flip": 1},
        {**VALUES, "padding_mode": ["zeros"]},
        {**VALUES, "padding_mode": "z" * 1000},
        {**VALUES, "name": "weight"},
        {**VALUES, "__class__": 1},
        {**VALUES, "multiplier": 1},
        {"in_channels": 1},
        [],
    ],
)
def test_values_of_another_kind_are_refused(values):
    with pytest.raises(RequestError):
        answer({"type": "conv", "axes": 2, "values": values})


@pytest.mark.parametrize("axes", [0, 4, True, 2.0, "2", None])
def test_axes_are_one_two_or_three(axes):
    with pytest.raises(RequestError):
        answer({**QUESTION, "axes": axes})


def test_options_of_the_page_are_what_they_stand_for():
    values = {"input_size": [5], "kernel_size": [3], "table": "lenet5_c3"}
    _, given = read({"type": "connected", "axes": 1, "values": values})
    assert given["table"] == ca.lenet5_c3()
    for wrong in ("no such table", [[1]], None):
        with pytest.raises(RequestError):
            read({"type": "connected", "axes": 1, "values": {**values, "table": wrong}})


def test_a_large_operator_is_told_but_not_counted():
    found = answer({**QUESTION, "values": {**VALUES, "input_size": [900, 900]}})
    assert found["legal"]
    assert found["measured"] is None
    assert "too large" in found["reason"]
    assert found["multiplications"]["value"] > MOST_SIZES


# --- in a browser --------------------------------------------------------------------------------


def test_two_pages_of_one_server_have_each_its_own_answers_and_can_be_kept(served, tmp_path):
    def own(url):
        return url.startswith(served.address)

    with (
        launched() as browser,
        opened(browser, served.address, allowed=own) as first,
        opened(browser, f"{served.address}#type=dilated&axes=1&input_size=9", allowed=own) as second,
    ):
        counted = {}
        for name, page in (("first", first), ("second", second)):
            mark = page.locator(".ca-second")
            mark.get_by_text("scipy: ").wait_for()
            mark.get_by_text("agrees").wait_for()
            state = page.evaluate("window.convalgebra.store.state()")
            counted[name] = state["type"], re.search(r"scipy: ([\d,]+)", mark.inner_text())[1]
        assert counted == {
            "first": ("conv", f"{ca.conv(1, 1, (5, 5), 3).multiplications:,}"),
            "second": ("dilated", f"{ca.conv(1, 1, 9, 2, dilation=2).multiplications:,}"),
        }
        first.locator("[data-key=kernel_size] input").first.fill("2")
        first.keyboard.press("Tab")
        first.get_by_text(f"scipy: {ca.conv(1, 1, (5, 5), 2).multiplications}").wait_for()
        assert second.evaluate("window.convalgebra.store.state().type") == "dilated"
        first.evaluate(
            "() => { const { store } = window.convalgebra; const { values } = store.state();"
            " store.set({ values: { ...values, padding: [[1, 1], [1, 1]], stride: [2, 2] } }); }"
        )
        first.locator(".ca-second math").first.wait_for()
        assert "with this kernel, stride and padding" in first.locator(".ca-second").inner_text()
        second.locator(".ca-exports").get_by_role("button", name="link", exact=True).click()
        second.get_by_text("it works while the command runs; “page” keeps it").wait_for()
        with first.expect_download() as waiting:
            first.locator(".ca-exports").get_by_role("button", name="page", exact=True).click()
        kept = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(kept)
        assert kept.name == "conv-5x5-kernel-2x2.html"
        with opened(browser, kept.as_uri()) as page:
            values = page.evaluate("window.convalgebra.store.state().values")
            assert values["kernel_size"] == [2, 2]
            assert "agrees" in page.locator(".ca-formulas").inner_text()
            page.locator(".ca-exports").get_by_role("button", name="link", exact=True).click()
            page.wait_for_timeout(100)
            assert "command" not in page.locator(".ca-said").inner_text()

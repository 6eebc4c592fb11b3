"""The inspector in notebooks: the display that nbconvert keeps, and the widget in JupyterLab."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.errors import ArgumentError
from convalgebra.inspector import display
from convalgebra.inspector.answers import answer_own, operator_of
from convalgebra.inspector.packing import unpacked
from tests.browsers import launched
from tests.conftest import optional
from tests.registry import ENTRIES

ROOT = Path(ca.__file__).parent.parent
SPOKEN = re.compile(r"C\[(\d+), (\d+)\] = w\[0,0,(\d),(\d)\] : x\[0,(\d),(\d)\] (?:->|→) y\[0,(\d),(\d)\]")
PATIENCE = 120  # seconds that a server, a kernel or its page may take on a busy machine


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as found:
        yield found


# --- what is shown by itself ---


class Frames(HTMLParser):
    """The attributes of the frames in a text of HTML, and the text beside them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "iframe":
            self.found.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


def frame_of(operator: ca.Operator) -> dict[str, str | None]:
    (frame,) = Frames(operator._repr_mimebundle_()["text/html"]).found
    return frame


def data_in(frame: dict[str, str | None]) -> Any:
    found = re.search(r'id="convalgebra-data">(.*?)</script>', frame["srcdoc"] or "", re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.mark.parametrize(
    ("operator", "kept"),
    [
        (ca.conv(1, 1, (4, 4), 3), "type"),
        (ca.conv("D", "N_c", ("H", "W"), "h"), "own"),
        (ca.pointwise(2, 3, 4) @ ca.depthwise(2, 6, 3), "own"),
        (ca.conv(1, 1, (4, 4), 3).T, "type"),
    ],
    ids=["numbers", "names", "product", "transposed"],
)
def test_an_operator_is_shown_as_text_latex_and_a_page_of_its_own(operator: ca.Operator, kept: str) -> None:
    bundle = operator._repr_mimebundle_()
    assert list(bundle) == ["text/plain", "text/latex", "text/html"]
    assert bundle["text/plain"] == repr(operator)
    assert bundle["text/latex"] == f"${operator.latex()}$"
    shown = Frames(bundle["text/html"])
    assert shown.text == repr(operator)  # what stays where frames are taken out
    (frame,) = shown.found
    assert frame["sandbox"] == "allow-scripts allow-downloads"
    assert frame["title"] == f"Inspector of {operator!r}"
    assert "src" not in frame
    data = data_in(frame)
    assert data["place"] == "static"
    kinds = unpacked(data["types"])
    names = [kind["name"] for kind in kinds]
    if kept == "own":
        assert (names, data["start"]["type"]) == ([], "own")
    else:
        assert names == [data["start"]["type"]]
        assert data["own"] is None
        assert kinds[0]["axes"] == [2]  # what is said of other axes is left out
    assert len(bundle["text/html"]) < 800_000


@pytest.mark.parametrize("name", ["Kron", "BlockDiag", "HStack", "Fourier", "winograd", "channel_shuffle"])
@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_one_can_make_can_be_shown(name: str, data: st.DataObject) -> None:
    bundle = data.draw(ENTRIES[name].operators)._repr_mimebundle_()
    assert {"text/plain", "text/html"} <= set(bundle)


def test_what_is_left_out_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def unasked(operator: ca.Operator) -> str:
        raise AssertionError("nobody asked for a page")

    monkeypatch.setattr(display, "MAKERS", {**display.MAKERS, "text/html": unasked})
    shown = ca.Identity(3)._repr_mimebundle_
    assert list(shown(include={"text/plain"})) == ["text/plain"]
    assert list(shown(exclude=["text/html"])) == ["text/plain", "text/latex"]


def test_a_terminal_gets_text_alone(tmp_path: Path) -> None:
    """IPython in a terminal asks for all that there is and shows the text."""
    optional("IPython")
    script = (
        "import convalgebra as ca, sys\n"
        "print(get_ipython().display_formatter.format(ca.conv(1, 1, 4, 3))[0])\n"
        "print('convalgebra.inspector.page' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--no-banner", "--no-confirm-exit", "-c", script],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "IPYTHONDIR": str(tmp_path)},
        check=True,
        timeout=PATIENCE * 2,
    )
    shown, loaded = done.stdout.splitlines()
    assert shown == "{'text/plain': 'ca.conv(1, 1, input_size=4, kernel_size=3)'}"
    assert loaded == "False"


@pytest.mark.parametrize(
    "operator",
    [ca.conv(64, 64, (128, 128), 3), ca.conv(1, 1, (10**6, 10**6), 3)],
    ids=["slow to draw", "hopeless"],
)
def test_what_is_too_large_to_draw_is_told_why(operator: ca.Operator) -> None:
    bundle = operator._repr_mimebundle_()
    assert list(bundle) == ["text/plain", "text/latex", "text/html"]
    assert f"{operator.entries:,} entries, more than 2,000,000" in bundle["text/html"]
    assert "iframe" not in bundle["text/html"]


def test_pages_are_left_out_where_one_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVALGEBRA_DISPLAY", "text")
    assert list(ca.Identity(3)._repr_mimebundle_()) == ["text/plain", "text/latex"]


def test_a_page_or_a_formula_too_long_to_keep_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "MOST_LETTERS", 1000)
    bundle = ca.Identity(3)._repr_mimebundle_()
    assert "its page would take" in bundle["text/html"]
    assert "iframe" not in bundle["text/html"]
    monkeypatch.setattr(display, "MOST_LATEX", 3)
    assert list(ca.Identity(3)._repr_mimebundle_()) == ["text/plain", "text/html"]


def test_what_is_put_in_the_frame_stays_in_it() -> None:
    hostile = "</iframe><script>alert(1)</script>'\"&lt;"
    shown = Frames(display.framed(hostile, hostile))
    (frame,) = shown.found
    assert frame["srcdoc"] == hostile
    assert frame["title"] == f"Inspector of {hostile}"
    assert shown.text == hostile


def test_a_line_of_text_costs_no_page() -> None:
    script = (
        "import sys, convalgebra as ca\n"
        "print(repr(ca.conv(1, 1, 4, 3)), 'convalgebra.inspector' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "ca.conv(1, 1, input_size=4, kernel_size=3) False\n"


# --- the widget, without a browser ---


def test_the_widget_shows_an_operator_and_follows_its_state() -> None:
    optional("anywidget")
    widget = ca.conv(1, 1, (4, 4), 3).inspect()
    assert widget.operator == ca.conv(1, 1, (4, 4), 3)
    assert widget.data["place"] == "notebook"
    assert len(widget.data["types"]["packed"]) > 20  # the whole catalogue stands beside it
    values = {**widget.state["values"], "kernel_size": [2, 2]}
    widget.state = {"values": values, "view": "transpose"}
    assert widget.operator == ca.conv(1, 1, (4, 4), 2)
    assert widget.state["type"] == "conv"  # what is left out stays
    widget.state = {"values": {**values, "kernel_size": [9, 9]}}
    with pytest.raises(ArgumentError, match="kernel_size"):
        widget.operator  # noqa: B018


def test_the_names_of_an_operator_are_controls_that_start_where_one_says() -> None:
    optional("anywidget")
    layer = ca.conv("D", 2, ("N", "N"), 3)
    widget = layer.inspect(N=6)
    assert widget.state["type"] == "own"
    assert widget.state["values"]["N"] == 6
    assert widget.operator == layer.subs(widget.state["values"])
    assert {control["key"] for control in widget.data["own"]["controls"]} == {"D", "N"}
    widget.state = {"values": {"N": 5, "D": 3}}
    assert widget.operator == ca.conv(3, 2, (5, 5), 3)


@pytest.mark.parametrize(
    ("values", "wrong"), [({"Q": 3}, "Q"), ({"N": 1}, "N"), ({"N": "wide"}, "N"), ({"N": 2.5}, "N")]
)
def test_first_values_that_do_not_fit_are_named(values: dict[str, Any], wrong: str) -> None:
    optional("anywidget")
    with pytest.raises(ArgumentError, match=wrong):
        ca.conv(1, 1, "N", 3).inspect(**values)


@pytest.mark.parametrize(
    ("state", "wrong"),
    [
        ({"type": "spiral"}, "spiral"),
        ({"type": ["conv"]}, "conv"),
        ({"values": {"Q": 1}}, "Q"),
        ({"values": 3}, "3"),
        ({"values": {"kernel_size": 3}}, "kernel_size=3 must be a list of 2"),
        ({"values": {"kernel_size": [3, 3, 3]}}, "must be a list of 2"),
        ({"values": {"padding": [[0], [0]]}}, "padding"),
        ({"values": {"in_channels": 2.0}}, "in_channels=2.0 must be a whole number"),
        ({"values": {"in_channels": True}}, "in_channels=True"),
        ({"values": {"flip": 1}}, "flip=1 must be True or False"),
        ({"values": {"padding_mode": "mirror"}}, "must be one of zeros"),
        ({"axes": 4}, "axes=4 does not fit conv, which has 1, 2, 3"),
        ({"axes": True}, "axes=True"),
        ({"view": "above"}, "view='above' must be one of alone"),
        ({"aside": None}, "aside=None"),
        ({"spiral": 1}, "'spiral' is none of its keys"),
        ({"held": {"type": "spiral"}}, "spiral"),
        ({"held": {"type": "conv", "axes": 2, "values": {"kernel_size": 3}}}, "kernel_size=3"),
        ({"held": 3}, "a setting is an object"),
        ({"layers": [[3, 0, 1, 0]]}, "layers: stride=0 must be from 1 to 16"),
        ({"layers": []}, "1 to 12"),
        ({"layers": [[3, 1]]}, "layers: .3, 1. must be"),
        ({"pinned": {"panel": "C"}}, "pinned"),
        ({"pinned": {"panel": "C", "kind": "entry", "index": -1}}, "pinned"),
    ],
)
def test_a_state_that_names_what_is_not_there_is_refused(state: dict[str, Any], wrong: str) -> None:
    optional("anywidget")
    widget = ca.conv(1, 1, (4, 4), 3).inspect()
    before = widget.state
    with pytest.raises(ArgumentError, match=wrong):
        widget.state = state
    assert widget.state == before


def test_values_that_are_left_out_are_as_the_type_starts() -> None:
    optional("anywidget")
    widget = ca.conv(1, 1, (4, 4), 3).inspect()
    first = widget.state["values"]
    widget.state = {"values": {"kernel_size": [2, 2]}}
    assert widget.state["values"] == {**first, "kernel_size": [2, 2]}
    widget.state = {"type": "conv_3d"}
    assert widget.state["axes"] == 3
    assert len(widget.state["values"]["kernel_size"]) == 3
    widget.state = {"held": {"type": "pointwise"}, "layers": [[3, 1, 1, 0]]}
    assert set(widget.state["held"]["values"]) == {"in_channels", "out_channels", "input_size"}
    assert widget.state["type"] == "conv_3d"


def test_names_that_have_no_number_are_named() -> None:
    own = ca.conv("D", 1, "N", 3)
    setting = {"type": "own", "axes": 1, "values": {"N": 5}}
    assert "no number for D" in answer_own(setting, own)["reason"]
    with pytest.raises(ArgumentError, match="no number for D, N"):
        operator_of({**setting, "values": {}}, own)


def asked(widget: Any, content: Any) -> list[Any]:
    """Send a message as the browser does and return what is sent back."""
    sent: list[Any] = []
    widget.send = sent.append
    widget._handle_custom_msg(content, [])
    return sent


def test_python_answers_a_question_once_with_its_id() -> None:
    optional("anywidget")
    widget = ca.conv(1, 1, (4, 4), 3).inspect()
    setting = {key: widget.state[key] for key in ("type", "axes", "values")}
    (reply,) = asked(widget, {"kind": "question", "id": "v-1", "about": "answer", "setting": setting})
    assert (reply["kind"], reply["id"]) == ("answer", "v-1")
    assert reply["answer"]["measured"] == {"multiplications": 36, "additions": 32}
    (reply,) = asked(widget, {"kind": "question", "id": "v-2", "about": "page", "setting": widget.state})
    assert reply["answer"].startswith("<!doctype html>")
    assert asked(widget, {"kind": "something else"}) == []


def test_python_answers_for_the_operator_of_a_user() -> None:
    optional("anywidget")
    widget = ca.depthwise_separable(2, 3, ("N", "N"), 3).T.inspect(N=5)
    setting = {key: widget.state[key] for key in ("type", "axes", "values")}
    (reply,) = asked(widget, {"kind": "question", "id": 1, "about": "answer", "setting": setting})
    answer = reply["answer"]
    shown = widget.operator
    assert answer["shape"] == list(shown.shape)
    assert (
        answer["multiplications"]["value"] == answer["measured"]["multiplications"] == shown.multiplications
    )
    assert "<mi>N</mi>" in answer["multiplications"]["mathml"]
    (reply,) = asked(
        widget, {"kind": "question", "id": 2, "about": "answer", "setting": {**setting, "values": {"N": 1}}}
    )
    assert reply["answer"]["legal"] is False
    assert "N=1" in reply["answer"]["reason"]


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"about": "answer", "setting": 3},
        {"about": "files", "setting": {}},
        {"about": "answer", "setting": {}},
    ],
)
def test_a_question_that_is_none_gets_an_error_in_words(question: dict[str, Any]) -> None:
    optional("anywidget")
    (reply,) = asked(ca.Identity(3).inspect(), {"kind": "question", "id": 7, **question})
    assert reply["id"] == 7
    assert reply["error"]
    assert "answer" not in reply


def test_without_anywidget_one_is_told_what_to_install() -> None:
    script = (
        "import sys; sys.modules['anywidget'] = None\n"
        "import convalgebra as ca\n"
        "try: ca.conv(1, 1, 4, 3).inspect()\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "pip install 'convalgebra[notebook]'" in done.stdout


# --- in a browser ---


def notebook(*cells: str) -> Any:
    nbformat = optional("nbformat")
    found = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    found.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return found


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment variables by which Jupyter and IPython write nowhere but in a folder of the test."""
    folder = tmp_path_factory.mktemp("jupyter")
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    found = {name: str(folder / name.lower()) for name in (*names, "JUPYTERLAB_WORKSPACES_DIR")}
    settings = folder / "settings"
    quiet = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"checkForUpdates": false, "fetchNews": "false"}', "utf-8")
    # A notebook must find the package that is tested, installed or not.
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**found, "JUPYTERLAB_SETTINGS_DIR": str(settings), "PYTHONPATH": path}


def pointed(view: Any, page: Any) -> tuple[int, ...]:
    """Move the mouse over the matrix until an entry speaks; return the numbers in what it says."""
    matrix = view.locator(".ca-matrices canvas").first
    matrix.scroll_into_view_if_needed()
    box = matrix.bounding_box()
    for down in range(1, 16):
        for along in range(1, 16):
            page.mouse.move(box["x"] + box["width"] * along / 16, box["y"] + box["height"] * down / 16)
            if said := SPOKEN.search(view.locator(".ca-status").text_content()):
                return tuple(map(int, said.groups()))
    raise AssertionError("no entry of the matrix says what it is")


def is_true(said: tuple[int, ...]) -> bool:
    """Say whether it is so, 4 x 4 input, 3 x 3 kernel: y[p, q] reads x[p + i, q + j] by w[i, j]."""
    row, column, i, j, a, b, p, q = said
    return (row, column, a, b) == (2 * p + q, 4 * a + b, p + i, q + j)


def test_a_notebook_that_was_converted_is_interactive_offline(
    browser: Any, places: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    optional("ipykernel")
    client = optional("nbclient")
    exporter = optional("nbconvert").HTMLExporter()
    for name, value in places.items():
        monkeypatch.setenv(name, value)
    ran = notebook("import convalgebra as ca\nca.conv(1, 1, (4, 4), 3)", "ca.conv('D', 'N_c', 'N', 'm')")
    client.NotebookClient(ran, timeout=PATIENCE * 4).execute()
    (output,) = ran.cells[0].outputs
    assert {"text/plain", "text/latex", "text/html"} == set(output.data)
    file = tmp_path / "notebook.html"
    file.write_text(exporter.from_notebook_node(ran)[0], "utf-8")

    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    context.route("**/*", lambda r: r.continue_() if r.request.url == file.as_uri() else r.abort())
    page = context.new_page()
    asked_by_frames: list[str] = []
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))

    def note(request: Any) -> None:
        if request.frame != page.main_frame and not request.url.startswith(("about:", "data:", "blob:")):
            asked_by_frames.append(request.url)

    page.on("request", note)
    page.goto(file.as_uri(), wait_until="domcontentloaded")
    assert page.locator("iframe").count() == 2
    page.locator("iframe").first.scroll_into_view_if_needed()
    frame = page.frame_locator("iframe").first
    frame.locator(".ca-matrices canvas").first.wait_for()
    assert is_true(pointed(frame, page))
    page.locator("iframe").last.scroll_into_view_if_needed()
    named = page.frame_locator("iframe").last
    named.locator('[data-key="N"] input').first.wait_for()  # names are controls
    inside = [error for error in wrong if "require" not in error and "MathJax" not in error]
    context.close()
    assert asked_by_frames == []
    assert inside == []


@contextmanager
def jupyterlab(folder: Path, places: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Run JupyterLab on a folder; yield its address and token, and end it with its kernels."""
    optional("jupyterlab")
    optional("ipykernel")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    options = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
        "--LabApp.extension_manager=readonly",
        "--LanguageServerManager.autodetect=False",
    ]
    log = folder / "jupyterlab.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env={**os.environ, **places, "JUPYTER_TOKEN": token},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + PATIENCE
        while not _answers(f"{address}/api/status?token={token}"):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        yield address, token
    finally:
        server.terminate()  # it ends its kernels first
        try:
            server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return reply.status == 200
    except OSError:
        return False


@pytest.mark.sweep
def test_in_jupyterlab_the_widget_answers(browser: Any, places: dict[str, str], tmp_path: Path) -> None:
    optional("anywidget")
    told = "print(widget.state['values']['kernel_size'], widget.state['view'], widget.operator)"
    put = "widget.state = {'values': {**widget.state['values'], 'kernel_size': [3, 3]}, 'view': 'alone'}"
    cells = ("import convalgebra as ca\nwidget = ca.conv(1, 1, (4, 4), 3).inspect()\nwidget", told, put)
    optional("nbformat").write(notebook(*cells), tmp_path / "inspect.ipynb")
    with jupyterlab(tmp_path, places) as (address, token):
        context = browser.new_context(viewport={"width": 1400, "height": 1000})
        context.set_default_timeout(PATIENCE * 1000)
        foreign: list[str] = []

        def within(route: Any) -> None:
            if route.request.url.startswith((address, "data:", "blob:")):
                route.continue_()
            else:
                foreign.append(route.request.url)
                route.abort()

        context.route("**/*", within)
        page = context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{address}/lab/tree/inspect.ipynb?token={token}", wait_until="domcontentloaded")
        page.locator(".jp-Notebook .jp-CodeCell").nth(2).wait_for()
        page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for()

        def run(cell: int) -> None:
            page.locator(".jp-CodeCell .cm-content").nth(cell).click()
            page.evaluate("jupyterapp.commands.execute('notebook:run-cell')")

        run(0)
        widget = page.locator(".jp-OutputArea-output").first
        widget.locator(".ca-matrices canvas").first.wait_for()
        assert is_true(pointed(widget, page))
        widget.get_by_text("36 multiplications measured").wait_for()  # Python's own count

        # What one does in the picture is known to Python,
        kernel_size = widget.locator('[data-key="kernel_size"] input').first
        kernel_size.fill("4")
        kernel_size.press("Tab")
        widget.get_by_text("16 multiplications measured").wait_for()
        run(1)
        page.get_by_text("[4, 4] alone ca.conv(1, 1, input_size=(4, 4), kernel_size=4)").wait_for()
        # and what one does in Python is seen in the picture.
        run(2)
        widget.get_by_text("36 multiplications measured").wait_for()
        assert kernel_size.input_value() == "3"
        context.close()
        assert wrong == []
        assert foreign == []

"""The page in a real browser: each job, errors beside the place, a link opened afresh, the keyboard, a phone.

The page of a server and that of a static site are one; what differs is tried for both.  Skipped where there is no Chromium.
A picture of each state is kept in build/pictures.
"""

from __future__ import annotations

import http.server
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
pytest.importorskip("uvicorn", reason="needs the extra web")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
              pytest.mark.skipif(bool(os.environ.get("CI")), reason="a browser is not driven in CI")]
WAIT = 90_000
PICTURES = Path(__file__).parents[2] / "build" / "pictures"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    process = subprocess.Popen([sys.executable, "-m", "symderiv", "serve", "--port", "0", "--seconds", "60"], text=True,
                               stdout=subprocess.PIPE)
    assert process.stdout is not None
    line = process.stdout.readline()
    yield line.split("at ")[1].split()[0]
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with api.sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@contextmanager
def opened(browser: Any, **options: Any) -> Iterator[Any]:
    """A page, from which nothing may be asked of any other host, its worker and its service worker included."""
    context = browser.new_context(**{"viewport": {"width": 1100, "height": 900}, **options})
    found = context.new_page()
    found.set_default_timeout(WAIT)
    errors: list[str] = []

    def elsewhere(route: Any) -> None:
        errors.append(route.request.url)
        route.abort()

    context.route(lambda url: not url.startswith("http://127.0.0.1"), elsewhere)
    found.on("pageerror", lambda error: errors.append(str(error)))
    try:
        yield found
    finally:
        context.close()
    assert not errors


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    with opened(browser) as found:
        yield found


@pytest.fixture(scope="module")
def pictures() -> Path:
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES


def shown(page: Any, job: str) -> Any:
    page.wait_for_selector(f"#{job} .result .badge, #{job} .result .problem, #{job} .result .lines", timeout=WAIT)
    return page.locator(f"#{job} .result")


def test_an_example_is_derived_with_one_click(page: Any, address: str, pictures: Path) -> None:
    page.goto(address)
    page.get_by_role("button", name="Softmax classifier").first.click()
    result = shown(page, "derive")
    assert "proved" in result.inner_text()
    assert result.locator("math").count() > 3 and result.locator("svg").count() == 1
    page.get_by_label("every rewrite").check()
    page.screenshot(path=pictures / "derive.png", full_page=True)
    assert "job=derive" in page.url


def test_the_first_use_needs_no_declarations(page: Any, address: str) -> None:
    page.goto(address)
    page.fill("#derive-wrt", "")
    page.fill("#derive-given", "")
    page.fill("#derive-expr", "norm(X*w - y)^2")
    page.get_by_role("button", name="Take X: m n; w: n; y: m").click()
    page.fill("#derive-wrt", "w")
    page.keyboard.press("Control+Enter")
    assert "proved" in shown(page, "derive").inner_text()
    page.fill("#derive-wrt", "")
    page.fill("#derive-given", "")
    page.fill("#derive-expr", "focal(V*x, t)")
    page.keyboard.press("Control+Enter")
    api.expect(page.locator("#derive-given")).to_have_value("V: m n; x: n; t: label m", timeout=30_000)
    assert page.input_value("#derive-wrt") == "x" and "proved" in shown(page, "derive").inner_text()


def test_an_error_is_marked_at_its_place(page: Any, address: str) -> None:
    page.goto(address)
    page.fill("#derive-expr", "W*x +* b")
    page.wait_for_selector("#derive-expr-said .problem mark")


def test_what_is_written_wrong_is_marked_before_names_are_asked_for(page: Any, address: str) -> None:
    page.goto(address)
    page.fill("#derive-given", "")
    page.fill("#derive-expr", "A*x + (b")
    page.wait_for_selector("#derive-expr-said .problem:has-text('not closed') mark")
    page.locator("#derive .go").click()
    assert "not closed" in shown(page, "derive").inner_text()


def test_a_derivation_is_checked_and_a_link_opens_it_again(page: Any, address: str, pictures: Path) -> None:
    page.goto(address)
    page.get_by_role("tab", name="Check").click()
    page.get_by_role("button", name="Ridge, with a slip").click()
    assert shown(page, "verify").locator("li.wrong").count() == 1
    page.get_by_role("button", name="A hint").click()
    page.screenshot(path=pictures / "check.png", full_page=True)
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    assert shown(page, "verify").locator("li.wrong").count() == 1


def test_a_false_equality_shows_its_counterexample(page: Any, address: str) -> None:
    page.goto(address)
    page.get_by_role("tab", name="Prove").click()
    page.get_by_role("button", name="A false one").click()
    assert "Counterexample" in shown(page, "prove").inner_text()


def test_the_keyboard_alone_is_enough(page: Any, address: str) -> None:
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the work"
    page.focus("#tab-derive")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-verify"
    assert page.is_visible("#verify-text") and not page.is_visible("#derive-expr")
    page.keyboard.press("End")
    for typed in ("tr(A*B)", "tr(B*A)", "A: m n; B: n m"):
        page.keyboard.press("Tab")
        while page.evaluate("document.activeElement.tagName") not in ("TEXTAREA", "INPUT"):
            page.keyboard.press("Tab")
        page.keyboard.type(typed)
    page.keyboard.press("Control+Enter")
    assert "proved" in shown(page, "prove").inner_text()
    # What was found is read next, and what can be pressed there is reached by Tab.
    page.wait_for_selector("#prove .result:focus")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open") is False


def test_it_fits_a_phone(browser: Any, address: str, pictures: Path) -> None:
    with opened(browser, viewport={"width": 360, "height": 740}, color_scheme="dark") as page:
        page.goto(address)
        page.get_by_role("button", name="Softmax classifier").first.click()
        shown(page, "derive")
        page.screenshot(path=pictures / "phone.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.get_by_role("tab", name="Check").click()
        page.get_by_role("button", name="Ridge, with a slip").click()
        shown(page, "verify")
        page.screenshot(path=pictures / "phone-check.png", full_page=True)
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 29, 34)"  # dark ink, whatever the screen
        page.emulate_media(media="screen")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize(("job", "typed"), [
    ("derive", {"expr": "softmax(W*x"}), ("derive", {"expr": "W*x", "given": "W: m n; x: k", "wrt": "W"}),
    ("derive", {"expr": "x'*x", "given": "x n", "wrt": "x"}), ("derive", {"expr": "x'*x", "given": "x: n", "wrt": "y"}),
    ("derive", {"expr": "\\frac{", "given": "", "wrt": "x"}), ("derive", {"expr": "🙂", "given": "", "wrt": ""}),
    ("prove", {"left": "A", "right": "", "given": "A: n n"}),
    ("prove", {"left": "A", "right": "x", "given": "A: n n; x: n"}),
    ("verify", {"text": "", "given": ""}), ("verify", {"text": "x", "given": "x: -1"}),
])
def test_whatever_is_typed_gets_a_sentence(page: Any, address: str, job: str, typed: dict[str, str]) -> None:
    page.goto(address)
    page.locator(f"#tab-{job}").click()
    for name in ("expr", "text", "left", "right", "given", "wrt"):
        if page.locator(f"#{job}-{name}").count():
            page.fill(f"#{job}-{name}", typed.get(name, ""))
    page.locator(f"#{job} .go").click()
    assert len(shown(page, job).inner_text().strip()) > 10


def test_what_is_missing_is_said_by_the_name_of_its_field_and_stays_beside_it(page: Any, address: str) -> None:
    page.goto(address)
    for name, text in (("expr", "eye(n)"), ("given", "n: size"), ("wrt", "")):  # nothing can be proposed here
        page.fill(f"#derive-{name}", text)
    page.locator("#derive .go").click()
    assert 'Nothing stands in "Differentiate by"' in shown(page, "derive").inner_text()
    page.wait_for_selector("#derive-expr-said math")
    page.wait_for_timeout(600)
    assert "Nothing stands" in page.inner_text("#derive-wrt-said")


def test_only_the_last_text_has_its_verdicts_and_those_before_stay_till_then(page: Any, address: str) -> None:
    page.goto(address)
    page.locator("#tab-verify").click()
    page.fill("#verify-given", "x: n")
    # The first answer comes last.
    page.evaluate("""() => { const before = engine.ask; let count = 0;
        engine.ask = async (...asked) => { const answer = await before(...asked);
            if (!count++) await new Promise((done) => setTimeout(done, 1500)); return answer; }; }""")
    page.fill("#verify-text", "\\nabla_x x^\\top x = 3x")
    page.locator("#verify .go").click()
    page.fill("#verify-text", "\\nabla_x x^\\top x = 2x")
    page.wait_for_selector("#verify .result .lines li.right")
    page.wait_for_timeout(2000)
    assert page.locator("#verify .lines li").count() == page.locator("#verify .lines li.right").count() == 1
    page.locator("#verify-text").press_sequentially("\n= x + x")
    while page.locator("#verify .lines li.right").count() < 2:
        assert "Working" not in page.inner_text("#verify .result")
    assert page.evaluate("JSON.parse(localStorage.getItem('symderiv-before')).length") == 1


AXE = "axe.run(document, {resultTypes: ['violations']})"


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The accessibility checker, from npm."""
    place = tmp_path_factory.mktemp("axe")
    command = ["npm", "pack", "axe-core@4", "--silent", "--pack-destination", str(place)]
    if shutil.which("npm") is None or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("axe-core cannot be had through npm here")
    with tarfile.open(next(place.glob("*.tgz"))) as packed:
        found = packed.extractfile("package/axe.min.js")
        assert found is not None
        return found.read().decode()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_a_screen_reader(browser: Any, address: str, axe: str, scheme: str) -> None:
    with opened(browser, bypass_csp=True, color_scheme=scheme) as page:
        page.goto(address)
        page.evaluate(axe)
        for job, example in (("derive", "Softmax Jacobian"), ("verify", "Ridge, with a slip"), ("prove", "A false one")):
            page.locator(f"#tab-{job}").click()
            page.locator(f"#{job}").get_by_role("button", name=example).click()
            shown(page, job)
            page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            found = page.evaluate(AXE)["violations"]
            assert not found, [(each["id"], each["help"], [n["html"][:160] for n in each["nodes"]][:3]) for each in found]


# ------------------------------------------------------------------ the static site

SAME = [
    ("cross_entropy(W*x, y)", "W: m n; x: n; y: label m", "W"), ("x'*A*x", "A: n n; x: n", "x"),
    ("\\log\\det(X)", "X: n n invertible", "X"), ("norm(X*w - y)^2/2", "X: N d; w: d; y: N", "w"),
    ("softmax(z)", "z: m", "z"), ("sum(relu(A*x + b))", "A: m n; x: n; b: m", "A"),
    ("tr(A*X*B*X')", "A: m m; B: n n; X: m n", "X"),
    ("layer_norm(x, g, b, e)", "x: n; g: n; b: n; e: scalar positive", "x"), ("conv1d(x, w)", "x: n; w: k", "w"),
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript",  # noqa: RUF012
                      ".wasm": "application/wasm"}

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def offered(folder: Path) -> Iterator[str]:
    """A folder by a server of files."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from symderiv.errors import ToolMissing
    from symderiv.web.site import write_site

    try:
        return write_site(tmp_path_factory.mktemp("page") / "site", None, lambda said: None).parent
    except ToolMissing as error:
        pytest.skip(str(error))


def test_the_site_answers_as_the_command_line_does_and_without_a_network(browser: Any, site: Path, pictures: Path) -> None:
    from symderiv.web.questions import answer

    with opened(browser) as page:
        page.set_default_timeout(600_000)
        with offered(site) as address:
            page.goto(address)
            page.wait_for_selector("#engine:has-text('of 3')")
            page.screenshot(path=pictures / "site-loading.png")
            for expr, given, wrt in SAME:
                fields = {"expr": expr, "given": given, "wrt": wrt}
                here, there = answer("derive", fields), page.evaluate("(fields) => engine.ask('derive', fields)", fields)
                assert there == here
            assert "plain Python" in page.inner_text("#engine")
            for job, example, said in (("derive", "Softmax classifier", "proved"),
                                       ("prove", "A false one", "Counterexample"),
                                       ("verify", "Ridge, with a slip", "Look at this line")):
                page.locator(f"#tab-{job}").click()
                page.locator(f"#{job}").get_by_role("button", name=example).click()
                page.wait_for_selector(f"#{job} .result:not([aria-busy]) :is(.badge, .lines)")
                assert said in page.inner_text(f"#{job} .result")
                page.screenshot(path=pictures / f"site-{job}.png", full_page=True)
            page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
        # The server is gone: a link opens all the same.
        page.goto("about:blank")
        page.goto(address + "#job=prove&left=tr(A*B)&right=tr(B*A)&given=A: m n; B: n m")
        page.wait_for_selector("#prove .result .badge")
        assert "proved" in page.inner_text("#prove .result")


def test_a_wheel_that_is_missing_is_said(browser: Any, site: Path, tmp_path: Path) -> None:
    shutil.copytree(site, tmp_path / "site")
    (tmp_path / "site" / "wheels" / "mpmath-1.3.0-py3-none-any.whl").unlink()
    with offered(tmp_path / "site") as address, opened(browser) as page:
        page.goto(address)
        page.wait_for_selector("#engine.problem:has-text('mpmath')")
        page.locator("#derive .go").click()
        assert "did not start" in shown(page, "derive").inner_text()


def test_a_browser_without_webassembly_is_told(browser: Any, site: Path) -> None:
    with offered(site) as address, opened(browser) as page:
        page.add_init_script("delete globalThis.WebAssembly")
        page.goto(address)
        page.wait_for_selector("#engine.problem:has-text('WebAssembly')")

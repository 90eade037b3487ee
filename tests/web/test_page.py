"""The page in a real browser: each job, errors beside the place, a link opened afresh, the keyboard, a phone.

Skipped where there is no Chromium; a picture of each state is kept beside the test's other files.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
pytest.importorskip("uvicorn", reason="needs the extra web")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
              pytest.mark.skipif(bool(os.environ.get("CI")), reason="a browser is not driven in CI")]
WAIT = 90_000


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


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    found = context.new_page()
    found.set_default_timeout(WAIT)
    errors: list[str] = []
    # Nothing is asked of any other host.
    found.on("request", lambda request: request.url.startswith("http://127.0.0.1") or errors.append(request.url))
    found.on("pageerror", lambda error: errors.append(str(error)))
    yield found
    context.close()
    assert not errors


def shown(page: Any, job: str) -> Any:
    page.wait_for_selector(f"#{job} .result .badge, #{job} .result .problem, #{job} .result .lines", timeout=WAIT)
    return page.locator(f"#{job} .result")


def test_an_example_is_derived_with_one_click(page: Any, address: str, tmp_path: Path) -> None:
    page.goto(address)
    page.get_by_role("button", name="Softmax classifier").first.click()
    result = shown(page, "derive")
    assert "proved" in result.inner_text()
    assert result.locator("math").count() > 3 and result.locator("svg").count() == 1
    page.get_by_label("every rewrite").check()
    page.screenshot(path=tmp_path / "derive.png", full_page=True)
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


def test_an_error_is_marked_at_its_place(page: Any, address: str) -> None:
    page.goto(address)
    page.fill("#derive-expr", "W*x +* b")
    page.wait_for_selector("#derive-expr-said .problem mark")


def test_a_derivation_is_checked_and_a_link_opens_it_again(page: Any, address: str, tmp_path: Path) -> None:
    page.goto(address)
    page.get_by_role("tab", name="Check").click()
    page.get_by_role("button", name="Ridge, with a slip").click()
    assert shown(page, "verify").locator("li.wrong").count() == 1
    page.get_by_role("button", name="A hint").click()
    page.screenshot(path=tmp_path / "check.png", full_page=True)
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


def test_it_fits_a_phone(browser: Any, address: str, tmp_path: Path) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark")
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Softmax classifier").first.click()
    shown(page, "derive")
    page.screenshot(path=tmp_path / "phone.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()

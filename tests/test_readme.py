"""What the README shows is what one gets."""

import doctest
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from symderiv.suite.collect import collect
from symderiv.suite.run import run

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_sessions_of_the_readme_give_what_they_show():
    assert doctest.testfile(str(ROOT / "README.md"), module_relative=False, encoding="utf-8").failed == 0


def test_the_file_of_derivations_in_the_readme_holds(tmp_path):
    (tmp_path / "sample.py").write_text(re.search(r"```python\n(.*?)```", README, re.DOTALL)[1], encoding="utf-8")
    results = [run(item) for item in collect(tmp_path)]
    assert len(results) == 3
    assert all(result.ok for result in results)


@pytest.mark.parametrize("name", ["run", "CONTRIBUTING.md", "LICENSE", "derivations"])
def test_what_the_readme_points_to_exists(name):
    assert (ROOT / name).exists()


TEXTS = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")),
         *sorted((ROOT / "docs").rglob("*.md"))]
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_texts_leads_to_a_file_and_a_heading(text):
    for target in re.findall(r"\]\(([^)\s]+)\)", CODE.sub("", text.read_text(encoding="utf-8"))):
        if "://" not in target:
            name, _, heading = target.partition("#")
            there = (text.parent / name).resolve() if name else text
            assert there.exists(), target
            headings = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE) if heading else []
            anchors = [re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings]
            assert not heading or heading in anchors, target


def said_here():
    """The right-hand sides of the tables of "How do I say", by the tool that one comes from."""
    text = (ROOT / "docs" / "coming_from.md").read_text(encoding="utf-8")
    for section in text.split("\n## ")[1:]:
        for row in re.findall(r"^\| .*? \| (.*) \|$", section, re.MULTILINE):
            yield from ((section.partition("\n")[0], code) for code in re.findall(r"`([^`]+)`", row) if code != "@sd.layer")


@pytest.mark.parametrize(("tool", "code"), list(said_here()))
def test_what_one_says_instead_can_be_said(tool, code):
    import sympy

    import symderiv as sd
    m, n = sd.dims("m n")
    known = {name: sd.tensor(name, n) for name in "xygvbw"} | {name: sd.tensor(name, n, n) for name in "AW"}
    x, W, b = known["x"], known["W"], known["b"]
    if code.startswith("--given"):
        sd.parse("x'*A*x*c", code.partition('"')[2].rstrip('"'))
    elif tool.startswith("matrixcalculus"):
        sd.parse(code, {**known, "n": n})
    else:
        exec(code, known | {
            "sd": sd, "KroneckerDelta": sympy.KroneckerDelta, "m": m, "n": n,
            "i": sd.indices("i", n), "j": sd.indices("j", n),
            "X": sd.tensor("X", m, n), "t": sd.label("t", n), "f": sd.sum(sd.tanh(W @ x + b)), "d": sd.derive(x @ x, x),
            "r": sd.random("r", n, mean=0, var=1, iid=True)})


COMMANDS = sorted({line.partition("  #")[0].strip() for text in TEXTS[:1] + TEXTS[3:] for fence in re.findall(
    r"```sh\n(.*?)```", text.read_text(encoding="utf-8"), re.DOTALL) for line in fence.replace("\\\n", " ").split("\n")
    if re.match(r"(\./run|symderiv) \w", line)})


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_that_are_shown_are_understood(command):
    from symderiv import cli

    words = shlex.split(command, comments=True)[1:]
    words = words[:next((k for k, word in enumerate(words) if word in ("|", ">", "<", "&&")), len(words))]
    if words[0] not in ("test", "campaign", "lint", "docs", "links", "setup"):
        cli._parser().parse_args(cli._arguments(words))


def test_the_documentation_leads_to_no_other_host():
    """So that all its links are checked without a network."""
    outside = [text.name for text in TEXTS[3:] if re.search(r"\]\(https?://", CODE.sub("", text.read_text("utf-8")))]
    assert outside == []


def test_the_version_stands_in_one_way_only():
    import symderiv

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert symderiv.__version__ == project["version"]

"""What the README shows is what one gets."""

import doctest
import re
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


def test_the_version_stands_in_one_way_only():
    import symderiv

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert symderiv.__version__ == project["version"]

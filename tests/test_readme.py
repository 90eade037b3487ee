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


def test_the_version_stands_in_one_way_only():
    import symderiv

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert symderiv.__version__ == project["version"]

"""A notebook's cell magic, and what the package shows of itself."""

from __future__ import annotations

from typing import Any

import symderiv as sd
from symderiv.web.doctor import findings


class Shell:
    """As much of IPython as an extension sees."""

    def __init__(self) -> None:
        self.magics: dict[str, Any] = {}

    def register_magic_function(self, function: Any, magic_kind: str, magic_name: str) -> None:
        assert magic_kind == "cell"
        self.magics[magic_name] = function


def test_a_cell_is_refereed_and_shows_itself() -> None:
    shell = Shell()
    sd.load_ipython_extension(shell)
    report = shell.magics["verify"]("x: n", "L = x^\\top x\n\\nabla_x L = x")
    assert report.first_wrong == 1 and "<math" in report._repr_html_()


def test_only_public_names_are_listed() -> None:
    assert dir(sd) == sorted(sd.__all__)


def test_what_is_missing_says_how_to_get_it() -> None:
    found = {each.name: each for each in findings()}
    assert found["sympy"].found and found["numpy"].found
    assert all(each.found or each.get in str(each) for each in found.values())

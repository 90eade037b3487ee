"""What the docstrings of public names show is what one gets; public names are typed for who calls them."""

import doctest
import inspect
import io
import re
from pathlib import Path

import pytest

import symderiv as sd
from symderiv.errors import DeclarationError

DOCS = Path(__file__).parents[1] / "docs"
SHOWN = [name for name in sd.__all__ if ">>>" in (inspect.getdoc(getattr(sd, name)) or "")]


@pytest.mark.parametrize("name", SHOWN)
def test_the_example_of_a_docstring_holds(name):
    text, known = inspect.getdoc(getattr(sd, name)) + "\n", {**vars(sd), "sd": sd}
    example = doctest.DocTestParser().get_doctest(text, known, name, None, 0)
    said = io.StringIO()
    assert doctest.DocTestRunner(verbose=False).run(example, out=said.write).failed == 0, said.getvalue()


def test_every_public_name_has_a_docstring_with_an_example():
    assert [name for name in sd.__all__ if name not in SHOWN] == []


def test_what_public_functions_give_has_a_type():
    """Where it depends on what was asked there are overloads; numbers are of the kind of those that were given."""
    loose = {name for name in sd.__all__ if inspect.isfunction(inspect.unwrap(getattr(sd, name)))
             and inspect.signature(getattr(sd, name)).return_annotation == "Any"}
    assert loose <= {"evaluate", "worked"}


def test_no_public_name_has_any_in_its_types():
    loose = []
    for name in sd.__all__:
        value = getattr(sd, name)
        held = {f"{name}.{k}": v for k, v in vars(value).items() if not k.startswith("_")} if inspect.isclass(value) else {}
        for where, each in {name: value, **held}.items():
            function = inspect.unwrap(getattr(each, "fget", each)) if callable(each) or hasattr(each, "fget") else None
            types = getattr(function, "__annotations__", {}) if inspect.isfunction(function) else {}
            loose += [f"{where}({part}: {kind})" for part, kind in types.items() if re.search(r"\bAny\b", str(kind))]
    assert not loose


def test_what_a_public_function_raises_is_in_its_docstring():
    """All but those that take what they are given as it is."""
    functions = [name for name in sd.__all__ if inspect.isfunction(inspect.unwrap(getattr(sd, name)))]
    silent = {name for name in functions if not re.search(r"[Rr]aises\s", inspect.getdoc(getattr(sd, name)) or "")}
    assert silent == {"stated", "another_way", "misprint", "tested"}


@pytest.mark.parametrize("name", sorted(name for name in sd.__all__ if "Raises DeclarationError for what is no number" in (
    inspect.getdoc(getattr(sd, name)) or "")))
def test_what_is_no_number_is_refused_as_the_docstring_says(name):
    for wrong in (object(), None, "x", 1j):
        with pytest.raises(DeclarationError):
            getattr(sd, name)(wrong)


@pytest.mark.parametrize("name", ["prod_others", "prod_pairs", "nuclear_norm", "spectral_norm", "max_pool2d",
                                  "conv_transpose2d"])
def test_a_number_where_an_array_belongs_is_refused(name):
    a = sd.tensor("a")
    with pytest.raises(sd.SymderivError):
        getattr(sd, name)(*(a, 2) if name == "max_pool2d" else (a, a) if name == "conv_transpose2d" else (a,))


def told(name: str) -> str:
    """A docstring without its examples, as one line."""
    text = re.sub(r"^>>>.*\n(.+\n?)*", "", f"{inspect.getdoc(getattr(sd, name))}\n", flags=re.MULTILINE)
    return " ".join(text.split()) + " "


def cited(source: str) -> bool:
    """Whether what a docstring cites is there: a section of these pages, a name of a library, a work in docs/sources.md."""
    where, _, what = source.partition(", ")
    if where.startswith("docs/"):
        text = (DOCS.parent / where).read_text()
        found = [f"# {each}\n" in text or f"**{each}" in text for each in (what, *what.split(" and "))]
        return found[0] or all(found[1:])
    if where in ("NumPy", "SymPy"):
        found = pytest.importorskip(where.lower())
        for part in what.split("."):
            found = getattr(found, part, None)
        return found is not None
    if where in ("DLMF", "PyTorch", "JAX"):
        return re.fullmatch(r"section \d+\.\d+(\([iv]+\))?" if where == "DLMF" else r"(nn|lax)\.[\w.]+", what) is not None
    known = re.findall(r"^- (.+? \(\d{4}\))\. ", (DOCS / "sources.md").read_text(), re.MULTILINE)
    return any(each in source for each in known)


@pytest.mark.parametrize("name", sd.__all__)
def test_a_docstring_says_its_source_which_is_there(name):
    found = re.search(r"Source: (.+?)\. (?=$|[A-Z`])", told(name))
    assert found and all(cited(each.strip()) for each in found[1].split(";")), found and found[1]


# What takes no array.
NO_ARRAYS = {"write_certificate", "session", "python", "derivation", "stated", "another_way", "tested", "data", "steps",
             "errata", "SymderivError"}


def test_a_docstring_says_for_which_shapes():
    words = r"shape|entr(y|ies)|vector|matri|scalar|number|ax[ie]s|size|array|rows|tensor|sides|logits|\((\.\.\.|[A-Zmn]),"
    plain = {name: re.sub(r"Source:.*|Raises? \w+( for what is no number)?", "", told(name)) for name in sd.__all__}
    silent = {name for name, text in plain.items() if not re.search(words, text)}
    assert silent <= NO_ARRAYS, silent - NO_ARRAYS

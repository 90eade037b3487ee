r"""LaTeX mathematics as MathML that browsers show without a script.

latex2mathml does the reading.  Before it, what it does not know is rewritten into what it knows (``aligned``,
``\\[2pt]``, mathematics inside ``\text``); after it, attributes that MathML Core dropped become styles, and words
such as softmax become identifiers, so that no gap follows them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from itertools import pairwise
from xml.etree import ElementTree

from ..bounds import remembered
from .prose_tree import closing_brace

_DROPPED = re.compile(r"\\label\{[^{}]*\}|\\(?:notag|nonumber|allowdisplaybreaks|displaybreak|limits)\b(?:\[\d\])?")
_ROW_GAP = re.compile(r"\\\\\*?\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm|\\jot|\\baselineskip)\s*\]")
_ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|split|eqnarray\*?|flalign\*?|align)\}(?:\[[tbc]\])?")
_GATHERED = re.compile(r"\\(begin|end)\{(?:gathered|gather\*?|multline\*?)\}")
_ALIGNAT = re.compile(r"\\begin\{alignat(?:ed|\*)?\}\{\d+\}")
_UPRIGHT = re.compile(r"\\(?:mathrm|mathsf|mathit)\{([A-Za-z]{2,})\}")
_UNDERSCORED = re.compile(r"\\operatorname(\{\w+(?:\\_\w+)+\})")
_TEXT = re.compile(r"\\(?:text|mbox|textrm|textnormal|textit|textbf|texttt|intertext|shortintertext)\s*(?=\{)")
_TEXT_ESCAPES = {r"\_": "_", r"\%": "%", r"\#": "#", r"\$": "\ue003", r"\&": "\ue001", r"\{": "{", r"\}": "}",
                 "&": "\ue001", "<": "\ue002", ">": "\ue004", "~": "\u00a0", r"\textbackslash{}": "\\", "---": "—",
                 "--": "–", "``": "“", "''": "”", "'": "’"}
_PRIVATE = {"\ue001": "&", "\ue002": "<", "\ue003": "$", "\ue004": ">"}
_SPACES = {"negativethinmathspace": "-0.167em", "thinmathspace": "0.167em", "mediummathspace": "0.222em",
           "thickmathspace": "0.278em"}
_BOLD_DIGITS = {str(digit): chr(0x1D7CE + digit) for digit in range(10)}
_STRUCK_DIGITS = {str(digit): chr(0x1D7D8 + digit) for digit in range(10)}
_ACCENTS = set("^~¯˙¨→ˇ´`‾―ˆ˜")
# The signs of the keyboard sit on the line; these are their forms above a letter.
_RAISED = {"~": "˜", "^": "ˆ"}
# What a page of mathematics needs; links and handlers are not among it.
_ATTRIBUTES = {"display", "displaystyle", "scriptlevel", "stretchy", "fence", "form", "accent", "accentunder", "lspace",
               "rspace", "width", "height", "depth", "voffset", "minsize", "maxsize", "mathvariant", "movablelimits",
               "largeop", "symmetric", "separator", "linethickness", "mathcolor", "style"}
# What makes a bracket grow; around anything lower, the plain bracket sits better.
_TALL = {"mfrac", "mtable", "munder", "mover", "munderover", "mroot", "msqrt"}
_ARITY = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "mover": 2, "munder": 2, "msubsup": 3, "munderover": 3}
_LIMITS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_LARGE = {"∑", "∏", "∫"}
_SIGNS = {"−", "-", "+", "±"}
_BRACKETS = {"(", ")", "[", "]", "{", "}"}
_CLOSING = {")", "]", "}", "⌋", "⌉", "⟩"}
_FENCES = {"⌊": "prefix", "⌋": "postfix", "⌈": "prefix", "⌉": "postfix", "⟦": "prefix", "⟧": "postfix", "|": ""}


def mathml(latex: str, display: bool = False) -> str:
    """One formula as a <math> element; where it cannot be converted, its LaTeX in a <code> element."""
    return _mathml(latex.strip(), display)


@remembered(4096)
def _mathml(latex: str, display: bool) -> str:
    told = _LEARNT.get((latex, display)) or _made(latex, display)
    if _NOTED is not None:
        _NOTED.append((latex, display, told))
    return told


Formula = tuple[str, bool, str]
"""The LaTeX of a formula, whether it is a display, and its MathML."""
_NOTED: list[Formula] | None = None
_LEARNT: dict[tuple[str, bool], str] = {}
MOST = 20_000
"""So many formulas are kept of those that other processes have converted."""


def noted() -> list[Formula]:
    """The formulas that this process, which ends soon, converts from now on, for another one to ``learn``."""
    global _NOTED
    _NOTED = []
    return _NOTED


def learnt() -> list[Formula]:
    """What this process has learnt."""
    return [(*key, told) for key, told in _LEARNT.items()]


def learn(formulas: Iterable[Formula]) -> None:
    """Keep what another process has converted, so that the processes which are copies of this one need not."""
    _LEARNT.update(((str(latex), bool(display)), str(told)) for latex, display, told in formulas)
    if len(_LEARNT) > MOST:
        _LEARNT.clear()


def _made(latex: str, display: bool) -> str:
    try:
        tree = _convert(latex, display)
    except _Unknown:
        return f'<code class="tex">{html.escape(latex)}</code>'
    return ElementTree.tostring(tree, encoding="unicode", short_empty_elements=False)


def converts(latex: str) -> bool:
    """Whether a formula can be shown as mathematics."""
    try:
        _convert(latex.strip(), False)
    except _Unknown:
        return False
    return True


class _Unknown(Exception):
    """A formula that latex2mathml cannot read."""


def _convert(latex: str, display: bool) -> ElementTree.Element:
    from latex2mathml.converter import convert_to_element

    try:
        tree: ElementTree.Element = convert_to_element(prepare(latex), display="block" if display else "inline")
    except RecursionError as error:
        raise _Unknown("nested too deeply") from error
    except Exception as error:  # The library raises many kinds, some of them bare; whichever, the LaTeX is shown.
        raise _Unknown(str(error)) from error
    tree.attrib.pop("xmlns", None)
    for element in tree.iter():
        if element.text and "&" in element.text:
            element.text = html.unescape(element.text)
    for element in tree.iter():
        _adapt(element)
        if element.tag in ("mi", "mo") and (element.text or "").startswith("\\"):
            raise _Unknown(f"unknown command {element.text}")
        if len(element) != _ARITY.get(element.tag, len(element)):
            raise _Unknown(f"{element.tag} with {len(element)} parts")
    _accents(tree)
    _low_brackets(tree)
    for parent in list(tree.iter()):
        _signs(parent)
        _space_words(parent)
    _slim(tree)
    return tree


def _slim(tree: ElementTree.Element) -> None:
    """Leave out what says nothing: rows of one, and attributes that brackets have by themselves."""
    for parent in tree.iter():
        for position, child in enumerate(parent):
            while child.tag == "mrow" and len(child) == 1 and not child.attrib:
                child = child[0]
            parent[position] = child
        if parent.tag == "mo" and parent.text in _BRACKETS:
            for name in ("fence", "form"):
                parent.attrib.pop(name, None)
            if parent.get("stretchy") == "true":
                del parent.attrib["stretchy"]
    if tree.get("display") == "inline":
        del tree.attrib["display"]


def prepare(latex: str) -> str:
    """The same formula in the commands that latex2mathml knows."""
    latex = _ROW_GAP.sub(r"\\\\", _texts(_UNDERSCORED.sub(r"\\text\1", latex)))
    latex = _DROPPED.sub("", latex)
    latex = _ALIGNED.sub(r"\\\1{align*}", latex)
    latex = _GATHERED.sub(lambda m: rf"\{m[1]}{{matrix}}", latex)
    latex = _ALIGNAT.sub(r"\\begin{align*}", latex)
    latex = re.sub(r"\\end\{alignat(?:ed|\*)?\}", r"\\end{align*}", latex)
    latex = _UPRIGHT.sub(r"\\operatorname{\1}", latex)
    return latex.replace(r"\fit{", "{").replace(r"\operatorname*", r"\operatorname")


def _texts(latex: str) -> str:
    r"""Cut \text{a $x$ b} into \text{a }x\text{ b}, and shield the signs that would not survive as XML."""
    pieces, start = [], 0
    while (match := _TEXT.search(latex, start)) is not None:
        end = closing_brace(latex, match.end())
        pieces.append(latex[start:match.start()])
        command = match[0].strip() if match[0].startswith((r"\textbf", r"\textit", r"\texttt")) else r"\text"
        for count, part in enumerate(re.split(r"(?<!\\)\$", latex[match.end() + 1:end])):
            if count % 2:
                pieces.append("{" + part + "}")
            elif part:
                for sign, stand_in in _TEXT_ESCAPES.items():
                    part = part.replace(sign, stand_in)
                pieces.append(f"{command}{{{part}}}")
        start = end + 1
    return "".join(pieces) + latex[start:]


def _adapt(element: ElementTree.Element) -> None:
    """Bring one element from MathML 3 to MathML Core."""
    text = element.text or ""
    if any(sign in text for sign in _PRIVATE):
        text = element.text = "".join(_PRIVATE.get(char, char) for char in text)
    if element.tag in _LIMITS and len(element) and element[0].text in _LARGE - {"∫"}:
        # The browser moves limits beside the sign by itself where space is short; it never moves them below.
        element.tag = _LIMITS[element.tag]
    style = []
    if (align := element.attrib.pop("columnalign", None)) is not None:
        style.append(f"text-align:{align}")
    for name in set(element.attrib) - _ATTRIBUTES:
        del element.attrib[name]
    if element.tag == "mo":
        _adapt_operator(element, text)
    elif element.tag == "mtd" and len(element) == 0:
        element.append(ElementTree.Element("mrow"))
    elif element.tag == "mspace" and element.get("width") in _SPACES:
        element.set("width", _SPACES[element.attrib["width"]])
    if element.tag == "mi" and text in _FENCES:
        element.tag = "mo"
        element.set("stretchy", "false")
        if _FENCES[text]:
            element.set("form", _FENCES[text])
    variant = element.attrib.get("mathvariant")
    if variant and variant != "normal":
        del element.attrib["mathvariant"]
        style += _variant(element, variant)
    if style:
        element.set("style", ";".join(style))


def _adapt_operator(element: ElementTree.Element, text: str) -> None:
    """Words and ∂ are identifiers; a slash has no gaps."""
    if len(element):
        # \\mathbin around an accented sign: an operator may hold only text, so it becomes a row with its gaps.
        gap = {"width": element.get("lspace", "0.22em")}
        element.tag = "mrow"
        element.attrib.clear()
        element.insert(0, ElementTree.Element("mspace", gap))
        element.append(ElementTree.Element("mspace", gap))
    elif text == "∂" or (len(text) > 1 and text.isalpha()):
        element.tag = "mi"
        element.attrib.clear()
    elif text == "*":
        element.text = "∗"
    elif text == "/":
        element.set("lspace", "0")
        element.set("rspace", "0")


def _variant(element: ElementTree.Element, variant: str) -> list[str]:
    text = element.text or ""
    digits = {"bold": _BOLD_DIGITS, "double-struck": _STRUCK_DIGITS}.get(variant)
    if digits and all(char in digits for char in text):
        element.text = "".join(digits[char] for char in text)
        return []
    if variant == "monospace":
        return ["font-family:monospace"]
    return [css for word, css in (("bold", "font-weight:bold"), ("italic", "font-style:italic")) if word in variant]


def _accents(tree: ElementTree.Element) -> None:
    for over in tree.iter("mover"):
        if len(over) == 2 and (over[1].text or "") in _ACCENTS:
            over.set("accent", "true")
            over[1].text = _RAISED.get(over[1].text or "", over[1].text)
            # Stretched accents are for wide bases only; over one letter they come out as a bar above the line.
            over[1].set("stretchy", "false" if len("".join(over[0].itertext())) <= 1 else "true")


def _low_brackets(tree: ElementTree.Element) -> None:
    for row in tree.iter("mrow"):
        fences = [child for child in row if child.tag == "mo" and child.get("fence") == "true"]
        if fences and not any(e.tag in _TALL or e.text in _LARGE for e in row.iter()):
            for fence in fences:
                fence.set("stretchy", "false")


def _signs(parent: ElementTree.Element) -> None:
    """A minus or plus behind an opening bracket, a relation or a comma is a sign, and stands close to what follows."""
    for left, right in pairwise(list(parent)):
        if right.tag == "mo" and right.text in _SIGNS and left.tag == "mo" and left.text not in _CLOSING:
            right.set("form", "prefix")


def _space_words(parent: ElementTree.Element) -> None:
    """A thin space between a word such as tanh and what stands beside it, as TeX sets it; none before a bracket."""
    if parent.tag in ("msub", "msup", "msubsup", "munder", "mover", "munderover", "mfrac", "mroot"):
        return
    children = list(parent)
    for left, right in reversed(list(pairwise(children))):
        if (_word(left) and _ordinary(right)) or (_word(right) and (_ordinary(left) or _closes(left))):
            parent.insert(list(parent).index(right), ElementTree.Element("mspace", {"width": "0.167em"}))


def _word(element: ElementTree.Element) -> bool:
    if element.tag in ("msub", "msup", "msubsup", "munder") and len(element):
        return _word(element[0])
    return element.tag == "mi" and len(element.text or "") > 1


def _ordinary(element: ElementTree.Element) -> bool:
    if element.tag == "mrow":
        return len(element) > 0 and _ordinary(element[0])
    return element.tag not in ("mo", "mspace", "mtext", "mtable", "mstyle") and not _closes(element)


def _closes(element: ElementTree.Element) -> bool:
    if element.tag in ("mrow", "msup", "msub", "msubsup") and len(element):
        return _closes(element[-1] if element.tag == "mrow" else element[0])
    return element.tag == "mo" and element.text in _CLOSING

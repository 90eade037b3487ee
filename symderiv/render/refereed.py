"""Reports of the referee: a table for a notebook, a web page with marks in the margin, an annotated LaTeX source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

from ..answers import HOLDS
from ..reader.document.displays import FRAME_ENDS, closing_brace
from ..reader.syntax.tokens import Macro
from ..referee.hand_back import problem_of
from ..referee.report import READ_AS, REFUTED, Line, Report
from ..visible import MATHML
from ..visible import shown as seen
from .escape import ascii_math, balanced, latex_literal
from .files import write_text
from .html import POLICY, breakable, fragment
from .look import asset
from .mathml import mathml
from .spoken import counterexample_latex, words_latex

# How deep the writer's own commands are written out, and how long a row may become by it.
MAX_NESTING = 8
MAX_EXPANDED = 20_000
COLOURS = {"right": "0,0.42,0.2", "wrong": "0.72,0.05,0.05", "open": "0.5,0.36,0", "quiet": "0.4,0.4,0.45"}
# What a repair says of a part of a line, both in LaTeX.
_PART = re.compile(r"(.+) should be (.+)", re.DOTALL)
# Marks of an alignment; those within a matrix stay.
_LEADING = re.compile(r"(\\begin\{(\w+\*?)\}.*?\\end\{\2\})|&&?|\\(?:label|tag)\*?\{[^{}]*\}|\\(?:nonumber|notag)\b",
                      re.DOTALL)


def kind(line: Line) -> str:
    """right, wrong, open or quiet."""
    if line.wrong:
        return "wrong"
    return {"proved": "right", "supported": "right", "noted": "quiet"}.get(line.status, "open")


# ------------------------------------------------------------------ HTML

def refereed_table(report: Report) -> str:
    """The report for a notebook: every line with its mark, typeset."""
    return _styled(f"{_grid(report)}\n<p class=\"summary\">{escape(report.summary())}</p>")


def refereed_line(line: Line) -> str:
    """The verdict on one line for a notebook."""
    grid = _marked(line, _on_lines(_row(line.text)))
    return _styled(f'<div class="refereed">\n{grid}\n</div>')


def _styled(html: str) -> str:
    return seen(f"<div>\n<style>\n{asset('refereed.css')}</style>\n{html}</div>", MATHML)


def page(reports: Sequence[tuple[str, Report]], title: str = "Derivations, refereed") -> str:
    """A complete web page: one section for each text, with its source where it is a document."""
    body = [f"<h1>{escape(title)}</h1>", *(_slips(reports) if len(reports) > 1 else ())]
    for name, report in reports:
        body.append(f"<section>\n<h2>{escape(name)}</h2>\n<p class=\"summary\">{escape(report.summary())}</p>")
        body.extend(f'<p class="open">{escape(problem)}</p>' for problem in report.problems)
        body.append(_grid(report))
        if report.text.document:
            body.append(f"<details><summary>The source</summary><pre class=\"source\">{_source(report)}</pre></details>")
        body.append("</section>")
    style = asset("refereed.css") + asset("refereed-page.css")
    return seen('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
                '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
                f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
                f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n" + "\n".join(body)
                + "\n</body>\n</html>\n", MATHML)


def _slips(reports: Sequence[tuple[str, Report]]) -> list[str]:
    """What went wrong in all texts, by problem and kind, the commonest first."""
    found = Counter((problem_of(report, line), line.diagnosis or "no single slip found")
                    for _, report in reports for line in report.lines if line.wrong)
    if not found:
        return []
    rows = [f"<tr><td>{escape(problem)}</td><td>{escape(slip)}</td><td>{number}</td></tr>"
            for (problem, slip), number in sorted(found.items(), key=lambda item: (-item[1], item[0]))]
    return ["<h2>What went wrong</h2>", "<table><tr><th>under</th><th>slip</th><th>lines</th></tr>", *rows, "</table>"]


def _grid(report: Report) -> str:
    rows = []
    heading = ""
    at = 0
    before: Line | None = None
    for line in report.lines:
        now = problem_of(report, line)
        if now != heading:
            rows.append(f'<h3 class="heading">{escape(now)}</h3>')
            heading = now
        if report.text.document and at < line.span[0] and (words := _prose(_between(report.text.source.text, before, line))):
            rows.append(f'<div class="prose">{note_html(words)}</div>')
        at = max(at, line.span[1])
        before = line
        rows.append(_marked(line, typeset(line, report, _on_lines)))
    return '<div class="refereed">\n' + "\n".join(rows) + "\n</div>"


def _marked(line: Line, said: str) -> str:
    """A line with its mark and its verdict."""
    colour = kind(line)
    return (f'<div class="mark {colour}" title="{escape(line.status)}">{line.number + 1} {line.mark}</div>'
            f'<div class="said">{said}</div><div class="verdict">{_verdict(line, colour)}</div>')


_DOLLAR = re.compile(r"\$[^$]?", re.DOTALL)
_NO_PROSE = re.compile(
    r"(?<!\\)%[^\n]*|\\(?:documentclass|usepackage|(?:sub)*section|begin|end|title|author|label|input|newcommand)\b\*?"
    r"(?:\[[^]]*\])?(?:\{[^{}]*\})*|\\[\[\]()]|\\(?:maketitle|item|noindent|par)\b|\$\$|^#+ .*$", re.MULTILINE)


def _between(text: str, before: Line | None, line: Line) -> str:
    """What stands between two lines, without the dollars around those that stand in a sentence."""
    start = before.span[1] if before is not None else 0
    piece = text[start:line.span[0]].strip()
    if before is not None and _DOLLAR.fullmatch(piece[:2]) and _DOLLAR.fullmatch(text[:before.span[0]].rstrip()[-2:][::-1]):
        piece = piece[1:].lstrip(" .,;")
    if _DOLLAR.fullmatch(piece[-2:][::-1]) and _DOLLAR.fullmatch(text[line.span[1]:line.span[1] + 9].lstrip()[:2]):
        piece = piece[:-1]
    return piece


def _prose(text: str) -> str:
    """The words between two displays; formulas in the text stay between dollars."""
    words = " ".join(_NO_PROSE.sub(" ", text).split())
    return words if re.search(r"[^\W\d_]{2}", words) and words.count("$") % 2 == 0 and len(words) < MAX_EXPANDED else ""


def typeset(line: Line, report: Report, write: Callable[[str], str] | None = None) -> str:
    """A row of a text as MathML, with the writer's own commands; empty where nothing is left of it.

    Plain text is shown as it was read, or where it was not, as it stands: LaTeX takes its words for products.
    """
    if not report.text.source.latex and not line.reading:
        return f"<code>{escape(line.text)}</code>"
    latex = _row(expanded(line.text, report)) if report.text.source.latex else line.reading
    return (write(latex) if write is not None else mathml(latex, display=True)) if latex else ""


def _on_lines(latex: str) -> str:
    """A row, which may go on below where there is no room beside its verdict."""
    return breakable(latex) if balanced(latex) else mathml(latex, display=True)


def _row(text: str) -> str:
    """A row of an alignment as one formula."""
    return " ".join(_LEADING.sub(lambda mark: mark[1] or (r" \quad " if mark[0] == "&&" else " "), text).split())


def expanded(text: str, report: Report) -> str:
    """A row with the writer's own commands written out, as far as it stays readable."""
    for _ in range(MAX_NESTING):
        before = text
        for name, macro in report.text.macros.items():
            longer = _written_out(text, name, macro)
            if longer is None:
                return text
            text = longer
        if text == before:
            break
    return text


def _written_out(text: str, name: str, macro: Macro) -> str | None:
    """The text with every use of a command replaced by what it stands for, its arguments put in; None if it got too long."""
    pieces, position, length = [], 0, len(text)
    for use in re.finditer(rf"\\{re.escape(name)}(?![A-Za-z])", text):
        given, end = _arguments(text, use.end(), macro)
        if use.start() < position or given is None:
            continue
        length += len(macro.body) + macro.body.count("#") * max(map(len, given), default=0)
        if length > MAX_EXPANDED:
            return None
        body = re.sub(r"#([1-9])", lambda place, given=given: given[int(place[1]) - 1], macro.body)  # type: ignore[misc]
        pieces += [text[position:use.start()], "{" + body + "}"]
        position = end
    return "".join([*pieces, text[position:]])


def _arguments(text: str, at: int, macro: Macro) -> tuple[list[str] | None, int]:
    """The arguments behind a command and where they end; None where some are missing."""
    given: list[str] = []
    if macro.default is not None:
        optional = re.compile(r"\s*\[([^]]*)\]").match(text, at)
        given.append(optional[1] if optional else macro.default)
        at = optional.end() if optional else at
    while len(given) < macro.arguments:
        start = at + len(text[at:]) - len(text[at:].lstrip())
        end = closing_brace(text, start) if text[start:start + 1] == "{" else None
        if end is None:
            return None, at
        given.append(text[start + 1:end])
        at = end + 1
    return given, at


def _verdict(line: Line, colour: str) -> str:
    parts = [f'<p><b class="{colour}">{escape(line.status)}</b>'
             + (f" — {escape(line.diagnosis)}" if line.diagnosis else "") + "</p>"]
    if line.status not in ("proved", "noted") and line.message and line.message != REFUTED:
        parts.append(f'<p class="quiet">{escape(line.message)}</p>')
    if line.counterexample is not None:
        parts.append(fragment(counterexample_latex(str(line.counterexample))))
    if line.suggestion:
        if line.diagnosis or line.status == "conditional":
            told = "should be" if line.diagnosis else "try"
            parts.append(f'<p>{told}</p><div class="math">{_on_lines(line.suggestion)}</div>')
        else:
            parts.append(f"<p>try: {escape(line.suggestion)}</p>")
    if line.shows_reading and not line.tells_reading:
        parts.append(f'<p class="quiet">read as</p><div class="math">{_on_lines(line.reading)}</div>')
    parts += [f'<p class="quiet">{note_html(note)}</p>' for note in line.notes]
    return "".join(parts)


def note_html(note: str) -> str:
    """A remark on a line, with its formulas as mathematics."""
    if part := _PART.fullmatch(note):
        return " should be ".join(map(mathml, part.groups()))
    return "".join(mathml(piece) if k % 2 else escape(piece) for k, piece in enumerate(_pieces(note)))


def _pieces(note: str) -> list[str]:
    """The words of a note and, between dollars, its mathematics, in turn."""
    pieces = note.split("$")
    return pieces if len(pieces) % 2 else [note]


def _source(report: Report) -> str:
    """The writer's own text, each row marked."""
    text, pieces, position = report.text.source.text, [], 0
    for line in report.lines:
        start, end = line.span
        if start < position or end <= start:
            continue
        pieces.append(escape(text[position:start]))
        shown = f"{line.mark} {escape(text[start:end])}"
        pieces.append(f'<mark class="{kind(line)}" title="{escape(line.status)}">{shown}</mark>')
        position = end
    return "".join([*pieces, escape(text[position:])])


# ------------------------------------------------------------------ LaTeX

def annotated(report: Report) -> str:
    """The source with a coloured word behind every line that is not right, or a document of its own where it had none."""
    return seen((_annotated_source(report) if report.text.document else _document(report)).replace("\r\n", "\n"))


def _annotated_source(report: Report) -> str:
    text, pieces, position = report.text.source.text, [], 0
    waiting: list[str] = []
    for line in report.lines:
        start, end = line.span
        if start < position or end <= start or line.status == "noted":
            continue
        body = text[start:end]
        stop = end - len(body) + len(body.rstrip(" .,;\n"))
        pieces += [_with_corrections(text[position:start], waiting), text[start:stop], _note(line)]
        waiting += _correction(line)
        position = stop
    done = "".join([*pieces, _with_corrections(text[position:], waiting)])
    told = [line for line in report.lines if line.status not in (*HOLDS, "noted") or line.ambiguous]
    comments = "".join(f"% {line.place[0]}: {' | '.join(line.explained())}\n".replace("\r", " ") for line in told)
    head = "% " + report.summary().replace("\n", " ") + "\n" + comments
    if r"\documentclass" in done:
        packages = "" if "{xcolor}" in done or "{color}" in done else "\\usepackage{xcolor}\n"
        summary = rf"\noindent{{\color[rgb]{{{COLOURS['quiet']}}}\footnotesize {latex_literal(report.summary())}\par}}"
        done = done.replace(r"\begin{document}", f"{packages}\\begin{{document}}\n{summary}\n", 1)
    return head + done


# Where a paragraph ends, below a row that stands in a sentence.
_PARAGRAPH = re.compile(r"\n[ \t]*\n|\n?\\(?:(?:sub)*section\b|end\{document\})")


def _with_corrections(text: str, waiting: list[str]) -> str:
    """What stands between two rows, with what is to be said of the rows above where their display ends."""
    end = FRAME_ENDS.search(text) if waiting else None
    paragraph = _PARAGRAPH.search(text) if waiting else None
    places = [*([end.end()] if end else []), *([paragraph.start()] if paragraph else [])]
    if not places:
        return text
    told = "".join(waiting)
    waiting.clear()
    return text[:min(places)] + told + text[min(places):]


def _correction(line: Line) -> list[str]:
    """A paragraph on a wrong row: numbers for which it fails, and what it should be."""
    if not line.wrong:
        return []
    carried = "already wrong" in line.message
    told = [latex_literal(line.message)] if carried else \
        [counterexample_latex(str(line.counterexample))] if line.counterexample is not None else []
    if line.suggestion and line.diagnosis:
        told.append(f"it should be ${ascii_math(line.suggestion)}$")
    return [rf"\par\noindent{{\footnotesize\color[rgb]{{{COLOURS['wrong']}}}Line {line.number + 1}: {'; '.join(told)}.\par}}"
            + "\n"] if told else []


def _note(line: Line) -> str:
    """What stands behind a row, inside its mathematics."""
    words = {"right": "ok"}.get(kind(line)) or latex_literal(line.status + (
        f": {line.diagnosis}" if line.diagnosis else ""))
    return rf"\qquad{{\color[rgb]{{{COLOURS[kind(line)]}}}\text{{\footnotesize {words}}}}}"


_DIGIT = re.compile(r"\\mathbb\s*\{?(\d)\}?")
# Two superscripts or two subscripts on one symbol, which TeX refuses.
_SCRIPT = r"\s*(?:\\[A-Za-z]+|[^\\{}\s]|\{(?:[^{}]|\{[^{}]*\})*\})\s*"
_TWICE = re.compile(rf"\^{_SCRIPT}['^]|_{_SCRIPT}_")
_PLAIN = re.compile(r"[A-Za-z0-9\s\\{}()\[\]+\-*/=<>|,.;:_^!'&]*\Z")


def _document(report: Report) -> str:
    return "".join([asset("refereed.tex"), latex_literal(report.summary()), "\n\n\\bigskip\n", listing(report),
                    "\\end{document}\n"])


def listing(report: Report) -> str:
    """Every line with its mark, and below it what a reader should know."""
    parts = ["\\begin{flushleft}\n"]
    for line in report.lines:
        colour = COLOURS[kind(line)]
        mark = {"✓": r"$\checkmark$", "✗": r"$\times$", "·": r"$\cdot$"}.get(line.mark, "?")
        shown = _shown(expanded(line.text, report))
        parts.append(rf"\makebox[2em][l]{{\color[rgb]{{{colour}}}{mark}}}{{\advance\linewidth-2em\relax {shown}}}" + "\n")
        if line.status not in (*HOLDS, "noted") or line.tells_reading:
            below = [(counterexample_latex if n else words_latex)(text) for n, text in enumerate(line.explained())
                     if text not in (line.note, f"read as: {line.reading}")
                     and (not line.suggestion or line.suggestion not in text)]
            if line.shows_reading and not line.tells_reading:
                below.append(r"read as \fit{" + ascii_math(line.reading) + "}")
            right = line.status in HOLDS
            below = [] if right else below
            # Of a line that is right, what hangs on its reading is enough.
            below += [_note_tex(note) for note in line.notes if not right or note.startswith(READ_AS)]
            if line.suggestion and (line.diagnosis or line.status == "conditional"):
                below.append(("should be" if line.diagnosis else "try:") + r" \fit{" + ascii_math(line.suggestion) + "}")
            elif line.suggestion:
                below.append("try: " + latex_literal(line.suggestion))
            parts.append(rf"\par\hspace*{{2em}}\begin{{minipage}}{{.85\linewidth}}\footnotesize\color[rgb]{{{colour}}}"
                         + r"\raggedright " + r"\par ".join(below) + r"\end{minipage}" + "\n")
        parts.append("\\par\\medskip\n")
    return "".join([*parts, "\\end{flushleft}\n"])


def _note_tex(note: str) -> str:
    if part := _PART.fullmatch(note):
        return " should be ".join(rf"\fit{{{ascii_math(side)}}}" for side in part.groups())
    # A formula stands on a line of its own, where it may be as wide as that.
    lines = (rf"\fit{{{ascii_math(piece)}}}" if k % 2 else latex_literal(piece.strip(" ,;"))
             for k, piece in enumerate(_pieces(note)))
    return r"\par ".join(filter(None, lines))


def _shown(text: str) -> str:
    """A row as mathematics where TeX will surely take it, else word for word."""
    # The blackboard font of amssymb has no digits.
    latex = _DIGIT.sub(r"\\mathbf{\1}", _row(text).strip(" &"))
    known = set(re.findall(r"\\([A-Za-z]+)", latex)) <= _COMMANDS
    nested = _TWICE.search(latex)
    if latex and _PLAIN.match(latex) and balanced(latex) and known and not nested and latex.count(r"\left") == latex.count(
            r"\right"):
        return r"\fit{" + latex.replace("&", " ") + "}" if r"\begin" not in latex else r"\fit{" + latex + "}"
    return r"\texttt{\footnotesize " + latex_literal(" ".join(text.split())) + "}"


_COMMANDS = frozenset(re.findall("[A-Za-z]+", """
alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi varphi
chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega frac dfrac tfrac partial nabla sum prod log ln exp sin
cos tan tanh sinh cosh max min det left right big Big bigg Bigg bigl bigr Bigl Bigr cdot times odot circ otimes star top
mathbf mathrm mathbb mathcal boldsymbol text operatorname hat bar tilde vec widehat widetilde dot ddot sqrt infty ell in
leq geq le ge neq ne approx equiv propto leftarrow rightarrow Rightarrow Leftrightarrow quad qquad langle rangle lVert
rVert begin end boxed overline underline lfloor rfloor lceil rceil
textstyle displaystyle prime dots cdots ldots vdots ddots forall sim to mapsto rm bf it textbf mid"""))


def write_page(reports: Sequence[tuple[str, Report]], path: str | Path) -> Path:
    """Write the web page.  Raises OutputError."""
    return write_text(path, page(reports))


def write_tex(report: Report, path: str | Path) -> Path:
    """Write the annotated source.  Raises OutputError."""
    return write_text(path, annotated(report))

"""The page stands alone, escapes what people write, and folds its proofs."""

import re
from html.parser import HTMLParser

from symderiv.render.html import page
from symderiv.render.sections import Fold, Section, numbered

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Balance(HTMLParser):
    """Checks that every element is closed in order, and collects attributes."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.attributes = [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def sample(**changes):
    given = {"title": "∂L/∂W <script>alert(1)</script>", "text": "Is 1 < 2 & `a<b`?", "body": r"\[\frac{a}{b}\]",
             "copy": r'\frac{a}{b}" onclick="x', "status": "proved",
             "folds": (Fold("Steps", "$a$", True), Fold("Every <rewrite>", "$b$", False))}
    return Section(**{**given, **changes})


def test_the_page_is_well_formed_and_fetches_nothing():
    text = page("A & B", numbered((Section("Chapter", parts=(sample(), sample(status="refuted"))),)), contents=True)
    balance = Balance(text)
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!#)", text)
    assert "http" not in re.sub(r"http-equiv", "", text)
    assert {"details", "math", "nav", "style", "script"} <= set(balance.seen)
    assert ("name", "viewport") in balance.attributes


def test_what_people_write_is_escaped():
    text = page("t", (sample(),))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert ("data-latex", r'\frac{a}{b}" onclick="x') in Balance(text).attributes
    assert "Every &lt;rewrite&gt;" in text


def test_links_of_the_contents_lead_to_sections():
    text = page("t", numbered((Section("One", parts=(sample(), sample())), Section("Two"))), contents=True)
    targets = re.findall(r'<li>.*?href="#([^"]+)"', text)
    assert targets == ["s1", "s1-1", "s1-2", "s2"]
    assert all(f'id="{target}"' in text for target in targets)


def test_words_between_rows_stay_between_them():
    body = r"\begin{align*} a &= b \\ \intertext{and so} c &= d \end{align*}"
    text = page("t", (sample(body=body),))
    assert text.count("<mtable") == 2
    assert re.search(r"</math></div><p>and so</p>", text)

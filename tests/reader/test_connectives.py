"""Words between formulas: one table says what each does, and a word that only begins like one of them does nothing."""

from __future__ import annotations

import re

import pytest

from symderiv.reader.syntax.connectives import connectives, does


@pytest.mark.parametrize(("role", "words", "others"), [
    ("gives", ("let", "setting", "define", "denotes"), ("letters", "settled", "with")),
    ("defines", ("let", "where", "with", "introducing"), ("without", "whereas", "then")),
    ("hence", ("so", "hence,", "then", "gives"), ("softmax", "solution:", "some", "let")),
    ("case", ("for", "if", "assuming", "s.t", "at"), ("forward", "formula", "that")),
    ("therefore", ("thus", "implies", "concludes"), ("implementation", "so", "seem")),
])
def test_a_word_does_what_the_table_says_and_no_more(role, words, others):
    assert [word for word in words if not does(word, role)] == [] == [word for word in others if does(word, role)]


def test_a_pattern_has_the_words_of_all_that_is_asked_for():
    both = re.compile(rf"\b(?:{connectives('reason', 'so')})\b")
    assert [bool(both.search(text)) for text in ("this holds because", "it thus is", "an assumption")] == [True, True, False]

"""Words between formulas, and what each does: it defines, supposes, names a case, gives a reason, concludes.

One table, from which every pattern over such words is made.
"""

from __future__ import annotations

import re
from functools import lru_cache

# A word, with - where it may go on, and what it does:
#   gives        gives a name a value though it has one;  defines  makes a definition, or recalls the value that a name has
#   supposes     supposes the equation that begins a row
#   lets         lets the formula right behind it be so;  given  that one alone: what stands behind a comma is claimed
#   be           lets something be so with "be", "has", "satisfies" or the like behind it
#   case         says in which case something holds;  aside  says so, recalls or explains beside a formula
#   if           makes what a sentence says of a name a mere case;  opens  opens such a sentence
#   reason       something else follows from what it introduces
#   hence        concludes, where it begins or ends the words before a formula;  so  right before it
#   therefore    concludes, wherever it stands in them
#   claims       makes a claim of the formula of a sentence;  recalls  lets nothing be so either, and tells what is known
#   tells        makes a fact of it
_TABLE = """
let          gives defines lets be tells
lets         gives defines
letting      gives defines
defin-       gives defines
redefin-     gives defines
denot-       gives defines
set          gives defines lets
sets         gives defines
setting      gives defines
put          gives defines lets
putting      gives defines
write        defines
writing      defines
introduc-    defines
where        defines lets aside tells
with         defines lets aside tells
suppose      be
suppos-      supposes lets given tells
assume       be
assum-       supposes lets given case aside tells
assuming     opens
given        supposes lets given case aside tells
provided     supposes lets given case aside
if           supposes lets given case aside tells if opens
when         supposes lets given case aside tells if opens
whenever     supposes lets given case aside tells if opens
iff          supposes case aside
unless       if
falls        if
wenn         if
under        supposes lets opens
subject      supposes
requir-      supposes
constrain-   supposes
s.t          supposes case aside
satisf-      lets
such         lets case aside tells
for          case aside tells
case-        case aside
at           case
as           aside reason
using        aside reason
since        aside reason recalls
because      aside reason recalls
by           aside
note         aside recalls
notes        aside
recall-      aside recalls
observe      recalls
know         recalls
holds        recalls
so           hence claims
then         hence claims
hence        hence so therefore claims
thus         hence so therefore claims
therefore    hence so therefore claims
follows      hence therefore claims
implies      hence so therefore claims
implying     hence therefore
imply        therefore
implied      therefore
get          hence claims
gets         hence claims
getting      hence
give         claims
gives        hence claims
giving       hence
yield        claims
yields       hence so claims
obtain       hence claims
obtain-      hence
conclude     hence claims
conclude-    hence
conclu-      therefore
consequent-  therefore
accordingly  therefore
deduc-       therefore
infer-       therefore
see          therefore claims
seen         therefore
show         claims
shows        therefore claims
shown        therefore
find         therefore claims
finds        therefore
clear-       therefore
obvious-     therefore
evident-     therefore
means        therefore claims
must         therefore
prove        therefore claims
proves       therefore claims
prove-       therefore
claim        claims
claims       claims
"""


@lru_cache(maxsize=64)
def connectives(*roles: str) -> str:
    """A pattern for the words that do one of some things."""
    found = [word for word, *does in map(str.split, _TABLE.strip().splitlines()) if {*roles} & {*does}]
    return "|".join(re.escape(word.removesuffix("-")) + r"\w{0,9}" * word.endswith("-") for word in found)


@lru_cache(maxsize=64)
def _one(role: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{connectives(role)})(?!\w)")


def does(word: str, role: str) -> bool:
    """Whether a word in small letters, with what punctuation stands behind it, does something."""
    return _one(role).match(word) is not None

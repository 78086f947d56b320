"""Names as text that is only shown: no sign moves a cursor, turns the text round, or starts a formula."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of signs that are not seen, or that make others be seen elsewhere."""

SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b"
"""What starts a formula, in the widths and forms that spreadsheets make the same."""

_ODD = "[^\\x20-\\x7e\\xa0-\\xac\\xae-\u0377]"
"""All signs but those of the languages around: they are looked at one by one. (Compiled when it is first needed.)"""

_SEPARATORS = ",;|\\t\\r\\n"
_BETWEEN = rf"(?:(?![{SIGNS}'{_SEPARATORS}])[\W_])*"
_AMOUNT = rf"[+\-\u2212][0-9][0-9., %A-Za-zÆØÅæøå]*[\])]*(?:[{_SEPARATORS}]|$)"
"""A signed amount and words, such as ``+3 beds``: it calls nothing."""

_START = rf"(^|[{_SEPARATORS}])({_BETWEEN})(?=[{SIGNS}])(?!{_AMOUNT})"
_NUMBER = r"(?a:[+\-\u2212]?[\d.,]*\d( ?%)?|[+\-]?\d[\d.]*[eE][+\-]?\d+|[+\-\u2212])"


def shown(text: str, kept: str = "") -> str:
    r"""Text with marks in the place of signs that are not seen, such as ``\x1b`` or ``\u202e``.

    Parameters
    ----------
    text : str
    kept : str
        Signs that stay as they are, such as line breaks.

    >>> shown("a\x1b[31mb\u202e")
    'a\\x1b[31mb\\u202e'
    """
    if text.isprintable():
        return text

    def mark(found: re.Match[str]) -> str:
        sign = found.group()
        return ascii(sign)[1:-1] if unicodedata.category(sign) in HIDDEN and sign not in kept else sign

    return re.sub(_ODD, mark, text)


def safe(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula, whatever separator it splits at; numbers stay as they are.

    >>> safe("=1+1"), safe("a;=1"), safe(-3.0), safe("-3")
    ("'=1+1", "a;'=1", -3.0, '-3')
    """
    if not isinstance(value, str) or re.fullmatch(_NUMBER, value):
        return value
    # The signs behind a formula's are text: "a - b" and "x, -y" alike are kept as they were but for a mark.
    return re.sub(_START, r"\1'\2", shown(value))


def folded(text: str, most: int = 13) -> str:
    r"""Text on as few lines as keep to `most` letters, where its words allow it.

    >>> folded("income less cost, M DKK", 12)
    'income less\ncost, M DKK'
    """
    lines: list[str] = []
    for word in text.split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)

"""Labels: every table names its rows; two tables fit together by name or not at all."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from capacity.errors import Finding, some

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Narrow = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


LONGEST_LABEL = 300
"""Signs of an id or a name at most: a longer one is another column's text, or a damaged table."""

_TWINS = str.maketrans(
    # Greek, Cyrillic, Armenian, and Latin letters of other uses
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03f9\u037f"
    "\u03b1\u03b9\u03ba\u03bd\u03bf\u03c1\u03c5\u03f2\u03f3"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408\u04ae\u04ba\u04c0\u050c\u051a\u051c\u04d4"
    "\u0430\u0435\u043a\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u04af\u04bb\u04cf\u0501\u051b\u051d\u04d5"
    "\u0555\u054d\u054f\u0566\u0570\u0575\u0578\u057d\u0581\u0585"
    "\u0131\u0251\u0261\u01c0"
    # hyphens, dashes and apostrophes
    "\u2010\u2012\u2013\u2212\u2019\u2018\u02bc\u2032\u00b4\u0060",
    "ABEZHIKMNOPTYXCJaiKvopucjABEKMHOPCTYXSIJYhIGQWÆaeKopcyxsijyhldqwæOUSqhjnugoiagl----''''''",
)
"""What is printed as a letter or a sign of Latin labels is: two labels that differ in it alone look alike."""

_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN")
_WORD = re.compile(r"[^\W\d_]+")


def clean(text: str) -> str:
    r"""A label as it is printed: letters in one part (NFC), one plain space for spaces of every kind, none at the ends.

    >>> clean("  Sj\u00e6lland\u00a0\u00a0A\u030a ")
    'Sjælland Å'
    """
    if text.isascii() and "  " not in text and text.isprintable():
        return text.strip()
    return " ".join(unicodedata.normalize("NFC", text).split())


def unseen(text: str) -> tuple[str, ...]:
    """Signs of a text that no print shows: control, zero-width, direction, damaged; as U+200B."""
    if text.isprintable() and "\ufffd" not in text:
        return ()
    odd = ("Cc", "Cf", "Cs", "Co", "Cn")
    return tuple(dict.fromkeys(f"U+{ord(c):04X}" for c in text if unicodedata.category(c) in odd or c == "\ufffd"))


def look(text: str) -> str:
    """What two labels have in common that a reader cannot tell apart (case is kept)."""
    if text.isascii() and "`" not in text:
        return text
    # Letter by letter, what stands on it apart: a Cyrillic A with a ring is printed as a Latin one is.
    parted = unicodedata.normalize("NFKD", text.translate(_TWINS)).translate(_TWINS)
    return unicodedata.normalize("NFC", parted.replace("O\u0338", "Ø").replace("o\u0338", "ø"))


def alphabets(label: str) -> tuple[str, ...]:
    """Alphabets of the first word of a label that mixes several, as Latin and Cyrillic; () where none does."""
    if label.isascii():
        return ()
    for word in _WORD.findall(unicodedata.normalize("NFKC", label)):
        if word.isascii():
            continue
        named = (unicodedata.name(letter, "").split(" ", 1)[0] for letter in word)
        found = tuple(dict.fromkeys(name.title() for name in named if name in _ALPHABETS))
        if len(found) > 1:
            return found
    return ()


def alike(labels: Iterable[str], *, case: bool = False) -> list[tuple[str, str]]:
    """Pairs of different labels that are printed the same; with `case`, but for capitals."""
    first: dict[str, str] = {}
    pairs = []
    for label in dict.fromkeys(labels):
        key = look(label).casefold() if case else look(label)
        if key in first:
            pairs.append((first[key], label))
        else:
            first[key] = label
    return pairs


def as_ids(labels: Iterable[object]) -> tuple[str, ...]:
    """Labels as text, in the one form that is printed; what says nothing (None, NaN, NA) is ""."""
    return tuple("" if _nothing(label) else clean(str(label)) for label in labels)


def _nothing(label: object) -> bool:
    if label is None or type(label).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(label, (float, np.floating)) and bool(label != label)


def frozen(values: object, dtype: type = np.float64) -> npt.NDArray[np.generic]:
    """Copy values into an array nobody can write to."""
    array: npt.NDArray[np.generic] = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array


def floats(values: object) -> Floats:
    """Copy values into a read-only array of floats."""
    return frozen(values, np.float64)  # type: ignore[return-value]  # frozen is typed by its base


def ints(values: object) -> Ints:
    """Copy values into a read-only array of whole numbers."""
    return frozen(values, np.int64)  # type: ignore[return-value]  # frozen is typed by its base


def bools(values: object) -> Bools:
    """Copy values into a read-only array of truth values."""
    return frozen(values, np.bool_)  # type: ignore[return-value]  # frozen is typed by its base


def repeated(table: str, column: str, ids: Sequence[str]) -> list[Finding]:
    """Findings for ids that are empty or stand more than once."""
    findings = []
    if not ids:
        findings.append(Finding(table=table, rule="the table is empty", remedy="Add at least one row."))
    twice = [label for label, count in Counter(ids).items() if count > 1]
    if twice:
        findings.append(
            Finding(
                table=table,
                column=column,
                value=some(twice),
                rule="each id stands once",
                remedy="Remove or rename the repeated rows.",
            )
        )
    if "" in ids:
        findings.append(Finding(table=table, column=column, rule="no id is empty", remedy="Give each row an id."))
    return findings + odd_labels(table, column, ids)


def odd_labels(table: str, column: str, labels: Sequence[str], *, case: bool = False) -> list[Finding]:
    """Findings for labels that hold what cannot be seen, that are too long, or that look like another."""
    findings = []
    hidden = [label for label in dict.fromkeys(labels) if unseen(label)]
    if hidden:
        signs = some(dict.fromkeys(sign for label in hidden for sign in unseen(label)))
        findings.append(
            Finding(
                table=table,
                column=column,
                value=some(hidden),
                rule=f"every sign of a label can be seen ({signs} cannot)",
                remedy="Delete the signs that cannot be seen.",
            )
        )
    long = [label for label in dict.fromkeys(labels) if len(label) > LONGEST_LABEL]
    if long:
        findings.append(
            Finding(
                table=table,
                column=column,
                value=long[0],
                rule=f"a label has at most {LONGEST_LABEL} characters",
                remedy="Shorten it.",
            )
        )
    mixed = {label: faults for label in dict.fromkeys(labels) if (faults := alphabets(label))}
    if mixed:
        label, faults = next(iter(mixed.items()))
        findings.append(
            Finding(
                table=table,
                column=column,
                value=", ".join(ascii(label)[1:-1] for label in list(mixed)[:5]),
                rule=f"a word is of one alphabet ({label!r} has letters of {' and '.join(faults)})",
                remedy="Type it anew: a letter of another alphabet looks like the right one.",
            )
        )
    for one, other in alike(labels, case=case):
        # The label as its letters' numbers would be lost on a planner: say where they differ.
        findings.append(
            Finding(
                table=table,
                column=column,
                value=f"{ascii(one)[1:-1]} and {ascii(other)[1:-1]}",
                rule=f"no two labels look alike ({one!r} stands here in two spellings)",
                remedy="Write them alike where they are one, or make the difference plain.",
            )
        )
    return findings


def unequal(table: str, column: str, found: Sequence[str], expected: Sequence[str], owner: str) -> list[Finding]:
    """Findings for ids that one side has and the other lacks."""
    if found == expected:
        return []
    findings = []
    missing = sorted(set(expected) - set(found))
    unknown = sorted(set(found) - set(expected))
    was = {label: meant for label in unknown if (meant := spoilt(label, set(missing)))}
    for there in missing:
        if meant := spoilt(there, set(unknown)):
            was[meant[1]] = (meant[0], there)
    if was:
        label, (what, meant_label) = next(iter(was.items()))
        findings.append(
            Finding(
                table=table,
                column=column,
                value=label,
                rule=f"every id is one of {owner} ({len(was)} are not; {label!r} here is {meant_label!r} there)",
                remedy=f"A spreadsheet or pandas may have {what}: read ids as text (dtype=str) in both.",
            )
        )
        told = {meant_label for _, meant_label in was.values()}
        missing = [i for i in missing if i not in told]
        unknown = [i for i in unknown if i not in was]
    if missing:
        findings.append(
            Finding(
                table=table,
                column=column,
                value=some(missing),
                rule=f"every id of {owner} is here",
                remedy="Add the missing ids, or leave them out of both tables.",
            )
        )
    if unknown:
        findings.append(
            Finding(
                table=table,
                column=column,
                value=some(unknown),
                rule=f"every id is one of {owner}",
                remedy="Correct the unknown ids, or add them to the other table.",
            )
        )
    return findings


def positions(ids: Sequence[str], order: Sequence[str]) -> Ints:
    """Where each of `order` stands in `ids` (both hold the same labels)."""
    at = {label: k for k, label in enumerate(ids)}
    return np.array([at[label] for label in order], dtype=np.int64)


# --- what a spreadsheet does to ids ----------------------------------------------------------

NUMBERED = re.compile(r"(\d+)[.,]0+|(\d+(?:[.,]\d+)?[eE]\+?\d{1,2})|(\d+)")


def spoilt(label: str, have: Sequence[str] | frozenset[str] | set[str]) -> tuple[str, str] | None:
    """What a spreadsheet made of an id, and the id it was; None where that is not what happened."""
    if not (said := NUMBERED.fullmatch(label)):
        return None
    try:
        digits = said.group(1) or said.group(3) or f"{float(label.replace(',', '.')):.0f}"
    except (ValueError, OverflowError):
        return None
    what = (
        "turned it into a decimal number"
        if said.group(1)
        else "turned it into a power"
        if said.group(2)
        else "dropped the leading zero"
    )
    for length in range(len(digits), len(digits) + 4):
        if (meant := digits.zfill(length)) in have and meant != label:
            return what, meant
    return None


# --- names of columns ---------------------------------------------------------------------

WRITTEN = {
    "longitude": "lon",
    "long": "lon",
    "lng": "lon",
    "latitude": "lat",
    "breddegrad": "lat",
    "længdegrad": "lon",
    "minute": "minutes",
    "mins": "minutes",
}
"""Other words for columns of ours."""


def bare(name: str) -> str:
    """A column's name without what people write differently: capitals, spaces, hyphens, underscores."""
    return re.sub(r"[\W_]", "", name).casefold()


def meant_column(name: str, known: Sequence[str], have: Sequence[str]) -> str | None:
    """The column of ours that a name was meant for; None where it is one itself, or nothing like one."""
    free = [c for c in known if c not in have]
    if name in known:
        return None
    for column in free:
        if bare(column) == bare(name) or WRITTEN.get(name.casefold()) == column:
            return column
    if len(name) <= 3:
        return None
    # Letters that changed places, or one too many or too few.
    long = [c for c in free if len(c) > 3]
    close = difflib.get_close_matches(bare(name), [bare(c) for c in long], 1, 0.86)
    return next((c for c in long if bare(c) in close or sorted(bare(c)) == sorted(bare(name))), None)


def meant_column_of(column: str, header: Sequence[str]) -> str | None:
    """The column of a header that was meant for one of ours."""
    return next((c for c in header if bare(c) == bare(column) or WRITTEN.get(c.casefold()) == column), None)

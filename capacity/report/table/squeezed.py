"""Scripts as a page sends them: without what nobody reads, for pages go by mail."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

SHORTENED = 4
"""Letters from which on a name is shortened."""

SIGNS = string.digits + string.ascii_letters
"""Of which short names are made."""


def squeezed(lines: Sequence[str]) -> str:
    """Lines of plain scripts as one text that does the same."""
    short = short_names(lines)
    return joined([line_squeezed(line, short) for line in lines])


def short_names(lines: Sequence[str]) -> dict[str, str]:
    """Functions and constants that go by a short name, the shortest those named most.

    Only those whose name is nowhere anything but theirs, such as a key or a word.
    """
    named = sorted({name for line in lines for name in _MADE.findall(line) if len(name) >= SHORTENED})
    kept = {name for line in lines for name in _kept(line, named)}
    times = Counter(word for line in lines for word in _NAME.findall(line))
    often = sorted((name for name in named if name not in kept), key=lambda name: -times[name])
    return {name: f"${_in_signs(k)}" for k, name in enumerate(often)}


def _in_signs(k: int) -> str:
    """A number in few signs."""
    more, last = divmod(k, len(SIGNS))
    return (_in_signs(more) if more else "") + SIGNS[last]


def _kept(line: str, names: Sequence[str]) -> Iterator[str]:
    """Names that a line holds otherwise than as the name of a function."""
    parts = _TEXTS.split(line)
    strange = _strange(parts)
    for name in names:
        if name not in line:
            continue
        word = rf"(?<![\w$]){name}(?![\w$])"
        text = line if strange else " ".join(parts[1::2])
        code = "" if strange else " ".join(parts[::2])
        if re.search(word, text) or re.search(_AS_KEY.format(word), code.strip()):
            yield name


def _strange(parts: Sequence[str]) -> bool:
    """Whether a line holds a pattern or a comment: where these end nobody knows who does not read the language."""
    return any("/" in part.replace(" / ", "") or "`" in part for part in parts[::2])


def line_squeezed(line: str, short: Mapping[str, str] | None = None) -> str:
    """A line without what nobody reads in its code, its texts aside, and its end where it goes on.

    One that holds a pattern or a comment stays as it is.
    """
    parts = _TEXTS.split(line)
    if _strange(parts):
        return f"{line}\n"
    said = "".join(part if k % 2 else _shorter(part, short or {}) for k, part in enumerate(parts))
    return said if said.endswith(("{", ",", "(", "[", ";")) else f"{said}\n"


def _shorter(code: str, short: Mapping[str, str]) -> str:
    """Code without blanks beside its signs, ends before closing brackets, and brackets around one parameter.

    A name that stays is as good as any.
    """
    code = _NAME.sub(lambda found: short.get(found[0], found[0]), code)
    return _CONSTANT.sub("let", _ONE_PARAMETER.sub(r"\1=>", _ENDS.sub("", _BLANKS.sub(r"\1", code))))


def joined(lines: list[str]) -> str:
    """Lines as one text: what stands before a closing bracket, or before a word of the language, needs no end."""
    whole: list[str] = []
    for line in lines:
        if whole and line.startswith(("}", "]", ")")):
            whole[-1] = whole[-1].removesuffix(",") if line[0] != "}" else whole[-1].rstrip(",;")
        if whole and whole[-1].endswith("}\n") and line.startswith(_WORDS):
            whole[-1] = whole[-1].removesuffix("\n")
        whole.append(line)
    return "".join(whole)


_AS_KEY = r"\.{0}|{0} *:|(?:^|[{{,]) *{0} *(?:$|[,}}]|=(?![=>]))|^(?:async |get |set )?{0}\(.*\{{$"
"""After a dot, before a colon, alone in braces, with what stands for it there, as a method."""

_TEXTS = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)""")
_BLANKS = re.compile(r" *([=*<>!&|?:,;{}()\[\]]|(?<= )/(?= )|(?<= )(?<![-+] )[-+](?= )(?! [-+])) *")
_ENDS = re.compile(r",(?=[}\])])|;(?=\})")
_ONE_PARAMETER = re.compile(r"(?<![\w$)\]])\((\w+)\)=>")
_CONSTANT = re.compile(r"(?<![\w$.])const(?=[ \[{])")
_WORDS = ("function ", "async ", "class ", "let ", "for(", "if(", "return ", "const ", "try{", "while(")
_MADE = re.compile(r"^(?:(?:async )?function (?=\w+\()|const (?=[A-Z_]+ = ))(\w+)")
_NAME = re.compile(r"(?<![\w$.])[A-Za-z]\w+")

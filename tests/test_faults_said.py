"""Every fault has its words in Danish, English stays as the code says it, and values stay as they stand."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from capacity import DataError
from capacity.cli.main import run
from capacity.errors import Finding
from capacity.reading.case import check_case
from capacity.report.spoken import spoken
from tests.cases import small_case
from tests.fault_texts import VALUE, fault_texts, notice_texts


def test_every_fault_of_the_code_has_its_words_in_danish() -> None:
    """A new fault is told here until ``locale/faults.*.ftl`` has it."""
    t, texts = spoken("da"), fault_texts()
    assert len(texts) > 600
    lacking = {text: where for text, where in texts.items() if not said(text)}
    assert lacking == {}
    # A word for the value, once, wherever the English has it.
    lost = {text for text in texts if VALUE in text and (t.sentence(text).count(VALUE) != text.count(VALUE))}
    assert lost == set()


def test_every_notice_of_the_code_has_its_words_in_danish() -> None:
    assert len(notice_texts()) > 30
    assert {text: where for text, where in notice_texts().items() if not said(text)} == {}


def said(text: str) -> bool:
    """Whether a text is known, or each of its sentences."""
    t = spoken("da")
    return t.known(text) is not None or all(t.known(f"{part.rstrip('.')}.") for part in text.split(". "))


def test_a_fault_that_has_no_words_is_found() -> None:
    assert not said("the moon is in the right house")


MADE = Finding(
    table="sites.csv",
    row=3,
    column="beds (x)",
    value="4,5 (got 2)",
    rule="each row has as many cells as the header (7)",
    remedy="Check the row for a missing or an extra separator.",
)


def test_a_fault_keeps_its_place_and_its_value() -> None:
    assert spoken("da").finding(MADE) == (
        "sites.csv række 3, beds (x): hver række har lige så mange celler som overskriften (7) (fik '4,5 (got 2)'). "
        "Se efter, om rækken mangler et skilletegn eller har et for meget."
    )
    assert str(MADE).startswith("sites.csv row 3, beds (x): each row has as many cells")
    assert pickle.loads(pickle.dumps(DataError([MADE]))).findings == (MADE,)


def test_what_is_typed_or_found_stays_as_it_stands() -> None:
    t = spoken("da")
    assert t.sentence("Write 4800, or 4.8 if the point begins the decimals.") == (
        "Skriv 4800, eller 4.8, hvis punktummet er decimaltegnet."
    )
    assert t.sentence("Did you mean 'women_per_year'?") == "Mente du 'women_per_year'?"
    assert t.sentence("Choose from: A, B, C and 3 more.") == "Vælg mellem: A, B, C og 3 mere."
    assert t.sentence("the file is TOML: unclosed array") == "filen er TOML: en liste er ikke lukket"


@pytest.mark.parametrize(
    "changed",
    [
        ("case.toml", "women_per_year", "women_a_year"),
        ("case.toml", "[demand]", "[demands]"),
        ("municipalities.csv", "code,", "kode,"),
        ("links.csv", "minutes", "minuter"),
        ("sites.csv", "x,", "x"),
    ],
)
def test_the_command_line_tells_faults_in_danish(
    changed: tuple[str, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_case(tmp_path / "case")
    file, old, new = changed
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    findings = check_case(folder)
    assert findings and run(["check", str(folder), "--lang", "da", "--json"]) == 2
    printed = capsys.readouterr()
    told = json.loads(printed.out)["findings"]
    assert [(f["table"], f["row"], f["value"]) for f in told] == [(f.table, f.row, f.value) for f in findings]
    for one, english in zip(told, findings, strict=True):
        assert one["rule"] != english.rule and one["remedy"] != english.remedy
        assert one["rule"] in printed.err

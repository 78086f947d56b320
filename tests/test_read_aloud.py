"""What can be read and is hardly meant: refused with the place, or told in a notice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import capacity as cap
from capacity.read import check_case, read_case
from capacity.reading.limits import told_limits
from capacity.report.phrases import Phrases
from tests.mutated_inputs import files
from tests.small import towns


def case(folder: Path, **changed: tuple[str, str]) -> Path:
    """The case of the mutations, with a text of a file (``name__ending``) replaced by another."""
    for name, content in files().items():
        old, new = changed.get(name.replace(".", "__"), ("", ""))
        text = content.decode()
        assert old in text
        (folder / name).write_text(text.replace(old, new) if old else text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("label", ["I alt", "Total", "TOTAL", "Hele landet"])
def test_a_row_that_adds_up_the_others_is_no_place(label: str, tmp_path: Path) -> None:
    last = "0204,Davinde,Sønder Å,1500,10.75,55.52\n"
    for row in (f"{label},{label},Nørre,7500,10.4,55.9\n", f"0999,{label},Nørre,7500,10.4,55.9\n"):
        found = check_case(case(tmp_path, municipalities__csv=(last, last + row)))
        assert any("add up the others" in f.rule and f.row == 6 for f in found)
    points = pd.DataFrame({"point_id": ["A", "B", label], "people": [1, 2, 3]})
    with pytest.raises(cap.DataError, match="add up the others"):
        cap.Network.from_tables(points, pd.DataFrame({"site_id": ["x"], "point_id": ["A"]}))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("units = [1, 3]", "units = []", "a pair of whole numbers"),
        ("nearest = true", "nearest = []", "the value is true or false"),
        ("reach = 120", "reach = []", "minutes is a number"),
    ],
)
def test_an_empty_list_is_off_for_rules_of_lists_alone(old: str, new: str, said: str, tmp_path: Path) -> None:
    (found,) = check_case(case(tmp_path, case__toml=(old, new)))
    assert said in found.rule
    assert "keep" not in cap.Policy(keep=[], forbid=()).on and "units" not in cap.Policy(units=False).on


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("reach = 120", "reach = 2", "rules.reach = 2 beside a longest way of 75 minutes: it looks like hours."),
        (
            "reach = 120",
            "reach = 7_200",
            "rules.reach = 7200 beside a longest way of 75 minutes: it looks like seconds.",
        ),
        ("reach = 120", "near_ambulatory = 1_500", "rules.near_ambulatory = 1500 beside a longest way of 75 minutes"),
        ("reach = 120", "region_access = { share = 0.9, minutes = 1 }", "rules.region_access = 1 beside"),
        ("reach = 120", "reach = 60", ""),
        ("reach = 120", "volume = 2", ""),
    ],
)
def test_a_limit_that_looks_like_another_unit_is_told(old: str, new: str, said: str, tmp_path: Path) -> None:
    notices = read_case(case(tmp_path, case__toml=(old, new))).notices
    assert any(n.startswith(said) for n in notices) if said else not any("looks like" in n for n in notices)


def test_a_curve_in_hours_is_told_and_a_table_of_km_has_no_minutes(tmp_path: Path) -> None:
    notices = read_case(case(tmp_path, uptake__csv=("30,1\n120,0.75", "0.5,1\n2,0.75"))).notices
    assert any(n.startswith("travel.uptake = 2 beside") and "hours" in n for n in notices)
    far: dict[str, Any] = {"reach": 2}
    assert told_limits(towns(far)) == ("rules.reach = 2 beside a longest way of 90 minutes: it looks like hours.",)
    assert told_limits(towns(far, travel=towns().travel.replace(unit="km"))) == ()


@pytest.mark.parametrize("year", ["23", "20230", "0"])
def test_a_year_is_one_of_this_century_or_the_last(year: str, tmp_path: Path) -> None:
    found = check_case(case(tmp_path, counts__csv=("2023", year)))
    assert {f.row for f in found} == {2, 3, 4} and {f.column for f in found} == {"year"}
    assert "this century" in found[0].rule and found[0].value is None
    with pytest.raises(cap.DataError, match="year"):
        cap.observed_counts(case(tmp_path, observed__csv=("2023", year)))
    assert check_case(case(tmp_path, counts__csv=("2023", "2022/23"))) == ()


# --- in both languages ---------------------------------------------------------------------------------


def notices() -> Iterator[str]:
    """Every notice the reading can give, with a 7 for whatever is put in."""
    folder = Path(cap.__file__).parent / "reading"
    for file in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("notices.append"):
                said = node.args[0]
                parts = said.values if isinstance(said, ast.JoinedStr) else [said]
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)


def test_every_notice_of_the_reading_has_danish_words() -> None:
    danish, every = Phrases("da"), list(notices())
    assert len(every) > 14
    assert [said for said in every if "left out" not in said and danish.said(said) is None] == []
    said = danish.said("rules.reach = 2 beside a longest way of 75 minutes: it looks like hours.")
    assert said == "rules.reach = 2 over for en længste rejse på 75 minutter: det ligner timer."

"""The catalogue: the same phrases in both languages, and the library's own sentences in Danish."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast

import capacity as cap
from capacity import DataError
from capacity.problem.named import under
from capacity.report.around import near_tie
from capacity.report.phrases import phrases
from capacity.rules import RULES
from capacity.studies.near_ties import OrderTie, UnitTie


def messages(file: str) -> dict[str, set[str]]:
    """Variables of each message of a catalogue, attributes as name.attribute."""
    text = files("capacity.report").joinpath("locale", file).read_text("utf-8")
    found: dict[str, set[str]] = {}
    for entry in FluentParser().parse(text).body:
        assert not isinstance(entry, ast.Junk), entry.content
        if isinstance(entry, ast.Message):
            assert entry.id.name not in found, f"{entry.id.name} stands twice"
            found[entry.id.name] = variables(entry.value)
            found |= {f"{entry.id.name}.{a.id.name}": variables(a.value) for a in entry.attributes}
    return found


def variables(node: object) -> set[str]:
    """Names of the variables under a node of the syntax tree."""
    if isinstance(node, ast.VariableReference):
        return {node.id.name}
    if isinstance(node, ast.BaseNode):
        return set().union(*(variables(value) for value in vars(node).values()))
    return set().union(*(variables(item) for item in node)) if isinstance(node, list) else set()


@pytest.mark.parametrize("kind", ["", "said.", "terminal.", "roads.", "faults."])
def test_both_languages_say_the_same_with_the_same_values(kind: str) -> None:
    assert messages(f"{kind}en.ftl") == messages(f"{kind}da.ftl")


def test_every_phrase_is_used() -> None:
    room = Path(str(files("capacity.report")))
    source = "".join(path.read_text("utf-8") for path in room.rglob("*") if path.suffix in (".py", ".j2", ".js"))
    composed = ("rule-", "setting-", "counts-", "payment-", "when-", "goal-", "status-", "answer-proven-", "left-out-")
    composed += ("turn-", "span-", "value-", "part-", "order-", "sheet-")
    composed += tuple(f"table-{what}-" for what in ("goal", "why", "part", "choice", "colours", "command", "must"))
    composed += ("table-still-",)
    unused = [
        name
        for name in messages("en.ftl")
        if not re.search(f"[\"']{name}[\"']", source) and not name.startswith(composed)
    ]
    assert unused == []


def test_rules_have_their_sentence_and_a_danish_one() -> None:
    english, danish = phrases("en"), phrases("da")
    for rule in RULES:
        assert english(f"rule-{rule.name}") == rule.sentence
        assert danish(f"rule-{rule.name}") != rule.sentence
        assert danish(f"rule-{rule.name}.name")
        assert danish.said(rule.unit)


def test_settings_of_the_built_in_case_have_names() -> None:
    from capacity.report.settings_said import name_of

    for language in ("en", "da"):
        t = phrases(language)
        for key in (*cap.denmark().ranges, "promise.demand_cv", "demand.undetected", "rules.volume"):
            assert name_of(key, t) != key, key
    assert name_of("case.name", phrases("en")) == "case.name"


def test_plurals_and_numbers_and_dates() -> None:
    english, danish = phrases("en"), phrases("da")
    assert english("unit-beds", name="A", beds=1) == "A (one bed)"
    assert danish("unit-beds", name="A", beds=1) == "A (én plads)"
    assert danish("unit-beds", name="A", beds=12) == "A (12 pladser)"
    assert (english.number(1234.5, 1), danish.number(1234.5, 1)) == ("1,234.5", "1.234,5")
    assert danish.percent(0.125, 1) == "12,5\N{NO-BREAK SPACE}%"
    assert danish.number(float("nan")) == danish.percent(float("nan")) == "–"
    assert (danish.signed(2.04, 1), danish.signed(-2, 0), danish.signed(-0.01, 1)) == ("+2,0", "−2", "0,0")
    assert danish.plain(4_800.0) == "4.800" and danish.plain(0.125) == "0,125"
    assert (danish.plain(200 / 3), danish.plain(12.5), english.plain(0.0015)) == ("66,67", "12,5", "0.0015")
    assert danish.date("2026-11-24T20:42:00+00:00") == "24. november 2026 20:42"
    assert english.date("2026-11-24T20:42:00+00:00") == "24 November 2026, 20:42"
    assert english.date("yesterday") == "yesterday"
    assert danish.joined(["a", "b", "c"]) == "a, b og c"
    assert danish.joined([]) == "–"


def test_what_the_catalogue_lacks_is_an_error() -> None:
    with pytest.raises(KeyError, match="beds"):
        phrases("en")("unit-beds", name="A")
    with pytest.raises(KeyError):
        phrases("en")("no-such-phrase")
    assert not phrases("en").has("rule-no.name")
    with pytest.raises(DataError, match="en, da"):
        phrases("fr")


def test_sentences_of_the_library_are_said_in_danish() -> None:
    t = phrases("da")
    assert t.said("All 1,485 sets of sites were valued; 11 keep the rules.") == (
        "Alle 1.485 mulige valg af placeringer er regnet igennem; 11 overholder reglerne."
    )
    assert t.said("Up to 1,156 women a year the best number of units is at most 3; just above that 4.") == (
        "Op til 1.156 kvinder om året er det bedste antal enheder højst 3; lige derover 4."
    )
    assert t.said("In 3 of 4 scenarios (6 to 8 women a year) no plan keeps the rules.") == (
        "I 3 af 4 scenarier (6 til 8 kvinder om året) kan ingen plan overholde reglerne."
    )
    keys = {"stay.mean_days": "Opholdets længde", "rules.volume": "Aktiv praksis"}
    leaning = "changes with 7 of 31 assumptions: stay.mean_days; rules.volume; and 5 more"
    assert t.said(f"Open A, B now: right (best, or within 2 %) in 7 of 17 scenarios; {leaning}.", keys) == (
        "Åbn A og B nu: rigtigt (bedst eller inden for 2 %) i 7 af 17 scenarier; valget ændrer sig med 7 af 31 "
        "antagelser: Opholdets længde; Aktiv praksis; og 5 mere."
    )
    assert t.said("No plan keeps the rules below 54.2 and from 55.6 to 56.1 women a year (9 of 17 scenarios).") == (
        "Ingen plan kan overholde reglerne under 54,2 og fra 55,6 til 56,1 kvinder om året (9 af 17 scenarier)."
    )
    worth = "knowing the scenario before building (EVPI) is worth 1,230 hours a year"
    assert t.said(f"With 5 scenarios at once: {worth}; planning for all scenarios rather than their mean (VSS) 0.") == (
        "Med 5 scenarier på én gang: at kende scenariet, før der bygges (EVPI), er 1.230 timer om året værd; "
        "at planlægge for alle scenarier frem for deres gennemsnit (VSS) 0."
    )
    assert t.said("a planner's own words") is None


def test_near_ties_are_said_in_both_languages() -> None:
    names = {"FA_A": "Aalborg", "FA_B": "Odense"}
    order = OrderTie(
        site_ids=("FA_A",),
        other_ids=("FA_A", "FA_B"),
        places=("Aalborg",),
        other_places=("Aalborg", "Odense"),
        behind=0.021,
        minutes=5.0,
        percent=10.0,
    )
    assert near_tie(order, phrases("da"), names) == (
        "Aalborg og Aalborg + Odense ligger 2,1\N{NO-BREAK SPACE}% fra hinanden: den angivne usikkerhed på rejsetiderne "
        "(5 minutter eller 10\N{NO-BREAK SPACE}%) kan vende deres rækkefølge"
    )
    unit = UnitTie(
        point_id="0306",
        point="Odsherred",
        site_ids=("FA_B", "FA_A"),
        places=("Odense", "Aalborg"),
        minutes=(75.4, 82.0),
    )
    assert near_tie(unit, phrases("da"), names) == "Odsherred: Odense 75 eller Aalborg 82 minutter"
    assert near_tie(unit, phrases("en"), names) == str(unit) == "Odsherred: Odense 75 or Aalborg 82 minutes"


def test_what_studies_of_the_built_in_case_say_has_its_danish() -> None:
    plan, t = cap.solve(cap.denmark()), phrases("da")
    found, robust = cap.alternatives(plan.problem, 6), cap.robustness(plan.problem, [plan])
    said = [plan.certificate, found.certificate, *robust.verdict, *robust.notes]
    said += [cap.solve(plan.problem, engine="mip").certificate]
    several = cap.with_scenarios(plan.problem, ids=["agency-2024", "regions-2023"])
    for risk in ("expected", "worst_case", "regret", "cvar"):
        said.append(cap.solve(several, risk=risk).certificate)
    said += [*several.notices, *several.sources.values()]
    unsaid = [text for text in said if t.said(text) is None]
    assert [text for text in unsaid if text in plan.problem.sources.values()] == unsaid


def test_every_text_of_the_built_in_case_has_its_danish() -> None:
    problem, t = cap.denmark(), phrases("da")
    said = [
        problem.name,
        *problem.attribution,
        *problem.notices,
        *(s.label for s in problem.named),
        *(s.document for s in problem.named),
    ]
    said += [s.what for s in problem.named]
    said += [under(problem, s).sources["demand.women_per_year"] for s in problem.named]
    shown = [key for key in problem.ranges if not key.startswith("ranges.")]
    shown += [key for key in problem.sources if key.startswith(("rules.", "finance.", "demand."))]
    said += [problem.sources[key] for key in (*shown, "demand.weight", "promise.turned_away") if key in problem.sources]
    assert [text for text in said if t.said(text) is None] == []
    assert all(re.search("[æøå]|antagelse|Danmark", t.said(s) or "") for s in said[:2])

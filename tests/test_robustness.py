"""Named scenarios, and how plans stand in them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import capacity as cap
from capacity.beds import erlang_b, smallest_beds
from capacity.cli.main import run
from capacity.read import builtin_folder
from capacity.reading.scenarios import NamedScenario, named_scenarios
from capacity.studies.closures import closures
from capacity.studies.flexible import flexible_beds
from capacity.studies.information import information
from tests.small import towns


def named(**women: float) -> list[NamedScenario]:
    return [
        NamedScenario(
            id=k,
            label=k,
            women_per_year=w,
            low=None,
            high=None,
            what="",
            document="",
            probability=1 / len(women),
            equal=True,
            must_hold=False,
        )
        for k, w in women.items()
    ]


def test_every_figure_of_the_documents_is_a_scenario() -> None:
    found = {s.id: s for s in named_scenarios(builtin_folder())}
    assert len(found) == 17
    assert min(s.women_per_year for s in found.values()) == 6
    assert max(s.women_per_year for s in found.values()) == 200
    agency = found["agency-2024"]
    assert (agency.women_per_year, agency.low, agency.high, agency.must_hold) == (90, 80, 100, True)
    assert agency.document == "Request-2024"
    assert agency.equal
    assert sum(s.probability for s in found.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,women_per_year\na,1\na,2\n", "once"),
        ("id,women_per_year\na,-1\n", "above zero"),
        ("id\na\n", "women_per_year"),
        ("id,women_per_year,probability\na,1,0.5\nb,2,0.4\n", "sum to 1"),
        ("id,women_per_year,probability\na,1,0.5\nb,2,\n", "all scenarios or for none"),
    ],
)
def test_scenarios_are_checked(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "scenarios.csv").write_text(text, encoding="utf-8")
    with pytest.raises(cap.DataError, match=said):
        named_scenarios(tmp_path)


def test_probabilities_of_the_planner_are_kept(tmp_path: Path) -> None:
    assert named_scenarios(tmp_path) == ()
    (tmp_path / "scenarios.csv").write_text("id,women_per_year,probability\na,1,0.25\nb,2,0.75\n", encoding="utf-8")
    one, two = named_scenarios(tmp_path)
    assert (one.probability, two.probability, one.equal) == (0.25, 0.75, False)


def test_an_objective_of_ones_own_is_told_in_its_own_unit() -> None:
    squares = SimpleNamespace(
        name="squares",
        unit="square minutes",
        by_scenario=lambda p, plans: (plans.mean(p.minutes**2) * p.women[None]).sum(axis=2),
    )
    found = cap.robustness(towns({"nearest": True}), scenarios=named(few=9.0, many=24.0), objective=squares)
    assert "square minutes" in " ".join(found.notes)


def test_regret_by_hand() -> None:
    # Units a and b are best until 27 women a year, when c reaches its 3 stays; below 3 nobody can.
    problem = towns({"nearest": True, "volume": 3})
    found = cap.robustness(problem, scenarios=named(few=2.0, now=18.0, many=54.0))
    assert found.best == {"few": (), "now": ("a", "b"), "many": ("a", "b", "c")}
    assert found.no_regret == ("a", "b")
    assert found.optional == ("c",) and found.never == ()
    rows: dict[tuple[str, str], Any] = {(",".join(r["plan"]), r["scenario"]): r for r in found.rows}
    assert rows["a,b", "now"]["status"] == "best"
    assert rows["a,b", "few"]["status"] == "no plan keeps the rules"
    assert rows["a,b", "few"]["broken"] == ["volume"] and found.missing == {"few": ("volume",)}
    assert rows["a,b,c", "now"]["status"] == "these units break a rule"
    # Six women of C travel 60 minutes instead of 5, two ways a week for 180 days.
    assert rows["a,b", "many"]["regret"] == pytest.approx(6 * 2 * 55 * 180 / 7 / 60)
    assert rows["a,b", "many"]["status"] == "behind"
    assert len(found.table) == 6 and len(found.summary) == 2
    first, second = found.plans
    assert (first["plan"], first["right_in"], first["keeps_in"], first["worst_in"]) == ("A", 1, 2, "many")
    assert (second["right_in"], second["keeps_in"], second["worst_regret"]) == (1, 1, 0)
    assert found.verdict[:4] == (
        "Open Site a, Site b now: right (best, or within 2 %) in 1 of 3 scenarios, and 1 of the 2 in which any plan "
        "keeps the rules; the assumptions were not tried.",
        "No plan keeps the rules below 3 and from 90.6 to 250 women a year (1 of 3 scenarios); in the way: volume.",
        "Up to 27 women a year the best number of units is at most 2; just above that 3.",
        "In the best plan of each of the 2 scenarios that have one: Site a and Site b; in some also Site c.",
    )
    assert found.notes[0] == "The scenarios count equally: nobody has said how likely each is."
    assert "1 of 3 scenarios" in repr(found)


def test_beds_as_built_meet_what_a_scenario_brings() -> None:
    """Built for 18 women: 9 and 7 beds. Half of them fill fewer beds; three times as many are turned away."""
    problem = towns({"nearest": True, "units": [2, 2], "keep": ["a", "b"]})
    found = cap.robustness(problem, scenarios=named(half=9.0, now=18.0, triple=54.0))
    by = {r["scenario"]: r for r in found.rows if r["letter"] == found.recommended}
    beds = found.plans[0]["beds"]
    stays = np.array([10.0, 8.0])
    built = np.array([smallest_beds(problem.promise, x, 180, 30) for x in stays])
    assert beds == built.sum()
    lost = erlang_b(built, 3 * stays * 180 / 365)
    assert by["triple"]["turned_away"] == pytest.approx(float(stays @ lost / 18))
    needed = sum(smallest_beds(problem.promise, x / 2, 180, 30) for x in stays)
    half = found.beds.set_index("scenario").loc["half"]
    assert (half["built"], half["open"]) == (beds, needed)
    assert half["saving_dkk"] == pytest.approx(0.3e6 * (beds - needed))
    assert half["turned_away_fixed"] < half["turned_away"] <= 0.05
    assert half["kept"] and not found.beds.set_index("scenario").loc["triple", "kept"]
    # 9 women a year of 180 days: 4,000 a day less 900, less two units and their beds.
    assert by["half"]["result_dkk"] == pytest.approx(9 * 180 * 3_100 - 2 * 2e6 - 0.3e6 * beds)
    assert flexible_beds(cap.solve(problem))[0]["saving_dkk"] == 0


def test_one_unit_fewer() -> None:
    """Units a, b, c; b closes for a quarter: its 6 women a year go to a, 25 minutes farther."""
    plan = cap.solve(towns({"nearest": True, "keep": ["a", "b", "c"], "reach": {"minutes": 60}}))
    found = {row["closed"]: row for row in closures(plan)}
    b = found["b"]
    assert b["referrals"] == pytest.approx(6 / 4) and b["to"] == {"a": pytest.approx(6 / 4)}
    assert b["minutes_more"] == pytest.approx(25) and b["nowhere"] == 0
    beds = dict(zip(plan.site_ids, plan.unit_table["beds"], strict=True))
    lost = {j: float(erlang_b(beds[j], x * 180 / 365)) for j, x in (("a", 16), ("c", 2))}
    assert b["no_bed"] == pytest.approx((16 * lost["a"] + 2 * lost["c"]) / 4)
    assert b["in_beds"] == pytest.approx(6 * 180 / 365 * (1 - float(erlang_b(beds["b"], 6 * 180 / 365))))
    # B may use c, 60 minutes away, but not A and C each other.
    assert found["a"]["to"] == {"b": pytest.approx(10 / 4)}
    only = cap.solve(towns({"nearest": True, "units": [1, 1]}))
    (alone,) = closures(only)
    assert alone["no_bed"] == alone["nowhere"] == pytest.approx(18 / 4)
    assert alone["to"] == {} and np.isnan(alone["minutes_more"])


# --- what information is worth ---------------------------------------------------------------


def here_or_there() -> cap.Problem:
    """One unit for towns A and C: with chance 0.6 all 10 women live in A, else 10 in C."""
    demand = cap.Scenarios(
        ids=("west", "east"),
        point_ids=("A", "B", "C"),
        women=np.array([[10.0, 0, 0], [0, 0, 10.0]]),
        probability=np.array([0.6, 0.4]),
    )
    return towns({"nearest": True, "units": [1, 1]}, scenarios=demand)


@pytest.mark.parametrize("nearest", [True, False])
def test_evpi_and_vss_by_hand(nearest: bool) -> None:
    # Ten women's travel of t minutes: 10 x 2 t x 180 / 7 / 60 hours. From a: 5 or 90 minutes; from b: 30 or 60.
    hour = 10 * 2 * 180 / 7 / 60
    problem = here_or_there().replace(policy={"nearest": nearest})
    found = information(problem)
    assert found.plan[1] == pytest.approx(hour * (0.6 * 5 + 0.4 * 90))  # a; b would be 42, c 56
    assert found.waiting == pytest.approx((hour * 5, hour * 5))
    assert found.evpi == pytest.approx((hour * 34, hour * 34))
    assert found.vss == pytest.approx((0, 0), abs=1e-6)
    assert found.broken == ""  # one unit meets ten women either way
    # Two units: at the mean six women and four, in each scenario ten at one of them.
    two = information(problem.replace(policy={"units": [2, 2]}))
    assert two.evpi == pytest.approx((0, 0)) and "7 beds too few" in two.broken


def test_a_plan_for_the_mean_may_cost_more_than_one_for_all_scenarios() -> None:
    """At the mean, 6 and 4 women need 6 and 5 beds in two units, or 9 in one; in a scenario 10 women need 9 in each."""
    problem = here_or_there().replace(policy={"reach": {"minutes": 30}}, finance={"unit_dkk_per_year": 0.0})
    found = information(problem.replace(policy={"units": None, "reach": None}), "cost")
    assert found.vss is not None and found.vss[0] >= 0 and found.to_json()["unit"] == "DKK a year"
    # Within 30 minutes of everybody there is no single unit, and so no plan.
    with pytest.raises(cap.InfeasibleError):
        information(problem)


def test_a_plan_for_the_mean_may_be_no_plan() -> None:
    # At the mean, 6 and 4 women keep two units alive; in each scenario one of them has none.
    alive = {"units": [1, 2], "volume": {"stays": 4, "when": "every_scenario"}}
    found = information(here_or_there().replace(policy=alive))
    assert found.mean_plan is None and found.vss is None
    assert found.broken == "the units that are best for the mean demand break a rule in the scenarios"
    assert found.evpi[0] > 0
    # Half of 5 and half of 200 women are more than any unit carries; the 200 need not hold.
    demand = cap.Scenarios(
        ids=("few", "flood"),
        point_ids=("A", "B", "C"),
        women=np.array([[5.0, 0, 0], [200, 0, 0]]),
        must_hold=np.array([True, False]),
    )
    problem = towns({"nearest": True, "units": [1, 1]}, scenarios=demand)
    assert information(problem).broken == "no plan keeps the rules at the mean demand"
    found = cap.robustness(problem)
    assert any("is no plan: no plan keeps the rules at the mean demand" in note for note in found.notes)
    assert repr(found.information) and found.missing == {"flood": ("promise",)}


def test_brackets_hold_the_value_where_a_run_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = here_or_there()
    whole = information(problem)
    monkeypatch.setattr("capacity.engines.enumerate.BLOCK_CELLS", 1)
    cut = information(problem, time_limit=1e-9)
    assert cut.evpi[0] <= whole.evpi[0] <= cut.evpi[1] and cut.evpi[0] < cut.evpi[1]
    assert cut.waiting[0] <= whole.waiting[0] <= cut.waiting[1]


def test_the_demand_scenarios_of_a_problem_are_looked_at_where_none_is_named() -> None:
    found = cap.robustness(here_or_there())
    assert found.best == {"west": ("a",), "east": ("c",)}
    assert found.no_regret == () and found.optional == ("a", "c")
    assert found.information is not None and found.information.evpi[0] > 0
    assert any("No site is in the best plan of all" in line for line in found.verdict)
    assert any("EVPI" in note for note in found.notes)
    with pytest.raises(cap.DataError, match="scenarios to look at"):
        cap.robustness(towns({"nearest": True}))


def test_plans_may_be_given() -> None:
    problem = towns({"nearest": True, "volume": 3})
    plan = cap.solve(problem)
    found = cap.robustness(problem, [plan], scenarios=named(now=18.0))
    assert len(found.rows) == 1
    assert found.rows[0]["beds"] == plan.beds
    assert found.information is None


def test_without_nearest_plans_are_solved_again() -> None:
    problem = towns({"volume": 3, "units": [1, 3]})
    found = cap.robustness(problem, scenarios=named(few=2.0, now=18.0, many=54.0))
    assert found.best["few"] == () and found.missing == {"few": ()}
    assert found.best["many"] == ("a", "b", "c")
    assert found.verdict[1].startswith("In 1 of 3 scenarios (2 women a year) no plan")
    told: list[int] = []
    cap.robustness(problem, scenarios=named(now=18.0), progress=lambda done, whole: told.append(done))
    assert told == [1]


def test_no_scenario_with_a_plan_is_infeasible() -> None:
    with pytest.raises(cap.InfeasibleError):
        cap.robustness(towns({"nearest": True, "volume": 3}), scenarios=named(few=2.0, fewer=1.0), plans=[])


def test_what_happens_in_scenarios_that_need_not_hold() -> None:
    """Beds for 18 women; in a scenario of 36 that need not hold more are turned away, and the table says so."""
    demand = cap.Scenarios(
        ids=("now", "double"),
        point_ids=("A", "B", "C"),
        women=np.array([[10.0, 6, 2], [20, 12, 4]]),
        must_hold=np.array([True, False]),
    )
    plan = cap.solve(towns({"nearest": True, "units": [1, 2]}, scenarios=demand))
    table = plan.by_scenario.set_index("scenario")
    assert table["promise_kept"].tolist() == [True, False]
    assert table.loc["now", "turned_away"] <= 0.05 < table.loc["double", "turned_away"]
    assert table.loc["double", "travel"] == pytest.approx(2 * table.loc["now", "travel"])
    assert table["probability"].to_numpy() @ table["travel"].to_numpy() == pytest.approx(plan.objective)
    assert table["mean_minutes"].tolist() == pytest.approx([plan.mean_minutes] * 2)
    by_unit = plan.units["turned_away"].to_numpy() @ plan.units["stays"].to_numpy() / 27
    assert table["probability"].to_numpy() @ table["turned_away"].to_numpy() == pytest.approx(by_unit, rel=0.2)


def test_the_commands(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["scenarios"]) == 0
    assert "alcohol-cohort" in capsys.readouterr().out
    assert run(["scenarios", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["scenarios"]) == 17
    assert run(["plan", "--out", str(tmp_path / "plan")]) == 0
    capsys.readouterr()
    assert run(["robust"]) == 0
    shown = capsys.readouterr()
    assert "- Open Aalborg, Hvidovre, Odense now: right" in shown.out and "17 of 17 scenarios" in shown.err
    assert "No plan, at the least for volume and income" in shown.out
    kept = ["--plan", str(tmp_path / "plan"), "--scenario", "agency-2024", "--scenario", "alcohol-cohort"]
    assert run(["robust", *kept]) == 0
    assert "right (best, or within 2 %) in 1 of 2" in capsys.readouterr().out
    assert run(["robust", "--json", "--out", str(tmp_path / "out")]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["best"]["agency-2024"] == ["FA_AALBORG", "FA_HVIDOVRE", "FA_ODENSE"]
    assert said["best"]["referred-2017"] == []
    (tmp_path / "bare").mkdir()
    assert run(["robust", str(tmp_path / "bare")]) == 2


# --- assumptions beside the scenarios ---------------------------------------------------------


def test_the_verdict_counts_the_assumptions_that_change_the_units() -> None:
    """Units a and b serve 18 women; with 9 stays a year asked of a unit, a alone is left."""
    problem = towns(
        {"nearest": True, "volume": 3}, ranges={"rules.volume": (3.0, 9.0), "stay.mean_days": (170.0, 190.0)}
    )
    known = cap.influence(problem)
    found = cap.robustness(problem, scenarios=named(now=18.0, half=9.0), influence=known)
    changing = [s.key for s in known.settings if any(t.site_ids != known.base.site_ids for t in s.tries)]
    assert changing == ["rules.volume"]
    assert "; changes with 1 of 2 assumptions: rules.volume." in found.verdict[0]
    # A site is safe only where it stays whatever is tried, too: never over demand alone.
    tried = [t.site_ids for s in known.settings for t in s.tries if t.site_ids]
    safe = set(found.no_regret).intersection(*tried)
    (line,) = [line for line in found.verdict if "at every value tried that has one" in line]
    assert all((f"Site {j}" in line.partition("; in some")[0]) == (j in safe) for j in "abc")
    assert not any("regret" in line.lower() for line in found.verdict)


def test_a_plan_that_is_not_the_best_as_things_stand_is_told_so() -> None:
    problem = towns({"nearest": True, "units": [1, 1]}, ranges={"stay.mean_days": (170.0, 190.0)})
    other = cap.evaluate(problem, ["c"])
    found = cap.robustness(problem, [other], scenarios=named(now=18.0), influence=cap.influence(problem))
    assert "as the assumptions stand other units are best." in found.verdict[0]
    best = cap.robustness(problem, scenarios=named(now=18.0), influence=cap.influence(problem))
    assert "changes with none of 1 assumptions." in best.verdict[0]


@pytest.mark.parametrize("counts", ["all", "admitted"])
def test_what_a_sentence_says_of_levels_of_demand_is_what_solves_say(counts: str) -> None:
    """No plan at the levels named, one beside them; no more units than told up to the level told, more above it."""
    problem = cap.denmark({"finance.counts": counts})
    lines = cap.robustness(problem, [cap.solve(problem)]).verdict
    gap = re.search(r"below ([\d.]+)(?: and from ([\d.]+) to ([\d.]+))? women", lines[1])
    below, *between = (float(x) for x in gap.groups() if x is not None)
    # A unit that lives on those it admits may take a bed more: there is no gap.
    assert len(between) == (2 if counts == "all" else 0)
    low, high = between or (below - 1, below - 0.1)
    up_to, units, more = re.search(
        r"Up to ([\d.]+) women a year .* at most (\d+); just above that (\d+)", lines[2]
    ).groups()

    def best(women: float) -> int:
        try:
            return len(cap.solve(problem.set("demand.women_per_year", women)).site_ids)
        except cap.InfeasibleError:
            return 0

    assert [best(x) for x in (20, below - 0.01, low + 0.01, high - 0.01)] == [0, 0, 0, 0]
    assert all(best(x) for x in (below + 0.2, *([low - 0.2, high + 0.2] if between else [])))
    assert all(best(x) <= int(units) for x in (60, 90, 120, float(up_to) - 0.01))
    assert best(float(up_to) + 0.1) == int(more)


def test_in_how_many_scenarios_a_plan_is_right_is_told_without_the_study() -> None:
    from capacity.studies.standing import standing_of

    problem = cap.denmark()
    plan = cap.solve(problem)
    whole = cap.robustness(problem, [plan])
    assert standing_of(plan, None, plan.goal) == whole.standing

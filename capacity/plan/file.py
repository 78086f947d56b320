"""A plan's file, read again: the same problem, the same plan, checked."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from capacity.errors import DataError, Finding
from capacity.plan.plan import Plan, make_plan
from capacity.problem.aftercare import Aftercare
from capacity.problem.calls import told
from capacity.problem.care import Care, Sizes
from capacity.problem.counts import Known
from capacity.problem.demand import Scenarios
from capacity.problem.finance import Finance
from capacity.problem.named import NamedScenario
from capacity.problem.network import Network
from capacity.problem.outpatient import Outpatient, Pathways
from capacity.problem.payment import Payment
from capacity.problem.policy import NAMES, Policy, offered
from capacity.problem.problem import Problem
from capacity.problem.promise import Promise
from capacity.problem.settings import plainest
from capacity.problem.splitting import Split
from capacity.problem.travel import TravelMatrix
from capacity.problem.uptake import Uptake
from capacity.reading.land import read_outline
from capacity.reading.tables import Reading
from capacity.rules import Rule, Shares, one_assignment
from capacity.rules.objectives import Objective, objective_named
from capacity.writing import bring_back

SETTINGS = {"care": Care, "promise": Promise, "sizes": Sizes, "finance": Finance}
LATER = {"outpatient": Outpatient, "pathways": Pathways, "aftercare": Aftercare}
"""Settings that a file without them does not have."""

DAMAGED = (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, ArithmeticError, AssertionError)
"""What a plan.json that somebody changed or cut may end in, wherever it is taken apart."""

PLAIN = (
    "fair_aversion",
    "worst_off_share",
    "worst_exceptions",
    "worst_ties",
    "minutes_error",
    "smallest_count",
    "undetected",
    "sources",
    "weight",
    "relative_risk",
    "name",
    "attribution",
    "notices",
)


def tables_payload(problem: Problem) -> dict[str, Any]:
    """Everything a problem is made of, as JSON."""
    said: dict[str, Any] = {name: getattr(problem, name) for name in PLAIN}
    said |= {name: dataclasses.asdict(getattr(problem, name)) for name in SETTINGS}
    # Those that are off are kept where they are not the usual ones: a plan that is read again has all that was set.
    outside = problem.outpatient != Outpatient() or problem.pathways.given
    there = {"outpatient": outside, "pathways": outside, "aftercare": problem.aftercare != Aftercare()}
    said |= {name: dataclasses.asdict(getattr(problem, name)) for name in LATER if there[name]}
    network, foreign = _fields(problem.network), problem.policy.foreign
    if foreign:
        said["foreign_rules"] = foreign
    else:
        # No rule of the library reads them, and they may be long.
        del network["site_columns"]
    if not problem.network.wards:
        del network["neonatal"]
    if not problem.network.wards_elsewhere:
        del network["wards_elsewhere"]
    if not problem.network.parted:
        for name in ("point_homes", "point_shares", "point_travel", "home_names"):
            del network[name]
    if problem.payments:
        said["payments"] = [dataclasses.asdict(model) for model in problem.payments]
    return said | {
        "network": network,
        "scenarios": _fields(problem.scenarios),
        "uptake": None if problem.uptake is None else problem.uptake.points,
        "split": None if problem.split is None else _fields(problem.split),
        "travel": _matrix(problem.travel),
        "to_ambulatory": None if problem.to_ambulatory is None else _matrix(problem.to_ambulatory),
        "rules": problem.policy.settings(),
        "prices": dict(problem.policy.prices),
        "ranges": {key: list(pair) for key, pair in problem.ranges.items()},
        "choices": {key: plainest(values) for key, values in problem.choices.items()},
        "named": [dataclasses.asdict(scenario) for scenario in problem.named],
        "origin": _origin(problem),
    }


def _origin(problem: Problem) -> dict[str, Any]:
    """Where a problem was read from; the outline of the land itself in place of its path."""
    said = dict(problem.origin)
    if "land" in said and not str(said["land"]).lstrip().startswith("{"):
        path = Path(str(said.pop("land")))
        reading = Reading(folder=path.parent, named=frozenset({path.name}))
        outline = read_outline(reading, path.name)
        said |= {} if outline is None else {"land": outline.text}
    return said


def _matrix(matrix: TravelMatrix) -> dict[str, Any]:
    said = _fields(matrix)
    # JSON has no infinity: null says that there is no way.
    said["values"] = [[None if v == float("inf") else v for v in row] for row in said["values"]]
    return said


def _fields(part: Network | Scenarios | Split | Known | TravelMatrix) -> dict[str, Any]:
    return {f.name: _plain(getattr(part, f.name)) for f in dataclasses.fields(part)}


def _plain(value: Any) -> Any:
    if isinstance(value, Known):
        return _fields(value)
    return value.tolist() if isinstance(value, np.ndarray) else value


@told
def read_plan(
    path: str | os.PathLike[str], *, rules: Iterable[type[Rule]] = (), objectives: Iterable[Objective | Any] = ()
) -> Plan:
    """Read a ``plan.json`` (or the folder that holds it) back.

    Parameters
    ----------
    path : path
    rules : iterable of classes of rules
        Rules of one's own that the plan was made with; those that installed packages offer are found.
    objectives : iterable of objectives
        The same of objectives of one's own, each as `solve` takes it.

    Returns
    -------
    Plan
        Equal to the one that was written: worked out again from its decisions, and checked.

    Raises
    ------
    DataError
        Where the file is not a plan, or was made with a rule or an objective that is not here.
    """
    target = Path(path)
    folder = target.parent if target.suffix == ".json" else target
    if not folder.exists():
        bring_back(Path(os.path.realpath(folder)))
    if target.is_dir():
        target = target / "plan.json"
    try:
        said = json.loads(target.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _fault(target, "the file exists") from error
    except (OSError, ValueError, RecursionError) as error:
        raise _fault(target, f"the file is a plan.json of this library ({type(error).__name__})") from error
    try:
        tables = said["tables"]
        problem = _problem(tables, _foreign(target, tables, {rule.name: rule for rule in rules}))
        plan = _plan(problem, said, _goal(target, said["objective_name"], objectives))
        faults = plan.check()
    except DAMAGED as error:
        told = f"{type(error).__name__}: {str(error)[:80]}"
        raise _fault(target, f"the file is a plan.json of this library ({told})") from error
    if faults:
        raise DataError(faults)
    return plan


def _fault(path: Path, rule: str, remedy: str = "Write it anew with `capacity plan --out DIR`.") -> DataError:
    return DataError([Finding(table=path.name, rule=rule, remedy=remedy)])


def _foreign(path: Path, tables: dict[str, Any], given: dict[str, type[Rule]]) -> list[type[Rule]]:
    """The classes of the rules a plan was made with that are not the library's own."""
    said: dict[str, str] = tables.get("foreign_rules", {})
    foreign = {name: given.get(name) or offered(name) for name in tables["rules"] if name not in NAMES}
    missing = [
        Finding(
            table=path.name,
            column=f"rules.{name}",
            value=said.get(name, ""),
            rule=f"the rule {name!r} that the plan was made with is installed",
            remedy="Install the package that has it, or give its class: read_plan(path, rules=[...]).",
        )
        for name, kind in foreign.items()
        if kind is None and tables["rules"][name] is not False
    ]
    if missing:
        raise DataError(missing)
    for name in [name for name, kind in foreign.items() if kind is None]:
        del tables["rules"][name]
    return [kind for kind in foreign.values() if kind is not None]


def _goal(path: Path, name: str, given: Iterable[Objective | Any]) -> Objective:
    """The objective a plan was made by: the library's, one that is given, or one that a package offers."""
    known = {goal.name: goal for goal in map(objective_named, given)}
    try:
        return known.get(name) or objective_named(name)
    except DataError:
        finding = Finding(
            table=path.name,
            column="objective_name",
            value=str(name),
            rule=f"the objective {name!r} that the plan was made by is installed",
            remedy="Install the package that has it, or give it: read_plan(path, objectives=[...]).",
        )
        raise DataError([finding]) from None


def policy_back(tables: dict[str, Any], foreign: Iterable[type[Rule]] = ()) -> Policy:
    """The policy of a plan's tables."""
    extra = [kind for kind in foreign if kind.name not in NAMES]
    return Policy(extra=extra, **tables["rules"], prices=tables["prices"])


def _problem(tables: dict[str, Any], foreign: list[type[Rule]]) -> Problem:
    travel, near = tables["travel"], tables["to_ambulatory"]
    parts: dict[str, Any] = {name: kind(**tables[name]) for name, kind in SETTINGS.items()}
    parts |= {name: kind(**tables[name]) for name, kind in LATER.items() if name in tables}
    # Plans of an earlier version know nothing of what `worst` and `worst_off` are told.
    plain = {name: tables[name] for name in PLAIN if name in tables or not name.startswith("worst_")}
    plain |= {name: tuple(plain[name]) for name in ("minutes_error", "attribution", "notices")}
    return Problem(
        network=Network(**{k: _back(v) for k, v in tables["network"].items()}),
        scenarios=Scenarios(**{k: _back(v) for k, v in tables["scenarios"].items()}),
        uptake=None if tables["uptake"] is None else Uptake.of(tables["uptake"]),
        split=None if tables["split"] is None else _split_back(tables["split"]),
        travel=_matrix_back(travel),
        to_ambulatory=None if near is None else _matrix_back(near),
        policy=policy_back(tables, foreign),
        ranges={key: (low, high) for key, (low, high) in tables["ranges"].items()},
        # Plans of an earlier version have none.
        choices={key: tuple(values) for key, values in tables.get("choices", {}).items()},
        named=tuple(NamedScenario(**row) for row in tables["named"]),
        origin=_origin_back(tables["origin"]),
        payments=tuple(Payment(**row) for row in tables.get("payments", [])),
        **parts,
        **plain,
    )


def _origin_back(said: dict[str, Any]) -> dict[str, Any]:
    """Where a plan's problem was read from; a path in the place of the land's outline is none of ours."""
    return {k: v for k, v in said.items() if k != "land" or str(v).lstrip().startswith("{")}


def _matrix_back(said: dict[str, Any]) -> TravelMatrix:
    values = [[np.inf if v is None else v for v in row] for row in said["values"]]
    return TravelMatrix(**(said | {"values": np.array(values, dtype=float)}))


def _split_back(said: dict[str, Any]) -> Split:
    arrays = {k: np.array(said[k], dtype=float) for k in ("share", "count", "expected", "shrinkage", "relative")}
    kept = {f.name for f in dataclasses.fields(Known)}
    known = None
    if said["known"] is not None:
        known = Known(**{k: _array(v) for k, v in said["known"].items() if k in kept})
    return Split(**(said | arrays | {"point_ids": tuple(said["point_ids"]), "known": known}))


def _array(value: Any) -> Any:
    return np.array(value) if isinstance(value, list) else value


def _back(value: Any) -> Any:
    """Lists of numbers in rows are arrays, lists of text are tuples."""
    if isinstance(value, list):
        return np.array(value, dtype=float) if value and isinstance(value[0], list) else tuple(value)
    if isinstance(value, dict):
        return {k: tuple(v) if isinstance(v, list) else v for k, v in value.items()}
    return value


def _plan(problem: Problem, said: dict[str, Any], goal: Objective) -> Plan:
    net = problem.network
    site = {j: k for k, j in enumerate(net.site_ids)}
    point = {i: k for k, i in enumerate(net.point_ids)}
    scenario = {s: k for k, s in enumerate(problem.scenarios.ids)}
    opened = np.zeros(len(site), dtype=bool)
    beds = np.zeros(len(site), dtype=np.int64)
    for unit in said["units"]:
        opened[site[unit["site_id"]]], beds[site[unit["site_id"]]] = True, unit["beds"]
    rows = said["assignment"]
    shares = Shares.summed(
        (len(scenario), len(point), len(site)),
        [(scenario[row["scenario"]], point[row["point_id"]], site[row["site_id"]]) for row in rows],
        [row["share"] for row in rows],
    )
    if one_assignment(problem):
        shares = shares.in_any()
    return make_plan(
        problem,
        goal,
        opened,
        shares,
        beds,
        status=said["status"],
        bound=-np.inf if said["bound"] is None else goal.sign * said["bound"],
        certificate=said["certificate"],
        record={k: v for k, v in said["record"].items() if k != "privacy"},
    )

"""What the study commands share: print a table, or JSON, and write files."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from capacity.cli.options import csv_form, forced
from capacity.cli.saying import say, say_json

if TYPE_CHECKING:
    from capacity.engines.clock import Progress, Tell
    from capacity.problem.problem import Problem
    from capacity.studies.ladder import Step
    from capacity.studies.sweep import Sweep
    from capacity.studies.switch import Switch

LEFT = frozenset(
    {
        "model",
        "site_ids",
        "key",
        "story",
        "status",
        "stopped_by",
        "reason",
        "sites_low",
        "sites_high",
        "setting",
        "plan",
        "scenario",
        "id",
        "what",
        "document",
        "measure",
        "regions",
        "site_id",
        "when",
        "then",
    }
)
"""Columns of words."""

FEW = 3
"""Reasons told."""

SECONDS = 2.0
"""Between two words of progress."""

LONG = 30
"""Characters of a cell above which a column is read as words, and wraps."""


def show_study(
    said: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[tuple[str, str]],
    *,
    title: str,
    problem: Problem | None = None,
    names: Mapping[str, str] | None = None,
    after: Sequence[str] = (),
    as_json: bool,
    out: str | None,
) -> None:
    """Print a study for a person or as JSON, and write it to a folder.

    Parameters
    ----------
    said : mapping
        The whole study.
    rows : sequence of mapping
        Its table.
    columns : sequence of (key, header)
        What a person reads of it.
    problem : Problem, optional
        A person reads the places of its sites, not their ids.
    names : mapping, optional
        Words for machines, and what a person reads in their place.
    after : sequence of str
        Sentences below the table.
    """
    if out is not None:
        from capacity.report.files import write_study

        write_study(
            out, dict(said), [{k: _plain(v) for k, v in row.items()} for row in rows], force=forced(), csv=csv_form()
        )
        say(f"Wrote study.json and study.csv to {out}.", err=True)
    if as_json:
        say_json(said)
        return
    from capacity.cli.tables import console, make_table, print_text

    places = {**({} if problem is None else _places(problem, rows)), **(names or {})}
    cells = [[_cell(_placed(row.get(key, ""), places)) for key, _ in columns] for row in rows]
    words = [any(len(row[k]) > LONG for row in cells) for k in range(len(columns))]
    headers = [
        (header, "left" if key in LEFT or long else "right") for (key, header), long in zip(columns, words, strict=True)
    ]
    console().print(make_table(title, headers, cells))
    for sentence in after:
        print_text(sentence)


NO_PLAN = "no plan keeps the rules"
"""Said in the place of the units where there are none."""


def code_of(statuses: Iterable[str], problem: Problem, settings: Mapping[str, Any] | None = None) -> int:
    """Exit code of a study by the statuses in it; where none has a plan, what clashes is said for one of its points.

    Parameters
    ----------
    statuses : iterable of str
    problem : Problem
        That of the point to explain.
    settings : mapping, optional
        What the point was made by.
    """
    from capacity.cli.failures import INFEASIBLE, code_of_study

    code = code_of_study(statuses)
    if code == INFEASIBLE:
        from capacity.studies.explain import explain
        from capacity.studies.explain.sentences import plain_value

        point = ", ".join(f"{key} = {plain_value(value)}" for key, value in (settings or {}).items())
        say(f"There is not one plan in the whole study.{f' With {point}:' if point else ''}", err=True)
        say(str(explain(problem)), err=True)
    return code


def code_of_ranges(ranges: Sequence[Step | Switch], problem: Problem, key: str) -> int:
    """Exit code of a ladder or of switch points; `code_of` at today's value, or the nearest there is."""
    from capacity.studies.spans import moved, number_of

    low, high, now = ranges[0].low, ranges[-1].high, number_of(problem, key)
    value = low if now is None else min(max(now, low), high)
    return code_of((r.status for r in ranges), moved(problem, key, value), {key: value})


def code_of_runs(study: Sweep, problem: Problem) -> int:
    """Exit code of a sweep; `code_of` at its first run."""
    from capacity.problem.settings import replaced

    settings = {key: study.runs[0][key] for key in study.keys}
    return code_of((run["status"] for run in study.runs), replaced(problem, settings), settings)


def reasons(found: Sweep) -> list[str]:
    """Why runs of a sweep have no plan, the commonest reasons first."""
    counted = Counter(_why(run) for run in found.runs if run["reason"])
    told = [f"No plan in {count} {'run' if count == 1 else 'runs'}: {why}" for why, count in counted.most_common(FEW)]
    more = len(counted) - FEW
    return told + ([f"{more} further {'reason' if more == 1 else 'reasons'}: see --json."] if more > 0 else [])


def _why(run: Mapping[str, Any]) -> str:
    breaks = " and ".join(run.get("breaks", ()))
    return f"the set that breaks the fewest rules breaks {breaks}." if breaks else str(run["reason"])


def known_up_to(problem: Problem) -> Tell:
    """Tells up to which value a study of ranges is known, and how many ranges it has looked at."""
    by_model(problem)
    tell = seldom()
    return lambda progress: tell(f"{progress.message}; looking at range {progress.done:,}")


def counted(what: str) -> Tell:
    """Tells how many of all are done; of the last one always."""
    tell = seldom()
    return lambda p: tell(f"{p.done} of {p.count} {what}", last=p.done == p.count)


def so_far(problem: Problem, what: str) -> Tell:
    """Tells how many there are so far of a number that nobody knows."""
    by_model(problem)
    tell = seldom()
    return lambda p: tell(p.message if p.done is None else f"{what}: {p.done:,} so far")


def searching() -> Tell:
    """Tells of one long solve what is being done, the best value so far and the bound, as they are minimised."""
    tell = seldom(more=5)

    def told(progress: Progress) -> None:
        known = [
            f"{word} {value:,.6g}"
            for word, value in (("best so far", progress.best), ("proven", progress.bound))
            if value is not None
        ]
        if progress.share != 1.0:
            tell(f"{progress.seconds:.0f} s: {progress.message}{'; ' if known else ''}{', '.join(known)}")

    return told


def by_model(problem: Problem) -> None:
    """Say so at once where a study asks the model, which may take long."""
    from capacity.engines.enumerate import why_not
    from capacity.studies.sets import by_enumeration

    if not by_enumeration(problem, "auto"):
        reason = why_not(problem) or "the sets of sites are too many to value them all"
        say(f"Plans are sought one by one, as {reason}: this may take minutes.", err=True)


def seldom(more: float = 1) -> Callable[..., None]:
    """Tells on standard error, at most once in two seconds (and the last of all); `more` times as seldom after that."""
    told, between = [time.monotonic()], [SECONDS]

    def tell(text: str, *, last: bool = False) -> None:
        if last or time.monotonic() - told[0] > between[0]:
            told[0], between[0] = time.monotonic(), SECONDS * more
            say(text, err=True)

    return tell


def _places(problem: Problem, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Names of the places of all sites that a table names."""
    cells = [cell for row in rows for cell in row.values()]
    said = {j for cell in cells for j in (cell if isinstance(cell, list) else [cell]) if isinstance(j, str)}
    return problem.network.site_places(sorted(said & set(problem.network.site_ids)))


def named(sentence: str, problem: Problem) -> str:
    """A sentence with the places of sites where it has their ids."""
    ids = sorted((j for j in problem.network.site_ids if j in sentence), key=len, reverse=True)
    if not ids:
        return sentence
    met = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ids))})(?!\w)")
    places = problem.network.site_places(dict.fromkeys(met.findall(sentence)))
    return met.sub(lambda found: places[found.group()], sentence)


def _placed(value: Any, places: Mapping[str, str]) -> Any:
    """Ids of sites in a cell as names."""
    if isinstance(value, list):
        return [_placed(v, places) for v in value]
    return places.get(value, value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    """A cell of the file: numbers in full, nothing where there is none."""
    value = value.item() if hasattr(value, "item") else value
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else _cell(value)


def _cell(value: Any) -> str:
    value = value.item() if hasattr(value, "item") else value
    if value is None or (isinstance(value, float) and value != value):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)

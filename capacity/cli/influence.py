"""``capacity influence``: what decides the plan, setting by setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json

if TYPE_CHECKING:
    from capacity.studies.influence import Influence, Setting, Try


@click.command("influence")
@case_options
@output_options
@click.option("--objective", default="travel", show_default=True, help="travel, worst, fair, reached or cost.")
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    objective: str,
) -> int:
    """Move each assumption of CASE through its range or choices, alone and with the strongest others.

    What changes the units first stands first. Ranges and choices stand in case.toml, under [ranges] and [choices].

    \b
    capacity influence
    capacity influence my-case --json
    """  # noqa: D301 - click reads the sign itself
    from capacity.cli.studies import counted, show_study
    from capacity.rules.objectives import objective_named
    from capacity.studies.influence import influence

    problem = read_problem(case, changes, scenarios)
    leaning = influence(problem, objective=objective_named(objective), tell=counted("settings"))
    show_study(
        leaning.to_json(),
        [_row(s, leaning) for s in leaning.settings],
        [
            ("setting", "setting, as it stands,\nand what was tried"),
            ("units", "what becomes of the units"),
            ("beds", "beds"),
            ("minutes", "mean\nminutes"),
            ("dkk", "M DKK\na year"),
        ],
        title="What decides the plan",
        after=_after(leaning),
        as_json=as_json,
        out=out,
    )
    return 0


def _row(setting: Setting, found: Influence) -> dict[str, Any]:
    """A setting as people read it."""
    plans = [t for t in setting.tries if t.site_ids]
    return {
        # A line each for the section and the name: the longest keys stay whole on a narrow terminal.
        "setting": "\n".join([*_lines(setting.key), f"{_plain(setting.value)}; {_tried(setting)}"]),
        "units": _units(setting, found),
        "beds": _span([t.beds for t in plans], "{:,.0f}"),
        "minutes": _span([t.mean_minutes for t in plans], "{:.1f}"),
        "dkk": _span([None if t.dkk_per_year is None else t.dkk_per_year / 1e6 for t in plans], "{:.1f}"),
    }


def _lines(key: str) -> list[str]:
    head, _, name = key.rpartition(".")
    return [f"{head}.", name]


def _tried(setting: Setting) -> str:
    return ", ".join(_plain(t.value) for t in setting.tries) or "no range or choices given"


def _units(setting: Setting, found: Influence) -> str:
    if not setting.tries:
        return "-"
    if setting.switch_points:
        return "; ".join(t.text + ("" if t.proven else " (not proven)") for t in setting.switch_points)
    if not setting.changes_units:
        return "as they are"
    return "; ".join(f"{_what(t, found)} at {_plain(t.value)}" for t in setting.tries if _changes(t, found))


def _changes(one: Try, found: Influence) -> bool:
    return one.site_ids != found.base.site_ids


def _what(one: Try, found: Influence) -> str:
    from capacity.studies.influence import what_changes

    if one.status == "unknown":
        return "none found in time"
    return what_changes(found.base.problem, one.site_ids, one.opened, one.closed)


def _span(values: list[Any], form: str) -> str:
    known = [v for v in values if v is not None]
    if not known:
        return "-"
    low, high = (form.format(v) for v in (min(known), max(known)))
    return low if low == high else f"{low}–{high}"


def _plain(value: Any) -> str:
    from capacity.studies.explain.sentences import plain_value

    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
    return plain_value(value)


def _after(leaning: Influence) -> list[str]:
    base = leaning.base
    said = [
        f"As it stands: {', '.join(base.problem.network.site_places(base.site_ids).values())}; {base.beds} beds, "
        f"{base.mean_minutes:.1f} minutes on average, {base.objectives['cost'] / 1e6:.1f} M DKK a year with building.",
        f"{len(leaning.changing)} of {len(leaning.settings)} assumptions change the units within what was tried.",
    ]
    further = [f"{a} with {b}" for a, b in _only_together(leaning)]
    if further:
        said.append(f"Units change only where two move at once: {'; '.join(further)}.")
    left = [s.key for s in leaning.settings if not s.tries]
    if left:
        said.append(f"Not tried, as no range or choices are given: {', '.join(left)}.")
    return said


def _only_together(found: Influence) -> list[tuple[str, str]]:
    """Pairs that lead to units which neither of the two leads to alone."""
    alone = {s.key: {t.site_ids for t in s.tries} | {found.base.site_ids} for s in found.settings}
    new = [(a, b) for a, b, t in found.pairs if t.site_ids not in alone[a] | alone[b]]
    return list(dict.fromkeys(new))

"""``capacity break-even``: for how good, or how cheap, an outpatient course would have to be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json

if TYPE_CHECKING:
    from capacity.studies.break_even import BreakEven


@click.command("break-even")
@case_options
@output_options
@click.option(
    "--of",
    type=click.Choice(["effect", "price"]),
    help="What is moved: the effect of a course beside a stay (where the pathways are given), or its price.",
)
@click.option("--objective", type=click.Choice(["public_cost", "cost"]), help="What is least.")
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    of: Literal["effect", "price"] | None,
    objective: str | None,
) -> int:
    """Say at which effect, or price, of an outpatient course CASE's plan changes, and when no unit costs less.

    The points are exact. Nobody has measured the effect: it says what a course would have to do, not what it does.

    \b
    capacity break-even --set outpatient.beyond_minutes=90 --set rules.region_access=false
    capacity break-even --set pathways.residential=2e6 --set pathways.none=3e6 --set outpatient.dkk_per_course=250000
    """  # noqa: D301 - click reads the sign itself
    from capacity.cli.studies import named, show_study
    from capacity.studies.break_even import break_even

    problem = read_problem(case, changes, scenarios)
    found = break_even(problem, of, objective=objective)
    show_study(
        found.to_json(),
        _rows(found),
        [
            ("low", "from"),
            ("high", "to"),
            ("site_ids", "units"),
            ("beds", "beds"),
            ("residential", "women at\na unit"),
            ("outpatient", "on a\ncourse"),
            ("unreached", "reached by\nneither"),
            ("dkk", "M DKK a\nyear from"),
        ],
        title=f"Best plans by the {found.of} of an outpatient course",
        problem=problem,
        after=[named(sentence, problem) for sentence in found.sentences],
        as_json=as_json,
        out=out,
    )
    return 0


def _rows(found: BreakEven) -> list[dict[str, object]]:
    return [
        {
            "low": _amount(found.of, piece.low),
            "high": _amount(found.of, piece.high),
            "site_ids": list(piece.site_ids),
            "beds": piece.beds,
            "residential": f"{piece.residential_women:.1f}",
            "outpatient": f"{piece.outpatient_women:.1f}",
            "unreached": f"{piece.unreached_women:.1f}",
            "dkk": f"{piece.value / 1e6:,.1f}",
        }
        for piece in found.plans
    ]


def _amount(of: str, value: float) -> str:
    if math.isinf(value):
        return "no limit"
    return f"{100 * value:.1f} %" if of == "effect" else f"{value:,.0f}"

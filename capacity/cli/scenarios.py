"""``capacity scenarios``: the figures the documents give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from capacity.cli.options import case_argument, csv_form, forced, output_options, told_as_json
from capacity.cli.saying import say
from capacity.errors import some

if TYPE_CHECKING:
    from capacity.problem.named import NamedScenario


@click.command("scenarios")
@case_argument
@output_options
@told_as_json
def command(case: str | None, as_json: bool, out: str | None) -> int:
    """List the named scenarios of CASE: women a year, what they count and change, and the document."""
    from capacity.cli.studies import show_study
    from capacity.reading.case import builtin_folder
    from capacity.reading.scenarios import named_scenarios

    named = named_scenarios(case or builtin_folder())
    if not named:
        raise click.UsageError("The case has no scenarios.csv or scenarios.toml.")
    rows = [s.row | {"settings": dict(s.settings), "sources": dict(s.sources)} for s in named]
    if out is not None:
        from capacity.report.files import write_study

        # The file has plain numbers, the screen has words.
        write_study(out, {"scenarios": rows}, [s.row for s in named], force=forced(), csv=csv_form())
        say(f"Wrote study.json and study.csv to {out}.", err=True)
    show_study(
        {"scenarios": rows},
        [_shown(s) for s in named],
        _columns(named),
        title=f"{len(named)} scenarios",
        after=_after(named),
        as_json=as_json,
        out=None,
    )
    return 0


def _shown(s: NamedScenario) -> dict[str, Any]:
    between = "" if s.low is None or s.high is None else f"{s.low:g}-{s.high:g}"
    return s.row | {
        "women_per_year": f"{s.women_per_year:g}" + (" (case)" if s.of_case else ""),
        "range": between,
        "probability": f"{100 * s.probability:.3g} %",
        "what": s.what + (f" ({s.base or 'the case'} with {s.row['changes']})" if s.settings else ""),
    }


def _columns(found: Sequence[NamedScenario]) -> list[tuple[str, str]]:
    columns = [("id", "scenario"), ("women_per_year", "women\na year"), ("range", "range")]
    if not any(s.equal for s in found):
        columns.append(("probability", "proba-\nbility"))
    return [*columns, ("what", "what it counts"), ("document", "document")]


def _after(named: Sequence[NamedScenario]) -> list[str]:
    women = [s.women_per_year for s in named]
    said = [f"The figures reach from {min(women):g} to {max(women):g} women a year."]
    if any(s.equal for s in named):
        said.append(
            f"Each counts for one in {len(named)} (assumption: nobody has said how likely each is; the column "
            "probability of scenarios.csv is for your own)."
        )
    else:
        said.append("The probabilities are your own.")
    must = [s.id for s in named if s.must_hold]
    said.append(
        f"Plan for one: capacity plan --scenario {(must or [named[0].id])[0]}. Repeat the option to plan for several "
        "together; the promise then has to hold in "
        + (f"those marked must_hold ({some(must)}), in all where none of them is chosen." if must else "all of them.")
    )
    return said

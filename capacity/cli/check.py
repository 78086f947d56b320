"""``capacity check``: is a case fit to plan with?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from capacity.cli.options import case_argument, csv_form, forced, output_options, set_option, settings_of, told_as_json
from capacity.cli.saying import say, say_json

if TYPE_CHECKING:
    from capacity.errors import Finding


@click.command("check")
@case_argument
@set_option
@output_options
@told_as_json
def command(case: str | None, changes: tuple[str, ...], as_json: bool, out: str | None) -> int:
    """Name every fault of CASE, with file, row, value, rule and remedy."""
    from capacity.cli.failures import finding_row, tell
    from capacity.errors import DataError
    from capacity.reading.case import builtin_folder, read_case

    findings: tuple[Finding, ...] = ()
    notices: tuple[str, ...] = ()
    error: DataError | None = None
    try:
        problem = read_case(case or builtin_folder(), settings_of(changes))
        notices = problem.notices
    except DataError as fault:
        error, findings = fault, fault.findings
    rows = [finding_row(f) for f in findings]
    said = {"ok": not findings, "findings": rows, "notices": list(notices)}
    if out is not None:
        from capacity.report.files import write_study

        cells = [{k: "" if v is None else v for k, v in row.items()} for row in rows]
        write_study(out, said, cells, force=forced(), csv=csv_form())
        say(f"Wrote study.json and study.csv to {out}.", err=True)
    if as_json:
        say_json(said)
    if error is not None:
        return tell(error)
    for notice in notices:
        say(f"Note: {notice}", err=True)
    if not as_json:
        net = problem.network
        parts = f" in {len(net.point_ids)} parts" if net.parted else ""
        say(
            f"No fault found: {len(set(net.point_homes))} demand points{parts}, {len(net.site_ids)} candidate sites, "
            f"{len(net.regions)} regions, {problem.scenarios.women_per_year:g} women a year."
        )
    return 0

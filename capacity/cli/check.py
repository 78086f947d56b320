"""``capacity check``: is a case fit to plan with?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from capacity.cli.options import case_argument, json_option, set_option, settings_of
from capacity.cli.saying import say, say_json

if TYPE_CHECKING:
    from capacity.errors import Finding


@click.command("check")
@case_argument
@set_option
@json_option
def command(case: str | None, changes: tuple[str, ...], as_json: bool) -> int:
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
    if as_json:
        said = {"ok": not findings, "findings": [finding_row(f) for f in findings], "notices": list(notices)}
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

"""Every campaign, one after another: ``make campaign``, or ``python -m tests.campaigns --first 0 --share 0.1``.

Each runs in a process of its own at the seeds asked for; what it found goes into a table, which is written to
``docs/background/campaigns.md`` with what was wrong or survived. Ends with 1 where one of them did.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import re
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "background" / "campaigns.md"


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A campaign: what it tries, how it is run, and how many seeds the whole has."""

    name: str
    tries: str
    command: tuple[str, ...]
    whole: int
    faults: str
    """What its faults begin with, line by line."""


CAMPAIGNS = (
    Campaign(
        name="inputs",
        tries="Files, workbooks and DataFrames of a case, changed: refused rightly, or read as they are meant",
        command=("tests.campaign_inputs", "--seeds", "{first}:{last}"),
        whole=5_000,
        faults=r"\d+ (?:wrong|traceback|hang|written):",
    ),
    Campaign(
        name="outputs",
        tries="Kills while writing, full disks, two writers, hostile names through every output",
        command=("tests.campaign_outputs", "--seeds", "{first}:{last}"),
        whole=200,
        faults="WRONG",
    ),
    Campaign(
        name="answers",
        tries="Every engine and study against the referee; the same wish in other words",
        command=("tests.campaign_answers", "--seeds", "{first}:{last}"),
        whole=4_000,
        faults="WRONG",
    ),
    Campaign(
        name="table",
        tries="The planner's table against `evaluate` and `solve`: units, beds, settings, documented figures, best sets",
        command=("tests.campaign_table", "--seeds", "{first}:{last}"),
        whole=400,
        faults="WRONG",
    ),
    Campaign(
        name="engines",
        tries="The engines against each other and against brute force, at the seeds of the tests and beyond",
        command=("tests.campaign_engines", "--seeds", "{first}:{last}"),
        whole=400,
        faults="WRONG",
    ),
    Campaign(
        name="exact",
        tries="Array engines against all sets in exact arithmetic: ties, huge and tiny weights, just enough room",
        command=("tests.campaign_exact", "--seeds", "{first}:{last}"),
        whole=1_000,
        faults="WRONG",
    ),
    Campaign(
        name="roll-out",
        tries="Roll-outs by chains and by the model against every chain of sets",
        command=("tests.campaign_roll_out", "--seeds", "{first}:{last}"),
        whole=400,
        faults="WRONG",
    ),
    Campaign(
        name="watching",
        tries="Plans that watch and decide against the best over every full history; a coarse grid's bracket",
        command=("tests.campaign_adapt", "--seeds", "{first}:{last}"),
        whole=400,
        faults="WRONG",
    ),
    Campaign(
        name="explanations",
        tries="Clashes and ways out against brute force",
        command=("tests.explain_campaign", "{first}", "{last}"),
        whole=1_000,
        faults=r"\d+: (?!as brute force)",
    ),
    Campaign(
        name="cut off",
        tries="Solves ended early by a limit, by `Stop`, by Ctrl+C: in time, and honest about what is proven",
        command=("tests.campaign_cut_off", "--seeds", "{first}:{last}"),
        whole=200,
        faults="WRONG|LATE",
    ),
    Campaign(
        name="determinism",
        tries="One plan and its studies under other hash seeds, time zones, languages, threads, orders of rows, pythons",
        command=("tests.campaign_determinism", "--seeds", "{first}:{last}"),
        whole=100,
        faults="DIFFERS",
    ),
    Campaign(
        name="mutants",
        tries="Rules, check, promise and finance with one operator, constant or row changed: a test meant for them fails",
        command=("tests.mutants", "--seed", "{first}", "--count", "{count}"),
        whole=60,
        faults="SURVIVED",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What came of one campaign."""

    campaign: Campaign
    seeds: str
    figures: str
    faults: tuple[str, ...]
    minutes: float
    ended: int


def run(campaign: Campaign, first: int, share: float, log: Path) -> Ran:
    """Run one campaign at a share of its seeds; what it says is in the log as it says it."""
    count = max(1, round(campaign.whole * share))
    said = {"first": first, "last": first + count, "count": count}
    command = [sys.executable, "-m", *(part.format(**said) for part in campaign.command)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said_so_far: list[str] = []
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with (
        log.open("a", encoding="utf-8") as told,
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        ) as ran,
    ):
        assert ran.stdout is not None
        told.write(f"== {campaign.name}, first seed {first}\n")
        for line in ran.stdout:
            said_so_far.append(line)
            told.write(line)
            told.flush()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = [line.rstrip() for line in said_so_far if line.strip()]
    return Ran(
        campaign=campaign,
        seeds=f"{count} of each module, seed {first}"
        if "{count}" in campaign.command
        else f"{first} to {first + count - 1}",
        figures=figures(lines) or "nothing was said",
        faults=tuple(line for line in lines if re.match(campaign.faults, line)),
        minutes=(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 60,
        ended=ran.returncode,
    )


def figures(lines: Sequence[str]) -> str:
    """A campaign's figures in a line: its last one, or the heads and sums of its table."""
    rows = [k for k, line in enumerate(lines) if line.startswith("all ")]
    if not rows:
        return lines[-1].replace("{", "").replace("}", "").replace("'", "") if lines else ""
    head = next(k for k in range(rows[-1], -1, -1) if lines[k].startswith(" ") and not re.search(r"\d", lines[k]))
    names, sums = re.split(r"\s{2,}", lines[head].strip()), lines[rows[-1]].split()[1:]
    return ", ".join(f"{name} {number}" for name, number in zip(names, sums, strict=True))


HEAD = """# Campaigns

Beyond the tests, `make campaign` tries what nobody thought of: problems, files and accidents drawn from seeds, held
against an answer worked out in another way. A short part of each is in `make test`. This page is written by the
command; `make campaign SHARE=1` runs all of it (many hours), `FIRST="0 1000000"` names the first seeds of its ranges.
What each says goes into `campaign.log` as it says it; the page is written after each.

"""


def page(found: Sequence[Ran], share: float) -> str:
    """The page: the table of figures, and what was found."""
    where = f"{platform.system()}, Python {platform.python_version()}"
    rows = [
        f"| {r.campaign.name} | {r.campaign.tries} | {r.seeds} | {r.figures} | {r.minutes:.1f} |".replace("  ", " ")
        for r in found
    ]
    text = HEAD + f"Run on {datetime.date.today().isoformat()} ({where}), at {share:.3g} of the whole.\n\n"
    text += "| Campaign | What is tried | Seeds | Found | Minutes of processor |\n|---|---|---|---|---|\n" + "\n".join(
        rows
    )
    told = [(r.campaign.name, line) for r in found for line in r.faults]
    text += "\n\n## What was found\n\n"
    text += "\n".join(f"- {name}: {line}" for name, line in told) if told else "Nothing was wrong, late or different."
    from tests.mutants import SAME

    if SAME:
        text += "\n\n## Mutants that mean the same\n\n" + "\n".join(f"- {name}. {why}" for name, why in SAME.items())
    return text + "\n"


def main(said: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns", description=__doc__)
    parser.add_argument("--first", type=int, nargs="+", default=[0], help="first seed, of each range")
    parser.add_argument("--share", type=float, default=0.02, help="share of the whole of each campaign")
    parser.add_argument("--only", choices=[c.name for c in CAMPAIGNS], action="append", help="a campaign (all)")
    parser.add_argument("--to", type=Path, default=PAGE, help="the page that is written")
    parser.add_argument("--log", type=Path, default=ROOT / "campaign.log", help="what each campaign says, as it goes")
    asked = parser.parse_args(said)
    found = []
    for campaign in CAMPAIGNS:
        if asked.only and campaign.name not in asked.only:
            continue
        for first in asked.first:
            one = run(campaign, first, asked.share, asked.log)
            found.append(one)
            print(f"{campaign.name}: {one.figures} ({one.minutes:.1f} minutes)", *one.faults, sep="\n    ", flush=True)
            # After each, so that a run that is ended early has written what it has.
            asked.to.write_text(page(found, asked.share), encoding="utf-8")
    print(f"Wrote {asked.to}")
    return int(any(one.ended for one in found))


if __name__ == "__main__":
    sys.exit(main())

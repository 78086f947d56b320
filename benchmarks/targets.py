"""The table of targets, ours beside a named alternative in the same run, written to ``benchmarks/RESULTS.md``.

Run with ``make bench``, or ``python -m benchmarks.targets T5 T8`` for some parts (their lines are replaced, the others
stay as they are).
Every job is a process of its own; "CPU" is that of the work, without the interpreter's start and the reading of
files, unless the line says whole process. The machine is shared and noisy: ratios mean more than seconds.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks import instances
from benchmarks.process import Used, run

RESULTS = Path(__file__).parent / "RESULTS.md"
START, END = "<!-- table -->", "<!-- /table -->"
"""What stands between them in RESULTS.md is written anew by each whole run; the rest by hand."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the table.

    Attributes
    ----------
    target : str
        T1 to T15.
    job, aim, reached, beside : str
        `beside` is the alternative in the same run.
    met : bool or None
        None where nothing could be measured.
    """

    target: str
    job: str
    aim: str
    reached: str
    beside: str = ""
    met: bool | None = None


def ours(*arguments: str, limit: float | None = None) -> Used:
    """A job of this library."""
    return run(["-m", "benchmarks.jobs", *arguments], limit)


def peer(package: str, *arguments: str, limit: float | None = None) -> Used | None:
    """A job of another package; None where it is not installed."""
    if importlib.util.find_spec(package) is None:
        return None
    return run(["-m", "benchmarks.peers", *arguments], limit)


def _cpu(used: Used) -> float:
    return float(used.said.get("cpu", used.cpu))


def _said(used: Used) -> str:
    return f"{_cpu(used):.2f} s CPU, {used.said.get('wall', used.wall):.2f} s wall, {used.peak:.0f} MB"


def _ratio(one: float, other: Used | None) -> str:
    if other is None:
        return "not installed"
    more = "" if other.finished else "stopped; more than "
    return f"{more}{_said(other)}: 1/{_cpu(other) / max(one, 1e-9):,.0f}"


def _against(target: str, job: str, aim: str, mine: Used, other: Used | None, factor: float, peak: float) -> Line:
    met = None if other is None else _cpu(other) / _cpu(mine) >= factor and mine.peak <= peak
    reached = f"{mine.said.get('status', '')}, {_said(mine)}"
    return Line(target=target, job=job, aim=aim, reached=reached, beside=_ratio(_cpu(mine), other), met=met)


def p_median_against_spopt() -> Iterator[Line]:
    """T1."""
    mine = ours("pmed", "pmed40")
    other = peer("spopt", "spopt", "pmed40", limit=600)
    yield _against("T1", "pmed40 against spopt + HiGHS", "1/200 of its CPU, 150 MB", mine, other, 200, 150)


def small_p_median() -> Iterator[Line]:
    """T2."""
    mine, other = ours("pmed", "pmed6"), peer("spopt", "spopt", "pmed6", limit=600)
    met = None if other is None else other.cpu / mine.cpu >= 80
    beside = "not installed"
    if other is not None:
        beside = f"{other.cpu:.1f} s CPU, {other.peak:.0f} MB: 1/{other.cpu / mine.cpu:,.0f}"
    yield Line(
        target="T2",
        job="pmed6, whole process, against spopt + HiGHS",
        aim="1/80",
        beside=beside,
        met=met,
        reached=f"{mine.said['status']}, {mine.cpu:.2f} s CPU, {mine.peak:.0f} MB",
    )
    mine, other = ours("pmed", "pmed16"), peer("pbp_pmedian", "pbp", "pmed16", limit=300)
    yield _against("T2", "pmed16 against pbp-pmedian", "1/100", mine, other, 100, 1e9)


def all_p_median() -> Iterator[Line]:
    """T3."""
    mine = ours("pmed_all")
    said = mine.said
    proven = f"{said['proven']} of {said['of']} proven" + (f" (not {', '.join(said['open'])})" if said["open"] else "")
    yield Line(
        target="T3",
        job="pmed1-40",
        aim="all proven, 10 s CPU in all, none above 2 s",
        reached=f"{proven}; {said['cpu']:.1f} s CPU; slowest {said['slowest']} {said['slowest_cpu']:.1f} s",
        met=said["proven"] == said["of"] and said["cpu"] <= 10 and said["slowest_cpu"] <= 2,
    )


def large_p_median() -> Iterator[Line]:
    """T4."""
    for p in instances.RL1304:
        mine = ours("rl1304", str(p))
        met = mine.said["status"] == "optimal" and _cpu(mine) <= 10
        gap = "" if mine.said["status"] == "optimal" else f" (gap {mine.said['gap']:.2%})"
        yield Line(
            target="T4",
            job=f"rl1304, p = {p}",
            aim="proven, 10 s",
            reached=f"{mine.said['status']}{gap}, {_said(mine)}",
            met=met,
        )


def capacitated() -> Iterator[Line]:
    """T5, T6, T7."""
    mine, other = ours("cap_all"), peer("pulp", "pulp_cap_all")
    yield Line(
        target="T5",
        job="37 cap files against plain PuLP + HiGHS",
        aim="1.5 s CPU in all, within 1e-9",
        reached=f"{_said(mine)}; largest error {mine.said['largest_error']:.1e}",
        beside=_ratio(_cpu(mine), other),
        met=_cpu(mine) <= 1.5 and mine.said["largest_error"] <= 1e-9,
    )
    for name, room in instances.cap_optima():
        if room is not None:
            mine = ours("cap", name, str(room))
            most, target = (60, "T7") if name == "capa" else (3, "T6")
            gap = "" if mine.said["status"] == "optimal" else f" (gap {mine.said['gap']:.2%})"
            yield Line(
                target=target,
                job=f"{name}, capacity {room:,.0f}",
                aim=f"proven, {most} s",
                reached=f"{mine.said['status']}{gap}, {_said(mine)}",
                met=mine.said["status"] == "optimal" and _cpu(mine) <= most,
            )


def two_stage() -> Iterator[Line]:
    """T8 to T11."""
    mine, other = ours("stochastic", "10"), peer("highspy", "extensive", "10", limit=400)
    factor = 1 / 0.03
    yield _against("T8", "10 scenarios against the extensive form in HiGHS", "0.03", mine, other, factor, 1e9)
    thousand = ours("stochastic", "1000")
    for target, count, used, seconds, peak in (
        ("T9", "1,000 scenarios", thousand, 1.5, 120),
        ("T10", "10,000 scenarios", ours("stochastic", "10000"), 6, 1e9),
        ("T10", "100,000 scenarios, streamed", ours("streamed", "100000"), 60, 1_000),
    ):
        memory = f", {peak:,.0f} MB" if peak < 1e9 else ""
        met = used.said["wall"] <= seconds and used.peak <= peak and used.said["gap"] <= 1e-4
        yield Line(
            target=target,
            job=count,
            aim=f"gap 1e-4, {seconds:g} s wall{memory}",
            met=met,
            reached=f"gap {used.said['gap']:.0e}, {_said(used)}",
        )
    for risk in ("regret", "cvar"):
        used = ours("stochastic", "1000", risk)
        ratio = _cpu(used) / _cpu(thousand)
        yield Line(
            target="T11",
            job=f"{risk}, 1,000 scenarios",
            aim="3 x the time of the expected value",
            reached=f"gap {used.said['gap']:.0e}, {_said(used)}",
            beside=f"{ratio:.1f} x",
            met=ratio <= 3,
        )


def best_sets() -> Iterator[Line]:
    """T12."""
    mine, other = ours("five_of_forty"), ours("all_sets")
    yield Line(
        target="T12",
        job="5 of 40 sites x 100 points, ten best sets, against all 658,008 sets in numpy",
        aim="30 ms",
        reached=f"{1_000 * _cpu(mine):.0f} ms CPU, {mine.said['sets']} sets",
        beside=_ratio(_cpu(mine), other),
        met=_cpu(mine) <= 0.03,
    )


def large_model() -> Iterator[Line]:
    """T13: seconds for a million variables."""
    mine, other = ours("model"), peer("pulp", "pulp_model")
    million = mine.said["columns"] / 1e6
    seconds = _cpu(mine) / million
    beside = "not installed"
    if other is not None:
        beside = f"PuLP, from a twentieth: {_cpu(other) / other.said['columns'] * 1e6:.0f} s"
    yield Line(
        target="T13",
        job="a million variables to the solver, against PuLP",
        aim="3 s, 400 MB",
        beside=beside,
        reached=f"{seconds:.2f} s CPU, {mine.peak:.0f} MB for {million:.2f} million",
        met=seconds <= 3 and mine.peak <= 400,
    )


def starting() -> Iterator[Line]:
    """T14, T15: whole processes, medians of seven."""
    from benchmarks.start_up import JOBS, median

    for name, (arguments, aim) in JOBS.items():
        if aim is not None:
            cpu, wall, peak = median(arguments)
            yield Line(
                target="T15" if name == "capacity plan" else "T14",
                job=f"{name}, whole process",
                aim=f"{aim:g} s CPU",
                reached=f"{cpu:.2f} s CPU, {wall:.2f} s wall, {peak:.0f} MB",
                met=cpu <= aim,
            )


PARTS: dict[str, Callable[[], Iterator[Line]]] = {
    "T1": p_median_against_spopt,
    "T2": small_p_median,
    "T3": all_p_median,
    "T4": large_p_median,
    "T5": capacitated,
    "T8": two_stage,
    "T12": best_sets,
    "T13": large_model,
    "T14": starting,
}
"""Parts by the first target they measure."""


HEAD = "| # | job | target | reached | beside it, same run | met |\n|---|---|---|---|---|---|"


def rows(lines: list[Line]) -> list[str]:
    """Rows of the table in RESULTS.md."""
    met = {True: "yes", False: "**no**", None: "not measured"}
    return [f"| {x.target} | {x.job} | {x.aim} | {x.reached} | {x.beside} | {met[x.met]} |" for x in lines]


def merged(old: str, lines: list[Line]) -> str:
    """The table with the lines of the targets measured now in the place of earlier ones."""
    now = {x.target for x in lines}
    kept = [row for row in old.splitlines() if row.startswith("| T") and row.split("|")[1].strip() not in now]
    return "\n".join([HEAD, *sorted(kept + rows(lines), key=lambda row: int(row.split("|")[1].strip()[1:]))])


def machine() -> str:
    """Machine and versions, in one paragraph."""
    import os

    names = ("numpy", "scipy", "highspy", "pulp", "spopt", "pbp-pmedian")
    here = [n for n in names if importlib.util.find_spec(n.replace("-", "_")) is not None]
    versions = ", ".join(f"{n} {importlib.metadata.version(n)}" for n in here)
    return (
        f"{date.today():%d %B %Y}. {platform.machine()}, {os.cpu_count()} shared cores, {platform.system()}, "
        f"Python {platform.python_version()}, {versions}."
    )


def main() -> None:
    """Measure, print, and write RESULTS.md."""
    if not instances.there():
        raise SystemExit("CAPACITY_INSTANCES does not name a folder with the benchmark files: nothing was measured.")
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        raise SystemExit(f"{', '.join(unknown)}: no part of its own. Parts are {', '.join(PARTS)}.")
    lines: list[Line] = []
    for name in wanted:
        for line in PARTS[name]():
            lines.append(line)
            print(f"{line.target:4} {line.job}: {line.reached}; {line.beside or '-'} (target {line.aim})", flush=True)
    before, _, rest = RESULTS.read_text(encoding="utf-8").partition(START)
    old, _, after = rest.partition(END)
    RESULTS.write_text(f"{before}{START}\n{machine()}\n\n{merged(old, lines)}\n{END}{after}", encoding="utf-8")
    print(f"Wrote {RESULTS.name}.")


if __name__ == "__main__":
    main()

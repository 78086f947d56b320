"""The report: one self-contained HTML page that asks nobody for anything."""

from __future__ import annotations

import math
import os
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity import __version__
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.report import around, influenced, tables
from capacity.report.annex import annexes
from capacity.report.geometry import Areas, ground_of
from capacity.report.marks import shared, style
from capacity.report.naming import short_names
from capacity.report.ordered import Order, in_order
from capacity.report.payload import privacy, to_json
from capacity.report.phrases import Phrases, phrases
from capacity.report.prices import PRICES, prices_said, sources_said, sums_of
from capacity.report.settings_said import rule_said
from capacity.report.signs import shown
from capacity.report.studied import Studies, studies_of
from capacity.report.views import first_map, views_of
from capacity.report.words import hours_of, hours_of_courses, rounded_up
from capacity.rules import rules_on
from capacity.rules.families import RegionAccess
from capacity.rules.objectives import TRAVEL
from capacity.studies.equity import WITHIN
from capacity.studies.who_pays import WhoPays, who_pays
from capacity.writing import refuse_file, whole_file

if TYPE_CHECKING:
    from capacity.problem.named import NamedScenario
    from capacity.studies.influence import Influence
    from capacity.studies.robustness import Robustness
    from capacity.studies.simulation import Stress

MADE_BY = "<!-- Made by capacity; content"
"""At the end of a page, before the hash of what stands above it."""


@told
def write_report(plan: Plan, path: str | os.PathLike[str], *, force: bool = False, **options: Any) -> Path:
    """Write the report of a plan; see `report_page` for the options.

    Parameters
    ----------
    plan : Plan
    path : path
        An .html file; a page there is replaced where it is as this library wrote it.
    force : bool
        Replace whatever file is there.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    DataError
        Where a file of others is there, or a page that was changed since.
    """
    refuse_page(path, force=force)
    return write_page(report_page(plan, **options), path, force=force)


def refuse_page(path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Refuse to replace a file of others, or a page that was changed since: before anything is worked out."""
    refuse_file(path, ours=our_page, force=force)


def write_page(page: str, path: str | os.PathLike[str], *, force: bool = False) -> Path:
    """Write a page, with the hash that says it is this library's own."""
    page = page.rstrip("\n") + "\n"
    text = f"{page}{_mark_of(page)}"
    return whole_file(path, lambda made: made.write_bytes(text.encode()), ours=our_page, force=force)


def our_page(path: Path) -> bool:
    """Whether a page is as this library wrote it: its last line has the hash of the others."""
    try:
        page, found, rest = path.read_bytes().decode().rpartition(MADE_BY)
    except (OSError, ValueError):
        return False
    return bool(found) and MADE_BY + rest == _mark_of(page)


def _mark_of(page: str) -> str:
    return f"{MADE_BY} {sha256(page.encode()).hexdigest()} -->\n"


@told
def report_page(
    plan: Plan,
    *,
    language: str = "en",
    studies: bool = True,
    scenarios: Sequence[NamedScenario] | None = None,
    robustness: Robustness | None = None,
    stress: Stress | None = None,
    influence: Influence | None = None,
    areas: Areas | None = None,
    code: str | None = None,
    table: str | None = None,
    order: Order | None = None,
) -> str:
    """The report of a plan as HTML.

    Parameters
    ----------
    plan : Plan
    language : {"en", "da"}
    studies : bool
        Whether to work out what is cheap: alternatives, the ladder, how much each assumption
        matters, named figures, simulated years. What is left out is said in the report.
    scenarios : sequence of NamedScenario, optional
        By default those of the plan's case.
    robustness, stress, influence : results of these studies, optional
        Taken instead of working them out.
    areas, code : see `capacity.report.map.draw_map`
    table : str, optional
        The address of the case's table (`capacity table`), beside the report.
    order : Adaptive or RollOut, optional
        What `capacity.adapt` or `capacity.roll_out` gave, to be told in a section of its own.
    """
    t = phrases(language)
    studied = studies_of(
        plan, scenarios=scenarios, robustness=robustness, stress=stress, influence=influence, work=studies
    )
    net = plan.problem.network
    names = short_names(net.site_ids, net.site_names)
    placed = net.point_lonlat is not None and net.site_lonlat is not None
    shapes: dict[str, str] = {}
    ground = ground_of(plan.problem, None, areas, code) if placed else None
    views, more = views_of(plan, studied, t, names, ground, shapes)
    # The page runs this script and no other: whatever got past the escaping would still not run.
    script = files("capacity.report").joinpath("report.js").read_text(encoding="utf-8")
    problem = plan.problem
    paid = who_pays(plan) if studies and tables.priced(plan, t) is not None else None
    page = template("report.html.j2").render(
        t=t,
        map_style=style(),
        shapes=shared(shapes) if shapes else "",
        script=script,
        script_hash=b64encode(sha256(script.encode()).digest()).decode(),
        name=tables.said(t, problem.name) if problem.name else tables.Cell(text=t("title")),
        table=table,
        made=t("made", when=t.date(str(plan.record.get("started", ""))), version=__version__),
        answer=answer(plan, t),
        key_figures=key_figures(plan, t),
        views=views,
        first_map=first_map(views[0].maps),
        evenness=tables.evenness(plan, t),
        evenness_text=t("evenness-text", share=t.percent(problem.worst_off_share), minutes=t.plain(WITHIN)),
        scenarios=tables.scenarios(plan, t),
        **_paid_in_order(plan, paid, order, t),
        absent=around.absent(plan, studied.absent, t, names),
        **_around(plan, studied, t, names),
        method=_method(plan, t),
        limits=limits(plan, t),
        rules=tables.rules(plan, t, names),
        notices=[*(tables.said(t, n) for n in problem.notices), *around.notes(studied.robustness, t)],
        left_out=_left_out(plan, studied, more, t),
        annexes=annexes(plan, t, names, paid, around.absent_by_region(plan, studied.absent, t, names)),
        record=_record(plan, t),
        whole_record=to_json({**plan.record, "privacy": privacy(problem)}),
        data=t("data", sources="; ".join(t.said(a) or a for a in problem.attribution)) if problem.attribution else "",
    )
    return shown(page, kept="\n\t")


def _paid_in_order(plan: Plan, paid: WhoPays | None, order: Order | None, t: Phrases) -> dict[str, Any]:
    """What prices rest on, who pays, and what is opened first, where either is told."""
    return {
        "prices": prices_said(plan, t),
        "payers": paid and tables.payers(paid, t),
        "payers_text": paid and _payers_text(paid, t),
        "order": order and in_order(order, t),
    }


def _left_out(plan: Plan, studied: Studies, more: int, t: Phrases) -> list[str]:
    """What is not in the report, and why: studies, rows of tables, and so many further plans."""
    said = [left_out(one.study, one.why, one.values, t) for one in studied.left_out]
    if len(plan.problem.scenarios.ids) > tables.MOST_SCENARIOS:
        said.append(_cut(plan, t))
    return [*said, *([t("left-out-views", study=t("others"), count=more)] if more else [])]


def _payers_text(paid: WhoPays, t: Phrases) -> str:
    """What is paid for, and what is not among it."""
    cost, building, startup = (t.number(v / 1e6, 1) for v in (paid.cost_dkk, paid.building_dkk, paid.startup_dkk))
    said = t("payers-text", cost=cost, building=building, startup=startup, years=t.number(paid.years))
    also = [said]
    if paid.courses_dkk:
        also.append(t("payers-courses", dkk=t.number(paid.courses_dkk / 1e6, 1)))
    if paid.aftercare_dkk:
        also.append(t("payers-aftercare", dkk=t.number(paid.aftercare_dkk / 1e6, 1)))
    return " ".join(also)


def template(name: str) -> Any:
    """A page's template."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("capacity", "report"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["code"] = _code
    return environment.get_template(name)


def _around(plan: Plan, studied: Studies, t: Phrases, names: Mapping[str, str]) -> dict[str, Any]:
    """What the studies say, by the names the page has for it."""
    return {
        "leans": influenced.leans(plan, studied.influence, t, names),
        "deciding": influenced.deciding(studied.influence, t, names),
        "sure": influenced.how_sure(studied.standing, studied.influence, t),
        "alternatives": studied.alternatives and around.alternatives(studied.alternatives, t, names),
        "ladder": studied.ladder and around.ladder(studied.ladder, t, names),
        "ladder_chart": _ladder_chart(plan, studied, t, names),
        "robustness": studied.robustness and around.robustness(plan, studied.robustness, studied.scenarios, t, names),
        "verdict": studied.robustness and around.verdict(plan, studied.robustness, _keys(studied), t, names),
        "closures": studied.robustness and around.closures(studied.robustness, t, names),
        "stress": studied.stress and around.stress(plan, studied.stress, t, names),
        "stress_aftercare": around.stress_aftercare(studied.stress, t, names),
        "opening": studied.stress and around.opening(studied.stress, t, names),
        "stress_text": studied.stress and _stress_text(studied.stress, t),
    }


def _keys(found: Studies) -> list[str]:
    return [] if found.influence is None else [s.key for s in found.influence.settings]


def _code(text: str) -> str:
    """Commands that stand between back quotes, marked as such; all else escaped."""
    from markupsafe import Markup, escape

    parts = [escape(part) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(Markup(f"<code>{part}</code>") if k % 2 else part for k, part in enumerate(parts))


def answer(plan: Plan, t: Phrases) -> list[str]:
    """The answer in three sentences."""
    table = plan.unit_table
    net = plan.problem.network
    names = short_names(net.site_ids, net.site_names)
    units = [t("unit-beds", name=names[j], beds=b) for j, b in zip(table["site_id"], table["beds"], strict=True)]
    if "risk_value" in plan.record:
        # Made for a risk over scenarios: what is proven is said by the certificate.
        proof = tables.said(t, plan.certificate).text
    elif plan.status == "given":
        broken = {one.rule for one in plan.broken}
        named = t.joined([rule_said(rule, t)[0] for rule in rules_on(plan.problem) if rule.name in broken])
        proof = t("answer-given-broken", rules=named) if broken else t("answer-given")
    elif plan.status == "optimal":
        courses = plan.problem.outpatient.on and plan.objective_name == TRAVEL.name
        phrase = "answer-proven-courses" if courses else "answer-proven"
        proof = _of_goal(phrase, plan, t, hours=t.number(plan.family_hours_per_year))
    elif math.isfinite(plan.gap):
        proof = t("answer-unproven", gap=t.percent(*rounded_up(plan.gap)))
    else:
        proof = t("answer-unknown")
    visits, trips = hours_of(plan)
    opened = t("answer-open", count=len(units), beds=plan.beds, total=t.number(plan.beds), units="; ".join(units))
    return [
        " ".join((opened, *beds_after(plan, t))),
        proof,
        t(
            "answer-travel",
            mean=t.number(plan.mean_minutes),
            longest=t.number(plan.longest_minutes),
            visits=t.number(visits),
            trips=t.number(trips),
        ),
        *_further_travel(plan, t),
    ]


def beds_after(plan: Plan, t: Phrases) -> list[str]:
    """How many beds are for aftercare; none without any."""
    after = round(plan.figures.get("aftercare_beds", 0.0))
    return [t("answer-aftercare", beds=after, total=t.number(after))] if after else []


def _further_travel(plan: Plan, t: Phrases) -> list[str]:
    """What families on outpatient courses, and those without a car, travel."""
    said = []
    if plan.problem.outpatient.on:
        said.append(t("answer-courses", hours=t.number(hours_of_courses(plan))))
    if "women_by_transit" in plan.figures:
        means = (plan.figures[f"mean_minutes_by_{way}"] for way in ("car", "transit"))
        car, transit = map(t.number, means)
        women = t.number(plan.figures["women_by_transit"], 1)
        said.append(t("answer-by-transit", car=car, women=women, transit=transit))
    return said


def _of_goal(phrase: str, plan: Plan, t: Phrases, **values: str) -> str:
    """A phrase in the form of the plan's objective, where it has one."""
    own = f"{phrase}-{plan.objective_name}"
    return t(own if t.has(own) else phrase, **values)


def key_figures(plan: Plan, t: Phrases) -> list[tuple[str, str]]:
    """The figures at the top, each with what it is and what it rests on."""
    travel = t("key-modelled" if plan.problem.travel.modelled else "key-given")
    figures = [
        (t.number(len(plan.site_ids)), t("key-units-of", count=len(plan.site_ids))),
        (t.number(plan.beds), _beds_said(plan, t)),
        (t.number(plan.mean_minutes), t("key-travel", source=travel)),
    ]
    running, _, building = (amount / 1e6 for amount in sums_of(plan))
    if running:
        figures.append((t.number(running, 1), t("key-running", source=sources_said(plan, t, *PRICES[:3]))))
    if building:
        figures.append((t.number(building), t("key-building", source=sources_said(plan, t, PRICES[4]))))
    figures.append((t.plain(round(plan.problem.scenarios.women_per_year, 1)), t("key-women")))
    access = plan.problem.policy.region_access
    if access is not None:
        share = tables.share_within(plan)
        rests = sources_said(plan, t, f"rules.{RegionAccess.name}")
        figures.append((t.percent(share), t("key-within", minutes=t.plain(access.minutes), source=rests)))
    return figures


def _beds_said(plan: Plan, t: Phrases) -> str:
    """The units' beds, and those of aftercare that stand beside them."""
    beds = t("key-beds-of", count=plan.beds)
    after = round(plan.figures.get("aftercare_beds", 0.0))
    return t("key-beds-aftercare", beds=beds, after=t.number(after)) if after else beds


def _ladder_chart(plan: Plan, found: Studies, t: Phrases, names: Mapping[str, str]) -> str:
    from capacity.report.charts import ladder_chart

    return "" if found.ladder is None else ladder_chart(plan, found.ladder, found.scenarios, t, names)


def _stress_text(found: Stress, t: Phrases) -> str:
    record = found.record
    return t(
        "stress-text",
        years=t.number(record["years"]),
        runs=t.number(record["replications"]),
        seed=str(record["seed"]),
        overflow="yes" if record["overflow"] else "no",
    )


def _method(plan: Plan, t: Phrases) -> str:
    problem, promise = plan.problem, plan.problem.promise
    held = {
        "loss": lambda: t("promise-loss", share=t.percent(promise.turned_away)),
        "wait": lambda: t("promise-wait", share=t.percent(promise.wait_probability), days=t.plain(promise.wait_days)),
        "occupancy": lambda: t("promise-occupancy", share=t.percent(promise.occupancy)),
    }[promise.kind]()
    goal = f"goal-{plan.objective_name}"
    if problem.outpatient.on and t.has(f"{goal}-courses"):
        goal += "-courses"
    counted = problem.split is not None
    return t(
        "method-text",
        goal=t(goal) if t.has(goal) else plan.objective_name,
        certificate=tables.said(t, plan.certificate).text,
        promise=held,
        travel=t("travel-modelled") if problem.travel.modelled else t("travel-given"),
        women=t("women-counted", limit=t.plain(problem.smallest_count)) if counted else t("women-split"),
    )


def limits(plan: Plan, t: Phrases) -> str:
    """What a plan cannot know, with the range of single years around the mean (Poisson, 95 %)."""
    mean = plan.problem.scenarios.women_per_year
    spread = 1.96 * math.sqrt(mean)
    return t("limits", mean=t.plain(mean), low=t.number(max(0.0, mean - spread)), high=t.number(mean + spread))


def left_out(study: str, why: str, values: Mapping[str, float], t: Phrases) -> str:
    """A study that was not worked out, and why."""
    return t(why, study=t(study), **{key: t.number(value) for key, value in values.items()})


def _cut(plan: Plan, t: Phrases) -> str:
    all_of_them = t.number(len(plan.problem.scenarios.ids))
    return t("left-out-rows", study=t("by-scenario"), shown=t.number(tables.MOST_SCENARIOS), all=all_of_them)


def _record(plan: Plan, t: Phrases) -> list[tuple[str, str]]:
    """The heads of the run record."""
    record = plan.record
    files = record.get("inputs", {}).get("files", {})
    rows = [
        (t("record-version"), f"capacity {record.get('capacity', __version__)}, Python {record.get('python', '')}"),
        (t("record-when"), t.date(str(record.get("started", "")))),
        (t("record-engine"), str(record.get("engine", ""))),
        (t("record-solver"), str(record.get("solver", ""))),
        (t("record-certificate"), tables.said(t, plan.certificate).text),
        (t("record-problem"), plan.problem.fingerprint),
        (t("record-inputs"), ", ".join(f"{name} ({digest[:12]})" for name, digest in files.items())),
    ]
    return [(head, value) for head, value in rows if value and value != "none"]

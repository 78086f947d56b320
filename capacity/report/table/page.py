"""The planner's table: one page that works plans out by itself, without a server."""

from __future__ import annotations

import json
import os
import zlib
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity import __version__
from capacity.problem.calls import told
from capacity.problem.settings import SET_NOW, keys, value_of
from capacity.report.geometry import Areas
from capacity.report.marks import style
from capacity.report.naming import short_names
from capacity.report.page import refuse_page, write_page
from capacity.report.phrases import LOCALES, Phrases, phrases
from capacity.report.settings_said import name_of, rule_said
from capacity.report.signs import shown
from capacity.report.table.beyond import beyond
from capacity.report.table.catalogue import catalogue
from capacity.report.table.data import FORMAT, table_data
from capacity.report.table.drawing import drawn
from capacity.report.table.source import engine_knows, engine_source, module, plain
from capacity.report.table.squeezed import squeezed
from capacity.report.table.still import still_data
from capacity.report.tables import said as of_library
from capacity.rules import RULES, Rule
from capacity.rules.objectives import OBJECTIVES, objectives_of
from capacity.rules.values import required

if TYPE_CHECKING:
    from capacity.plan.plan import Plan
    from capacity.problem.problem import Problem

SCRIPTS = ("words", "dom", "state", "map", "views", "inputs", "page")
"""The page's own modules, each after those it takes from."""

RULE = {rule.name: rule for rule in RULES}


@told
def write_table(
    problem: Problem, path: str | os.PathLike[str], *, plan: Plan | None = None, force: bool = False, **options: Any
) -> Path:
    """Write the planner's table of a problem; see `table_page` for the options.

    Parameters
    ----------
    problem : Problem
    path : path
        An .html file; a page there is replaced where it is as this library wrote it.
    plan : Plan, optional
        What is on the table at first.
    force : bool
        Replace whatever file is there.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    DataError
        Where the table cannot work the problem's plans out and there is none to show, or a file of others is there.
    """
    refuse_page(path, force=force)
    return write_page(table_page(problem, plan, **options), path, force=force)


@told
def table_page(
    problem: Problem,
    plan: Plan | None = None,
    *,
    language: str = "en",
    areas: Areas | None = None,
    code: str | None = None,
    asked: str | None = None,
    report: str | None = None,
) -> str:
    """The planner's table as HTML.

    Parameters
    ----------
    problem : Problem
    plan : Plan, optional
        What is on the table at first; without it nothing is open. Where the table cannot work plans of the problem out,
        it is shown as it is, to be read alone.
    language : {"en", "da"}
    areas, code : see `capacity.report.map.draw_map`
    asked : str, optional
        How the case is named on a command line, with the settings changed for it; by default the built-in case
        with every setting that is set for this run.
    report : str, optional
        The address of the case's report, beside this page.
    """
    t = phrases(language)
    objectives = [
        name for name in engine_knows().objectives if name in OBJECTIVES and OBJECTIVES[name].told_of(problem)
    ]
    still = beyond(problem) if plan is not None else None
    if still is None or plan is None:
        said = table_data(problem, plan, language)
    else:
        said = still_data(plan, FORMAT, language)
    _in_words(said, t)
    said["beyond"] += _goals_beyond(problem, plan, t)
    map_drawn = drawn(problem, t, areas, code)
    script, styled = _script(), _style()
    said |= _words(problem, plan, t, script) | {"asked": asked_of(problem) if asked is None else asked}
    if map_drawn is not None:
        said["map"] = map_drawn.to_json()
    page = _template().render(
        t=t,
        name=(t.said(problem.name) or problem.name) if problem.name else t("title"),
        style=styled,
        style_hash=_hash(styled),
        script=script,
        script_hash=_hash(script),
        data=_packed(said),
        drawn=map_drawn,
        goals=[(name, t(f"table-goal-{name}")) for name in objectives],
        goal=said["objective"]["name"],
        about=_about(problem, areas, t),
        data_said=_attribution(problem, t),
        notices=[of_library(t, notice) for notice in problem.notices],
        made=f"capacity {__version__} · {problem.fingerprint[:16]}",
        report=report,
        still=None if still is None else _why(still.kind, still.value, t),
    )
    return shown(page, kept="\n\t")


def asked_of(problem: Problem) -> str:
    """Every setting that is set for this run, as options of a command."""
    set_now = [key for key in keys(problem.policy) if problem.sources.get(key) == SET_NOW]
    return " ".join(f"--set {_quoted(f'{key}={_toml(value_of(problem, key))}')}" for key in set_now)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def _quoted(word: str) -> str:
    from shlex import quote

    return quote(word)


def _words(problem: Problem, plan: Plan | None, t: Phrases, script: str) -> dict[str, Any]:
    """What the page says beside the numbers: phrases, names of rules and units, short names of sites."""
    net = problem.network
    proven = plan is not None and plan.status == "optimal" and plan.objective_name in engine_knows().objectives
    return {
        "locale": LOCALES[t.language].replace("_", "-"),
        "catalogue": catalogue(t.language, script),
        "known": {"text": t.said(plan.certificate) or plan.certificate} if plan is not None and proven else None,
        "short": list(short_names(net.site_ids, net.site_names).values()),
        "ambulatories": [j in net.ambulatories for j in net.site_ids],
        "rule_words": {rule.name: dict(zip(("name", "sentence"), rule_said(rule, t), strict=True)) for rule in RULES},
        "unit_words": {rule.unit: said for rule in RULES if (said := t.said(rule.unit)) not in (None, rule.unit)},
    }


def _in_words(said: dict[str, Any], t: Phrases) -> None:
    """Sources and labels in the page's language, and by what a rule's value is changed."""
    for one in said["settings"]:
        one["source"] = t.said(one["source"]) or one["source"]
        section, _, name = one["key"].partition(".")
        if section == "rules" and name in RULE:
            one["form"] = _form(RULE[name])
    for one in said["read_only"]:
        one["command"] = f"--set {one['key']}={'false' if one['value'] is True else '...'}"
    some = [one["id"] for one in said["figures"][:2]] or ["...", "..."]
    said["beyond"] = [
        {"name": t("table-only-prices"), "why": "prices", "command": "--set prices.RULE=..."},
        {
            "name": t("table-only-scenarios"),
            "why": "scenarios",
            "command": " ".join(f"--scenario {one}" for one in some),
        },
    ]
    for one in said["figures"]:
        one["label"] = t.said(one["label"]) or one["label"]
        if "refused" in one:
            one["refused"] = _why(one.pop("kind"), one.pop("value"), t)


def _why(kind: str, value: str, t: Phrases) -> str:
    """Why the page cannot work something out; settings by their names."""
    return t(f"table-still-{kind}", value=", ".join(name_of(part, t) for part in value.split(", ")))


def _goals_beyond(problem: Problem, plan: Plan | None, t: Phrases) -> list[dict[str, str]]:
    """What a plan may be best at that the engine does not know: it is named, with the command."""
    goals = [one.name for one in objectives_of(problem)] + ([plan.objective_name] if plan is not None else [])
    return [
        {"name": f"{t('table-goal')} {name}", "why": "newer", "command": f"--objective {name}"}
        for name in dict.fromkeys(goals)
        if name not in engine_knows().objectives
    ]


def _form(rule: type[Rule]) -> str:
    """What a rule's value is: a number, two of them, a list, or that it is on."""
    if "" in rule.measure:
        return "number"
    if not required(rule):
        return "toggle"
    return "pair" if len(required(rule)) > 1 else "list"


def _about(problem: Problem, areas: Areas | None, t: Phrases) -> str:
    return " ".join(
        (
            t("map-cells") if areas is None else t("map-areas"),
            t("map-modelled") if problem.travel.modelled else t("map-given"),
        )
    )


def _attribution(problem: Problem, t: Phrases) -> str:
    return t("data", sources="; ".join(t.said(a) or a for a in problem.attribution)) if problem.attribution else ""


def _packed(said: dict[str, Any]) -> str:
    """JSON, deflated, as letters and digits: a third as long, and no name in it is ever markup."""
    text = json.dumps(_seen(said), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return b64encode(zlib.compress(text.encode(), 9)).decode()


def _seen(said: Any) -> Any:
    """What is said with marks for signs that cannot be seen, as everywhere on the page."""
    if isinstance(said, str):
        return shown(said, kept="\n\t")
    if isinstance(said, dict):
        return {_seen(key): _seen(value) for key, value in said.items()}
    if isinstance(said, (list, tuple)):
        return [_seen(one) if isinstance(one, (str, dict, list, tuple)) else one for one in said]
    return said


def _script() -> str:
    """The engine and the page's modules as one script, in a scope of its own."""
    modules = "\n".join(plain(module(name)) for name in SCRIPTS)
    script = squeezed(f"{engine_source()}{modules}".split("\n"))
    return f'(function(){{\n"use strict";\n{script}}})();'


def _style() -> str:
    """The page's rules, and the maps'."""
    page = files("capacity.report.table").joinpath("page.css").read_text(encoding="utf-8")
    return page + style(("text", "land", "unit", "unit-edge"), own=False)


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def _template() -> Any:
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("capacity", "report/table")
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template(
        "page.html.j2"
    )

"""What a report says of each assumption: what was tried, and what becomes of the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from capacity.plan.plan import Plan
from capacity.report.phrases import Phrases
from capacity.report.settings_said import given_said, name_of, setting_said, value_said
from capacity.report.tables import Cell, Grid, Row, grid, said
from capacity.report.words import leans_on
from capacity.studies.influence import MEASURES, Influence, Setting, Try, Turn
from capacity.studies.standing import Standing
from capacity.tolerances import MOVED

DECIDING = 3
"""Choices told at the top of a report."""

SCALES: Mapping[str, tuple[float, int]] = {
    "beds": (1, 0),
    "dkk_per_year": (1 / 1e6, 1),
    "mean_minutes": (1, 0),
    "longest_minutes": (1, 0),
    "hours_per_year": (1, 0),
    "women_within": (1, 1),
}
"""What a measure is multiplied by, and its decimals."""


def leans(plan: Plan, leaning: Influence | None, t: Phrases, names: Mapping[str, str]) -> Grid:
    """Each assumption as it stands, what was tried, what becomes of the plan, source; what decides first is first."""
    problem = plan.problem
    known = {key: source for key, _, source in leans_on(problem)}
    rows: list[Row] = []
    for one in [] if leaning is None else leaning.settings:
        assert leaning is not None
        source = known.pop(one.key, one.source)
        tried = t.joined(_value(one, value, t, names) for value in dict.fromkeys(_hashed(x.value) for x in one.tries))
        what = becomes(one, leaning, t, names) if one.tries else t("leans-unknown")
        rows.append([_named(one, t, names), tried if one.tries else "", Cell(text=what), said(t, source)])
    inside = {one.key.rpartition(".")[0] for one in ([] if leaning is None else leaning.settings)}
    for key, source in known.items():
        if key not in inside:
            value = value_said(key, problem, t, names)
            rows.append([_with_value(name_of(key, t), value, t), "", t("leans-unknown"), said(t, source)])
    heads = ("setting", "tried", "leans-what", "source")
    return grid(t("leans"), [(t(h), False) for h in heads], rows)


def _hashed(value: object) -> object:
    return tuple(map(_hashed, value)) if isinstance(value, list) else value


def _named(one: Setting, t: Phrases, names: Mapping[str, str]) -> str:
    return _with_value(name_of(one.key, t), _value(one, one.value, t, names), t)


def _with_value(name: str, value: str, t: Phrases) -> str:
    return t("leans-stands", name=name, value=value) if value else name


def _value(one: Setting, value: object, t: Phrases, names: Mapping[str, str]) -> str:
    return setting_said(one.key, value, t, names)


def becomes(one: Setting, found: Influence, t: Phrases, names: Mapping[str, str]) -> str:
    """What becomes of the plan over all that was tried of a setting, in a sentence."""
    parts = list(_changes(one, found, t, names))
    if parts:
        return _sentence("; ".join(parts))
    moved = list(_spans(one.tries, found, t))
    return t("leans-same", what=t.joined(moved)) if moved else t("leans-nothing")


def _changes(one: Setting, found: Influence, t: Phrases, names: Mapping[str, str]) -> Iterator[str]:
    """Where other units are best, or none."""
    for turn in sorted(one.switch_points, key=lambda turn: turn.way != "below"):
        what, value = units_change(turn, t, names), given_said(one.key, _round(turn), t, names)
        said = t(f"turn-{turn.way}", what=what, value=value)
        yield said if turn.proven else t("turn-unproven", said=said)
    inside = {turn.site_ids for turn in one.switch_points} | {found.base.site_ids}
    for tried in one.tries:
        if tried.site_ids not in inside or (not one.switch_points and tried.site_ids != found.base.site_ids):
            yield t("turn-at", what=units_change(tried, t, names), value=_value(one, tried.value, t, names))


def _round(turn: Turn) -> float:
    """The value as it is told: three digits that count, and all of a whole number."""
    return float(f"{turn.value:.3g}") if abs(turn.value) < 1_000 else round(turn.value, -3)


def units_change(one: Turn | Try, t: Phrases, names: Mapping[str, str]) -> str:
    """Which units are best instead."""
    more, fewer = (t.joined(names[j] for j in some) for some in (one.opened, one.closed))
    if not one.site_ids:
        return t("turn-unknown" if isinstance(one, Try) and one.status == "unknown" else "turn-none")
    if one.opened and one.closed:
        return t("turn-instead", more=more, fewer=fewer)
    if one.opened:
        return t("turn-more", more=more)
    return t("turn-fewer", fewer=fewer) if one.closed else t("turn-back")


def _spans(tries: Sequence[Try], found: Influence, t: Phrases) -> Iterator[str]:
    """The measures that move while the units stay, each from its least to its greatest."""
    for name in MEASURES:
        values = [v for one in (found.stands, *tries) if (v := getattr(one, name)) is not None]
        if not values or max(values) - min(values) <= MOVED * abs(values[0]):
            continue
        scale, decimals = SCALES[name]
        low, high = (t.number(scale * v, decimals) for v in (min(values), max(values)))
        if low != high:
            courses = name == "hours_per_year" and found.base.problem.outpatient.on
            yield t(f"span-{name}-courses" if courses else f"span-{name}", low=low, high=high)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def deciding(found: Influence | None, t: Phrases, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The choices that decide: each with what becomes of the units."""
    first = [] if found is None else [s for s in found.settings if s.changes_units][:DECIDING]
    return [(_named(one, t, names), becomes(one, found, t, names)) for one in first if found is not None]


def how_sure(standing: Standing | None, found: Influence | None, t: Phrases) -> list[str]:
    """In how many figures of demand the units are right, and how many assumptions change them."""
    said = []
    if standing is not None:
        said.append(t("sure-right", right=t.number(standing.right_in), count=t.number(standing.scenarios)))
    if found is not None and (count := len(found.settings)):
        few = len(found.changing)
        few_of = {"few": t.number(few), "count": t.number(count)}
        said.append(t("sure-leans", **few_of) if few else t("sure-leans-none", count=t.number(count)))
    return said

"""Settings in words: what each is called, and its value with its unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from capacity.problem.problem import Problem
from capacity.report.phrases import Phrases
from capacity.rules import RULES, Rule
from capacity.rules.admitted import AdmittedIncome, AdmittedVolume

UNITS: Mapping[str, str] = {
    "demand.women_per_year": "women-per-year",
    "stay.mean_days": "days",
    "promise.wait_days": "days",
    "travel.visits_per_week": "per-week",
    "travel.ambulatory_trips_per_week": "per-week",
    "sizes.smallest": "beds-of",
    "sizes.largest": "beds-of",
    "finance.unit_dkk_per_year": "dkk-per-year",
    "finance.bed_dkk_per_year": "dkk-per-year",
    "finance.occupied_day_dkk": "dkk",
    "finance.day_rate_dkk": "dkk",
    "finance.grant_dkk_per_year": "dkk-per-year",
    "finance.building_dkk_per_bed": "dkk",
    "finance.years": "years-of",
    "outpatient.dkk_per_course": "dkk",
    "outpatient.visits_per_week": "per-week",
    "outpatient.beyond_minutes": "minutes-of",
    "pathways.residential": "dkk",
    "pathways.outpatient": "dkk",
    "pathways.none": "dkk",
    "aftercare.days": "days",
    "aftercare.wait_days": "days",
    "aftercare.house_dkk_per_year": "dkk-per-year",
    "aftercare.bed_dkk_per_year": "dkk-per-year",
    "aftercare.occupied_day_dkk": "dkk",
    "aftercare.person_day_dkk": "dkk",
    "aftercare.day_rate_dkk": "dkk",
    "aftercare.building_dkk_per_bed": "dkk",
    "finance.filling_years": "years-of",
    "demand.weight": "column",
    **{f"rules.{rule.name}{part and '.'}{part}": phrase for rule in RULES for part, phrase in rule.measure.items()},
}
"""The phrase a setting's number stands in."""

SHARES = (
    "promise.turned_away",
    "promise.wait_probability",
    "promise.occupancy",
    "finance.interest",
    "objective.worst_off_share",
    "outpatient.effect",
    "aftercare.held_up",
    "aftercare.wait_probability",
    "aftercare.occupancy",
    "aftercare.with_partner",
    "aftercare.with_children",
    "travel.without_car",
)


def name_of(key: str, t: Phrases) -> str:
    """What a setting is called; its key where it has no name."""
    section, _, setting = key.partition(".")
    rule, _, part = setting.partition(".")
    if part and t.has(f"part-{part}") and t.has(f"rule-{rule}.name"):
        return t("setting-part", name=t(f"rule-{rule}.name"), part=t(f"part-{part}"))
    phrase = f"rule-{setting}.name" if section == "rules" else f"setting-{section}-{setting}"
    return t(phrase) if t.has(phrase) else key


def model_said(name: str, t: Phrases) -> str:
    """What a payment model is called; its own name where it is the planner's."""
    return t(f"payment-{name}") if t.has(f"payment-{name}") else name


def rule_said(rule: Rule | type[Rule], t: Phrases) -> tuple[str, str]:
    """A rule's name and sentence: the catalogue's, or else its own."""
    if t.has(f"rule-{rule.name}"):
        own = f"rule-{rule.name}-admitted"
        counts_admitted = isinstance(rule, (AdmittedVolume, AdmittedIncome))
        return t(f"rule-{rule.name}.name"), t(own if counts_admitted else f"rule-{rule.name}")
    return rule.words.get(t.language, (rule.name, rule.sentence))


def number_said(key: str, value: float, t: Phrases) -> str:
    """A setting's number by itself, as the end of a range."""
    share = key in SHARES or key.endswith(".share")
    return t.percent(value, 0 if round(100 * value, 6) % 1 == 0 else 1) if share else t.plain(value)


def value_said(key: str, problem: Problem, t: Phrases, names: Mapping[str, str]) -> str:
    """A setting's value with its unit."""
    if key == "demand.counts":
        split = problem.split
        if split is None:
            return ""
        return t("value-counts", women=t.plain(split.counted), share=t.percent(1 - split.mean_shrinkage))
    return given_said(key, problem.get(key), t, names)


def given_said(key: str, value: Any, t: Phrases, names: Mapping[str, str]) -> str:
    """A value a setting has, or might have, with its unit; "" of a rule that is only on or off."""
    if key == "travel.uptake":
        if not value:
            return t("value-everybody")
        return "; ".join(t("value-uptake", share=t.percent(s), minutes=t.plain(minutes)) for minutes, s in value)
    if key == "finance.counts":
        return t(f"counts-{value}")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        said = number_said(key, value, t)
        phrase = UNITS.get(key, "minutes-of" if key.endswith(".minutes") else None)
        return t(phrase, value=said, count=value) if phrase else said
    if key.startswith("rules."):
        return rule_value(key.removeprefix("rules."), value, t, names)
    if isinstance(value, bool) or value is None:
        return ""
    # Columns of the built-in case and kinds of promise have a name of their own.
    own = f"value-{value}"
    if t.has(own):
        return t(own)
    return t(UNITS[key], value=str(value)) if key in UNITS else str(value)


def setting_said(key: str, value: Any, t: Phrases, names: Mapping[str, str]) -> str:
    """A value of a setting in words; of what is only on or off, which of the two."""
    if value is False or value is True:
        return t("value-everybody") if key == "travel.uptake" else t("value-on" if value else "value-off")
    return given_said(key, value, t, names)


def rule_value(rule: str, value: Any, t: Phrases, names: Mapping[str, str], measure: str | None = None) -> str:
    """A rule's value in words; "" where it is only on. A number stands in the phrase of its measure."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, (int, float)):
        phrase = measure or UNITS.get(f"rules.{rule}")
        return t(phrase, value=t.plain(value), count=value) if phrase else t.plain(value)
    if isinstance(value, Mapping):
        return "; ".join(text for key, v in value.items() if (text := _part(rule, key, v, value, t, names)))
    if isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(v, int) for v in value):
        low, high = value
        return t.plain(low) if low == high else t("range-of", low=t.plain(low), high=t.plain(high))
    return t.joined(names.get(str(v), str(v)) for v in value)


def _part(rule: str, key: str, value: Any, whole: Mapping[str, Any], t: Phrases, names: Mapping[str, str]) -> str:
    """One part of a rule's value; "" where another part says it."""
    match key:
        case "share":
            return t.percent(value)
        case "minutes":
            return t("minutes-of", value=t.plain(value), count=value)
        case "stays":
            return t("stays-per-year", value=t.plain(value))
        case "exceptions":
            return t("exceptions", names=t.joined(names.get(v, v) for v in value)) if value else ""
        case "when":
            return t(f"when-{value}", probability=t.percent(whole.get("probability", 0.0)))
        case "probability":
            return ""
        case "agreements":
            return t("agreements", pairs=", ".join(f"{a} → {b}" for a, b in value))
        case _:
            return f"{names.get(key, key)}: {t.plain(value) if isinstance(value, (int, float)) else value}"

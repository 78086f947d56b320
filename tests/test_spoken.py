"""What the command line says in Danish, on every command; tables whole on a narrow terminal."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from capacity import denmark
from capacity.cli.language import in_language
from capacity.cli.main import COMMANDS, run
from capacity.cli.saying import language_of
from capacity.report.spoken import spoken
from capacity.rules import RULES
from tests.cases import small_case

NO_TABLES = {
    "report": "a page",
    "document": "a Word file",
    "summary": "a page",
    "table": "a page",
    "data error": "sentences",
    "data addresses": "cells of the case's own tables",
    "add-site": "rows of the case's own tables, each kept as it is written",
}
"""Commands that print and write no table of their own, and what they write."""

ENGLISH = re.compile(
    r"\b(the|of|and|with|would|year|years|beds|which|not|from|is|are|women|minutes|no|keeps|rules of|assumption|than)\b"
)
"""Words that no Danish sentence has."""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command, those of groups too."""
    for name in COMMANDS:
        command = in_language(importlib.import_module(f"capacity.cli.{name.replace('-', '_')}").command)
        if isinstance(command, click.Group):
            yield from ((f"{name} {part}", one) for part, one in command.commands.items())
        else:
            yield name, command


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_command_has_a_language_and_a_form_of_its_tables(name: str, command: click.Command) -> None:
    options: dict[str, Any] = {option.name or "": option for option in command.params}
    assert list(options["lang"].type.choices) == ["en", "da"]
    # Without it the environment decides: a default of its own would not let it.
    assert not isinstance(options["lang"].default, str) and options["lang"].callback is not None
    if name not in NO_TABLES:
        assert list(options["csv"].type.choices) == ["plain", "en", "da"], "say in NO_TABLES why it has none"


@pytest.mark.parametrize(
    ("given", "environment", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "da_DK.UTF-8"}, "da"),
        ([], {"LANG": "da_DK.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ([], {"LANG": "en_GB", "LC_MESSAGES": "da"}, "da"),
        ([], {"LANG": "Danish_Denmark.1252"}, "da"),
        ([], {"LANG": "dav_KE"}, "en"),
        (["--lang", "en"], {"LANG": "da_DK.UTF-8"}, "en"),
        (["plan", "--lang=da"], {"LC_ALL": "C"}, "da"),
        (["plan", "--lang", "xx"], {}, "en"),
        (["plan", "--lang"], {}, "en"),
    ],
)
def test_the_language_is_asked_for_or_the_environments(
    given: list[str], environment: dict[str, str], language: str
) -> None:
    assert language_of(given, environment) == language


def test_an_unknown_language_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "--lang", "xx"]) == 2
    assert "'xx' is not one of 'en', 'da'" in capsys.readouterr().err


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> str:
    settings = "\n[ranges]\nstay.mean_days = [120, 240]\n".replace("stay.mean_days", '"stay.mean_days"')
    folder = small_case(tmp_path_factory.mktemp("small") / "case")
    text = (folder / "case.toml").read_text(encoding="utf-8")
    (folder / "case.toml").write_text(text + settings, encoding="utf-8")
    (folder / "years.toml").write_text('[2027]\n"demand.women_per_year" = 30\n', encoding="utf-8")
    return str(folder)


RUNS: tuple[tuple[str, ...], ...] = (
    ("plan", "CASE"),
    ("evaluate", "CASE", "--unit", "x=3"),
    ("why-not", "y", "CASE"),
    ("ladder", "CASE", "--from", "20", "--to", "40"),
    ("alternatives", "CASE"),
    ("explain", "CASE", "--set", "rules.volume=99"),
    ("pareto", "CASE", "--objectives", "travel,units"),
    ("price-of-nearness", "CASE"),
    ("who-pays", "CASE", "--years", "50"),
    ("pooling", "CASE"),
    ("switch-points", "demand.women_per_year", "20", "40", "CASE"),
    ("stress", "CASE", "--years", "20"),
    ("sweep", "CASE", "--grid", "demand.women_per_year=[20,30]"),
    ("influence", "CASE"),
    ("tornado", "CASE"),
    ("grid2", "demand.women_per_year=[20,30]", "rules.volume=[1,2]", "CASE"),
    ("compare", "CASE", "--set", "demand.women_per_year=20"),
    ("freeze", "CASE", "--set", "demand.women_per_year=20"),
    ("check", "CASE"),
    ("rules", "CASE"),
    ("plan", "CASE", "--set", "outpatient.dkk_per_course=60000", "--set", "outpatient.beyond_minutes=30"),
    ("plan", "CASE", "--set", "travel.uptake=[[30,1.0],[90,0.7]]"),
    ("plan", "CASE", "--set", "aftercare.days=60", "--set", "aftercare.bed_sizes=[2,5]"),
    ("break-even", "CASE", "--set", "outpatient.beyond_minutes=30"),
    ("robust", "--scenario", "referred-2017", "--scenario", "treated-2018"),
    ("equity", "CASE"),
    ("sharing", "CASE"),
    ("roll-out", "CASE", "--years", "YEARS", "--budget", "1e5"),
    ("scenarios",),
    ("plan",),
    ("plan", "--set", "rules.volume=50"),
    ("plan", "--foo"),
    ("plane",),
)


def given(command: tuple[str, ...], case: str) -> list[str]:
    return [{"CASE": case, "YEARS": str(Path(case) / "years.toml")}.get(word, word) for word in command]


@pytest.mark.parametrize(
    ("english", "danish"),
    [
        # The stop behind a value is the sentence's: with it the mark of an assumption was part of a column's name.
        (
            "split over the demand points by children_0_5_2026 (assumption);",
            "fordelt på befolkningspunkterne efter børn på 0-5 år, 2026 (antagelse);",
        ),
        ("it breaks volume and income.", "den bryder volume og income."),
        ("Usage: capacity compare [OPTIONS] [CASES]...", "Brug: capacity compare [OPTIONS] [CASES]..."),
        ("Write it anew with `capacity plan --out DIR`.", "Skriv den på ny med `capacity plan --out DIR`."),
        ("Order of opening in both: a, b.", "Rækkefølge i begge: a, b."),
        ("Nykøbing F. would open", "Nykøbing F. ville åbne"),
        (
            "uptake by minutes of travel: 30: 100 %, 90: 70.5 % (assumption);",
            "andel, der tager imod, efter minutters rejse: 30: 100 %, 90: 70,5 % (antagelse);",
        ),
        ("no plan keeps the rules below 0.7188", "ingen plan overholder reglerne under 0,7188"),
        (
            "From 2.09 to 5.00 M DKK a woman the first step opens Aarhus and Herlev with 17 to 29 beds.",
            "Fra 2,09 til 5,00 mio. kr. pr. kvinde åbner det første skridt Aarhus og Herlev med 17 til 29 pladser.",
        ),
        ("Families from Læsø (without a car)", "Families from Læsø (uden bil)"),
    ],
)
def test_what_is_put_into_a_sentence_is_danish_too(english: str, danish: str) -> None:
    assert spoken("da").text(english) == danish


def test_what_is_counted_is_one_where_there_is_one() -> None:
    from capacity.cli.tables import amount_of, million

    units = {rule.unit for rule in RULES}
    assert amount_of(1, "beds too few") == "1 bed too few" and amount_of(2, "beds too few") == "2 beds too few"
    for unit in units:
        told = amount_of(1, unit)
        assert not re.match(r"1 (\w+s|women)\b", told), told
        assert spoken("da").text(told) != told
    assert (million(-1e4), million(-6e4)) == ("0.0", "-0.1")


def test_names_in_a_list_have_no_comma_of_their_own() -> None:
    net = denmark().network
    places = net.site_places(net.site_ids)
    assert places["R_BETHESDA"] == "Familieinstitutionen Bethesda – Aarhus"
    assert not [name for name in places.values() if "," in name] and len(set(places.values())) == len(places)


TYPED = re.compile(
    r"\{[^}]*\}|why-not|price-of-nearness|`[^`]*`|'[^']*'|\"[^\"]*\"|\b[a-z_]+\.[a-z_.]+\b|--\w+|\S*_\S*|capacity [a-z-]+|\b(?:case|is|at)\b"
)
"""What is typed as it stands, and words that both languages have."""


@pytest.mark.parametrize("command", RUNS, ids=" ".join)
def test_nothing_is_said_in_english_where_danish_is_asked(
    command: tuple[str, ...], case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run([*given(command, case), "--lang", "da"])
    printed = capsys.readouterr()
    assert printed.out or printed.err
    for line in (printed.out + printed.err).splitlines():
        assert not ENGLISH.search(TYPED.sub("", line)), line


@pytest.mark.parametrize("command", [("why-not", "y", "CASE"), ("explain", "CASE", "--set", "rules.volume=99")])
def test_json_has_the_same_keys_and_its_sentences_in_danish(
    command: tuple[str, ...], case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {}
    for language in ("en", "da"):
        run([*given(command, case), "--json", "--lang", language])
        said[language] = json.loads(capsys.readouterr().out)
    assert shape(said["en"]) == shape(said["da"])
    assert said["en"] != said["da"] and said["en"].get("status") == said["da"].get("status")


def shape(value: Any) -> Any:
    """Keys of a JSON value, and the types of what stands there."""
    if isinstance(value, dict):
        return {key: shape(v) for key, v in value.items()}
    return [shape(v) for v in value] if isinstance(value, list) else type(value).__name__


def test_the_help_is_danish_where_the_environment_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "da_DK.UTF-8")
    for command in (["--help"], ["plan", "--help"], ["data", "join", "--help"]):
        assert run(command) == 0
        said = capsys.readouterr().out
        assert said.startswith("Brug: capacity") and "Valgmuligheder:" in said and "Options" not in said
        assert not ENGLISH.search(TYPED.sub("", said)), said
    assert "Usage: capacity" in help_in_english(monkeypatch, capsys)


def help_in_english(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.delenv("LC_ALL")
    assert run(["plan", "--help"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_its_danish_words(name: str) -> None:
    t = spoken("da")
    command = importlib.import_module(f"capacity.cli.{name.replace('-', '_')}").command
    told = [COMMANDS[name], *(one for c in [command, *getattr(command, "commands", {}).values()] for one in help_of(c))]
    assert [text for text in told if t.known(text) is None] == []


def help_of(command: click.Command) -> Iterator[str]:
    import inspect

    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if not paragraph.startswith("\b"):
            yield " ".join(paragraph.split())
    yield from (o.help for o in command.params if isinstance(o, click.Option) and o.help and "auto, " not in o.help)


@pytest.mark.parametrize("columns", [80, 60])
@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize(
    "command", [("plan",), ("robust",), ("influence",), ("alternatives",), ("ladder",), ("scenarios",)]
)
def test_a_narrow_terminal_shows_every_table_whole(
    command: tuple[str, ...],
    columns: int,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    wide = words_of_tables([*command, "--lang", language], 300, monkeypatch, capsys)
    narrow = words_of_tables([*command, "--lang", language], columns, monkeypatch, capsys)
    assert wide - narrow == set()


def words_of_tables(
    command: list[str], columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> set[str]:
    """Words of what a command prints as tables, none of whose lines is wider than the terminal."""
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run(command) == 0
    lines = capsys.readouterr().out.splitlines()
    # Tables are padded to their width, sentences are not.
    tables = [line for line in lines if line.startswith(" ")]
    assert tables and all(len(line) <= columns for line in tables)
    return {word for line in tables for word in line.split() if not set(word) <= set("─")}

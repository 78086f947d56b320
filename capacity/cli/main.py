"""The group of commands; each loads what it needs when it is called."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import click

from capacity.cli.saying import ENGLISH, LANGUAGE, LANGUAGES, hush, language_of, say, say_json, told

COMMANDS: dict[str, str] = {
    "plan": "Which units to open, with how many beds.",
    "report": "A plan as a page to read, print and pass on.",
    "document": "A plan as a Word file to put before a board.",
    "summary": "A plan on one page of A4, or as a picture.",
    "table": "A page to move units on, that works plans out by itself.",
    "evaluate": "What your own units come to, and what they break.",
    "why-not": "Why there is no unit at a site or in a region.",
    "ladder": "Which units are best from few women a year to many.",
    "alternatives": "The best different sets of units, and what each gives up.",
    "explain": "Why there is no plan, and the smallest changes that give one.",
    "pareto": "The exact trade-off between two or three measures.",
    "price-of-nearness": "What each further unit buys, and what it costs.",
    "roll-out": "Which units to open in which year, with money by year.",
    "adapt": "Which unit to open first, and what to see before the next.",
    "who-pays": "What state, municipalities and operators pay, and in a bad year.",
    "sharing": "Whether the regions can agree to share a service, and who would leave.",
    "break-even": "How good, or cheap, an outpatient course would have to be.",
    "pooling": "Beds shared across regions against beds kept apart.",
    "switch-points": "Where the best units change as one setting moves.",
    "scenarios": "The figures the documents give.",
    "robust": "How the plan stands in each of them.",
    "stress": "Does the promise hold, in simulated years?",
    "sweep": "Many runs over a grid of settings.",
    "influence": "What decides the plan, assumption by assumption.",
    "tornado": "Which stated range matters most.",
    "grid2": "Two settings against each other.",
    "compare": "Two plans side by side, inputs first.",
    "freeze": "A plan's units kept, the rest worked out anew.",
    "check": "Every fault of a case.",
    "new": "Copy the built-in case to a folder of your own.",
    "add-site": "A candidate site more, with its minutes.",
    "travel": "Minutes from an extract of OpenStreetMap.",
    "data": "A column of your case from a table as downloaded.",
    "rules": "Each rule's sentence, and whether it is on.",
}
"""Commands and their one line, here so that `--help` need not load them."""

SHORT_NAMES = {"price": "price-of-nearness", "switch": "switch-points", "robustness": "robust"}
"""Other names a command answers to."""


class LazyGroup(click.Group):
    """A group whose commands are loaded when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, in the order planners meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command's module."""
        cmd_name = SHORT_NAMES.get(cmd_name, cmd_name)
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"capacity.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        from capacity.cli.language import in_language

        return in_language(command)

    def get_help(self, ctx: click.Context) -> str:
        """The help, as wide as the terminal."""
        ctx.terminal_width = ctx.terminal_width or _width(ctx.max_content_width or 80)
        said = super().get_help(ctx)
        if LANGUAGE.get() == ENGLISH:
            return said
        from capacity.cli.language import help_said

        return help_said(said)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The options, their help in the language of this run."""
        params = super().get_params(ctx)
        if LANGUAGE.get() == ENGLISH:
            return params
        from capacity.cli.language import option_said

        return [option_said(option) for option in params]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the commands are for, in the language of this run."""
        if LANGUAGE.get() == ENGLISH:
            super().format_help_text(ctx, formatter)
            return
        from capacity.cli.language import paragraphs_said

        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(paragraphs_said(self.help or ""))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told(line)) for name, line in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; name the nearest where there is none."""
        if args and args[0] not in {*COMMANDS, *SHORT_NAMES} and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1, 0.5)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


def _width(most: int) -> int:
    """As click has it from `shutil`, whose archives take longer to load than all of the help takes to write."""
    said = os.environ.get("COLUMNS", "").strip()
    columns = int(said) if said.isdecimal() else 0
    if columns <= 0:
        with contextlib.suppress(AttributeError, ValueError, OSError):
            columns = os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]  # None if closed
    return max(min(columns or 80, most) - 2, 50)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.version_option(package_name=None, version=importlib.import_module("capacity").__version__, prog_name="capacity")
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    expose_value=False,
    help="Of any command: the language of what is said and written.",
)
def group() -> None:
    """Where to place residential treatment, how many beds at each unit, and how sure.

    CASE is a folder with case.toml and its tables; without it the built-in Danish case is used.
    Exit codes: 0 done, 2 bad input or usage, 3 no plan keeps the rules (of a study: not one plan in all of
    it), 4 none found in time, 1 a solver failed, 130 interrupted.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code."""
    given = None if arguments is None else list(arguments)
    spoken = LANGUAGE.set(language_of(sys.argv[1:] if given is None else given, os.environ))
    try:
        return _run(given)
    finally:
        LANGUAGE.reset(spoken)


def _run(given: list[str] | None) -> int:
    try:
        code = group.main(args=given, prog_name="capacity", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        from capacity.cli.failures import usage_as_json

        say(f"{_usage(error)}Error: {_cut(error.format_message(), 5 * LONGEST)}", err=True)
        _also_as_json(usage_as_json(error), given)
        return 2
    except (click.Abort, KeyboardInterrupt):
        _tell("interrupted", "Interrupted: nothing was written.", given)
        return 130
    except BrokenPipeError:
        # The reader of the pipe has gone; Python would complain once more while closing.
        sys.stderr.close()
        return 0
    except ModuleNotFoundError as error:
        _tell("failed", f"This needs {error.name}, which is not installed: pip install 'capacity[report]'.", given)
        return 2
    except MemoryError:
        _tell("failed", "This needs more memory than there is: ask for less.", given)
        return 2
    except OSError as error:
        where = "the output" if error.filename is None else _cut(str(error.filename), LONGEST)
        _tell("failed", f"Could not read or write: {error.strerror or error} ({where}).", given)
        return 2
    except Exception as error:
        # What can go wrong is loaded where something did: `--help` needs none of it.
        from capacity.cli.failures import tell
        from capacity.errors import CapacityError

        if isinstance(error, CapacityError):
            return tell(error)
        raise
    return code if isinstance(code, int) else 0


LONGEST = 200
"""Characters of a file's name that a message repeats."""


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}... ({len(text):,} characters)"


def _usage(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    if context is None:
        return ""
    return f"{context.get_usage()}\nTry '{context.command_path} {context.help_option_names[0]}' for help.\n\n"


def _tell(status: str, message: str, given: Sequence[str] | None) -> None:
    """A failure on standard error, and as JSON where that is asked for."""
    say(message, err=True)
    _also_as_json({"status": status, "message": message}, given)


def _also_as_json(said: Mapping[str, Any], given: Sequence[str] | None) -> None:
    if "--json" in (sys.argv[1:] if given is None else given):
        try:
            say_json(said)
        except OSError:
            # It is the output that cannot be written to: what is left has been said on standard error.
            hush(sys.stdout)

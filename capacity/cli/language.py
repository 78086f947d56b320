"""``--lang`` on every command, and help in the language asked."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from capacity.cli.saying import LANGUAGE, LANGUAGES, words

Command = TypeVar("Command", bound=Callable[..., Any])

HELP = "Language of what is said and written; the environment's (LC_ALL, LANG) without it."


def _speak(context: click.Context, option: click.Parameter, value: str | None) -> str:
    """Speak the language from now on, until this command has ended."""
    if value is not None:
        before = LANGUAGE.set(value)
        context.call_on_close(lambda: LANGUAGE.reset(before))
    return LANGUAGE.get()


def lang_option(command: Command) -> Command:
    """``--lang``, for a command that passes the language on as `lang`; all others get the option by themselves."""
    return click.option("--lang", type=click.Choice(LANGUAGES), callback=_speak, is_eager=True, help=HELP)(command)


def in_language(command: click.Command) -> click.Command:
    """A command with ``--lang``, its help in the language of this run; a group with all of its commands."""
    spoken: dict[str, Any] = {
        "name": command.name,
        "callback": command.callback,
        "params": [*command.params, *_lang(command)],
        "help": command.help,
        "epilog": command.epilog,
        "short_help": command.short_help,
        "no_args_is_help": command.no_args_is_help,
        "context_settings": command.context_settings,
    }
    speak = words()
    if speak is not None:
        spoken["help"] = None if command.help is None else paragraphs_said(command.help)
        spoken["params"] = [option_said(option) for option in spoken["params"]]
    if isinstance(command, click.Group):
        commands = {name: in_language(one) for name, one in command.commands.items()}
        return _Group(commands=commands, **spoken)
    return _Command(**spoken)


def _lang(command: click.Command) -> list[click.Parameter]:
    if any(option.name == "lang" for option in command.params):
        return []
    kind = click.Choice(LANGUAGES)
    option = click.Option(["--lang"], type=kind, callback=_speak, is_eager=True, expose_value=False, help=HELP)
    return [option]


def option_said(option: click.Parameter) -> click.Parameter:
    """An option with its help in the language of this run."""
    speak = words()
    if speak is None or not isinstance(option, click.Option) or not option.help:
        return option
    said = copy.copy(option)
    said.help = speak.sentence(option.help)
    return said


def paragraphs_said(text: str) -> str:
    """A help in the language of this run, paragraph by paragraph; what is typed stays as it is."""
    speak = words()
    if speak is None:
        return text
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(p if p.startswith("\b") else speak.sentence(" ".join(p.split())) for p in paragraphs)


_OF_CLICK = (
    (r"(?m)^Usage:", "help-usage"),
    (r"(?m)^Options:", "help-options"),
    (r"(?m)^Commands:", "help-commands"),
    (r"Show this message and\s+exit\.", "help-help"),
    (r"Show the version and\s+exit\.", "help-version"),
    (r"\[default:(?=\s)", "help-default"),
    (r"; required\]|\[required\]", "help-required"),
)
"""What click says of itself in a help."""


def help_said(text: str) -> str:
    """A help whose words by click are in the language of this run."""
    speak = words()
    if speak is None:
        return text
    for pattern, name in _OF_CLICK:
        text = re.sub(pattern, lambda found, name=name: _framed(found.group(), speak.formed(name, {})), text)  # type: ignore[misc]
    return text


def _framed(was: str, said: str) -> str:
    """A word in the place of another, with the signs that stood around it."""
    before = was[0] if was[0] in "[;" else ""
    after = next((end for end in (": ", ":", "]") if was.endswith(end)), "")
    return f"{before}{' ' if before == ';' else ''}{said}{after}"


class _Command(click.Command):
    """A command whose help is in the language of this run."""

    def get_help(self, ctx: click.Context) -> str:
        return help_said(super().get_help(ctx))


class _Group(click.Group):
    """A group whose help is in the language of this run."""

    def get_help(self, ctx: click.Context) -> str:
        return help_said(super().get_help(ctx))

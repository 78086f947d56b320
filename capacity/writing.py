"""Writing to a place: whole or not at all, one writer at a time, and nothing of others is lost.

What is written is made in a working folder beside its place and put there by a rename. A folder gets a marker with
the hash of every file in it, so that the next run can tell what this library wrote from what somebody changed or
added. A killed run leaves its working folder: the next run to the same place takes it away, and brings back what a
run killed between its two renames had moved aside. Files of one folder that belong together are put in their places
together: what a run killed among their renames had decided, the next one to any of them carries out.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import sys
import time
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from capacity.errors import DataError, Finding, some

MARKER = ".capacity.json"
"""In a folder: what this library wrote there, with hashes. In a working folder: the place it works for."""

DECIDED = "decided.json"
"""In the working folder of the first of several files: all of them are whole, and what is left is to put them there."""

WAIT = 10.0
"""Seconds that a second writer waits for the first."""

PAUSE = 0.05
LONGEST_NAME = 150
"""Bytes of a name up to which working folders carry it, so that theirs are no longer than a file system takes."""

OF_THE_SYSTEM = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What desktops leave in any folder that is looked at."""

NEW = "Choose a new folder; nothing was written."

Fill = Callable[[Path], object]


def whole_folder(
    folder: str | os.PathLike[str], fill: Fill, *, names: Collection[str] = (), force: bool = False
) -> tuple[Path, ...]:
    """Fill a folder beside the wanted one, and put it in its place when it is whole.

    Parameters
    ----------
    folder : path
        New, empty, or as this library wrote it; a link is followed.
    fill : callable
        Writes the files to the folder it is given.
    names : collection of str
        Names this library gives its files.
    force : bool
        Replace files of those names even where they were changed since, or nothing says who wrote them.

    Returns
    -------
    tuple of Path

    Raises
    ------
    DataError
        Where something there is not the library's own, or another run is writing; nothing is written then.
    """
    refuse_folder(folder, names=names, force=force)
    target = place_of(folder)
    with _parents(target), _working(target) as work:
        made = work / "new"
        made.mkdir()
        fill(made)
        written = sorted(path.name for path in made.iterdir())
        _mark(made / MARKER, {"files": {name: digest(made / name) for name in written}})
        # Once more, as filling takes a while in which somebody may have saved a file there.
        _refuse_others(target, folder, names, force)
        _swap(made, target, work)
    return tuple(Path(folder) / name for name in written)


def whole_file(
    path: str | os.PathLike[str],
    fill: Fill,
    *,
    ours: Callable[[Path], bool] | None = None,
    force: bool = False,
    parents: bool = False,
) -> Path:
    """Make a file beside the wanted one, and put it in its place when it is whole.

    Parameters
    ----------
    path : path
        A link is followed.
    fill : callable
        Writes the file to the path it is given, which has the same ending.
    ours : callable, optional
        Whether a file that is there is this library's, and unchanged; without it any file is replaced.
    force : bool
        Replace what is there, whoever wrote it.
    parents : bool
        Whether folders on the way are made.
    """
    refuse_file(path, ours=ours, force=force)
    target = place_of(path)
    with _parents(target) if parents else contextlib.nullcontext(), _working(target) as work:
        made = work / _made(target)
        fill(made)
        refuse_file(path, ours=ours, force=force)
        made.replace(target)
        _enter(target, work)
    return Path(path)


def whole_files(
    fills: Mapping[Path, Fill], *, refuse: Callable[[], object] = lambda: None, parents: bool = False
) -> tuple[Path, ...]:
    """Make several files beside their places, and put them there when all of them are whole; what is there is replaced.

    Parameters
    ----------
    fills : mapping of path to callable
        Writes each file to the path it is given.
    refuse : callable
        Asked once more before any is put in its place.
    parents : bool
        Whether folders on the way are made.
    """
    places = {path: place_of(path) for path in fills}
    for path in fills:
        refuse_file(path, force=True)
    works: dict[Path, Path] = {}
    with contextlib.ExitStack() as held:
        # In one order, so that two runs do not wait for each other; the first working folder goes last.
        for target in sorted(places.values()):
            if parents:
                held.enter_context(_parents(target))
            works[target] = held.enter_context(_working(target))
        for path, fill in fills.items():
            fill(works[places[path]] / _made(places[path]))
        refuse()
        _put_together(works)
    return tuple(fills)


def _put_together(works: Mapping[Path, Path]) -> None:
    """Put made files in their places; where one cannot be, those before it are as they were."""
    for target, work in works.items():
        if target.exists():
            shutil.copy2(target, work / "old")
    (home, *_), (first, *_) = works, works.values()
    beside = {work.name: target.name for target, work in works.items() if target.parent == home.parent}
    # Being there, it is whole: it is what decides.
    _mark(first / "gone", {"together": beside})
    (first / "gone").rename(first / DECIDED)
    done: list[Path] = []
    try:
        for target, work in works.items():
            (work / _made(target)).replace(target)
            done.append(target)
    except BaseException:
        for target in done:
            old = works[target] / "old"
            old.replace(target) if old.exists() else target.unlink()
        (first / DECIDED).unlink()
        raise
    for target, work in works.items():
        _enter(target, work)


def new_folder(folder: str | os.PathLike[str], fill: Fill) -> Path:
    """Fill a folder that is new or empty; where that fails nothing is left in it.

    Raises
    ------
    DataError
        Where the folder already holds something.
    """
    target = place_of(folder)
    inside = target.is_dir()
    # The folder itself is kept where there is one: a shell may stand in it.
    working = _working(target / target.name, beside=target) if inside else _working(target)
    _refuse_used(folder, target)
    with contextlib.nullcontext() if inside else _parents(target), working as work:
        made = work / "new"
        made.mkdir()
        fill(made)
        # Once more, as another run may have filled it in the meantime.
        _refuse_used(folder, target)
        if not inside:
            made.rename(target)
            return Path(folder)
        moved: list[Path] = []
        try:
            for entry in sorted(made.iterdir()):
                moved.append(entry.rename(target / entry.name))
        except BaseException:
            for entry in moved:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            raise
    return Path(folder)


def _refuse_used(folder: str | os.PathLike[str], target: Path) -> None:
    if target.exists() and not (target.is_dir() and all(_is_leftover(p, target.name) for p in target.iterdir())):
        raise _fault(
            folder, "a new case is made in an empty or a new folder", "Choose another name; nothing was written.", None
        )


def refuse_folder(folder: str | os.PathLike[str], *, names: Collection[str] = (), force: bool = False) -> None:
    """Refuse a place that is a file, or a folder with something in it that is not as this library wrote it."""
    target = place_of(folder)
    with contextlib.suppress(FileNotFoundError):
        here = Path.cwd().resolve()
        if target == here or target in here.parents:
            raise _fault(
                folder,
                "the folder to write to is not the one the command runs in, nor one above it",
                "It would be replaced whole: name a folder of its own, such as plan-out; nothing was written.",
                None,
            )
    bring_back(target)
    _refuse_others(target, folder, names, force)


def refuse_file(
    path: str | os.PathLike[str], *, ours: Callable[[Path], bool] | None = None, force: bool = False
) -> None:
    """Refuse a place that is no file, or a file of others."""
    target = place_of(path)
    if not target.exists():
        return
    if not target.is_file():
        raise _fault(path, "the place to write to is a file", "Name a file; nothing was written.", None)
    if not force and ours is not None and not ours(target):
        raise _fault(
            path,
            "the file to write to is new, or as this library wrote it (this one is not, or was changed since)",
            "Choose another name, or replace it with --force; nothing was written.",
            target.name,
        )


def place_of(path: str | os.PathLike[str]) -> Path:
    """The place a path names, links followed.

    Raises
    ------
    DataError
        Where its name cannot be printed, or a link leads nowhere.
    """
    text = os.fspath(path)
    odd = [c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    if odd or not text:
        rule = "the name of a place to write to has no line breaks or signs that cannot be seen"
        raise _fault(ascii(text)[1:-1], rule, "Choose another name; nothing was written.", None)
    given = Path(text)
    if given.is_symlink() and not given.exists():
        raise _fault(path, "a link to write to leads somewhere", "Remove the link; nothing was written.", None)
    return Path(os.path.realpath(given))


def bring_back(target: Path) -> None:
    """Clear away what killed runs to a place left, and bring back what one of them had moved aside."""
    try:
        if any(_leftovers(target)):
            with _alone(target, 0.0):
                _recover(target)
    except (OSError, DataError):
        # Another run is at work there, or the folder cannot be written to: both are told when it is written.
        return


def bring_back_all(folder: Path) -> None:
    """`bring_back` for every file of a folder that a killed run was writing to."""
    try:
        hidden = [path for path in folder.iterdir() if path.name.startswith(".")]
    except OSError:
        return
    told = {_read(path / MARKER).get("place") for path in hidden if path.is_dir()}
    # Killed before its marker was whole, a run is known by its names alone.
    named = {re.sub(r"(-[0-9a-f]{8}|\.lock)$", "", path.name)[1:] for path in hidden}
    for name in sorted(
        {n for n in told if isinstance(n, str) and n == os.path.basename(n)}
        | {n for n in named if n and (folder / n).is_file()}
    ):
        bring_back(folder / name)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _refuse_others(target: Path, said: str | os.PathLike[str], names: Collection[str], force: bool) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise _fault(said, "the place to write to is a folder", NEW, target.name)
    known = _known(target)
    changed, added = [], []
    for path in sorted(target.iterdir()):
        name, plain = path.name, path.is_file() and not path.is_symlink()
        if plain and (name in OF_THE_SYSTEM or (name == MARKER and (known is not None or force))):
            continue
        if not plain or name not in {*names, *(known or {}), *((MARKER,) if known is None else ())}:
            added.append(name)
        elif not force and (known is None or known.get(name) != digest(path)):
            changed.append(name)
    if added:
        raise _fault(said, "the folder to write to holds nothing but an earlier plan", NEW, some(added))
    if changed and known is None:
        raise _fault(
            said,
            "the folder to write to has a marker that says what this library wrote there (this one has none: an "
            "earlier version may have written it)",
            "Choose a new folder, or replace these files with --force; nothing was written.",
            some(changed),
        )
    if changed:
        raise _fault(
            said,
            "the files in the folder to write to are as this library wrote them (these were changed since)",
            "Choose a new folder, or replace these files with --force; nothing was written.",
            some(changed),
        )


def _known(folder: Path) -> Mapping[str, str] | None:
    """Hashes of the files this library wrote to a folder; None where no marker says so."""
    said = _read(folder / MARKER)
    files = said.get("files")
    return files if isinstance(files, dict) else None


def _mark(path: Path, said: Mapping[str, object]) -> None:
    path.write_text(json.dumps({"written_by": "capacity", **said}, indent=1) + "\n", encoding="utf-8")


def _read(path: Path) -> Mapping[str, object]:
    """A marker's content; {} where it is none."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) and said.get("written_by") == "capacity" else {}


def _enter(target: Path, work: Path) -> None:
    """Note a file in the marker of its folder, where that has one."""
    known = _known(target.parent)
    if known is not None:
        _mark(work / MARKER, {"files": {**known, target.name: digest(target)}})
        (work / MARKER).replace(target.parent / MARKER)


@contextlib.contextmanager
def _parents(target: Path) -> Iterator[None]:
    """Folders on the way to a place; those made are taken away again where writing fails."""
    made = [p for p in target.parents if not p.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def _stem(target: Path) -> str:
    """How names of working folders for a place begin."""
    name = os.fsencode(target.name)
    return f".{target.name if len(name) <= LONGEST_NAME else hashlib.sha256(name).hexdigest()[:32]}"


@contextlib.contextmanager
def _working(target: Path, beside: Path | None = None) -> Iterator[Path]:
    """A marked working folder beside a place, for one writer at a time; it is gone afterwards."""
    folder = target.parent if beside is None else beside
    with _alone(target, WAIT):
        _recover(target)
        work = folder / f"{_stem(target)}-{secrets.token_hex(4)}"
        try:
            work.mkdir()
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(target)) from error
        try:
            _mark(work / MARKER, {"place": target.name})
            yield work
        finally:
            _clear(work, target)


def _swap(made: Path, target: Path, work: Path) -> None:
    """Put a folder in its place, and what was there back where that fails."""
    old = work / "old"
    try:
        if target.exists():
            target.rename(old)
        made.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    if old.exists():
        # From here on it is not brought back any more.
        old.rename(work / "gone")


def _made(target: Path) -> str:
    """Name of a file in the making: with the ending some writers go by."""
    return f"new{target.suffix if len(target.suffix) < 20 else ''}"


def _leftovers(target: Path) -> Iterator[Path]:
    """Working folders of earlier runs to a place."""
    if not target.parent.is_dir():
        return
    for path in target.parent.iterdir():
        if _is_leftover(path, target.name):
            yield path


def _is_leftover(path: Path, name: str) -> bool:
    """Whether a run to the place of that name made this: by its own name, and the marker in it."""
    stem = _stem(path.with_name(name))
    if path.name == f"{stem}.lock":
        return path.is_file() and path.stat().st_size == 0
    if not re.fullmatch(rf"{re.escape(stem)}-[0-9a-f]{{8}}", path.name) or path.is_symlink() or not path.is_dir():
        return False
    # Some writers keep a file of their own beside the one in the making (SQLite's journal).
    inside = {p.name for p in path.iterdir() if not p.name.startswith(_made(path.with_name(name)))}
    if not inside <= {MARKER, DECIDED, "new", "old", "gone"}:
        return False
    # Killed before its marker was whole, it holds nothing else yet.
    return inside <= {MARKER} or _read(path / MARKER).get("place") == name


def _recover(target: Path) -> None:
    """What `bring_back` does, where no other run is at work."""
    _carry_out(target)
    found = [p for p in _leftovers(target) if p.is_dir()]
    for work in sorted(found, key=lambda p: p.stat().st_mtime, reverse=True):
        _clear(work, target)


def _carry_out(target: Path) -> None:
    """Put the files in their places that a killed run had decided to put there together with this one.

    In this folder alone: what a folder from elsewhere holds never reaches a file outside it.
    """
    if not target.parent.is_dir():
        return
    for decided in sorted(target.parent.glob(f".*/{DECIDED}")):
        beside = _read(decided).get("together")
        names = beside if isinstance(beside, dict) else {}
        if target.name not in names.values() or os.path.basename(decided.parent) not in names:
            continue
        for work, name in names.items():
            place, folder = target.with_name(os.path.basename(name)), target.with_name(os.path.basename(work))
            if _is_leftover(folder, place.name):
                with contextlib.suppress(FileNotFoundError):
                    (folder / _made(place)).replace(place)
        decided.unlink(missing_ok=True)


def _clear(work: Path, target: Path) -> None:
    """Take a working folder away; what was moved aside goes back where nothing has taken its place."""
    if (work / "old").exists() and not target.exists():
        (work / "old").rename(target)
    shutil.rmtree(work, ignore_errors=True)


@contextlib.contextmanager
def _alone(target: Path, seconds: float) -> Iterator[None]:
    """One writer to a place at a time: by a lock of the system's, which ends with the process that holds it."""
    path = target.with_name(f"{_stem(target)}.lock")
    end = time.monotonic() + seconds
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(target)) from error
        # Another run may have taken the file away between the two calls: then the lock is of no use.
        if _locked(handle):
            if _same(handle, path):
                break
            os.close(handle)
            continue
        os.close(handle)
        if time.monotonic() >= end:
            raise _fault(
                target,
                "one run writes to a place at a time (another one is writing there now)",
                "Wait until it has ended, or choose another place; nothing was written.",
                target.name,
            )
        time.sleep(PAUSE)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if os.fstat(handle).st_size == 0:  # a file of somebody else's stays
                path.unlink()
        os.close(handle)


def _same(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _locked(handle: int) -> bool:
    """Whether the lock could be had at once; where the file system knows no locks, it is taken for had."""
    try:
        if sys.platform == "win32":  # pragma: no cover
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK)
    return True


def _fault(place: object, rule: str, remedy: str, value: str | None) -> DataError:
    return DataError([Finding(table=str(place), column="--out", value=value, rule=rule, remedy=remedy)])

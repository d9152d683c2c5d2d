"""What every command says and does in the same way: problems, progress, files, how it ends."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Made = TypeVar("Made")
ADVICE = {
    errno.EACCES: "ask for the right to use it, or close the program that holds it open",
    errno.EPERM: "ask for the right to use it, or close the program that holds it open",
    errno.ENOENT: "see how it is spelt",
    errno.EEXIST: "a file stands where a folder is wanted; name another with --out",
    errno.ENOTDIR: "a file stands where a folder is wanted; name another with --out",
    errno.ENOSPC: "make room on the disk, or name another folder with --out",
    errno.EROFS: "nothing can be written there; name another folder with --out",
}
OUR_FAULT, BAD_INPUT, POLICY_FAILS, CANNOT_READ_OR_WRITE = 1, 3, 4, 5


def language_option() -> click.Option:
    """--lang: all that the command writes for people is in that language."""

    def speak(context: click.Context, parameter: click.Parameter, code: str) -> None:
        from eicfinance.reports.language import languages, speaking

        if code not in languages():
            known = ", ".join(languages())
            raise click.BadParameter(f"{code!r} is not among the languages {known}", context)
        context.with_resource(speaking(code))

    return click.Option(["--lang"], default="en", show_default=True, callback=speak,
                        is_eager=True, expose_value=False, envvar="EICFINANCE_LANG",
                        metavar="en|th", help="Language of what is written.")  # fmt: skip


def guarded(call: Callable[[], Made], folder: Path) -> Made:
    """Runs a reading step; bad input ends with its lines and 3, an unreadable file with 5."""
    from eicfinance.portfolio.source import BadInput

    try:
        return call()
    except BadInput as error:
        say(str(error))
        count = len(error.problems)
        stop(
            BAD_INPUT,
            f"{count} problem{'s' if count != 1 else ''} in {folder}; nothing was appraised",
        )
    except OSError as error:
        stop(CANNOT_READ_OR_WRITE, io_sentence(error, folder))


def write_files(folder: Path, wanted: Mapping[str, Callable[[Path], object]]) -> list[Path]:
    """Writes results, each by its own function, and keeps what a person has changed."""
    from eicfinance.reports.files import Output

    try:
        output = Output(folder)
        files = []
        for file, write in wanted.items():
            tell(f"writing {file}")
            path = output.write(file, write)
            if path.name != file:
                say(f"note: {folder / file} was not written by this program, or was changed "
                    f"since; it is kept, and this result is {path}")  # fmt: skip
            files.append(path)
    except OSError as error:
        stop(CANNOT_READ_OR_WRITE, io_sentence(error, folder))
    tell("")
    return files


def as_json(data: dict[str, Any]) -> str:
    import json

    return json.dumps(data, indent=2, allow_nan=False, ensure_ascii=False)


def io_sentence(error: OSError, path: Path | None) -> str:
    where = error.filename or path or "a file"
    advice = ADVICE.get(error.errno or 0, "")
    return f"{where}: {error.strerror or error}{advice and '; '}{advice}"


def tell(step: str) -> None:
    """Shows on a terminal what is being done, in place of the step before; "" wipes it out."""
    if sys.stderr.isatty():
        click.echo(f"\r{step:<70.70}\r", nl=False, err=True)


def say(message: str) -> None:
    tell("")
    click.echo(message, err=True)


def stop(code: int, message: str) -> NoReturn:
    say(f"eicfinance: {message}")
    sys.exit(code)

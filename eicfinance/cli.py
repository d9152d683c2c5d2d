"""The command line: parse, call, print. Heavy imports stand in the commands that need them.

Exit codes: 0 done, 1 our fault, 2 usage, 3 bad input, 4 a policy line fails under --strict, 5
cannot read or write.
"""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from eicfinance import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pydantic.fields import FieldInfo

    from eicfinance.appraisal.case import Case
    from eicfinance.portfolio.declare import Declaration
    from eicfinance.reports.view import View

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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="eicfinance")
def program() -> None:
    """Appraise small green-energy projects of an industrial cluster, and their loans.

    PORTFOLIO is a folder with a portfolio.yaml (or that file itself), or the name of a case that
    comes with the program, such as one-roof or chachoengsao.
    """


@program.command()
@click.argument("portfolio")
@click.option("--out", type=click.Path(), help="Folder for workbook, memo and JSON "
              "[default: output/NAME].")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="What to print on standard output.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 4 if a line of the credit policy fails.")
def appraise(portfolio: str, out: str | None, form: str, strict: bool) -> None:
    """Appraise PORTFOLIO: workbook, memo (HTML), JSON, and a short text."""
    from pathlib import Path

    from eicfinance.reports.view import as_data, view

    folder = _folder(portfolio)
    shown = view(_case(folder))
    place = folder.resolve()  # "." has a name too
    name = place.name if place.is_dir() else place.parent.name
    files = _write(shown, Path(out or f"output/{name}"), name)
    if form == "json":
        click.echo(_json(as_data(shown)))
    else:
        from eicfinance.reports.text import as_text

        click.echo(as_text(shown))
        click.echo("\nWritten:")
        for path in files:
            click.echo(f"  {path}")
    if shown.failed_checks:
        _stop(OUR_FAULT, f"integrity checks fail: {shown.failed_checks}; do not use these figures")
    if strict and any(p.decision.failed for p in shown.projects):
        sys.exit(POLICY_FAILS)


@program.command()
@click.argument("portfolio")
def check(portfolio: str) -> None:
    """Check PORTFOLIO without appraising it; name every problem with file, line and column."""
    from eicfinance.appraisal.case import build, declarations
    from eicfinance.portfolio.reader import read_portfolio

    folder = _folder(portfolio)
    case = _guarded(lambda: build(read_portfolio(folder, declarations())), folder)
    for note in case.portfolio.notes:
        click.echo(f"note: {note}", err=True)
    count = len(case.projects)
    click.echo(
        f"{case.portfolio.title}: {count} project{'s' if count != 1 else ''}, no problem found."
    )


@program.command(name="list")
@click.argument("name", required=False)
def list_(name: str | None) -> None:
    """List what a portfolio may hold; with NAME, its keys with units, defaults, sources."""
    from eicfinance.appraisal.case import declarations
    from eicfinance.portfolio.problems import did_you_mean
    from eicfinance.portfolio.sections import sections

    declared = declarations()
    keys = {item.name: model.model_fields for item, model in sections(declared)}
    groups: dict[str, list[Declaration]] = {
        "Technologies": list(declared.technologies.values()),
        "Sites": list(declared.sites.values()),
        "Sections of portfolio.yaml": [item for item, _ in sections(declared)],
    }
    known = {item.name: item for group in groups.values() for item in group}
    if name is None:
        for title, group in groups.items():
            click.echo(f"{title}:")
            for item in group:
                click.echo(f"  {item.name:<14} {item.title}")
        click.echo("\neicfinance list NAME shows its keys.")
        return
    if name not in known:
        hint = did_you_mean(name, known)
        raise click.UsageError(f"there is no {name!r}; {hint} known: {', '.join(known)}")
    click.echo(_declared(known[name], keys.get(name, {})))


def main() -> None:
    """Runs the program. A fault of ours ends with a sentence and 1, never with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        program(prog_name="eicfinance")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        _stop(CANNOT_READ_OR_WRITE, _io_sentence(error, None))
    except Exception as error:  # the last resort: say that it is our fault, and what it was
        _stop(OUR_FAULT, f"this is a fault of the program, not of your input: {error!r}. "
                         "Please report it with your portfolio.")  # fmt: skip


def _folder(text: str) -> Path:
    """The portfolio's folder: a path, or the name of a case that comes with the program."""
    from pathlib import Path

    from eicfinance.reports.files import data_folder

    path = Path(text)
    own = data_folder("portfolios") / text
    if not path.exists() and not (own.is_dir() and len(path.parts) == 1):
        known = sorted(p.name for p in data_folder("portfolios").iterdir() if p.is_dir())
        _stop(
            CANNOT_READ_OR_WRITE,
            f"{text}: there is no such folder or file; cases that come with the program: "
            f"{', '.join(known)}",
        )
    return path if path.exists() else own


def _case(folder: Path) -> Case:
    from eicfinance.appraisal.case import appraise as appraise_folder

    case = _guarded(lambda: appraise_folder(folder), folder)
    for note in case.portfolio.notes:
        click.echo(f"note: {note}", err=True)
    return case


def _guarded(call: Callable[[], Case], folder: Path) -> Case:
    """Runs a reading step; bad input ends with its lines and 3, an unreadable file with 5."""
    from eicfinance.portfolio.source import BadInput

    try:
        return call()
    except BadInput as error:
        click.echo(str(error), err=True)
        count = len(error.problems)
        _stop(
            BAD_INPUT,
            f"{count} problem{'s' if count != 1 else ''} in {folder}; nothing was appraised",
        )
    except OSError as error:
        _stop(CANNOT_READ_OR_WRITE, _io_sentence(error, folder))


def _write(shown: View, folder: Path, name: str) -> list[Path]:
    from eicfinance.reports.files import Output
    from eicfinance.reports.memo import as_html
    from eicfinance.reports.view import as_data
    from eicfinance.reports.workbook import write_workbook

    try:
        output = Output(folder)
        wanted = {
            f"{name}.xlsx": lambda path: write_workbook(shown, path),
            f"{name}.html": lambda path: path.write_text(as_html(shown), encoding="utf-8"),
            f"{name}.json": lambda path: path.write_text(
                _json(as_data(shown)) + "\n", encoding="utf-8"
            ),
        }
        files = []
        for file, write in wanted.items():
            path = output.write(file, write)
            if path.name != file:
                click.echo(f"note: {folder / file} was not written by this program, or was changed "
                           f"since; it is kept, and this result is {path}", err=True)  # fmt: skip
            files.append(path)
    except OSError as error:
        _stop(CANNOT_READ_OR_WRITE, _io_sentence(error, folder))
    return files


def _json(data: dict[str, Any]) -> str:
    import json

    return json.dumps(data, indent=2, allow_nan=False, ensure_ascii=False)


def _declared(item: Declaration, keys: Mapping[str, FieldInfo]) -> str:
    lines = [f"{item.name}: {item.title}", ""]
    if keys:
        lines.append("Keys:")
    for name, field in keys.items():
        default = f"default {field.default}" if field.default else "may be left out"
        default = "must be given" if field.is_required() else default
        default = "block" if field.default == {} else "list" if field.default == [] else default
        lines.append(f"  {name:<24} {default}: {field.description}")
    if item.pools:
        lines.append("Pools (takes / offers):")
    for p in item.pools:
        required = ", required" if p.required else ""
        lines.append(f"  {p.name:<24} {p.unit:<16} {p.label}{required}{_only(p.when)}")
    if item.one_of:
        lines.append(f"  {'':<24} at least one of {', '.join(item.one_of)}")
    if item.choices:
        lines.append("Choices:")
        lines += [
            f"  {c.name:<24} {' | '.join(c.options)}; default {c.default}: {c.label}"
            for c in item.choices
        ]
    if item.seasons:
        lines.append("Seasons (twelve numbers, January to December):")
        lines += [f"  {s.name:<24} {s.label}" for s in item.seasons]
    if item.figures:
        lines.append("Inputs:")
    for f in item.figures:
        missing = "may be left out" if f.optional else "must be given"
        default = missing if f.default is None else f"default {f.default:g}"
        usual = (
            f", usual {f.low:g} to {f.high:g}" if f.low is not None and f.high is not None else ""
        )
        key = f.name.removeprefix(item.prefix)
        lines.append(f"  {key:<24} {f.unit:<16} {default}{usual}{_only(f.when)}")
        lines.append(f"  {'':<24} {f.label}. Source: {f.source}")
    return "\n".join(lines)


def _only(when: tuple[str, ...] | None) -> str:
    return f" [only where {when[0]} is {' or '.join(when[1:])}]" if when else ""


def _io_sentence(error: OSError, path: Path | None) -> str:
    where = error.filename or path or "a file"
    advice = ADVICE.get(error.errno or 0, "")
    return f"{where}: {error.strerror or error}{advice and '; '}{advice}"


def _stop(code: int, message: str) -> NoReturn:
    click.echo(f"eicfinance: {message}", err=True)
    sys.exit(code)

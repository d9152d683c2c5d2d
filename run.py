"""Runs the project from a checkout: makes .venv, installs what is locked, starts a command.

python3 run.py demo [options]                           appraise the Chachoengsao case
python3 run.py eicfinance ARGS...                       any command of the program
python3 run.py test [--all] [--quick] [pytest args...]  format, lint, types, tests
python3 run.py bench [args...]                          benchmarks
python3 run.py lock [--upgrade]                         remake the lock files (needs uv)
"""

import sys

# Above all else, and in syntax an old Python can read, so that it gets this sentence.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("eicfinance needs Python 3.11 or newer; this is " + sys.version.split()[0] + ".")

import hashlib
import importlib.util
import os
import shutil
import subprocess
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
RUN_LOCK = ROOT / "requirements" / "run.txt"
TEST_LOCK = ROOT / "requirements" / "test.txt"  # holds all of RUN_LOCK too
DEBIAN_WHEELS = Path("/usr/share/python-wheels")

# Settings that would send an install elsewhere, or other packages into .venv's Python.
LEAKS = {"PIP_PREFIX", "PIP_PYTHON", "PIP_TARGET", "PIP_USER", "PYTHONHOME", "PYTHONPATH"}
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in LEAKS}
ENVIRONMENT.update(
    PIP_DISABLE_PIP_VERSION_CHECK="1",
    PIP_NO_INPUT="1",
    PYTHONUTF8="1",  # a Windows console prints Thai
)


def say(message: str) -> None:
    print(f"run.py: {message}", file=sys.stderr, flush=True)


def run(command: list[str], cwd: Path | None = ROOT) -> int:
    return subprocess.run(command, cwd=cwd, env=ENVIRONMENT, check=False).returncode


def output_of(command: list[str]) -> str | None:
    """What a command prints; None if it does not start or fails."""
    try:
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def make_venv() -> None:
    """Makes .venv unless there is one that works, of this Python's version."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    ask = "import sys; print('%d.%d' % sys.version_info[:2], sys.prefix != sys.base_prefix)"
    if output_of([str(PYTHON), "-c", ask]) == f"{version} True":
        return
    say(f"making .venv with Python {version}")
    # Without pip: Debian's python3 lacks what venv installs it with; `pip` finds another way.
    venv.EnvBuilder(clear=True, with_pip=False, symlinks=os.name != "nt").create(VENV)


def pips() -> Iterator[list[str]]:
    """The ways to run pip for .venv, best first."""
    python = str(PYTHON)
    yield [python, "-m", "pip"]
    if importlib.util.find_spec("ensurepip"):
        output_of([python, "-m", "ensurepip"])
        yield [python, "-m", "pip"]
    yield [sys.executable, "-m", "pip", "--python", python]  # pip 22.3 or newer
    for wheel in sorted(DEBIAN_WHEELS.glob("pip-*.whl"), reverse=True):
        yield [python, str(wheel / "pip")]


def pip() -> list[str]:
    for command in pips():
        if output_of([*command, "list"]) is not None:  # an old pip may start and yet not work
            return command
    sys.exit(
        "run.py: no working pip was found. Install one (on Debian or Ubuntu: "
        "sudo apt install python3-venv) and run the same command again."
    )


def install(lock: Path) -> None:
    """Installs a lock and the project itself into .venv, unless that was done before."""
    make_venv()
    digest = hashlib.sha256(str(ROOT).encode())  # a checkout that moved installs again
    for path in (ROOT / "pyproject.toml", RUN_LOCK, TEST_LOCK):
        digest.update(path.read_bytes())
    stamp = VENV / "installed"
    done = stamp.read_text(encoding="utf-8").split() if stamp.exists() else []
    if done in ([lock.name, digest.hexdigest()], [TEST_LOCK.name, digest.hexdigest()]):
        return
    stamp.unlink(missing_ok=True)
    say(f"installing requirements/{lock.name} into .venv")
    step = [*pip(), "install", "--quiet"]
    locked = [*step, "--require-hashes", "--only-binary=:all:", "-r", str(lock)]
    project = [*step, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    if run(locked) or run(project):
        sys.exit("run.py: the installation failed; the reason stands above.")
    stamp.write_text(f"{lock.name} {digest.hexdigest()}\n", encoding="utf-8")


def demo(arguments: list[str]) -> int:
    install(RUN_LOCK)
    case = ["portfolios/chachoengsao", "--out", "output/chachoengsao"]
    return run([str(PYTHON), "-m", "eicfinance", "appraise", *case, *arguments])


def program(arguments: list[str]) -> int:
    install(RUN_LOCK)
    return run([str(PYTHON), "-m", "eicfinance", *arguments], cwd=None)  # the user's own paths


def test(arguments: list[str]) -> int:
    install(TEST_LOCK)
    pytest = ["pytest", "--numprocesses=auto", "--dist=worksteal"]
    if "--all" in arguments:
        ENVIRONMENT["EICFINANCE_TEST_ALL"] = "1"
    if "--quick" in arguments:
        pytest += ["-m", "not slow"]
    pytest += [argument for argument in arguments if argument not in ("--all", "--quick")]
    steps = {
        "ruff format": ["ruff", "format", "--check", "."],
        "ruff check": ["ruff", "check", "."],
        "mypy": ["mypy", "eicfinance", "tests", "run.py"],
        "pytest": pytest,
    }
    failed = []
    for name, command in steps.items():
        say(name)
        if run([str(PYTHON), "-m", *command]):
            failed.append(name)
    say("failed: " + ", ".join(failed) if failed else "all passed")
    return 1 if failed else 0


def bench(arguments: list[str]) -> int:
    install(TEST_LOCK)
    return run([str(PYTHON), "-m", "tests.benchmarks", *arguments])


def lock(arguments: list[str]) -> int:
    uv = shutil.which("uv")
    if uv is None:
        sys.exit("run.py: `lock` needs uv (pip install uv).")
    # `fewest`: the same releases, so the same figures, on every Python and system.
    step = [uv, "pip", "compile", "--quiet", "--no-config", "--universal", "--generate-hashes"]
    step += ["--python-version=3.11", "--fork-strategy=fewest", "--no-annotate", "--no-header"]
    step += ["pyproject.toml", "--group=build", *arguments]
    tested, used = str(TEST_LOCK), str(RUN_LOCK)
    return run([*step, "--extra=test", "-o", tested]) or run([*step, "-c", tested, "-o", used])


COMMANDS = {"demo": demo, "eicfinance": program, "test": test, "bench": bench, "lock": lock}

if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in COMMANDS:
        try:
            sys.exit(COMMANDS[sys.argv[1]](sys.argv[2:]))
        except KeyboardInterrupt:
            sys.exit(130)
    print(__doc__)
    sys.exit(0 if sys.argv[1:] in (["-h"], ["--help"]) else 2)

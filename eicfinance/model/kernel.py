"""Compiled functions: made with numba once, kept on disk as machine code, loaded without numba.

numba turns the generated Python (loop.py) into LLVM's language; LLVM's library, which comes with
numba, turns that into machine code for this processor. Only the latter is needed to load what was
kept, which takes a twentieth of a second; numba itself is imported to compile and at no other time.

A kept file's name is the hash of all that it depends on: the source, the versions, the processor.
Its first bytes are the hash of the rest, so that a damaged file is compiled again. Files are
written beside and then moved into place: processes may do so at the same time. Where the folder
cannot be written, nothing is kept. The folder is EICFINANCE_CACHE where that is set, else the
user's own for such things.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from eicfinance.model import loop_irr

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER: Final = "EICFINANCE_CACHE"  # environment variable
POINTERS: Final = 7  # arguments of a kernel that are arrays; two whole numbers follow
DIGEST: Final = hashlib.sha256().digest_size
NAME: Final = "eicfinance_kernel"
MATHS: Final = ("exp", "log", "pow", "sqrt")  # what every process has
_alone = Lock()
_broken: list[bool] = []
_known: dict[str, Callable[..., None]] = {}  # by source
_engines: list[Any] = []  # what keeps the loaded code in memory


def available() -> bool:
    """Whether numba is installed; it is not imported. No longer, once it could not be."""
    return not _broken and find_spec("numba") is not None


def give_up() -> None:
    """Numba is there but cannot be imported, as beside a numpy that it does not know."""
    _broken.append(True)


def kernel(source: str) -> Callable[..., None]:
    """The compiled function of a source: arrays, then two whole numbers.

    Other threads run while it works. Raises ImportError where numba is not installed.
    """
    with _alone:
        if source not in _known:
            code = _kept(source)
            if code is None or (address := _load(code)) is None:
                code = _compiled(source)
                _keep(source, code)
                address = _load(code)
            _known[source] = _callable(address)
    return _known[source]


def _callable(address: int | None) -> Callable[..., None]:
    if not address:
        raise RuntimeError("a compiled model cannot be found in its code")
    pointers = [ctypes.c_void_p] * (2 + POINTERS)
    call = ctypes.CFUNCTYPE(ctypes.c_int32, *pointers, ctypes.c_int64, ctypes.c_int64)(address)

    def compiled(*arguments: NDArray[Any] | int) -> None:
        unused = ctypes.create_string_buffer(64)  # where functions of numba answer and complain
        answer = ctypes.addressof(unused)
        arrays = [a.ctypes.data for a in arguments[:POINTERS]]  # type: ignore[union-attr]
        if call(answer, answer, *arrays, *arguments[POINTERS:]):
            raise RuntimeError("a compiled model failed")

    return compiled


def folder() -> Path:
    """Where machine code is kept."""
    if given := os.environ.get(FOLDER):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", "~")).expanduser() / "eicfinance" / "cache"
    if sys.platform == "darwin":
        return Path("~/Library/Caches/eicfinance").expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "eicfinance"


def _path(source: str) -> Path:
    import llvmlite.binding as llvm

    here = Path(__file__).read_bytes() + Path(loop_irr.__file__).read_bytes()
    parts = (source, hashlib.sha256(here).hexdigest(), version("numba"), version("llvmlite"),
             sys.version, llvm.get_process_triple(), llvm.get_host_cpu_name(),
             llvm.get_host_cpu_features().flatten())  # fmt: skip
    return folder() / f"{hashlib.sha256(repr(parts).encode()).hexdigest()}.code"


def _kept(source: str) -> bytes | None:
    with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: no home to expand "~" to
        content = _path(source).read_bytes()
        if hashlib.sha256(content[DIGEST:]).digest() == content[:DIGEST]:
            return content[DIGEST:]
    return None


def _keep(source: str, code: bytes) -> None:
    with contextlib.suppress(OSError, RuntimeError):
        path = _path(source)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(hashlib.sha256(code).digest() + code)
        try:
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)


@cache
def _machine() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_triple(llvm.get_process_triple())


def _target() -> Any:
    import llvmlite.binding as llvm

    return _machine().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        jit=True,
    )


def _load(code: bytes) -> int | None:
    """Address of the kept function; None if the code has none."""
    import llvmlite.binding as llvm

    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _engines.append(engine)
    return int(engine.get_function_address(NAME)) or None


def _compiled(source: str) -> bytes:
    import llvmlite.binding as llvm
    from numba import cfunc, types

    made = _functions(source)
    array, whole = types.CPointer(types.float64), types.int64
    signature = types.void(*[array] * POINTERS, whole, whole)
    text = cfunc(signature, error_model="numpy")(made["kernel"])
    module = llvm.parse_assembly(text.inspect_llvm())
    name = text.native_name.removeprefix("cfunc.")
    _machine()
    for one in (*module.functions, *module.global_variables):
        if one.is_declaration:
            continue
        if one.name == name:  # the function without what calls it from Python
            one.name = NAME
        else:
            one.linkage = "internal"
    passes = llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    target = _target()
    passes.run(module, llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options(0)))
    outside = {one.name for one in module.functions if one.is_declaration} - set(MATHS)
    if strange := [name for name in outside if not name.startswith("llvm.")]:
        raise RuntimeError(f"a compiled model cannot do without {strange}")  # nor be loaded
    code: bytes = target.emit_object(module)
    return code


def _functions(source: str) -> dict[str, Any]:
    """The functions of a source, with those of loop_irr.py, as numba takes them."""
    from numba import njit, types
    from numba.extending import intrinsic

    def pick(typing: Any, flag: Any, then: Any, otherwise: Any) -> Any:
        """The second where the first holds, else the third; both are computed."""

        def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.select(args[0], args[1], args[2])

        return types.float64(types.boolean, types.float64, types.float64), write

    def down(typing: Any, number: Any) -> Any:
        """The largest whole number not above."""

        def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            function = builder.module.declare_intrinsic("llvm.floor", [args[0].type])
            return builder.call(function, args)

        return types.float64(types.float64), write

    made: dict[str, Any] = {**vars(loop_irr), "pick": intrinsic(pick), "down": intrinsic(down)}
    for function in loop_irr.FUNCTIONS:
        bound = FunctionType(function.__code__, made, function.__name__)
        made[function.__name__] = njit(error_model="numpy")(bound)
    exec(compile(source, "<loop>", "exec"), made)
    return made

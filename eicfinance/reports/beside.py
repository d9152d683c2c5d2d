"""A calculation in a second process, beside the first's own work."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from multiprocessing import get_context
from signal import SIG_IGN, SIGINT, signal
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

Made = TypeVar("Made")
MANY: Final = 20  # projects, from which on a second process pays


def beside(call: Callable[[], Made], projects: int) -> Callable[[], Made]:
    """Begins a calculation of a case with so many projects; what is returned waits for the result.

    The second process is a copy of this one, which Linux alone makes safely, and must give what can
    be sent. Elsewhere, for few projects, and where the copy fails, the calculation is done by this
    process when it is asked for, with the same result and the same errors.
    """
    if projects < MANY or sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return call
    context = get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(call, sending), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of idle threads: they hold no lock
        process.start()
    sending.close()

    def result() -> Made:
        try:
            made: Made = receiving.recv()
        except EOFError:
            made = call()
        process.join()
        return made

    return result


def _send(call: Callable[[], Any], sending: Connection[Any, Any]) -> None:
    signal(SIGINT, SIG_IGN)  # an interruption is the first process's to handle
    with suppress(Exception):  # which meets the same error, and reports it
        sending.send(call())
    sending.close()

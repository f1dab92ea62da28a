"""The kernel as machine code: found on the disk, or compiled once and kept there.

What is kept is the object file that LLVM made. It is loaded by llvmlite alone, so a process that finds it never
imports Numba. Its name holds a hash of all that it was made of: the sources, the compiler and the processor; so what is
found is never of an older source. Several processes may compile and write at once: each file is put in place whole.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from renkei.sim import arithmetic, kernel, plain, program
from renkei.sim.program import Ints


def _is_set(name: str) -> bool:
    return os.environ.get(name, "0") not in ("", "0")


PLAIN = _is_set("NUMBA_DISABLE_JIT")
"""The kernel runs as plain Python."""
CHECKED = _is_set("NUMBA_BOUNDSCHECK")
"""The kernel is compiled with bounds checked, for this process alone."""

Door = Callable[[Ints, int, int, int, int, int], int]
"""`kernel.advance`: memory, what, until, kind, a, b."""

_DIGEST_SIZE = 64
_NUMBER = ctypes.c_int64
_CODE = ctypes.CFUNCTYPE(_NUMBER, ctypes.c_void_p, *[_NUMBER] * 5)

_making = threading.Lock()
_door: Door | None = None
_kept: list[Any] = []
"""What must live as long as the process: the code in memory."""


def advance(memory: Ints, what: int, until: int, kind: int, a: int, b: int) -> int:
    """Do ``what`` in ``memory``: see `kernel.advance`. Python's lock is not held meanwhile."""
    return (_door or warm_up())(memory, what, until, kind, a, b)


def _plain(memory: Ints, what: int, until: int, kind: int, a: int, b: int) -> int:
    """Call the kernel as plain Python: keys wrap around there, which NumPy would say aloud."""
    with np.errstate(over="ignore"):
        return kernel.advance(memory, what, until, kind, a, b)


def is_compiled() -> bool:
    """Tell whether the kernel is ready, in this process or on the disk, without compiling it."""
    return PLAIN or _door is not None or (not CHECKED and _found(_name())[0] is not None)


def warm_up(announce: Callable[[str], None] | None = None) -> Door:
    """Make the kernel ready, and return it; tell the caller first if that takes a compilation."""
    global _door
    with _making:
        if _door is None:
            _door = _plain if PLAIN else _compiled(announce or (lambda text: None))
        return _door


def _compiled(announce: Callable[[str], None]) -> Door:
    """Return the kernel from the disk; compile it, and keep it there, if it is not there or is damaged."""
    name = _name()
    found, damaged = (None, False) if CHECKED else _found(name)
    if found is None:
        if damaged:
            announce("the compiled simulation kernel on the disk is damaged: compiling it again (some seconds)")
        else:
            announce("compiling the simulation kernel, once for this machine (some seconds)")
        from renkei.sim import compiling

        if CHECKED:
            return compiling.checked()
        found = compiling.machine_code()
        _keep(name, *found)
    return _loaded(*found)


def _machine() -> tuple[str, str]:
    """Return the processor and what it can do, in LLVM's words."""
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def _name() -> str:
    """Return the name of the file that holds what would be compiled now."""
    from importlib.metadata import version

    sources = [Path(__file__).with_name("compiling.py"), *(Path(str(module.__file__)) for module in PARTS)]
    made_of = [source.read_bytes() for source in sources]
    facts = (version("numba"), version("llvmlite"), version("numpy"), *_machine(), kernel.STATISTICS)
    return f"renkei-kernel-{sha256(b'|'.join([*made_of, repr(facts).encode()])).hexdigest()[:24]}.o"


PARTS = (kernel, arithmetic, program, plain)


def _folders() -> list[Path]:
    """Return where compiled kernels are kept: beside the source, else in the user's cache."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return [Path(chosen)]
    try:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".cache")
    except RuntimeError:  # there is no home
        return [Path(__file__).with_name("__pycache__")]
    return [Path(__file__).with_name("__pycache__"), cache / "renkei" / "kernel"]


def _found(name: str) -> tuple[tuple[str, bytes] | None, bool]:
    """Return the name of the function and the object file; and whether there is one that is damaged."""
    damaged = False
    for folder in _folders():
        try:
            whole = (folder / name).read_bytes()
        except OSError:
            continue
        digest, content = whole[:_DIGEST_SIZE], whole[_DIGEST_SIZE:]
        if sha256(content).hexdigest().encode() == digest:
            symbol, _, code = content.partition(b"\n")
            return (symbol.decode(), code), False
        damaged = True
    return None, damaged


def _keep(name: str, symbol: str, code: bytes) -> None:
    """Write the object file to the first place that can be written; to none if there is none."""
    content = symbol.encode() + b"\n" + code
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, written = tempfile.mkstemp(dir=folder, prefix=name)
        except OSError:
            continue
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(sha256(content).hexdigest().encode() + content)
            os.replace(written, folder / name)
        except OSError:
            Path(written).unlink(missing_ok=True)
            continue
        return


def _loaded(symbol: str, code: bytes) -> Door:
    """Return the function of an object file."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    processor, features = _machine()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    machine = target.create_target_machine(cpu=processor, features=features, opt=3, jit=True, codemodel="jitdefault")
    loader = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    loader.add_object_file(llvm.ObjectFileRef.from_data(code))
    loader.finalize_object()
    call = _CODE(loader.get_function_address(symbol))
    _kept.append(loader)

    def door(memory: Ints, what: int, until: int, kind: int, a: int, b: int) -> int:
        return int(call(memory.ctypes.data, what, until, kind, a, b))

    return door

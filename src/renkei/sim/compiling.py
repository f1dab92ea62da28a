"""The words of the kernel's source as machine code: `kernel` is run a second time with these, and compiled.

Numba optimises each helper with all that it calls, and emits it; here helpers are *parts*, optimised once, within the
kernel. This uses Numba's internals, and the lock pins Numba. `plain` has the same words as plain Python.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numba.extending
from llvmlite import ir
from numba import njit, types
from numba.core.callconv import RETCODE_OK, CPUCallConv, Status
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.registry import cpu_target

from renkei.sim import arithmetic
from renkei.sim.plain import LOW_HALF, Memory

# Numba's own types of these do not fit their use
config: Any = numba.config
intrinsic: Any = numba.extending.intrinsic
overload: Any = numba.extending.overload
register_jitable: Any = numba.extending.register_jitable
any_njit: Any = njit
pointer_to: Any = types.CPointer

CHECKED = bool(config.BOUNDSCHECK)
"""With NUMBA_BOUNDSCHECK=1 the memory is an array, whose bounds Numba checks; else a pointer."""

# ---- how helpers are compiled


class NoEnvironment:
    """Stands in for the code generator of a `Part`."""

    @staticmethod
    def set_env(name: str, environment: Any) -> None:
        """Do nothing."""


class Part(JITCodeLibrary):  # type: ignore[misc]
    """The code of a helper, which is never run by itself: it is linked, optimised and emitted in the kernel only.

    Numba's own way is to optimise every helper together with all that it calls, and to emit it: 23 s instead of 9.
    """

    @property
    def codegen(self) -> Any:
        """What Numba tells where the helper's Python environment is: there is no code to tell it to."""
        return NoEnvironment

    def finalize(self) -> None:
        """Leave everything to the kernel."""
        self._finalized = True


class Whole(JITCodeLibrary):  # type: ignore[misc]
    """The code of the kernel."""

    def finalize(self) -> None:
        """Link each part once, however far down it is called: parts do not hold what they call."""
        parts = dict.fromkeys(self._linking_libraries)
        todo = list(parts)
        while todo:
            for called in todo.pop()._linking_libraries:
                if called not in parts:
                    parts[called] = None
                    todo.append(called)
        self._linking_libraries = list(parts)
        super().finalize()


class PartCompiler(Compiler):  # type: ignore[misc]
    """Numba's compiler, but what it makes is a `Part`."""

    def define_pipelines(self) -> Any:
        """Return the passes of the compiler."""
        self.state.library = Part(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        return super().define_pipelines()


class WholeCompiler(Compiler):  # type: ignore[misc]
    """Numba's compiler, but what it makes is the `Whole`."""

    def define_pipelines(self) -> Any:
        """Return the passes of the compiler."""
        self.state.library = Whole(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        self.state.library.enable_object_caching()
        return super().define_pipelines()


TRAP = "llvm.trap"


class DirectCalls(CPUCallConv):  # type: ignore[misc]
    """Functions that return their result as C's do.

    Numba's own return a status, and the result through memory, since they may raise. Nothing here raises.
    """

    def get_function_type(self, restype: Any, argtypes: Any) -> Any:
        """Return the type of a function in LLVM's terms."""
        arguments = self._get_arg_packer(argtypes).argument_types
        return ir.FunctionType(self.get_return_type(restype).pointee, list(arguments))

    def decorate_function(self, fn: Any, args: Any, fe_argtypes: Any, noalias: bool = False) -> None:
        """Name a function's arguments."""
        del noalias
        packer = self._get_arg_packer(fe_argtypes)
        packer.assign_names(self.get_arguments(fn), [f"arg.{name}" for name in args])

    def get_arguments(self, func: Any) -> Any:
        """Return all arguments: there are no others."""
        return func.args

    def return_value(self, builder: Any, retval: Any) -> None:
        """Return from a function."""
        builder.ret(retval)

    def call_function(self, builder: Any, callee: Any, resty: Any, argtys: Any, args: Any, attrs: Any = None) -> Any:
        """Call a function: it always goes well."""
        del attrs
        packed = self._get_arg_packer(argtys).as_arguments(builder, args)
        result = builder.call(callee, list(packed))
        yes, no = ir.IntType(1)(1), ir.IntType(1)(0)
        status = Status(
            code=RETCODE_OK,
            is_ok=yes,
            is_none=no,
            is_error=no,
            is_stop_iteration=no,
            is_python_exc=no,
            is_user_exc=no,
            excinfoptr=None,
        )
        return status, self.context.get_returned_value(builder, resty, result)

    def return_status_propagate(self, builder: Any, status: Any) -> None:
        """End what is never reached."""
        del status
        builder.unreachable()

    def raise_error(self, *details: Any) -> None:
        """Raise nothing."""

    def return_user_exc(self, builder: Any, *details: Any, **more: Any) -> None:
        """Stop the process: LLVM finds that it is never reached, as with the step of a range that might be 0."""
        del details, more
        builder.call(builder.module.declare_intrinsic(TRAP, [], ir.FunctionType(ir.VoidType(), [])), [])
        builder.unreachable()


@contextmanager
def direct_calls() -> Iterator[None]:
    """Compile with `DirectCalls`; what is compiled so calls, and is called by, only what is."""
    cpu_target.target_context.refresh()  # makes what it needs itself, in its own way
    target: Any = type(cpu_target.target_context)
    usual = target.call_conv
    target.call_conv = property(DirectCalls)
    try:
        yield
    finally:
        target.call_conv = usual


BARE: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
SETTINGS: dict[str, Any] = {
    "error_model": "numpy",
    "pipeline_class": PartCompiler,
    **BARE,
}


def helper(function: Callable[..., Any], forceinline: bool = False) -> Any:
    """Compile a function that the kernel calls, once: Numba's own way is once for each constant it is called with.

    ``forceinline`` is always said, since a function would inherit it from the one that happens to need it first.
    """
    compiled = njit(forceinline=forceinline, **SETTINGS)(function)
    template_for = compiled.get_call_template
    compiled.get_call_template = lambda args, names: template_for([types.unliteral(one) for one in args], names)
    return compiled


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a function into each place that calls it."""
    return helper(function, forceinline=True)


# ---- what Python has no word for


@intrinsic
def choose(typingctx, condition, yes, no):  # type: ignore[no-untyped-def]
    """Return ``yes if condition else no`` without a branch: LLVM's own choice is three times slower here."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        chosen = builder.select(*args)
        chosen.set_metadata("unpredictable", builder.module.add_metadata([]))
        return chosen

    return types.int64(types.boolean, types.int64, types.int64), codegen


@intrinsic
def lowest_bit(typingctx, word):  # type: ignore[no-untyped-def]
    """Return which bit of a word, not 0, is the lowest that is set."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.cttz(args[0], ir.IntType(1)(1))

    return types.int64(types.int64), codegen


@intrinsic
def rarely(typingctx, condition):  # type: ignore[no-untyped-def]
    """Return the condition; LLVM learns that it seldom holds, and puts that case out of the way."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        bit = ir.IntType(1)
        expect = builder.module.declare_intrinsic("llvm.expect", [bit], ir.FunctionType(bit, [bit, bit]))
        return builder.call(expect, [args[0], bit(0)])

    return types.boolean(types.boolean), codegen


@intrinsic
def to_float(typingctx, word):  # type: ignore[no-untyped-def]
    """Return the float whose bits a word holds."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.bitcast(args[0], context.get_value_type(types.float64))

    return types.float64(types.int64), codegen


@intrinsic
def to_word(typingctx, number):  # type: ignore[no-untyped-def]
    """Return the bits of a float."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.bitcast(args[0], context.get_value_type(types.int64))

    return types.int64(types.float64), codegen


def half_of(context, builder, args, which):  # type: ignore[no-untyped-def]
    """Return where half of a word is, in LLVM's terms."""
    half = ir.IntType(32).as_pointer()
    word = builder.gep(args[0], [args[1]])
    return builder.gep(builder.bitcast(word, half), [ir.IntType(64)(which)])


def reader_of(which: int) -> Any:
    """Return the intrinsic that reads a half."""

    @intrinsic
    def read(typingctx, memory, address):  # type: ignore[no-untyped-def]
        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            return builder.zext(builder.load(half_of(context, builder, args, which)), ir.IntType(64))

        return types.int64(memory, types.int64), codegen

    return read


def writer_of(which: int) -> Any:
    """Return the intrinsic that writes a half."""

    @intrinsic
    def write(typingctx, memory, address, number):  # type: ignore[no-untyped-def]
        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            builder.store(builder.trunc(args[2], ir.IntType(32)), half_of(context, builder, args, which))
            return context.get_dummy_value()

        return types.void(memory, types.int64, types.int64), codegen

    return write


if CHECKED:

    @inlined
    def low(m: Memory, address: int) -> int:
        """Return the lower half of a word."""
        return m[address] & LOW_HALF

    @inlined
    def high(m: Memory, address: int) -> int:
        """Return the upper half of a word."""
        return (m[address] >> 32) & LOW_HALF

    @inlined
    def set_low(m: Memory, address: int, number: int) -> None:
        """Set the lower half of a word."""
        m[address] = (m[address] & ~LOW_HALF) | number

    @inlined
    def set_high(m: Memory, address: int, number: int) -> None:
        """Set the upper half of a word: to less than 2^31."""
        m[address] = (m[address] & LOW_HALF) | (number << 32)

    @inlined
    def fetch(m: Memory, address: int) -> None:
        """Do nothing: no word is read."""

else:
    low, high, set_low, set_high = reader_of(0), reader_of(1), writer_of(0), writer_of(1)

    @intrinsic
    def fetch(typingctx, memory, address):  # type: ignore[no-untyped-def]
        """Let the processor bring the line of a word near before it is wanted; any address will do."""

        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
            place = builder.bitcast(builder.gep(args[0], [args[1]]), byte)
            to_read, near, data = number(0), number(3), number(1)
            builder.call(prefetch, [place, to_read, near, data])
            return context.get_dummy_value()

        return types.void(memory, types.int64), codegen


# The arithmetic is compiled from its own source, but for two functions that are exact however they are written.
FRACTION_BITS = (1 << 52) - 1
HALF_BITS = 1022 << 52


@overload(arithmetic.split, jit_options={"forceinline": True, **SETTINGS})
def _split(x):  # type: ignore[no-untyped-def]
    def split(x):  # type: ignore[no-untyped-def]
        word = to_word(x)
        return to_float((word & FRACTION_BITS) | HALF_BITS), (word >> 52) - 1022

    return split


@overload(arithmetic.power_of_two, jit_options={"forceinline": True, **SETTINGS})
def _power_of_two(exponent):  # type: ignore[no-untyped-def]
    def power_of_two(exponent):  # type: ignore[no-untyped-def]
        return to_float((exponent + 1023) << 52)

    return power_of_two


for _name in ("scale", "log_series", "polynomial", "product_error"):
    register_jitable(forceinline=True, **SETTINGS)(getattr(arithmetic, _name))
for _name in ("log", "log_of_normal", "log_in_two", "exp", "pow", "normal_quantile"):
    register_jitable(forceinline=False, **SETTINGS)(getattr(arithmetic, _name))
for _name in ("central_ratio", "near_tail_ratio", "far_tail_ratio"):
    register_jitable(forceinline=False, **SETTINGS)(getattr(arithmetic, _name))

# ---- the whole

NAME = "renkei.sim.kernel_to_compile"
"""What the kernel's source is called when it is run to be compiled."""
NUMBERS = [types.int64] * 5
IN_EVERY_PROCESS = ("sqrt",)
"""What the compiled kernel may call: of the C library, which Python itself has loaded."""


def kernel_in_parts() -> Any:
    """Return the kernel's module once more, its helpers made of the words above."""
    source = Path(__file__).with_name("kernel.py")
    specification = importlib.util.spec_from_file_location(NAME, source)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def machine_code() -> tuple[str, bytes]:
    """Return the kernel as the bytes of an object file, and the name that `advance` has in it.

    Raises
    ------
    RuntimeError
        If the code would need anything of Numba to run, or could raise an exception.
    """
    dispatcher: Any = any_njit(error_model="numpy", pipeline_class=WholeCompiler, **BARE)(kernel_in_parts().advance)
    with direct_calls():
        dispatcher.compile((pointer_to(types.int64), *NUMBERS))
    (compiled,) = dispatcher.overloads.values()
    needed = [
        function.name
        for function in compiled.library._final_module.functions
        if function.is_declaration
        and function.name not in IN_EVERY_PROCESS
        and (function.name == TRAP or not function.name.startswith("llvm."))
    ]
    if needed:
        raise RuntimeError(f"the compiled kernel calls {', '.join(needed)}")
    return compiled.fndesc.llvm_func_name, compiled.library._get_compiled_object()


def checked() -> Callable[..., int]:
    """Return the compiled `advance` that takes an array and checks its bounds."""
    dispatcher: Any = njit(nogil=True, error_model="numpy", pipeline_class=WholeCompiler)(kernel_in_parts().advance)
    dispatcher.compile((types.int64[::1], *NUMBERS))
    return dispatcher  # type: ignore[no-any-return]

"""The words of the kernel's source as plain Python: so the kernel runs uncompiled, and without Numba.

`compiling` has the same words as machine code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

LOW_HALF = (1 << 32) - 1


class Memory(Protocol):
    """The memory, as helpers see it."""

    def __getitem__(self, address: int, /) -> int: ...

    def __setitem__(self, address: int, word: int, /) -> None: ...


def helper(function: Callable[..., Any]) -> Any:
    """Return a function that the kernel calls."""
    return function


def inlined(function: Callable[..., Any]) -> Any:
    """Return a function that is compiled into each place that calls it."""
    return function


def choose(condition: bool, yes: int, no: int) -> int:
    """Return one of two words."""
    return yes if condition else no


def lowest_bit(word: int) -> int:
    """Return which bit of a word, not 0, is the lowest that is set."""
    return (int(word) & -int(word)).bit_length() - 1


def rarely(condition: bool) -> bool:
    """Return the condition."""
    return condition


def fetch(m: Memory, address: int) -> None:
    """Do nothing: what is near is the processor's affair."""


def to_float(word: int) -> float:
    """Return the float whose bits a word holds."""
    return float(np.int64(word).view(np.float64))


def to_word(number: float) -> int:
    """Return the bits of a float."""
    return int(np.float64(number).view(np.int64))


def low(m: Memory, address: int) -> int:
    """Return the lower half of a word."""
    return m[address] & LOW_HALF


def high(m: Memory, address: int) -> int:
    """Return the upper half of a word."""
    return (m[address] >> 32) & LOW_HALF


def set_low(m: Memory, address: int, number: int) -> None:
    """Set the lower half of a word."""
    m[address] = (m[address] & ~LOW_HALF) | number


def set_high(m: Memory, address: int, number: int) -> None:
    """Set the upper half of a word: to less than 2^31."""
    m[address] = (m[address] & LOW_HALF) | (number << 32)

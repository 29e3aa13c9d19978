"""What texts were read as, kept while they come again: a site's frame is on all of its pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final, ParamSpec, TypeVar

LONGEST: Final = 2_000
"""Characters of what is kept: what is longer is no frame's, and a hostile site has much of it."""

P = ParamSpec("P")
T = TypeVar("T")


def kept(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return what keeps the results of a function, ``most`` of them, by its arguments.

    Their texts and tuples may be as long as they like: those of long ones are not kept.
    """

    def keeping(function: Callable[P, T]) -> Callable[P, T]:
        cached = lru_cache(most)(function)

        @wraps(function)
        def read(*args: P.args, **named: P.kwargs) -> T:
            for value in args:
                if isinstance(value, (str, tuple)) and len(value) > LONGEST:
                    return function(*args, **named)
            return cached(*args, **named)  # type: ignore[arg-type]

        return read

    return keeping

"""Damage: a page loses or gains something, and its gold with it. A wrong record must be noticed.

A kind takes the page's source, its gold and a source of chance, and gives both anew; ``None`` where
the page has nothing of that kind to lose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType
from typing import Final, TypeAlias

from quality.damages import fields, held_out, labels, machine, pages, parts, sidebar, traceless
from quality.sample import Json, Sample

Gold: TypeAlias = tuple[Json, ...]
Damage: TypeAlias = Callable[[str, Gold, Random], tuple[str, Gold] | None]

KINDS: Final[Mapping[str, Damage]] = MappingProxyType(
    {
        damage.__name__: damage
        for module in (labels, fields, parts, sidebar, pages, machine)
        for damage in module.DAMAGES
    }
)
TRACELESS: Final[Mapping[str, Damage]] = MappingProxyType(
    {damage.__name__: damage for damage in traceless.DAMAGES}
)
"""After these a page is as whole as any other: left out of the figure; the docstrings say why."""
HELD_OUT: Final[Mapping[str, Damage]] = MappingProxyType(
    {damage.__name__: damage for damage in held_out.DAMAGES}
)
"""What nothing was fitted to."""
ALL: Final[Mapping[str, Damage]] = MappingProxyType({**KINDS, **TRACELESS, **HELD_OUT})


def damaged(kind: str, sample: Sample) -> tuple[str, Gold] | None:
    """Return a damaged page of the corpus and its gold; the same one each time."""
    result = ALL[kind](sample.text, sample.gold, Random(f"{kind} {sample.name}"))
    return None if result is None or result[0] == sample.text else result

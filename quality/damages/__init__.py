"""Damage to a page: it loses or gains something, as do its true records. Errors must be noticed.

The function of a kind takes the page's source, its true records and a random generator. It returns
the new source and the new records; ``None`` if the page has nothing that this kind can damage.
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
"""Kinds after which a page looks undamaged. They do not count; the docstrings say why."""
HELD_OUT: Final[Mapping[str, Damage]] = MappingProxyType(
    {damage.__name__: damage for damage in held_out.DAMAGES}
)
"""Kinds to which nothing in the project was fitted."""
ALL: Final[Mapping[str, Damage]] = MappingProxyType({**KINDS, **TRACELESS, **HELD_OUT})


def damaged(kind: str, sample: Sample) -> tuple[str, Gold] | None:
    """Return a damaged page of the corpus and its true records, always the same."""
    result = ALL[kind](sample.text, sample.gold, Random(f"{kind} {sample.name}"))
    return None if result is None or result[0] == sample.text else result

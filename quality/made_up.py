"""Made-up pages: built from the portals' phrases, or cut and spliced from the corpus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final

from quality.corpus import corpus
from quality.vocabulary import ADDRESSES, ATTRIBUTES, PHRASES, TAGS

_MAX_CUTS: Final = 4
_MAX_DEPTH: Final = 6


@dataclass(frozen=True)
class Made:
    """A made-up page with a made-up address."""

    body: bytes | str
    url: str | None


def make(random: Random) -> Made:
    """Return a page of a random kind."""
    return random.choices(MAKERS, WEIGHTS)[0](random)


def tree(random: Random) -> Made:
    """Return a page of phrases in elements of any kind, some of them never closed."""
    html = "".join(_element(random, 0) for _ in range(random.randint(1, 5)))
    return Made(f"<html><body>{html}", random.choice(ADDRESSES))


def lines(random: Random) -> Made:
    """Return plain text made of phrases."""
    phrases = random.choices(PHRASES, k=random.randint(0, 25))
    return Made("\n".join(phrases), random.choice(ADDRESSES))


def mutated(random: Random) -> Made:
    """Return a page of the corpus with pieces cut out, put in, doubled or moved."""
    body, url = random.choice(_seeds())
    for _ in range(random.randint(1, _MAX_CUTS)):
        start = random.randint(0, len(body))
        end = start + random.choice((0, 1, 8, 60, 400))
        body = body[:start] + random.choice(_PIECES)(random, body[start:end]) + body[end:]
    return Made(body, url if random.random() < 0.8 else random.choice(ADDRESSES))


def spliced(random: Random) -> Made:
    """Return the beginning of one page of the corpus and the end of another."""
    (first, url), (second, _) = random.sample(_seeds(), 2)
    head, tail = random.randint(0, len(first)), random.randint(0, len(second))
    return Made(first[:head] + second[tail:], url)


def noise(random: Random) -> Made:
    """Return random bytes."""
    return Made(random.randbytes(random.randint(0, 300)), random.choice(ADDRESSES))


def repeated(random: Random) -> Made:
    """Return one piece repeated many times, which shows quadratic time."""
    piece = "".join(_element(random, 4) for _ in range(random.randint(1, 3)))
    return Made(piece * random.choice((30, 100, 300)), random.choice(ADDRESSES))


MAKERS: Final[tuple[Callable[[Random], Made], ...]] = (
    tree, lines, mutated, spliced, noise, repeated,
)  # fmt: skip
WEIGHTS: Final = (40, 20, 20, 10, 9, 1)


def _element(random: Random, depth: int) -> str:
    if depth == _MAX_DEPTH or random.random() < 0.4:
        return random.choice(PHRASES)
    tag, attribute = random.choice(TAGS), random.choice(ATTRIBUTES)
    inner = "".join(_element(random, depth + 1) for _ in range(random.randint(0, 4)))
    closed = f"</{tag}>" if random.random() < 0.7 else ""
    return f"<{tag}{attribute}>{inner}{closed}"


@cache
def _seeds() -> tuple[tuple[bytes, str], ...]:
    return tuple((sample.body, sample.url) for sample in corpus())


def _phrase(random: Random, _: bytes) -> bytes:
    return random.choice(PHRASES).encode("utf-8", "replace")


_PIECES: Final[tuple[Callable[[Random, bytes], bytes], ...]] = (
    lambda _, __: b"",
    lambda _, cut: cut * 2,
    lambda random, _: random.randbytes(random.randint(1, 8)),
    _phrase,
    lambda random, cut: cut + _element(random, 3).encode("utf-8", "replace"),
)

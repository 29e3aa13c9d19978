"""Every store against a simple model, whatever happens to its worker."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from itertools import count
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from shio_scraper.frontier.store import LAST, NEVER, Counts, Crawl
from tests.frontier.working import Worker, working

if TYPE_CHECKING:
    from collections.abc import Coroutine

PAGES = st.sampled_from("abcdefgh")
PRIORITIES = st.sampled_from((NEVER, LAST, -1, 0, 10))
_numbers = count()


class Model(RuleBasedStateMachine):
    """A worker that stores, takes, acknowledges, fails, stops and begins again."""

    location: str

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._crawl = Crawl(f"crawl{next(_numbers)}", "portal", {})
        self._stack = AsyncExitStack()
        self._worker: Worker
        self._join()
        self.waiting: dict[str, int] = {}
        self.in_hand: list[str] = []
        self.done: set[str] = set()
        self.failed: set[str] = set()

    def _run(self, steps: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(steps)

    def _join(self) -> None:
        entered = self._stack.enter_async_context(working(self.location, self._crawl))
        self._worker = self._run(entered)

    @rule(page=PAGES, priority=PRIORITIES)
    def add(self, page: str, priority: int) -> None:
        done = self._run(self._worker.counts()).done
        self._run(self._worker.add(page, priority=priority))
        done = self._run(self._worker.counts()).done - done
        known = page in self.done | self.failed or page in self.in_hand
        if (
            known
            or self.waiting.get(page, LAST) > LAST
            or (page in self.waiting and priority == LAST)
        ):
            assert done == 0
        elif priority == NEVER:
            assert done == 1
            self.waiting.pop(page, None)
            self.done.add(page)
        else:  # in the place of one that waits at LAST
            self.waiting.pop(page, None)
            self.waiting[page] = priority

    @rule()
    def take(self) -> None:
        page = self._run(self._worker.take())
        due = [p for p in self.waiting if self.waiting[p] > LAST]
        if page is None:
            assert not due
            assert self.in_hand or not self.waiting
            return
        assert page in self.waiting
        if self.waiting[page] > LAST:
            assert page == max(due, key=self.waiting.__getitem__)  # the first of equal ones
        else:
            assert not due
        del self.waiting[page]
        self.in_hand.append(page)

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sets(st.sampled_from(self.in_hand))) if self.in_hand else set()
        failed = data.draw(st.sets(st.sampled_from(sorted(chosen)))) if chosen else set()
        done = chosen - failed
        self._run(self._worker.commit(*sorted(done), failed=dict.fromkeys(failed, "why")))
        self.in_hand = [page for page in self.in_hand if page not in chosen]
        self.done |= done
        self.failed |= failed

    @rule()
    def begin_again(self) -> None:
        """What was in hand waits again, behind what has its priority only by its age."""
        if self.location == "memory":
            return
        self._run(self._stack.aclose())
        self._join()
        kept = dict.fromkeys((*self.in_hand, *self.waiting), 0)
        self._run(self._drain(set(kept)))

    async def _drain(self, expected: set[str]) -> None:
        found = set()
        while page := await self._worker.take():
            found.add(page)
            await self._worker.commit(page)
        assert found == expected
        self.done |= found
        self.waiting.clear()
        self.in_hand.clear()

    @invariant()
    def counts_agree(self) -> None:
        counts = self._run(self._worker.counts())
        to_do = len(self.waiting) + len(self.in_hand)
        assert counts.waiting + counts.leased == to_do
        assert counts.failed == len(self.failed)
        assert counts.done == len(self.done)
        if to_do == 0:
            assert not self._worker.store.has_pending()
            assert counts == Counts(failed=len(self.failed), done=len(self.done))

    def teardown(self) -> None:
        self._run(self._stack.aclose())
        self._loop.close()


def test_a_store_does_what_the_model_does(location: str) -> None:
    machine = type("Machine", (Model,), {"location": location})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

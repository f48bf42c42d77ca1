"""Things to do at a time: a heap that hands out what is due, in order of time and then of asking."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True)
class Timer:
    """One thing to do; `cancel()` forgets it."""

    due_ms: int
    _order: int
    _do: Callable[[], None] | None = field(compare=False)
    lasting: bool = field(default=False, compare=False)  # clear() spares it

    def cancel(self) -> None:
        """Never run."""
        self._do = None

    @property
    def pending(self) -> bool:
        """Neither run nor cancelled."""
        return self._do is not None

    def run(self) -> None:
        """Run once."""
        do, self._do = self._do, None
        if do is not None:
            do()


class Timers:
    """The heap."""

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._order = 0

    def at(self, due_ms: int, do: Callable[[], None], *, lasting: bool = False) -> Timer:
        """Run `do` when the time is `due_ms`."""
        self._order += 1
        timer = Timer(due_ms, self._order, do, lasting)
        heapq.heappush(self._heap, timer)
        return timer

    def next_due_ms(self) -> int | None:
        """When the next one is due; None when there is none."""
        while self._heap and not self._heap[0].pending:
            heapq.heappop(self._heap)
        return self._heap[0].due_ms if self._heap else None

    def take_due(self, now_ms: int) -> Timer | None:
        """The next one that is due, removed from the heap."""
        due = self.next_due_ms()
        return heapq.heappop(self._heap) if due is not None and due <= now_ms else None

    def clear(self) -> None:
        """Cancel all but the lasting ones."""
        for timer in self._heap:
            if not timer.lasting:
                timer.cancel()
        self._heap = [timer for timer in self._heap if timer.pending]
        heapq.heapify(self._heap)

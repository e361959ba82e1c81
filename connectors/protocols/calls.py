"""Asks a department many questions, a few at a time, and hands the answers on in the order of the questions.

So the bytes of a delivery, and with them its digest and the ledger, do not depend on which answer was quick.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Question = TypeVar("Question")
Result = TypeVar("Result")

#: So many questions per call under way are handed out ahead of the answer that is waited for: a slow answer
#: holds up no other call, and the answers that wait for it stay few.
_AHEAD = 4


class _NotAsked(Exception):
    """A question that was given up before it was asked, because another one had failed."""


def ask_in_order(
    ask: Callable[[Question], Result], questions: Iterable[Question], at_once: int
) -> Generator[Result, None, None]:
    """Yields ``ask(question)`` for each question in turn; up to ``at_once`` calls are under way.

    If one call fails for good, nobody else is asked: the batch is lost, and the service most likely down. The
    error raised is that of the first question, in order, that failed.
    """
    given_up = threading.Event()

    def guarded(question: Question) -> Result:
        if given_up.is_set():
            raise _NotAsked
        try:
            return ask(question)
        except BaseException:
            given_up.set()
            raise

    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(at_once, thread_name_prefix="calls") as pool:
        try:
            for question in questions:
                waiting.append(pool.submit(guarded, question))
                if len(waiting) >= _AHEAD * at_once:
                    yield _answer(waiting)
            while waiting:
                yield _answer(waiting)
        finally:
            # also when the reader of the answers has failed: what it does not take is not asked
            given_up.set()


def _answer(waiting: deque[Future[Result]]) -> Result:
    try:
        return waiting.popleft().result()
    except _NotAsked:
        # a later question failed first, and kept this one from being asked: its error is the cause
        for later in waiting:
            error = later.exception()
            if error is not None and not isinstance(error, _NotAsked):
                raise error from None
        raise

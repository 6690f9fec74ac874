"""Several sources at once, each in its own child process, and never two on one site."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from crawler.harvest import Children
from storage.domain import Harvest

AT_ONCE = 2
"""Harvests that run at once: more would take a small machine's memory, and save little time."""


def side_by_side(
    sources: Mapping[str, Collection[str]],
    run: Callable[[str, Children], Harvest],
    *,
    at_once: int = AT_ONCE,
) -> Generator[Harvest]:
    """Yield the harvest of each source as it ends; what one does harms no other.

    ``sources`` gives the hosts of each: two that share one are harvested one after the other, so
    that a site is asked one thing at a time. ``run`` (called in a thread) harvests one source and
    registers its child. Whoever stops listening, as with Ctrl-C, takes all that run along; an
    exception of ``run`` does so too, and is raised.
    """
    children = Children()
    waiting = dict(sources)
    running: dict[Future[Harvest], str] = {}
    with ThreadPoolExecutor(at_once, thread_name_prefix="harvest") as pool:
        try:
            while waiting or running:
                for name in _startable(waiting, sources, running.values(), at_once):
                    running[pool.submit(run, name, children)] = name
                    del waiting[name]
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for one in sorted(done, key=lambda future: running[future]):
                    del running[one]
                    yield one.result()
        finally:
            children.end()


def _startable(
    waiting: Mapping[str, Collection[str]],
    hosts: Mapping[str, Collection[str]],
    running: Collection[str],
    at_once: int,
) -> list[str]:
    """The sources that may begin now, in their order."""
    busy = {host for name in running for host in hosts[name]}
    found: list[str] = []
    for name, own in waiting.items():
        if len(running) + len(found) >= at_once:
            break
        if busy.isdisjoint(own):
            found.append(name)
            busy |= set(own)
    return found

"""The long run of the properties: progress while it goes on, a summary at the end, and the seeds of what was found.

    ./run campaign                       every property, as many cases as it names
    ./run campaign NAME ...              some of them
    ./run campaign NAME --seed 1234      one case again
    ./run campaign --cases 200 -n 2      so many cases each, on so many processes
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.campaign.record import Property, properties, tried

BATCH, ROUND = 5, 200
"""Cases of a task, and tasks of a process."""


def batch(name: str, seeds: range) -> dict[int, str]:
    """The findings among some seeds."""
    return {seed: finding for seed in seeds if (finding := tried(name, seed)) is not None}


def run(each: Property, cases: int, first: int, processes: int) -> tuple[dict[int, str], int]:
    """Try ``cases`` seeds from ``first`` on; prints how far it is.  What was found, of how many, at ctrl-C too."""
    findings: dict[int, str] = {}
    done = 0
    try:
        for new, tried_now in _batches(each, cases, first, processes):
            findings |= new
            done += tried_now
            for seed, finding in sorted(new.items()):
                print(f"\n  {each.name} --seed {seed}: {finding}", flush=True)
            print(f"\r{each.name}: {done}/{cases}, {len(findings)} found", end="", flush=True)
    except KeyboardInterrupt:
        print(f"\n{each.name}: interrupted", end="")
    print(flush=True)
    return findings, done


def _batches(each: Property, cases: int, first: int, processes: int) -> Iterator[tuple[dict[int, str], int]]:
    """What each task found, and of how many cases, in the order in which they end."""
    seeds = [range(start, min(start + BATCH, first + cases)) for start in range(first, first + cases, BATCH)]
    for start in range(0, len(seeds), ROUND * processes):
        # Fresh processes for every round: the executor's own way of replacing them waits for ever (CPython 115634).
        with ProcessPoolExecutor(processes) as executor:
            tasks = {executor.submit(batch, each.name, part): part for part in seeds[start:start + ROUND * processes]}
            try:
                for task in as_completed(tasks):
                    try:
                        new = task.result()
                    except Exception as error:      # the process died: its seeds are named, the others go on
                        new = {tasks[task].start: f"lost seeds {tasks[task]}: {type(error).__name__}: {error}"}
                    yield new, len(tasks[task])
            finally:
                executor.shutdown(wait=False, cancel_futures=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run campaign", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="properties to try; all where none is named")
    parser.add_argument("--list", action="store_true", help="list the properties")
    parser.add_argument("--seed", type=int, help="try the case of this seed alone")
    parser.add_argument("--first", type=int, default=1_000_000, help="the first seed (CI's start at 0)")
    parser.add_argument("--cases", type=int, help="so many cases each, in place of each property's own number")
    parser.add_argument("-n", type=int, default=os.cpu_count() or 1, metavar="CORES", help="processes at a time")
    args = parser.parse_args()
    known = properties()
    if args.list:
        print("\n".join(f"{each.name}: {each.states} ({each.ci} in CI, {each.long} here)" for each in known.values()))
        return 0
    if unknown := [name for name in args.names if name not in known]:
        parser.error(f"no property is named {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [known[name] for name in args.names] or list(known.values())
    if args.seed is not None:
        for each in chosen:
            print(f"{each.name} --seed {args.seed}: {tried(each.name, args.seed) or 'holds'}")
        return 0
    results = []
    for each in chosen:
        results.append((each, *run(each, args.cases or each.long, args.first, args.n)))
        if results[-1][-1] < (args.cases or each.long):
            break
    print("\nSummary")
    for each, found, done in results:
        print(f"  {each.name}: {done} cases, {len(found)} found. {each.states}")
        for seed in sorted(found):
            print(f"    ./run campaign {each.name} --seed {seed}")
    return 1 if any(found for _, found, _ in results) else 0


"""Many objects at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from lancehead._decompile import Report, decompile_report


def decompile_many(
    objects: Iterable[object],
    *,
    layout: str = "pretty",
    check: bool = True,
    jobs: int | None = None,
    progress: bool = False,
) -> Iterator[Report]:
    """Give a `Report` for each of ``objects``, in order, as `decompile_report` does, on ``jobs`` threads.

    The work lets go of the interpreter lock. With ``progress``, a bar is shown if ``tqdm`` is installed.
    """
    # Half of what the package took to import, and most programs never get here.
    from concurrent.futures import ThreadPoolExecutor

    work = list(objects)
    with ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        reports = pool.map(lambda obj: decompile_report(obj, layout=layout, check=check), work)
        yield from _with_bar(reports, len(work)) if progress else reports


def _with_bar(reports: Iterator[Report], total: int) -> Iterable[Report]:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return reports
    return tqdm(reports, total=total, unit="object")

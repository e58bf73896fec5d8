"""``python -m benchmarks [--quick] [--json FILE] [--only PART ...] [--seeds N ...]``."""

import argparse
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.parts import FULL, PARTS, QUICK, Bench
from benchmarks.report import Report, machine
from benchmarks.seats import leave_a_core

_FOLDER = Path("/var/tmp")  # a disk by convention; /tmp may live in memory


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a look, in less than 90 s")
    parser.add_argument("--json", type=Path, metavar="FILE", help="not printed but written")
    parser.add_argument(
        "--only", nargs="+", choices=list(PARTS), metavar="PART", help="of: " + ", ".join(PARTS)
    )
    parser.add_argument(
        "--seeds", nargs="+", type=int, default=[1], metavar="N", help="towns of the part town"
    )
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="for databases; on a disk")
    parser.add_argument(
        "--rehearse",
        action="store_true",
        help="the reference in both seats: shows the noise, and that the benchmark is fair",
    )
    options = parser.parse_args()
    leave_a_core()
    sizes = QUICK if options.quick else FULL
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="doorwatch-bench-", dir=options.folder) as name:
        folder = Path(name)
        settings = {"quick": options.quick, "rehearse": options.rehearse, **asdict(sizes)}
        report = Report(settings, machine(folder))
        bench = Bench(sizes, folder, options.rehearse, options.seeds)
        for part in options.only or PARTS:
            began = time.monotonic()
            try:
                report.figures += PARTS[part](bench)
            except Exception as error:  # one part's failure hides no other's figures
                report.failures.append(f"{part}: {type(error).__name__}: {error}")
            print(f"{part}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    report.seconds = round(time.monotonic() - start, 1)
    about = ", ".join(f"{key} {value}" for key, value in report.machine.items())
    print(
        f"{report.table()}\n\n{about}; {report.seconds:.0f} s"
        + (" (quick: a look, not a record)" if options.quick else "")
    )
    for failure in report.failures:
        print(f"FAILED {failure}")
    if options.json:
        report.write(options.json)
    else:
        print(report.json())
    return 1 if report.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())

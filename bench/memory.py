"""What a flood of invented names leaves in memory: the wrapper's store beside Flask-Limiter's.

Each is filled in a Python of its own, whose resident memory is read before and after. The
wrapper counts what it counts for a login that names somebody unknown from an address of its
own: one counter for the name, one for the address and one for both. Flask-Limiter's storage gets
one key for each name. What is printed while it runs is what is being filled.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import measure

GOAL_MIB = 64
RESIDENT = """
def resident():
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
"""
WRAPPED = """
import sys, time
from pathlib import Path
import stacks
from hardening.logins import identify
app = stacks.hardened(Path({folder!r}), store={store!r})
context = app.extensions["hardening"].wrapped().context
throttle = app.extensions["hardening"].wrapped().pipeline.throttle
def attempt(number):
    account = identify.account(app, f"name {{number}}")
    network = identify.network_key(app, f"2001:db8:0:{{number:x}}::/64")
    context.store.reserve(throttle._budgets.of_attempt((account,), network).claims, time.time())
"""
LIMITER = """
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
limiter, limit = FixedWindowRateLimiter(MemoryStorage()), parse("5/hour")
def attempt(number):
    limiter.hit(limit, f"name {{number}}")
"""
FILL = """
import json, time
attempt(-1)
before, start = resident(), time.process_time()
for number in range({names}):
    attempt(number)
print(json.dumps([resident() - before, time.process_time() - start]))
"""
CASES = {"wrapped, memory": WRAPPED, "Flask-Limiter, memory": LIMITER}


def _fill(code: str, names: int) -> dict[str, float]:
    """Return the MiB that `names` attempts leave, and their CPU seconds."""
    with tempfile.TemporaryDirectory() as folder:
        text = (RESIDENT + code + FILL).format(folder=folder, store="memory://", names=names)
        done = subprocess.run(
            [sys.executable, "-c", text],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parent,
        )
    mib, seconds = json.loads(done.stdout)
    return {"mib": round(mib, 1), "cpu_s": round(seconds, 1)}


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path, default=Path("build/bench/memory.json"))
    options = parser.parse_args()
    if not Path("/proc/self/status").exists():
        raise SystemExit("bench/memory.py needs /proc, which only Linux has")
    print(f"Memory after logins under {options.names:,} invented names (goal: {GOAL_MIB} MiB)")
    rows = []
    for name, code in CASES.items():
        print(f"filling {name} ...", file=sys.stderr, flush=True)
        row = {"name": name, "names": options.names, **_fill(code, options.names)}
        rows.append(row)
        print(f"{name:22}  {row['mib']:7} MiB  {row['cpu_s']:7} s of CPU", flush=True)
    measure.write(options.json, {"goal_mib": GOAL_MIB, "rows": rows})
    print(f"written to {options.json}")


if __name__ == "__main__":
    main()

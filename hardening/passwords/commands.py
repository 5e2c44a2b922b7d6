"""``flask hardening calibrate``: what a password hash may cost on this machine."""

from __future__ import annotations

import json
from typing import Any

import click

from hardening.passwords.calibrate import MOST_KIB, TARGET_MS, Advice, advise
from hardening.settings import ARGON2_FLOOR

_LEAST_KIB = min(kib for kib, _ in ARGON2_FLOOR)


@click.command()
@click.option(
    "--target-ms",
    type=click.FloatRange(1, TARGET_MS),
    default=TARGET_MS,
    show_default=True,
    help="How long one hash may take, in milliseconds.",
)
@click.option(
    "--memory-mib",
    type=click.IntRange(_LEAST_KIB // 1024, MOST_KIB // 1024),
    default=MOST_KIB // 1024,
    show_default=True,
    help="How much memory one hash may take, in MiB.",
)
@click.option(
    "--lanes",
    type=click.IntRange(1, 16),
    default=1,
    show_default=True,
    help="Threads of one hash. More help where few log in at once.",
)
@click.option(
    "--at-once",
    type=click.IntRange(1, 64),
    help="Hashes that one process computes at once.  [default: one for each core]",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def calibrate(
    target_ms: float, memory_mib: int, lanes: int, at_once: int | None, form: str
) -> None:
    """Measure this machine and print the settings that fit it.

    Run it where the app runs, while little else does. It needs no app.
    """
    advice = advise(target_ms=target_ms, most_kib=memory_mib * 1024, lanes=lanes, at_once=at_once)
    if form == "json":
        click.echo(json.dumps(_as_data(advice, target_ms), indent=2, sort_keys=True))
    else:
        click.echo("\n".join(_as_lines(advice, target_ms)))


def _as_data(advice: Advice, target_ms: float) -> dict[str, Any]:
    return {
        "policy": advice.settings(),
        "measured": {
            "ms": round(advice.ms, 1),
            "at_once": advice.at_once,
            "per_second": round(advice.per_second, 1),
            "memory_mib": round(advice.memory_mib, 1),
        },
        "target_ms": target_ms,
        "slow": advice.slow,
        "steady": advice.steady,
    }


def _as_lines(advice: Advice, target_ms: float) -> list[str]:
    each = advice.cost.memory_kib / 1024
    lines = [
        f"# {advice.ms:.0f} ms a hash while {advice.at_once} are computed at once, which is"
        f" {advice.per_second:.1f} a second.",
        f"# Memory of one process: {advice.at_once} x {each:.4g} MiB = {advice.memory_mib:.4g} MiB;"
        " so much again for each worker.",
    ]
    if advice.slow:
        lines += [f"# The least that is safe takes more than {target_ms:g} ms on this machine."]
    if not advice.steady:
        lines += ["# A second measurement came out otherwise: run it again while less else runs."]
    lines += [f"HARDENING_{name.upper()} = {value}" for name, value in advice.settings().items()]
    values = ", ".join(f"{name}={value}" for name, value in advice.settings().items())
    return [*lines, "# or", f"Policy({values})"]

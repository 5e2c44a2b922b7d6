"""What `flask hardening calibrate` proposes, on machines of any speed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from hardening import Policy
from hardening.cli import group
from hardening.passwords import calibrate, hasher, verify_password
from hardening.passwords.calibrate import Advice, advise, measured
from hardening.passwords.gate import GATE
from hardening.passwords.hasher import LOWEST, STANDARD, Cost


def machine(kib_per_ms: float, jitter: float = 0.0) -> Any:
    """Return what measures a machine that fills so much memory in a millisecond."""

    def measure(cost: Cost, at_once: int) -> float:
        return cost.memory_kib * cost.time / kib_per_ms * (1 + jitter * (cost.time % 3))

    return measure


@given(st.floats(1, 1e6), st.floats(0, 0.5), st.floats(1, 250), st.integers(12288, 65536))
def test_the_target_is_kept_and_the_floor_too(
    speed: float, jitter: float, target_ms: float, most_kib: int
) -> None:
    """At most the milliseconds and the memory asked for, unless the floor itself takes more."""
    advice = advise(
        target_ms=target_ms, most_kib=most_kib, at_once=2, measure=machine(speed, jitter)
    )
    policy = Policy(**advice.settings())  # refuses what is below the floor

    assert most_kib >= policy.argon2_memory_kib
    assert 20 >= policy.argon2_time
    assert advice.slow == (advice.ms > target_ms)


def test_a_fast_machine_gets_64_mib_and_as_many_passes_as_fit() -> None:
    """400 KiB a millisecond: one pass over 64 MiB takes 164 ms, and two would miss the target."""
    measure = machine(400)

    assert Cost(65536, 1, 1) == advise(at_once=2, measure=measure).cost
    assert Cost(65536, 4, 1) == advise(at_once=2, measure=machine(1200)).cost


def test_a_slower_machine_gets_less_memory() -> None:
    """The lines of the floor are as strong as one another; the fitting one with the most memory."""
    assert Cost(47104, 1, 1) == advise(at_once=2, measure=machine(200)).cost
    assert Cost(19456, 2, 1) == advise(at_once=2, measure=machine(180)).cost


def test_a_machine_that_is_too_slow_is_told_so() -> None:
    """The least costly line of the floor is proposed, with the time that it takes."""
    advice = advise(at_once=2, measure=machine(10))

    assert advice.slow
    assert Cost(12288, 3, 1) == advice.cost
    assert 3686.4 == advice.ms


def test_what_is_proposed_was_measured() -> None:
    """A machine whose time grows faster than the passes gets fewer of them."""

    def measure(cost: Cost, at_once: int) -> float:
        return 50.0 * cost.time**2

    advice = advise(at_once=2, measure=measure)

    assert (2, 200.0) == (advice.cost.time, advice.ms)


def test_hashes_are_measured_at_once_and_counted() -> None:
    """As many as the process computes at once; memory and logins a second follow from it."""
    seen = []

    def measure(cost: Cost, at_once: int) -> float:
        seen.append(at_once)
        return 200.0

    advice = advise(at_once=4, lanes=2, measure=measure)

    assert {4} == set(seen)
    assert (4, 2, 256.0, 20.0) == (
        advice.settings()["hash_concurrency"],
        advice.settings()["argon2_lanes"],
        advice.memory_mib,
        advice.per_second,
    )


@pytest.mark.parametrize(
    ("second", "steady"), [(200, True), (250, True), (290, False), (100, False)]
)
def test_an_unsteady_machine_is_told_so(second: float, steady: bool) -> None:
    """What is proposed is measured once more; by a quarter the two may differ."""
    times = iter([200.0, second])

    def measure(cost: Cost, at_once: int) -> float:
        return next(times)

    assert steady == advise(at_once=2, measure=measure).steady


def test_memory_below_the_floor_is_refused() -> None:
    """There is no setting to propose."""
    with pytest.raises(ValueError, match="12288 KiB"):
        advise(most_kib=12287, measure=machine(400))


def test_measuring_computes_real_hashes_in_places_of_the_gate() -> None:
    """Every hash goes where the others go, and the places are free again afterwards."""
    assert measured(LOWEST, 3) > 0
    assert 0 == GATE.waiting


@pytest.fixture
def fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate, "measured", machine(400))
    monkeypatch.setattr(calibrate, "usual_places", lambda kib: 2)


@pytest.mark.usefixtures("fixed")
def test_the_command_prints_lines_to_copy() -> None:
    """For a file of configuration, and for the policy; the advice on memory names its factors."""
    result = CliRunner().invoke(group, ["calibrate"])
    lines = result.output.splitlines()

    assert 0 == result.exit_code
    assert {"HARDENING_ARGON2_MEMORY_KIB = 65536", "HARDENING_ARGON2_TIME = 1"} <= set(lines)
    assert "2 x 64 MiB = 128 MiB" in result.output
    assert Policy(**eval(lines[-1].replace("Policy", "dict"))).argon2_memory_kib == 65536


@pytest.mark.usefixtures("fixed")
def test_the_command_prints_json() -> None:
    """The same for programs."""
    result = CliRunner().invoke(group, ["calibrate", "--format", "json", "--target-ms", "20"])
    data = json.loads(result.output)

    assert 0 == result.exit_code
    assert data["slow"]
    assert {"argon2_memory_kib", "argon2_time", "argon2_lanes", "hash_concurrency"} == set(
        data["policy"]
    )
    assert 2 == data["measured"]["at_once"]


@pytest.mark.parametrize(
    "wrong", [["--target-ms", "251"], ["--memory-mib", "65"], ["--memory-mib", "8"]]
)
def test_the_command_refuses_values_out_of_range(wrong: list[str]) -> None:
    """Wrong use exits 2."""
    assert 2 == CliRunner().invoke(group, ["calibrate", *wrong]).exit_code


def test_a_raised_policy_makes_yesterdays_hashes_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the lines were copied, a login replaces a hash that was made below them."""
    stored = hasher.make_hash("correct horse", LOWEST)
    monkeypatch.setattr(hasher, "STANDARD", Cost(16, 2, 1))
    verdict = verify_password(password="correct horse", stored=stored)

    assert verdict.upgrade is not None
    assert "$m=16,t=2,p=1$" in verdict.upgrade
    assert hasher.outdated(hasher.make_hash("x", LOWEST), STANDARD)
    assert Advice(LOWEST, 2, 100.0, slow=False).per_second == 20

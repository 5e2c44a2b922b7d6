"""How many hashes are computed at once, who waits, in which order, and who is sent away."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from flask import request
from site_app import HASH, PASSWORD, Site, User
from werkzeug.security import generate_password_hash

from hardening.passwords import gate as gates
from hardening.passwords import verify_password, work
from hardening.passwords.gate import GATE, BusyError, Gate, usual_places

PATIENCE_S = 60  # nothing here takes that long; a deadlock does
MakeSite = Callable[..., Site]


def _until(gate: Gate, waiting: int) -> None:
    """Return once so many threads wait at `gate`."""
    pause = threading.Event()
    for _ in range(PATIENCE_S * 200):
        if gate.waiting >= waiting:
            return
        pause.wait(0.005)
    raise AssertionError(f"{gate.waiting} wait, not {waiting}")


@contextmanager
def _held(gate: Gate, most: int = 1) -> Iterator[None]:
    """Hold every place while the block runs."""
    leave, inside = threading.Event(), threading.Semaphore(0)

    def hold() -> None:
        with gate.place(most, None):
            inside.release()
            leave.wait(PATIENCE_S)

    threads = [threading.Thread(target=hold) for _ in range(most)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert inside.acquire(timeout=PATIENCE_S)
    try:
        yield
    finally:
        leave.set()
        for thread in threads:
            thread.join()


def test_never_more_than_allowed_at_once() -> None:
    """Of thirty computations in thirty threads at most three run at the same moment."""
    gate, lock, pause = Gate(), threading.Lock(), threading.Event()
    running, peak = 0, 0

    def compute(_: int) -> None:
        nonlocal running, peak
        with gate.place(3, None):
            with lock:
                running += 1
                peak = max(peak, running)
            pause.wait(0.002)  # lets the others try
            with lock:
                running -= 1

    with ThreadPoolExecutor(30) as pool:
        list(pool.map(compute, range(30)))

    assert 1 <= peak <= 3
    assert running == gate.waiting == 0


def test_first_come_first_served() -> None:
    """Places are given in the order in which they were asked for."""
    gate, order = Gate(), []
    threads = []

    def compute(number: int) -> None:
        with gate.place(1, None):
            order.append(number)

    with _held(gate):
        for number in range(8):
            threads.append(threading.Thread(target=compute, args=(number,)))
            threads[-1].start()
            _until(gate, number + 1)
    for thread in threads:
        thread.join(PATIENCE_S)

    assert order == list(range(8))


def test_who_gives_up_is_forgotten() -> None:
    """After a wait in vain the queue is empty, and the next one gets in."""
    gate = Gate()
    with _held(gate), pytest.raises(BusyError), gate.place(1, 0):
        pass

    assert gate.waiting == 0
    with gate.place(1, 0):
        pass


def test_a_computation_that_fails_frees_its_place() -> None:
    """An exception out of the block does not keep the place."""
    gate = Gate()
    with pytest.raises(RuntimeError), gate.place(1, 0):
        raise RuntimeError
    with gate.place(1, 0):
        pass


def test_a_waiter_that_is_killed_frees_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A greenlet or worker that is ended while it waits holds up nobody, whether or not its turn
    had come at that moment."""

    class Killed:
        def __init__(self) -> None:
            self.first = True

        def acquire(self, timeout: float = -1) -> bool:
            if self.first:  # when the queue takes it in
                self.first = False
                return True
            if turn_came:
                gate._leave()
            raise KeyboardInterrupt

        def release(self) -> None: ...

    for turn_came in (False, True):
        gate = Gate()
        gate._running = 1
        with monkeypatch.context() as patch:
            patch.setattr(gates.threading, "Lock", Killed)
            with pytest.raises(KeyboardInterrupt), gate.place(1, None):
                pass
        assert gate.waiting == 0
        assert gate._running == (0 if turn_came else 1)


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_a_login_without_a_place_gets_503(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Known or not, it is told to come back, and nothing is counted as a failed login."""
    monkeypatch.setattr(work, "WAIT_S", 0.0)
    site = make_site(hash_concurrency=1)
    browser = site.browser()
    with _held(GATE):
        answers = [browser.login(name, "wrong") for _ in range(8)]

    assert [answer.status_code for answer in answers] == [503] * 8
    assert all(answer.headers["Retry-After"] == "2" for answer in answers)
    assert "password_hash_busy" in site.names()
    assert "authn_login_fail" not in site.names()
    assert browser.login().data == b"welcome"


def test_known_and_unknown_names_get_the_same_503(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page does not tell who exists either."""
    monkeypatch.setattr(work, "WAIT_S", 0.0)
    site = make_site(hash_concurrency=1)
    with _held(GATE):
        known, unknown = (site.browser().login(name, "wrong") for name in ("ada", "nobody"))

    assert (known.status, known.data) == (unknown.status, unknown.data)
    assert sorted(known.headers.keys()) == sorted(unknown.headers.keys())


def test_the_app_shows_its_own_page(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error handler for 503 renders it, for known and unknown names."""
    monkeypatch.setattr(work, "WAIT_S", 0.0)
    site = make_site(
        before=lambda app: app.register_error_handler(503, lambda _: ("come back", 503)),
        hash_concurrency=1,
    )
    with _held(GATE):
        pages = [site.browser().login(name, "wrong").data for name in ("ada", "nobody")]

    assert pages == [b"come back"] * 2


def test_an_app_that_swallows_exceptions_counts_nothing(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the view answers by itself, nobody looked at the password: it is no failure."""
    monkeypatch.setattr(work, "WAIT_S", 0.0)

    def before(app: Any) -> None:
        view = app.view_functions["login"]

        def careful() -> Any:
            try:
                return view()
            except Exception:
                return "something went wrong"

        app.view_functions["login"] = careful

    site = make_site(before=before, hash_concurrency=1)
    with _held(GATE):
        answers = [site.browser().login("ada", "wrong").data for _ in range(8)]

    assert answers == [b"something went wrong"] * 8
    assert "authn_login_fail" not in site.names()


def test_new_hashes_wait_as_well(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password change without a place gets 503 and changes nothing."""
    monkeypatch.setattr(work, "WAIT_S", 0.0)
    site = make_site(hash_concurrency=1)
    browser = site.browser()
    browser.login()
    before = site.users["ada"].password_hash
    with _held(GATE):
        answer = browser.post("/password", {"password": "another one"})

    assert answer.status_code == 503
    assert site.users["ada"].password_hash == before


def test_an_upgrade_without_a_place_is_left_to_the_next_login(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password was right, so the login stands."""
    site = make_site(hash_concurrency=1)
    inner, tried = work._in_place, []

    def busy(call: Any, most: int) -> Any:
        if "hash" in getattr(getattr(call, "func", None), "__name__", ""):
            tried.append(call)
            raise BusyError
        return inner(call, most)

    monkeypatch.setattr(work, "_in_place", busy)
    answer = site.browser().login()

    assert len(tried) == 1
    assert answer.data == b"welcome"
    assert site.users["ada"].password_hash == HASH


def test_outside_a_request_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script gets its answer, however long the queue."""
    monkeypatch.setattr(work, "WAIT_S", 0.0)
    with ThreadPoolExecutor(1) as pool:
        with _held(GATE, usual_places(0)):
            answer = pool.submit(verify_password, password=PASSWORD, stored=HASH)
            _until(GATE, 1)
            assert not answer.done()
        assert answer.result(PATIENCE_S).ok


def test_observing_sends_nobody_away(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mode observe limits nothing."""
    monkeypatch.setattr(work, "WAIT_S", 0.0)
    site = make_site(hash_concurrency=1, mode="observe")
    with _held(GATE):
        assert site.browser().login().data == b"welcome"


def test_threads_of_one_app(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty real logins in parallel, at most two hashes at once, and all get in."""
    lock, running, peak = threading.Lock(), 0, 0
    inner = work._in_place

    def counted(call: Callable[[], Any], most: int) -> Any:
        def inside() -> Any:
            nonlocal running, peak
            with lock:
                running += 1
                peak = max(peak, running)
            try:
                return call()
            finally:
                with lock:
                    running -= 1

        return inner(inside, most)

    monkeypatch.setattr(work, "_in_place", counted)
    monkeypatch.setattr(work, "WAIT_S", PATIENCE_S)
    site = make_site(hash_concurrency=2)
    # Each has a salt of its own: who shares a stored hash shares the limit of its account.
    for number in range(20):
        stored = generate_password_hash(PASSWORD, "pbkdf2:sha256:20000")
        site.users[f"user{number}"] = User(f"user{number}", stored)

    def log_in(number: int) -> bytes:
        data = site.browser(address=f"198.51.100.{number}").login(f"user{number}").data
        return bytes(data)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(log_in, range(20)))

    assert answers == [b"welcome"] * 20
    assert 1 <= peak <= 2


def test_a_check_within_a_check_takes_one_place(make_site: MakeSite) -> None:
    """A hash that is computed while another one is (an app's own subclass) waits for nobody."""
    site = make_site(hash_concurrency=1)
    with site.app.test_request_context():
        assert request.method == "GET"
        assert work.compute(lambda: work.compute(lambda: "both", None), None) == "both"


_FORK = """
import os, threading
from hardening.passwords import hash_password, verify_password
from hardening.passwords.gate import GATE, usual_places
stored = hash_password("x")
inside, leave = threading.Semaphore(0), threading.Event()
def hold():
    with GATE.place(usual_places(0), None):
        inside.release()
        leave.wait()
threads = [threading.Thread(target=hold, daemon=True) for _ in range(usual_places(0))]
for thread in threads: thread.start()
for thread in threads: inside.acquire()
child = os.fork()
if child == 0:
    os._exit(0 if verify_password(password="x", stored=stored).ok else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
leave.set()
"""

_GREEN = """
import {library}
{patch}
from hardening.passwords import hash_password, verify_password
from hardening.passwords.gate import GATE
stored = hash_password("x")
def one(_=None):
    with GATE.place(1, None):
        {pause}
    return verify_password(password="x", stored=stored).ok
{run}
"""
_GEVENT = {
    "library": "gevent, gevent.monkey, gevent.pool",
    "patch": "gevent.monkey.patch_all()",
    "pause": "gevent.sleep(0)",
    "run": "print(sum(gevent.pool.Pool(20).map(one, range(20))))",
}
_EVENTLET = {
    "library": "eventlet",
    "patch": "eventlet.monkey_patch()",
    "pause": "eventlet.sleep(0)",
    "run": "print(sum(eventlet.GreenPool(20).imap(one, range(20))))",
}


def _run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_forked_worker_starts_with_all_places() -> None:
    """Threads that computed in the parent do not exist in the child."""
    assert _run(_FORK) == "0"


@pytest.mark.parametrize(
    ("library", "words"), [("gevent", _GEVENT), ("eventlet", _EVENTLET)], ids=["gevent", "eventlet"]
)
def test_greenlets_do_not_wait_for_one_another_forever(library: str, words: dict[str, str]) -> None:
    """In a patched process twenty greenlets share one place, even if its holder switches."""
    pytest.importorskip(library)

    assert _run(_GREEN.format(**words)) == "20"


def test_the_usual_number_fits_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as cores, at least two, at most a quarter of the memory."""
    gib = 1024 * 1024
    cases = {(1, 8 * gib): 2, (8, 8 * gib): 8, (8, 1 * gib): 4, (64, gib // 4): 1}
    found = {}
    for cores, kib in cases:
        monkeypatch.setattr(gates, "_cores", lambda cores=cores: cores)
        monkeypatch.setattr(gates, "_memory_kib", lambda kib=kib: kib)
        found[cores, kib] = usual_places(19456)

    assert found == cases

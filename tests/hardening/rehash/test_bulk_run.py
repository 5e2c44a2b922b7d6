"""A bulk re-hash run on SQLite and PostgreSQL."""

from __future__ import annotations

import hashlib
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from rehash_tables import CHEAP, everybody_gets_in, old_hash, options, sqlite, stored, users
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, Uuid, event, insert, text

from hardening.passwords import hasher, pepper, verify_password
from hardening.passwords.hasher import LOWEST
from hardening.rehash import reflect
from hardening.rehash.census import take
from hardening.rehash.errors import RunError, TargetError
from hardening.rehash.pace import Pace
from hardening.rehash.room import check
from hardening.rehash.run import Outcome, run
from hardening.rehash.sorting import Rules
from hardening.rehash.target import Target

ODD: list[str | None] = [
    None,
    "",
    "!",
    "*0",
    "hunter2",
    "pbkdf2:sha256:1$salt$cut",
    "pbkdf2:sha256:5000001$salt$" + "0" * 64,
    hasher.make_hash("pw", LOWEST),
    hasher.make_hash("pw", hasher.STANDARD),
]


def test_everything_is_wrapped(engine: Engine) -> None:
    """Every old hash is wrapped, and every user's password goes on fitting."""
    target = users(engine, 50)

    outcome = run(target, options())

    assert Outcome(done=50, changed=0, held=0, stopped=False) == outcome
    held = stored(engine)
    assert all(each.startswith("$hardening-wrap$") for each in held)
    assert everybody_gets_in(held)
    assert Outcome(0, 0, 0, stopped=False) == run(target, options())
    assert held == stored(engine)


def test_the_rest_is_left_alone(engine: Engine) -> None:
    """What is no old hash, or cannot be read, is counted and stays as it is."""
    target = users(engine, 10)
    table = Table("users", MetaData(), autoload_with=engine)
    with engine.begin() as connection:
        rows = [{"id": number, "pw": value} for number, value in enumerate(ODD, 100)]
        connection.execute(insert(table), rows)

    census = take(target, CHEAP)
    outcome = run(target, options())

    assert 10 == census.due == outcome.done
    assert len(ODD) + 10 == census.rows
    states = {state: census.count(state) for state in ("unusable", "unknown", "corrupt")}
    assert {"unusable": 4, "unknown": 1, "corrupt": 1} == states
    assert 1 == census.count("too_costly")
    assert 2 == census.count("current")
    assert stored(engine)[10:] == ODD


def test_weak_argon2_waits_for_the_login(engine: Engine) -> None:
    """Argon2 below the policy cannot be wrapped, and the census says what becomes of it."""
    target = users(engine, 0)
    table = Table("users", MetaData(), autoload_with=engine)
    with engine.begin() as connection:
        connection.execute(insert(table), [{"id": 1, "pw": hasher.make_hash("pw", LOWEST)}])

    assert 1 == take(target, Rules()).count("login")


def test_bytes(engine: Engine) -> None:
    """A column of bytes gets bytes."""
    target = users(engine, 10, length=None, binary=True)

    assert 10 == run(target, options()).done
    held = [bytes(each).decode() for each in stored(engine)]
    assert everybody_gets_in(held)


@pytest.mark.parametrize("lanes", [1, 3])
def test_limit(engine: Engine, lanes: int) -> None:
    """A limit holds to the row, however many threads there are, and the next run goes on."""
    target = users(engine, 50)

    assert 20 == run(target, options(limit=20, lanes=lanes)).done
    assert 20 == sum(each.startswith("$hardening-wrap$") for each in stored(engine))
    assert 30 == run(target, options(limit=40)).done


def test_composite_key(engine: Engine) -> None:
    """Pages follow a key of several columns, whatever they hold."""
    columns = [
        Column("tenant", String(9), primary_key=True),
        Column("no", Integer, primary_key=True),
    ]
    table = Table("people", MetaData(), *columns, Column("pw", String(255)))
    table.create(engine)
    rows = [{"tenant": f"t{n % 5}", "no": n, "pw": old_hash(n)} for n in range(60)]
    with engine.begin() as connection:
        connection.execute(insert(table), rows)

    assert 60 == run(reflect.find(engine, "people", "pw"), options(batch=4)).done


def test_uuid_key_and_odd_names(engine: Engine) -> None:
    """Keys need not be numbers, and names may need quotes."""
    key = Column("Id of user", Uuid, primary_key=True)
    table = Table("User table", MetaData(), key, Column("select", String(255)))
    table.create(engine)
    rows = [{"Id of user": uuid.uuid4(), "select": old_hash(n)} for n in range(30)]
    with engine.begin() as connection:
        connection.execute(insert(table), rows)

    assert 30 == run(reflect.find(engine, "User table", "select"), options()).done


def test_a_change_meanwhile_wins(engine: Engine) -> None:
    """A password that is changed while its old hash is being hashed stays changed.

    On PostgreSQL the row is locked until it is written, so the change has to wait; on SQLite the
    compare-and-swap finds the new value.
    """
    target = users(engine, 5)
    new = hasher.make_hash("changed", LOWEST)
    changed = threading.Event()
    waiting: list[threading.Thread] = []

    def change() -> None:
        with engine.begin() as connection:
            connection.execute(text("UPDATE users SET pw = :new WHERE id = 3"), {"new": new})
        changed.set()

    class Keeper:
        def before(self, changes: list[Any]) -> Any:
            if not waiting:
                waiting.append(threading.Thread(target=change))
                waiting[0].start()
                if not target.locks:
                    assert changed.wait(60)
            return lambda: None

    outcome = run(target, options(lanes=1, batch=10), keeper=Keeper())
    waiting[0].join(60)

    assert new == stored(engine)[2]
    assert ((5, 0) if target.locks else (4, 1)) == (outcome.done, outcome.changed)


def test_two_machines(postgresql: Engine) -> None:
    """Two runs on one PostgreSQL table write every row exactly once between them."""
    target = users(postgresql, 400)
    with postgresql.begin() as connection:
        connection.execute(text("ALTER TABLE users ADD COLUMN writes integer DEFAULT 0"))
        connection.execute(
            text(
                "CREATE FUNCTION counted() RETURNS trigger AS "
                "'BEGIN NEW.writes := OLD.writes + 1; RETURN NEW; END' LANGUAGE plpgsql"
            )
        )
        connection.execute(
            text(
                "CREATE TRIGGER counted BEFORE UPDATE ON users "
                "FOR EACH ROW EXECUTE FUNCTION counted()"
            )
        )
    outcomes: list[Outcome] = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(run(target, options()))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    with postgresql.connect() as connection:
        writes = list(connection.scalars(text("SELECT DISTINCT writes FROM users")))
    assert [1] == writes
    assert 400 == sum(outcome.done for outcome in outcomes)
    assert [0, 0] == [outcome.changed for outcome in outcomes]
    assert everybody_gets_in(stored(postgresql)[:20])


def test_rows_that_somebody_holds(postgresql: Engine) -> None:
    """A locked row is passed by, and done once it is free; the run does not wait in line."""
    target = users(postgresql, 30)
    done: list[int] = []
    with postgresql.connect() as other:
        other.execute(text("SELECT 1 FROM users WHERE id = 1 FOR UPDATE"))

        def seen(rows: int) -> None:
            done.append(rows)
            if rows == 29:
                other.rollback()

        outcome = run(target, options(lanes=1), done=seen)

    assert 30 == outcome.done
    assert 29 in done


def test_a_locked_row_may_still_be_referred_to(postgresql: Engine) -> None:
    """While a batch is hashed, rows of other tables that refer to its users can be inserted."""
    target = users(postgresql, 1)
    with postgresql.begin() as connection:
        connection.execute(text("CREATE TABLE orders (buyer integer REFERENCES users)"))

    class Keeper:
        def before(self, changes: list[Any]) -> Any:
            with postgresql.begin() as connection:
                connection.execute(text("SET LOCAL lock_timeout = '5s'"))
                connection.execute(text("INSERT INTO orders VALUES (1)"))
            return lambda: None

    assert 1 == run(target, options(), keeper=Keeper()).done


def test_lost_connection(postgresql: Engine) -> None:
    """A lost connection ends the run with what is done, and the next run does the rest."""
    target = users(postgresql, 60)

    def seen(rows: int) -> None:
        with postgresql.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )
            )

    with pytest.raises(RunError, match=r"the database failed: .*; \d+ rows are done, run again"):
        run(target, options(lanes=1), done=seen)

    wrapped = sum(each.startswith("$hardening-wrap$") for each in stored(postgresql))
    assert 0 < wrapped < 60
    assert 60 - wrapped == run(target, options()).done
    assert everybody_gets_in(stored(postgresql))


def test_disk_full(tmp_path: Path) -> None:
    """A full disk ends the run; the batch that did not fit is not written."""
    engine = sqlite(tmp_path)
    target = users(engine, 200)

    @event.listens_for(engine, "connect")
    def limit(raw: Any, record: Any) -> None:
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count = {pages + 2}")

    engine.dispose()
    with pytest.raises(RunError, match=r"database or disk is full; \d+ rows are done"):
        run(target, options(lanes=1))

    held = stored(engine)
    assert everybody_gets_in(held)
    assert 0 == sum(each.startswith("$hardening-wrap$") for each in held) % 7
    engine.dispose()


def test_short_column(postgresql: Engine) -> None:
    """A column that is too short is refused with the statement that widens it, which works."""
    target = users(postgresql, 3, length=90)
    census = take(target, CHEAP)

    with pytest.raises(RunError) as refused:
        check(target, census.longest)
    message = str(refused.value)
    assert "users.pw holds 90 characters" in message
    with postgresql.begin() as connection:
        connection.execute(text(message.partition("first run: ")[2]))
    wide = reflect.find(postgresql, "users", "pw")
    assert 3 == run(wide, options()).done
    assert (255, ()) == (wide.length, check(wide, census.longest))


def test_sqlite_does_not_mind_a_short_column(tmp_path: Path) -> None:
    """SQLite keeps what is longer than declared: a note, and no refusal."""
    engine = sqlite(tmp_path)
    target = users(engine, 3, length=80)

    (note,) = check(target, take(target, CHEAP).longest)

    assert "SQLite does not mind" in note
    engine.dispose()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("nobody", "pw"), "there is no table nobody; choose from: users"),
        (("users", "nothing"), "users has no column nothing; choose from: id, pw"),
        (("users", "id"), "holds no text"),
        (("users", "pw", ("pw",)), "not declared unique"),
        (("users", "pw", ("no",)), "users has no column no"),
    ],
)
def test_wrong_names(engine: Engine, names: tuple[Any, ...], said: str) -> None:
    """A name that is wrong is refused with the choices there are."""
    users(engine, 1)

    with pytest.raises(TargetError, match=said):
        reflect.find(engine, *names)


def test_no_value_in_an_error(engine: Engine) -> None:
    """What the database says about a refused row does not carry a hash into the message."""
    target = users(engine, 3)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE users ADD CHECK (length(pw) < 100)"))
        else:
            connection.execute(
                text(
                    "CREATE TRIGGER no BEFORE UPDATE ON users "
                    "BEGIN SELECT RAISE(ABORT, 'not allowed'); END"
                )
            )

    with pytest.raises(RunError) as refused:
        run(target, options())

    assert "pbkdf2" not in str(refused.value)
    assert "$" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert everybody_gets_in(stored(engine))


def test_stop(engine: Engine) -> None:
    """A run that is told to stop finishes its batch and says so."""
    target = users(engine, 50)
    stop = threading.Event()

    outcome = run(target, options(lanes=1), stop=stop, done=lambda rows: stop.set())

    assert Outcome(done=7, changed=0, held=0, stopped=True) == outcome


def test_pool_of_one_connection(tmp_path: Path) -> None:
    """An app's engine with a single connection gets a single thread."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import QueuePool

    users(sqlite(tmp_path), 20)
    url = f"sqlite:///{tmp_path / 'users.sqlite'}"
    engine = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=1)
    target = reflect.find(engine, "users", "pw")

    assert 20 == run(target, options()).done
    engine.dispose()


def test_pepper(engine: Engine) -> None:
    """With a pepper what is wrapped is encrypted too, and what was encrypted gets the new key."""
    target = users(engine, 12, length=None)
    first = pepper.Keys("a", {"a": bytes(32)})
    both = pepper.Keys("b", {"a": bytes(32), "b": b"b" * 32})
    nothing = pepper.Keys(None, dict(both.secrets))

    for keys, head in ((first, "$hardening-pepper$v=1$a$"), (both, "$hardening-pepper$v=1$b$")):
        rules = Rules(cost=LOWEST, pepper=keys)
        assert 12 == take(target, rules).due
        assert 12 == run(target, options(rules=rules)).done
        assert all(each.startswith(head) for each in stored(engine))
        assert 0 == run(target, options(rules=rules)).done
        assert everybody_gets_in([keys.open(each) for each in stored(engine)])
    without = take(target, CHEAP)
    assert (0, 12) == (without.due, without.count("unknown"))
    assert 12 == run(target, options(rules=Rules(cost=LOWEST, pepper=nothing))).done
    assert everybody_gets_in(stored(engine))


def test_salt_of_its_own_column(engine: Engine) -> None:
    """A declared digest whose salt stands apart is wrapped with it, and needs it no more."""
    table = Table(
        "users",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("pw", String(255)),
        Column("grain", String(20)),
    )
    table.create(engine)
    digest = hashlib.sha256(b"grain" + b"pw").hexdigest()
    with engine.begin() as connection:
        connection.execute(insert(table), [{"id": 1, "pw": digest, "grain": "grain"}])
    rules = Rules(cost=LOWEST, declared=("hex-sha256:salt+password@user.grain",))

    assert 1 == run(reflect.find(engine, "users", "pw", (), "grain"), options(rules=rules)).done
    (wrapped,) = stored(engine)
    assert verify_password(password="pw", stored=wrapped).ok
    assert not verify_password(password="Pw", stored=wrapped).ok


def test_pace() -> None:
    """So many rows a second, all together; time that was not needed is given back."""
    clock = 100.0
    waits: list[float] = []

    def wait(seconds: float) -> None:
        nonlocal clock
        waits.append(round(seconds, 6))
        clock += seconds

    pace = Pace(10, now=lambda: clock, wait=wait)
    for _ in range(3):
        pace.take(5)
    pace.give_back(4)
    pace.take(5)

    assert [0.5, 0.5, 0.1] == waits
    Pace(None, wait=wait).take(1000)
    assert 3 == len(waits)


def test_census_is_bounded() -> None:
    """Whoever writes to the database cannot fill the census's memory with strange costs."""
    from hardening.rehash.census import MOST_KINDS, Census
    from hardening.rehash.sorting import Sorted

    census = Census()
    for number in range(5000):
        census.add(Sorted("due", f"pbkdf2 sha256, {number} rounds", 160))

    assert 5000 == census.rows == census.due
    assert len(census.kinds) <= MOST_KINDS + 1


def test_enforcement_is_known(engine: Engine) -> None:
    """Only PostgreSQL is asked for row locks."""
    target: Target = users(engine, 0)

    assert target.locks == (engine.dialect.name == "postgresql")

"""What the throttle refuses, what it lets pass, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import request
from flask_login import login_user

from hardening.errors import StoreError
from hardening.policy import Policy
from hardening.storage.base import Store
from hardening.storage.memory import MemoryStore

MakeSite = Callable[..., Any]


def test_five_wrong_passwords_then_429(site: Any) -> None:
    """The sixth guess a minute is refused before the view sees it, with a time to wait."""
    answers = [site.post() for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert len(site.reached) == 5
    assert site.named("excess_rate_limit_exceeded")[0]["limit"] == "pair"


def test_the_wait_is_over_when_it_was_said(site: Any) -> None:
    """After `Retry-After` seconds the next attempt reaches the view, and not before."""
    for _ in range(5):
        site.post()
    site.clock.now += 59.5
    early = site.post()
    site.clock.now += int(early.headers["Retry-After"])

    assert (early.status_code, early.headers["Retry-After"]) == (429, "1")
    assert site.post().status_code == 200


def test_the_right_password_is_refused_too(site: Any) -> None:
    """A refusal does not tell whether the password was right."""
    for _ in range(5):
        site.post()

    assert site.post(password="right").status_code == 429


def test_known_and_unknown_names_look_alike(site: Any) -> None:
    """Refusals for an account that exists and one that does not are the same, byte for byte."""
    answers = []
    for number, name in enumerate(("anna", "nobody")):
        for _ in range(6):
            answer = site.post(name, address=f"203.0.113.{number}")
        answers.append((answer.status_code, answer.data, sorted(answer.headers)))

    assert answers[0] == answers[1]
    assert answers[0][0] == 429


def test_names_never_reach_events(site: Any) -> None:
    """Events hold hashes of names, never a name, an address or a password."""
    for _ in range(12):
        site.post("anna", "wrong-password")
    site.post("bert", "own")

    said = repr(site.events)
    assert "authn_login_success" in said
    assert not [word for word in ("anna", "bert", "wrong-password", "203.0.113") if word in said]


@pytest.mark.parametrize("name", ["Anna", " anna ", "\uff41\uff4e\uff4e\uff41", "ANNA\t"])
def test_spellings_share_one_budget(site: Any, name: str) -> None:
    """Capitals, spaces and full-width forms are the same account."""
    for _ in range(5):
        site.post()

    assert site.post(name).status_code == 429


def test_many_addresses_one_account(site: Any) -> None:
    """Ten failures from anywhere use up the account's free attempts; delays grow from there."""
    statuses = [site.post(address=f"198.51.100.{number}").status_code for number in range(12)]
    site.clock.now += 1
    after_one = site.post(address="198.51.100.200").status_code
    too_soon = site.post(address="198.51.100.201")

    assert statuses == [200] * 10 + [429] * 2
    assert after_one == 200
    assert too_soon.headers["Retry-After"] == "2"
    assert site.named("authn_login_fail_max")[0]["failures"] == 10


def test_the_hard_stop(site: Any) -> None:
    """After 100 failures only an unlock helps; the refusal says a day and is its own event."""
    for number in range(100):
        assert site.post(address=f"198.51.{number}.1").status_code == 200
        site.clock.now += 900 if number >= 9 else 0
    stopped = site.post(address="192.0.2.1")
    site.throttle.unlock("anna")

    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "86400")
    assert len(site.named("authn_login_lock")) == 1
    assert site.post(password="right", address="192.0.2.1").status_code == 200


def test_one_address_many_accounts(site: Any) -> None:
    """Twenty guesses a minute from one address, whoever they are for."""
    statuses = [site.post(f"user{number}").status_code for number in range(22)]

    assert statuses == [200] * 20 + [429] * 2
    assert site.named("excess_rate_limit_exceeded")[0]["limit"] == "address"


def test_one_ipv6_customer(site: Any) -> None:
    """Addresses of one /64 are one address, those of another are not."""
    statuses = [
        site.post(f"user{number}", address=f"2001:db8::{number:x}").status_code
        for number in range(21)
    ]

    assert statuses[-1] == 429
    assert site.post("other", address="2001:db8:0:1::1").status_code == 200


def test_a_hidden_address_has_no_address_limit(site: Any) -> None:
    """Behind a proxy that tells no address, people are not limited as if they were one."""
    peer = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "10.1.1.1"}
    statuses = [site.post(f"user{number}", environ_base=peer).status_code for number in range(30)]

    assert set(statuses) == {200}


def test_a_success_clears_the_account(site: Any) -> None:
    """Four failures and a success, over and over, never lock an honest person out."""
    for _ in range(10):
        for _ in range(3):
            assert site.post().status_code == 200
        assert site.post(password="right").data == b"welcome"
        site.clock.now += 60

    assert site.named("excess_rate_limit_exceeded") == []


def test_twenty_good_logins_in_a_row(site: Any) -> None:
    """Logging in often is not guessing."""
    assert {site.post(password="right").data for _ in range(25)} == {b"welcome"}


def test_an_own_account_resets_nothing_for_others(site: Any) -> None:
    """Logging into an own account between guesses gives back that login's unit only."""
    guesses = 0
    for number in range(60):
        if site.post("mallory", "own").status_code != 200:
            break
        if site.post(f"victim{number}").status_code == 200:
            guesses += 1

    assert guesses == 20


def test_a_decoy_name_hides_no_name(site: Any) -> None:
    """A name in the query string is counted although the body names another."""
    statuses = []
    for number in range(12):
        statuses.append(
            site.post(
                path="/login?username=anna",
                data={"username": f"decoy{number}", "password": "wrong"},
                address=f"198.51.100.{number}",
            ).status_code
        )

    assert statuses == [200] * 10 + [429] * 2


def test_a_success_beside_a_victims_name_clears_only_its_own(site: Any) -> None:
    """Somebody who logs in and names the victim in the same request resets nothing of his."""
    for number in range(9):
        site.post(address=f"198.51.100.{number}")
    both = site.post(path="/login?name=anna", data={"username": "mallory", "password": "own"})
    statuses = [site.post(address=f"192.0.2.{number}").status_code for number in range(2)]

    assert both.data == b"welcome"
    assert statuses == [200, 429]


def test_too_many_names_in_one_request(site: Any) -> None:
    """A request that names nine accounts is refused and counts against none of them."""
    query = "&".join(f"username=user{number}" for number in range(9))
    answer = site.post(path=f"/login?{query}", data={"password": "x"})

    assert answer.status_code == 429
    assert site.reached == []
    assert site.post("user1").status_code == 200


def test_parallel_guesses(site: Any) -> None:
    """Of 60 guesses at once exactly five reach the password check."""
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: site.post(), range(60)))

    assert len(site.reached) == 5


def test_other_methods_count(site: Any) -> None:
    """PUT to the same view is a guess as well."""
    for _ in range(5):
        site.client().put(
            "/login",
            data={"username": "anna", "password": "x"},
            environ_base={"REMOTE_ADDR": "203.0.113.1"},
        )

    assert site.post().status_code == 429


def test_a_form_without_password_is_no_attempt(site: Any) -> None:
    """Asking for the name first, or sending an empty password, is not counted."""
    for _ in range(30):
        site.post(data={"username": "anna", "password": ""})

    assert site.post().status_code == 200


def test_an_oversized_body_is_no_way_around(site: Any) -> None:
    """Guesses padded beyond what is read share one account's budget, whatever the address."""
    padded = {"username": "anna", "password": "wrong", "padding": "x" * 70_000}
    statuses = [
        site.post(data=dict(padded), address=f"198.51.100.{number}").status_code
        for number in range(12)
    ]

    assert statuses == [200] * 10 + [429] * 2
    assert len(site.reached) == 10


def test_many_fields_are_no_way_around(site: Any) -> None:
    """A small body of very many fields is counted as an oversized one."""
    body = "username=anna&password=wrong" + "&a=1" * 600
    statuses = [
        site.post(
            data=body,
            content_type="application/x-www-form-urlencoded",
            address=f"198.51.100.{number}",
        ).status_code
        for number in range(12)
    ]

    assert statuses == [200] * 10 + [429] * 2


def test_a_display_name_is_nobodys_own(site: Any) -> None:
    """Calling oneself like the victim does not make the victim's counters one's own."""
    site.users["mallory"].name = site.users["mallory"].city = "anna"
    for number in range(9):
        site.post(address=f"198.51.100.{number}")
    site.post(path="/login?name=anna", data={"username": "mallory", "password": "own"})
    site.throttle.succeeded(site.users["mallory"])
    statuses = [site.post(address=f"192.0.2.{number}").status_code for number in range(2)]

    assert statuses == [200, 429]


def test_a_form_with_two_names_of_one_account(site: Any) -> None:
    """User name and e-mail address in one form are both cleared by the login of their owner."""
    data = {"username": "anna", "email": "Anna@example.org", "password": "wrong"}
    for _ in range(4):
        site.post(data=dict(data))
    site.post(data=data | {"password": "right"})
    statuses = [site.post(data=dict(data)).status_code for _ in range(6)]

    assert statuses == [200] * 5 + [429]


def test_asking_again_for_the_password(simple_site: MakeSite, store: Store) -> None:
    """A form that names nobody is charged to the session's user, whatever the address."""
    site = simple_site(store=store)
    site.app.add_url_rule("/sudo", "sudo", lambda: "no", methods=["POST"])
    browser = site.client()
    site.post(password="right", client=browser)
    statuses = [
        site.post(
            path="/sudo",
            data={"password": "x"},
            client=browser,
            address=f"198.51.100.{number}",
        ).status_code
        for number in range(11)
    ]

    assert statuses == [200] * 10 + [429]


def one_password(site: Any) -> None:
    """Give `site` a form at /gate that asks for a password, or for a badge as well."""

    @site.app.post("/gate")
    def gate() -> str:
        name = request.form.get("badge", "anna")
        if site.correct(name, request.form["password"]):
            login_user(site.users[name])
        return "the form"

    site.app.login_manager.login_view = "gate"


def knock(site: Any, number: int, password: str = "x", **fields: str) -> int:
    address = f"203.0.113.{number}"
    data = {"password": password, **fields}
    return int(site.post(path="/gate", data=data, address=address).status_code)


def test_a_site_with_one_password(site: Any) -> None:
    """A form that never names anybody guards one account, from wherever it is tried."""
    one_password(site)

    assert [knock(site, number) for number in range(11)] == [200] * 10 + [429]


def test_an_added_field_is_no_way_around(site: Any) -> None:
    """What else a request brings does not make it another account's."""
    one_password(site)

    assert [knock(site, 1, csrf_token=f"{n}") for n in range(6)] == [200] * 5 + [429]


def test_a_name_in_a_field_of_its_own(site: Any) -> None:
    """Where several people came in unnamed, they do not share the budget of one account."""
    one_password(site)
    knock(site, 1, "right", badge="anna")
    knock(site, 2, "own", badge="bert")
    knock(site, 3, "own", badge="bert")

    assert [knock(site, number, badge="bert") for number in range(10, 24)] == [200] * 14
    assert [knock(site, 9, badge="bert") for _ in range(6)] == [200] * 5 + [429]
    assert site.named("login_name_unknown") == [
        {"endpoint": "gate", "setting": "identifier_fields"}
    ]


def test_asking_again_is_not_unnamed(site: Any) -> None:
    """Two people who give their password once more are known from their sessions."""
    site.app.add_url_rule("/sudo", "sudo", lambda: "no", methods=["POST"])
    for name, password in (("anna", "right"), ("bert", "own")):
        browser = site.client()
        site.post(name, password, client=browser)
        site.post(path="/sudo", data={"password": password}, client=browser)

    assert not site.named("login_name_unknown")


def test_unnamed_people_behind_a_hidden_address(site: Any) -> None:
    """With neither a name nor an address to go by, the form is still not without limits."""
    one_password(site)
    knock(site, 1, "right", badge="anna")
    knock(site, 2, "own", badge="bert")
    peer = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "10.1.1.1"}
    statuses = [
        site.post(path="/gate", data={"password": "x"}, environ_base=peer).status_code
        for _ in range(11)
    ]

    assert statuses == [200] * 10 + [429]


def test_the_alarm_of_the_whole_site(simple_site: MakeSite) -> None:
    """A thousand failures in five minutes are one event, and refuse nobody else."""
    site = simple_site(store=MemoryStore())
    for number in range(1001):
        site.post(f"user{number}", address=f"10.{number // 250}.{number % 250}.1")

    assert site.named("login_alarm") == [{"failures": 1000, "window_s": 300}]
    assert site.post("somebody", address="192.0.2.1").status_code == 200


def test_unlock_reaches_every_address(site: Any) -> None:
    """An administrator's unlock also lifts the hour that one address is refused for, once."""
    for _ in range(5):
        site.post()
    refused = site.post()
    site.throttle.unlock(" ANNA ")
    statuses = [site.post().status_code for _ in range(6)]

    assert refused.status_code == 429
    assert statuses == [200] * 5 + [429]


def test_failed_counts_what_cannot_be_seen(site: Any) -> None:
    """An app that checks passwords elsewhere can charge them to the account."""
    for _ in range(10):
        site.throttle.failed("anna")

    assert site.post().status_code == 429
    assert len(site.named("authn_login_fail")) == 10


def test_succeeded_clears(site: Any) -> None:
    """Told of a success, by name or by user object, the account's delays are gone."""
    for told in ("anna", site.users["anna"]):
        for _ in range(10):
            site.throttle.failed("anna")
        site.throttle.succeeded(told)

        assert site.post(address="192.0.2.9").status_code == 200


def test_failed_within_a_login_counts_once(simple_site: MakeSite, new_app: Any) -> None:
    """A view that reports the failure which the throttle sees as well is charged once."""
    site = simple_site()
    view = site.app.view_functions["login"]

    def reporting() -> Any:
        site.throttle.failed("anna")
        return view()

    site.app.view_functions["login"] = reporting
    statuses = [site.post().status_code for _ in range(6)]

    assert statuses == [200] * 5 + [429]
    assert len(site.named("authn_login_fail")) == 5


def test_observe_only_reports(simple_site: MakeSite) -> None:
    """In observe mode everybody passes and the events say what would have been."""
    site = simple_site(mode="observe")
    statuses = {site.post().status_code for _ in range(7)}
    site.post("bert", "own")

    assert statuses == {200}
    assert site.named("excess_rate_limit_exceeded")[0]["mode"] == "observe"
    assert not site.client().get("/login").headers.getlist("Set-Cookie")


def test_an_apps_own_test_client_is_exempt(simple_site: MakeSite) -> None:
    """`app.testing` and a loopback client: off, unless the policy asks for the throttle."""
    exempt = simple_site()
    exempt.app.testing = True
    asked = simple_site(store=MemoryStore(), policy=Policy(guards={"throttle": True}))
    asked.app.testing = True
    local = {"address": "127.0.0.1"}

    assert {exempt.post(**local).status_code for _ in range(20)} == {200}
    assert {asked.post(**local).status_code for _ in range(20)} == {200, 429}
    assert {exempt.post("zoe").status_code for _ in range(20)} == {200, 429}


class Broken(MemoryStore):
    """A store that can be switched off."""

    down = False

    def reserve(self, *args: Any, **options: Any) -> Any:
        self.say()
        return super().reserve(*args, **options)

    def refund(self, *args: Any, **options: Any) -> None:
        self.say()
        super().refund(*args, **options)

    def clear(self, *args: Any, **options: Any) -> None:
        self.say()
        super().clear(*args, **options)

    def say(self) -> None:
        if self.down:
            raise StoreError("down") from OSError("no route")


def test_a_store_that_is_down(simple_site: MakeSite) -> None:
    """Limits of this process take over, nobody sees a 500, and two events frame it."""
    store = Broken()
    site = simple_site(store=store)
    store.down = True
    down = [site.post().status_code for _ in range(6)]
    success = site.post("bert", "own", address="192.0.2.1").status_code
    store.down = False
    site.clock.now += 30
    up = [site.post().status_code for _ in range(6)]

    assert down == [200] * 5 + [429]
    assert success == 200
    assert up == [200] * 5 + [429]
    assert [details["cause"] for details in site.named("store_down")] == ["OSError"]
    assert len(site.named("store_back")) == 1


def test_a_store_that_fails_half_way(simple_site: MakeSite) -> None:
    """A store that goes down between the two steps of a request is no error either."""
    store = Broken()
    site = simple_site(store=store)
    view = site.app.view_functions["login"]

    def cut() -> Any:
        store.down = True
        return view()

    site.app.view_functions["login"] = cut

    assert site.post(password="right").status_code == 200


def test_an_own_limit(simple_site: MakeSite, store: Store) -> None:
    """The policy's numbers are the ones that count."""
    site = simple_site(store=store, policy=Policy(limit_pair="2/hour"))

    assert [site.post().status_code for _ in range(3)] == [200, 200, 429]

"""A real browser in which others frame, open or inject into a shop's pages, or press back."""

from __future__ import annotations

import pytest
from evil_shop import OWNER
from evil_victim import Victim
from evil_web import EVIL, Site, Web, trap
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

SCRIPTS = {
    "element": "<script>document.title = 'foreign'</script>",
    "handler": "<img src=x onerror=\"document.title = 'foreign'\">",
    "elsewhere": f'<script src="{EVIL}/script"></script>',
    "address": "<iframe src=\"javascript:parent.document.title = 'foreign'\"></iframe>",
}


def framed_click(victim: Victim, site: Site, *, at: str) -> str:
    """Click into a page that frames the shop; return the title of what the frame then shows."""
    browser = victim.browser
    victim.log_in(site)
    victim.meets(trap("frame", site.url("/account"), at=at))
    frame = browser.find_element(By.TAG_NAME, "iframe")
    ActionChains(browser).move_to_element(frame).click().perform()
    browser.switch_to.frame(frame)
    if browser.find_elements(By.CSS_SELECTOR, "form[action='/delete']"):
        victim.until(lambda: site.shop.deleted == [OWNER])
    title: str = browser.execute_script("return document.title")
    browser.switch_to.default_content()
    return title


def test_framed(web: Web, victim: Victim) -> None:
    """A click on a framed page deletes the account; wrapped there is nothing to click on."""
    loose_bare, loose_wrapped = web.loose
    framed_click(victim, web.bare, at=web.bare.sibling)
    framed_click(victim, loose_bare, at=EVIL)

    assert (web.bare.shop.deleted, loose_bare.shop.deleted) == ([OWNER], [OWNER])

    framed_click(victim, web.wrapped, at=web.wrapped.sibling)
    framed_click(victim, loose_wrapped, at=EVIL)

    assert victim.is_at(loose_wrapped) == OWNER
    assert (web.wrapped.shop.deleted, loose_wrapped.shop.deleted) == ([], [])


def test_framed_by_itself(web: Web, victim: Victim) -> None:
    """The wrapped shop may frame its own pages."""
    victim.log_in(web.wrapped)
    victim.browser.get(web.wrapped.url("/"))
    title = victim.browser.execute_async_script(
        """const frame = document.createElement("iframe"), told = arguments[0]
        frame.onload = () => told(frame.contentDocument?.title)
        frame.src = "/account"
        document.body.append(frame)"""
    )

    assert title == "Account of ada"


@pytest.mark.parametrize("shop", ["bare", "wrapped"])
def test_opened(web: Web, victim: Victim, shop: str) -> None:
    """Whoever opened the shop's window can lead it elsewhere; wrapped they lose hold of it."""
    browser, site = victim.browser, getattr(web, shop)
    victim.log_in(site)
    browser.get(trap("opener", site.url("/account")))
    evil = browser.current_window_handle
    browser.find_element(By.TAG_NAME, "button").click()
    victim.until(lambda: len(browser.window_handles) == 2)
    (opened,) = set(browser.window_handles) - {evil}
    browser.switch_to.window(opened)
    victim.until(lambda: browser.title == "Account of ada")
    has_opener = browser.execute_script("return window.opener !== null")
    browser.switch_to.window(evil)
    lost = browser.execute_script("return opened.closed")
    browser.execute_script("opened.location = arguments[0]", f"{EVIL}/")
    browser.switch_to.window(opened)
    if shop == "bare":
        victim.until(lambda: browser.current_url == f"{EVIL}/")
    else:
        assert browser.current_url == site.url("/account")

    assert (has_opener, lost) == ((True, False) if shop == "bare" else (False, True))


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_injected_script(web: Web, victim: Victim, script: str) -> None:
    """A script in what was searched for runs, and not under an enforced policy."""
    search = trap("search", at="", q=script)
    victim.browser.get(web.bare.url(search))
    victim.until(lambda: victim.browser.title == "foreign")
    victim.browser.get(web.tuned.url(search))

    assert victim.browser.title == "own"


def test_own_scripts(web: Web, victim: Victim) -> None:
    """Report-only blocks nothing of the app's; enforced, what has the nonce runs."""
    search = trap("search", at="", q="lamp")

    assert victim.title_of(web.bare.url(search)) == "own"
    assert victim.title_of(web.wrapped.url(search)) == "own"
    assert victim.title_of(web.tuned.url(search)) == "own"


@pytest.mark.parametrize("shop", ["bare", "wrapped"])
def test_back_after_a_logout(web: Web, victim: Victim, shop: str) -> None:
    """The next person at the computer presses back."""
    browser, site = victim.browser, getattr(web, shop)
    victim.log_in(site)

    assert victim.title_of(site.url("/account")) == "Account of ada"

    victim.title_of(site.url("/logout"))
    browser.back()
    victim.settles()

    assert browser.title == ("Account of ada" if shop == "bare" else "Log in")


@pytest.mark.parametrize("shop", ["bare", "wrapped"])
def test_back_to_a_login(web: Web, victim: Victim, shop: str) -> None:
    """The next person at the computer presses back to the form that was sent."""
    browser, site = victim.browser, getattr(web, shop)
    victim.log_in(site)
    victim.title_of(site.url("/logout"))
    browser.back()
    browser.back()
    victim.settles()
    typed = browser.find_element(By.NAME, "password").get_property("value")

    assert browser.title == "Log in"
    assert (typed != "") == (shop == "bare")

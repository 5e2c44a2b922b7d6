"""A browser and a web for it, one of each for all the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chromium import chromium
from evil_victim import Victim
from evil_web import Web, evil_web
from selenium import webdriver

# Debian's Chromium keeps cookies out of requests between sites; most people's browsers do not.
OTHERS_COOKIES = {"profile.cookie_controls_mode": 0}


@pytest.fixture(scope="module")
def evil_sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with evil_web(tmp_path_factory.mktemp("evil")) as found:
        yield found


@pytest.fixture(scope="module")
def evil_browser(evil_sites: Web) -> Iterator[webdriver.Chrome]:
    with chromium(arguments=evil_sites.arguments, preferences=OTHERS_COOKIES) as found:
        yield found


@pytest.fixture
def web(evil_sites: Web) -> Web:
    """The shop, bare and wrapped, as nobody has used it yet; and evil pages."""
    evil_sites.overheard.clear()
    for site in evil_sites.shops:
        site.shop.restore()
    return evil_sites


@pytest.fixture
def victim(evil_browser: webdriver.Chrome) -> Victim:
    """Somebody with a browser that has forgotten everything, except that a site wants https."""
    return Victim(evil_browser)

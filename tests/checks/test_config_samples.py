"""Deployment files that are there to be copied set nothing."""

from __future__ import annotations

import pytest

APP = """\
from flask import Flask, session
app = Flask(__name__)
app.config.from_envvar("SHOP_CONFIG")
@app.get("/")
def home():
    session["n"] = 1
    return "x"
"""
OTHER = "SECRET_KEY = 'k1'\n"


@pytest.mark.parametrize("name", ["sample.env", ".env.example", "env.template", ".env.dist"])
def test_samples(project, name):
    """What a sample names is not loaded."""
    found = project({"app.py": APP, name: "SHOP_CONFIG=other.py\n", "other.py": OTHER})

    assert "SHOP_CONFIG" not in found.variables


@pytest.mark.parametrize("name", [".env", "production.env", "Dockerfile"])
def test_real_ones(project, name):
    """What a file that is used names is known."""
    line = "SHOP_CONFIG=other.py\n"
    text = f"FROM python\nENV {line}" if name == "Dockerfile" else line
    found = project({"app.py": APP, name: text, "other.py": OTHER})

    assert found.variables["SHOP_CONFIG"] == ["other.py"]

"""Tokens that are mailed, signed or looked up: what several rules ask about them."""

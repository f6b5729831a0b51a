"""What notebooks show."""

from __future__ import annotations


def escape(text: str) -> str:
    """``text`` as HTML; imported when asked for, as few programs are notebooks."""
    from html import escape as escaped

    return escaped(text)


def preformatted(text: str) -> str:
    """``text`` in a fixed width, also in exported pages, which lack the notebook's style sheet."""
    style = "font-family: monospace; white-space: pre; overflow-x: auto"
    return f'<pre style="{style}">{escape(text)}</pre>'

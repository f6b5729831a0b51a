"""``report``: one page that shows all that ``prepare_debug`` has written into a folder."""

from __future__ import annotations

import html
import io
import json
import keyword
import os
import tokenize
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --key: #a626a4; --text: #50a14f; --note: #888; }
@media (prefers-color-scheme: dark) { :root { --key: #c678dd; --text: #98c379; } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0; display: flex; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; flex: 0 0 17em; padding: 1em; box-sizing: border-box;
  border-right: 1px solid var(--line); }
nav a { display: block; padding: .15em 0; text-decoration: none; overflow-wrap: anywhere; }
nav a.resume { padding-left: 1em; }
main { flex: 1; min-width: 0; padding: 1em 2em 6em; }
section { border-bottom: 1px solid var(--line); padding-bottom: 1.5em; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(24em, 1fr)); gap: 1em; }
pre { background: var(--soft); padding: .8em; overflow: auto; max-height: 40em; border-radius: 4px;
  font: 13px/1.4 ui-monospace, monospace; margin: .3em 0; }
summary { cursor: pointer; padding: .2em 0; }
.bad { color: #c33; } .good { color: #283; }
.k { color: var(--key); } .s { color: var(--text); } .c { color: var(--note); }
"""


def report(directory: str | os.PathLike[str]) -> str:
    """Write ``index.html`` anew from what lies in ``directory``, and give its path.

    Raises `OSError` or `ValueError` if there is no readable ``index.json``.
    """
    directory = os.fspath(directory)
    with open(os.path.join(directory, "index.json"), encoding="utf-8") as file:
        index = json.load(file)
    page = _Page(directory, index["functions"]).text()
    path = os.path.join(directory, "index.html")
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(page)
    return path


class _Page:
    def __init__(self, directory: str, functions: dict[str, dict[str, Any]]) -> None:
        self._directory = directory
        self._functions = functions

    def text(self) -> str:
        links = "".join(self._link(folder, function) for folder, function in self._functions.items())
        sections = "".join(self._function(folder, function) for folder, function in self._functions.items())
        running = [entry["runs"] for function in self._functions.values() for entry in function["entries"]]
        total = f"{sum(running)} of {len(running)} compilations run from these files."
        return (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>What torch.compile made</title>'
            f"<style>{_STYLE}</style></head><body><nav><h3>Functions</h3>{links}</nav>"
            f"<main><h1>What torch.compile made</h1><p>{total}</p>{sections}</main></body></html>\n"
        )

    def _link(self, folder: str, function: dict[str, Any]) -> str:
        kind = ' class="resume"' if function["resume"] else ""
        return f'<a{kind} href="#{html.escape(folder)}">{html.escape(function["name"])}</a>'

    def _function(self, folder: str, function: dict[str, Any]) -> str:
        where = html.escape(f"{function['file']}, line {function['line']}")
        entries = "".join(
            self._entry(folder, function, number, entry) for number, entry in enumerate(function["entries"])
        )
        anchor, name = html.escape(folder), html.escape(function["name"])
        return f'<section id="{anchor}"><h2>{name}</h2><p>{where}</p>{entries}</section>'

    def _entry(self, folder: str, function: dict[str, Any], number: int, entry: dict[str, Any]) -> str:
        state = '<span class="good">runs from its file</span>'
        if not entry["runs"]:
            state = f'<span class="bad">Dynamo\'s own bytecode runs: {html.escape(entry["problem"] or "")}</span>'
        parts = [f"<h3>Compilation {number}</h3><p>{state}</p>"]
        for found in entry["graph_breaks"]:
            first, *more = found["reason"].splitlines() or [""]
            where = html.escape(f"{found['file']}:{found['line']}")
            detail = f"<pre>{html.escape(chr(10).join(more))}</pre>" if more else ""
            parts.append(f"<details><summary>Graph break at {where}: {html.escape(first)}</summary>{detail}</details>")
        parts.append('<div class="pair">')
        parts.append(self._shown("What Dynamo saw", folder, function["original"], True))
        parts.append(self._shown("What it made of it", folder, entry["file"], True))
        parts.append("</div>")
        for resume in entry["resumes"]:
            parts.append(f'<p>Goes on with <a href="#{html.escape(resume)}">{html.escape(resume)}</a></p>')
        if entry["guards"]:
            parts.append(self._shown("Guards", folder, entry["guards"]))
        parts += [self._shown(f"Graph: {graph['stage']}", folder, graph["file"]) for graph in entry["graphs"]]
        parts.append('<div class="pair">')
        parts.append(self._shown("Bytecode before", folder, function["bytecode"]))
        parts.append(self._shown("Bytecode after", folder, entry["bytecode"]))
        parts.append("</div>")
        return "".join(parts)

    def _shown(self, title: str, folder: str, name: str | None, is_open: bool = False) -> str:
        if not name:
            return ""
        try:
            with open(os.path.join(self._directory, folder, name), encoding="utf-8") as file:
                text = file.read()
        except OSError as error:
            return f'<p class="bad">{html.escape(str(error))}</p>'
        shown = highlighted(text) if name.endswith(".py") else html.escape(text)
        summary = f"{html.escape(title)} <small>{html.escape(f'{folder}/{name}')}</small>"
        return f"<details{' open' if is_open else ''}><summary>{summary}</summary><pre>{shown}</pre></details>"


def highlighted(source: str) -> str:
    """``source`` as HTML with keywords, strings and comments marked; plain where it is no Python."""
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    out, at = [], 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            kind = {tokenize.STRING: "s", tokenize.COMMENT: "c"}.get(token.type)
            if token.type == tokenize.NAME and keyword.iskeyword(token.string):
                kind = "k"
            if kind is None:
                continue
            start, end = (starts[row - 1] + column for row, column in (token.start, token.end))
            out.append(html.escape(source[at:start]))
            out.append(f'<span class="{kind}">{html.escape(source[start:end])}</span>')
            at = end
    except (tokenize.TokenError, SyntaxError, IndexError):
        return html.escape(source)
    return "".join(out) + html.escape(source[at:])

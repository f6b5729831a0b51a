"""``report``: one page that shows all that ``prepare_debug`` has written into a folder."""

from __future__ import annotations

import html
import io
import json
import keyword
import os
import tokenize
from typing import Any

from lancehead._files import open_plain, write_file
from lancehead.torch._graphs import without_uuid

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --key: #a626a4; --text: #50a14f; --note: #888; }
@media (prefers-color-scheme: dark) { :root { --key: #c678dd; --text: #98c379; } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0; display: flex; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; flex: 0 0 17em; padding: 1em; box-sizing: border-box;
  border-right: 1px solid var(--line); }
nav a { display: block; padding: .15em 0; text-decoration: none; overflow-wrap: anywhere; }
nav a.resume { padding-left: 1em; }
nav a.resume::before { content: "\\21b3 "; color: var(--note); }
main { flex: 1; min-width: 0; padding: 1em 2em 6em; }
section { border-bottom: 1px solid var(--line); padding-bottom: 1.5em; }
table { border-collapse: collapse; margin: 1em 0; }
td, th { text-align: left; padding: .25em 1.2em .25em 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(24em, 1fr)); gap: 1em; }
.pair > * { min-width: 0; }
.break { border-left: 3px solid #d80; padding-left: .8em; margin: .5em 0; }
small { color: var(--note); overflow-wrap: anywhere; }
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
    write_file(path, page.encode("utf-8", "backslashreplace"))
    return path


class _Page:
    def __init__(self, directory: str, functions: dict[str, dict[str, Any]]) -> None:
        self._directory = directory
        self._functions = functions

    def text(self) -> str:
        links = "".join(self._link(folder, function) for folder, function in self._functions.items())
        sections = "".join(self._function(folder, function) for folder, function in self._functions.items())
        return (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>What torch.compile made</title>'
            f"<style>{_STYLE}</style></head><body><nav><h3>Functions</h3>{links}</nav>"
            f"<main><h1>What torch.compile made</h1>{self._overview()}{sections}</main></body></html>\n"
        )

    def _overview(self) -> str:
        entries = [entry for function in self._functions.values() for entry in function["entries"]]
        running = sum(entry["runs"] for entry in entries)
        breaks = sum(len(entry["graph_breaks"]) for entry in entries)
        rows = "".join(self._row(folder, function) for folder, function in self._functions.items())
        return (
            f"<p>{len(self._functions)} functions, {len(entries)} compilations, {breaks} graph breaks. "
            f"{running} of {len(entries)} compilations run from these files.</p>"
            '<table><tr><th>Function</th><th>Where</th><th class="n">Compilations</th><th>Graph breaks</th>'
            f"<th>Runs from its file</th></tr>{rows}</table>"
        )

    def _row(self, folder: str, function: dict[str, Any]) -> str:
        entries = function["entries"]
        breaks = dict.fromkeys(_break_line(found) for entry in entries for found in entry["graph_breaks"])
        running = sum(entry["runs"] for entry in entries)
        state = "good" if running == len(entries) else "bad"
        return (
            f'<tr><td>{self._reference(folder)}</td><td>{_where(function)}</td><td class="n">{len(entries)}</td>'
            f'<td>{"<br>".join(breaks)}</td><td class="{state}">{running} of {len(entries)}</td></tr>'
        )

    def _link(self, folder: str, function: dict[str, Any]) -> str:
        kind = ' class="resume"' if function["resume"] else ""
        count = f" <small>{len(function['entries'])}\u00d7</small>"
        return f'<a{kind} href="#{html.escape(folder)}">{html.escape(function["name"])}{count}</a>'

    def _reference(self, folder: str) -> str:
        function = self._functions.get(folder)
        name = function["name"] if function else folder
        return f'<a href="#{html.escape(folder)}">{html.escape(name)}</a>'

    def _function(self, folder: str, function: dict[str, Any]) -> str:
        entries = "".join(
            self._entry(folder, function, number, entry) for number, entry in enumerate(function["entries"])
        )
        anchor, name = html.escape(folder), html.escape(function["name"])
        return f'<section id="{anchor}"><h2>{name}</h2><p>{_where(function)}</p>{entries}</section>'

    def _entry(self, folder: str, function: dict[str, Any], number: int, entry: dict[str, Any]) -> str:
        state = '<span class="good">runs from its file</span>'
        if not entry["runs"]:
            state = f'<span class="bad">Dynamo\'s own bytecode runs: {html.escape(entry["problem"] or "")}</span>'
        told = f" <small>compile id {html.escape(entry['compile_id'])}</small>" if entry["compile_id"] else ""
        parts = [f"<h3>Compilation {number}{told}</h3><p>{state}</p>"]
        parts += [_graph_break(found) for found in entry["graph_breaks"]]
        parts.append('<div class="pair">')
        parts.append(self._shown("What Dynamo saw", folder, function["original"], True))
        parts.append(self._shown("What it made of it", folder, entry["file"], True))
        parts.append("</div>")
        if entry["resumes"]:
            parts.append(f"<p>Goes on with {', '.join(map(self._reference, entry['resumes']))}</p>")
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
            # What is named in index.json may be anything.
            with os.fdopen(open_plain(self._directory, folder, name), encoding="utf-8", errors="replace") as file:
                text = file.read()
        except (OSError, ValueError) as error:
            return f'<p class="bad">{html.escape(str(error))}</p>'
        text = without_uuid(text)
        shown = highlighted(text) if name.endswith(".py") else html.escape(text)
        summary = f"{html.escape(title)} <small>{html.escape(f'{folder}/{name}')}</small>"
        return f"<details{' open' if is_open else ''}><summary>{summary}</summary><pre>{shown}</pre></details>"


def _where(function: dict[str, Any]) -> str:
    return html.escape(f"{function['file']}, line {function['line']}")


def _break_line(found: dict[str, Any]) -> str:
    source = found.get("source")
    shown = f"<code>{html.escape(source)}</code>" if source else html.escape(found["file"])
    return f"line {found['line']}: {shown}"


def _graph_break(found: dict[str, Any]) -> str:
    first, *more = found["reason"].splitlines() or [""]
    summary = f"Graph break at {_break_line(found)} <br>{html.escape(first)}"
    if not more:
        return f'<div class="break">{summary}</div>'
    detail = html.escape("\n".join(more))
    return f'<div class="break"><details><summary>{summary}</summary><pre>{detail}</pre></details></div>'


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

"""The API document: /openapi.json for machines, /api/docs to read. Plain HTML made here, nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.problems import FORMS

Node = Mapping[str, Any]
JSON = "application/json"

_STYLE = Path(__file__).with_name("docs.css")


def routes(document: Callable[[], Node]) -> list[Route]:
    """The document, its page and the page's style sheet, each made when it is first asked for."""
    return [
        _made_once("/openapi.json", lambda: json.dumps(document(), ensure_ascii=False, separators=(",", ":")), JSON),
        _made_once("/api/docs", lambda: page_of(document()), "text/html"),
        _made_once("/api/docs.css", lambda: _STYLE.read_text("utf-8"), "text/css"),
    ]


def page_of(document: Node) -> str:
    """The whole page. Everything from the document is escaped."""
    info = document["info"]
    operations = list(_operations(document))
    menu = "".join(f'<li><a href="#{anchor}">{escape(op["summary"])}</a></li>' for _, _, anchor, op in operations)
    body = "".join(_operation(document, method, path, anchor, op) for method, path, anchor, op in operations)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(info["title"])}</title><link rel="stylesheet" href="/api/docs.css"></head><body>'
        f'<nav aria-label="Contents"><ul>{menu}<li><a href="#problems">Problems</a></li></ul></nav><main>'
        f"<h1>{escape(info['title'])}</h1>{_paragraphs(info['description'])}"
        '<p>The same for machines: <a href="/openapi.json">openapi.json</a>.</p>'
        f"{body}{_problems()}</main></body></html>"
    )


def _operations(document: Node) -> Iterator[tuple[str, str, str, Node]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation["operationId"], operation


def _operation(document: Node, method: str, path: str, anchor: str, operation: Node) -> str:
    return (
        f'<section id="{anchor}"><h2>{escape(operation["summary"])}</h2>'
        f"<p><code>{method} {escape(path)}</code></p>{_paragraphs(operation.get('description', ''))}"
        f"{_parameters(operation.get('parameters', []))}{_body(document, operation)}"
        f"<h3>Try it</h3><pre>{escape(_curl(document, method, path, operation))}</pre>"
        f"{_answers(document, operation)}</section>"
    )


def _parameters(parameters: list[Node]) -> str:
    if not parameters:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}</td>"
        f"<td>{escape(each.get('description', each['schema'].get('description', '')))}</td></tr>"
        for each in parameters
    )
    return f"<h3>Parameters</h3><table><tr><th>Name</th><th>In</th><th>Meaning</th></tr>{rows}</table>"


def _body(document: Node, operation: Node) -> str:
    if "requestBody" not in operation:
        return ""
    kind, content = _content(operation)
    told = f"<pre>{escape(content['example'])}</pre>" if kind != JSON else _fields(document, content["schema"])
    return f"<h3>Body</h3><p>{escape(kind)}</p>{told}"


def _answers(document: Node, operation: Node) -> str:
    told = []
    for status, answer in operation["responses"].items():
        shape = answer.get("content", {}).get("application/json", {}).get("schema")
        told.append(
            f"<dt>{status}</dt><dd>{escape(answer['description'])}{_fields(document, shape) if shape else ''}</dd>"
        )
    return f"<h3>Answers</h3><dl>{''.join(told)}</dl>"


def _fields(document: Node, schema: Node) -> str:
    """The fields of a shape; shapes inside it are told below it."""
    shape = _followed(document, schema)
    rows, inner = [], []
    for name, each in shape.get("properties", {}).items():
        needed = "required" if name in shape.get("required", ()) else "optional"
        about = f"{escape(_kind(each))}; {escape(each.get('description', ''))}".rstrip("; ")
        rows.append(f"<tr><td><code>{escape(name)}</code></td><td>{needed}</td><td>{about}</td></tr>")
        if "$ref" in each.get("items", {}):
            inner.append(f"<p>Each of <code>{escape(name)}</code>:</p>{_fields(document, each['items'])}")
    return f"<table><tr><th>Field</th><th></th><th>Form</th></tr>{''.join(rows)}</table>{''.join(inner)}"


def _kind(schema: Node) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(each) for each in schema["anyOf"] if each.get("type") != "null"))
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "items" in schema:
        return f"list of {_kind(schema['items'])}"
    example = f" such as {schema['examples'][0]}" if schema.get("examples") else ""
    return str(schema.get("$ref", schema.get("type", "value"))).rpartition("/")[2] + example


def _followed(document: Node, schema: Node) -> Node:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Node = document["components"]["schemas"][name] if name else schema
    return found


def _curl(document: Node, method: str, path: str, operation: Node) -> str:
    words = [f"curl -X {method} {document['servers'][0]['url']}{path}", "-H 'Authorization: Bearer YOUR_KEY'"]
    if "requestBody" in operation:
        kind, content = _content(operation)
        data = f"-d '{json.dumps(content['example'])}'" if kind == JSON else "--data-binary @file.csv"
        words += [f"-H 'Content-Type: {kind}'", data]
    return " \\\n  ".join(words)


def _content(operation: Node) -> tuple[str, Node]:
    """What kind of body a route takes, and its description."""
    found: tuple[str, Node] = next(iter(operation["requestBody"]["content"].items()))
    return found


def _problems() -> str:
    rows = "".join(
        f'<tr id="{kind.code}"><td><code>{kind.code}</code></td><td>{form.status}</td>'
        f"<td>{escape(form.title)}</td></tr>"
        for kind, form in FORMS.items()
    )
    head = "<tr><th>Code</th><th>Status</th><th>Meaning</th></tr>"
    return f'<section id="problems"><h2>Problems</h2><table>{head}{rows}</table></section>'


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(each)}</p>" for each in text.split("\n\n") if each.strip())


def _made_once(path: str, make: Callable[[], str], media_type: str) -> Route:
    made = cache(make)

    # No coroutine, so it runs on a thread of its own: what is made takes a quarter of a second.
    def answer(_request: Request) -> Response:
        return Response(made(), media_type=media_type, headers={"Cache-Control": "no-cache"})

    return Route(path, answer, methods=["GET"], include_in_schema=False)

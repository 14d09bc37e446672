"""`make words`: finds every sentence in the code and brings the catalogues in step with it. Developers run it.

New sentences enter each .po file untranslated, those that are gone leave it; nothing is guessed from what is alike.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from billing.rules import errors
from billing.rules.errors import ScripError
from locales.catalogues import LANGUAGES, SOURCE, po_file

ROOMS = ("pages", "auth", "locales", "billing")
TOP = Path(__file__).resolve().parents[1]

SPOKEN = {"_": None, "N_": None, "n_": (1, 2), "p_": ((1, "c"), 2), "sentence": None, "word": None}
"""The functions whose texts are sentences; the names of the errors come to them."""

Found = tuple[int, str, tuple[str | None, ...], list[str]]


def from_python(file: IO[bytes], keywords: Collection[str], _tags: object, options: object) -> Iterator[Found]:  # noqa: ARG001  Babel names it
    """Line, function and texts of every call that says something. Babel's own reader goes by tokens, and finds nothing
    that stands inside of an f-string.
    """
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in keywords:
                yield node.lineno, name, tuple(map(_literal, node.args)), []


def _literal(argument: ast.expr) -> str | None:
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else None


OPERATORS = (
    "billing/settings*.py", "billing/plan_documents.py", "billing/plan_files.py", "billing/plan_forms*.py",
    "billing/plan_printing.py", "billing/plan_sync.py", "billing/plan_words.py", "billing/setup.py",
    "billing/doctor*.py", "billing/check.py", "billing/rules/plan_rules.py", "billing/gateways/stripe_setup*.py",
    "billing/gateways/stripe_catalogue*.py", "billing/gateways/stripe_prices.py",
    "billing/gateways/stripe_lifecycles.py", "billing/gateways/stripe_bench.py", "billing/gateways/preparation.py",
    "billing/gateways/stripe.py", "billing/usage.py", "billing/reverts.py", "billing/overdraft.py",
    "billing/webhooks.py", "billing/duties.py", "billing/rules/calendars.py", "billing/rules/entitlements.py",
    "auth/demo.py", "auth/keys.py", "auth/bearers.py", "auth/metering.py",
)  # fmt: skip
"""What is said there reaches operators and programs alone, and they are spoken to in English."""

_METHODS: list[tuple[str, Any]] = [
    *((pattern, "ignore") for pattern in OPERATORS),
    ("auth/templates/*.html", "jinja2.ext:babel_extract"),
    ("billing/mail_templates/*.jinja", "jinja2.ext:babel_extract"),
    *((f"{room}/**.py", from_python) for room in ROOMS),
]

# no dates and no names: who changed what, and when, is known to the history of the file
_HEAD = """\
# {name}. Which words to use is written in docs/languages.md.
msgid ""
msgstr ""
"Language: {code}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plurals}\\n"

"""


def extracted() -> Catalog:
    """Every sentence as the code has it now, by the files it stands in."""
    keywords = {**SPOKEN, **dict.fromkeys(error_names())}
    found = Catalog(project="Scrip", charset="utf-8")
    for room in ROOMS:
        for path, _, text, comments, context in extract_from_dir(
            TOP / room, [(p.removeprefix(f"{room}/"), m) for p, m in _METHODS if p.startswith(f"{room}/")],
            keywords=keywords, comment_tags=("for translators:",), strip_comment_tags=True,
        ):  # fmt: skip
            found.add(text, locations=[(f"{room}/{path}", 0)], auto_comments=comments, context=context)
    return found


def error_names() -> Iterator[str]:
    """What errors are called: their sentence is the first word they are given."""
    for name, each in vars(errors).items():
        if isinstance(each, type) and issubclass(each, ScripError) and not issubclass(each, errors.NotAnEvent):
            yield name


def renew(language: str, template: Catalog) -> list[Message]:
    """Brings one catalogue in step; returns what is left to translate."""
    path = po_file(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as file:
            kept = read_po(file, locale=language)
    kept.update(template, no_fuzzy_matching=True)
    with path.open("wb") as file:
        file.write(_HEAD.format(name=LANGUAGES[language], code=language, plurals=kept.plural_forms).encode())
        write_po(file, kept, width=120, omit_header=True, include_lineno=False, sort_output=True, ignore_obsolete=True)
    return [each for each in kept if each.id and not is_said(each)]


def is_said(message: Message) -> bool:
    """Whether a sentence is translated, in every form it needs."""
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(forms)


def main() -> int:
    """Renews every catalogue and says what is left to do."""
    template = extracted()
    left = {language: renew(language, template) for language in LANGUAGES if language != SOURCE}
    for language, missing in left.items():
        sys.stdout.write(f"{language}: {len(template)} sentences, {len(missing)} to translate\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Turns what a mail is about into its subject, text and HTML, by templates an operator may replace. `mail.py` uses it.

A mail is one template for both forms: it says paragraphs, links and what stands small below by `say`, `act` and `note`,
which know whether they write text or HTML. A value is text in both: HTML escapes it, and a subject is one line.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError
from markupsafe import Markup

from billing.mail_words import Voice
from billing.rules.errors import GatewayUnavailable
from billing.rules.mail import one_line
from billing.rules.sentences import sentence
from billing.settings import Settings, SettingsError

HERE = Path(__file__).parent / "mail_templates"
SUFFIX = ".jinja"
WIDTH = 76

_ACT = Markup(
    '<p style="margin:24px 0"><a href="{}" style="background:#1f4fd8;color:#ffffff;padding:10px 20px;'
    'border-radius:8px;text-decoration:none;font-weight:600">{}</a></p>'
)
_PARAGRAPH = Markup('<p style="margin:0 0 16px">{}</p>')
_NOTE = Markup('<p style="margin:0;color:#525a6b">{} <a href="{}" style="color:#1f4fd8">{}</a></p>')


@dataclass(frozen=True, slots=True)
class Written:
    """One mail in both of its forms."""

    subject: str
    text: str
    html: str


def write(settings: Settings, name: str, voice: Voice, values: Mapping[str, object]) -> Written:
    """The mail called `name`. Raises GatewayUnavailable while an operator's template cannot be used: mail waits."""
    speech = voice.speech
    told = {
        "_": speech.say, "n_": speech.count, "day": voice.day, "month": voice.month, "moment": voice.moment,
        "language": speech.language, "direction": speech.direction,
        "product": settings.product_name, "counted": partial(voice.counted, unit=settings.credits.unit_name),
        "address": lambda path: settings.public_url + path, **values,
    }  # fmt: skip
    try:
        subject, text = _as_text(settings.mail.templates).render(name, told)
        _, html = _as_html(settings.mail.templates).render(name, told)
    except TemplateError as mistake:
        why = sentence("The template {name} cannot be used: {mistake}.", name=name, mistake=str(mistake))
        raise GatewayUnavailable(why) from mistake
    return Written(subject, text, html)


def names() -> list[str]:
    """Every mail there is."""
    return sorted(path.stem for path in HERE.glob(f"*{SUFFIX}"))


def check(settings: Settings) -> None:
    """Raises SettingsError for a template of the operator's that is none: better at start than with the first mail."""
    folder = settings.mail.templates
    if folder is None:
        return
    known = {*(f"{name}{SUFFIX}" for name in names()), "frame.txt", "frame.html"}
    for path in sorted(Path(folder).rglob("*")):
        if path.is_dir():
            continue
        if path.name not in known:
            raise SettingsError(f"mail.templates: {path} replaces nothing; there are {', '.join(sorted(known))}.")
        try:
            _as_text(folder).environment.parse(path.read_text("utf-8"))
        except (TemplateError, ValueError) as mistake:
            raise SettingsError(f"mail.templates: {path} is no template: {mistake}.") from None


@dataclass(frozen=True, slots=True)
class _Form:
    """Text or HTML: how paragraphs are said in it (`environment`), and what is around them."""

    environment: Environment
    frame: str
    body: Callable[[str], str]

    def render(self, name: str, values: Mapping[str, object]) -> tuple[str, str]:
        """The subject, which the template sets, and the whole. The folder of a language comes before all."""
        file = f"{name}{SUFFIX}"
        found = self.environment.select_template([f"{values['language']}/{file}", file]).make_module(dict(values))
        subject = one_line(str(getattr(found, "subject", "")))
        if not subject:
            raise TemplateError("it sets no subject")
        framed = {**values, "subject": subject, "body": self.body(str(found))}
        return subject, self.environment.get_template(self.frame).render(framed)


@cache
def _as_text(folder: str | None) -> _Form:
    made = _environment(folder, escapes=False)
    made.globals |= {
        "say": _wrapped,
        "note": lambda words, link: f"{_wrapped(words).rstrip()}\n{link}\n",
        "act": lambda words, link: f"{words}:\n{link}\n\n",
    }
    return _Form(made, "frame.txt", _spaced)


@cache
def _as_html(folder: str | None) -> _Form:
    made = _environment(folder, escapes=True)
    made.globals |= {
        "say": _PARAGRAPH.format,
        "note": lambda words, link: _NOTE.format(words, link, link),
        "act": lambda words, link: _ACT.format(link, words),
    }
    return _Form(made, "frame.html", Markup)


def _environment(folder: str | None, *, escapes: bool) -> Environment:
    loader = ChoiceLoader([FileSystemLoader(each) for each in (folder, HERE) if each is not None])
    return Environment(
        loader=loader,
        autoescape=escapes,  # noqa: S701  a mail in plain text holds no markup to escape
        undefined=StrictUndefined,
        trim_blocks=True,
    )


def _wrapped(words: str) -> str:
    """A paragraph of text is one, whatever a value in it looks like."""
    lines = textwrap.wrap(" ".join(words.split()), WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines) + "\n\n"


def _spaced(body: str) -> str:
    """Between two paragraphs stands one empty line, however many the template has."""
    kept: list[str] = []
    for line in map(str.strip, body.splitlines()):
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()

"""A letter's three templates: subject.txt, body.mjml and body.txt, made ready once and rendered often.

A theme is a folder of templates that go before those of the same name: with `gazette`, email/themes/gazette/digest/x
goes before email/digest/x.

Templates may come from staff, so they run in Jinja's sandbox, and whatever they raise becomes a ComposeError that
names the file and the line.
"""

import re
import traceback
from collections.abc import Mapping
from functools import lru_cache

from jinja2 import FunctionLoader, StrictUndefined, Template, TemplateSyntaxError
from jinja2.environment import TemplateModule
from jinja2.sandbox import SandboxedEnvironment

from digest.compose import clean
from digest.compose.views import ArticleView, EventView, ItemView, LinkView, SectionView
from digest.errors import ComposeError

_PLAIN = frozenset({TemplateModule, ArticleView, ItemView, SectionView, EventView, LinkView})
"""Types without a method or a secret that a template could reach."""
_COLUMNS = 72
_ENDINGS = (".mjml", ".txt")
"""What tells a template's frame in a traceback from Python's own."""


class Templates:
    """Those of the letter called `name`. Raises ComposeError where one is missing or not valid Jinja."""

    def __init__(self, name: str, templates: Mapping[str, str], theme: str = "") -> None:
        environment = _environment(_themed(templates, theme))
        self.html_name = f"email/{name}/body.mjml"
        self.text_name = f"email/{name}/body.txt"
        self._subject = _load(environment, f"email/{name}/subject.txt")
        self._html = _load(environment, self.html_name)
        self._text = _load(environment, self.text_name)

    def subject(self, values: Mapping[str, object]) -> str:
        """The subject on one line. Raises ComposeError where it is empty."""
        subject = clean.line(_render(self._subject, values))
        if not subject:
            raise ComposeError(f"{self._subject.name}: the subject is empty; say what the letter is about")
        return subject

    def mjml(self, values: Mapping[str, object]) -> str:
        """The rendered MJML, not yet compiled."""
        return _render(self._html, values)

    def text(self, values: Mapping[str, object]) -> str:
        """The plain text: at most two blank lines in a row, no blanks at the end of a line."""
        rendered = re.sub(r"[ \t]+$", "", _render(self._text, values), flags=re.MULTILINE)
        return re.sub(r"\n{4,}", "\n\n\n", rendered).strip("\n") + "\n"


def _themed(templates: Mapping[str, str], theme: str) -> Mapping[str, tuple[str, str]]:
    """Each template's text, and the name of the file it is from."""
    plain = {name: (text, name) for name, text in templates.items()}
    if not theme:
        return plain
    folder = f"email/themes/{theme}/"
    own = {f"email/{name.removeprefix(folder)}": plain[name] for name in templates if name.startswith(folder)}
    if not own:
        known = sorted({name.split("/")[2] for name in templates if name.startswith("email/themes/")})
        raise ComposeError(f"there is no theme {theme!r}; templates/email/themes has: {', '.join(known) or 'none'}")
    return {**plain, **own}


class _Sandbox(SandboxedEnvironment):
    """Jinja's, quick with views and the look: they are plain data, and a letter reads a thousand of their values."""

    def getattr(self, obj: object, attribute: str) -> object:
        """What a template gets for `obj.attribute`."""
        if type(obj) in _PLAIN and not attribute.startswith("_") and hasattr(obj, attribute):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


def _environment(templates: Mapping[str, tuple[str, str]]) -> SandboxedEnvironment:
    def load(name: str) -> tuple[str, str, None] | None:
        # The file's name goes along, which is how a traceback comes to tell template and line.
        return (*templates[name], None) if name in templates else None

    environment = _Sandbox(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        # Jinja's select_autoescape does not know .mjml.
        autoescape=lambda name: name is not None and name.endswith(".mjml"),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["wrap"] = _wrap
    return environment


def _load(environment: SandboxedEnvironment, name: str) -> Template:
    try:
        return environment.get_template(name)
    except TemplateSyntaxError as error:
        raise ComposeError(f"{error.name}, line {error.lineno}: {error.message}") from error
    except LookupError as error:  # TemplateNotFound is one
        raise ComposeError(f"the template {name} is missing; put it back or remove your templates folder") from error


def _render(template: Template, values: Mapping[str, object]) -> str:
    try:
        return template.render(values)
    except TemplateSyntaxError as error:
        raise ComposeError(f"{error.name}, line {error.lineno}: {error.message}") from error
    except Exception as error:  # a template can raise anything: 1/0, a wrong argument, an attribute out of bounds
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith(_ENDINGS)]
        place = f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else str(template.name)
        raise ComposeError(f"{place}: {type(error).__name__}: {error}") from error


@lru_cache(maxsize=4096)  # the digests of an edition share their articles
def _wrap(text: str, indent: str = "") -> str:
    """Lines of at most 72 columns. A word is never broken, so links stay whole."""
    lines, line = [], indent
    for word in text.split(" "):
        if len(line) + 1 + len(word) > _COLUMNS and line != indent:
            lines.append(line)
            line = indent
        line += word if line == indent else f" {word}"
    return "\n".join([*lines, line])

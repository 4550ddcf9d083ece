"""MJML to HTML by mrml, in 1 to 2 ms for 30 articles; what it rejects is explained by template and line."""

import re

from mjml import mjml2html

from digest.errors import ComposeError

_SPAN = re.compile(r" at position (\d+):\d+")


def compile_mjml(source: str, template: str) -> str:
    """Rendered MJML as HTML. Raises ComposeError that names the template, the line and what stands there."""
    try:
        # Without `fonts`, mrml links Google's copy of every known family named in the source: a letter loads nothing.
        html = str(mjml2html(source, fonts={}))
    except ValueError as error:
        raise ComposeError(_explain(str(error), source, template)) from error
    # mrml hands a tag it does not know through, and no mail program would show it.
    if unknown := re.search(r"<(mj-[\w-]+)", html):
        raise ComposeError(f"{template}: <{unknown[1]}> is not an MJML tag, or not one allowed there")
    return html


def _explain(message: str, source: str, template: str) -> str:
    span = _SPAN.search(message)
    if not span:
        return f"{template}: MJML: {message}; look for a tag left open, or a bare < where &lt; is meant"
    before = source.encode()[: int(span[1])]
    number = before.count(b"\n") + 1
    shown = source.split("\n")[number - 1].strip()[:80]
    return f"{template}, line {number} once rendered: MJML: {_SPAN.sub('', message)}: {shown}"

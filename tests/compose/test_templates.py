"""What is wrong in a template is said with its name and its line, and no template leaves its sandbox."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.compose import Composer
from digest.errors import ComposeError
from digest.types import Content, DigestKey

MJML = "email/digest/body.mjml"
GOOD = "<mjml><mj-body><mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section></mj-body></mjml>"
LINKS = '<a href="{{ unsubscribe_url }}">x</a><a href="{{ preferences_url }}">y</a>'

ComposeWith = Callable[[str, str], None]


@pytest.fixture
def compose_with(content: Content, nonce: str, every_topic: DigestKey) -> ComposeWith:
    """Compose with one template changed."""

    def run(name: str, source: str) -> None:
        changed = replace(content, templates={**content.templates, name: source})
        Composer(changed, nonce=nonce, date=datetime(2026, 1, 7, tzinfo=UTC)).compose(every_topic)

    return run


def test_a_template_of_ones_own_composes(compose_with: ComposeWith) -> None:
    compose_with(MJML, GOOD.format(LINKS))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("one\n{{ nobody }}", "body.mjml, line 2: UndefinedError: 'nobody' is undefined"),
        ("one\n{{ lead.nothing }}", "body.mjml, line 2: UndefinedError"),
        ("\n\n{{ ''.__class__.__mro__ }}", "body.mjml, line 3: SecurityError"),
        ("{{ 1/0 }}", "body.mjml, line 1: ZeroDivisionError"),
        ("{% if %}", "body.mjml, line 1: "),
        ('\n{% include "email/none.mjml" %}', "body.mjml, line 2: TemplateNotFound: email/none.mjml"),
        ("\n\n" + GOOD.format("x</p>"), "body.mjml, line 3 once rendered: MJML: "),
        (GOOD.format("5 < 6"), "look for a tag left open, or a bare <"),
        (GOOD.format("<mj-table-of-contents/>" + LINKS), "<mj-table-of-contents> is not an MJML tag"),
        (GOOD.format(LINKS.replace("unsubscribe", "preferences")), "must hold {{ unsubscribe_url }}"),
        (GOOD.format(LINKS) + "<!-- {{ unsubscribe_url }} -->", "a link was lost"),
    ],
)
def test_a_fault_names_the_template_and_the_line(compose_with: ComposeWith, source: str, said: str) -> None:
    with pytest.raises(ComposeError) as caught:
        compose_with(MJML, source)
    assert said in str(caught.value)


def test_a_fault_in_a_partial_names_the_partial(compose_with: ComposeWith) -> None:
    with pytest.raises(ComposeError, match=r"email/_partials/article\.mjml, line 1: ZeroDivisionError"):
        compose_with("email/_partials/article.mjml", "{{ 1/0 }}")


def test_the_plain_text_must_carry_both_links(compose_with: ComposeWith) -> None:
    with pytest.raises(ComposeError, match=r"body\.txt: the letter must hold \{\{ preferences_url \}\}"):
        compose_with("email/digest/body.txt", "{{ unsubscribe_url }}")


def test_the_subject_may_not_be_empty_nor_hold_a_link(compose_with: ComposeWith) -> None:
    with pytest.raises(ComposeError, match=r"subject\.txt: the subject is empty"):
        compose_with("email/digest/subject.txt", "  \n")
    with pytest.raises(ComposeError, match="'unsubscribe_url' is undefined"):
        compose_with("email/digest/subject.txt", "{{ unsubscribe_url }}")


def test_a_missing_template_is_named(content: Content, nonce: str) -> None:
    fewer = {name: source for name, source in content.templates.items() if name != MJML}
    with pytest.raises(ComposeError, match=r"template email/digest/body\.mjml is missing"):
        Composer(replace(content, templates=fewer), nonce=nonce, date=datetime(2026, 1, 7, tzinfo=UTC))

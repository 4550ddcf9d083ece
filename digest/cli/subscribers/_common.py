"""What the commands about subscribers share."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from digest.errors import EditionError

if TYPE_CHECKING:
    from digest.desk import Plan
    from digest.pipeline import Pipeline

VIA = "command line"

newsletter_option = click.option("--newsletter", help="Which one; needed where there are several.")
confirmed_option = click.option("--confirmed", is_flag=True, help="You vouch for their consent; it is recorded so.")


def newsletter(pipeline: "Pipeline", name: str | None) -> "Plan":
    """The newsletter that is meant; with only one set up, it need not be named."""
    plans = pipeline.desk.plans
    if name is None and len(plans) > 1:
        raise EditionError(f"say which newsletter: --newsletter {' or '.join(plans)}")
    return pipeline.desk.plan(name or next(iter(plans)))


def known_topics(plan: "Plan") -> Mapping[str, str]:
    """The names and slugs of the topics that a newsletter offers → slugs."""
    return {name: topic.slug for topic in plan.frame.topics for name in (topic.slug, topic.name)}


def topic(plan: "Plan", name: str) -> str:
    """The slug of a topic by its slug or name. Raises EditionError."""
    known = {key.casefold(): slug for key, slug in known_topics(plan).items()}
    slug = known.get(name.strip().casefold())
    if slug is None:
        raise EditionError(f"there is no topic {name.strip()!r}; {plan.key} offers: {', '.join(known)}")
    return slug

"""The gate: every rule that a letter must keep before it may leave, judged on the finished message. Pure but for
`dead_links`, which asks the network with the fetch it is given."""

from digest.gate.context import Context
from digest.gate.edition import judge_edition
from digest.gate.finding import Finding, Level
from digest.gate.judge import RULES, errors_of, fill_sample, in_short, judge, judge_all, refuse
from digest.gate.online import dead_links, foreign_links

__all__ = [
    "RULES",
    "Context",
    "Finding",
    "Level",
    "dead_links",
    "errors_of",
    "fill_sample",
    "foreign_links",
    "in_short",
    "judge",
    "judge_all",
    "judge_edition",
    "refuse",
]

"""config.yaml, checked as a whole at start: `load` gives frozen settings or one sentence that says what to mend."""

from digest.config.document import Place
from digest.config.environment import ELSEWHERE
from digest.config.models import Database, Newsletter, SenderSettings, Site, SourceSettings, TopicSettings, Web
from digest.config.settings import Settings, load
from digest.config.values import parse_duration

__all__ = [
    "ELSEWHERE",
    "Database",
    "Newsletter",
    "Place",
    "SenderSettings",
    "Settings",
    "Site",
    "SourceSettings",
    "TopicSettings",
    "Web",
    "load",
    "parse_duration",
]

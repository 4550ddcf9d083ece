"""Composing: articles and topics in, blueprints out. No network, database or clock: all it needs it is given."""

from digest.compose.composer import Composer
from digest.compose.dates import moment
from digest.compose.duplicates import mark_duplicates
from digest.compose.language import name_of_language, nearest
from digest.compose.letter import compose_letter
from digest.compose.news import digest_key, topics_with_news
from digest.compose.selection import Item, Section, Selection, select

__all__ = [
    "Composer",
    "Item",
    "Section",
    "Selection",
    "compose_letter",
    "digest_key",
    "mark_duplicates",
    "moment",
    "name_of_language",
    "nearest",
    "select",
    "topics_with_news",
]

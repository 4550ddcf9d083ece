"""The preview: the page on which staff look at an edition before it goes out, and the same letter as files.

Everything here only reads. The links in a letter that is looked at lead nowhere, so nobody is unsubscribed by a click.
"""

from digest.web.preview.app import create_preview
from digest.web.preview.choosing import Choice, Found, choose, newest, split_topics
from digest.web.preview.letter import files

__all__ = ["Choice", "Found", "choose", "create_preview", "files", "newest", "split_topics"]

"""The `name=value; name=value` of DKIM keys and DMARC policies (RFC 6376, section 3.2)."""


def read_tags(record: str) -> dict[str, str]:
    """The tags of a record, names in lower case, the first of a name counting. What is no tag is passed over."""
    tags: dict[str, str] = {}
    for part in record.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            tags.setdefault(name.strip().lower(), value.strip())
    return tags

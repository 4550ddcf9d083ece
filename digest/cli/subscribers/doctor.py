"""`digest subscribers doctor`."""

from dataclasses import asdict

from digest.cli._common import command, json_option, load_pipeline, show_rows

_COLUMNS = {"address": "Address", "kind": "What", "words": "Why"}


@command("doctor")
@json_option
def doctor(as_json: bool) -> None:
    """List addresses to look at: shared, probably mistyped, to throw away, or never confirmed. Changes nothing."""
    import subscribers as people

    pipeline = load_pipeline()
    with pipeline.database.read() as session:
        rows = [asdict(finding) for finding in people.check_up(session, pipeline.clock())]
    show_rows(rows, _COLUMNS, as_json=as_json, empty="nothing to look at")

"""`python -m digest.cli`, as the supervisor starts its parts."""

from digest.cli import main

main()

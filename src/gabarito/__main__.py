"""`python -m gabarito`."""

from gabarito.cli import main

main()

"""`python -m helpdesk` is the command `helpdesk`."""

from helpdesk.cli import main

main()

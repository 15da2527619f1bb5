"""Everything a newcomer needs on this machine: mail servers and a Slack stand-in."""

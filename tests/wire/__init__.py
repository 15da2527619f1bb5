"""Real servers on this machine, which misbehave on request."""

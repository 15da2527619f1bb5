"""The agents' desk: cards, forms, listeners, the Slack door."""

"""Mail rows to verdicts: rules, classifier, topics, rescue."""

"""What builds things that are kept: models, example mails, screenshots."""

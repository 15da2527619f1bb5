"""What several tests share: servers, builders of mails, invented people."""

"""What managers see: figures, digest, watch list, charts."""

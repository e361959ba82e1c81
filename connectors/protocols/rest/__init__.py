"""REST: pages of JSON, signed requests, questions about people."""

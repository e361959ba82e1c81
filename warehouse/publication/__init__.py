"""From the candidates of one build to the tables that apps read, in one transaction."""

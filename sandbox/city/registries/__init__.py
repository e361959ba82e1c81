"""The bureau's own registries: applications, households, reviews, stays, benefits."""

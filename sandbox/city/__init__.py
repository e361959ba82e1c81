"""The invented city: people, what departments hold about them, and the truth."""

from sandbox.city.build import CityPaths, build_city, city_paths

__all__ = ["CityPaths", "build_city", "city_paths"]

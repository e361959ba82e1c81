"""One batch on its way in: pulled, decoded, written, compared, accounted for."""

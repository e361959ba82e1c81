"""One reader per layout. Each yields ``RawChunk``: columns by source name, everything still text."""

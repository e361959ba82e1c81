"""What the site needs beside the pages: hooks for its builder, and scripts that run in the browser."""

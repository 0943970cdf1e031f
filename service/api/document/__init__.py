"""The API document and the page that shows it."""

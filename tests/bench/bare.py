"""The floor of the embedded store: one Flask route that answers constant JSON."""

from flask import Flask

from tests.bench.samples import TAGS

app = Flask("bare")


@app.get("/images/<image_id>")
def view_image(image_id):
    """Answer always the same."""
    return {"image_id": "0" * 32, "size": 204800, "tags": TAGS}

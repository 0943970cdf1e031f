"""Take the fields and the file out of an upload's form."""

from service.api.images.image_schemas import LISTS, UploadSchema
from service.api.sent_names import gathered, values_of
from service.api.uploads.part_names import part_filename

SCHEMA = UploadSchema()
TEXTS = set(SCHEMA.fields) - {"image_data"}
# Dropzone, Uppy and FilePond send these texts beside the file; FilePond names its own image_data.
IGNORED = {"name", "type", "relativePath"}


def fields_of(form, files):
    """Return a form's fields by name; `image_data` is the file part. Raises ValidationError.

    form, files: Werkzeug's MultiDicts of texts and of files.
    """
    texts = {name: found for name, found in gathered(form, LISTS).items() if name not in IGNORED}
    bytes_as_text = texts.pop("image_data", [])
    faults = file_faults(files, bytes_as_text)
    faults |= {name: "Send text in UTF-8." for name in texts if "\ufffd" in "".join(texts[name])}
    values = values_of(texts, SCHEMA, LISTS, faults)
    if "image_data" in files:
        values["image_data"] = chosen(files)[0]
    # The name comes with the file: if that is missing, only that is told.
    name = part_filename(values["image_data"]) if "image_data" in values else "missing"
    return {"filename": name} | values


def file_faults(files, bytes_as_text):
    """Return {name: what to do} for files under another name, no file, or more than one."""
    faults = {}
    missing = "image_data" not in files
    for name in files:
        if name in TEXTS:
            faults[name] = f"Send text, not a file: -F {name}=…, without @"
        elif name != "image_data" and missing:
            faults[name] = "Send the file as image_data: -F image_data=@photo.jpg"
            missing = False
        elif name != "image_data":
            faults[name] = "Leave it out: an upload is one image, sent as image_data."
    if missing and bytes_as_text:
        faults["image_data"] = "Send a file part, with @: -F image_data=@photo.jpg"
    elif "image_data" in files and not chosen(files):
        faults["image_data"] = "Choose a file."
    elif len(chosen(files)) > 1:
        faults["image_data"] = "Send this field once; an upload is one image."
    return faults


def chosen(files):
    """Return the file parts of the image. A browser sends one without name and bytes for none."""
    return [file for file in files.getlist("image_data") if file.filename or file.stream.read(1)]

"""The tags that exiftool writes into the files of the privacy check, and what its tags tell."""

import re

EXIF_POSITION = [
    "-GPS:GPSLatitude=52.51", "-GPS:GPSLatitudeRef=N", "-GPS:GPSLongitude=13.37",
    "-GPS:GPSLongitudeRef=E", "-GPS:GPSAltitude=34",
]  # fmt: skip
CAMERA = ["-IFD0:Make=Acme", "-IFD0:Model=Acme 9"]
TAKEN = ["-ExifIFD:DateTimeOriginal=2026:02:13 09:30:00", "-ExifIFD:OffsetTimeOriginal=+02:00"]
PEOPLE = ["-IFD0:Artist=Ana", "-IFD0:Copyright=(c) Ana"]
XMP_PEOPLE = ["-XMP-dc:Creator=Ana", "-XMP-dc:Rights=all rights with Ana"]

# In every format.
ANY = {
    "nothing": [],
    "position": EXIF_POSITION,
    "camera": CAMERA,
    "serial": ["-ExifIFD:SerialNumber=0815", "-ExifIFD:LensModel=Acme 50 mm"],
    "taken": TAKEN,
    "digitised": ["-ExifIFD:CreateDate=2019:12:31 23:59:59"],
    "people": PEOPLE,
    "owner": ["-ExifIFD:OwnerName=Ana", "-IFD0:XPAuthor=Ana"],
    "xmp_position": ["-XMP-exif:GPSLatitude=52.51", "-XMP-exif:GPSLongitude=13.37"],
    "xmp_people": XMP_PEOPLE,
    "xmp_city": ["-XMP-photoshop:City=Berlin", "-XMP-iptcExt:LocationShownCity=Berlin"],
    "xmp_camera": ["-XMP-tiff:Make=Acme", "-XMP-aux:SerialNumber=0815", "-XMP-aux:Lens=50 mm"],
    "xmp_taken": ["-XMP-exif:DateTimeOriginal=2026:02:13 09:30:00"],
    "xmp_harmless": ["-XMP-dc:Title=A fractal", "-XMP-xmp:Rating=3"],
    "trailer": [],
}
COMBINED = {
    "all": [*EXIF_POSITION, *CAMERA, *TAKEN, *PEOPLE, *XMP_PEOPLE],
    "all_trailer": [*EXIF_POSITION, *CAMERA, *TAKEN, *PEOPLE, *XMP_PEOPLE],
}
IPTC = {
    "iptc_people": ["-IPTC:By-line=Ana", "-IPTC:CopyrightNotice=Ana", "-IPTC:Credit=Ana"],
    "iptc_city": ["-IPTC:City=Berlin", "-IPTC:Country-PrimaryLocationName=Germany"],
    "iptc_taken": ["-IPTC:DateCreated=2026:02:13", "-IPTC:TimeCreated=09:30:00+02:00"],
}
ONLY = {
    "jpg": IPTC | {
        "thumbnail": ["-ThumbnailImage<=FOLDER/thumbnail.jpg"],
        "photoshop_thumbnail": ["-PhotoshopThumbnail<=FOLDER/thumbnail.jpg"],
        "comment": ["-Comment=Copyright Ana"],
        "encoder": ["-Comment=CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 90"],
        "long_xmp": ["-XMP-dc:Creator=Ana", "-XMP-dc:Description=" + "sky " * 30_000],
    },
    "png": IPTC | {
        "text_people": ["-PNG:Author=Ana", "-PNG:Copyright=Ana"],
        "packed_people": ["-z", "-PNG:Author=" + "Ana " * 300],
        "text_taken": ["-PNG:CreationTime=2026:02:13 09:30:00"],
        "text_harmless": ["-PNG:Software=Acme Paint", "-PNG:Title=A fractal"],
    },
    "webp": {},
    "gif": {"comment": ["-Comment=Copyright Ana"]},
    "tif": IPTC,
    "avif": {},
}  # fmt: skip
# Of these no name of exiftool's tags tells the kind.
UNNAMED = {
    "trailer": ["trailing_bytes"],
    "all_trailer": ["trailing_bytes"],
    "comment": ["author"],
}
FEWEST_FILES = 200

# The groups of exiftool that are metadata, and what the names of their tags tell.
PLACES = ("IFD", "ExifIFD", "GPS", "XMP", "IPTC", "PNG", "Photoshop", "File", "MakerNotes")
KIND_OF_TAG = [
    (re.compile(pattern), kind)
    for pattern, kind in (
        ("Latitude$|Longitude$|City|Country|Location|Sub-location", "location"),
        ("^Make$|^Model$|SerialNumber|^Lens", "camera"),
        ("Artist|Copyright|Author|OwnerName|Creator|Rights|By-line|Credit", "author"),
        ("DateTimeOriginal|CreateDate|^ModifyDate|Date/?Created|DateCreated|TimeCreated"
         "|CreationTime|Digital", "taken_at"),
        ("Thumbnail", "embedded_thumbnail"),
    )
]  # fmt: skip
# What may be left in a stripped copy: what the file is, how it is shown, the turn, the profile.
HARMLESS = re.compile(
    "SourceFile|ExifTool:ExifToolVersion|System:.*|ICC.*:.*|IFD0:Orientation|(?:APP14|Adobe):.*"
    "|File:(?:File\\w+|MIMEType|ExifByteOrder|Image(?:Width|Height|Size)|EncodingProcess"
    "|BitsPerSample|ColorComponents|YCbCrSubSampling)"
    "|JFIF:(?:JFIFVersion|ResolutionUnit|[XY]Resolution)"
    "|PNG:(?:ImageWidth|ImageHeight|BitDepth|ColorType|Compression|Filter|Interlace"
    "|Animation(?:Frames|Plays)|ProfileName|SRGBRendering|Gamma|BackgroundColor|Transparency)"
    "|PNG-pHYs:.*|(?:RIFF|VP8\\w?):.*|Composite:(?:ImageSize|Megapixels)"
)

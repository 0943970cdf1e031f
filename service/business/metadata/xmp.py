"""XMP: the names of the properties in a packet, whose XML need not be well formed."""

import re
from itertools import islice

# Names of properties begin with a prefix, which stands for an address; these are the usual ones.
ADDRESSES = {
    b"http://ns.adobe.com/exif/1.0/": b"exif",
    b"http://cipa.jp/exif/1.0/": b"exifEX",
    b"http://ns.adobe.com/tiff/1.0/": b"tiff",
    b"http://ns.adobe.com/exif/1.0/aux/": b"aux",
    b"http://purl.org/dc/elements/1.1/": b"dc",
    b"http://ns.adobe.com/xap/1.0/": b"xmp",
    b"http://ns.adobe.com/xap/1.0/rights/": b"xmpRights",
    b"http://ns.adobe.com/xap/1.0/g/img/": b"xmpGImg",
    b"http://ns.adobe.com/photoshop/1.0/": b"photoshop",
    b"http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": b"Iptc4xmpCore",
    b"http://iptc.org/std/Iptc4xmpExt/2008-02-29/": b"Iptc4xmpExt",
}
PROPERTIES = {
    "location": b"""photoshop:City photoshop:State photoshop:Country exif:GPSAreaInformation
        Iptc4xmpCore:Location Iptc4xmpCore:CountryCode Iptc4xmpExt:LocationShown
        Iptc4xmpExt:LocationCreated Iptc4xmpExt:City Iptc4xmpExt:CountryName
        Iptc4xmpExt:CountryCode Iptc4xmpExt:ProvinceState Iptc4xmpExt:Sublocation
        Iptc4xmpExt:WorldRegion Iptc4xmpExt:LocationName""",
    "camera": b"""tiff:Make tiff:Model exif:MakerNote exifEX:CameraFirmware aux:ImageNumber
        aux:Firmware""",
    "author": b"""dc:creator dc:rights dc:contributor dc:publisher tiff:Artist tiff:Copyright
        aux:OwnerName exifEX:CameraOwnerName exifEX:Photographer exifEX:ImageEditor
        photoshop:AuthorsPosition photoshop:CaptionWriter photoshop:Credit photoshop:Source
        xmp:Author xmpRights:Owner xmpRights:UsageTerms xmpRights:WebStatement
        Iptc4xmpCore:CreatorContactInfo plus:CopyrightOwner plus:CopyrightOwnerName
        plus:ImageCreator plus:ImageCreatorName plus:Licensor plus:LicensorName""",
    "taken_at": b"""exif:DateTimeOriginal exif:DateTimeDigitized exif:GPSTimeStamp
        exif:GPSDateStamp tiff:DateTime xmp:CreateDate photoshop:DateCreated dc:date""",
    "embedded_thumbnail": b"xmp:Thumbnails xmpGImg:image GImage:Data",
}
KIND_OF = {name: kind for kind, names in PROPERTIES.items() for name in names.split()}
# In any namespace: makers of drones, lenses and programs have their own.
WORDS = (
    (re.compile(rb"latitude|longitude", re.I), "location"),
    (re.compile(rb"serialnumber$|^lens", re.I), "camera"),
    (
        re.compile(rb"^authors?$|^artist$|^copyright|owner$|ownername$|photographer$", re.I),
        "author",
    ),
)
NAMESPACE = re.compile(rb"\sxmlns:([\w.-]{1,64})\s{0,9}=\s{0,9}[\"']([^\"']{1,200})[\"']")
# An element, or an attribute that is not empty.
NAME = re.compile(
    rb"<([\w.-]{1,64}):([\w.-]{1,64})(?=[\s/>])"
    rb"|\s([\w.-]{1,64}):([\w.-]{1,64})\s{0,9}=\s{0,9}(?:\"[^\"]|'[^'])"
)
# An element without anything, as some writers leave it behind, and how deep such lie in another.
EMPTY = re.compile(
    rb"<([\w.-]{1,64}:[\w.-]{1,64})(?:\s{1,9}xml:lang=\S{1,20}?)?\s{0,9}(?:/>|>\s{0,99}</\1\s{0,9}>)"
)
DEPTH = 3
MOST_PACKET = 1024 * 1024
MOST_NAMESPACES, MOST_NAMES = 1_000, 50_000


def look(findings, packet):
    """Find what the properties in a packet tell, by their names only."""
    packet = bytes(packet[:MOST_PACKET])
    if b"\0" in packet[:64]:
        # UTF-16 and UTF-32: the names are plain ASCII.
        packet = packet.replace(b"\0", b"")
    for _ in range(DEPTH):
        packet, count = EMPTY.subn(b"", packet)
        if not count:
            break
    declared = (match.groups() for match in islice(NAMESPACE.finditer(packet), MOST_NAMESPACES))
    prefixes = {prefix: ADDRESSES.get(address, prefix) for prefix, address in declared}
    matches = islice(NAME.finditer(packet), MOST_NAMES)
    for prefix, name in {tuple(filter(None, match.groups())) for match in matches}:
        findings.add(kind_of(prefixes.get(prefix, prefix), name))


def kind_of(prefix, name):
    """Return the kind that a property tells, or None."""
    if prefix == b"xmlns":
        return None
    for word, kind in WORDS:
        if word.search(name):
            return kind
    return KIND_OF.get(prefix + b":" + name)

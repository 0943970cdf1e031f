"""Complete the bill of materials that cyclonedx-py made of a lock, and check it.

python complete.py MADE.json LOCK FOLDER... >sbom.json
FOLDER: where the packages of the lock are installed; their licences stand there
"""

import json
import re
import sys
from importlib.metadata import distributions
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = SchemaVersion.V1_7


def main(made, lock, *folders):
    """Write the bill to stdout; an AssertionError says what is missing."""
    bill = json.loads(Path(made).read_text())
    metadata = {plain(found.name): found.metadata for found in distributions(path=list(folders))}
    bill["components"] = [complete(one, metadata[one["name"]]) for one in bill["components"]]
    bill["metadata"]["component"] = service()
    bill["dependencies"] = dependencies(bill["components"], Path(lock).read_text())
    check(bill, Path(lock).read_text())
    sys.stdout.write(json.dumps(bill, indent=2, sort_keys=True) + "\n")


def plain(name):
    """Return a package's name as locks write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def complete(component, metadata):
    """Return the component with its licence, and with a reference that outlives its line."""
    # It would repeat the lines of the lock.
    del component["description"]
    return component | {
        "bom-ref": component["purl"],
        "description": metadata["Summary"],
        "licenses": licenses(metadata),
    }


def licenses(metadata):
    """Return the licence that the package declares, the newer field first."""
    if expression := metadata.get("License-Expression"):
        return [{"acknowledgement": "declared", "expression": expression}]
    classifiers = metadata.get_all("Classifier", [])
    names = [one.rpartition(" :: ")[2] for one in classifiers if one.startswith("License :: ")]
    # Some packages have the whole text in this field.
    names = names or [metadata.get("License", "unknown").splitlines()[0]]
    return [{"license": {"acknowledgement": "declared", "name": name}} for name in names]


def service():
    """Return the component that consists of the others."""
    text = (ROOT / "service/common/version.py").read_text()
    version = re.search(r'^VERSION = "(.*)"$', text, re.MULTILINE)[1]
    return {
        "bom-ref": "image-service",
        "type": "application",
        "name": "image-service",
        "version": version,
        "licenses": [{"license": {"acknowledgement": "declared", "id": "MIT"}}],
    }


def dependencies(components, lock):
    """Return who needs whom, from the lock's remarks `# via`."""
    references = {one["name"]: one["purl"] for one in components} | {"-r": "image-service"}
    needs = {reference: set() for reference in references.values()}
    for name, entry in entries(lock):
        for parent in re.findall(r"^ +#  +(?:via )?(\S+)| # via (\S+)", entry, re.MULTILINE):
            if (parent[0] or parent[1]) in references:
                needs[references[parent[0] or parent[1]]].add(references[name])
    return [{"ref": ref, "dependsOn": sorted(needs[ref])} for ref in sorted(needs)]


def entries(lock):
    """Return (name, text) of each package in the lock."""
    return re.findall(r"^([\w.-]+)(==\S+.*\n(?:[ #].*\n)*)", lock, re.MULTILINE)


def check(bill, lock):
    """Check the bill against the schema, and that it has the lock's packages and hashes."""
    problem = JsonStrictValidator(SCHEMA).validate_str(json.dumps(bill))
    assert problem is None, problem
    assert not {"serialNumber", "timestamp"} & (bill.keys() | bill["metadata"].keys())
    locked = {
        f"{name}@{entry.split()[0][2:]}": set(re.findall(r"--hash=sha256:(\w+)", entry))
        for name, entry in entries(lock)
    }
    assert locked
    listed = {f"{one['name']}@{one['version']}": hashes(one) for one in bill["components"]}
    assert listed == locked, listed.keys() ^ locked.keys()
    assert [one["purl"] for one in bill["components"]] == [f"pkg:pypi/{name}" for name in listed]


def hashes(component):
    """Return the digests of the component's files."""
    (source,) = component["externalReferences"]
    return {one["content"] for one in source["hashes"]}


if __name__ == "__main__":
    main(*sys.argv[1:])

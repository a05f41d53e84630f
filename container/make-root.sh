#!/bin/sh
# Makes container/root.tar, all that the image holds: Debian with Node and git, and Weighbridge as it is built here. Needs mmdebstrap (Debian,
# Ubuntu: apt-get install mmdebstrap) and asks Debian's mirror alone. Options for mmdebstrap may follow.
set -eu
cd "$(dirname "$0")/.."
package=dist/packages/weighbridge
if [ ! -f "$package/package.json" ]; then
  echo "nothing is built: run npm run build first" >&2
  exit 2
fi
# Trixie is the first with a Node that is new enough (20.19). Of /work, which is the caller's, git would refuse to say anything.
exec mmdebstrap --variant=minbase --include=nodejs,git,git-lfs,ca-certificates \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook="copy-in $package /opt" \
  --customize-hook='chmod 755 "$1/opt/weighbridge/dist/node/main.js"' \
  --customize-hook='chroot "$1" chown -R root:root /opt/weighbridge' \
  --customize-hook='ln -s /opt/weighbridge/dist/node/main.js "$1/usr/local/bin/weighbridge"' \
  --customize-hook='chroot "$1" git config --system --add safe.directory /work' \
  --customize-hook='mkdir "$1/work"' \
  "$@" trixie container/root.tar

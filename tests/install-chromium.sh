#!/bin/sh
# The browser tests need Chromium. Install Debian's where we may; otherwise say why they will be
# skipped (outside CI) or fail (in CI).
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
else
  echo "chromium is not installed and this user cannot install it: browser tests will be skipped"
fi

#!/bin/sh
# The tests open the report in a real browser: see that Chromium is here, with letters for Japanese.
# As root on Debian and Ubuntu it is installed; elsewhere a sentence says what to install.
set -eu

has_browser() {
  command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
    command -v google-chrome >/dev/null 2>&1
}

if has_browser; then exit 0; fi
packages="chromium fonts-noto-cjk"
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing the system packages $packages, for the tests of the report in a browser."
  # Fresh systems and images come without package lists, so a first failure is not the last word.
  # shellcheck disable=SC2086  # two packages, two words
  if { env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages >/dev/null 2>&1 ||
    { apt-get update -qq && env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages >/dev/null; }; } &&
    has_browser; then
    exit 0
  fi
fi
echo "The tests open the report in a browser, and there is none: please install the system packages $packages" \
  "(on Debian and Ubuntu: sudo apt-get install $packages), then run this again." >&2
exit 1

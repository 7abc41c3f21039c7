# shellcheck shell=bash
# Debian's Chromium with its driver, for the tests of what a browser shows. Sourced; needs say.sh and packages.sh.

has_browser() { command -v chromium >/dev/null && command -v chromedriver >/dev/null; }

install_browser() { install_packages "Chromium" chromium chromium-driver; }

# syntax=docker/dockerfile:1
# Postgres with what its `archive_command` calls: `symancy` of a release, and age (docs/BACKUPS.md). Built on the server by
# deploy/compose/server.yml; both images are of Debian 12, so that the program finds its glibc.
ARG SYMANCY_IMAGE=symancy
FROM ${SYMANCY_IMAGE} AS symancy

FROM postgres:15.14-bookworm
# Certificates are for the bucket. Debian keeps one version of each, so a version that is named here would be gone one day.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends age ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=symancy /usr/local/bin/symancy /usr/local/bin/

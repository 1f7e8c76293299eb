# syntax=docker/dockerfile:1
# Both bases by digest, for those who build a release: --build-arg BUILD_IMAGE=node:24-trixie-slim@sha256:…
ARG BUILD_IMAGE=node:24-trixie-slim
ARG RUN_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

# The builder's own platform: what it makes is JavaScript, the same for every architecture, and nothing has to be emulated.
FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS base
WORKDIR /nbwss-bridge
COPY package.json package-lock.json .npmrc ./
COPY tools/node-runtime tools/node-runtime

FROM base AS dependencies
COPY tools/image/sbom.ts tools/image/
RUN npm ci --ignore-scripts --omit=dev \
 && npm pkg delete devDependencies scripts \
 && node tools/image/sbom.ts > sbom.cdx.json

FROM base AS build
# The base is the Node.js: the development dependency that brings another one is left out.
RUN npm ci --ignore-scripts --omit=optional
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM ${RUN_IMAGE}
WORKDIR /app
COPY --from=dependencies /nbwss-bridge/node_modules node_modules
COPY --from=dependencies /nbwss-bridge/package.json /nbwss-bridge/sbom.cdx.json ./
COPY LICENSE ./
COPY schemas schemas
COPY --from=build /nbwss-bridge/dist dist
COPY --chmod=755 tools/image/nbwss-bridge /usr/local/bin/nbwss-bridge
# A number, so that Kubernetes can tell that it isn't root.
USER 65532:65532
# Loopback is the default; in a container the probes and the scraper come from outside.
ENV NBWSS_ADMIN_HOST=0.0.0.0
EXPOSE 8443 9090
STOPSIGNAL SIGTERM
# Half of the memory limit for the heap: buffers live outside of it, and the default outgrows a small container. Of that 16 MiB for what is
# new: what waits for Kafka outlives a smaller one, and a larger one takes memory and gains nothing (docs/image.md).
ENTRYPOINT ["/nodejs/bin/node", "--max-old-space-size-percentage=50", "--enable-source-maps", "--disable-sigusr1", "--disable-warning=TimeoutNegativeWarning", "--max-semi-space-size=16", "dist/main.js"]
CMD ["serve"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["/nodejs/bin/node", "-e", "fetch(`http://127.0.0.1:${process.env.NBWSS_ADMIN_PORT ?? 9090}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Last, so that a new commit alone makes no new layers.
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="nbwss-bridge" \
      org.opencontainers.image.description="Puts NetBackup's job and image notifications into Kafka as Avro records" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

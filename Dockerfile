# syntax=docker/dockerfile:1
# Both bases by digest, for those who build a release: --build-arg BUILD_IMAGE=node:24-trixie-slim@sha256:…
ARG BUILD_IMAGE=node:24-trixie-slim
ARG RUN_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY tools/node-runtime tools/node-runtime
# The base is the Node.js: the development dependency that brings another one is left out.
RUN npm ci --ignore-scripts --omit=optional
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build \
 && npm sbom --sbom-format=cyclonedx --omit=dev > sbom.cdx.json \
 && npm prune --omit=dev --ignore-scripts

FROM ${RUN_IMAGE}
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="nbwss-bridge" \
      org.opencontainers.image.description="Puts NetBackup's job and image notifications into Kafka as Avro records" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/package.json /app/sbom.cdx.json ./
COPY schemas schemas
COPY LICENSE ./
# A number, so that Kubernetes can tell that it isn't root.
USER 65532:65532
# Loopback is the default; in a container the probes and the scraper come from outside.
ENV NBWSS_ADMIN_HOST=0.0.0.0
EXPOSE 8443 9090
STOPSIGNAL SIGTERM
# Half of the memory limit for the heap: buffers live outside of it, and the default outgrows a small container.
ENTRYPOINT ["/nodejs/bin/node", "--max-old-space-size-percentage=50", "--enable-source-maps", "--disable-warning=TimeoutNegativeWarning", "dist/main.js"]
CMD ["serve"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["/nodejs/bin/node", "-e", "fetch(`http://127.0.0.1:${process.env.NBWSS_ADMIN_PORT ?? 9090}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

/** How NetBackup reaches the bridge, and what is mounted for it and for the way to Kafka. */
import { z } from 'zod';
import {
  count,
  duration,
  flag,
  fromSecret,
  fromSecretOrConfigMap,
  group,
  handedOn,
  hostName,
  name,
  oneOf,
  pair,
  port,
  text,
  texts,
  word,
} from './kinds.ts';

const gatewayApi = 'gateway.networking.k8s.io';

const parentRef = z.strictObject({
  group: text().optional(),
  kind: text().optional(),
  name: name(),
  namespace: name().optional(),
  sectionName: name().optional(),
  port: port().optional(),
});

const route = {
  enabled: flag(),
  parentRefs: z.array(parentRef),
  hostnames: z.array(hostName()),
  annotations: texts(),
};

export const endpoint = {
  tls: group({ ...pair, clientCa: fromSecretOrConfigMap() }),
  tokens: group({ existingSecret: name() }),
  kafka: group({
    ca: fromSecretOrConfigMap(),
    clientCertificate: group(pair),
    password: fromSecret(),
    oauthClientSecret: fromSecret(),
    oauthCa: fromSecretOrConfigMap(),
  }),
  registry: group({
    ca: fromSecretOrConfigMap(),
    clientCertificate: group(pair),
    password: fromSecret(),
    token: fromSecret(),
    oauthClientSecret: fromSecret(),
    oauthCa: fromSecretOrConfigMap(),
  }),
  certManager: group({
    enabled: flag(),
    issuerRef: group({ name: name(), kind: word(), group: word() }),
    dnsNames: z.array(hostName()),
    ipAddresses: z.array(text()),
    duration: duration(),
    renewBefore: duration(),
    privateKey: group({
      algorithm: oneOf(['RSA', 'ECDSA', 'Ed25519']),
      size: count(0, 8192),
      rotationPolicy: oneOf(['Always', 'Never']),
    }),
  }),
  service: group({
    type: oneOf(['ClusterIP', 'NodePort', 'LoadBalancer']),
    port: port(),
    nodePort: port().nullable(),
    annotations: texts(),
    labels: texts(),
    loadBalancerClass: text(),
    loadBalancerSourceRanges: z.array(z.string().regex(/^[0-9a-fA-F.:]+\/[0-9]{1,3}$/)),
    externalTrafficPolicy: oneOf(['Local', 'Cluster']),
    ipFamilyPolicy: oneOf(['', 'SingleStack', 'PreferDualStack', 'RequireDualStack']),
    ipFamilies: z.array(oneOf(['IPv4', 'IPv6'])).max(2),
    appProtocol: text(),
  }),
  gateway: group({
    tlsRoute: group({
      ...route,
      apiVersion: oneOf([`${gatewayApi}/v1`, `${gatewayApi}/v1alpha3`, `${gatewayApi}/v1alpha2`]),
    }),
    httpRoute: group({ ...route, timeouts: group({ request: duration(), backendRequest: duration() }) }),
    backendTlsPolicy: group({
      apiVersion: oneOf([`${gatewayApi}/v1`, `${gatewayApi}/v1alpha3`]),
      hostname: z.union([z.literal(''), hostName()]),
      caConfigMap: name(),
      wellKnownCaCertificates: oneOf(['', 'System']),
    }),
  }),
  ingress: group({
    enabled: flag(),
    tlsMode: oneOf(['passthrough', 'reencrypt']),
    className: name(),
    annotations: texts(),
    hosts: z.array(hostName()),
    tlsSecret: name(),
  }),
  networkPolicy: group({
    enabled: flag(),
    from: z.array(handedOn()),
    adminFrom: z.array(handedOn()),
    egress: group({ restricted: flag(), rules: z.array(handedOn()) }),
  }),
};

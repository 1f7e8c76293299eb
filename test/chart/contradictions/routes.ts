import type { Contradictions } from './contradiction.ts';

export const routes: Contradictions = [
  [
    'gateway.tlsRoute.parentRefs is empty: the route has to belong to a Gateway',
    { mode: 'gateway-tlsroute', values: { gateway: { tlsRoute: { parentRefs: [] } } } },
  ],
  [
    'gateway.httpRoute.hostnames is empty: the route would take every host of the Gateway',
    { mode: 'gateway-httproute', values: { gateway: { httpRoute: { hostnames: [] } } } },
  ],
  [
    'gateway.tlsRoute and gateway.httpRoute are both enabled: TLS ends either in the bridge or at the Gateway',
    {
      mode: 'gateway-httproute',
      values: {
        gateway: { tlsRoute: { enabled: true, parentRefs: [{ name: 'a' }], hostnames: ['a.example'] } },
      },
    },
  ],
  [
    "gateway.backendTlsPolicy.hostname is not set: the Gateway has to know which name the bridge's certificate carries, because the " +
      'bridge speaks TLS only',
    { mode: 'gateway-httproute', values: { gateway: { backendTlsPolicy: { hostname: '' } } } },
  ],
  [
    'gateway.backendTlsPolicy.caConfigMap and .wellKnownCaCertificates are both set: keep one of them',
    {
      mode: 'gateway-httproute',
      values: { gateway: { backendTlsPolicy: { wellKnownCaCertificates: 'System' } } },
    },
  ],
  [
    "gateway.backendTlsPolicy needs caConfigMap or wellKnownCaCertificates: the Gateway has to know who signed the bridge's certificate",
    { mode: 'gateway-httproute', values: { gateway: { backendTlsPolicy: { caConfigMap: '' } } } },
  ],
  [
    "tls.clientCa can't be used with gateway.httpRoute: NetBackup's certificate ends at the Gateway, use gateway.tlsRoute",
    {
      mode: 'gateway-httproute',
      values: { tls: { clientCa: { existingSecret: 'a' } }, test: { enabled: false } },
    },
  ],
  [
    'ingress.hosts is empty: the Ingress would take every host of its controller',
    { mode: 'ingress', values: { ingress: { hosts: [] } } },
  ],
  [
    'ingress.annotations is empty: without its own annotations a controller speaks plain HTTP to the bridge, which speaks TLS only',
    {
      values: { ingress: { enabled: true, hosts: ['a.example'] } },
    },
  ],
  [
    'ingress.tlsSecret is for ingress.tlsMode reencrypt: with passthrough the bridge shows its own certificate',
    { mode: 'ingress', values: { ingress: { tlsSecret: 'a' } } },
  ],
  [
    'ingress.tlsMode reencrypt needs ingress.tlsSecret: NetBackup speaks wss:// only, so the controller needs a certificate',
    { mode: 'ingress-reencrypt', values: { ingress: { tlsSecret: '' } } },
  ],
  [
    "tls.clientCa can't be used with ingress.tlsMode reencrypt: NetBackup's certificate ends at the controller, use passthrough",
    {
      mode: 'ingress-reencrypt',
      values: { tls: { clientCa: { existingSecret: 'a' } }, test: { enabled: false } },
    },
  ],
];

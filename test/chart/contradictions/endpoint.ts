import { type Contradictions, elsewhere } from './contradiction.ts';

export const endpoint: Contradictions = [
  [
    'image.repository is not set: build the image from the Dockerfile, push it to a registry that the nodes can reach, and name it here',
    { values: { image: { repository: '' } } },
  ],
  [
    'the endpoint has no certificate: set tls.existingSecret to a Secret of type kubernetes.io/tls, or certManager.enabled',
    { values: { tls: { existingSecret: '' } } },
  ],
  [
    'nobody could connect: set tokens.existingSecret to a Secret with one key for each primary',
    { values: { tokens: { existingSecret: '' } } },
  ],
  [
    'tls.existingSecret and certManager.enabled both say where the certificate comes from: keep one of them',
    { mode: 'cert-manager', values: { tls: { existingSecret: 'other' } } },
  ],
  [
    'certManager.issuerRef.name is not set: cert-manager has to know who issues the certificate',
    { mode: 'cert-manager', values: { certManager: { issuerRef: { name: '' } } } },
  ],
  [
    'certManager.dnsNames and certManager.ipAddresses are both empty: the certificate needs the names of the URLs that NetBackup is given',
    { mode: 'cert-manager', values: { certManager: { dnsNames: [], ipAddresses: [] } } },
  ],
  [
    'certManager.privateKey.size is 2048, and ECDSA takes 256, 384 or 521: leave it out for the usual one',
    {
      mode: 'cert-manager',
      values: { certManager: { privateKey: { algorithm: 'ECDSA', size: 2048 } } },
    },
  ],
  [
    'certManager.privateKey.size is 384, and RSA takes 2048 to 8192: leave it out for the usual one',
    { mode: 'cert-manager', values: { certManager: { privateKey: { algorithm: 'RSA', size: 384 } } } },
  ],
  [
    'certManager.privateKey.size is 256, and Ed25519 takes none: leave it out for the usual one',
    {
      mode: 'cert-manager',
      values: { certManager: { privateKey: { algorithm: 'Ed25519', size: 256 } } },
    },
  ],
  [
    'certManager.duration is 59m59s, and cert-manager takes none below 1h',
    { mode: 'cert-manager', values: { certManager: { duration: '59m59s', renewBefore: '30m' } } },
  ],
  [
    'certManager.renewBefore is 4.5m, and cert-manager takes none below 5m',
    { mode: 'cert-manager', values: { certManager: { renewBefore: '4.5m' } } },
  ],
  [
    'certManager.renewBefore is 90m, and has to be shorter than certManager.duration, 1h30m',
    { mode: 'cert-manager', values: { certManager: { duration: '1h30m', renewBefore: '90m' } } },
  ],
  [
    'tls.clientCa.existingSecret and tls.clientCa.existingConfigMap are both set: keep one of them',
    {
      values: {
        tls: { clientCa: { existingSecret: 'a', existingConfigMap: 'b' } },
        test: { enabled: false },
      },
    },
  ],
  [
    'config.credentials.tokenDirectory and tokens both say where the file is: leave the path out, the chart fills it in',
    { values: { ...elsewhere, config: { credentials: { tokenDirectory: '/agent/tokens' } } } },
  ],
  [
    'config.registry.auth.tokenFile is /agents/token, where nothing is mounted: leave it out and name a Secret, or bring the file with ' +
      'extraVolumes and extraVolumeMounts',
    {
      values: {
        ...elsewhere,
        config: { registry: { auth: { type: 'bearer', tokenFile: '/agents/token' } } },
      },
    },
  ],
  [
    'config.listen.host is 127.0.0.1, which nobody outside of the pod reaches: leave it out',
    { values: { config: { listen: { host: '127.0.0.1' } } } },
  ],
  [
    "config.admin.host is ::1, which the kubelet's probes can't reach: leave it out",
    { values: { config: { admin: { host: '::1' } } } },
  ],
  [
    'config.listen.port is 0, any free port, which no Service could lead to: give it a number',
    { values: { config: { listen: { port: 0 } } } },
  ],
  [
    'config.admin.port is 0, any free port, which no probe could find: give it a number',
    { values: { config: { admin: { port: 0 } } } },
  ],
  [
    'config.listen.port and config.admin.port are both 8443: only one of them can bind it',
    { values: { config: { admin: { port: 8443 } } } },
  ],
  [
    'config.listen.tls.clientNameIsPrimary needs tls.clientCa: without it no client shows a certificate',
    { values: { config: { listen: { tls: { clientNameIsPrimary: true } } } } },
  ],
  [
    'config.listen.tls.clientCertificate needs tls.clientCa: without it no client shows a certificate',
    { values: { config: { listen: { tls: { clientCertificate: 'required' } } } } },
  ],
  [
    "service.ipFamilies has IPv6, and config.listen.host 0.0.0.0 takes IPv4 alone: set config.listen.host to '::', which takes both",
    { values: { service: { ipFamilies: ['IPv6'] } } },
  ],
  [
    "service.ipFamilyPolicy has IPv6, and config.listen.host 0.0.0.0 takes IPv4 alone: set config.listen.host to '::', which takes both",
    { values: { service: { ipFamilyPolicy: 'PreferDualStack' } } },
  ],
  [
    'service.nodePort needs service.type NodePort or LoadBalancer',
    { values: { service: { nodePort: 30443 } } },
  ],
  [
    'service.loadBalancerSourceRanges needs service.type LoadBalancer',
    { values: { service: { loadBalancerSourceRanges: ['10.0.0.0/8'] } } },
  ],
];

import { describe, expect, test } from 'vitest';
import { ciNames, notes } from '../../tools/chart/render.ts';

test.each(ciNames)(
  'the notes of the mode %s say how to see that it runs, the address, and how to try it',
  async (mode) => {
    const text = await notes(mode);
    expect(text).toContain('kubectl -n backup rollout status deployment/nbwss-bridge');
    expect(text).toContain('wss://');
    expect(text).toMatch(/helm -n backup test nbwss-bridge --logs|nbwss-bridge probe --url/);
    expect(text).not.toContain('<no value>');
  },
);

describe('the notes', () => {
  test('say that nothing outside leads to a bare ClusterIP', async () => {
    expect(await notes('minimal')).toContain('Nothing outside of the cluster leads to the bridge yet');
  });

  test('name the host of a route', async () => {
    expect(await notes('gateway-tlsroute')).toContain('wss://nbwss.example.com/nbwss');
    expect(await notes('ingress')).toContain('wss://nbwss.example.com/nbwss');
  });

  test('tell what changes when TLS ends at the Gateway', async () => {
    expect(await notes('gateway-httproute')).toContain("NetBackup sees the Gateway's certificate");
  });

  test('say how to see a status page, and how to fail back where that is allowed', async () => {
    const text = await notes('minimal');
    expect(text).toContain('kubectl -n backup port-forward deployment/nbwss-bridge 9090');
    expect(text).not.toContain('/drain');
    const allowed = await notes('minimal', { config: { admin: { allowDrain: true, port: 9191 } } });
    expect(allowed).toContain("curl -X POST 'http://localhost:9191/drain?primary=<name>'");
  });

  test('say how the commands run in the pod', async () => {
    expect(await notes('minimal')).toContain(
      'kubectl -n backup exec deploy/nbwss-bridge -- nbwss-bridge check-config --connect\n',
    );
  });

  test('say where egress that is restricted has to lead, to the authorization server and the collector too', async () => {
    const text = await notes('production');
    expect(text).toContain('Kafka                     kafka-0.example.com:9093, kafka-1.example.com:9093');
    expect(text).toContain('the registry              https://registry.example.com\n');
    expect(text).not.toMatch(/authorization server|collector/);
    expect(await notes('minimal')).not.toContain('networkPolicy.egress');
    const tokenUrl = 'https://login.example.com/token';
    const all = await notes('production', {
      kafka: { password: { existingSecret: '' }, oauthClientSecret: { existingSecret: 'oauth' } },
      config: {
        kafka: { sasl: { mechanism: 'oauthbearer', oauth: { tokenUrl, clientId: 'a' } } },
        tracing: { endpoint: 'http://collector:4318/v1/traces' },
      },
    });
    expect(all).toContain(`the authorization server  ${tokenUrl} (config.kafka.sasl.oauth.tokenUrl)\n`);
    expect(all).toContain(
      'the collector of traces   http://collector:4318/v1/traces (config.tracing.endpoint)\n',
    );
  });

  test('say when nobody scrapes it', async () => {
    expect(await notes('minimal')).toContain('Nothing tells Prometheus to scrape it yet');
    expect(await notes('production')).not.toContain('Nothing tells Prometheus');
  });

  test('say what a Prometheus in another namespace needs, unless somebody is let in', async () => {
    const text = await notes('prometheus-operator');
    expect(text).toContain('Prometheus reaches the metrics from the namespace backup only');
    expect(text).toMatch(/adminFrom: \[\{namespaceSelector: .*kubernetes\.io\/metadata\.name: <namespace>/);
    expect(await notes('production')).not.toContain('Prometheus reaches');
    expect(await notes('minimal', { networkPolicy: { enabled: false } })).not.toContain('Prometheus reaches');
  });

  test('without the test name the command', async () => {
    expect(await notes('two-primaries-rotation')).toContain('nbwss-bridge probe --url');
  });
});

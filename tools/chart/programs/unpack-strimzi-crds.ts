/** Makes Strimzi's CRDs in the folder that the first argument names, with the Java of the second. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { copyJars, versionIn } from '../../dev-stack/fetch.ts';
import { run } from '../../dev-stack/processes.ts';
import { STRIMZI_KINDS, STRIMZI_POM } from './strimzi-crds.ts';

const boundMs = 5 * 60_000;

const [into = '.', java = 'java'] = process.argv.slice(2);
const versions = { v1: 'strimzi.version', v1beta2: 'strimzi-v1beta2.version' };

for (const [version, property] of Object.entries(versions)) {
  const jars = join(into, 'jars', version);
  const api = `-Dstrimzi-api.version=${await versionIn(STRIMZI_POM, property)}`;
  await run(`fetching Strimzi's API`, [...copyJars(STRIMZI_POM)(jars), api], boundMs);
  const target = join(into, version);
  await mkdir(target);
  const flags = ['--target-kube', '1.30+', '--crd-api-version', 'v1', '--yaml'];
  const kinds = Object.entries(STRIMZI_KINDS).map(
    ([name, className]) => `${className}=${join(target, name)}.yaml`,
  );
  await run(
    `making Strimzi's CRDs`,
    [
      java,
      '-cp',
      join(jars, '*'),
      'io.strimzi.crdgenerator.CrdGenerator',
      ...flags,
      '--api-versions',
      version,
      '--storage-version',
      version,
      ...kinds,
    ],
    boundMs,
  );
}
await rm(join(into, 'jars'), { recursive: true });

/** Images in place of those that can't be pulled where only package registries are reached. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fetchPrograms, type OnProgress } from '../dev-stack/fetch.ts';
import { temporaryDirectory } from '../dev-stack/temporary-directory.ts';
import type { Engine } from './engine.ts';
import { IMAGE, MACHINE_MARK } from './names.ts';
import { copyJava, fetchFileSystem, fetchNpm, nodeFolder } from './parts.ts';

interface StandIn {
  readonly image: string;
  /** The folder of the Dockerfile, below stand-ins. */
  readonly recipe: string;
  /** What ADD and plain COPY see. */
  readonly context: string;
  /** What COPY --from=<name> sees. */
  readonly folders?: Readonly<Record<string, string>>;
  readonly args?: Readonly<Record<string, string>>;
}

/** Makes both bases of the bridge's image. What didn't change since the last time isn't made again. */
export async function buildBases(run: Engine, onProgress: OnProgress): Promise<void> {
  const node = nodeFolder();
  await using machine = await temporaryDirectory(join(tmpdir(), 'nbwss-image-'));
  await writeCertificates(join(machine.path, 'ca.pem'));
  await buildStandIn(run, {
    image: IMAGE.runBase,
    recipe: 'run',
    context: await fetchFileSystem('run', onProgress),
    folders: { node, files: recipeFolder('run') },
  });
  await buildStandIn(run, {
    image: IMAGE.buildBase,
    recipe: 'build',
    context: await fetchFileSystem('shell', onProgress),
    folders: { node, npm: await fetchNpm(onProgress), machine: machine.path },
    args: { REGISTRY: await npmSetting('registry') },
  });
}

/** Makes the images of Kafka and the schema registry. */
export async function buildServers(run: Engine, onProgress: OnProgress): Promise<void> {
  const programs = await fetchPrograms(onProgress);
  await buildStandIn(run, {
    image: IMAGE.java,
    recipe: 'java',
    context: await fetchFileSystem('shell', onProgress),
    folders: { java: await copyJava(programs.registryJava, onProgress) },
  });
  const args = { JAVA_IMAGE: IMAGE.java };
  const settings = join(import.meta.dirname, '../dev-stack/kafka');
  await buildStandIn(run, {
    image: IMAGE.kafka,
    recipe: 'kafka',
    context: recipeFolder('kafka'),
    folders: { jars: programs.kafkaJars, settings },
    args,
  });
  await buildStandIn(run, {
    image: IMAGE.registry,
    recipe: 'registry',
    context: recipeFolder('registry'),
    folders: { registry: programs.registry },
    args,
  });
}

async function buildStandIn(run: Engine, standIn: StandIn): Promise<void> {
  const { image, recipe, context, folders = {}, args = {} } = standIn;
  const contexts = Object.entries(folders).map(([name, folder]) => `--build-context=${name}=${folder}`);
  const buildArgs = Object.entries(args).map(([name, value]) => `--build-arg=${name}=${value}`);
  await run(
    'buildah',
    'bud',
    '--quiet',
    '--layers',
    '--isolation=chroot',
    ...contexts,
    ...buildArgs,
    `--tag=${image}`,
    `--file=${join(recipeFolder(recipe), 'Dockerfile')}`,
    context,
  );
}

function recipeFolder(name: string): string {
  return join(import.meta.dirname, 'stand-ins', name);
}

/** The CAs by which this machine knows its npm registry, below a line that a test looks for in the bridge's image. */
async function writeCertificates(file: string): Promise<void> {
  const configured = process.env['NODE_EXTRA_CA_CERTS'] ?? (await npmSetting('cafile'));
  const certificates = configured === '' || configured === 'null' ? '' : await readFile(configured, 'utf8');
  await writeFile(file, `${MACHINE_MARK}\n${certificates}`);
}

async function npmSetting(name: string): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', ['config', 'get', name]);
  return stdout.trim();
}

/** AWS's own signer for Java, fetched once and compiled. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fetchJavaTools } from '../../../tools/conformance/fetch.ts';
import { cacheFolder, copyJars, fetchPart, versionIn } from '../../../tools/dev-stack/fetch.ts';

const progress = (line: string) => void process.stderr.write(`${line}\n`);
/** The program takes 2 s on a loaded machine. In ms. */
const runBound = 40_000;

/** Prepares the signer. @param directory for the classes @returns gives a token for the key and the region in these variables */
export async function prepareJavaSigner(
  directory: string,
): Promise<(env: Readonly<Record<string, string>>) => Promise<string>> {
  const pom = join(import.meta.dirname, 'pom.xml');
  const version = await versionIn(pom, 'signer.version');
  const part = {
    folder: join(cacheFolder(), `msk-signer-${version}`),
    source: `AWS's Java signer for MSK from Maven Central (${version}, 25 MB, once)`,
    command: copyJars(pom),
  };
  const { java, compilerJar } = await fetchJavaTools(progress);
  await fetchPart(part, progress);
  const jars = (await readdir(part.folder)).map((jar) => join(part.folder, jar));
  const classes = join(directory, 'classes');
  const source = join(import.meta.dirname, 'MskToken.java');
  const compile = ['-jar', compilerJar, '-17', '-proc:none', '-cp', jars.join(':'), '-d', classes, source];
  await promisify(execFile)(java, compile, { timeout: runBound });
  return async (env) => {
    const args = ['-cp', [classes, ...jars].join(':'), 'MskToken'];
    const { stdout } = await promisify(execFile)(java, args, { timeout: runBound, env });
    return stdout.trim();
  };
}

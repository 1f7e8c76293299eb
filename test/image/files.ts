/** Every file of the image, as its own Node.js finds them. */
import { evaluate } from './run-image.ts';

export interface ImageFile {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Permissions, with the bits for set-user, set-group and sticky. */
  readonly mode: number;
  readonly uid: number;
}

/** Declares `files()`, which goes through all of them. */
const walk = `
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
const device = lstatSync('/').dev;
const kindOf = (stat) =>
  stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'link' : 'other';
function* files(path = '/') {
  const stat = lstatSync(path);
  const kind = kindOf(stat);
  // What the engine mounts isn't the image's.
  if (stat.dev !== device) return;
  yield { path, kind, mode: stat.mode & 0o7777, uid: stat.uid };
  if (kind === 'directory')
    for (const name of readdirSync(path)) yield* files(path === '/' ? '/' + name : path + '/' + name);
}
`;

export async function imageFiles(): Promise<readonly ImageFile[]> {
  const print = `${walk}console.log(JSON.stringify([...files()]));`;
  return JSON.parse(await evaluate(print, { privileged: true })) as ImageFile[];
}

/** The paths of files that hold one of the texts. */
export async function filesWith(texts: readonly string[]): Promise<readonly string[]> {
  const search = `${walk}
const texts = ${JSON.stringify(texts)};
const holds = ({ path, kind }) => {
  if (kind !== 'file') return false;
  const content = readFileSync(path);
  return texts.some((text) => content.includes(text));
};
console.log(JSON.stringify([...files()].filter(holds).map(({ path }) => path)));`;
  return JSON.parse(await evaluate(search, { privileged: true })) as string[];
}

/** The text of one file. */
export async function readImageFile(path: string): Promise<string> {
  return await evaluate(
    `import { readFileSync } from 'node:fs'; process.stdout.write(readFileSync(${JSON.stringify(path)}));`,
  );
}

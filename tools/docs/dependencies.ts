/** docs/dependencies.md: what a production install holds, from package-lock.json. */
import { readFileSync, writeFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const page = new URL('docs/dependencies.md', root);

export const updateCommand = 'node tools/docs/dependencies.ts';

/** A package of a production install, as the lockfile has it. */
export interface Locked {
  /** Where it is installed: `node_modules/ws`. */
  readonly place: string;
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly isDirect: boolean;
  readonly hasInstallScript: boolean;
  readonly integrity: string | undefined;
  /** Set where it doesn't come from the registry that npm is configured with. */
  readonly resolved: string | undefined;
}

/** Licences that stand in a package's LICENSE file and not in its package.json. */
const licensesByFile: Readonly<Record<string, string>> = { '@kafkajs/confluent-schema-registry': 'MIT' };

interface LockedEntry {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** In order of their names. */
export function productionPackages(): Locked[] {
  const lock = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockedEntry>>;
  };
  const direct = Object.keys(lock.packages['']?.dependencies ?? {});
  return Object.entries(lock.packages)
    .filter(([place, { dev, link }]) => /(?:^|\/)node_modules\//.test(place) && dev !== true && link !== true)
    .map(([place, { version = '', license, hasInstallScript = false, integrity, resolved }]) => {
      const name = place.replace(/^.*node_modules\//, '');
      return {
        place,
        name,
        version,
        license: license ?? licensesByFile[name] ?? 'unknown',
        isDirect: place === `node_modules/${name}` && direct.includes(name),
        hasInstallScript,
        integrity,
        resolved,
      };
    })
    .sort((a, b) => (a.place < b.place ? -1 : 1));
}

export function renderDependencies(): string {
  const packages = productionPackages();
  const licenses = [...new Set(packages.map(({ license }) => license))].sort();
  const rows = packages.map(
    ({ name, version, license, isDirect, hasInstallScript }) =>
      `| ${isDirect ? `**${name}**` : name} | ${version} | ${license} | ${hasInstallScript ? 'not needed' : 'none'} |`,
  );
  return `# Production dependencies

Made by \`${updateCommand}\` from package-lock.json. In bold: what this program imports itself, and why
([ADR 2](adr/0002-dependencies.md)); the rest comes with it. Development dependencies aren't part of an install (\`npm ci --omit=dev\`).

${packages.length} packages; licences: ${licenses.join(', ')}, all permissive. No install script has to run: \`.npmrc\` says
\`ignore-scripts=true\`, and that of protobufjs only prints a hint about versions.

| package | version | licence | install script |
|---|---|---|---|
${rows.join('\n')}
`;
}

/** Whether docs/dependencies.md is what the lockfile says. */
export function isCurrent(): boolean {
  return readFileSync(page, 'utf8') === renderDependencies();
}

if (import.meta.main) {
  if (!process.argv.includes('--check')) {
    writeFileSync(page, renderDependencies());
  } else if (!isCurrent()) {
    process.stderr.write(`docs/dependencies.md is not what package-lock.json says. Run: ${updateCommand}\n`);
    process.exitCode = 1;
  }
}

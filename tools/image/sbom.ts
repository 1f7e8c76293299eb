/**
 * Prints the list of the parts of the program whose packages lie in the working directory's node_modules, as CycloneDX. Those of production
 * only have to be there, and package.json has to ask for no others: `npm sbom --omit=dev` leaves out whatever development needs as well.
 */
import { execFileSync } from 'node:child_process';

interface ExternalReference {
  readonly type: string;
  readonly url: string;
}

interface Component {
  readonly externalReferences?: readonly ExternalReference[];
}

interface Sbom {
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string };
  readonly components: readonly Component[];
}

const printed = execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
// Without number and time the same packages make the same layer. Both may be left out.
const { serialNumber: _, metadata, components, ...rest } = JSON.parse(printed) as Sbom;
const { timestamp: __, ...about } = metadata;
const mended = components.map((component) => ({
  ...component,
  externalReferences: component.externalReferences?.map(asUrl),
}));
process.stdout.write(`${JSON.stringify({ ...rest, metadata: about, components: mended }, null, 2)}\n`);

/** CycloneDX wants a URL, and npm hands on what git takes as well: git@github.com:owner/name.git */
function asUrl({ type, url }: ExternalReference): ExternalReference {
  return { type, url: url.replace(/^([^/@]+@[^/:]+):(?!\/)/, 'ssh://$1/') };
}

import { distance } from 'fastest-levenshtein';

/**
 * The candidate that a mistyped name most likely means, or undefined when none is near. Case and punctuation don't
 * count (`cert_file` is `certFile`). A name that is the end of a candidate is near however long the rest is.
 */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const wanted = bare(name);
  if (wanted === '') return undefined;
  const tolerance = Math.max(wanted.length < 4 ? 1 : 2, Math.floor(wanted.length / 3));
  const [best] = candidates
    .filter((candidate) => Math.abs(bare(candidate).length - wanted.length) <= tolerance)
    .map((candidate) => ({ candidate, edits: edits(wanted, bare(candidate)) }))
    .filter((each) => each.edits <= tolerance)
    .toSorted((one, other) => one.edits - other.edits);
  if (best !== undefined) return best.candidate;
  return candidates.find((candidate) => bare(candidate).endsWith(wanted));
}

/** Two letters that changed places are one slip (`lgo`); the distance alone takes them for two. */
function edits(wanted: string, candidate: string): number {
  const swapped = Array.from(
    { length: wanted.length - 1 },
    (_, i) => `${wanted.slice(0, i)}${wanted.charAt(i + 1)}${wanted.charAt(i)}${wanted.slice(i + 2)}`,
  );
  return Math.min(distance(wanted, candidate), ...swapped.map((each) => 1 + distance(each, candidate)));
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

import { closest, distance } from 'fastest-levenshtein';

/**
 * The candidate that a mistyped name most likely means, or undefined when none is near. Case and punctuation don't
 * count (`cert_file` is `certFile`). A name that is the end of a candidate is near however long the rest is.
 */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const wanted = bare(name);
  if (wanted === '' || candidates.length === 0) return undefined;
  const best = closest(wanted, candidates.map(bare));
  const tolerance = Math.max(wanted.length < 4 ? 1 : 2, Math.floor(wanted.length / 3));
  const isNear = distance(wanted, best) <= tolerance;
  return candidates.find((candidate) =>
    isNear ? bare(candidate) === best : bare(candidate).endsWith(wanted),
  );
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

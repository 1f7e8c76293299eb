/** So many attempts and no more: a smaller input is a convenience. */
const attempts = 400;

/**
 * Makes an input smaller, part by part, for as long as it stays what it is.
 * @param parts the input without each of its parts, large ones first
 */
export async function reduce(
  input: Buffer,
  parts: (input: Buffer) => Iterable<Buffer>,
  isStill: (candidate: Buffer) => Promise<boolean>,
): Promise<Buffer> {
  let smallest = input;
  let left = attempts;
  for (let found = true; found && left > 0;) {
    found = false;
    for (const candidate of parts(smallest)) {
      if (candidate.length >= smallest.length) continue;
      if (left-- === 0) break;
      if (!(await isStill(candidate))) continue;
      smallest = candidate;
      found = true;
      break;
    }
  }
  return smallest;
}

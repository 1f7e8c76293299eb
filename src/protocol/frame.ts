import { createHash } from 'node:crypto';
import { visit } from 'jsonc-parser';

/** A path into the frame's JSON, e.g. `['payload', 0, 'data', 3]`. */
export type JsonPath = readonly (string | number)[];

/**
 * The bytes of one message as they came, kept until it is delivered: dead letters carry slices of them, and a resend is
 * recognised by their digest.
 */
export interface Frame {
  readonly bytes: Buffer;
  /** SHA-256 of the frame without the digits of its `timeStamp`: a resend may be stamped anew (protocol: open). */
  digest(): string;
  /** The bytes that hold the value at `path`, as they were sent; the whole frame where there is no such value. */
  slice(path: JsonPath): Buffer;
}

const timeStampKey = Buffer.from('"timeStamp"');

/**
 * @param bytes the whole frame
 * @param timeStamp the envelope's `timeStamp` as decoded, or null where it has none
 */
export function createFrame(bytes: Buffer, timeStamp: number | null): Frame {
  let digest: string | undefined;
  let places: { text: string; find: (path: JsonPath) => Place | undefined } | undefined;

  return {
    bytes,
    digest() {
      digest ??= digestWithout(bytes, timeStamp === null ? null : findTimeStamp(bytes, timeStamp));
      return digest;
    },
    slice(path) {
      if (places === undefined) {
        const text = bytes.toString('utf8');
        places = { text, find: finder(text) };
      }
      const place = places.find(path);
      return place ? Buffer.from(places.text.slice(place.start, place.end)) : bytes;
    },
  };
}

interface Range {
  readonly start: number;
  /** Behind the last one. */
  readonly end: number;
}

/**
 * Where the digits of the first `"timeStamp": n` are whose n is the envelope's; a nested field of that name may stand before it.
 * If what is found were another field of the same value, the envelope's own digits stay in the digest, and two frames of equal
 * digest still hold the same text.
 */
function findTimeStamp(bytes: Buffer, timeStamp: number): Range | null {
  for (let key = 0; (key = bytes.indexOf(timeStampKey, key)) >= 0; key += timeStampKey.length) {
    const after = bytes.toString('latin1', key + timeStampKey.length, key + timeStampKey.length + 32);
    const match = /^\s*:\s*(\d+)/.exec(after);
    if (match?.[1] === undefined || Number(match[1]) !== timeStamp) continue;
    const end = key + timeStampKey.length + match[0].length;
    return { start: end - match[1].length, end };
  }
  return null;
}

function digestWithout(bytes: Buffer, range: Range | null): string {
  const hash = createHash('sha256');
  if (range === null) hash.update(bytes);
  else hash.update(bytes.subarray(0, range.start)).update('#').update(bytes.subarray(range.end));
  return hash.digest('base64');
}

/** Where a value stands in the text, in UTF-16 units, and those values in it that were asked for. */
interface Place {
  readonly start: number;
  end: number;
  readonly isArray: boolean;
  readonly children: Map<string | number, Place>;
}

/**
 * Resolves paths as JSON.parse does: of equal keys in one object the last one counts. The text is gone through once for all paths of
 * one shape, however many there are, and no more is kept of it than they lead through: a tree of a frame's values takes fifty times
 * the frame, and one message may have 20,000 entries that are dead letters.
 */
function finder(text: string): (path: JsonPath) => Place | undefined {
  const names = new Set<string>();
  let depth = -1;
  let root: Place | undefined;

  return (path) => {
    const unknown = path.filter((step) => typeof step === 'string' && !names.has(step)) as string[];
    if (unknown.length > 0 || path.length > depth) {
      unknown.forEach((name) => names.add(name));
      depth = Math.max(depth, path.length);
      root = placesIn(text, names, depth);
    }
    return path.reduce<Place | undefined>((place, step) => place?.children.get(step), root);
  };
}

/** @param names of the properties that are kept. @param depth how many levels of containers are looked into */
function placesIn(text: string, names: ReadonlySet<string>, depth: number): Place | undefined {
  const open: Place[] = [];
  let root: Place | undefined;
  let name = '';

  function isWanted(): boolean {
    return open.at(-1)?.isArray !== false || names.has(name);
  }

  function enter(start: number, end: number, isArray: boolean): Place {
    const place: Place = { start, end, isArray, children: new Map() };
    const around = open.at(-1);
    if (around === undefined) root = place;
    else if (isWanted()) around.children.set(around.isArray ? around.children.size : name, place);
    return place;
  }

  /** @returns false where what is inside is passed over */
  function begin(start: number, isArray: boolean): boolean {
    const goIn = isWanted() && open.length < depth;
    open.push(enter(start, start, isArray));
    return goIn;
  }

  function finish(start: number, length: number): void {
    const place = open.pop();
    if (place !== undefined) place.end = start + length;
  }

  visit(
    text,
    {
      onObjectBegin: (start) => begin(start, false),
      onArrayBegin: (start) => begin(start, true),
      onObjectProperty: (property) => void (name = property),
      onLiteralValue: (_, start, length) => void enter(start, start + length, false),
      onObjectEnd: finish,
      onArrayEnd: finish,
    },
    { disallowComments: true },
  );
  return root;
}

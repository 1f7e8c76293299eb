import { createHash } from 'node:crypto';
import { byte, endOfText, textBetween } from './json-bytes.ts';

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
  let find: ((path: JsonPath) => Place | undefined) | undefined;

  return {
    bytes,
    digest() {
      digest ??= digestWithout(bytes, timeStamp === null ? null : findTimeStamp(bytes, timeStamp));
      return digest;
    },
    slice(path) {
      const place = (find ??= finder(bytes))(path);
      return place ? bytes.subarray(place.start, place.end) : bytes;
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

/** Where a value stands in the frame, and those values in it that were asked for. */
interface Place {
  readonly start: number;
  end: number;
  readonly isArray: boolean;
  /** Null where none of them were. */
  children: Map<string | number, Place> | null;
}

/**
 * Resolves paths as JSON.parse does: of equal keys in one object the last one counts. The frame is gone through once for all paths of
 * one shape, however many there are, and no more is kept of it than they lead through: a tree of a frame's values takes fifty times
 * the frame, and one message may have 20,000 entries that are dead letters.
 */
function finder(bytes: Buffer): (path: JsonPath) => Place | undefined {
  const names = new Set<string>();
  let depth = -1;
  let root: Place | undefined;

  return (path) => {
    const unknown = path.filter((step) => typeof step === 'string' && !names.has(step)) as string[];
    if (unknown.length > 0 || path.length > depth) {
      unknown.forEach((name) => names.add(name));
      depth = Math.max(depth, path.length);
      root = placesIn(bytes, names, depth);
    }
    return path.reduce<Place | undefined>((place, step) => place?.children?.get(step), root);
  };
}

/**
 * @param bytes JSON. What isn't has some places, or none
 * @param names of the properties that are kept. @param depth how many levels of containers are looked into
 */
function placesIn(bytes: Buffer, names: ReadonlySet<string>, depth: number): Place | undefined {
  const isWanted = wantedOf(bytes, names);
  const open: Place[] = [];
  /** How many containers are open in the one that is passed over. */
  let passedOver = 0;
  let root: Place | undefined;
  /** Null where a value of an object is not wanted, or its name has still to come. */
  let name: string | null = null;
  let isNameNext = false;

  function enter(start: number, isArray: boolean): Place {
    const place: Place = { start, end: start, isArray, children: null };
    const around = open.at(-1);
    if (around === undefined) root = place;
    else if (around.isArray) (around.children ??= new Map()).set(around.children.size, place);
    else if (name !== null) (around.children ??= new Map()).set(name, place);
    return place;
  }

  function begin(start: number, isArray: boolean): void {
    const goIn = open.length < depth && (open.at(-1)?.isArray !== false || name !== null);
    open.push(enter(start, isArray));
    isNameNext = !isArray;
    if (!goIn) passedOver = 1;
  }

  for (let at = 0; at < bytes.length; at++) {
    const here = bytes[at] as number;
    switch (here) {
      case byte.quote: {
        const end = endOfText(bytes, at);
        if (passedOver === 0) {
          if (isNameNext) name = isWanted(at, end);
          else enter(at, false).end = end + 1;
        }
        at = end;
        break;
      }
      case byte.openBrace:
      case byte.openBracket:
        if (passedOver > 0) passedOver++;
        else begin(at, here === byte.openBracket);
        break;
      case byte.closeBrace:
      case byte.closeBracket: {
        if (passedOver > 0 && --passedOver > 0) break;
        const place = open.pop();
        if (place !== undefined) place.end = at + 1;
        break;
      }
      case byte.colon:
        isNameNext = false;
        break;
      case byte.comma:
        if (passedOver > 0) break;
        isNameNext = open.at(-1)?.isArray === false;
        name = null;
        break;
      default:
        if (passedOver > 0 || here <= space) break;
        // A number or a literal.
        const place = enter(at, false);
        while (at + 1 < bytes.length && isOfLiteral(bytes[at + 1] as number)) at++;
        place.end = at + 1;
    }
  }
  return root;
}

const space = 0x20;

/** Digits, letters, signs and points: what numbers and literals consist of. */
function isOfLiteral(code: number): boolean {
  return code > space && code !== byte.comma && code !== byte.closeBracket && code !== byte.closeBrace;
}

/** Tells the name between two quotes where it is one of `names`, else null; few of a frame's names are. */
function wantedOf(bytes: Buffer, names: ReadonlySet<string>): (start: number, end: number) => string | null {
  const lengths = new Set([...names].map((name) => Buffer.byteLength(name)));
  let escape = bytes.indexOf(byte.backslash);
  return (start, end) => {
    if (escape >= 0 && escape < start) escape = bytes.indexOf(byte.backslash, start);
    const isEscaped = escape >= 0 && escape < end;
    if (!isEscaped && !lengths.has(end - start - 1)) return null;
    const name = isEscaped ? textBetween(bytes, start, end) : bytes.toString('utf8', start + 1, end);
    return names.has(name) ? name : null;
  };
}

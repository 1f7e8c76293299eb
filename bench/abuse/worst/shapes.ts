/** The worst messages that a primary can send within the limits, each bad in another way. */
import { fill, list, message, notification, padded, room, type ShapeLimits, wide } from './shape-parts.ts';

/** How a message's bytes come: in one frame, in as many as are allowed, byte by byte, or all but the last of them. */
export type Delivery = 'whole' | 'fragments' | 'bytes' | 'unfinished' | 'unfinished fragments';

export interface Shape {
  /** @returns a message within the limits, its number zero ({@link numbered}) */
  readonly make: (limits: ShapeLimits) => string;
  /** `whole` unless said. */
  readonly delivery?: Delivery;
  /** Nothing answers it: the next one goes out as soon as this one is written. */
  readonly unanswered?: boolean;
  /** Its number stays zero, so that it is a resend of the one before. */
  readonly resent?: boolean;
  readonly cloudEvents?: boolean;
}

const job = '"jobId":1,"clientName":"c"';
const jobs = (count: number): string => list(count, (n) => `{"jobId":${n},"clientName":"c"}`);
/** Objects that fill the payload, each with the same number of fields. */
const filled = (limits: ShapeLimits, fields: (n: number) => string, entries = limits.entries): string =>
  message(notification(list(entries, (n) => padded(fields(n), room(limits, entries)))));
/** One job with more fields. */
const single = (fields: string): string => message(notification(`{${job},${fields}}`));
/** Jobs with that many more fields each, as many of both as the limits let in. */
const crowded = (
  limits: ShapeLimits,
  fields: number,
  field: (n: number) => string,
  valuesOfField = 1,
): string => {
  const entry = (n: number): string => `{${job},${list(fields, (of) => field(n * fields + of))}}`;
  return message(notification(fill(limits, 3 + fields * valuesOfField, entry, limits.entries)));
};

const atBounds = { object: wide(64), notificationType: wide(64) };
const tooLong = { object: wide(1024), notificationType: wide(1024) };
const exact = '12345678901234567';

export const shapes: Readonly<Record<string, Shape>> = {
  'ordinary jobs': {
    make: (limits) =>
      filled(
        limits,
        (n) => `"jobId":${n},"clientName":"client-${n % 500}.example.com","status":0,"state":"DONE"`,
      ),
  },
  'tiny entries': { make: (limits) => message(notification(list(limits.entries, () => '1'))) },
  'tiny entries, texts at their bounds': {
    make: (limits) =>
      message(
        notification(
          list(limits.entries, () => '1'),
          atBounds,
        ),
        wide(116),
      ),
  },
  'tiny entries, texts of 1,024 characters': {
    make: (limits) =>
      message(
        notification(
          list(limits.entries, () => '1'),
          tooLong,
        ),
        wide(1000),
      ),
  },
  'smallest jobs': { make: (limits) => message(notification(jobs(limits.entries))) },
  'smallest jobs, texts at their bounds': {
    make: (limits) => message(notification(jobs(limits.entries), { ...atBounds, object: 'JOB' }), wide(116)),
  },
  'smallest jobs, a type of 900 KiB': {
    make: () =>
      message(notification(jobs(1000), { object: 'JOB', notificationType: 'x'.repeat(900 * 1024) })),
  },
  'smallest jobs, CloudEvents': {
    make: (limits) => message(notification(jobs(limits.entries), { ...atBounds, object: 'JOB' }), wide(116)),
    cloudEvents: true,
  },
  'wrong types': { make: (limits) => filled(limits, () => '"jobId":"x","clientName":"c"') },
  'wrong types, many fields': {
    make: (limits) => filled(limits, () => `"jobId":"x","clientName":"c",${list(15, (n) => `"n${n}":${n}`)}`),
  },
  'no clients': { make: (limits) => filled(limits, () => '"jobId":1') },
  'unreadable notifications': {
    make: (limits) =>
      message(
        `${notification('')},${list(limits.entries - 1, () => padded('"data":[]', room(limits, limits.entries)))}`,
      ),
  },
  'empty notifications and an entry': {
    make: (limits) => message(`${fill(limits, 4, () => '{"object":"J","data":[]}')},${notification('1')}`),
  },
  'empty notifications': {
    make: (limits) => message(fill(limits, 4, () => '{"object":"J","data":[]}')),
  },
  'a notification for each entry': {
    make: (limits) =>
      message(
        list(limits.entries, (n) =>
          notification(padded(`"jobId":${n},"clientName":"c${n}"`, room(limits, limits.entries) - 60)),
        ),
      ),
  },
  'one text': { make: (limits) => single(`"note":"${'x'.repeat(room(limits, 1))}"`) },
  'one text of escapes': {
    make: (limits) => single(String.raw`"note":"${String.raw`\u0001`.repeat(room(limits, 6))}"`),
  },
  'texts above what Kafka takes': { make: (limits) => filled(limits, () => job, 7) },
  'texts of escapes': {
    make: (limits) =>
      crowded(limits, 1, () => `"note":"${String.raw`\ud83d`.repeat(room(limits, limits.entries * 6) - 6)}"`),
  },
  'numbers in one array': {
    make: (limits) => single(`"note":[${fill(limits, 1, () => '1e20')}]`),
  },
  'numbers in entries': { make: (limits) => crowded(limits, 95, (n) => `"n${n % 95}":1e20`) },
  'numbers in smallest entries': { make: (limits) => crowded(limits, 16, (n) => `"n${n % 16}":1e20`) },
  'exact numbers in one array': {
    make: (limits) => single(`"note":[${fill(limits, 1, () => exact)}]`),
  },
  'exact numbers in entries': { make: (limits) => crowded(limits, 16, (n) => `"n${n % 16}":${exact}`) },
  'empty arrays': { make: (limits) => crowded(limits, 9, (n) => `"n${n % 9}":[]`, 2) },
  'nested objects': {
    make: (limits) => crowded(limits, 1, () => nested(limits, '{"a":', '}'), limits.depth),
  },
  'nested arrays': { make: (limits) => crowded(limits, 1, () => nested(limits, '[', ']'), limits.depth) },
  'long names': {
    make: (limits) =>
      single(list(limits.names - 20, (n) => `"${'n'.repeat(room(limits, limits.names) - 12)}${n}":1`)),
  },
  'names of escapes': {
    make: (limits) => single(list(3, () => `"${String.raw`\"`.repeat(room(limits, 6) - 10)}":1`)),
  },
  'entries of numbers beyond all': {
    make: (limits) => message(notification(list(limits.entries, () => '1E400'))),
  },
  'too many entries, of numbers beyond all': {
    make: (limits) => message(notification(fill(limits, 1, () => '1E400'))),
  },
  'names at their bound': { make: (limits) => single(list(limits.names - 20, (n) => `"n${n}":1`)) },
  'names at their bound, in entries': {
    make: (limits) => crowded(limits, 97, (n) => `"n${n % (97 * orders(limits))}":1`),
  },
  'few names, in many orders': {
    make: (limits) => crowded(limits, 97, (n) => `"n${(n + (Math.floor(n / 97) % orders(limits))) % 97}":1`),
  },
  'names beyond their bound': { make: (limits) => single(fill(limits, 1, (n) => `"n${n}":1`)) },
  'names beyond their bound, in entries': { make: (limits) => crowded(limits, 97, (n) => `"n${n}":1`) },
  'names beyond their bound, exact numbers': {
    make: (limits) => crowded(limits, 97, (n) => `"n${n}":${exact}`),
  },
  'names in 128 KiB': { make: () => single(list(11_500, (n) => `"n${n}":1`)) },
  'names in 128 KiB, exact numbers': {
    make: () => single(`"x":${exact},${list(11_400, (n) => `"n${n}":1`)}`),
  },
  'long client names': {
    make: (limits) =>
      message(
        notification(
          list(
            Math.floor(limits.payloadBytes / 4_200),
            (n) => `{"jobId":${n},"clientName":"${longName(limits, 4000, n)}"}`,
          ),
        ),
      ),
  },
  'client names that are too long': {
    make: (limits) =>
      message(
        notification(
          list(
            Math.floor(limits.payloadBytes / 5_600),
            (n) => `{"jobId":${n},"clientName":"${longName(limits, 5000, n)}"}`,
          ),
        ),
      ),
  },
  'a client for each entry': { make: (limits) => filled(limits, (n) => `"jobId":${n},"clientName":"c${n}"`) },
  'two-byte characters': {
    make: (limits) =>
      crowded(limits, 1, () => `"note":"${'é'.repeat(room(limits, limits.entries * 2) - 20)}"`),
  },
  'one wide character': {
    make: (limits) => filled(limits, (n) => (n === 0 ? `${job},"wide":"漢"` : job)),
  },
  'no JSON': { make: (limits) => single(`"note":"${'x'.repeat(room(limits, 1))}"`).slice(0, -1) },
  'too many values': { make: (limits) => message(notification(list(room(limits, 2), () => '1'))) },
  'too deep': {
    make: (limits) => single(`"a":${'['.repeat(limits.values - 100)}${']'.repeat(limits.values - 100)}`),
  },
  'ignored commands': {
    make: (limits) => crowded(limits, 16, (n) => `"n${n % 16}":1e20`).replace('NOTIFICATION', 'COMMAND'),
    unanswered: true,
  },
  resends: { make: (limits) => crowded(limits, 16, (n) => `"n${n % 16}":1e20`), resent: true },
  'frames in fragments': { make: (limits) => filled(limits, () => job), delivery: 'fragments' },
  'single bytes': {
    make: (limits) => filled({ ...limits, payloadBytes: limits.fragments }, () => job, 40),
    delivery: 'bytes',
  },
  'unfinished frames': { make: (limits) => filled(limits, () => job), delivery: 'unfinished' },
  'unfinished fragments': {
    make: (limits) => filled(limits, () => job),
    delivery: 'unfinished fragments',
  },
};

/** In how many orders the limit on names lets entries have 97 of them. */
function orders({ names }: ShapeLimits): number {
  return Math.min(97, Math.floor((names - 100) / 97));
}

/** Envelope, payload, notification, data, entry and the array or object itself are on the way. */
function nested({ depth }: ShapeLimits, open: string, close: string): string {
  const levels = depth - 6;
  return `"a":${open.repeat(levels)}1${close.repeat(levels)}`;
}

function longName(limits: ShapeLimits, length: number, n: number): string {
  return `${'c'.repeat(Math.min(length, room(limits, 2000)) - 10)}${n}`;
}

import type { Encode } from '../encode/encoder.ts';
import type { KafkaRecord } from '../encode/record.ts';
import { EncodeError } from '../encode/value.ts';
import { BridgeError, ExitCode } from '../errors.ts';
import type { Deliver } from '../pipeline/pipeline.ts';
import type { CodecLimits } from '../protocol/codec.ts';
import type { Produce } from '../produce/producer.ts';
import type { Entry, EntryName, Unwritable } from '../split/entry.ts';
import type { Letter } from './letter.ts';
import { markRecord } from './marks.ts';
import { rebuild, type RebuiltMessage } from './rebuild.ts';

/**
 * Why a dead letter can't be sent. `refused`: by Kafka, again. `unreadable`: the record is no dead letter of a bridge. `unknown-primary`: it
 * says that it is of a primary that there isn't.
 */
export type Obstacle = 'truncated' | 'unwritable' | 'refused' | 'unreadable' | 'unknown-primary';

export interface Counts {
  /** How many records went, or would go, to which topic; none where the same message went in this run already. */
  readonly to: Readonly<Record<string, number>>;
  /** Entries of a whole message that still can't be written: they become dead letters of their own. */
  readonly deadLetters: readonly Unwritable[];
}

/** What became of a dead letter, or would become. */
export type Outcome =
  | ({ readonly outcome: 'sent' | 'would-send' } & Counts)
  | { readonly outcome: 'not-sent'; readonly why: Obstacle; readonly detail: string };

export interface ReplayOptions {
  readonly encode: Encode;
  readonly limits: CodecLimits;
  /** Whose dead letters may be sent: a letter is believed in all but its primary, which no writer of the topic may make up. */
  readonly primaries: ReadonlySet<string>;
  readonly topics: { readonly jobs: string; readonly images: string; readonly replays: string };
  /** Null: nothing is sent (`--dry-run`). */
  readonly send: { readonly produce: Produce; readonly deliver: Deliver } | null;
  /** Unix ms. */
  readonly now: () => number;
}

/** Synchronous up to the way of its records into their lanes, so that dead letters go in the order of the calls. */
export type ReplayLetter = (letter: Letter) => Promise<Outcome>;

type Plan =
  | { readonly kind: 'entry'; readonly record: KafkaRecord }
  | {
      readonly kind: 'message';
      readonly message: RebuiltMessage;
      readonly first: Entry;
      readonly counts: Counts;
    }
  | { readonly kind: 'impossible'; readonly outcome: Outcome };

/**
 * Sends a dead letter's entry, or all of its message's, as the bridge would, and then marks it: what is marked is in Kafka. An entry
 * that Kafka refuses again is not marked; the entries of a message that can't be written become dead letters of their own, as they
 * would at their arrival.
 */
export function createReplay(options: ReplayOptions): ReplayLetter {
  const { topics, send, now } = options;

  return async (letter) => {
    const plan = planOf(letter, options);
    if (plan.kind === 'impossible') return plan.outcome;
    if (plan.kind === 'entry') {
      const { record } = plan;
      const counts: Counts = { to: { [record.topic]: 1 }, deadLetters: [] };
      if (send === null) return { outcome: 'would-send', ...counts };
      const [refused] = await send.produce([record]);
      if (refused !== undefined) return notSent('refused', `Kafka refuses the record: ${refused.code}`);
      return await mark(letter, record.entry, counts);
    }
    if (send === null) return { outcome: 'would-send', ...plan.counts };
    const { jobs, images, deadLetters } = await send.deliver(plan.message);
    const to = { ...(jobs > 0 && { [topics.jobs]: jobs }), ...(images > 0 && { [topics.images]: images }) };
    return await mark(letter, plan.first, { to, deadLetters });
  };

  async function mark(letter: Letter, entry: EntryName, counts: Counts): Promise<Outcome> {
    const record = markRecord(topics.replays, letter, entry, counts.to, now());
    const [refused] = (await send?.produce([record])) ?? [];
    if (refused === undefined) return { outcome: 'sent', ...counts };
    const message = `Kafka refuses a mark in ${topics.replays} (${refused.code}): what was sent would be sent again. Check the topic's settings`;
    throw new BridgeError(message, { code: 'mark-refused', exitCode: ExitCode.config });
  }
}

function planOf(letter: Letter, { encode, limits, primaries, now }: ReplayOptions): Plan {
  if (!primaries.has(letter.primary)) {
    const detail =
      'no primary of that name has a token: if it was one, and the letter is of the bridge, name it by --primary';
    return { kind: 'impossible', outcome: notSent('unknown-primary', detail) };
  }
  const rebuilt = rebuild(letter, limits, now());
  if (rebuilt.kind === 'impossible')
    return { kind: 'impossible', outcome: notSent(rebuilt.why, rebuilt.detail) };
  if (rebuilt.kind === 'entry') {
    const record = tryEncode(encode, rebuilt.entry);
    return record instanceof EncodeError
      ? { kind: 'impossible', outcome: stillUnwritable(record) }
      : { kind: 'entry', record };
  }
  const { message, entries } = rebuilt;
  const to: Record<string, number> = {};
  const errors: EncodeError[] = [];
  for (const entry of entries) {
    const record = tryEncode(encode, entry);
    if (record instanceof EncodeError) errors.push(record);
    else to[record.topic] = (to[record.topic] ?? 0) + 1;
  }
  const [first] = entries;
  if (first === undefined)
    return { kind: 'impossible', outcome: notSent('unwritable', 'the message has no entries') };
  const [error] = errors;
  // To take it apart into dead letters alone would bring nobody further.
  if (error !== undefined && errors.length === entries.length)
    return { kind: 'impossible', outcome: stillUnwritable(error) };
  const counts = { to, deadLetters: errors.map(({ reason }) => reason) };
  return { kind: 'message', message, first, counts };
}

function tryEncode(encode: Encode, entry: Entry): KafkaRecord | EncodeError {
  try {
    return encode(entry);
  } catch (error) {
    if (error instanceof EncodeError) return error;
    throw error;
  }
}

function stillUnwritable({ reason, message }: EncodeError): Outcome {
  return notSent('unwritable', `still ${reason}: ${message}`);
}

/** @param detail in words */
export function notSent(why: Obstacle, detail: string): Outcome {
  return { outcome: 'not-sent', why, detail };
}

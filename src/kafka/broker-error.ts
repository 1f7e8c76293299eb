import { said } from '../outbound/said.ts';
import { errorName, protocolError } from './kafkajs.ts';

/** Of a broker's own words, in characters: Kafka names up to three records that it refuses. */
const maxWordsLength = 1_000;

/** The client's error for what a broker answers, by the broker's own words where it has some; its `type` is the broker's name of it. */
export function errorFrom({
  errorCode,
  reason,
}: {
  readonly errorCode: number;
  readonly reason: string | null;
}): Error {
  const error = protocolError(errorCode);
  const name = errorName(errorCode);
  const words = said(reason ?? '', [], maxWordsLength) || error.message;
  return Object.assign(new Error(`${words} (${name})`, { cause: error }), { type: name });
}

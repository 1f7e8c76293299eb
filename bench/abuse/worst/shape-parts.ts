/** What messages of any shape are put together from, as JSON text. */

/** The bridge's limits, as far as they bound a message. */
export interface ShapeLimits {
  readonly payloadBytes: number;
  readonly entries: number;
  readonly values: number;
  readonly depth: number;
  readonly names: number;
  readonly fragments: number;
}

/** Stands in an id, with a number of its own in each message. */
const zero = '#0000000000#';
const answeredNumber = /#(\d{10})#/g;
/** What an envelope takes at most, and what is around its entries. */
const aroundEntries = 8192;
const valuesOfEnvelope = 20;

/** @param notifications the elements of the payload */
export function message(notifications: string, idStart = ''): string {
  const timeStamp = Math.floor(Date.now() / 1000);
  return (
    `{"version":"1.0","id":"${idStart}${zero}","type":"NOTIFICATION","subType":"REQUEST",` +
    `"timeStamp":${timeStamp},"payload":[${notifications}]}`
  );
}

/** @param data its elements */
export function notification(data: string, { object = 'JOB', notificationType = 'INFO' } = {}): string {
  return `{"notificationType":"${notificationType}","object":"${object}","data":[${data}]}`;
}

export function list(count: number, one: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => one(n)).join(',');
}

/**
 * As many as the payload and the limit on values let in, and no more than `most`.
 * @param valuesOfEach how many JSON values each of them is
 */
export function fill(
  limits: ShapeLimits,
  valuesOfEach: number,
  one: (n: number) => string,
  most = Infinity,
): string {
  const count = Math.min(most, Math.floor((limits.values - valuesOfEnvelope) / valuesOfEach));
  const parts: string[] = [];
  for (let left = room(limits, 1); parts.length < count;) {
    const part = one(parts.length);
    left -= Buffer.byteLength(part) + 1;
    if (left < 0) break;
    parts.push(part);
  }
  return parts.join(',');
}

/** What each of so many equal parts of a payload may take, with a comma, in bytes. */
export function room({ payloadBytes }: ShapeLimits, parts: number): number {
  return Math.floor((payloadBytes - Math.min(aroundEntries, payloadBytes / 10)) / parts) - 1;
}

/** An object that a text fills up. */
export function padded(fields: string, bytes: number): string {
  const frame = `{${fields},"note":""}`;
  return `{${fields},"note":"${'x'.repeat(Math.max(0, bytes - Buffer.byteLength(frame)))}"}`;
}

/** Text of three bytes a character. */
export function wide(characters: number): string {
  return '漢'.repeat(characters);
}

/** The same message under a number of its own, so that it is no resend. */
export function numbered(template: Buffer, number: number): Buffer {
  const bytes = Buffer.from(template);
  bytes.write(`#${String(number).padStart(10, '0')}#`, bytes.indexOf(zero));
  return bytes;
}

/** The numbers of the messages that a text answers. */
export function numbersIn(text: string): number[] {
  return [...text.matchAll(answeredNumber)].map(([, digits]) => Number(digits));
}

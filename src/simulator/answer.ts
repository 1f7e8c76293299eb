/** What the endpoint may do wrong, as stable codes. */
export type ViolationKind =
  | 'not-json'
  | 'wrong-envelope'
  | 'bad-payload'
  | 'not-a-response'
  | 'binary-frame'
  | 'before-connect-response'
  | 'unknown-id'
  | 'surplus-answer'
  | 'forbidden-close-code'
  | 'websocket-protocol';

/** A text frame of the endpoint, read. A `fault` beside a kind is a violation that leaves the answer usable. */
export type EndpointFrame =
  | { readonly kind: 'connect-response'; readonly id: string; readonly valid: boolean | undefined }
  | { readonly kind: 'answer'; readonly id: string; readonly fault?: { kind: ViolationKind; detail: string } }
  | { readonly kind: 'command'; readonly id: string }
  | {
      readonly kind: 'violation';
      readonly violation: ViolationKind;
      readonly detail: string;
      readonly undecodable: boolean;
    };

/**
 * Reads what the endpoint sent. `undecodable` marks what NetBackup can't read as an envelope at all, on which it closes
 * the connection. The payload of a NOTIFICATION RESPONSE isn't documented, so `[]`, `{}` and none are all right.
 */
export function readEndpointFrame(text: string): EndpointFrame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return violation('not-json', `no JSON: ${excerpt(text)}`, true);
  }
  if (!isObject(value)) return violation('not-json', `no JSON object: ${excerpt(text)}`, true);
  const { version, id, type, subType, timeStamp, payload } = value;
  if (typeof id !== 'string' || typeof type !== 'string' || typeof subType !== 'string') {
    return violation('wrong-envelope', `id, type and subType must be strings: ${excerpt(text)}`, true);
  }
  if (version !== '1.0') return violation('wrong-envelope', `version must be "1.0": ${excerpt(text)}`);
  if (!Number.isSafeInteger(timeStamp)) {
    return violation('wrong-envelope', `timeStamp must be an integer (Unix seconds): ${excerpt(text)}`);
  }
  if (type === 'COMMAND' && subType === 'REQUEST') return { kind: 'command', id };
  if (subType !== 'RESPONSE') return violation('not-a-response', `${type} ${subType} instead of a RESPONSE`);
  if (type === 'CONNECT') {
    const valid = isObject(payload) ? payload['valid'] : undefined;
    return { kind: 'connect-response', id, valid: typeof valid === 'boolean' ? valid : undefined };
  }
  if (type !== 'NOTIFICATION') return violation('wrong-envelope', `unknown type: ${excerpt(text)}`);
  if (isEmptyPayload(payload)) return { kind: 'answer', id };
  const detail = `payload is neither [], {} nor absent: ${excerpt(text)}`;
  return { kind: 'answer', id, fault: { kind: 'bad-payload', detail } };
}

function violation(kind: ViolationKind, detail: string, undecodable = false): EndpointFrame {
  return { kind: 'violation', violation: kind, detail, undecodable };
}

function isEmptyPayload(payload: unknown): boolean {
  if (payload === undefined) return true;
  return typeof payload === 'object' && payload !== null && Object.keys(payload).length === 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function excerpt(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 120)}...`;
}

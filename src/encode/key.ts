import { maxKeyBytes } from './record.ts';
import { EncodeError } from './value.ts';

/** Names beyond this length, or this number of names, are encoded anew each time: the senders choose them. */
const maxRememberedLength = 128;
const maxRemembered = 8_192;

/** The key of a client's records. @throws EncodeError for a name that can't be one */
export type KeyOf = (clientName: string) => Buffer;

/** Remembers the keys, because the same clients come again and again; a few MiB at most. */
export function createKeys(): KeyOf {
  const remembered = new Map<string, Buffer>();
  return (clientName) => {
    const known = remembered.get(clientName);
    if (known !== undefined) return known;
    const key = encode(clientName);
    if (clientName.length <= maxRememberedLength) {
      if (remembered.size >= maxRemembered) remembered.clear();
      remembered.set(clientName, key);
    }
    return key;
  };
}

function encode(clientName: string): Buffer {
  if (!clientName.isWellFormed())
    throw new EncodeError('bad-unicode', 'holds a lone surrogate', ['clientName']);
  const key = Buffer.from(clientName);
  if (key.length <= maxKeyBytes) return key;
  const detail = `has ${key.length} bytes, more than the ${maxKeyBytes} that a key may have`;
  throw new EncodeError('key-too-long', detail, ['clientName']);
}

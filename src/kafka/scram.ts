import { createHash, createHmac, pbkdf2 as pbkdf2Callback, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const pbkdf2 = promisify(pbkdf2Callback);

export interface ScramOptions {
  readonly hash: 'sha256' | 'sha512';
  readonly username: string;
  readonly password: string;
  /** Sends one message of ours and gives the server's answer. */
  readonly exchange: (message: string) => Promise<string>;
  /** Printable ASCII without a comma; new for every exchange. */
  readonly nonce?: string;
}

/** Fewer rounds are refused (RFC 7677, 4); more would keep a thread busy for as long as the server likes. */
const iterationBounds = { min: 4_096, max: 1_000_000 };

/**
 * Shows by SCRAM (RFC 5802, without channel binding) that both sides know the password; it never leaves this process.
 * @throws when the server refuses us, or doesn't know the password itself
 */
export async function scram(options: ScramOptions): Promise<void> {
  const { hash, username, password, exchange, nonce = randomBytes(24).toString('base64url') } = options;
  const hmac = (key: Buffer, text: string) => createHmac(hash, key).update(text).digest();

  const clientFirst = `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  const serverFirst = await exchange(`n,,${clientFirst}`);
  const { r = '', s = '', i = '', e } = attributesOf(serverFirst);
  if (e !== undefined) throw new Error(`the server answers ${e}`);
  const iterations = Number(i);
  if (!r.startsWith(nonce) || r === nonce) throw new Error("the server's nonce doesn't continue ours");
  if (!(iterations >= iterationBounds.min && iterations <= iterationBounds.max))
    throw new Error(`the server asks for ${i} iterations`);

  const length = hash === 'sha256' ? 32 : 64;
  const salted = await pbkdf2(password, Buffer.from(s, 'base64'), iterations, length, hash);
  const clientKey = hmac(salted, 'Client Key');
  const withoutProof = `c=biws,r=${r}`;
  const all = `${clientFirst},${serverFirst},${withoutProof}`;
  const signature = hmac(createHash(hash).update(clientKey).digest(), all);
  const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));

  const serverFinal = attributesOf(
    await exchange(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`),
  );
  if (serverFinal['e'] !== undefined) throw new Error(`the server answers ${serverFinal['e']}`);
  const seen = Buffer.from(serverFinal['v'] ?? '', 'base64');
  const expected = hmac(hmac(salted, 'Server Key'), all);
  if (seen.length !== expected.length || !timingSafeEqual(seen, expected))
    throw new Error("the server doesn't know the password: it is not the one it seems to be");
}

function attributesOf(message: string): Partial<Record<string, string>> {
  return Object.fromEntries(
    message.split(',').flatMap((part) => (part[1] === '=' ? [[part.charAt(0), part.slice(2)]] : [])),
  );
}

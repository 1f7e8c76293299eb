import type { KeyObject, X509Certificate } from 'node:crypto';
import type { Judgement } from '../verdict.ts';
import { isSelfSigned, nameOf } from './certificate-chain.ts';

/** Curves that every Java since 8 has, and has kept. */
const commonCurves: readonly (string | undefined)[] = ['prime256v1', 'secp384r1', 'secp521r1'];

export function judgeKey(certificate: X509Certificate): Judgement {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKeyOf(certificate) ?? {};
  const verdict = (state: Judgement['state'], kind: string, advice = ''): Judgement => ({
    state,
    text: `${nameOf(certificate)} has a key of ${kind}${advice}`,
  });
  const better = 'take RSA from 2048 bits on, or EC P-256';
  if (type === 'rsa' || type === 'rsa-pss') {
    const kind = `RSA, ${details?.modulusLength} bits`;
    if ((details?.modulusLength ?? 0) < 2048) return verdict('failed', kind, `: too weak; ${better}`);
    if (type === 'rsa') return verdict('ok', kind);
    return verdict('warning', `${kind}, for PSS alone`, `: older Java clients do not know it; ${better}`);
  }
  if (type === 'ec') {
    const kind = `EC ${details?.namedCurve}`;
    if (commonCurves.includes(details?.namedCurve)) return verdict('ok', kind);
    return verdict('failed', kind, `: current Java clients do not know it; ${better}`);
  }
  if (type === 'ed25519' || type === 'ed448')
    return verdict('warning', type, `: older Java clients do not know it; ${better}`);
  return verdict('failed', type ?? 'an unknown kind', `: Java clients do not know it; ${better}`);
}

/** Null where OpenSSL doesn't know its kind. */
function publicKeyOf(certificate: X509Certificate): KeyObject | null {
  try {
    return certificate.publicKey;
  } catch {
    return null;
  }
}

/** Where the signature's hash can be forged. Whoever trusts a self-signed certificate doesn't look at its signature. */
export function judgeSignature(certificate: X509Certificate): Judgement[] {
  const algorithm = certificate.signatureAlgorithm ?? certificate.signatureAlgorithmOid;
  if (isSelfSigned(certificate) || !/sha-?1(?!\d)|md\d/i.test(algorithm)) return [];
  const text = `${nameOf(certificate)} is signed with ${algorithm}: NetBackup and Java refuse it; have it issued with SHA-256`;
  return [{ state: 'failed', text }];
}

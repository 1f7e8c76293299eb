import type { X509Certificate } from 'node:crypto';
import type { Judgement } from '../verdict.ts';
import { isIssuedBy, isSelfSigned, nameOf } from './certificate-chain.ts';

type Chain = readonly [X509Certificate, ...X509Certificate[]];

/** Whether each certificate has issued the one before it (RFC 5246, 7.4.2), and what NetBackup has to pin then. */
export function judgeOrder(chain: Chain): Judgement[] {
  const faults: Judgement[] = [];
  for (const [n, issuer] of chain.slice(1).entries()) {
    const issued = chain[n];
    if (issued === undefined) continue;
    const which = `certificate ${n + 2} (${nameOf(issuer)})`;
    if (!isIssuedBy(issued, issuer)) {
      const text = `${which} has not issued the one before it (${nameOf(issued)}): put the leaf first, and behind each certificate its issuer`;
      faults.push({ state: 'failed', text });
    } else if (!issuer.ca) {
      const text = `${which} has issued the one before it, but is no CA: NetBackup will not take it; have the leaf issued by a CA`;
      faults.push({ state: 'failed', text });
    }
  }
  return faults.length > 0 ? faults : [judgeEnd(chain)];
}

/** What the last certificate of a chain in good order asks NetBackup to know. */
function judgeEnd(chain: Chain): Judgement {
  const last = chain.at(-1) ?? chain[0];
  const issuer = last.issuer?.replaceAll('\n', ', ') ?? 'an issuer without a name';
  const alone = chain.length === 1;
  if (alone && isSelfSigned(last))
    return {
      state: 'warning',
      text: 'the certificate is self-signed: NetBackup pins it itself, and each renewal has to be registered there anew; take one of a CA',
    };
  if (alone)
    return {
      state: 'warning',
      text: `the leaf stands alone: right only if ${issuer} is the CA that NetBackup pins; if that is a CA above it, add the intermediates`,
    };
  if (isSelfSigned(last))
    return {
      state: 'ok',
      text: `the chain is whole, from the leaf to the root ${nameOf(last)}, which NetBackup pins (it need not be in the file)`,
    };
  return {
    state: 'ok',
    text: `the chain is in order, the leaf and ${chain.length - 1} intermediate(s); NetBackup has to pin ${issuer} or one of those`,
  };
}

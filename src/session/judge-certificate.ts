import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Judgement, Verdict } from '../verdict.ts';
import { certificatesIn, nameOf } from './certificate-chain.ts';
import { judgeOrder } from './judge-order.ts';
import { judgeKey, judgeSignature } from './judge-strength.ts';

/**
 * What NetBackup, a Java client that pins the CA, will think of the certificates that it is shown.
 * @param pem the leaf, then the intermediates
 * @param hostNames names and addresses under which NetBackup connects, as far as they are known
 * @param now Unix ms
 * @throws where the text isn't PEM
 */
export function judgeCertificate(pem: string, hostNames: readonly string[], now: number): Verdict[] {
  const chain = certificatesIn(pem);
  const [leaf] = chain;
  return [
    ...judgeOrder(chain),
    ...judgeTimes(chain, now),
    ...chain.map(judgeKey),
    ...chain.flatMap(judgeSignature),
    ...judgeNames(leaf, hostNames),
    ...judgeUse(leaf),
  ].map((judgement) => ({ what: 'listen.tls.certFile', ...judgement }));
}

/**
 * Whether any of them is good for verifying client certificates now: old ones may stay beside new ones while clients change over.
 * @param pem the CAs of client certificates
 * @param now Unix ms
 * @throws where the text isn't PEM
 */
export function judgeClientCa(pem: string, now: number): Verdict[] {
  const authorities = certificatesIn(pem);
  const faults = authorities.map((ca) => timeFault(ca, now));
  const allFail = faults.every((fault) => fault?.state === 'failed');
  return authorities.map((ca, n): Verdict => {
    const fault = faults[n] ?? { state: 'ok', text: `is valid until ${ca.validToDate.toISOString()}` };
    const state = fault.state === 'failed' && !allFail ? 'warning' : fault.state;
    return { what: 'listen.tls.clientCaFile', state, text: `${nameOf(ca)} ${fault.text}` };
  });
}

const dayMs = 24 * 60 * 60 * 1000;
/** As the alert for it has it (operations, alerts). */
const warnBeforeMs = 14 * dayMs;

function judgeTimes(chain: readonly X509Certificate[], now: number): Judgement[] {
  const faults = chain.flatMap((certificate, n): Judgement[] => {
    const fault = timeFault(certificate, now);
    const which = n === 0 ? 'the certificate' : `certificate ${n + 1} (${nameOf(certificate)})`;
    return fault === null ? [] : [{ state: fault.state, text: `${which} ${fault.text}` }];
  });
  const end = new Date(Math.min(...chain.map(({ validToDate }) => validToDate.getTime())));
  return faults.length > 0 ? faults : [{ state: 'ok', text: `valid until ${end.toISOString()}` }];
}

function timeFault({ validFromDate: from, validToDate: to }: X509Certificate, now: number): Judgement | null {
  const leftMs = to.getTime() - now;
  if (now < from.getTime())
    return {
      state: 'failed',
      text: `is not valid before ${from.toISOString()}: nobody takes it until then; set the clock right if it is wrong, or renew it`,
    };
  if (leftMs <= 0)
    return { state: 'failed', text: `has expired (${to.toISOString()}): nobody takes it any more; renew it` };
  if (leftMs < warnBeforeMs)
    return {
      state: 'warning',
      text: `expires in ${Math.floor(leftMs / dayMs)} day(s) (${to.toISOString()}): renew it`,
    };
  return null;
}

function judgeNames(leaf: X509Certificate, hostNames: readonly string[]): Judgement[] {
  const names = leaf.subjectAltName ?? '';
  // A quoted value could hold what looks like another entry.
  if (!/(?:^|, )(?:DNS|IP Address):/.test(names.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""'))) {
    const text =
      'the certificate has neither a DNS name nor an IP address as subject alternative name, and the common name does not count: ' +
      'have it issued with the names under which NetBackup connects';
    return [{ state: 'failed', text }];
  }
  if (hostNames.length === 0)
    return [
      {
        state: 'ok',
        text: `its names are ${names}; --host-name checks whether the one of NetBackup's URL is among them`,
      },
    ];
  return hostNames.map((name) => {
    const found =
      isIP(name) === 0
        ? leaf.checkHost(name, { subject: 'never', partialWildcards: false })
        : leaf.checkIP(name);
    if (found !== undefined) return { state: 'ok', text: `it is good for ${name}` };
    const text = `it is not good for ${name}, but for ${names}: NetBackup will not connect under that name; have it issued with it`;
    return { state: 'failed', text };
  });
}

const serverAuth = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'];

function judgeUse(leaf: X509Certificate): Judgement[] {
  // The extended one, of which a certificate may do without; typed as if it were always there.
  const usages = leaf.keyUsage as readonly string[] | undefined;
  const judgements: Judgement[] = [];
  if (usages !== undefined && !usages.some((usage) => serverAuth.includes(usage))) {
    const text = `its extended key usage (${usages.join(', ')}) lacks serverAuth: NetBackup will not take it from a server; have it issued for one`;
    judgements.push({ state: 'failed', text });
  }
  if (leaf.ca)
    judgements.push({
      state: 'warning',
      text: 'the leaf is the certificate of a CA: who takes its key from here can issue any name; give the listener one of its own',
    });
  return judgements;
}

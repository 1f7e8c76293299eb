/** Primaries that connect, authenticate and then only stay: `idle.ts <endpoint as JSON> <token>`; each message says how many there shall be. */
import { addressOf, type Endpoint, inParallel, openPrimary } from './wire.ts';

const endpoint = JSON.parse(process.argv[2] ?? '{}') as Endpoint;
const token = process.argv[3] ?? '';
/** Below the bridge's limit on connections that haven't authenticated. */
const width = 30;

let open = 0;
process.on('disconnect', () => process.exit());
process.on('message', (wanted) => void openUntil(Number(wanted)));

async function openUntil(wanted: number): Promise<void> {
  const first = open;
  await inParallel(wanted - first, width, (n) => openPrimary(endpoint, token, addressOf(first + n)));
  open = wanted;
  process.send?.(open);
}

/** What libraries connect by themselves: the exporter of traces, AWS's SDK. */
import { expect, test } from 'vitest';
import { nbwssBridge } from '../helpers/command.ts';

test('an address that drops the first SYN is waited for beyond its repetition after 1 s, where libraries connect too', async () => {
  const said = 'process.on("exit",()=>console.error(net.getDefaultAutoSelectFamilyAttemptTimeout()))';
  const preload = `data:text/javascript,import net from "node:net";${said}`;
  const env = { NODE_OPTIONS: `--import ${JSON.stringify(preload)}` };
  const { stderr } = await nbwssBridge(['--version'], { env });
  expect(Number(stderr)).toBeGreaterThan(1_000);
  expect(Number(stderr)).toBeLessThan(3_000);
});

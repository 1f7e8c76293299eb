/** kubectl and Helm against the cluster of the run. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fetchHelm } from '../../tools/chart/programs/helm.ts';

export interface Output {
  readonly stdout: string;
  /** Warnings of the API server among them. */
  readonly stderr: string;
}

/** Runs kubectl; rejects with what it says when it fails. */
export async function kubectl(kubeconfig: string, args: readonly string[], input = ''): Promise<Output> {
  const programs = await fetchHelm();
  return await run(programs.kubectl, ['--kubeconfig', kubeconfig, ...args], input);
}

/** Runs Helm; rejects with what it says when it fails. */
export async function helmIn(kubeconfig: string, args: readonly string[]): Promise<Output> {
  const programs = await fetchHelm();
  return await run(programs.helm, ['--kubeconfig', kubeconfig, ...args], '');
}

async function run(program: string, args: readonly string[], input: string): Promise<Output> {
  const running = promisify(execFile)(program, args, { timeout: 120_000, maxBuffer: 16 * 1024 * 1024 });
  running.child.stdin?.on('error', () => {}).end(input);
  return await running;
}

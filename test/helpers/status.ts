/** /status as a program reads it. */
import { expect } from 'vitest';
import { type Status, statusSchema } from '../../src/admin/status.ts';

/** Every answer has to be of the documented shape. */
export async function readStatus(adminUrl: string): Promise<Status> {
  const response = await fetch(`${adminUrl}/status`);
  expect(response.status).toBe(200);
  return statusSchema.parse(await response.json());
}

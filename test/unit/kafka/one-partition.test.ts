import { createRequire } from 'node:module';
import type { Message } from 'kafkajs';
import { expect, test, vi } from 'vitest';
import { forOnePartition } from '../../../src/kafka/one-partition.ts';

/** The client's own function, which isn't part of its interface: what is tested is that our shortcut fits it. */
const groupMessagesPerPartition = createRequire(import.meta.url)(
  'kafkajs/src/producer/groupMessagesPerPartition.js',
) as (input: {
  topic: string;
  partitionMetadata: readonly { partitionId: number }[];
  messages: Message[];
  partitioner: (input: { message: Message }) => number;
}) => Record<string, Message[]>;

const partitionMetadata = [{ partitionId: 0 }, { partitionId: 7 }];

function messagesFor(partition: number): Message[] {
  return Array.from({ length: 1000 }, (_, n) => ({ value: Buffer.from(String(n)), partition }));
}

test('the client groups messages of one partition as it would without the shortcut', () => {
  const partitioner = ({ message }: { message: Message }) => Number(message.partition);
  const group = (messages: Message[]) =>
    groupMessagesPerPartition({ topic: 't', partitionMetadata, messages, partitioner });
  expect(group(forOnePartition(messagesFor(7)))).toEqual(group(messagesFor(7)));
});

test('the partitioner is asked once, and the messages are not copied', () => {
  const partitioner = vi.fn(() => 7);
  const messages = forOnePartition(messagesFor(7));
  expect(groupMessagesPerPartition({ topic: 't', partitionMetadata, messages, partitioner })['7']).toBe(
    messages,
  );
  expect(partitioner).toHaveBeenCalledTimes(1);
});

test('what the partitioner throws reaches the caller', () => {
  const partitioner = () => {
    throw new Error('no such partition');
  };
  const input = { topic: 't', partitionMetadata, messages: forOnePartition(messagesFor(3)) };
  expect(() => groupMessagesPerPartition({ ...input, partitioner })).toThrow('no such partition');
});

test('a topic without metadata still groups to nothing', () => {
  const input = { topic: 't', partitionMetadata: [], messages: forOnePartition(messagesFor(7)) };
  expect(groupMessagesPerPartition({ ...input, partitioner: () => 7 })).toEqual({});
});

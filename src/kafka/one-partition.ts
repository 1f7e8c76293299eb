import type { Message } from 'kafkajs';

/**
 * Messages that are all for one partition, so that kafkajs has nothing to group. It groups the messages of a send by
 * `messages.reduce()`, copying what it has for every further one: half a million copies for 1,000 messages
 * (docs/adr/0007-nothing-to-group.md). The array answers that one call itself, with the partition that the client's own step gives
 * for the first message; every other method is the array's own.
 */
export function forOnePartition(messages: Message[]): Message[] {
  type Groups = Record<string, Message[]>;
  const reduce = (group: (groups: Groups, message: Message) => Groups, none: Groups): Groups => {
    const [first] = messages;
    if (first === undefined) return none;
    return Object.fromEntries(Object.keys(group(none, first)).map((partition) => [partition, messages]));
  };
  return Object.defineProperty(messages, 'reduce', { value: reduce });
}

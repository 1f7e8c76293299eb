import { type Address, addressText } from '../address.ts';
import type { Cluster } from './cluster.ts';
import type { Link } from './link.ts';
import { createSender, type Sender, type SenderLimits, type Throttle } from './sender.ts';

/** The connections that carry batches. */
export interface BrokerSenders {
  /** @param isRetry a batch that has failed goes by another connection than those that haven't */
  senderTo(broker: Address, isRetry: boolean): Sender;
  /** Ends the connections to all brokers but these, where nothing is on its way to them. */
  keep(brokers: Iterable<Address>): void;
}

export interface BrokerSendersOptions extends SenderLimits {
  /** Told when a broker asks not to be sent anything for a while. */
  readonly onThrottled: (broker: string, ms: number) => void;
}

/** Connections to one broker for what has failed: several, so that one partition that blocks doesn't hold up all others of them. */
const connectionsForRetries = 3;
/** Of each of these: what waits behind a partition that blocks goes together in the next request, and costs one wait and not one each. */
const requestsForRetries = 1;
/** A broker that asks for more is asked again after this time, in ms. */
const longestThrottleMs = 60_000;
/** For so long after a throttle the next one is expected, in ms. */
const recentThrottleMs = 10_000;

interface ToBroker {
  readonly links: Link[];
  readonly main: Sender;
  readonly forRetries: Sender[];
}

/**
 * A broker works on one request of a connection at a time: a partition that waits for a slow replica holds up what is behind it. So a batch that
 * failed is sent apart from the others, over the least loaded of a few connections of their own.
 */
export function createBrokerSenders(
  cluster: Pick<Cluster, 'linkTo'>,
  { onThrottled, ...limits }: BrokerSendersOptions,
): BrokerSenders {
  const known = new Map<string, ToBroker>();

  function open(address: Address): ToBroker {
    const links: Link[] = [];
    const throttle = createThrottle((ms) => onThrottled(addressText(address), ms));
    const sender = (maxInFlightRequests: number) => {
      const link = cluster.linkTo(address);
      links.push(link);
      return createSender(link, throttle, { ...limits, maxInFlightRequests });
    };
    const main = sender(limits.maxInFlightRequests);
    // A link connects when it is used.
    return {
      links,
      main,
      forRetries: Array.from({ length: connectionsForRetries }, () => sender(requestsForRetries)),
    };
  }

  return {
    senderTo(broker, isRetry) {
      const text = addressText(broker);
      let to = known.get(text);
      if (to === undefined) known.set(text, (to = open(broker)));
      if (!isRetry) return to.main;
      return to.forRetries.reduce((least, each) => (each.load < least.load ? each : least));
    },
    keep(brokers) {
      const kept = new Set([...brokers].map(addressText));
      for (const [text, { links, main, forRetries }] of known) {
        if (kept.has(text) || [main, ...forRetries].some(({ load }) => load > 0)) continue;
        links.forEach((link) => link.destroy('the broker has left the cluster'));
        known.delete(text);
      }
    },
  };
}

/** @param onSet told by how many ms the time grows */
function createThrottle(onSet: (ms: number) => void): Throttle {
  let until = -Infinity;
  return {
    get remainingMs() {
      return Math.max(0, Math.ceil(until - performance.now()));
    },
    get isRecent() {
      return performance.now() - until < recentThrottleMs;
    },
    set(ms) {
      // Whole milliseconds: the sum of fractions is not what the broker asked for.
      const now = Math.ceil(performance.now());
      const next = now + Math.min(ms, longestThrottleMs);
      const grows = next - Math.max(until, now);
      if (grows <= 0) return;
      until = next;
      onSet(grows);
    },
  };
}

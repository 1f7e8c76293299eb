/**
 * RFC 6455, 7.4.1. Never 1012 or 1013: Java clients turn those into protocol errors (protocol, connection rules).
 * `abnormal` is never sent: it stands for a connection that ended without a close frame.
 */
export const CloseCode = { goingAway: 1001, abnormal: 1006, notConsistent: 1007, policy: 1008 } as const;

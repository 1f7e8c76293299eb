/** What `ws` itself closes a connection for, with the code that it sends (RFC 6455, 7.4.1). */
interface Violation {
  readonly code: number;
  readonly limit: 'payload' | 'fragments' | null;
}

const violations: Readonly<Record<string, Violation>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: { code: 1009, limit: 'payload' },
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: { code: 1009, limit: 'payload' },
  WS_ERR_TOO_MANY_BUFFERED_PARTS: { code: 1008, limit: 'fragments' },
  WS_ERR_INVALID_UTF8: { code: 1007, limit: null },
};

/** @param error of a server's WebSocket: those are violations of RFC 6455 or of the limits given to `ws` */
export function violationOf(error: Error & { code?: string }): Violation {
  return violations[error.code ?? ''] ?? { code: 1002, limit: null };
}

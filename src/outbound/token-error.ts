import { BridgeError, ExitCode } from '../errors.ts';

/** The authorization server refuses the client, or what it asks for: a user has to change something (exit 77). */
export class TokenRefusedError extends BridgeError {
  override readonly name = 'TokenRefusedError';
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'token-refused', retryable: true, exitCode: ExitCode.denied, cause });
  }
}

/** There is no token, and nothing was said about the client: the server, or the way to it, is out of order (exit 69). */
export class TokenEndpointError extends BridgeError {
  override readonly name = 'TokenEndpointError';
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'token-endpoint', retryable: true, exitCode: ExitCode.unavailable, cause });
  }
}

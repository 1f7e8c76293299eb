/**
 * RFC 6455, 7.4.1. Never 1012 or 1013: Tomcat's client (and Spring's on it) and Undertow's turn those into protocol errors, 1002; the clients of
 * the JDK, Tyrus, Jetty, OkHttp and Java-WebSocket hand them over (measured). Which one NetBackup has is not known.
 * `abnormal` is never sent: it stands for a connection that ended without a close frame.
 */
export const CloseCode = { goingAway: 1001, abnormal: 1006, notConsistent: 1007, policy: 1008 } as const;

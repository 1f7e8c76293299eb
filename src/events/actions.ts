/** What can happen, by the `event.action` of its line: stable names, from which docs/logs.md is made. */
export const actions = {
  'bridge-starting': 'The process has read its configuration, whose hash the line has.',
  'limits-doubtful':
    'Limits that do not go together: the bridge works, and the line says what may come of it.',
  'start-waiting': 'A step of the start failed, and is tried again: Kafka or the registry may come later.',
  'bridge-ready': 'The listener is bound, and everything that it needs is there.',
  'drain-started': 'A signal asked for the stop: unready, still accepting for the delay.',
  'drain-listener-closed': 'No new connection and no new message is taken; what is in flight is finished.',
  'drain-deadline-passed': 'What is still in flight is given up unanswered: NetBackup sends it again.',
  'drain-connections-closed': 'Every connection is closed.',
  'bridge-stopped': 'The last line of an orderly stop.',
  'stop-failed': 'A part did not stop cleanly.',
  'stop-forced': 'A second signal: the process exits at once.',
  bug: 'An error that nobody caught: the process exits with 70.',

  'connection-opened': 'A WebSocket connection, not authenticated yet.',
  'session-opened': 'A primary authenticated.',
  'session-closed': "The end of a primary's session.",
  'session-refused': 'A CONNECT, or what came in its place, was refused.',
  'probe-session-opened': 'The probe authenticated with its own token.',
  'sessions-closed': 'An operator asked for a fail-back: the sessions of a primary are closed with 1001.',
  'session-gave-way':
    'A primary is at `limits.maxSessionsPerPrimary`: its oldest session is closed with 1008, a newer one takes the place.',
  'several-sessions': 'A primary has more than one session.',
  'handshake-failed': 'TLS or HTTP failed, or a connection could not be accepted.',
  'health-checked':
    'A connection ended without a request, as the health checks of balancers do (at `log.level` debug).',
  'client-certificate-refused': "The client's certificate is missing or not valid.",
  'origin-refused': 'The Origin header is not on the list.',
  'proxy-header-refused': 'A connection does not begin with the header that a balancer sends.',
  'limit-reached': 'A peer went beyond a limit.',
  'back-pressure-started': 'The bridge stopped reading a session: enough of it is in flight.',
  'back-pressure-ended': 'The bridge reads the session again.',

  'message-ignored': 'A COMMAND or a RESPONSE, which the bridge has no use for.',
  'message-delivered': 'Kafka committed all of a message.',
  'message-not-delivered': 'A delivery failed: the message is not answered, and NetBackup sends it again.',
  'message-id-reused': 'An id came again with another payload: both are delivered.',
  'resend-coalesced': 'A resend was answered without a second delivery.',
  'resend-passed-over': 'A resend was not answered: enough of them wait for the same delivery.',
  'dead-letters-committed': 'Entries that can never be written are in the dead letters.',

  'batch-retried': 'A batch was not confirmed, and is sent again.',
  'batch-refused': 'The broker refuses a batch for a record in it.',
  'request-cut':
    'The connection ends on a request again and again: it is larger than the brokers, or a service before them, take.',
  'produce-throttled': 'A broker asked to send nothing for a while: a quota of the cluster.',
  'possible-duplicates':
    'A batch that may be written already is sent under a new producer id, or after the broker forgot the old one.',
  'producer-id-renewed':
    'A partition goes on with a new producer id, because a number of the old one may have been taken.',
  'kafka-unavailable': 'Kafka stopped answering, or refuses for another reason than before.',
  'kafka-available': 'Kafka answers again.',

  'schema-in-use': 'Records are written with this version from now on.',
  'schema-refused':
    "The registry's version can't be written with as it is: the one before stays, or is chosen at the start.",
  'schema-defaults-dropped':
    'No version of a subject can be written with as it is: the defaults that can not be written are left out.',
  'schema-lookup-failed': 'The registry could not be asked: the version in use stays.',

  'tokens-reloaded': 'The token files changed.',
  'certificate-reloaded': 'The certificate files changed.',
  'spans-lost': 'Spans of traces did not reach the collector: they are lost, and nothing else is.',
  'certificate-expired': 'The certificate that was read at the start has expired.',
  'certificate-not-yet-valid': 'The certificate that was read at the start is not valid yet.',
  'reload-failed':
    'Changed files can not be used: what they held before stays in use. Every other token file is taken over.',
  'directory-unwatched': 'Changes of a directory are found by the poll alone.',
} as const;

export type Action = keyof typeof actions;

/** The fields of a line. */
export type EventFields = Readonly<Record<string, unknown>> & { readonly action: Action };

import { type EventEmitter, once } from 'node:events';
import type { Logger } from 'pino';
import { createHealth, type Health } from './admin/health.ts';
import { startAdmin } from './admin/server.ts';
import { configHash } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { createRegistry } from './encode/registry.ts';
import { createSchemas } from './encode/schemas.ts';
import { listenError, reasonOf } from './errors.ts';
import { createEvents, type Events } from './events.ts';
import { tellDoubtfulLimits, tellingLimits } from './doubtful-limits.ts';
import { drain } from './drain.ts';
import { createFailBack } from './fail-back.ts';
import { createExposition, type Exposition } from './exposition.ts';
import { type Files, readFiles } from './files.ts';
import { createAppender } from './kafka/append.ts';
import { connectCluster } from './kafka/cluster.ts';
import { createTopicView } from './kafka/topic-view.ts';
import { watchTopics } from './kafka/watch.ts';
import { watchWriteAccess } from './kafka/write-access.ts';
import { createMetrics, type Metrics, presetMetrics } from './metrics.ts';
import { createInFlight, type InFlight } from './pipeline/in-flight.ts';
import { createPipeline } from './pipeline/pipeline.ts';
import { createResends } from './pipeline/resends.ts';
import { createProducer, maxValueBytes } from './produce/producer.ts';
import { startReload } from './reload/reload.ts';
import { networkOf } from './session/peer.ts';
import { listen, type Listener } from './session/server.ts';
import { timeFaultOf } from './session/tls.ts';
import { recordTopics } from './record-topics.ts';
import { addListenerChecks } from './readiness.ts';
import { schemaChoices } from './schema-choices.ts';
import { split } from './split/split.ts';
import { createStatus, type StatusBoard } from './status.ts';
import { createSteps } from './steps.ts';
import { startTracing } from './tracing/tracing.ts';

export interface ServiceOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly version: string;
  /** Aborts: drain and stop. */
  readonly stop: AbortSignal;
  /** `reload`: read tokens and certificate again now. Before the bridge is ready that is passed over, since it reads them then anyway. */
  readonly commands: EventEmitter<{ reload: [] }>;
  /** Called once the bridge is ready, with the ports that it bound. */
  readonly onReady?: (ports: { readonly listen: number; readonly admin: number }) => void;
}

/**
 * Runs the bridge until `stop` aborts. The parts are declared in the order in which they start, and end in the reverse of it.
 * @returns whether everything in flight was delivered and answered before the drain deadline
 * @throws ConfigError for files that can't be used, BridgeError `listen` for an address that can't be bound
 */
export async function runService(options: ServiceOptions): Promise<boolean> {
  const { config, log, version, stop } = options;
  const files = readFiles(config);
  const { primaries } = files.credentials;
  const metrics = createMetrics();
  const inFlight = createInFlight(config.limits.inFlight, () => files.credentials.primaries.length);
  const health = createHealth();
  const bound: { listener: Listener | null } = { listener: null };
  const openConnections = () => bound.listener?.connections ?? 0;
  const identity = { version, configHash: configHash(config) };
  const status = createStatus({
    ...identity,
    config,
    files,
    health,
    inFlight,
    openConnections,
    now: Date.now,
  });
  const parts: Parts = {
    files,
    metrics,
    events: status.listening(createEvents(log, metrics, Date.now)),
    health,
    status,
    inFlight,
    exposition: createExposition({
      metrics,
      inFlight,
      primaries: () => files.credentials.primaries,
      openConnections,
    }),
    bound,
    drained: true,
  };
  log.info(
    { action: 'bridge-starting', 'event.kind': 'audit', configHash: identity.configHash, primaries },
    'starting',
  );
  metrics.buildInfo.set({ version, node: process.version }, 1);
  metrics.maxConnections.set(config.limits.maxConnections);
  metrics.certificateNotAfter.set(files.certificate.notAfter / 1000);
  presetMetrics(metrics, primaries, recordTopics(config.kafka.topics));
  const { subject } = files.certificate;
  const fault = timeFaultOf(files.certificate, config.listen.tls.certFile, Date.now());
  // It starts all the same: a right one is taken over without a restart.
  if (fault !== null) log.error({ action: fault.code, subject }, fault.text);
  tellDoubtfulLimits(parts.events, config, files);

  const running = new AsyncDisposableStack();
  try {
    await start(running, parts, options);
    if (!stop.aborted) await once(stop, 'abort');
  } catch (error) {
    // Stopped while it waited for Kafka or the registry: there was nothing to drain.
    if (!stop.aborted) throw error;
  } finally {
    await running.disposeAsync().catch((error: unknown) => {
      log.error({ action: 'stop-failed', reason: reasonOf(error) }, 'a part did not stop cleanly');
    });
  }
  log.info({ action: 'bridge-stopped', 'event.kind': 'audit', drained: parts.drained }, 'stopped');
  return parts.drained;
}

interface Parts {
  readonly files: Files;
  readonly metrics: Metrics;
  readonly events: Events;
  readonly health: Health;
  readonly status: StatusBoard;
  readonly inFlight: InFlight;
  readonly exposition: Exposition;
  /** The listener, from the moment when it is bound. */
  readonly bound: { listener: Listener | null };
  drained: boolean;
}

async function start(running: AsyncDisposableStack, parts: Parts, options: ServiceOptions): Promise<void> {
  const { config, log, version, stop, commands, onReady } = options;
  const { files, metrics, events, health, status, inFlight } = parts;
  const { topics } = config.kafka;
  const { host, port } = config.admin;

  const admin = await startAdmin({
    ...config.admin,
    health,
    metrics: parts.exposition,
    status: status.read,
    closeSessions: createFailBack(files, () => parts.bound.listener, events),
    networkOf,
  }).catch((error: unknown) => {
    throw listenError('admin', host, port, error);
  });
  running.use(admin);
  const tracing = running.use(await startTracing({ ...config.tracing, version, events }));

  const step = createSteps(['schemas', 'kafka', 'topics', 'producer', 'listener'], {
    health,
    stop,
    onWaiting: events.waiting,
  });
  const schemas = running.use(
    await step('schemas', () =>
      createSchemas({
        registry: status.following(createRegistry(config.registry)),
        choices: schemaChoices(config),
        topics,
        cloudEvents: config.records.cloudEvents,
        traceHeaders: tracing.headers,
        onOddTime: events.oddTime,
        onDefaultDropped: events.defaultDropped,
        refreshIntervalMs: config.schemas.refreshIntervalMs,
        events,
      }),
    ),
  );
  commands.on('reload', () => void schemas.refresh());

  const cluster = running.use(await step('kafka', () => connectCluster(config.kafka, log)));
  const view = createTopicView(cluster, recordTopics(topics));
  const watch = running.use(
    await step('topics', () =>
      watchTopics({
        cluster,
        view,
        intervalMs: config.kafka.livenessIntervalMs,
        maxMessageBytes: config.kafka.maxMessageBytes,
        maxRequestBytes: config.kafka.maxRequestBytes,
        onChange: events.kafkaChanged,
      }),
    ),
  );
  status.watch = watch;
  metrics.kafkaUp.set(1);
  health.set('kafka', () => watch.down);

  const access = watchWriteAccess(createAppender(cluster, view, { ...config.kafka, events }, log));
  await step('producer', () => access.connect());
  health.set('writes', () => access.refused);
  const producer = running.use(
    createProducer({
      ...config.kafka,
      append: tracing.append(access.append),
      shapeOf: watch.shapeOf,
      events,
    }),
  );
  const deliver = createPipeline({
    split: tracing.split(split),
    encoder: schemas.encoder,
    produce: producer.produce,
    maxDeadLetterBytes: (keyBytes) => maxValueBytes(watch.shapeOf(topics.deadLetters), keyBytes),
    inFlight,
    resends: createResends({ ...config.limits.answered, ...config.limits.inFlight }, Date.now),
    events,
  });

  const listener = await listen({
    ...config.listen,
    certificate: files.certificate,
    credentials: () => files.credentials,
    deliver: tracing.deliver(deliver),
    relief: inFlight.relief,
    room: inFlight.room,
    responsePayload: config.session.responsePayload,
    limits: listenerLimits(config),
    events,
    now: Date.now,
  });
  parts.bound.listener = listener;
  running.defer(async () => {
    parts.drained = await drain(config.drain, { ...parts, listener, producer, log });
  });
  const reloadEvents = tellingLimits(events, config, files);
  running.use(startReload({ config, files, listener, events: reloadEvents, commands }));
  addListenerChecks(health, { config, files, inFlight, listener });
  const ports = { listen: listener.port, admin: admin.port };
  log.info({ action: 'bridge-ready', ...ports, path: config.listen.path }, 'ready');
  onReady?.(ports);
}

function listenerLimits({ limits, session }: Config) {
  const { unauthenticated } = limits;
  return { ...limits, ...session, maxUnauthenticatedBytes: unauthenticated.maxBytes, gate: unauthenticated };
}

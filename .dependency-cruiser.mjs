/**
 * The arrows of the architecture (docs/architecture.md). A stage imports the type it is fed, and never the stage that it feeds;
 * the composition root hands each its successor as a function.
 */
const stage = (name, from, allowed, instead) => ({
  name,
  comment: instead,
  severity: 'error',
  from: { path: from },
  to: {
    path: '^src/',
    pathNot: [...allowed, '^src/(address|errors|pem|pieces|printable|verdict)\\.ts$', from],
  },
});

const only = (name, pkg, folders, instead) => ({
  name,
  comment: instead,
  severity: 'error',
  from: { path: '^src/', pathNot: folders },
  to: { path: `node_modules/(?:${pkg})/` },
});

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two modules that import each other are one: merge them, or move what both need below them.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    stage(
      'protocol-knows-nobody',
      '^src/protocol/',
      [],
      'The codec is the edge: give it what it needs as an argument.',
    ),
    stage(
      'split-is-fed-by-protocol',
      '^src/split/',
      ['^src/protocol/'],
      'split is pure: take a message, return entries.',
    ),
    stage(
      'encode-is-fed-by-split',
      '^src/encode/',
      ['^src/split/', '^src/protocol/', '^src/outbound/'],
      "The encoder turns entries into records; producing is the pipeline's call.",
    ),
    stage(
      'produce-is-fed-by-encode',
      '^src/produce/',
      ['^src/encode/record\\.ts$'],
      'Lanes know records and an Append; the Kafka client is behind that port.',
    ),
    stage(
      'kafka-fills-ports',
      '^src/kafka/',
      ['^src/produce/', '^src/encode/record\\.ts$', '^src/outbound/', '^src/verdict\\.ts$'],
      'The client fills the ports of src/produce; it knows nothing of sessions or messages.',
    ),
    stage(
      'session-is-fed-by-protocol',
      '^src/session/',
      ['^src/protocol/'],
      'A session answers when the function that it was given resolves; it never sees Kafka.',
    ),
    stage(
      'pipeline-joins-the-stages',
      '^src/pipeline/',
      ['^src/(protocol|split|encode|produce)/'],
      'The pipeline takes produce() as a function; it knows neither sockets nor the Kafka client.',
    ),
    stage(
      'replay-goes-through-the-stages',
      '^src/replay/',
      ['^src/(protocol|split|encode|produce|pipeline)/'],
      'replay takes produce() and deliver() as functions; src/replay-run.ts reads Kafka for it.',
    ),
    stage(
      'admin-shows-what-it-is-given',
      '^src/admin/',
      [],
      'The admin server is given health and metrics as functions by the composition root.',
    ),
    stage(
      'simulator-is-a-stranger',
      '^src/simulator/',
      ['^src/outbound/connect\\.ts$'],
      'The simulator is the peer: sharing our codec would hide our faults.',
    ),
    stage(
      'outbound-serves-those-that-connect',
      '^src/outbound/',
      [],
      'TLS, secrets and HTTP towards others; it knows neither Kafka nor the registry.',
    ),
    stage(
      'tracing-goes-around-the-stages',
      '^src/tracing/',
      ['^src/(protocol|split|encode|produce|pipeline)/'],
      'Tracing puts spans around functions that the composition root hands on; no stage knows of it.',
    ),
    stage(
      'configuration-knows-nobody',
      '^src/config/',
      [],
      'Settings are data; the parts are told theirs by src/service.ts.',
    ),
    only(
      'ws-behind-two-doors',
      'ws',
      ['^src/session/', '^src/simulator/'],
      'Use the session server or the simulator.',
    ),
    only(
      'kafkajs-behind-one-door',
      'kafkajs',
      ['^src/kafka/'],
      'Fill a port of src/produce in src/kafka instead.',
    ),
    only(
      'opentelemetry-behind-one-door',
      '@opentelemetry/[^/]+',
      ['^src/tracing/'],
      'Put the span around the function in src/tracing; only that folder is loaded where tracing is on.',
    ),
    only(
      'aws-behind-one-door',
      'aws-msk-iam-sasl-signer-js|@aws-[^/]+|@smithy',
      ['^src/kafka/msk-token\\.ts$'],
      'Only src/kafka/msk-token.ts loads the signer, and only where aws-msk-iam is on.',
    ),
    only(
      'avro-behind-one-door',
      'avsc|@kafkajs/confluent-schema-registry',
      ['^src/encode/'],
      'Encode and decode in src/encode, and hand on bytes or plain values.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
};

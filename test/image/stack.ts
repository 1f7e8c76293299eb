/** Kafka and a schema registry as containers, on a network that the bridge's containers join. */
import { KafkaContainer } from '@testcontainers/kafka';
import { GenericContainer, Network, Wait } from 'testcontainers';
import { CONFLUENT_API } from '../../tools/dev-stack/registry.ts';
import { IMAGE } from '../../tools/image/names.ts';

export interface ImageStack extends AsyncDisposable {
  /** The network's name. */
  readonly network: string;
  /** For those on the network. */
  readonly inside: StackAddresses;
  /** For the tests. */
  readonly outside: StackAddresses;
  readonly kafkaId: string;
}

export interface StackAddresses {
  readonly bootstrapServers: string[];
  readonly registryUrl: string;
}

/** What KafkaContainer has its brokers' own listener and that of clients on. */
const KAFKA_PORT = { inside: 9092, outside: 9093 };
const REGISTRY_PORT = 8080;
/** In ms; 4 s and 6 s on an idle machine. */
const START_BOUND = 120_000;

/** Starts both; disposal removes them and their network. */
export async function startImageStack(): Promise<ImageStack> {
  await using starting = new AsyncDisposableStack();
  const network = starting.use(await new Network().start());
  const [kafka, registry] = await Promise.all([
    new KafkaContainer(process.env['NBWSS_KAFKA_IMAGE'] ?? IMAGE.kafka)
      .withKraft()
      .withNetwork(network)
      .withNetworkAliases('kafka')
      .withEnvironment({ KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false' })
      // The default, an open port, is satisfied by the engine's proxy before the broker listens.
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
      .withStartupTimeout(START_BOUND)
      .start(),
    new GenericContainer(process.env['NBWSS_REGISTRY_IMAGE'] ?? IMAGE.registry)
      .withNetwork(network)
      .withNetworkAliases('registry')
      .withExposedPorts(REGISTRY_PORT)
      .withEnvironment({ QUARKUS_HTTP_HOST: '0.0.0.0', APICURIO_RULES_GLOBAL_COMPATIBILITY: 'BACKWARD' })
      .withWaitStrategy(Wait.forHttp(`${CONFLUENT_API}/subjects`, REGISTRY_PORT))
      .withStartupTimeout(START_BOUND)
      .start(),
  ]);
  starting.use(kafka);
  starting.use(registry);
  const running = starting.move();
  return {
    network: network.getName(),
    inside: {
      bootstrapServers: [`kafka:${KAFKA_PORT.inside}`],
      registryUrl: `http://registry:${REGISTRY_PORT}${CONFLUENT_API}`,
    },
    outside: {
      bootstrapServers: [`${kafka.getHost()}:${kafka.getMappedPort(KAFKA_PORT.outside)}`],
      registryUrl: `http://${registry.getHost()}:${registry.getMappedPort(REGISTRY_PORT)}${CONFLUENT_API}`,
    },
    kafkaId: kafka.getId(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

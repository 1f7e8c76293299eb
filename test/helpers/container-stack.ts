/**
 * The test stack in containers. NBWSS_KAFKA_IMAGE and NBWSS_REGISTRY_IMAGE replace the images; a Kafka image has to carry
 * the start script and a version tag of Confluent's, because KafkaContainer judges it by the tag.
 */
import { KafkaContainer } from '@testcontainers/kafka';
import { GenericContainer, ImageName, Wait, getContainerRuntimeClient } from 'testcontainers';
import { CONFLUENT_API } from '../../tools/dev-stack/registry.ts';
import type { TestStack } from './stack.ts';

const KAFKA_IMAGE = 'confluentinc/cp-kafka:8.1.0';
const REGISTRY_IMAGE = 'apicurio/apicurio-registry:3.3.3';

/** The client listener that KafkaContainer advertises under its mapped port. */
const KAFKA_PORT = 9093;
const REGISTRY_PORT = 8080;

/** Starting an image that is already here. In ms. */
const START_BOUND = 120_000;

/** Starts both containers; disposal stops and removes them. */
export async function startContainerStack(): Promise<TestStack> {
  await using starting = new AsyncDisposableStack();
  const kafka = starting.use(await startKafka(process.env['NBWSS_KAFKA_IMAGE'] ?? KAFKA_IMAGE));
  const registry = starting.use(await startRegistry(process.env['NBWSS_REGISTRY_IMAGE'] ?? REGISTRY_IMAGE));
  const running = starting.move();
  return {
    bootstrapServers: [`${kafka.getHost()}:${kafka.getMappedPort(KAFKA_PORT)}`],
    registryUrl: `http://${registry.getHost()}:${registry.getMappedPort(REGISTRY_PORT)}${CONFLUENT_API}`,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function startKafka(image: string) {
  const ports = await exposedPorts(image);
  return (
    new KafkaContainer(image)
      .withKraft()
      .withExposedPorts(...ports.filter((port) => port !== KAFKA_PORT))
      .withEnvironment({ KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false' })
      // The default, an open port, is satisfied by the engine's proxy before the broker listens.
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
      .withStartupTimeout(START_BOUND)
      .start()
  );
}

async function startRegistry(image: string) {
  const ports = await exposedPorts(image);
  return new GenericContainer(image)
    .withExposedPorts(REGISTRY_PORT, ...ports.filter((port) => port !== REGISTRY_PORT))
    .withEnvironment({ QUARKUS_HTTP_HOST: '0.0.0.0', APICURIO_RULES_GLOBAL_COMPATIBILITY: 'BACKWARD' })
    .withWaitStrategy(Wait.forHttp(`${CONFLUENT_API}/subjects`, REGISTRY_PORT))
    .withStartupTimeout(START_BOUND)
    .start();
}

/** The ports that the image EXPOSEs: with podman a start waits in vain for each of them that isn't mapped. */
async function exposedPorts(image: string): Promise<number[]> {
  const { image: images } = await getContainerRuntimeClient();
  const name = ImageName.fromString(image);
  await images.pull(name);
  const { Config } = await images.inspect(name);
  return Object.keys(Config.ExposedPorts ?? {}).map((port) => Number.parseInt(port, 10));
}

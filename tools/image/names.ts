/** What the images are called here; none of them leaves the machine. */
export const IMAGE = {
  bridge: 'localhost/nbwss-bridge:test',
  // Stages of the Dockerfile: kept, so that their layers are used again.
  bridgeDependencies: 'localhost/nbwss-bridge-dependencies:test',
  bridgeBuild: 'localhost/nbwss-bridge-build:test',
  runBase: 'localhost/nbwss-stand-in-run:24',
  buildBase: 'localhost/nbwss-stand-in-build:24',
  java: 'localhost/nbwss-stand-in-java:25',
  // A version of Confluent's, because KafkaContainer judges an image by its tag.
  kafka: 'localhost/nbwss-stand-in-kafka:8.1.0',
  registry: 'localhost/nbwss-stand-in-registry:3',
} as const;

/** A line that only the base of the build carries: where it turns up in the bridge's image, the machine's CAs have. */
export const MACHINE_MARK = '# what this machine trusts: 6f0c7a52-4f44-4d0e-a4d5-0c8f3b0a5d11';

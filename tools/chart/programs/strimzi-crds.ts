/** The CRDs of Strimzi: no registry has them as files, but its API with their annotations and the generator that makes them of it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, fetchJava, fetchPart, type OnProgress, versionIn } from '../../dev-stack/fetch.ts';

export const STRIMZI_POM = join(import.meta.dirname, '../strimzi/pom.xml');

/** What the chart makes, by the names of the files. */
export const STRIMZI_KINDS = {
  kafkatopics: 'io.strimzi.api.kafka.model.topic.KafkaTopic',
  kafkausers: 'io.strimzi.api.kafka.model.user.KafkaUser',
};

/** Files in YAML. */
export interface StrimziCrds {
  /** With kafka.strimzi.io/v1, which an API server gets. */
  readonly current: readonly string[];
  /** The same CRDs with kafka.strimzi.io/v1beta2. */
  readonly v1beta2: readonly string[];
}

/** Makes them once, in the cache of the development stack. @throws BridgeError (exit 69) for missing prerequisites or a failed download */
export async function fetchStrimziCrds(onProgress: OnProgress = () => {}): Promise<StrimziCrds> {
  const folder = join(cacheFolder(), `strimzi-crds-${await versionIn(STRIMZI_POM, 'strimzi.version')}`);
  if (!existsSync(folder)) {
    const java = await fetchJava({ fetchesJars: true }, onProgress);
    const command = (into: string) =>
      [process.execPath, join(import.meta.dirname, 'unpack-strimzi-crds.ts'), into, java] as const;
    await fetchPart(
      { folder, source: "Strimzi's CRDs from Maven Central (40 MB, once)", command },
      onProgress,
    );
  }
  const files = (version: string) =>
    Object.keys(STRIMZI_KINDS).map((name) => join(folder, version, `${name}.yaml`));
  return { current: files('v1'), v1beta2: files('v1beta2') };
}

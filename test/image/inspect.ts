/** What the engine says that the image is. */
import { getContainerRuntimeClient } from 'testcontainers';
import { IMAGE } from '../../tools/image/names.ts';

/** In nanoseconds, as Docker's API has them. */
export interface HealthCheck {
  readonly Test: readonly string[];
  readonly Interval: number;
  readonly Timeout: number;
}

export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly StopSignal: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly ExposedPorts: Readonly<Record<string, object>>;
  readonly Healthcheck: HealthCheck;
}

/** As a container of it has it: podman's own Docker API leaves the health check out of an image's. */
export async function imageConfig(): Promise<ImageConfig> {
  const { container: engine } = await getContainerRuntimeClient();
  const container = await engine.dockerode.createContainer({ Image: IMAGE.bridge });
  try {
    const { Config } = await container.inspect();
    return Config as unknown as ImageConfig;
  } finally {
    await container.remove({ force: true });
  }
}

/** The commands by which each layer was made. */
export async function imageHistory(): Promise<readonly string[]> {
  const { container } = await getContainerRuntimeClient();
  const steps = (await container.dockerode.getImage(IMAGE.bridge).history()) as {
    readonly CreatedBy: string;
  }[];
  return steps.map(({ CreatedBy }) => CreatedBy);
}

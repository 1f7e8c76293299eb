import type { CollectorOptions } from './collector.ts';
import type { Spans } from './spans.ts';

/** Disposal hands on what was not exported yet, within a bound. */
export type Tracing = Spans & AsyncDisposable;

export interface TracingOptions extends Omit<CollectorOptions, 'endpoint'> {
  /** Undefined: no spans, and nothing of OpenTelemetry is loaded. */
  readonly endpoint?: string | undefined;
}

export async function startTracing({ endpoint, ...options }: TracingOptions): Promise<Tracing> {
  if (endpoint === undefined) return off;
  const [{ connectCollector }, { createSpans }] = await Promise.all([
    import('./collector.ts'),
    import('./spans.ts'),
  ]);
  const collector = connectCollector({ endpoint, ...options });
  return {
    ...createSpans(collector.tracer),
    [Symbol.asyncDispose]: () => collector[Symbol.asyncDispose](),
  };
}

const off: Tracing = {
  deliver: (deliver) => deliver,
  split: (split) => split,
  append: (append) => append,
  headers: () => undefined,
  async [Symbol.asyncDispose]() {},
};

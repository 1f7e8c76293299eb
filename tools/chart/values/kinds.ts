/** The kinds of value that the chart takes. A type says what is possible; comments in values.yaml say what for. */
import { z } from 'zod';

/** A closed mapping of which any key may be left out: values.yaml has the rest. */
export function group<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape).partial();
}

/** Something of Kubernetes' own that is handed on as it is; the API server checks it. These, and no other, are open. */
export const handedOn = () => z.looseObject({}).meta({ $comment: 'handed on to Kubernetes' });

export const flag = () => z.boolean();

export const text = () => z.string();

export const word = () => z.string().min(1);

export const oneOf = <const Choices extends readonly [string, ...string[]]>(choices: Choices) =>
  z.enum(choices);

export const count = (min = 0, max = 2_147_483_647) => z.int().min(min).max(max);

export const port = () => count(1, 65_535);

/** The name of an object, or nothing. */
export const name = () => z.string().regex(/^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$/);

/** As a name within a pod, or a part of a name: no dots, so that a Service can be called by it. */
export const label = (max = 63) =>
  z
    .string()
    .max(max)
    .regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/);

/** A key of a Secret or ConfigMap. */
export const key = () => z.string().regex(/^[-._a-zA-Z0-9]{1,253}$/);

export const hostName = () =>
  z
    .string()
    .max(253)
    .regex(/^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);

/** As of Go: 90m, 2160h, 1h30m. */
export const duration = () => z.string().regex(/^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/);

/** As Prometheus has it: 30s, 1m; empty takes its own. */
export const interval = () => z.string().regex(/^([0-9]+(ms|s|m|h|d))*$/);

const quantity = z.union([
  z.number().min(0),
  z.string().regex(/^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/),
]);

/** Amounts of cpu, memory and the like, by their name. */
export const quantities = () => z.record(z.string(), quantity);

export const texts = () => z.record(z.string(), z.string());

/** A number of replicas, or a percentage of them. */
export const share = () => z.union([count(), z.string().regex(/^(100|[1-9]?[0-9])%$/)]);

export const fromSecret = () => group({ existingSecret: name(), key: key() });

export const fromSecretOrConfigMap = () =>
  group({ existingSecret: name(), existingConfigMap: name(), key: key() });

/** A certificate and its private key. */
export const pair = { existingSecret: name(), certificateKey: key(), privateKeyKey: key() };

/** All values of the chart but `config`, whose schema is the bridge's own. */
import { endpoint } from './endpoint.ts';
import { group, handedOn, name, texts } from './kinds.ts';
import { operation } from './operation.ts';
import { pods } from './pods.ts';

export const values = group({
  nameOverride: name(),
  fullnameOverride: name(),
  commonLabels: texts(),
  // Helm puts it into the values of a chart that is a part of another one.
  global: handedOn(),
  ...pods,
  ...endpoint,
  ...operation,
});

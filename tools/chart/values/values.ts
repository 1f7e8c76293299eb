/** All values of the chart but `config`, whose schema is the bridge's own. */
import { endpoint } from './endpoint.ts';
import { group, handedOn, label, texts } from './kinds.ts';
import { operation } from './operation.ts';
import { pods } from './pods.ts';

/** What is left of a Service's 63 characters with room for the suffixes: templates/_names.tpl cuts what is longer. */
const MAX_NAME = 47;

export const values = group({
  nameOverride: label(MAX_NAME),
  fullnameOverride: label(MAX_NAME),
  commonLabels: texts(),
  // Helm puts it into the values of a chart that is a part of another one.
  global: handedOn(),
  ...pods,
  ...endpoint,
  ...operation,
});

/** The Grafana dashboard, helm/nbwss-bridge/files/dashboard.json: its panels are tools/ops/panels.ts's. */
import type { Panel } from './panel.ts';
import { rows } from './panels.ts';

const datasource = { type: 'prometheus', uid: '${datasource}' };
const columns = 24;
const perLine = 3;
const panelHeight = 8;

/** The dashboard as Grafana imports it. */
export function renderDashboard(): string {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: inRow } of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y: y++, w: columns, h: 1 },
      panels: [],
    });
    for (const [index, panel] of inRow.entries()) {
      const w = columns / perLine;
      const gridPos = { x: (index % perLine) * w, y, w, h: panelHeight };
      panels.push(renderPanel(panel, panels.length + 1, gridPos));
      if (index % perLine === perLine - 1 || index === inRow.length - 1) y += panelHeight;
    }
  }
  return `${JSON.stringify({ ...head, templating: { list: variables }, panels }, null, 2)}\n`;
}

function renderPanel(panel: Panel, id: number, gridPos: object): object {
  const { title, description, type = 'timeseries', unit, targets } = panel;
  const isTable = type === 'table';
  return {
    id,
    title,
    description,
    type,
    datasource,
    gridPos,
    fieldConfig: {
      defaults: {
        unit,
        ...(unit === 'bool_yes_no' ? { min: 0, max: 1 } : {}),
        ...(panel.line === undefined ? {} : lineAt(panel.line)),
        custom: {
          ...(type === 'timeseries' ? { fillOpacity: 10, showPoints: 'never' } : {}),
          ...(panel.line === undefined ? {} : { thresholdsStyle: { mode: 'line' } }),
        },
      },
      overrides: [],
    },
    options: type === 'timeseries' ? { legend: { placement: 'bottom' }, tooltip: { mode: 'multi' } } : {},
    targets: targets.map(([expr, legendFormat], index) => ({
      refId: String.fromCodePoint(65 + index),
      datasource,
      expr,
      legendFormat,
      ...(isTable ? { format: 'table', instant: true } : { range: true }),
    })),
  };
}

/** From here on it is red. */
function lineAt(value: number): object {
  const steps = [
    { color: 'green', value: null },
    { color: 'red', value },
  ];
  return { thresholds: { mode: 'absolute', steps } };
}

/** Every one of them is all that there is unless one chooses; a Prometheus without Kubernetes has no namespace. */
const choice = (name: string, label: string, query: string) => ({
  name,
  label,
  type: 'query',
  datasource,
  query: { query, refId: name },
  definition: query,
  includeAll: true,
  allValue: '.*',
  multi: true,
  current: { selected: true, text: ['All'], value: ['$__all'] },
  refresh: 2,
  sort: 1,
});

const variables = [
  {
    name: 'datasource',
    label: 'Data source',
    type: 'datasource',
    query: 'prometheus',
    current: {},
    refresh: 1,
  },
  choice('namespace', 'Namespace', 'label_values(nbwss_build_info, namespace)'),
  choice('job', 'Job', 'label_values(nbwss_build_info{namespace=~"$namespace"}, job)'),
  choice(
    'instance',
    'Instance',
    'label_values(nbwss_build_info{namespace=~"$namespace", job=~"$job"}, instance)',
  ),
  choice(
    'primary',
    'Primary',
    'label_values(nbwss_primary_connected{namespace=~"$namespace", job=~"$job"}, primary)',
  ),
];

const head = {
  title: 'nbwss-bridge',
  uid: 'nbwss-bridge',
  description: "NetBackup's notifications on their way to Kafka. Made by tools/ops of the project.",
  tags: ['nbwss-bridge', 'netbackup', 'kafka'],
  schemaVersion: 39,
  version: 1,
  editable: true,
  graphTooltip: 1,
  refresh: '30s',
  time: { from: 'now-6h', to: 'now' },
  timezone: 'browser',
  annotations: {
    list: [
      {
        name: 'Starts',
        datasource,
        enable: true,
        iconColor: 'blue',
        expr: 'changes(process_start_time_seconds{namespace=~"$namespace", job=~"$job", instance=~"$instance"}[1m]) > 0',
        titleFormat: 'start of {{instance}}',
      },
    ],
  },
};

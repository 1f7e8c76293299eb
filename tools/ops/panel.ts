/** A panel of the dashboard, and a row of them. */
export interface Panel {
  readonly title: string;
  readonly description: string;
  /** Default: timeseries. */
  readonly type?: 'timeseries' | 'table' | 'state-timeline';
  /** Grafana's name of it. */
  readonly unit: string;
  /** From here on it is bad. */
  readonly line?: number;
  readonly targets: readonly (readonly [expr: string, legend: string])[];
}

export function panel(title: string, unit: string, description: string, ...targets: Panel['targets']): Panel {
  return { title, unit, description, targets };
}

export interface Row {
  /** The question that its panels answer. */
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Parts of the dashboard's queries: of what its variables choose. */
export const chosen = 'namespace=~"$namespace", job=~"$job", instance=~"$instance"';
export const one = (metric: string, more = '') => `nbwss_${metric}{${chosen}${more}}`;
export const ofPrimary = (metric: string, more = '') => one(metric, `, primary=~"$primary"${more}`);
export const rate = (series: string) => `rate(${series}[$__rate_interval])`;
export const increase = (series: string) => `increase(${series}[$__rate_interval])`;
export const sum = (by: string, series: string) => `sum by (${by}) (${series})`;
export const max = (by: string, series: string) => `max by (${by}) (${series})`;
export const quantile = (q: string, by: string, metric: string) =>
  `histogram_quantile(${q}, sum by (${by}) (${rate(one(`${metric}_bucket`))}))`;
/** Prometheus 3 writes the edge 2 as "2.0". */
export const slowerThan = (seconds: number) =>
  `1 - sum(${rate(one('answer_duration_seconds_bucket', `, le=~"${seconds}(?:[.]0)?"`))}) / sum(${rate(one('answer_duration_seconds_count'))})`;
export const ofProcess = (metric: string) =>
  `${metric}{${chosen}} and on (namespace, job, instance) ${one('build_info')}`;

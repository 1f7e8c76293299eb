/** The dashboard's row of what is wrong. */
import { panel, type Row } from './panel.ts';
import { one, ofPrimary, increase, sum } from './queries.ts';

export const troubleRow: Row = {
  title: 'What is wrong?',
  panels: [
    {
      ...panel('Alerts', 'short', 'Those of this bridge that fire now.', [
        'ALERTS{alertname=~"Nbwss.*", alertstate="firing"}',
        '{{alertname}}',
      ]),
      type: 'table',
    },
    panel('Dead letters', 'short', 'By reason.', [
      sum('reason', increase(one('dead_letters_total'))),
      '{{reason}}',
    ]),
    panel('Errors', 'short', 'By where they happened, and their code.', [
      sum('stage, code', increase(one('errors_total'))),
      '{{stage}} {{code}}',
    ]),
    panel('Given up unanswered', 'short', 'NetBackup sends them again.', [
      sum('primary', increase(ofPrimary('notifications_total', ', outcome="failed"'))),
      '{{primary}}',
    ]),
    panel(
      'Refused sessions and handshakes',
      'short',
      'Wrong tokens, and what did not get so far. Health checks of balancers are neither.',
      [sum('reason', increase(one('auth_attempts_total', ', result="failure"'))), 'session: {{reason}}'],
      [sum('reason', increase(one('handshakes_total', ', result="failure"'))), 'handshake: {{reason}}'],
      [sum('kind', increase(one('health_check_connections_total'))), 'health check: {{kind}}'],
    ),
    panel('Limits reached', 'short', 'payload: NetBackup loses the message.', [
      sum('limit', increase(one('limit_hits_total'))),
      '{{limit}}',
    ]),
    panel('Back-pressure', 'short', 'Sessions that are not read now.', [
      sum('primary', ofPrimary('backpressure_active')),
      '{{primary}}',
    ]),
    panel(
      'Odd messages',
      'short',
      'Taken, although the envelope is unusual, or the id was used before.',
      [sum('primary, what', increase(ofPrimary('oddities_total'))), '{{primary}} {{what}}'],
      [sum('primary', increase(ofPrimary('id_reused_total'))), '{{primary}} id used again'],
    ),
    panel(
      'Files and schemas that can not be used',
      'short',
      'What was read before stays in use.',
      [`min by (kind) (${one('reload_last_successful')})`, '{{kind}} (1: good)'],
      [sum('subject', increase(one('schema_versions_refused_total'))), '{{subject}} refused'],
      [sum('subject', increase(one('schema_defaults_dropped_total'))), '{{subject}} without a default'],
    ),
  ],
};

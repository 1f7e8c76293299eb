import type { TerminatorOptions } from '../../helpers/terminator.ts';
import type { Model } from './state.ts';
import type { Fate, Step } from './step.ts';

/** What stands behind a session: deliveries that end as the model says, and the limits of a primary. */
export interface Deliveries extends Required<Pick<TerminatorOptions, 'deliver' | 'relief'>> {
  /** To be asked before the model takes the step. @returns how to let it happen here, once the model has taken it */
  settledBy(step: Step): () => void;
}

/** Only primary1 is the model's; another's messages are delivered at once. */
export function createDeliveries(model: Model, fateOf: (fate: Fate) => Fate): Deliveries {
  const begun: PromiseWithResolvers<void>[] = [];
  let relief = Promise.withResolvers<void>();

  return {
    deliver({ primary }) {
      if (primary !== 'primary1') return Promise.resolve();
      const delivery = Promise.withResolvers<void>();
      const fate = fateOf(model.delivered[begun.push(delivery) - 1]?.fate ?? 'held');
      if (fate === 'throws') throw noBroker();
      if (fate === 'resolves') delivery.resolve();
      if (fate === 'rejects') delivery.reject(noBroker());
      return delivery.promise;
    },
    relief: (primary) => (model.full && primary === 'primary1' ? relief.promise : null),
    settledBy(step) {
      if (step.do === 'relieve') {
        return () => {
          relief.resolve();
          relief = Promise.withResolvers();
        };
      }
      const which =
        step.do === 'settle' ? step.which % model.held.length : step.do === 'stop' && step.settle ? 0 : -1;
      const delivery = begun[model.held[which]?.number ?? -1];
      const rejects = step.do === 'settle' && step.how === 'rejects';
      return () => (rejects ? delivery?.reject(noBroker()) : delivery?.resolve());
    },
  };
}

function noBroker(): Error {
  return new Error('no broker');
}

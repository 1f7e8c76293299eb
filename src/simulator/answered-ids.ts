/** Which ids were answered, to tell a surplus answer from one to an unknown id. */
export interface AnsweredIds {
  /** `owed`: the answers that are still to come, one for each resend. */
  add(id: string, owed: number): void;
  /** Takes one more answer: `duplicate` where it was owed. */
  again(id: string): 'duplicate' | 'surplus' | 'unknown';
  /** The connection is lost, and with it whatever was owed. */
  forgive(): void;
}

/** At least so many are remembered, at most twice as many. */
const generationSize = 50_000;

/** Bounded by generations: forgetting one by one from the front of a Map gets slow where it is big. */
export function createAnsweredIds(): AnsweredIds {
  let recent = new Map<string, number>();
  let older = new Map<string, number>();
  return {
    add(id, owed) {
      if (recent.size >= generationSize) {
        older = recent;
        recent = new Map();
      }
      recent.set(id, owed);
    },
    again(id) {
      const generation = recent.has(id) ? recent : older;
      const owed = generation.get(id);
      if (owed === undefined) return 'unknown';
      if (owed === 0) return 'surplus';
      generation.set(id, owed - 1);
      return 'duplicate';
    },
    forgive() {
      for (const generation of [recent, older]) {
        for (const id of generation.keys()) generation.set(id, 0);
      }
    },
  };
}

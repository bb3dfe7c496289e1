/** An answer that is none, as https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status has it. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: object;
  constructor(status: number, reason: string, message: string, details: object = {}) {
    super(message);
    this.status = status;
    this.body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message, details };
  }
}

/** Fields of other managers are in the way. */
export function conflicted(conflicts: readonly { manager: string; field: string }[]): Refusal {
  const causes = conflicts.map(({ manager, field }) => ({
    ...{ reason: 'FieldManagerConflict', message: `conflict with "${manager}" using v1`, field },
  }));
  return new Refusal(409, 'Conflict', `Apply failed with ${causes.length} conflicts`, { causes });
}

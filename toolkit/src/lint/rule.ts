import type { LintContext } from './context.ts';
import type { FileKind } from './file-kinds.ts';
import type { LintFile } from './lint-file.ts';
import type { Problem, Severity } from './finding.ts';
import type { ProfileView } from './profile-view.ts';

/** One check. Its page with examples is docs/lint/<id>.md. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  readonly kinds: readonly FileKind[];
  /** Why a finding matters, one sentence. */
  readonly why: string;
  readonly check: (file: LintFile, context: LintContext) => readonly Problem[];
}

/** What a rule about profiles is made of. */
export interface ProfileRuleParts {
  readonly id: string;
  readonly severity: Severity;
  readonly why: string;
  readonly check: (profile: ProfileView, file: LintFile, context: LintContext) => readonly Problem[];
}

/** A rule for profiles that could be read as a mapping. */
export function profileRule({ id, severity, why, check }: ProfileRuleParts): Rule {
  return {
    id,
    severity,
    why,
    kinds: ['profile'],
    check: (file, context) => (file.profile === undefined ? [] : check(file.profile, file, context)),
  };
}

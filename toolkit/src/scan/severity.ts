/** Severities from mild to grave, as the scanner names them; `unknown` is one that nobody has judged yet. */
export const SEVERITIES = ['unknown', 'negligible', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Severities that can stop a release; `never`: none does. */
export const THRESHOLDS = ['negligible', 'low', 'medium', 'high', 'critical', 'never'] as const;
export type Threshold = (typeof THRESHOLDS)[number];

/** True when a severity is as grave as the threshold or graver. */
export function reaches(severity: Severity, threshold: Threshold): boolean {
  return threshold !== 'never' && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(threshold);
}

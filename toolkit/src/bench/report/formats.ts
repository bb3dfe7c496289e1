/** What a result can be written as; a module of its own because command lines need the names and nothing else. */
export const REPORT_FORMATS = ['json', 'vllm', 'csv', 'markdown', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

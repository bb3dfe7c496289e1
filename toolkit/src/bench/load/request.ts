/** What a request asks a model to continue. */
export type Prompt =
  | { readonly kind: 'tokens'; readonly tokens: Uint32Array }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'messages'; readonly messages: readonly ChatMessage[] };

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** One user's turn of a conversation. */
export interface PlannedTurn {
  readonly prompt: Prompt;
  /** As far as known before the server counts. */
  readonly inputTokens?: number;
  /** Exactly this many are asked for; absent: the model stops when it likes. */
  readonly outputTokens?: number;
}

/** What one arrival sends: a single request, or a conversation whose turns follow each other's answers. */
export interface PlannedRequest {
  readonly turns: readonly PlannedTurn[];
}

/** Requests of a dataset, each computed from the seed and its number, so that any of them can be asked for. */
export interface RequestSource {
  /** Arrivals a file holds; undefined for endless datasets. */
  readonly count?: number;
  /** Due times recorded in a trace, milliseconds, by arrival; ascending. */
  readonly timestampsMs?: readonly number[];
  /** Requests that each arrival makes. */
  readonly turnsPerRequest: number;
  request(number: number): PlannedRequest;
}

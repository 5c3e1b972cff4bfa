/** The port through which a workflow asks for consent. */

export interface Prompt {
  /** Somebody can answer: stdin and stderr are terminals. */
  readonly available: boolean;
  /** Asks a yes/no question, default no, where somebody can answer. Rejects with the signal's reason when interrupted. */
  confirm(question: string, options: { readonly signal: AbortSignal }): Promise<boolean>;
}

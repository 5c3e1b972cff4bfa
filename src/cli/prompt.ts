/** The port through which a workflow asks for consent. */

export interface Prompt {
  /**
   * Asks a yes/no question, default no. `undefined` where nobody can answer (stdin or stderr is not a terminal).
   * Rejects with the signal's reason when interrupted.
   */
  confirm(question: string, options: { readonly signal: AbortSignal }): Promise<boolean | undefined>;
}

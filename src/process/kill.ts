/** Ends a program together with the programs it started. */

export interface Killable {
  readonly pid?: number | undefined;
  kill(signalName: NodeJS.Signals): boolean;
}

/**
 * Sends a signal to a program: to its whole process group when it leads one, else to it alone.
 * Programs that are gone already are no error.
 */
export function killTree(program: Killable, leadsGroup: boolean, signalName: NodeJS.Signals): void {
  if (!leadsGroup || program.pid === undefined) {
    program.kill(signalName);
    return;
  }
  try {
    process.kill(-program.pid, signalName);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

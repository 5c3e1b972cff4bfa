/** What the playground says it is. */

/**
 * A version that the checks of kubectl and stern take for a Kubernetes release, marked as ours by its build metadata,
 * which semantic versioning leaves out of every comparison.
 */
export const serverVersion = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.3+kmaint.playground',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'linux/amd64',
} as const;

/** The query of a log request, checked as the API server checks it. */
import { badRequest, forbiddenField, invalid, invalidValue, type FieldProblem } from '../../registry-errors.ts';

export interface LogOptions {
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  readonly sinceSeconds: number | undefined;
  /** Lines before this moment are left out; -Infinity leaves none out. */
  readonly sinceMs: number;
}

/** Throws the server's 400 or 422. `stream` is refused: its feature gate (PodLogsQuerySplitStreams) is off. */
export function readLogOptions(query: URLSearchParams, podName: string): LogOptions {
  const options = {
    container: query.get('container') ?? '',
    follow: flag(query, 'follow'),
    previous: flag(query, 'previous'),
    timestamps: flag(query, 'timestamps'),
    tailLines: integer(query, 'tailLines'),
    limitBytes: integer(query, 'limitBytes'),
    sinceSeconds: integer(query, 'sinceSeconds'),
    sinceMs: time(query, 'sinceTime') ?? -Infinity,
  };
  const problems = [...problemsOf(options, query.has('stream'))];
  if (problems.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, podName, problems);
  return options;
}

/** `ValidatePodLogOptions` in pkg/apis/core/validation/validation.go. */
function* problemsOf(options: LogOptions, stream: boolean): Generator<FieldProblem> {
  const { tailLines = 0, limitBytes = 1, sinceSeconds } = options;
  if (tailLines < 0) yield invalidValue('tailLines', tailLines, 'must be greater than or equal to 0');
  if (limitBytes < 1) yield invalidValue('limitBytes', limitBytes, 'must be greater than 0');
  if (sinceSeconds !== undefined && options.sinceMs !== -Infinity) {
    yield forbiddenField('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  } else if (sinceSeconds !== undefined && sinceSeconds < 1) {
    yield invalidValue('sinceSeconds', sinceSeconds, 'must be greater than 0');
  }
  if (stream) yield forbiddenField('stream', 'may not be specified');
}

/** `Convert_Slice_string_To_bool`: anything but false and 0 is true. */
function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function time(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    const quoted = JSON.stringify(text);
    throw badRequest(`parsing time ${quoted} as "2006-01-02T15:04:05Z07:00": cannot parse ${quoted} as "2006"`);
  }
  // The server passes it on in whole seconds (`LogLocation` in pkg/registry/core/pod/strategy.go).
  return Math.floor(ms / 1000) * 1000;
}

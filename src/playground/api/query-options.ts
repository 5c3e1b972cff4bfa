/** Reads the options that come as query parameters (apimachinery meta/v1 ListOptions, CreateOptions and the like). */
import { badRequest, forbiddenField, invalid, type FieldProblem } from '../registry-errors.ts';
import type { ResourceType } from '../objects.ts';
import { ApiStatus } from '../status.ts';
import { parseFieldSelector, type FieldSelector } from './field-selector.ts';
import { parseLabelSelector, type LabelTest } from './label-selector.ts';

export interface ListOptions {
  readonly labels: LabelTest | undefined;
  readonly fields: FieldSelector | undefined;
  readonly limit: number;
  readonly continueToken: string;
  /** As it came: empty, `0`, or a number. */
  readonly resourceVersion: string;
  readonly match: string;
  readonly watch: boolean;
  readonly sendInitialEvents: boolean;
  readonly allowWatchBookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

/** Throws 400 and 422 as the server does for options that it does not understand or that do not go together. */
export function readListOptions(type: ResourceType, query: URLSearchParams): ListOptions {
  const labelSelector = query.get('labelSelector') ?? '';
  const fieldSelector = query.get('fieldSelector') ?? '';
  const options: ListOptions = {
    limit: readInteger(query, 'limit') ?? 0,
    timeoutSeconds: readInteger(query, 'timeoutSeconds'),
    labels: labelSelector === '' ? undefined : parseLabelSelector(labelSelector),
    fields: fieldSelector === '' ? undefined : parseFieldSelector(type, fieldSelector),
    continueToken: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    match: query.get('resourceVersionMatch') ?? '',
    watch: isTrue(query.get('watch')),
    sendInitialEvents: isTrue(query.get('sendInitialEvents')),
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
  };
  const problems = [...matchProblems(options), ...initialEventsProblems(options, query)];
  if (problems.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', problems);
  return options;
}

function matchProblems({
  match,
  resourceVersion,
  continueToken,
  watch,
  sendInitialEvents,
}: ListOptions): FieldProblem[] {
  if (match === '') return [];
  const field = 'resourceVersionMatch';
  if (watch && !sendInitialEvents)
    return [forbiddenField(field, `${field} is forbidden for watch unless sendInitialEvents is provided`)];
  if (continueToken !== '') return [forbiddenField(field, `${field} is forbidden when continue is provided`)];
  if (!watch && resourceVersion === '')
    return [forbiddenField(field, `${field} is forbidden unless resourceVersion is provided`)];
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    const message = `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`;
    return [{ reason: 'FieldValueNotSupported', field, message }];
  }
  if (match === 'Exact' && resourceVersion === '0') {
    return [forbiddenField(field, `${field} "exact" is forbidden for resourceVersion "0"`)];
  }
  return [];
}

function initialEventsProblems(options: ListOptions, query: URLSearchParams): FieldProblem[] {
  if (query.get('sendInitialEvents') === null) return [];
  const field = 'sendInitialEvents';
  if (!options.watch) return [forbiddenField(field, 'sendInitialEvents is forbidden for list')];
  if (options.match !== 'NotOlderThan') {
    const why = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    return [forbiddenField('resourceVersionMatch', why)];
  }
  return [];
}

function isTrue(value: string | null): boolean {
  return value !== null && value !== 'false' && value !== '0';
}

function readInteger(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/**
 * The revision that a query names; undefined for none. Throws 504 for one of the future. Of another text only a list
 * says that it is the client's mistake (apiserver pkg/storage/etcd3/store.go); the others answer 500.
 */
export function readRevision(text: string, current: number, by: 'list' | 'get' | 'watch'): number | undefined {
  if (text === '') return undefined;
  if (!/^\d+$/.test(text)) {
    const parsing = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
    const why = `resourceVersion: Invalid value: ${JSON.stringify(text)}: ${parsing}`;
    throw by === 'list' ? badRequest(`invalid resource version: ${why}`) : new ApiStatus(500, '', why);
  }
  const revision = Number(text);
  if (revision > current) {
    const message = `Timeout: Too large resource version: ${text}, current: ${String(current)}`;
    throw new ApiStatus(504, 'Timeout', message, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    });
  }
  return revision;
}

/** Whether nothing is to be stored. `kind` names the options in the refusal of anything but `All`. */
export function readDryRun(query: URLSearchParams, kind: string, further: readonly string[] = []): boolean {
  const values = [...query.getAll('dryRun'), ...further].filter((value) => value !== '');
  if (values.length === 0) return false;
  if (values.some((value) => value !== 'All')) {
    const message = `Unsupported value: ${JSON.stringify(values)}: supported values: "All"`;
    throw invalid({ group: 'meta.k8s.io', kind }, '', [{ reason: 'FieldValueNotSupported', field: 'dryRun', message }]);
  }
  return true;
}

/** Reads the body of an eviction: what to delete and how, or why it cannot be understood. */
import type { DeleteRequest } from '../../ports.ts';
import { badRequest } from '../../registry-errors.ts';
import { ApiStatus } from '../../status.ts';
import type { Target } from '../handler.ts';
import { decodeEviction, isProtobuf } from '../protobuf.ts';

interface EvictionBody {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly deleteOptions?: DeleteOptions | null;
}

interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: DeleteRequest['propagationPolicy'];
  readonly dryRun?: readonly string[];
}

/**
 * The deletion that an Eviction asks for. Admission stands between the checks of the request and those of the eviction
 * itself, as in the server's create handler.
 */
export async function readEviction(
  { namespace, name }: Target,
  body: Buffer,
  query: URLSearchParams,
  contentType: string | undefined,
  admit: () => void,
): Promise<DeleteRequest> {
  const requested = query.getAll('dryRun').filter((value) => value !== '');
  checkDryRun('CreateOptions', requested);
  const eviction = await decode(body, contentType);
  if ((eviction.metadata?.namespace ?? namespace) !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  admit();
  if (eviction.metadata?.name !== name) throw badRequest('name in URL does not match name in Eviction object');
  const { gracePeriodSeconds, preconditions, propagationPolicy, dryRun = [] } = eviction.deleteOptions ?? {};
  if (dryRun.length > 0 && requested.length > 0 && dryRun.join(' ') !== requested.join(' ')) {
    throw new ApiStatus(
      500,
      '',
      `Non-matching dry-run options in request and content: [${requested.join(' ')}] and [${dryRun.join(' ')}]`,
    );
  }
  checkDryRun('DeleteOptions', dryRun);
  if (gracePeriodSeconds !== undefined && typeof gracePeriodSeconds !== 'number') {
    throw badRequest(
      `Eviction in version "v1" cannot be handled as a Eviction: json: cannot unmarshal ${typeof gracePeriodSeconds} into Go struct field DeleteOptions.deleteOptions.gracePeriodSeconds of type int64`,
    );
  }
  return { gracePeriodSeconds, preconditions, propagationPolicy, dryRun: dryRun.length + requested.length > 0 };
}

async function decode(body: Buffer, contentType = 'application/json'): Promise<EvictionBody> {
  if (isProtobuf(contentType)) return decodeEviction(body);
  const parsed = contentType.startsWith('application/yaml') ? await parseYaml(body) : parseJson(body, contentType);
  const eviction = (parsed ?? {}) as EvictionBody;
  const { apiVersion = 'policy/v1', kind = 'Eviction' } = eviction;
  if (kind !== 'Eviction' || !['policy/v1', 'policy/v1beta1'].includes(apiVersion)) {
    const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a Eviction: no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  return eviction;
}

function parseJson(body: Buffer, contentType: string): unknown {
  if (!/^application\/(json|\*)|^\*\/\*/.test(contentType)) {
    throw new ApiStatus(
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    );
  }
  const text = body.toString();
  if (text === '')
    throw unrecognised("couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unrecognised(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
}

async function parseYaml(body: Buffer): Promise<unknown> {
  const { load } = await import('js-yaml');
  try {
    return load(body.toString());
  } catch (error) {
    throw unrecognised(`couldn't get version/kind; yaml parse error: ${(error as Error).message}`);
  }
}

function checkDryRun(kind: string, values: readonly string[]): void {
  if (values.every((value) => value === 'All')) return;
  const message = `Unsupported value: [${values.map((value) => `"${value}"`).join(',')}]: supported values: "All"`;
  throw new ApiStatus(422, 'Invalid', `${kind}.meta.k8s.io "" is invalid: dryRun: ${message}`, {
    group: 'meta.k8s.io',
    kind,
    causes: [{ reason: 'FieldValueNotSupported', message, field: 'dryRun' }],
  });
}

function unrecognised(why: string): ApiStatus {
  return badRequest(`the object provided is unrecognized (must be of type Eviction): ${why}`);
}

/** Answers reviews of what the caller may do: everything, but for what a rule forbids. */
import { badRequest } from '../registry-errors.ts';
import { ApiStatus } from '../status.ts';
import { decodeReview, startsAsProtobuf, type ReviewKind } from './protobuf.ts';

/** What a review asks about; empty strings and absent fields mean the same. */
export interface AccessQuestion {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** For nonResourceAttributes. */
  readonly path: string;
}

/** Why the caller may not do it; undefined when he may. */
export type AccessRule = (question: AccessQuestion) => string | undefined;

interface Review {
  readonly spec?: {
    readonly resourceAttributes?: Readonly<Record<string, string>>;
    readonly nonResourceAttributes?: Readonly<Record<string, string>>;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

const reviewPath = /^\/apis\/(authorization|authentication)\.k8s\.io\/v1\/(?:namespaces\/[^/]+\/)?([a-z]+reviews)$/;

/**
 * The answer (201) to a POST of a SelfSubjectAccessReview, SubjectAccessReview, LocalSubjectAccessReview,
 * SelfSubjectRulesReview or SelfSubjectReview, promised when it came as protobuf; undefined when the path is none of
 * them. The caller is always the playground's administrator, a member of system:masters, whom a real server allows
 * everything too.
 */
export function reviewAccess(
  path: string,
  body: Buffer,
  rule: AccessRule = () => undefined,
): object | Promise<object> | undefined {
  const [, group, resource = ''] = reviewPath.exec(path) ?? [];
  const kind = kinds[`${group ?? ''}/${resource}`];
  if (kind === undefined) return undefined;
  if (startsAsProtobuf(body)) return decodeReview(body, kind).then((review) => answerTo(kind, review as Review, rule));
  return answerTo(kind, parse(body), rule);
}

function answerTo(kind: ReviewKind, review: Review, rule: AccessRule): object {
  if (kind === 'SelfSubjectRulesReview') return rulesReview(review);
  return kind === 'SelfSubjectReview' ? whoAmI(review) : accessReview(kind, review, rule);
}

const kinds: Readonly<Record<string, ReviewKind>> = {
  'authorization/selfsubjectaccessreviews': 'SelfSubjectAccessReview',
  'authorization/subjectaccessreviews': 'SubjectAccessReview',
  'authorization/localsubjectaccessreviews': 'LocalSubjectAccessReview',
  'authorization/selfsubjectrulesreviews': 'SelfSubjectRulesReview',
  'authentication/selfsubjectreviews': 'SelfSubjectReview',
};

function parse(body: Buffer): Review {
  try {
    return (JSON.parse(body.toString()) ?? {}) as Review;
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: ${(error as Error).message}`);
  }
}

function accessReview(kind: string, review: Review, rule: AccessRule): object {
  const { resourceAttributes, nonResourceAttributes } = review.spec ?? {};
  if ((resourceAttributes === undefined) === (nonResourceAttributes === undefined)) {
    const message = 'Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified';
    throw new ApiStatus(422, 'Invalid', `.authorization.k8s.io "" is invalid: spec.resourceAttributes: ${message}`, {
      group: 'authorization.k8s.io',
      causes: [{ reason: 'FieldValueInvalid', message, field: 'spec.resourceAttributes' }],
    });
  }
  const asked = resourceAttributes ?? nonResourceAttributes ?? {};
  const reason = rule({
    verb: asked['verb'] ?? '',
    group: asked['group'] ?? '',
    resource: asked['resource'] ?? '',
    subresource: asked['subresource'] ?? '',
    namespace: asked['namespace'] ?? '',
    name: asked['name'] ?? '',
    path: asked['path'] ?? '',
  });
  return {
    kind,
    apiVersion: 'authorization.k8s.io/v1',
    metadata: review['metadata'] ?? {},
    spec: review.spec,
    status: reason === undefined ? { allowed: true } : { allowed: false, ...(reason !== '' && { reason }) },
  };
}

function rulesReview({ spec }: Review): object {
  if (spec?.namespace === undefined || spec.namespace === '') {
    throw badRequest('no namespace on request');
  }
  return {
    kind: 'SelfSubjectRulesReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec: {},
    status: {
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: false,
    },
  };
}

function whoAmI(review: Review): object {
  return {
    kind: 'SelfSubjectReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: review['metadata'] ?? {},
    status: {
      userInfo: { username: 'kmaint-playground-admin', groups: ['system:masters', 'system:authenticated'] },
    },
  };
}

/** The kinds that can only be asked, never stored: reviews of access and identity. */
import type { ResourceType } from '../../objects.ts';

function review(group: string, kind: string, namespaced = false): ResourceType {
  const singular = kind.toLowerCase();
  return {
    group,
    version: 'v1',
    plural: `${singular}s`,
    singular,
    kind,
    namespaced,
    shortNames: [],
    categories: [],
    subresources: [],
  };
}

/** What access.ts answers. */
export const reviewTypes: readonly ResourceType[] = [
  review('authentication.k8s.io', 'SelfSubjectReview'),
  review('authorization.k8s.io', 'LocalSubjectAccessReview', true),
  review('authorization.k8s.io', 'SelfSubjectAccessReview'),
  review('authorization.k8s.io', 'SelfSubjectRulesReview'),
  review('authorization.k8s.io', 'SubjectAccessReview'),
];

/** The parts of pods that are narrowed, by their numbers in api core/v1 and apimachinery meta/v1 (generated.proto). */
import { podAnnotations } from '../pod.ts';
import {
  inline,
  int,
  keptFlag,
  keptInt,
  keptWord,
  many,
  map,
  message,
  one,
  quantity,
  text,
  time,
  word,
} from './table.ts';

const requirement = message({ key: one(1, keptWord), operator: one(2, keptWord), values: many(3, word) });
const labelSelector = message({ matchLabels: map(1, word), matchExpressions: many(2, requirement) });

const objectMeta = message({
  name: one(1, text),
  namespace: one(3, word),
  uid: one(5, text),
  resourceVersion: one(6, text),
  generation: one(7, int),
  creationTimestamp: one(8, time),
  deletionTimestamp: one(9, time),
  labels: map(11, word),
  annotations: map(12, text, podAnnotations),
  ownerReferences: many(
    13,
    message({
      kind: one(1, keptWord),
      name: one(3, keptWord),
      uid: one(4, keptWord),
      apiVersion: one(5, keptWord),
      controller: one(6, keptFlag),
    }),
  ),
  finalizers: many(14, word),
});

const resources = message({ limits: map(1, quantity), requests: map(2, quantity) });

const container = message({
  name: one(1, keptWord),
  image: one(2, word),
  ports: many(6, message({ hostPort: one(2, int), protocol: one(4, word), hostIP: one(5, word) })),
  resources: one(8, resources),
  imagePullPolicy: one(14, word),
  restartPolicy: one(24, keptWord),
});

// Whether it is there is all that matters of it.
const present = message({});

const volumeSource = message({
  hostPath: one(1, present),
  emptyDir: one(2, message({ medium: one(1, word) })),
  persistentVolumeClaim: one(10, message({ claimName: one(1, keptWord) })),
  ephemeral: one(29, present),
});
const volume = message({ name: one(1, keptWord), [inline]: one(2, volumeSource) });

const nodeSelectorTerm = message({ matchExpressions: many(1, requirement), matchFields: many(2, requirement) });
const podAffinityTerm = message({
  labelSelector: one(1, labelSelector),
  namespaces: many(2, word),
  topologyKey: one(3, keptWord),
  namespaceSelector: one(4, labelSelector),
  matchLabelKeys: many(5, word),
  mismatchLabelKeys: many(6, word),
});
const podAffinity = message({
  requiredDuringSchedulingIgnoredDuringExecution: many(1, podAffinityTerm),
  preferredDuringSchedulingIgnoredDuringExecution: many(
    2,
    message({ weight: one(1, keptInt), podAffinityTerm: one(2, podAffinityTerm) }),
  ),
});
const nodeAffinity = message({
  requiredDuringSchedulingIgnoredDuringExecution: one(1, message({ nodeSelectorTerms: many(1, nodeSelectorTerm) })),
  preferredDuringSchedulingIgnoredDuringExecution: many(
    2,
    message({ weight: one(1, keptInt), preference: one(2, nodeSelectorTerm) }),
  ),
});
const affinity = message({
  nodeAffinity: one(1, nodeAffinity),
  podAffinity: one(2, podAffinity),
  podAntiAffinity: one(3, podAffinity),
});

const named = message({ name: one(1, keptWord) });

const podSpec = message({
  volumes: many(1, volume),
  containers: many(2, container),
  terminationGracePeriodSeconds: one(4, keptInt),
  nodeSelector: map(7, word),
  nodeName: one(10, word),
  affinity: one(18, affinity),
  schedulerName: one(19, word),
  initContainers: many(20, container),
  tolerations: many(
    22,
    message({ key: one(1, word), operator: one(2, word), value: one(3, word), effect: one(4, word) }),
  ),
  priorityClassName: one(24, word),
  priority: one(25, keptInt),
  overhead: map(32, quantity),
  topologySpreadConstraints: many(
    33,
    message({
      maxSkew: one(1, keptInt),
      topologyKey: one(2, keptWord),
      whenUnsatisfiable: one(3, keptWord),
      labelSelector: one(4, labelSelector),
      minDomains: one(5, keptInt),
      nodeAffinityPolicy: one(6, keptWord),
      nodeTaintsPolicy: one(7, keptWord),
      matchLabelKeys: many(8, word),
    }),
  ),
  schedulingGates: many(38, named),
  resourceClaims: many(39, named),
  resources: one(40, resources),
});

const containerStatus = message({
  name: one(1, keptWord),
  state: one(2, message({ waiting: one(1, message({ reason: one(1, word), message: one(2, text) })) })),
});

const podStatus = message({
  phase: one(1, word),
  conditions: many(
    2,
    message({
      type: one(1, keptWord),
      status: one(2, keptWord),
      lastTransitionTime: one(4, time),
      reason: one(5, word),
      message: one(6, text),
    }),
  ),
  containerStatuses: many(8, containerStatus),
  initContainerStatuses: many(10, containerStatus),
});

/** A pod, as far as `narrowPod` looks at it. */
export const podMessage = message({
  metadata: one(1, objectMeta),
  spec: one(2, podSpec),
  status: one(3, podStatus),
});

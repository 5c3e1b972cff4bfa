/** The Go types of the fields that clients write most: what JSON they take, and whether a zero is written at all. */

/** A field as the API's Go structs declare it (k8s.io/api, json tags of types.go). */
export interface GoField {
  /** `string`, `[]v1.Taint`, `map[string]string`: as Go's refusals print it. */
  readonly goType: string;
  readonly shape: GoShape;
  /** `omitempty` on what is no pointer: `false`, `0` and `""` are as good as missing. */
  readonly omitsZero: boolean;
}

export type GoShape =
  | { readonly is: 'string' | 'bool' | 'int' | 'intOrString' }
  | { readonly is: 'struct'; readonly struct: string }
  | { readonly is: 'list' | 'map'; readonly of: GoField };

// One struct a line. `*` marks a pointer and `!` a field without omitempty: their zeros are kept. `=string` tells what
// a named type is made of. Fields that are not listed are taken as they come.
const declarations = `
ObjectMeta name:string generateName:string namespace:string uid:types.UID=string resourceVersion:string generation:int64 creationTimestamp!:string deletionTimestamp*:string deletionGracePeriodSeconds*:int64 labels:map[string]string annotations:map[string]string finalizers:[]string ownerReferences:[]v1.OwnerReference managedFields:[]v1.ManagedFieldsEntry
OwnerReference apiVersion!:string kind!:string name!:string uid!:types.UID=string controller*:bool blockOwnerDeletion*:bool
LabelSelector matchLabels:map[string]string matchExpressions:[]v1.LabelSelectorRequirement
PodTemplateSpec metadata:v1.ObjectMeta spec:v1.PodSpec
Pod spec:v1.PodSpec status:v1.PodStatus
PodSpec containers!:[]v1.Container initContainers:[]v1.Container volumes:[]v1.Volume nodeName:string nodeSelector:map[string]string hostNetwork:bool hostPID:bool hostIPC:bool hostname:string subdomain:string serviceAccountName:string serviceAccount:string schedulerName:string priorityClassName:string restartPolicy:v1.RestartPolicy=string dnsPolicy:v1.DNSPolicy=string tolerations:[]v1.Toleration terminationGracePeriodSeconds*:int64 activeDeadlineSeconds*:int64 priority*:int32 affinity*:v1.Affinity securityContext*:v1.PodSecurityContext
Container name!:string image:string command:[]string args:[]string workingDir:string env:[]v1.EnvVar ports:[]v1.ContainerPort volumeMounts:[]v1.VolumeMount imagePullPolicy:v1.PullPolicy=string terminationMessagePath:string terminationMessagePolicy:v1.TerminationMessagePolicy=string stdin:bool stdinOnce:bool tty:bool
EnvVar name!:string value:string valueFrom*:v1.EnvVarSource
ContainerPort name:string hostPort:int32 containerPort!:int32 protocol:v1.Protocol=string hostIP:string
VolumeMount name!:string readOnly:bool mountPath!:string subPath:string subPathExpr:string
Volume name!:string
Toleration key:string operator:v1.TolerationOperator=string value:string effect:v1.TaintEffect=string tolerationSeconds*:int64
PodStatus observedGeneration:int64 phase:v1.PodPhase=string message:string reason:string nominatedNodeName:string hostIP:string podIP:string
Node spec:v1.NodeSpec
NodeSpec podCIDR:string podCIDRs:[]string providerID:string unschedulable:bool taints:[]v1.Taint externalID:string
Taint key!:string value:string effect!:v1.TaintEffect=string
ConfigMap data:map[string]string immutable*:bool
Deployment spec:v1.DeploymentSpec status:v1.DeploymentStatus
DeploymentSpec replicas*:int32 selector*:v1.LabelSelector template!:v1.PodTemplateSpec minReadySeconds:int32 revisionHistoryLimit*:int32 paused:bool progressDeadlineSeconds*:int32
DeploymentStatus observedGeneration:int64 replicas:int32 updatedReplicas:int32 readyReplicas:int32 availableReplicas:int32 unavailableReplicas:int32
ReplicaSet spec:v1.ReplicaSetSpec status:v1.ReplicaSetStatus
ReplicaSetSpec replicas*:int32 minReadySeconds:int32 selector*:v1.LabelSelector template:v1.PodTemplateSpec
ReplicaSetStatus replicas!:int32 fullyLabeledReplicas:int32 readyReplicas:int32 availableReplicas:int32 observedGeneration:int64
StatefulSet spec:v1.StatefulSetSpec status:v1.StatefulSetStatus
StatefulSetSpec replicas*:int32 selector*:v1.LabelSelector template!:v1.PodTemplateSpec serviceName!:string podManagementPolicy:v1.PodManagementPolicyType=string revisionHistoryLimit*:int32 minReadySeconds:int32
StatefulSetStatus observedGeneration:int64 replicas!:int32 readyReplicas:int32 currentReplicas:int32 updatedReplicas:int32 currentRevision:string updateRevision:string availableReplicas!:int32
DaemonSet spec:v1.DaemonSetSpec status:v1.DaemonSetStatus
DaemonSetSpec selector*:v1.LabelSelector template!:v1.PodTemplateSpec minReadySeconds:int32 revisionHistoryLimit*:int32
DaemonSetStatus currentNumberScheduled!:int32 numberMisscheduled!:int32 desiredNumberScheduled!:int32 numberReady!:int32 observedGeneration:int64 updatedNumberScheduled:int32 numberAvailable:int32 numberUnavailable:int32
Job spec:v1.JobSpec status:v1.JobStatus
JobSpec parallelism*:int32 completions*:int32 backoffLimit*:int32 selector*:v1.LabelSelector template!:v1.PodTemplateSpec suspend*:bool
JobStatus active:int32 succeeded:int32 failed:int32 completedIndexes:string
PodDisruptionBudget spec:v1.PodDisruptionBudgetSpec status:v1.PodDisruptionBudgetStatus
PodDisruptionBudgetSpec minAvailable*:int32=intOrString maxUnavailable*:int32=intOrString selector*:v1.LabelSelector unhealthyPodEvictionPolicy*:v1.UnhealthyPodEvictionPolicyType=string
PodDisruptionBudgetStatus observedGeneration:int64 disruptedPods:map[string]string disruptionsAllowed!:int32 currentHealthy!:int32 desiredHealthy!:int32 expectedPods!:int32
`;

const structs = new Map(declarations.trim().split('\n').map(declared));

function declared(line: string): [string, ReadonlyMap<string, GoField>] {
  const [struct = '', ...fields] = line.split(' ');
  return [struct, new Map(fields.map(namedField))];
}

function namedField(text: string): [string, GoField] {
  const colon = text.indexOf(':');
  const name = text.slice(0, colon);
  const bare = name.replace(/[*!]$/, '');
  return [bare, fieldOf(text.slice(colon + 1), bare === name)];
}

function fieldOf(text: string, omitsZero: boolean): GoField {
  const [goType = '', made = goType] = text.split('=');
  return { goType, shape: shapeOf(made), omitsZero };
}

function shapeOf(made: string): GoShape {
  if (made.startsWith('[]')) return { is: 'list', of: fieldOf(made.slice(2), false) };
  if (made.startsWith('map[string]')) return { is: 'map', of: fieldOf(made.slice('map[string]'.length), false) };
  if (made.startsWith('int') && made !== 'intOrString') return { is: 'int' };
  if (made === 'string' || made === 'bool' || made === 'intOrString') return { is: made };
  return { is: 'struct', struct: made.slice(made.indexOf('.') + 1) };
}

/** The known fields of a struct, or of a kind's object; undefined when none is known. */
export function goFieldsOf(struct: string): ReadonlyMap<string, GoField> | undefined {
  return structs.get(struct);
}
